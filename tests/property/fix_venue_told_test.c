/* fix_venue_told_test.c - what the gate makes of what a venue of FIX says that does as it pleases, by a seed.

   The venue keeps books of its own, by the names that the gate gives: it accepts at once or after a while, refuses, fills, replaces,
   says what is pending, restates, cancels unasked, ends for the day, breaks and corrects what it executed; it says things again that it
   said, and hears nothing for a while, until its connection breaks or it asks for what it lacks.  Whenever all that it said has arrived, each order that it
   has open lives at the gate with the same size and executions, and none besides; what it executed is the position, and what a replace would
   open that it has not answered is held for.  No order and no
   cancel comes twice.  Strategies of OUCH keep books of what they are told (tests/support/ouch_desk.h).  In the end nothing is
   uncertain: what nobody answered was asked for.

   SLUICE_SEED plays one seed alone.
   rooms: dataplane_gate */
#include "tests/support/fix_peer_rig.h"
#include "tests/support/ouch_desk.h"

enum { STEPS = 1200, SEEDS = 4, BOOK_MAX = 2048, QUEUE_MAX = 1024, FILL_MAX = 64 };

/* An order by one of its names: a replaced one is over. */
struct book {
	char id[24];
	uint8_t side;         /* 1 2 */
	bool is_open, is_new; /* taken in silence: nothing was said of it yet */
	bool was_open, is_replaced, is_filled;
	uint32_t qty, leaves;
	uint32_t executed; /* of all its names; broken trades are in it */
	uint32_t standing; /* those that were not broken */
	int64_t price_e4;
	uint32_t next;    /* the book that replaced it */
	bool has_pending; /* a cancel or replace of it waits for its answer */
	struct got pending;
};

/* An execution that may still be broken; qty 0: it was. */
struct dealt {
	uint32_t at, qty; /* which book */
	uint64_t exec;
};

static struct world {
	struct rig *rig;
	struct dice dice;
	struct book books[BOOK_MAX];
	uint32_t book_count;
	char cancels[BOOK_MAX][24]; /* names of cancels that came */
	uint32_t cancel_count;
	struct got queue[QUEUE_MAX];
	uint32_t queued;
	struct dealt dealt[FILL_MAX]; /* n at n % FILL_MAX */
	uint32_t dealt_count;
	int64_t position;
	uint32_t checks;
	bool has_lower; /* its CumQty falls and rises with what it breaks and corrects */
} w;

static struct seen {
	uint32_t again, unseen, asked, broken, held;
	uint64_t lacked;
} seen;

/* --- the venue's books --- */

static struct book *book_of(const char *id)
{
	for (uint32_t i = w.book_count; i-- > 0;) {
		if (strcmp(w.books[i].id, id) == 0)
			return &w.books[i];
	}
	return NULL;
}

static struct book *some_open(void)
{
	uint32_t from = any(w.book_count + 1);
	for (uint32_t i = 0; i < w.book_count; i++) {
		struct book *book = &w.books[(from + i) % w.book_count];
		if (book->is_open)
			return book;
	}
	return NULL;
}

static void tell(const struct book *book, const char *id, const char *of, uint8_t type)
{
	uint8_t status = type == 'D' ? (book->executed != 0 ? '1' : '0') : type;
	const struct saying saying = {.id = id,
		.of = of,
		.type = type,
		.status = status,
		.leaves = book->is_open ? book->leaves : 0,
		.cum = book->standing,
		.last_e8 = 16300000000,
		.price_e4 = book->price_e4,
		.side = book->side,
		.reason = type == '8' ? 99 : 0};
	trace("v>", 9, type, (uint32_t)strtoul(id + 6, NULL, 16), of != NULL, saying.leaves, 0);
	says(w.rig, &saying);
}

static void says_new(struct book *book)
{
	book->is_new = false;
	book->is_open = book->was_open = true;
	tell(book, book->id, NULL, '0');
}

