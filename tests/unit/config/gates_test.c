/* Several gates of a site: which owns what, each one's own view of it, and what cannot be divided so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define SECOND                                                                                     \
	"  - {name: second, session_id: 201, address: 127.0.0.1:26100, username: u, password: p, " \
	"heartbeat: 1 s, timeout: 2 s}\n"
#define EAST                                                                                       \
	"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [\"17\"], venues: [exchange]}\n"
#define WEST "  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"18\"], venues: [second]}\n"

#define THIRD_SESSION                                                                              \
	"    - {id: 3, name: third, username: third3, password: p, trader: CLARA, replay: "        \
	"65536}\n"
#define COPY(accounts)                                                                             \
	"  drop_copies:\n    - {id: 9, name: watch, username: watch9, password: p, "               \
	"accounts: " accounts ", replay: 65536}\n"

static char said[1024];

/* Reads the example with these gates and one change more; of a refusal the sentence is in said, without its place. */
static bool parse(struct site_config *site, const char *gates, unsigned file, const char *old,
	const char *new)
{
	struct file_text texts[FILE_COUNT];
	struct config_error error = {{0}};
	char block[1024];
	read_texts(texts);
	replace_once(&texts[SITE], "gate:\n  listen: 127.0.0.1:25000\n", SECOND "\ngate:\n");
	snprintf(block, sizeof block, "gates:\n%s\nbook: {orders", gates);
	replace_once(&texts[SITE], "book: {orders", block);
	if (old != NULL)
		replace_once(&texts[file], old, new);
	bool good = site_parse(site, directory, texts, &error);
	const char *sentence = strstr(error.text, ": ");
	snprintf(said, sizeof said, "%s", sentence != NULL ? sentence + 2 : "");
	free_texts(texts);
	return good;
}

static void each_gate_sees_its_own_part_of_the_site(void **state)
{
	static struct site_config site, east, west;
	(void)state;
	assert_true(parse(&site, EAST WEST, 0, NULL, NULL));
	assert_int_equal(site_gate_count(&site), 2);
	assert_int_equal(site_gate_find(&site, "west"), 1);
	assert_int_equal(site_gate_find(&site, "north"), UINT32_MAX);
	site_of_gate(&east, &site, 0);
	site_of_gate(&west, &site, 1);
	assert_int_equal(east.session_count, 1);
	assert_int_equal(west.session_count, 1);
	assert_string_equal(east.sessions[0].name, "quoter");
	assert_string_equal(west.sessions[0].name, "taker");
	assert_int_equal(east.venue_count, 1);
	assert_string_equal(west.venues[0].name, "second");
	assert_int_equal(site_venue_place(&east, 0), 0);
	assert_int_equal(site_venue_place(&west, 0), 1);
	assert_int_equal(east.listen_port, 25000);
	assert_int_equal(west.listen_port, 25010);
	assert_int_equal(east.account_count, 2);
	assert_string_equal(strrchr(east.journal_directory, '/'), "/east");
	assert_string_equal(strrchr(west.journal_directory, '/'), "/west");
	assert_int_not_equal(east.hash[0], west.hash[0]);
	assert_int_not_equal(east.hash[0], site.hash[0]);
	site_of_gate_free(&east);
	site_of_gate_free(&west);
	config_free(&site);
}

static void a_site_with_one_gate_is_its_own_view(void **state)
{
	static struct site_config site, view;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	char journal[PATH_BYTES];
	(void)state;
	read_texts(texts);
	assert_true(site_parse(&site, directory, texts, &error));
	free_texts(texts);
	assert_int_equal(site_gate_count(&site), 1);
	site_of_gate(&view, &site, 0);
	assert_memory_equal(view.hash, site.hash, sizeof site.hash);
	assert_string_equal(view.journal_directory, site.journal_directory);
	assert_int_equal(view.session_count, site.session_count);
	assert_int_equal(view.venue_count, site.venue_count);
	site_journal_of(&site, 0, journal);
	assert_string_equal(journal, site.journal_directory);
	assert_int_equal(site_gate_of_order(&site, UINT64_C(5) << GATE_ORDER_ID_BITS), 0);
	site_of_gate_free(&view);
	config_free(&site);
}

