#include "control/ledger/bookkeeping.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/machine/log.h"

/* How long the thread rests when the journal has nothing new: while a page waits for it, and else. */
#define BOOKKEEPING_NAP_NS  UINT64_C(1000000)
#define BOOKKEEPING_REST_NS UINT64_C(250000000)

/* A gate or a disk that lets wait longer is looked at less often. */
#define BOOKKEEPING_BUSY_NS UINT64_C(100000000)

enum bookkeeping_phase { RESTING, ASKING, COMPARING };

struct bookkeeping {
	const struct site_config *site;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	bool is_closing;
	uint64_t
		until; /* record up to which the thread may read: never further than a gate that is asked next */
	uint64_t given,
		done; /* numbers of pages: the last one, and the last that is compared or given up */
	struct clerk_page page;
	struct clerk_facts facts;
	uint32_t stop_count;
	struct clerk_stop stops[CLERK_STOP_COUNT];
	/* the thread's own */
	struct clerk clerk;
	struct clerk_page work;
	/* control's own */
	enum bookkeeping_phase phase;
	struct question question;
	uint64_t attach_count; /* of the plane, whose gate is asked */
	uint64_t begun_ns, asked_ns;
	uint64_t compared_ns;     /* a page last, or since when there is somebody to ask */
	uint64_t rounds_before;   /* of the clerk, when this dataplane came */
	uint64_t wanted;          /* up to which record the page under way knows */
	bool is_known, is_silent; /* a gate is or was there; it did not answer */
	enum bookkeeping_state told;
};

/* Waits for something new, with the lock held. */
static void bookkeeping_nap(struct bookkeeping *books, uint64_t nap_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	uint64_t ns = (uint64_t)until.tv_nsec + nap_ns;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_cond_timedwait(&books->wake, &books->lock, &until);
}

/* What the clerk came by goes to control when control has taken the last ones. */
static void stops_hand(struct bookkeeping *books)
{
	struct clerk *clerk = &books->clerk;
	if (books->stop_count > 0 || clerk->stop_count == 0)
		return;
	memcpy(books->stops, clerk->stops, sizeof books->stops);
	books->stop_count = clerk->stop_count;
	clerk->stop_count = 0;
}

/* A piece, without the lock.  true: there is more to do at once. */
static bool bookkeeping_work(struct bookkeeping *books, uint64_t until, uint64_t page)
{
	bool has_more = clerk_read(&books->clerk, until);
	bool is_compared = page != 0 && clerk_compare(&books->clerk, &books->work);
	pthread_mutex_lock(&books->lock);
	books->facts = books->clerk.facts;
	stops_hand(books);
	if (is_compared && books->done < page)
		books->done = page;
	pthread_mutex_unlock(&books->lock);
	return has_more || is_compared;
}

static void *bookkeeping_run(void *context)
{
	struct bookkeeping *books = context;
	pthread_mutex_lock(&books->lock);
	while (!books->is_closing) {
		uint64_t page = books->given != books->done ? books->given : 0;
		uint64_t until = page != 0 ? books->page.sequence : books->until;
		if (page != 0)
			books->work = books->page;
		pthread_mutex_unlock(&books->lock);
		bool is_busy = bookkeeping_work(books, until, page);
		pthread_mutex_lock(&books->lock);
		if (!is_busy && !books->is_closing && (page != 0 || books->given == books->done))
			bookkeeping_nap(
				books, page != 0 ? BOOKKEEPING_NAP_NS : BOOKKEEPING_REST_NS);
	}
	pthread_mutex_unlock(&books->lock);
	return NULL;
}

struct bookkeeping *bookkeeping_open(const struct site_config *site)
{
	struct bookkeeping *books = calloc(1, sizeof *books);
	if (books == NULL)
		return NULL;
	books->site = site;
	books->told = BOOKKEEPING_NOT_YET;
	clerk_open(&books->clerk, site);
	pthread_mutex_init(&books->lock, NULL);
	pthread_cond_init(&books->wake, NULL);
	if (pthread_create(&books->thread, NULL, bookkeeping_run, books) == 0)
		return books;
	free(books);
	return NULL;
}

/* Asks for the first page, or for the one after. */
static void page_ask(
	struct bookkeeping *books, struct plane *plane, uint64_t cursor, uint64_t now_ns)
{
	if (cursor == 0)
		books->begun_ns = now_ns;
	books->asked_ns = now_ns;
	books->question = (struct question){.stage = stage_of_gate(books->site->gate),
		.kind = REQUEST_HOLDINGS,
		.cursor = cursor};
	question_ask(&books->question, plane, now_ns);
	books->phase = ASKING;
}