static void executes(struct book *book, uint32_t qty)
{
	uint8_t type = protocol == ORDERS_FIX44 ? 'F' : qty == book->leaves ? '2' : '1';
	book->leaves -= qty;
	book->executed += qty;
	book->standing += qty;
	book->is_open = book->leaves != 0;
	book->is_filled = !book->is_open;
	w.position += book->side == '1' ? (int64_t)qty : -(int64_t)qty;
	trace("v>", 9, 'F', (uint32_t)strtoul(book->id + 6, NULL, 16), 0, book->leaves, 0);
	uint64_t exec = says(w.rig, &(struct saying){.id = book->id,
					    .type = type,
					    .status = book->is_open ? '1' : '2',
					    .leaves = book->leaves,
					    .last = qty,
					    .cum = book->standing,
					    .side = book->side,
					    .last_e8 = book->price_e4 * 10000});
	w.dealt[w.dealt_count++ % FILL_MAX] =
		(struct dealt){.at = (uint32_t)(book - w.books), .qty = qty, .exec = exec};
}

/* Any execution; half the time, if there is one, of an order whose replace or cancel waits for its answer. */
static struct dealt *some_dealt(void)
{
	uint32_t from = any(FILL_MAX);
	bool is_any = any(2) == 0;
	for (uint32_t i = 0; i < FILL_MAX && !is_any; i++) {
		struct dealt *dealt = &w.dealt[(from + i) % FILL_MAX];
		const struct book *book = &w.books[dealt->at];
		while (book->is_replaced)
			book = &w.books[book->next];
		if (dealt->qty != 0 && book->is_open && book->has_pending)
			return dealt;
	}
	return &w.dealt[from];
}

/* A trade has second thoughts: it is broken, or was for another size.  It is told under the name that its order had or has now. */
static void thinks_again(void)
{
	struct dealt *dealt = some_dealt();
	struct book *book = &w.books[dealt->at];
	const char *id = book->id;
	bool is_bust = any(2) == 0, is_42 = protocol == ORDERS_FIX42;
	if (dealt->qty == 0)
		return;
	uint32_t qty = is_bust ? 0 : 1 + any(dealt->qty + 5);
	int64_t less = (int64_t)dealt->qty - qty;
	w.position -= book->side == '1' ? less : -less;
	book->standing -= (uint32_t)less;
	while (book->is_replaced) {
		book = &w.books[book->next];
		book->standing -= (uint32_t)less;
	}
	if (any(2) == 0)
		id = book->id;
	dealt->qty = qty;
	uint8_t status = book->is_open ? '1' : '2';
	says(w.rig, &(struct saying){.id = id,
			    .type = is_42     ? status
				    : is_bust ? 'H'
					      : 'G',
			    .status = status,
			    .transaction = is_bust ? '1' : '2',
			    .leaves = book->leaves,
			    .last = qty,
			    .cum = book->standing,
			    .side = book->side,
			    .exec_ref = dealt->exec,
			    .last_e8 = 16290000000});
	seen.broken++;
}

static void ends(struct book *book, uint8_t type)
{
	book->is_open = false;
	book->leaves = 0;
	tell(book, book->id, NULL, type);
}

static void restates(struct book *book)
{
	if (book->leaves < 2)
		return;
	book->leaves = 1 + any(book->leaves - 1);
	tell(book, book->id, NULL, 'D');
}

/* --- what it reads --- */

static struct book *opens(const struct got *got)
{
	assert_true(w.book_count < BOOK_MAX);
	assert_null(book_of(got->id)); /* no order comes twice */
	struct book *book = &w.books[w.book_count++];
	*book = (struct book){.side = (uint8_t)got->side,
		.qty = (uint32_t)got->qty,
		.leaves = (uint32_t)got->qty,
		.price_e4 = got->price_e4};
	memcpy(book->id, got->id, sizeof book->id);
	return book;
}

static void reads_order(const struct got *got)
{
	struct book *book = opens(got);
	uint32_t dice = any(10);
	if (dice == 0) {
		tell(book, book->id, NULL, '8');
		return;
	}
	if (dice < 3)
		tell(book, book->id, NULL, 'A');
	book->is_new = dice < 5;
	if (!book->is_new)
		says_new(book);
}

/* Said to be pending: what becomes of it is said later (answers_late). */
static bool is_put_off(struct book *book, const struct got *got, uint8_t type)
{
	if (book == NULL || !book->is_open || book->has_pending || any(3) != 0)
		return false;
	book->has_pending = true;
	book->pending = *got;
	tell(book, got->id, book->id, type);
	return true;
}

