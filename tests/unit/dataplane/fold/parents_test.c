/* The children of an order are never together more than it: through the whole gate, which replays itself after each
   test.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>

#include "dataplane/fold/parents.h"
#include "dataplane/gate/roll.h"
#include "tests/support/rig.h"

static void name_parents(struct site_config *site)
{
	site->sessions[0].has_parents = 1;
}

static int open_ready(void **state)
{
	static const struct rig_hooks hooks = {.site = name_parents};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static void name(struct ouch_in *in, const char *parent)
{
	memset(in->clordid, ' ', sizeof in->clordid);
	memcpy(in->clordid, parent, strlen(parent));
}

static struct ouch_in child(uint32_t ref, const char *parent, uint32_t qty)
{
	struct ouch_in order = rig_order(ref);
	name(&order, parent);
	order.qty = qty;
	return order;
}

static struct ouch_in replace(uint32_t original, uint32_t ref, const char *parent, uint32_t qty)
{
	struct ouch_in order = rig_replace(original, ref, qty, 1630000);
	name(&order, parent);
	return order;
}

static struct ouch_in accepted(struct rig *rig, struct ouch_in order)
{
	return rig_pass_and_accept(rig, 0, &order);
}

static void refused(struct rig *rig, struct ouch_in order, enum lane lane)
{
	assert_string_equal(lane_name(rig_refuse(rig, 0, &order)), lane_name(lane));
}

static void told(struct rig *rig, uint8_t type)
{
	struct ouch_out out;
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.type, type);
}

static void a_text_names_a_parent_or_does_not(void **state)
{
	static const char *const good[] = {"1/1           ", "417/25000     ", "999/4294967295"};
	static const char *const wrong[] = {"              ", "417           ", "417/          ",
		"/25000        ", "0417/25000    ", "417/025000    ", "417/0         ",
		"0/25000       ", "417/25000 x   ", "417/25,000    ", " 417/25000    ",
		"417/4294967296", "4294967296/1  ", "12345678901234", "417/25000\0    ",
		"-1/5          "};
	uint32_t id, qty;
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(good); i++)
		assert_true(parents_read(good[i], &id, &qty));
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_false(parents_read(wrong[i], &id, &qty));
	assert_true(parents_read(good[1], &id, &qty));
	assert_int_equal(id, 417);
	assert_int_equal(qty, 25000);
}

static void children_are_together_no_more_than_their_parent(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	accepted(rig, child(1, "417/250", 100));
	accepted(rig, child(2, "417/250", 101));
	refused(rig, child(3, "417/250", 50), LANE_PARENT);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.usage, 251);
	assert_int_equal(receipt.limit, 250);
	assert_int_equal(receipt.owner_scope, SCOPE_STRATEGY);
	assert_int_equal(receipt.parent, 417);
	accepted(rig, child(4, "417/250", 49));
	refused(rig, child(5, "417/250", 1), LANE_PARENT);
	/* Another parent is another. */
	accepted(rig, child(6, "418/100", 100));
	refused(rig, child(7, "419/99", 100), LANE_PARENT);
}

static void a_child_says_what_the_first_one_said(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in silent = rig_order(1), sale = child(4, "417/250", 10);
	memset(silent.clordid, ' ', sizeof silent.clordid);
	refused(rig, silent, LANE_PARENT);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.usage, INT64_MAX);
	assert_int_equal(receipt.parent, 0);
	accepted(rig, child(2, "417/250", 10));
	refused(rig, child(3, "417/251", 10), LANE_PARENT);
	sale.side = 'T';
	sale.price_e4 = 1630500;
	refused(rig, sale, LANE_PARENT);
	struct ouch_in other = child(5, "417/250", 100);
	other.symbol = symbol_pack("ZVZZT");
	rig_market(rig, RIG_ZVZZT, 1630000, 1630200);
	refused(rig, other, LANE_PARENT);
	accepted(rig, child(6, "417/250", 240));
}

/* A session that names none is not asked, and its text is its own. */
static void a_session_without_parents_may_say_anything(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = child(1, "417/1", 100);
	struct receipt receipt;
	rig_pass_and_accept(rig, 1, &order);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.parent, 0);
	accepted(rig, child(1, "417/100", 100));
}