/* Hands what the gate told to the clerk. */
static void page_take(
	struct bookkeeping *books, const struct mailbox_answer *answer, uint64_t now_ns)
{
	struct clerk_page *page = &books->page;
	pthread_mutex_lock(&books->lock);
	page->sequence = answer->sequence;
	page->now_ns = now_ns;
	page->is_first = books->question.cursor == 0;
	page->is_last = answer->next == 0;
	page->row_count =
		answer->row_count < MAILBOX_ROW_COUNT ? answer->row_count : MAILBOX_ROW_COUNT;
	for (uint32_t i = 0; i < page->row_count; i++)
		memcpy(&page->rows[i], answer->rows[i], sizeof page->rows[i]);
	books->given++;
	pthread_cond_signal(&books->wake);
	pthread_mutex_unlock(&books->lock);
	books->wanted = answer->sequence;
	books->question.cursor = answer->next;
	books->phase = COMPARING;
}

static void bookkeeping_ask(struct bookkeeping *books, struct plane *plane, uint64_t now_ns)
{
	enum question_state state = question_look(&books->question, plane, now_ns);
	if (state == QUESTION_QUEUED || state == QUESTION_ASKED)
		return;
	books->is_silent = state != QUESTION_ANSWERED;
	const struct mailbox_answer *answer =
		books->is_silent ? NULL : question_answer(&books->question, plane);
	if (answer != NULL && answer->code == 0)
		page_take(books, answer, now_ns);
	else
		books->phase = RESTING;
}

static bool page_is_compared(struct bookkeeping *books)
{
	pthread_mutex_lock(&books->lock);
	bool is_compared = books->given == books->done;
	pthread_mutex_unlock(&books->lock);
	return is_compared;
}

/* What is published now is known to a gate that is asked from now on. */
static void bookkeeping_allow(struct bookkeeping *books, const struct plane *plane)
{
	const struct link *journal = region_link(plane->region, books->site->gate);
	pthread_mutex_lock(&books->lock);
	books->until = atomic_load_explicit(&journal->sequence, memory_order_acquire);
	pthread_mutex_unlock(&books->lock);
}

static void bookkeeping_go_on(struct bookkeeping *books, struct plane *plane, uint64_t now_ns)
{
	if (books->phase == RESTING)
		bookkeeping_allow(books, plane);
	if (books->phase == RESTING && now_ns - books->begun_ns >= BOOKKEEPING_ROUND_NS)
		page_ask(books, plane, 0, now_ns);
	if (books->phase == ASKING)
		bookkeeping_ask(books, plane, now_ns);
	if (books->phase != COMPARING || !page_is_compared(books))
		return;
	books->compared_ns = now_ns;
	books->wanted = 0;
	if (books->question.cursor == 0)
		books->phase = RESTING;
	else if (now_ns - books->asked_ns >= BOOKKEEPING_PAGE_NS)
		page_ask(books, plane, books->question.cursor, now_ns);
}

/* Another gate begins another round; what the last one told may never come to the disk. */
static void bookkeeping_meet(struct bookkeeping *books, struct plane *plane, uint64_t now_ns)
{
	struct clerk_facts facts;
	bookkeeping_look(books, &facts);
	question_drop(&books->question, plane);
	pthread_mutex_lock(&books->lock);
	books->done = books->given;
	pthread_mutex_unlock(&books->lock);
	books->rounds_before = facts.rounds;
	books->attach_count = plane->attach_count;
	books->phase = RESTING;
	books->begun_ns = now_ns - BOOKKEEPING_ROUND_NS;
	books->compared_ns = now_ns;
	books->is_known = true;
}

/* The alarm, once when it begins and once when it ends. */
static void bookkeeping_tell(struct bookkeeping *books, struct audit *audit, uint64_t now_ns)
{
	struct bookkeeping_verdict verdict;
	bookkeeping_judge(books, now_ns, &verdict);
	bool is_wrong = verdict.state == BOOKKEEPING_WRONG;
	if (verdict.state == BOOKKEEPING_NOT_YET || is_wrong == (books->told == BOOKKEEPING_WRONG))
		return;
	books->told = verdict.state;
	bool is_one = books->site->gate_count == 0;
	const char *gate = gate_name(books->site, books->site->gate);
	log_write(is_wrong ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "ledger", "%s%s%s",
		is_one ? "" : gate, is_one ? "" : ": ", verdict.reason);
	json_t *line = json_pack("{s:s, s:s, s:s}", "event", "ledger", "state",
		is_wrong ? "wrong" : "equal", "because", verdict.reason);
	if (line != NULL && !is_one)
		json_object_set_new(line, "gate", json_string(gate));
	if (line != NULL)
		audit_append(audit, line, AUDIT_MAJOR, now_ns);
}