static void an_order_names_its_gate(void **state)
{
	static struct site_config site;
	const uint64_t first = UINT64_C(1) << GATE_ORDER_ID_BITS;
	(void)state;
	assert_true(parse(&site, EAST WEST, 0, NULL, NULL));
	assert_int_equal(site_gate_of_order(&site, 1), 0);
	assert_int_equal(site_gate_of_order(&site, first - 1), 0);
	assert_int_equal(site_gate_of_order(&site, first + 1), 1);
	assert_int_equal(site_gate_of_order(&site, 2 * first + 1), 0);
	config_free(&site);
}

static void rows_of_other_gates_sessions_are_not_a_gates(void **state)
{
	static struct site_config site, west;
	struct limit_row row = {.scope = SCOPE_SESSION, .id = 1};
	(void)state;
	assert_true(parse(&site, EAST WEST, 0, NULL, NULL));
	site_of_gate(&west, &site, 1);
	assert_false(site_has_row(&west, &row));
	row.id = 2;
	assert_true(site_has_row(&west, &row));
	row = (struct limit_row){.scope = SCOPE_ACCOUNT, .id = 17};
	assert_true(site_has_row(&west, &row));
	site_of_gate_free(&west);
	config_free(&site);
}

/* Symbols name routes by their places, so in a view these stay where they were. */
static void routes_keep_their_places_and_lead_to_own_venues(void **state)
{
	static struct site_config site, east, west;
	(void)state;
	assert_true(parse(&site,
		"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [\"17\"], venues: "
		"[second]}\n"
		"  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"18\"], venues: "
		"[exchange]}\n",
		SITE, "\ngate:\n",
		"\nroutes:\n  - {symbols: [MSFT], account: 17, venue: second}\n"
		"  - {account: 18, venue: exchange}\n  - {account: 17, venue: second}\n\ngate:\n"));
	site_of_gate(&east, &site, 0);
	site_of_gate(&west, &site, 1);
	assert_int_equal(east.route_count, 3);
	assert_int_equal(east.routes[0].venue, 0);
	assert_int_equal(east.routes[1].account, 18);
	assert_int_equal(west.routes[1].venue, 0);
	assert_int_equal(west.routes[0].account, 17);
	site_of_gate_free(&east);
	site_of_gate_free(&west);
	config_free(&site);
}

static void a_route_of_all_takes_in_a_view_only_what_the_gate_owns(void **state)
{
	static struct site_config site, west;
	(void)state;
	assert_true(parse(&site, EAST WEST, SITE, "\ngate:\n",
		"\nroutes:\n  - {symbols: [MSFT], venue: exchange}\n  - {account: 18, venue: "
		"second}\n"
		"  - {venue: exchange}\n\ngate:\n"));
	site_of_gate(&west, &site, 1);
	assert_int_equal(west.route_count, 3);
	assert_int_equal(west.routes[0].account, 17);
	assert_int_equal(west.routes[1].account, 18);
	assert_int_equal(west.routes[2].account, 17);
	site_of_gate_free(&west);
	config_free(&site);
}

static void positions_go_to_the_gates_of_their_accounts(void **state)
{
	static struct site_config site, east, west;
	struct position_config held[] = {{.account = 17, .symbol = 0}, {.account = 18, .symbol = 1},
		{.account = 17, .symbol = 1}};
	(void)state;
	assert_true(parse(&site, EAST WEST, 0, NULL, NULL));
	site.positions = held;
	site.position_count = 3;
	site_of_gate(&east, &site, 0);
	site_of_gate(&west, &site, 1);
	assert_int_equal(east.position_count, 2);
	assert_int_equal(west.position_count, 1);
	assert_int_equal(west.positions[0].account, 18);
	site_of_gate_free(&east);
	site_of_gate_free(&west);
	site.positions = NULL;
	site.position_count = 0;
	config_free(&site);
}