static void answers_replace(const struct got *got)
{
	struct book *old = book_of(got->of), *book = book_of(got->id);
	uint32_t cum = old == NULL ? 0 : w.has_lower ? old->standing : old->executed;
	if (old == NULL || !old->is_open || any(8) == 0 || got->qty <= cum) {
		refuses(w.rig, got, true, old == NULL ? 1 : old->is_open ? 2 : 0);
		return;
	}
	book->is_open = book->was_open = true;
	book->executed = old->executed;
	book->standing = old->standing;
	book->leaves = book->qty - cum;
	old->is_open = false;
	old->is_replaced = true;
	old->next = (uint32_t)(book - w.books);
	old->leaves = 0;
	tell(book, book->id, old->id, '5');
}

static void answers_cancel(const struct got *got)
{
	struct book *book = book_of(got->of);
	if (book == NULL || !book->is_open || any(6) == 0) {
		refuses(w.rig, got, false, book == NULL ? 1 : book->is_open ? 2 : 0);
		return;
	}
	book->is_open = false;
	book->leaves = 0;
	tell(book, got->id, book->id, '4');
}

static void answers_late(struct book *book)
{
	struct got got = book->pending;
	book->has_pending = false;
	if (got.type == 'G')
		answers_replace(&got);
	else
		answers_cancel(&got);
}

static void reads_replace(const struct got *got)
{
	opens(got);
	if (!is_put_off(book_of(got->of), got, 'E'))
		answers_replace(got);
}

static void reads_cancel(const struct got *got)
{
	struct book *book = book_of(got->of);
	for (uint32_t i = 0; i < w.cancel_count; i++)
		assert_string_not_equal(w.cancels[i], got->id); /* no cancel comes twice */
	assert_true(w.cancel_count < BOOK_MAX);
	memcpy(w.cancels[w.cancel_count++], got->id, sizeof got->id);
	if (book != NULL && book->is_new)
		says_new(book);
	if (!is_put_off(book, got, '6'))
		answers_cancel(got);
}

/* Under the name of a replacement that is put off the order is pending replace, under one that never came about there is none. */
static uint8_t status_of(const struct book *book)
{
	if (book == NULL)
		return '8';
	for (uint32_t i = 0; i < w.book_count; i++) {
		if (w.books[i].has_pending && strcmp(w.books[i].pending.id, book->id) == 0)
			return 'E';
	}
	if (book->is_new)
		return 'A';
	if (book->is_open && book->has_pending)
		return book->pending.type == 'G' ? 'E' : '6';
	if (book->is_open)
		return book->executed != 0 ? '1' : '0';
	return !book->was_open ? '8' : book->is_replaced ? '5' : book->is_filled ? '2' : '4';
}

static void reads_question(const struct got *got)
{
	const struct book *book = book_of(got->id);
	uint8_t status = status_of(book);
	seen.asked++;
	says(w.rig, &(struct saying){.id = got->id,
			    .type = protocol == ORDERS_FIX42 ? status : 'I',
			    .status = status,
			    .transaction = '3',
			    .leaves = book == NULL ? 0 : book->leaves,
			    .cum = book == NULL ? 0 : book->standing,
			    .side = (uint8_t)got->side});
}

static bool venue_reads(void)
{
	if (w.queued == 0)
		return false;
	struct got got = w.queue[0];
	memmove(w.queue, w.queue + 1, --w.queued * sizeof w.queue[0]);
	trace("v<", 9, got.type, (uint32_t)strtoul(got.id + 6, NULL, 16), 0, (uint32_t)got.qty, 0);
	assert_false(got.is_dup); /* nothing is sent again */
	if (got.type == 'D')
		reads_order(&got);
	else if (got.type == 'G')
		reads_replace(&got);
	else if (got.type == 'F')
		reads_cancel(&got);
	else
		reads_question(&got);
	return true;
}

static bool polls(struct rig *rig)
{
	bool had_work = venue_poll(rig);
	while (venue.got_count > 0) {
		assert_true(w.queued < QUEUE_MAX);
		w.queue[w.queued++] = taken();
	}
	return had_work;
}

/* What it said before it says again, as a possible duplicate. */
static void repeats(void)
{
	struct fix_session *session = &venue.session;
	if (session->state != FIX_STATE_UP || session->next_out < 40)
		return;
	session->again_from = session->next_out - 1 - any(30);
	session->again_to = session->next_out - 1;
	session->again_count++;
	seen.again++;
}

static void venue_acts(void)
{
	uint32_t dice = any(20);
	struct book *book = some_open();
	if (dice == 0 || dice > 15)
		thinks_again();
	else if (dice == 1)
		repeats();
	if (book == NULL || dice < 2 || dice > 15)
		return;
	if (dice < 10)
		executes(book, any(2) ? book->leaves : 1 + any(book->leaves));
	else if (dice < 12)
		restates(book);
	else if (dice < 15)
		ends(book, (uint8_t) "4C3"[dice - 12]);
}