static void what_is_cancelled_or_refused_by_the_venue_may_come_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = accepted(rig, child(1, "417/100", 100));
	refused(rig, child(2, "417/100", 1), LANE_PARENT);
	rig_cancelled(rig, first.ref, 30, 'U');
	told(rig, 'C');
	refused(rig, child(3, "417/100", 31), LANE_PARENT);
	struct ouch_in second = child(4, "417/100", 30);
	struct ouch_in sent = rig_pass(rig, 0, &second);
	struct ouch_out reject = {.type = 'J', .ref = sent.ref, .reject_code = 1};
	rig_answer(rig, &reject);
	told(rig, 'J');
	accepted(rig, child(5, "417/100", 30));
}

static void what_was_executed_stays(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = accepted(rig, child(1, "417/100", 60));
	rig_execute(rig, &first, 40, 1630000);
	told(rig, 'E');
	rig_cancelled(rig, first.ref, 20, 'U');
	told(rig, 'C');
	refused(rig, child(2, "417/100", 61), LANE_PARENT);
	accepted(rig, child(3, "417/100", 60));
	/* An execution after the order's last word is one too. */
	rig_execute(rig, &first, 10, 1630000);
	told(rig, 'E');
	assert_int_equal(rig->told[rig->venue.sequence - 1].type, 'E');
	refused(rig, child(4, "417/100", 1), LANE_PARENT);
	/* And what the venue takes back may come again. */
	struct ouch_out broken = rig->told[rig->venue.sequence - 1];
	broken.type = 'B';
	rig_answer(rig, &broken);
	told(rig, 'B');
	refused(rig, child(5, "417/100", 1), LANE_PARENT);
}

static void a_replace_is_as_large_as_what_it_adds_and_keeps_its_parent(void **state)
{
	struct rig *rig = *state;
	accepted(rig, child(1, "417/150", 100));
	refused(rig, replace(1, 2, "417/150", 151), LANE_PARENT);
	refused(rig, replace(1, 3, "418/500", 100), LANE_PARENT);
	struct ouch_in up = replace(1, 4, "417/150", 150);
	struct ouch_in sent = rig_pass(rig, 0, &up);
	refused(rig, child(5, "417/150", 1), LANE_PARENT);
	rig_accept(rig, &sent);
	told(rig, 'U');
	refused(rig, child(6, "417/150", 1), LANE_PARENT);
	rig_cancelled(rig, sent.ref, 150, 'U');
	told(rig, 'C');
	accepted(rig, child(7, "417/150", 150));
}

static void what_is_uncertain_is_still_a_child_after_a_restart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = child(1, "417/100", 100);
	rig_pass(rig, 0, &first);
	rig_restart(rig, true);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	refused(rig, child(2, "417/100", 1), LANE_PARENT);
}

static void another_day(struct rig *rig)
{
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		rig->gate->is_turn_open = false;
		roll_write(rig->gate, change, 1000, "by hand", rig->gate->fold->midnight_wall_ns);
		rig_poll(rig, 2000000);
		rig_poll(rig, 2000000);
	}
	rig->clients[0].sequence = 0;
	rig->clients[0].count = 0;
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
}

static void another_day_has_parents_of_its_own(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = accepted(rig, child(1, "417/100", 100));
	rig_execute(rig, &sent, 100, 1630000);
	told(rig, 'E');
	refused(rig, child(2, "417/100", 1), LANE_PARENT);
	another_day(rig);
	accepted(rig, child(1, "417/50", 50));
	refused(rig, child(2, "417/50", 1), LANE_PARENT);
}

static void memory_is_taken_only_where_a_session_names_parents(void **state)
{
	static struct site_config site;
	struct parents parents;
	(void)state;
	site.session_count = 1;
	parents_open(&parents, &site);
	assert_int_equal(parents.count_max, 0);
	assert_null(parents.rows);
	parents_close(&parents);
	site.sessions[0].has_parents = 1;
	parents_open(&parents, &site);
	assert_int_equal(parents.count_max, PARENT_COUNT_MAX);
	parents_close(&parents);
}