bool bookkeeping_turn(
	struct bookkeeping *books, struct plane *plane, struct audit *audit, uint64_t now_ns)
{
	if (!plane->is_attached || books->site->gate >= plane_gate_count(plane))
		return false;
	if (books->attach_count != plane->attach_count)
		bookkeeping_meet(books, plane, now_ns);
	const struct gate_page *gate = region_gate(plane->region, books->site->gate);
	if (atomic_load_explicit(&gate->is_recovered, memory_order_acquire) == 0) {
		books->compared_ns = now_ns; /* it cannot be asked */
		return false;
	}
	bookkeeping_go_on(books, plane, now_ns);
	bookkeeping_tell(books, audit, now_ns);
	return books->phase != RESTING && now_ns - books->asked_ns < BOOKKEEPING_BUSY_NS;
}

void bookkeeping_look(struct bookkeeping *books, struct clerk_facts *facts)
{
	pthread_mutex_lock(&books->lock);
	*facts = books->facts;
	pthread_mutex_unlock(&books->lock);
}

__attribute__((format(printf, 3, 4))) static void verdict_say(
	struct bookkeeping_verdict *verdict, enum bookkeeping_state state, const char *format, ...)
{
	va_list arguments;
	verdict->state = state;
	va_start(arguments, format);
	vsnprintf(verdict->reason, sizeof verdict->reason, format, arguments);
	va_end(arguments);
}

static void differs_say(const struct bookkeeping *books, const struct clerk_facts *facts,
	uint64_t now_ns, struct bookkeeping_verdict *verdict)
{
	const struct clerk_difference *first = &facts->difference;
	char name[9] = "-";
	if (first->symbol < books->site->symbol_count)
		symbol_unpack(books->site->symbols[first->symbol].name, name);
	verdict_say(verdict, BOOKKEEPING_WRONG,
		"account %u %s: %s %" PRId64 " in the journal, %" PRId64
		" at the gate, both at record %" PRIu64 "; %u rows differ since %" PRIu64
		" ms, expected none: halt, then show pnl and journal replay",
		first->account, name, first->what, first->journal, first->gate, first->sequence,
		facts->differing, (now_ns - facts->differs_ns) / 1000000);
}

void bookkeeping_judge(
	struct bookkeeping *books, uint64_t now_ns, struct bookkeeping_verdict *verdict)
{
	struct clerk_facts facts;
	bookkeeping_look(books, &facts);
	uint64_t age_ns = now_ns - books->compared_ns;
	if (facts.is_full)
		verdict_say(verdict, BOOKKEEPING_WRONG,
			"out of memory for the ledger at record %" PRIu64
			", expected room for all trades: nothing is compared",
			facts.sequence);
	else if (facts.unknown > 0)
		verdict_say(verdict, BOOKKEEPING_WRONG,
			"%" PRIu64
			" breaks or corrections in the journal of trades that are not in "
			"it, expected none: halt, then journal replay",
			facts.unknown);
	else if (facts.differing > 0)
		differs_say(books, &facts, now_ns, verdict);
	else if (books->is_known && age_ns > BOOKKEEPING_AGE_NS)
		verdict_say(verdict, BOOKKEEPING_WRONG,
			"not compared with the gate for %" PRIu64
			" ms: journal read up to record %" PRIu64 "%s%s%s, expected within %" PRIu64
			" ms",
			age_ns / 1000000, facts.sequence,
			books->is_silent     ? ", the gate does not answer"
			: books->wanted != 0 ? ", the gate is further"
					     : "",
			facts.trouble[0] != '\0' ? "; " : "", facts.trouble,
			(uint64_t)(BOOKKEEPING_AGE_NS / 1000000));
	else if (facts.rounds == books->rounds_before)
		verdict_say(verdict, BOOKKEEPING_NOT_YET,
			"not compared with this gate yet, expected within %" PRIu64 " ms",
			(uint64_t)(BOOKKEEPING_AGE_NS / 1000000));
	else
		verdict_say(verdict, BOOKKEEPING_EQUAL,
			"%u rows of the gate are those of the journal at record %" PRIu64
			", %" PRIu64 " trades",
			facts.rows, facts.sequence, facts.trades);
}

bool bookkeeping_stop(struct bookkeeping *books, struct clerk_stop *stop)
{
	pthread_mutex_lock(&books->lock);
	bool is_there = books->stop_count > 0;
	if (is_there)
		*stop = books->stops[0];
	pthread_mutex_unlock(&books->lock);
	return is_there;
}

void bookkeeping_stop_take(struct bookkeeping *books)
{
	pthread_mutex_lock(&books->lock);
	CHECK(books->stop_count > 0);
	books->stop_count--;
	memmove(&books->stops[0], &books->stops[1], books->stop_count * sizeof books->stops[0]);
	pthread_mutex_unlock(&books->lock);
}

void bookkeeping_close(struct bookkeeping *books)
{
	pthread_mutex_lock(&books->lock);
	books->is_closing = true;
	pthread_cond_signal(&books->wake);
	pthread_mutex_unlock(&books->lock);
	pthread_join(books->thread, NULL);
	clerk_close(&books->clerk);
	pthread_mutex_destroy(&books->lock);
	pthread_cond_destroy(&books->wake);
	free(books);
}
