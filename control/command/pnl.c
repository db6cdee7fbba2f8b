/* pnl.c - show pnl and show lots: the ledger of the journal beside the gate's own running value; and show fees, from the same.

     read what was published --> ask the gate for its positions --> read what was published meanwhile --> compare

   A gate that trades meanwhile is compared with nothing: then the row says so, and asking again mends it.  What only
   one of both knows is a difference too.  A day has millions of trades and the gate waits for control's heartbeat, so
   each turn does a small piece of it.  What venues billed the gate does not count: of show fees it is asked nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/command/commands.h"
#include "control/ledger/ledger.h"
#include "dataplane/journal/reader.h"

/* Records read, or trades taken and rows told, in one turn. */
enum { PNL_PER_STEP = 4000 };

/* The disk is at most so long behind the gate, or the journal stands. */
#define PNL_WAIT_NS 2000000000u

enum booking_what { BOOKING_PNL, BOOKING_LOTS, BOOKING_FEES };
enum booking_phase { BOOKING_BEFORE, BOOKING_ASKING, BOOKING_AFTER, BOOKING_TELLING };

struct booking {
	struct ledger ledger;
	struct bills bills;
	struct reader *reader;
	enum booking_phase phase;
	uint32_t gate; /* whose journal is read */
	uint64_t sequence, wanted, until_ns;
	uint64_t told_before; /* the ledger's told_count when the gate was asked */
	bool has_gate, is_late;
	struct position_row *rows;
	uint32_t row_count, row_room;
	uint32_t account, symbol; /* wanted; 0 and SYMBOL_NONE: all */
	enum booking_what what;
	/* telling: the ledger's row, how far its trades are taken (has_begun), and what was said */
	uint32_t at, trade, space_room, differing;
	bool has_begun;
	struct lots lots;
	struct lot *space;
	uint64_t told;
};

static void booking_end(struct call *call, void *own)
{
	struct booking *booking = own;
	(void)call;
	ledger_free(&booking->ledger);
	if (booking->reader != NULL)
		reader_close(booking->reader);
	free(booking->rows);
	free(booking->space);
	free(booking);
}

static uint64_t published(const struct call *call)
{
	const struct booking *booking = call->own;
	const struct plane *plane = &call->control->plane;
	if (booking->gate >= plane_gate_count(plane))
		return 0;
	return atomic_load_explicit(
		&region_link(plane->region, booking->gate)->sequence, memory_order_acquire);
}

static void booking_want(struct call *call, enum booking_phase phase, uint64_t now_ns)
{
	struct booking *booking = call->own;
	booking->phase = phase;
	booking->wanted = published(call);
	booking->is_late = false;
	booking->until_ns = now_ns + PNL_WAIT_NS;
}

/* Reads a piece; true: what was wanted is read, or it does not come. */
static bool booking_read(struct booking *booking, uint64_t now_ns)
{
	const struct record *record = NULL;
	for (unsigned i = 0; i < PNL_PER_STEP; i++) {
		record = reader_next(booking->reader, &booking->sequence);
		if (record == NULL)
			break;
		ledger_record(&booking->ledger, record);
	}
	if (record != NULL)
		return false;
	booking->is_late |= booking->sequence < booking->wanted && now_ns >= booking->until_ns;
	return booking->sequence >= booking->wanted || booking->is_late;
}

/* The gate's rows of accounts; those of the firm are sums. */
static bool rows_take(struct booking *booking, const struct mailbox_answer *page)
{
	for (uint32_t i = 0; i < page->row_count && i < MAILBOX_ROW_COUNT; i++) {
		if (booking->row_count == booking->row_room) {
			uint32_t more = booking->row_room == 0 ? 256 : booking->row_room * 2;
			void *grown = realloc(booking->rows, more * sizeof booking->rows[0]);
			if (grown == NULL)
				return false;
			booking->rows = grown;
			booking->row_room = more;
		}
		struct position_row *row = &booking->rows[booking->row_count];
		memcpy(row, page->rows[i], sizeof *row);
		booking->row_count += row->account != 0;
	}
	return true;
}

static uint32_t pair_of(const struct position_row *row)
{
	return ledger_pair(row->account, row->symbol);
}

static int compare_rows(const void *left, const void *right)
{
	uint32_t a = pair_of(left), b = pair_of(right);
	return (a > b) - (a < b);
}

/* Sorts them, and gives the ledger a row of what the gate holds or traded and the journal does not know. */
static void rows_end(struct booking *booking)
{
	if (booking->row_count > 0)
		qsort(booking->rows, booking->row_count, sizeof booking->rows[0], compare_rows);
	for (uint32_t i = 0; i < booking->row_count; i++) {
		const struct position_row *row = &booking->rows[i];
		if (row->position != 0 || row->bought_qty != 0 || row->sold_qty != 0)
			ledger_row(&booking->ledger, pair_of(row));
	}
}