/* parents (2) */
static void more_parents_than_there_is_room_for_are_refused(void **state)
{
	static struct site_config site;
	static struct fold fold;
	const struct ouch_in in = child(1, "417/100", 100);
	struct risk_order order = {.session = 1};
	(void)state;
	site.session_count = 1;
	site.sessions[0] = (struct session_config){.id = 1, .has_parents = 1};
	fold.clients[1].config = &site.sessions[0];
	parents_open(&fold.parents, &site);
	fold.parents.count = PARENT_COUNT_MAX - 1;
	assert_int_equal(parents_describe(&fold, in.clordid, NULL, &order), 417);
	assert_int_equal(order.parent_word, PARENT_NAMED);
	assert_false(order.is_table_full);
	fold.parents.count = PARENT_COUNT_MAX;
	assert_int_equal(parents_describe(&fold, in.clordid, NULL, &order), 417);
	assert_true(order.is_table_full);
	parents_close(&fold.parents);
}

/* Rows of parents that the gate shows of an account, and the one of `parent` in *row. */
static uint32_t shown(struct rig *rig, uint32_t account, uint64_t parent, struct usage_row *row)
{
	struct mailbox_request request = {.kind = REQUEST_USAGE, .id = account};
	uint32_t count = 0;
	*row = (struct usage_row){0};
	do {
		const struct mailbox_answer *answer = rig_ask(rig, &request);
		for (uint32_t i = 0; i < answer->row_count; i++) {
			struct usage_row one;
			memcpy(&one, answer->rows[i], sizeof one);
			if (one.lane != LANE_PARENT)
				continue;
			count++;
			if (one.parent == parent)
				*row = one;
		}
		request.cursor = answer->next;
	} while (request.cursor != 0);
	return count;
}

/* Events of parents that were told, as parent:usage. */
static void assert_told(struct rig *rig, const char *expected)
{
	const struct gate_page *page = &rig->region->gate;
	rig_poll(rig, 2000000);
	char text[400] = "";
	size_t used = 0;
	for (uint64_t i = 0; i < atomic_load(&page->usage_count); i++) {
		const struct usage_row *row = &page->usage[i % USAGE_EVENT_COUNT];
		if (row->lane == LANE_PARENT)
			used += (size_t)snprintf(text + used, sizeof text - used,
				"%u:%" PRId64 "/%" PRId64 " ", row->parent, row->usage, row->limit);
	}
	assert_string_equal(text, expected);
}

static void how_much_of_a_parent_is_used_is_shown_while_anything_of_it_works(void **state)
{
	struct rig *rig = *state;
	struct usage_row row;
	assert_int_equal(shown(rig, 17, 417, &row), 0);
	struct ouch_in first = accepted(rig, child(1, "417/250", 100));
	struct ouch_in second = accepted(rig, child(2, "417/250", 101));
	accepted(rig, child(3, "418/1000", 10));
	assert_int_equal(shown(rig, 17, 417, &row), 2);
	assert_int_equal(row.scope, SCOPE_ACCOUNT_SYMBOL);
	assert_int_equal(row.id, 17);
	assert_int_equal(row.symbol, RIG_AAPL);
	assert_int_equal(row.usage, 201);
	assert_int_equal(row.peak, 201);
	assert_int_equal(row.limit, 250);
	assert_int_equal(row.key, LIMIT_COUNT);
	/* What was executed counts; what was cancelled is the peak's alone. */
	rig_execute(rig, &first, 30, 1630000);
	told(rig, 'E');
	rig_cancelled(rig, second.ref, 101, 'U');
	told(rig, 'C');
	assert_int_equal(shown(rig, 17, 417, &row), 2);
	assert_int_equal(row.usage, 100);
	assert_int_equal(row.peak, 201);
	assert_int_equal(shown(rig, 18, 417, &row), 0);
	/* Nothing of it works any more; then something does. */
	rig_cancelled(rig, first.ref, 70, 'U');
	told(rig, 'C');
	assert_int_equal(shown(rig, 17, 417, &row), 1);
	accepted(rig, child(4, "417/250", 11));
	assert_int_equal(shown(rig, 17, 417, &row), 2);
	assert_int_equal(row.usage, 41);
	assert_int_equal(row.peak, 201);
	/* The next process knows it from the journal. */
	rig_restart(rig, true);
	assert_int_equal(shown(rig, 17, 417, &row), 2);
	assert_int_equal(row.usage, 41);
	assert_int_equal(row.peak, 201);
}

