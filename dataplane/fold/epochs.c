#include "dataplane/fold/epochs.h"

void epochs_tell(struct fold *fold)
{
	const struct epochs *epochs = &fold->epochs;
	struct limits_page *page = &fold->page->limits;
	atomic_fetch_add_explicit(&page->lock, 1, memory_order_acq_rel);
	page->now = epochs->now;
	page->former = epochs->former;
	page->ended = epochs->ended;
	page->end_count = epochs->end_count;
	page->taken = epochs->taken;
	atomic_fetch_add_explicit(&page->lock, 1, memory_order_release);
	atomic_store_explicit(
		&fold->page->limits_epoch_adopted, epochs->now.epoch, memory_order_release);
	metrics_set(fold->metrics, METRIC_gate_limits_epoch, epochs->now.epoch);
}

/* now's term is over, one way or the other; what follows it is the caller's. */
static void term_end(struct fold *fold, enum limits_end why, uint32_t uid)
{
	struct epochs *epochs = &fold->epochs;
	epochs->ended = (struct limit_end_record){.epoch = epochs->now.epoch,
		.again = epochs->former.epoch,
		.why = (uint8_t)why,
		.uid = uid};
	epochs->end_count++;
	epochs->now.term = LIMITS_STAY;
	epochs->now.within_ns = epochs->until_ns = epochs->until_wall_ns = 0;
}

/* What is in force stays. */
static void term_settle(struct fold *fold, enum limits_end why, uint32_t uid)
{
	term_end(fold, why, uid);
	memset(&fold->epochs.former, 0, sizeof fold->epochs.former);
	risk_limits_forget(fold->risk);
}

static void term_return(struct fold *fold, enum limits_end why, uint32_t uid)
{
	struct epochs *epochs = &fold->epochs;
	term_end(fold, why, uid);
	epochs->now = epochs->former;
	memset(&epochs->former, 0, sizeof epochs->former);
	leases_meet(fold, RISK_FORMER);
	risk_limits_return(fold->risk);
	struct limit_end_record *record = fold_record(fold, RECORD_LIMIT_END, sizeof *record);
	*record = epochs->ended;
	epochs_tell(fold);
	leases_tell(fold);
}

static void epochs_row(struct fold *fold, const struct limit_row *row)
{
	struct epochs *epochs = &fold->epochs;
	if (epochs->row_count++ == 0) {
		risk_limits_begin(fold->risk);
		epochs->rows_bad = 0;
	}
	if (!risk_limits_row(fold->risk, row))
		epochs->rows_bad++;
}

static uint64_t later(uint64_t time_ns, uint64_t within_ns)
{
	return within_ns < UINT64_MAX - time_ns ? time_ns + within_ns : UINT64_MAX;
}

static void epochs_adopt(struct fold *fold, const struct limit_epoch_record *epoch)
{
	struct epochs *epochs = &fold->epochs;
	bool is_whole =
		epochs->row_count == epoch->row_count && epochs->rows_bad == 0 && epoch->epoch != 0;
	epochs->row_count = epochs->rows_bad = 0;
	if (!is_whole)
		return; /* the old epoch stays in force; page and control see it was not adopted */
	if (epoch->row_count == 0)
		risk_limits_begin(fold->risk);
	bool has_term = epoch->term != LIMITS_STAY, had_term = epochs->now.term != LIMITS_STAY;
	if (had_term && !has_term)
		term_settle(fold, LIMITS_REPLACED, epoch->uid);
	const struct leases before = epochs->leases;
	if (has_term && !had_term) {
		risk_limits_hold(fold->risk);
		epochs->former = epochs->now;
	}
	leases_meet(fold, RISK_COMING);
	risk_limits_adopt(fold->risk, epoch->epoch);
	if (has_term && !had_term)
		leases_leave(fold, &before);
	epochs->now = *epoch;
	epochs->until_ns = has_term ? later(fold->turn.now_ns, epoch->within_ns) : 0;
	epochs->until_wall_ns = has_term ? later(fold->turn.wall_ns, epoch->within_ns) : 0;
	if (epoch->epoch > epochs->taken)
		epochs->taken = epoch->epoch;
	epochs_tell(fold);
	leases_tell(fold);
}

static void epochs_word(struct fold *fold, const struct limit_word_record *word)
{
	const struct epochs *epochs = &fold->epochs;
	if (epochs->now.term == LIMITS_STAY || epochs->now.epoch != word->epoch)
		return;
	if (word->word == LIMITS_UNDONE)
		term_return(fold, LIMITS_UNDONE, word->uid);
	if (word->word != LIMITS_CONFIRMED || epochs->now.term != LIMITS_TRIAL)
		return;
	term_settle(fold, LIMITS_CONFIRMED, word->uid);
	epochs_tell(fold);
}

void epochs_apply(struct fold *fold, const struct record *record)
{
	const void *body = record_body(record);
	switch (record->type) {
	case RECORD_LIMIT_ROW:
		epochs_row(fold, body);
		break;
	case RECORD_LIMIT_EPOCH:
		epochs_adopt(fold, body);
		break;
	case RECORD_LIMIT_WORD:
		epochs_word(fold, body);
		break;
	default:
		leases_take(fold, body);
		break;
	}
}

void epochs_turn(struct fold *fold)
{
	const struct epochs *epochs = &fold->epochs;
	if (LIKELY(!epochs_are_due(epochs, fold->turn.now_ns)))
		return;
	leases_turn(fold);
	if (epochs->now.term != LIMITS_STAY && fold->turn.now_ns >= epochs->until_ns)
		term_return(fold, LIMITS_UNCONFIRMED, 0);
}

void epochs_boot(struct fold *fold, uint64_t wall_ns)
{
	struct epochs *epochs = &fold->epochs;
	epochs->row_count = epochs->rows_bad = 0; /* rows of an epoch that never came whole */
	leases_boot(fold, wall_ns);
	if (epochs->now.term != LIMITS_STAY && wall_ns >= epochs->until_wall_ns)
		term_return(fold, LIMITS_UNCONFIRMED, 0);
}

void epochs_write(const struct epochs *epochs,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const uint64_t words[4] = {epochs->taken, epochs->until_ns, epochs->until_wall_ns,
		(uint64_t)epochs->row_count << 32 | epochs->rows_bad};
	add(context, &epochs->now, sizeof epochs->now);
	add(context, &epochs->former, sizeof epochs->former);
	add(context, words, sizeof words);
	leases_write(&epochs->leases, add, context);
}