static const struct position_row *row_find(const struct booking *booking, uint32_t pair)
{
	const struct position_row key = {.account = pair >> 16, .symbol = pair & 0xFFFF};
	return booking->row_count == 0 ? NULL
				       : bsearch(&key, booking->rows, booking->row_count,
						 sizeof booking->rows[0], compare_rows);
}

/* Lots go on from day to day; what is bought, sold and taken counts by day. */
static bool is_equal(
	const struct lots *lots, const struct ledger_row *ours, const struct position_row *row)
{
	const struct ledger_totals *day = &ours->totals;
	return row->position == lots->shares && row->bought_qty == day->qty[SIDE_BUY] &&
	       row->sold_qty == day->qty[SIDE_SELL] &&
	       row->bought_value_e4 == day->value_e4[SIDE_BUY] &&
	       row->sold_value_e4 == day->value_e4[SIDE_SELL] && row->fees_e4 == day->fees_e4;
}

static void tell_wide(struct call *call, const char *key, money_wide value_e4)
{
	int64_t shown = value_e4 > INT64_MAX   ? INT64_MAX
			: value_e4 < INT64_MIN ? INT64_MIN
					       : (int64_t)value_e4;
	answer_e4(&call->answer, key, shown);
}

static void tell_names(struct call *call, uint32_t pair)
{
	const struct site_config *site = &call->control->site;
	char name[9] = "-";
	if ((pair & 0xFFFF) < site->symbol_count)
		symbol_unpack(site->symbols[pair & 0xFFFF].name, name);
	answer_row(&call->answer);
	answer_number(&call->answer, "account", pair >> 16);
	answer_word(&call->answer, "symbol", name);
	answer_word(&call->answer, "currency", site_currency_of(site, pair & 0xFFFF));
}

/* A pair's profit and loss; false: the gate has another value. */
static bool tell_pnl(struct call *call, const struct ledger_row *ours, const struct lots *lots)
{
	const uint32_t pair = ours->pair;
	const money_wide fees_e4 = ours->fees_before_e4 + ours->totals.fees_e4;
	const struct booking *booking = call->own;
	const struct position_row *row = row_find(booking, pair);
	bool is_moving = booking->is_late || booking->ledger.told_count != booking->told_before;
	bool is_good = row != NULL && is_equal(lots, ours, row);
	tell_names(call, pair);
	answer_number(&call->answer, "position", lots->shares);
	tell_wide(call, "realised", lots->realised_e4);
	tell_wide(call, "fees", fees_e4);
	tell_wide(call, "net_realised", lots->realised_e4 - fees_e4);
	tell_wide(call, "cost", lots->cost_e4);
	tell_wide(call, "average_realised", lots->average_realised_e4);
	tell_wide(call, "average_cost", lots->average_cost_e4);
	if (row != NULL) {
		money_wide worth_e4 = (money_wide)lots->shares * row->mark_e4;
		answer_e4(&call->answer, "mark", row->mark_e4);
		tell_wide(call, "unrealised", worth_e4 - lots->cost_e4);
		tell_wide(call, "gross", lots->realised_e4 + worth_e4 - lots->cost_e4);
		tell_wide(call, "net", lots->realised_e4 + worth_e4 - lots->cost_e4 - fees_e4);
		tell_wide(call, "average_unrealised", worth_e4 - lots->average_cost_e4);
		call_day_pnl(call, row->pnl_e4);
	}
	answer_word(&call->answer, "gate",
		!booking->has_gate ? "away"
		: is_good          ? "equal"
		: is_moving        ? "moving"
				   : "differs");
	return is_good || is_moving || !booking->has_gate;
}

static void tell_lots(struct call *call, uint32_t pair, const struct lots *lots)
{
	for (uint32_t i = lots->head; i < lots->tail; i++) {
		tell_names(call, pair);
		answer_count(&call->answer, "lot", i - lots->head + 1);
		answer_number(&call->answer, "shares", lots->lots[i].shares);
		answer_e4(&call->answer, "price", lots->lots[i].price_e4);
		if (lots->lots[i].order_id != 0)
			answer_format(&call->answer, "opened_by", "order %" PRIu64,
				lots->lots[i].order_id);
		else
			answer_word(&call->answer, "opened_by", "start of day");
	}
}

static void tell_bill(
	struct call *call, const char *venue, uint32_t currency, const struct bill *bill)
{
	struct booking *booking = call->own;
	const struct site_config *site = &call->control->site;
	answer_row(&call->answer);
	answer_word(&call->answer, "venue", venue);
	answer_word(&call->answer, "currency",
		currency == 0 ? site_currency(site) : site->currencies[currency].name);
	answer_number(&call->answer, "executions", bill->executions);
	tell_wide(call, "fees", bill->fees_e4);
	tell_wide(call, "rebates", bill->rebates_e4);
	tell_wide(call, "order_fees", bill->orders_e4);
	tell_wide(call, "net", bill_net(bill));
	if (site->gate_count > 0)
		answer_word(&call->answer, "gate", gate_name(site, booking->gate));
	booking->told++;
}