static void a_parent_that_fills_up_is_told_at_half_at_four_fifths_and_full(void **state)
{
	struct rig *rig = *state;
	accepted(rig, child(1, "417/100", 49));
	assert_told(rig, "");
	struct ouch_in second = accepted(rig, child(2, "417/100", 1));
	assert_told(rig, "417:50/100 ");
	accepted(rig, child(3, "417/100", 30));
	assert_told(rig, "417:50/100 417:80/100 ");
	accepted(rig, child(4, "417/100", 20));
	/* Of another parent at once; of the first no word twice. */
	accepted(rig, child(5, "418/10", 10));
	rig_execute(rig, &second, 1, 1630000);
	told(rig, 'E');
	assert_told(rig, "417:50/100 417:80/100 417:100/100 418:10/10 ");
}

static void a_parent_of_another_day_begins_with_nothing_used(void **state)
{
	struct rig *rig = *state;
	struct usage_row row;
	struct ouch_in sent = accepted(rig, child(1, "417/100", 100));
	rig_execute(rig, &sent, 100, 1630000);
	told(rig, 'E');
	another_day(rig);
	assert_int_equal(shown(rig, 17, 417, &row), 0);
	accepted(rig, child(1, "417/50", 20));
	assert_int_equal(shown(rig, 17, 417, &row), 1);
	assert_int_equal(row.usage, 20);
	assert_int_equal(row.peak, 20);
	assert_int_equal(row.limit, 50);
}

static void parents_are_shown_page_by_page_each_once(void **state)
{
	static struct site_config site;
	struct parents parents;
	struct usage_row rows[7];
	uint64_t cursor = 0;
	uint32_t count, total = 0;
	(void)state;
	site.session_count = 1;
	site.sessions[0].has_parents = 1;
	parents_open(&parents, &site);
	/* Every third works, of two accounts in turn; the last is the last of a word. */
	for (parents.count = 0; parents.count < 192; parents.count++) {
		uint32_t at = parents.count;
		parents.rows[at] = (struct parent){
			.id = at + 1, .qty = 10, .working = 5, .account = (uint16_t)(17 + at % 2)};
		if (at % 3 == 2)
			parents.at_work[at / 64] |= UINT64_C(1) << at % 64;
	}
	do {
		cursor = parents_usage(&parents, 18, cursor, rows, ARRAY_COUNT(rows), &count);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(rows[i].parent, 6 * ++total);
	} while (cursor != 0);
	assert_int_equal(total, 32);
	assert_int_equal(parents_usage(&parents, 18, 192, rows, 7, &count), 0);
	assert_int_equal(count, 0);
	parents_close(&parents);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define PARENTS_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		cmocka_unit_test(a_text_names_a_parent_or_does_not),
		PARENTS_TEST(children_are_together_no_more_than_their_parent),
		PARENTS_TEST(a_child_says_what_the_first_one_said),
		PARENTS_TEST(a_session_without_parents_may_say_anything),
		PARENTS_TEST(what_is_cancelled_or_refused_by_the_venue_may_come_again),
		PARENTS_TEST(what_was_executed_stays),
		PARENTS_TEST(a_replace_is_as_large_as_what_it_adds_and_keeps_its_parent),
		PARENTS_TEST(what_is_uncertain_is_still_a_child_after_a_restart),
		PARENTS_TEST(another_day_has_parents_of_its_own),
		PARENTS_TEST(how_much_of_a_parent_is_used_is_shown_while_anything_of_it_works),
		PARENTS_TEST(a_parent_that_fills_up_is_told_at_half_at_four_fifths_and_full),
		PARENTS_TEST(a_parent_of_another_day_begins_with_nothing_used),
		cmocka_unit_test(parents_are_shown_page_by_page_each_once),
		cmocka_unit_test(memory_is_taken_only_where_a_session_names_parents),
		cmocka_unit_test(more_parents_than_there_is_room_for_are_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.parents", tests, NULL, NULL);
}