static const struct {
	const char *gates;
	unsigned file;
	const char *old, *new, *sentence;
} refused[] = {
	{EAST "  - {name: east, listen: \"127.0.0.1:25010\", accounts: [\"18\"], venues: "
	      "[second]}\n",
		0, NULL, NULL, "found a second gate \"east\", expected each name once"},
	{EAST "  - {name: west, listen: \"127.0.0.1:25000\", accounts: [\"18\"], venues: "
	      "[second]}\n",
		0, NULL, NULL,
		"found 127.0.0.1:25000 of gate \"east\" again, expected an address of its own"},
	{EAST "  - {name: west, listen: somewhere, accounts: [\"18\"], venues: [second]}\n", 0,
		NULL, NULL,
		"found \"somewhere\", expected a numeric IPv4 address and a port from 1 to 65535 "
		"such as \"239.1.1.1:26477\""},
	{EAST "  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"17\"], venues: "
	      "[second]}\n",
		0, NULL, NULL, "found 17 of gate \"east\" again, expected one gate for each"},
	{EAST "  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"19\"], venues: "
	      "[second]}\n",
		0, NULL, NULL, "found the unknown account 19, expected an id from accounts.yaml"},
	{EAST "  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"18\"], venues: "
	      "[third]}\n",
		0, NULL, NULL, "found the unknown venue \"third\", expected one of the site's"},
	{EAST WEST, ACCOUNTS, "  - id: 18\n",
		"  - id: 19\n    name: alone\n    strategies: [{id: 9, name: x}]\n    sessions: "
		"[1]\n  - id: 18\n",
		"found no gate that owns account 19, expected every account in one of the gates"},
	{EAST WEST, SITE, "gate:\n",
		"  - {name: third, session_id: 202, address: 127.0.0.1:26200, username: u, "
		"password: "
		"p, heartbeat: 1 s, timeout: 2 s}\ngate:\n",
		"found no gate that owns venue \"third\", expected every venue in one of the "
		"gates"},
	{EAST WEST, ACCOUNTS, "sessions: [1]", "sessions: [1, 2]",
		"found session 2 of accounts in the gates east and west, expected one gate for all "
		"its accounts"},
	{EAST WEST, SITE, "\ngates:", THIRD_SESSION "\ngates:",
		"found session 3 of no account, expected one that names it: else no gate has it"},
	{EAST WEST, SITE, "\ngates:", COPY("[\"17\", \"18\"]") "\ngates:",
		"found copy 9 of accounts in more than one gate, expected accounts of one: a copy "
		"is told by one gate"},
	{EAST WEST, SITE, "gate:\n", "\nroutes: [{account: 17, venue: second}]\n\ngate:\n",
		"found a route to venue \"second\" of gate \"west\" for what another gate owns, "
		"expected a venue of its own gate"},
	{"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [\"17\"], venues: [exchange, "
	 "second]}\n  - {name: west, listen: \"127.0.0.1:25010\", accounts: [\"18\"], venues: "
	 "[third]}\n",
		SITE, "gate:\n",
		"  - {name: third, session_id: 202, address: 127.0.0.1:26200, username: u, "
		"password: "
		"p, heartbeat: 1 s, timeout: 2 s}\ngate:\n",
		"found two venues of gate \"east\" and no route to them, expected routes that say "
		"which order goes where"},
	{EAST WEST, SITE, "gate:\n", "gate:\n  shm: {socket: orders.sock, uids: [\"1000\"]}\n",
		"found sessions in shared memory and 2 gates, expected one gate with it, or "
		"sessions by the kernel's TCP alone"},
	{EAST WEST, SITE, "gate:\n", "gate:\n  listen: 127.0.0.1:25000\n",
		"found listen of gate beside gates, expected listen either of the gate or of each "
		"of the gates"},
};