/* Each venue in its own currency, nothing too; one that bills in that of what is traded in each that there was. */
static void bills_tell(struct call *call)
{
	const struct booking *booking = call->own;
	const struct site_config *site = booking->bills.site;
	for (uint32_t venue = 0; venue < site->venue_count; venue++)
		for (uint32_t at = 0; at < CURRENCY_COUNT_MAX; at++) {
			const struct bill *bill = &booking->bills.venues[venue][at];
			if (at == bills_currency(&booking->bills, venue) || bill->executions != 0 ||
				bill_net(bill) != 0)
				tell_bill(call, site->venues[venue].name, at, bill);
		}
}

static bool booking_wants(const struct booking *booking, uint32_t pair)
{
	return (booking->account == 0 || pair >> 16 == booking->account) &&
	       (booking->symbol == SYMBOL_NONE || (pair & 0xFFFF) == booking->symbol);
}

/* Room for the lots of a row; false: there is none. */
static bool space_take(struct booking *booking, const struct ledger_row *row)
{
	if (booking->space != NULL && row->count + 1 <= booking->space_room)
		return true;
	free(booking->space);
	booking->space_room = row->count + 1;
	booking->space = calloc(booking->space_room, sizeof *booking->space);
	return booking->space != NULL;
}

static void row_tell(struct call *call, const struct ledger_row *row)
{
	struct booking *booking = call->own;
	if (booking->what == BOOKING_LOTS)
		tell_lots(call, row->pair, &booking->lots);
	else
		booking->differing += !tell_pnl(call, row, &booking->lots);
	booking->told +=
		booking->what == BOOKING_LOTS ? booking->lots.tail - booking->lots.head : 1;
}

/* Works out a piece; true: all rows are told, or there is no memory and the answer is coded. */
static bool booking_tell(struct call *call)
{
	struct booking *booking = call->own;
	const struct ledger *ledger = &booking->ledger;
	if (booking->what == BOOKING_FEES) {
		bills_tell(call);
		return true;
	}
	for (uint32_t left = PNL_PER_STEP; booking->at < ledger->row_count; left--) {
		const struct ledger_row *row = ledger_row_at(ledger, booking->at);
		if (left == 0)
			return false;
		if (!booking_wants(booking, row->pair)) {
			booking->at++;
			continue;
		}
		if (!booking->has_begun && !space_take(booking, row)) {
			answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for the ledger");
			return true;
		}
		if (!booking->has_begun) {
			lots_init(&booking->lots, booking->space, row->start_shares,
				row->start_cost_e4);
			booking->trade = row->first;
		}
		booking->trade = ledger_lots(ledger, booking->trade, PNL_PER_STEP, &booking->lots);
		booking->has_begun = booking->trade != 0;
		if (booking->has_begun)
			return false;
		left -= row->count < left ? row->count : left - 1;
		row_tell(call, row);
		booking->at++;
	}
	return true;
}

/* What the journal cannot vouch for is said behind the count. */
static void booking_end_tell(const struct booking *booking, char *text, size_t size)
{
	struct reader_end end;
	reader_end_of(booking->reader, &end);
	if (booking->is_late)
		snprintf(text, size, "; the journal is behind the gate");
	else
		text[0] = '\0';
	bool is_alone = !booking->has_gate && booking->what != BOOKING_FEES;
	if (end.is_damaged && (booking->is_late || is_alone))
		snprintf(text, size,
			"; the journal ends at a damaged record, %s offset %" PRIu64
			": %s: see journal verify",
			end.segment, end.offset, end.reason);
}

static void booking_conclude(struct call *call)
{
	const struct booking *booking = call->own;
	static const char *const whats[] = {[BOOKING_PNL] = "held or traded",
		[BOOKING_LOTS] = "lots",
		[BOOKING_FEES] = "bills of venues, today, each in its currency"};
	const char *what = whats[booking->what];
	char end[320];
	booking_end_tell(booking, end, sizeof end);
	if (booking->ledger.unknown_count != 0)
		answer_code(&call->answer, CODE_LEDGER_DIFFERS,
			"%u breaks or corrections in the journal of trades that are not in it, "
			"expected none: halt, then journal replay%s",
			booking->ledger.unknown_count, end);
	else if (booking->differing != 0)
		answer_code(&call->answer, CODE_LEDGER_DIFFERS,
			"%u of %" PRIu64 " differ between journal and gate, expected none: halt, "
			"then journal replay%s",
			booking->differing, booking->told, end);
	else
		answer_code(&call->answer, CODE_ROWS, "%" PRIu64 " %s%s", booking->told, what, end);
}