/* What was taken in silence, or put off, has its answer; false: there is none. */
static bool says_late(void)
{
	for (uint32_t i = 0; i < w.book_count; i++) {
		struct book *book = &w.books[i];
		if (book->is_new)
			says_new(book);
		else if (book->has_pending)
			answers_late(book);
		else
			continue;
		return true;
	}
	return false;
}

/* --- the two are of one mind --- */

static bool is_level(void)
{
	const struct fix_session *ours = &fix_venue_of(w.rig->gate->fold, 0)->session;
	return venue.session.state == FIX_STATE_UP && w.rig->gate->fold->venues[0].is_ready &&
	       ours->next_in == venue.session.next_out;
}

static const struct own_order *gate_order(const struct book *book)
{
	const struct order_table *orders = &w.rig->gate->fold->orders;
	uint32_t ref = (uint32_t)strtoul(book->id + 6, NULL, 16);
	uint32_t slot = order_table_find_venue(orders, 0, ref);
	return slot == ORDER_NONE ? NULL : &orders->slots[slot];
}

/* What a replace that the venue has not answered would leave open, if it answered now, is held for. */
static void check_held(const struct got *got)
{
	const struct book *old = book_of(got->of);
	const struct own_order *order = old == NULL ? NULL : gate_order(old);
	uint32_t slot = order_table_find_venue(
		&w.rig->gate->fold->orders, 0, (uint32_t)strtoul(got->id + 6, NULL, 16));
	if (got->type != 'G' || order == NULL || !old->is_open || slot == ORDER_NONE)
		return;
	uint32_t cum = w.has_lower ? old->standing : old->executed;
	uint32_t held = order->reserved_qty + w.rig->gate->fold->orders.slots[slot].reserved_qty;
	if (got->qty > cum)
		assert_true(held >= got->qty - cum);
	seen.held += order->executed_qty != order->least_qty;
}