static void what_cannot_be_divided_so_is_refused(void **state)
{
	static struct site_config site;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		if (parse(&site, refused[i].gates, refused[i].file, refused[i].old, refused[i].new))
			fail_msg("taken, expected: %s", refused[i].sentence);
		assert_string_equal(said, refused[i].sentence);
	}
}

static void accounts_that_must_meet_are_one_gates(void **state)
{
	static const char in_group[] = "mpid: SLCB\n    self_trade_group: house\n";
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error = {{0}};
	(void)state;
	read_texts(texts);
	replace_once(&texts[ACCOUNTS], "mpid: SLCA\n", "mpid: SLCA\n    self_trade_group: house\n");
	replace_once(&texts[ACCOUNTS], "mpid: SLCB\n", in_group);
	assert_true(site_parse(&site, directory, texts, &error));
	config_free(&site);
	replace_once(&texts[SITE], "gate:\n  listen: 127.0.0.1:25000\n", SECOND "\ngate:\n");
	replace_once(&texts[SITE], "book: {orders", "gates:\n" EAST WEST "\nbook: {orders");
	assert_false(site_parse(&site, directory, texts, &error));
	assert_non_null(strstr(error.text,
		"found accounts 17 and 18 of the self-trade group house in two gates, expected one "
		"for the group"));
	free_texts(texts);
}

static void a_copy_of_one_gates_accounts_is_told_there(void **state)
{
	static struct site_config site, east, west;
	(void)state;
	assert_true(parse(&site, EAST WEST, SITE, "\ngates:", COPY("[\"18\"]") "\ngates:"));
	site_of_gate(&east, &site, 0);
	site_of_gate(&west, &site, 1);
	assert_int_equal(east.copy_count, 0);
	assert_int_equal(west.copy_count, 1);
	assert_int_equal(west.copies[0].session.id, 9);
	site_of_gate_free(&east);
	site_of_gate_free(&west);
	config_free(&site);
}

static void a_person_names_a_gate_where_there_are_several(void **state)
{
	static struct site_config site;
	struct config_error error;
	uint32_t gate = 0;
	(void)state;
	assert_true(parse(&site, EAST WEST, 0, NULL, NULL));
	assert_true(site_gate_choose(&site, "west", &gate, &error));
	assert_int_equal(gate, 1);
	assert_false(site_gate_choose(&site, NULL, &gate, &error));
	assert_string_equal(error.text, "found 2 gates, expected --gate and one of: east, west");
	assert_false(site_gate_choose(&site, "north", &gate, &error));
	assert_string_equal(error.text, "found gate \"north\", expected one of: east, west");
	site.gate_count = 0;
	assert_true(site_gate_choose(&site, NULL, &gate, &error));
	assert_int_equal(gate, 0);
	assert_false(site_gate_choose(&site, "west", &gate, &error));
	assert_string_equal(
		error.text, "found gate \"west\", expected no --gate: the site has one gate");
	config_free(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gate_sees_its_own_part_of_the_site),
		cmocka_unit_test(a_site_with_one_gate_is_its_own_view),
		cmocka_unit_test(an_order_names_its_gate),
		cmocka_unit_test(rows_of_other_gates_sessions_are_not_a_gates),
		cmocka_unit_test(routes_keep_their_places_and_lead_to_own_venues),
		cmocka_unit_test(a_route_of_all_takes_in_a_view_only_what_the_gate_owns),
		cmocka_unit_test(positions_go_to_the_gates_of_their_accounts),
		cmocka_unit_test(what_cannot_be_divided_so_is_refused),
		cmocka_unit_test(accounts_that_must_meet_are_one_gates),
		cmocka_unit_test(a_copy_of_one_gates_accounts_is_told_there),
		cmocka_unit_test(a_person_names_a_gate_where_there_are_several),
	};
	return !!cmocka_run_group_tests_name("unit.config.gates", tests, NULL, NULL);
}