/* true: the gate has told all, or there is none. */
static bool booking_ask(struct call *call, uint64_t now_ns)
{
	struct booking *booking = call->own;
	struct plane *plane = &call->control->plane;
	enum question_state state = question_look(&call->question, plane, now_ns);
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return false;
	if (state != QUESTION_ANSWERED)
		return true;
	const struct mailbox_answer *page = question_answer(&call->question, plane);
	bool is_taken = page->code == 0 && rows_take(booking, page);
	call->question.cursor = page->next;
	if (is_taken && page->next != 0) {
		question_ask(&call->question, plane, now_ns);
		return false;
	}
	booking->has_gate = is_taken;
	if (is_taken)
		rows_end(booking);
	return true;
}

/* Begins the ledger of a gate, from its journal; false: the answer is coded. */
static bool booking_open(struct call *call, uint64_t now_ns)
{
	struct config_error error;
	struct booking *booking = call->own;
	const struct site_config *site = control_view(call->control, booking->gate);
	ledger_init(&booking->ledger);
	bills_init(&booking->bills, site);
	if (booking->what == BOOKING_FEES)
		booking->ledger.bills = &booking->bills;
	booking->reader = reader_open(site->journal_directory, &error);
	if (booking->reader == NULL) {
		answer_code(&call->answer, CODE_JOURNAL_FAILED, "%s", error.text);
		return false;
	}
	booking_want(call, BOOKING_BEFORE, now_ns);
	return true;
}

/* Behind one gate's accounts come the next one's, unless this one's journal could not be told to its end. */
static bool booking_next_gate(struct call *call, uint64_t now_ns)
{
	struct booking *booking = call->own;
	bool is_whole = booking->ledger.unknown_count == 0 && !booking->is_late;
	if (booking->account != 0 || !is_whole ||
		booking->gate + 1 >= site_gate_count(&call->control->site))
		return false;
	ledger_free(&booking->ledger);
	reader_close(booking->reader);
	booking->gate++;
	booking->sequence = 0;
	booking->row_count = booking->at = booking->trade = 0;
	booking->has_gate = booking->has_begun = false;
	call->question.cursor = 0;
	return booking_open(call, now_ns);
}

static enum call_progress booking_step(struct call *call, uint64_t now_ns)
{
	struct booking *booking = call->own;
	if (booking->phase == BOOKING_TELLING) {
		if (!booking_tell(call))
			return CALL_WORKING;
		if (!call->answer.is_coded && booking_next_gate(call, now_ns))
			return CALL_WORKING;
		if (!call->answer.is_coded)
			booking_conclude(call);
		return CALL_DONE;
	}
	if (booking->phase == BOOKING_ASKING) {
		if (!booking_ask(call, now_ns))
			return CALL_WAITING;
		booking_want(call, BOOKING_AFTER, now_ns);
	}
	if (!booking_read(booking, now_ns))
		return CALL_WORKING;
	if (booking->ledger.is_full) {
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for the ledger");
		return CALL_DONE;
	}
	if (booking->phase == BOOKING_AFTER || booking->what == BOOKING_FEES) {
		booking->phase = BOOKING_TELLING;
		return CALL_WORKING;
	}
	booking->told_before = booking->ledger.told_count;
	booking->phase = BOOKING_ASKING;
	call_gate_ask(call, booking->gate, REQUEST_POSITIONS, now_ns);
	return CALL_WAITING;
}

static void booking_begin(struct call *call, uint32_t account, uint32_t symbol,
	enum booking_what what, uint64_t now_ns)
{
	const struct site_config *site = &call->control->site;
	struct booking *booking = calloc(1, sizeof *booking);
	if (booking == NULL) {
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for the ledger");
		return;
	}
	call_hold(call, booking, booking_end);
	booking->account = account;
	booking->symbol = symbol;
	booking->what = what;
	if (account != 0)
		booking->gate = site->accounts[site_account_find(site, account)].gate;
	if (booking_open(call, now_ns))
		call->step = booking_step;
}

void command_show_pnl(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	uint32_t account = 0;
	const char *word = call_argument(call, 0);
	if (word == NULL || call_name_find(call, "account", word, &scope, &account))
		booking_begin(call, account, SYMBOL_NONE, BOOKING_PNL, now_ns);
}

void command_show_fees(struct call *call, uint64_t now_ns)
{
	booking_begin(call, 0, SYMBOL_NONE, BOOKING_FEES, now_ns);
}

void command_show_lots(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	uint32_t account, symbol;
	if (call_name_find(call, "account", call_argument(call, 0), &scope, &account) &&
		call_name_find(call, "symbol", call_argument(call, 1), &scope, &symbol))
		booking_begin(call, account, symbol, BOOKING_LOTS, now_ns);
}