static void check_level(void)
{
	const struct order_table *orders = &w.rig->gate->fold->orders;
	uint32_t open = 0, live = 0;
	for (uint32_t i = 0; i < w.book_count; i++) {
		const struct book *book = &w.books[i];
		const struct own_order *order = gate_order(book);
		if (book->is_new)
			assert_non_null(order);
		if (!book->is_open)
			continue;
		assert_non_null(order);
		assert_int_equal(order->state, ORDER_LIVE);
		assert_int_equal(order->open_qty, book->leaves);
		assert_int_equal(order->executed_qty, book->executed);
		open++;
	}
	for (uint32_t i = orders->open_head; i != ORDER_NONE; i = orders->slots[i].next)
		live += orders->slots[i].state == ORDER_LIVE;
	assert_int_equal(live, open);
	for (uint32_t i = 0; i < w.book_count; i++) {
		if (w.books[i].has_pending)
			check_held(&w.books[i].pending);
	}
	for (uint32_t i = 0; i < w.queued; i++)
		check_held(&w.queue[i]);
	assert_int_equal(rig_position(w.rig, RIG_ACCOUNT, RIG_AAPL).position +
				 rig_position(w.rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position,
		w.position);
	w.checks++;
}

static void check(void)
{
	hear_and_check();
	if (is_level())
		check_level();
}

/* --- what happens beside --- */

static void venue_goes(void)
{
	venue.is_deaf = false;
	if (venue.connection == CONNECTION_NONE)
		return;
	stream_shut(w.rig->peer_stream, venue.connection, any(2));
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	rig_poll(w.rig, 1000);
}

/* What was lost on its way to it meanwhile it asks for as soon as it hears something. */
static void venue_hears_or_goes(void)
{
	if (any(2) == 0)
		venue_goes();
	venue.is_deaf = false;
}

static void client_goes(uint32_t client)
{
	struct rig_peer *peer = &w.rig->clients[client];
	if (!peer->is_up)
		return;
	stream_shut(w.rig->peer_stream, peer->connection, any(2));
	peer->connection = CONNECTION_NONE;
	peer->is_up = false;
	rig_poll(w.rig, 1000000);
}

static void step_break(void)
{
	uint32_t dice = any(6);
	if (dice < 2) {
		venue_goes();
	} else if (dice == 2) {
		venue.is_deaf = venue.connection != CONNECTION_NONE;
		seen.unseen += venue.is_deaf;
	} else if (dice < 5) {
		client_goes(dice - 3);
	} else {
		venue.is_deaf = false;
		rig_restart(w.rig, any(2));
		rig_limits(w.rig, NULL);
		rig_market(w.rig, RIG_AAPL, 1630000, 1630200);
	}
}

static void step_stop(bool is_kill)
{
	const struct fold *fold = w.rig->gate->fold;
	uint32_t index = stop_index(SCOPE_ACCOUNT, RIG_ACCOUNT);
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	if ((fold->latches.states[index] == STATE_ACTIVE) != is_kill)
		return;
	if (is_kill) {
		rig_stop(w.rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
		return;
	}
	request.release = (struct release_record){.scope = SCOPE_ACCOUNT,
		.id = RIG_ACCOUNT,
		.latch = fold->latches.rows[index].number};
	assert_int_equal(rig_ask(w.rig, &request)->code, 0);
}

static void step(void)
{
	uint32_t dice = any(1000);
	if (venue.is_deaf && any(8) == 0)
		venue_hears_or_goes();
	if (venue.connection == CONNECTION_NONE && !venue.is_deaf && any(12) == 0)
		rig_venue_up(w.rig);
	if (dice < 15)
		step_break();
	else if (dice < 50)
		step_stop(dice < 20);
	else if (dice < 500)
		step_strategy();
	else if (dice < 850)
		venue_reads();
	else if (dice < 900)
		says_late();
	else
		venue_acts();
	rig_poll(w.rig, 3000000);
	check();
}

/* It answers all that it is asked until nothing more is asked. */
static void venue_settles(void)
{
	for (uint32_t i = 0; i < 100; i++) {
		rig_poll(w.rig, 1000000000);
		while (venue_reads())
			;
		while (says_late())
			;
	}
}

static void finish(void)
{
	struct book *book;
	venue_goes();
	rig_venue_up(w.rig);
	while (venue_reads())
		;
	venue_settles();
	while ((book = some_open()) != NULL)
		ends(book, '4');
	venue_settles();
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		if (!w.rig->clients[i].is_up)
			back_in(&game.desks[i]);
	}
	check();
	assert_true(is_level());
	assert_int_equal(w.rig->gate->fold->orders.open_count, 0);
}

static void site_of_both(struct site_config *site)
{
	site_with_fix(site);
	desks_site(site);
}

static void run(uint64_t seed)
{
	static const struct rig_hooks hooks = {
		.others = polls, .site = site_of_both, .venue = venue_event};
	memset(&w, 0, sizeof w);
	w.dice = dice_of(seed);
	w.has_lower = seed % 2 == 0;
	venue_open(protocol);
	w.rig = rig_open_with(&hooks, NULL);
	rig_ready(w.rig);
	desks_open(w.rig, &w.dice);
	game.has_loose_sizes = true;
	for (uint32_t i = 0; i < STEPS; i++)
		step();
	finish();
	seen.lacked += metrics_get(&w.rig->region->metrics, METRIC_gate_venue_lacked);
	print_message("seed %llu: %u orders, compared %u times\n", (unsigned long long)seed,
		w.book_count, w.checks);
	rig_close(w.rig);
}

static void play(enum order_protocol spoken)
{
	const char *only = getenv("SLUICE_SEED");
	uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
	protocol = spoken;
	seen = (struct seen){.again = 0};
	for (uint64_t seed = first; seed < first + (only != NULL ? 1 : SEEDS); seed++)
		run(seed);
	/* What was to be shown was met. */
	assert_true(only != NULL || (seen.again > 0 && seen.unseen > 0 && seen.lacked > 0));
	assert_true(only != NULL || (seen.asked > 0 && seen.broken > 0 && seen.held > 0));
}

static void the_gate_believes_what_a_venue_of_fix_42_says(void **state)
{
	(void)state;
	play(ORDERS_FIX42);
}

static void the_gate_believes_what_a_venue_of_fix_44_says(void **state)
{
	(void)state;
	play(ORDERS_FIX44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gate_believes_what_a_venue_of_fix_42_says),
		cmocka_unit_test(the_gate_believes_what_a_venue_of_fix_44_says),
	};
	clock_start();
	return !!cmocka_run_group_tests_name("property.fix_venue_told", tests, NULL, NULL);
}
