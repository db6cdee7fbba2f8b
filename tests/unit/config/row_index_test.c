/* row_index_test.c - each row is found by whose it is, and the pairs within it; asking all rows for all takes no time by its square. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "config/haircut.h"
#include "config/unstated.h"
#include "tests/unit/config/example_limits.h"

static uint64_t seed = 1;

static uint32_t chance(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static struct limit_row *add(enum scope scope, uint32_t id, uint32_t symbol)
{
	struct limit_row *row = &set->rows[set->row_count++];
	limit_row_init(row, scope, id, symbol);
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((limit_keys[i].scopes >> scope & 1) != 0 && chance(3) == 0) {
			row->stated |= UINT64_C(1) << i;
			row->limits[i].value = 1;
		}
	return row;
}

/* Some rows of every scope, in any order. */
static void draw(void)
{
	uint32_t of = 1 + chance(4);
	set->row_count = 0;
	for (uint32_t j = 0; j < site.symbol_count; j++)
		for (uint32_t i = 0; i < site.account_count; i++)
			if (chance(of) == 0)
				add(SCOPE_ACCOUNT_SYMBOL, site.accounts[i].id, j);
	for (uint32_t i = 0; i < site.account_count; i++)
		if (chance(of) == 0)
			add(SCOPE_ACCOUNT, site.accounts[i].id, SYMBOL_NONE);
	for (uint32_t j = 0; j < site.symbol_count; j++)
		if (chance(of) == 0)
			add(SCOPE_SYMBOL, 0, j);
	for (uint32_t j = 0; j < site.symbol_count; j++) {
		site.symbols[j].sector = chance(3);
		site.symbols[j].margin_bps = chance(3);
		site.symbols[j].stress_bps = chance(3);
	}
	for (uint32_t sector = 1; sector < 3; sector++)
		if (chance(of) == 0)
			add(SCOPE_SECTOR, sector, SYMBOL_NONE);
	if (chance(of) == 0)
		add(SCOPE_FIRM, 0, SYMBOL_NONE);
	add(SCOPE_SESSION, 1, SYMBOL_NONE);
	add(SCOPE_STRATEGY, 1, SYMBOL_NONE);
}

static const struct limit_row *looked_up(enum scope scope, uint32_t id, uint32_t symbol)
{
	for (uint32_t i = 0; i < set->row_count; i++) {
		const struct limit_row *row = &set->rows[i];
		if (row->scope == scope && row->id == id && row->symbol == symbol)
			return row;
	}
	return NULL;
}

static void each_row_is_found_and_none_that_is_not_there(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		draw();
		struct row_index *index = row_index_make(set);
		for (uint32_t id = 0; id < 40; id++)
			for (uint32_t symbol = 0; symbol <= site.symbol_count; symbol++)
				assert_ptr_equal(
					row_index_find(index, SCOPE_ACCOUNT_SYMBOL, id, symbol),
					looked_up(SCOPE_ACCOUNT_SYMBOL, id, symbol));
		for (uint32_t id = 0; id < 40; id++) {
			static const enum scope scopes[] = {
				SCOPE_ACCOUNT, SCOPE_SESSION, SCOPE_STRATEGY, SCOPE_SECTOR};
			for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++)
				assert_ptr_equal(row_index_find(index, scopes[i], id, SYMBOL_NONE),
					looked_up(scopes[i], id, SYMBOL_NONE));
		}
		for (uint32_t symbol = 0; symbol <= site.symbol_count; symbol++)
			assert_ptr_equal(row_index_find(index, SCOPE_SYMBOL, 0, symbol),
				looked_up(SCOPE_SYMBOL, 0, symbol));
		assert_ptr_equal(row_index_find(index, SCOPE_FIRM, 0, SYMBOL_NONE),
			looked_up(SCOPE_FIRM, 0, SYMBOL_NONE));
		free(index);
	}
}

static void an_id_beyond_every_table_has_no_row(void **state)
{
	(void)state;
	draw();
	struct row_index *index = row_index_make(set);
	assert_null(row_index_find(index, SCOPE_ACCOUNT, ACCOUNT_COUNT_MAX, SYMBOL_NONE));
	assert_null(row_index_find(index, SCOPE_STRATEGY, STRATEGY_COUNT_MAX, SYMBOL_NONE));
	assert_null(row_index_find(index, SCOPE_SESSION, SESSION_COUNT_MAX, SYMBOL_NONE));
	assert_null(row_index_find(index, SCOPE_SECTOR, SECTOR_COUNT_MAX, SYMBOL_NONE));
	assert_null(row_index_find(index, SCOPE_SYMBOL, 0, SYMBOL_COUNT_MAX));
	assert_null(row_index_find(index, SCOPE_VENUE, 0, SYMBOL_NONE));
	free(index);
}

/* Whether a set states what binds with a row of binds.def where an account and a symbol meet. */
static bool is_bare(const struct limit_bind *bind, uint32_t account, uint32_t symbol)
{
	const struct limit_row *rows[] = {looked_up(SCOPE_FIRM, 0, SYMBOL_NONE),
		looked_up(SCOPE_ACCOUNT, account, SYMBOL_NONE), looked_up(SCOPE_SYMBOL, 0, symbol),
		looked_up(SCOPE_ACCOUNT_SYMBOL, account, symbol)};
	static const enum scope scopes[] = {
		SCOPE_FIRM, SCOPE_ACCOUNT, SCOPE_SYMBOL, SCOPE_ACCOUNT_SYMBOL};
	bool is = true;
	if (bind->absence == ABSENCE_SYMBOLS)
		is = haircut_listed(&site.symbols[symbol], (enum limit)bind->limit) == 0 &&
		     !limit_row_states(
			     looked_up(SCOPE_SECTOR, site.symbols[symbol].sector, SYMBOL_NONE),
			     bind->limit);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		is = is && !((bind->scopes >> scopes[i] & 1) != 0 &&
				   limit_row_states(rows[i], bind->limit));
	return is;
}

/* Of each row that might be, by every order that it covers. */
static void a_cover_is_what_no_statement_meets(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		draw();
		struct row_index *index = row_index_make(set);
		const struct limit_bind *bind = &limit_binds[chance(LIMIT_BIND_COUNT)];
		unsigned shape = chance(4);
		/* A haircut is of no account. */
		if (bind->absence == ABSENCE_SYMBOLS)
			shape &= 2;
		struct limit_row row = {
			.id = shape & 1 ? site.accounts[chance(site.account_count)].id : 0,
			.symbol = shape & 2 ? chance(site.symbol_count) : SYMBOL_NONE,
			.scope = (uint8_t[]){SCOPE_FIRM, SCOPE_ACCOUNT, SCOPE_SYMBOL,
				SCOPE_ACCOUNT_SYMBOL}[shape]};
		uint64_t pairs = 0, bare = 0;
		for (uint32_t i = 0; i < site.account_count; i++)
			for (uint32_t j = 0; j < site.symbol_count; j++) {
				if ((shape & 1 && row.id != site.accounts[i].id) ||
					(shape & 2 && row.symbol != j))
					continue;
				pairs++;
				bare += is_bare(bind, site.accounts[i].id, j);
			}
		struct cover cover = cover_of(index, &site, &row, bind);
		assert_int_equal(cover.pairs, pairs);
		assert_int_equal(cover.bare, bare);
		free(index);
	}
}

static uint64_t processor_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The least time of three in which so many rows are compared with others that state a limit less. */
static uint64_t diff_ns(const struct limitset *old, uint32_t rows, enum limit limit)
{
	struct site_config many = {.symbol_count = SYMBOL_COUNT_MAX, .account_count = 1};
	uint64_t least_ns = UINT64_MAX;
	many.symbols = calloc(many.symbol_count, sizeof *many.symbols);
	assert_non_null(many.symbols);
	set->row_count = rows;
	for (uint32_t i = 0; i < rows; i++)
		set->rows[i].stated |= UINT64_C(1) << limit;
	((struct limitset *)(uintptr_t)old)->row_count = rows;
	for (unsigned i = 0; i < 3; i++) {
		uint32_t loosened;
		uint64_t begun_ns = processor_ns();
		assert_int_equal(limitset_diff(old, set, &many, NULL, 0, &loosened), rows);
		assert_int_equal(loosened, rows);
		assert_int_equal(limitset_unstated(set, &many, NULL, 0) > 0, true);
		uint64_t took_ns = processor_ns() - begun_ns;
		least_ns = took_ns < least_ns ? took_ns : least_ns;
	}
	free(many.symbols);
	return least_ns;
}

/* Eight times the rows took sixty times the time where the firm states nothing: 6 s of 16,384. */
static void what_compares_all_rows_takes_no_time_by_its_square(void **state)
{
	(void)state;
	struct limitset *old = calloc(1, sizeof *old);
	assert_non_null(old);
	for (unsigned kind = 0; kind < 2; kind++) {
		for (uint32_t i = 0; i < LIMIT_ROW_COUNT_MAX; i++) {
			enum scope scope = kind == 0 ? SCOPE_SYMBOL : SCOPE_ACCOUNT_SYMBOL;
			limit_row_init(&set->rows[i], scope, kind, i);
			limit_row_init(&old->rows[i], scope, kind, i);
		}
		uint64_t few_ns = diff_ns(old, LIMIT_ROW_COUNT_MAX / 8, LIMIT_collar);
		uint64_t many_ns = diff_ns(old, LIMIT_ROW_COUNT_MAX, LIMIT_collar);
		if (many_ns > 30 * few_ns)
			fail_msg("%u rows took %llu us, all %llu us", LIMIT_ROW_COUNT_MAX / 8,
				(unsigned long long)few_ns / 1000,
				(unsigned long long)many_ns / 1000);
	}
	free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_found_and_none_that_is_not_there),
		cmocka_unit_test(an_id_beyond_every_table_has_no_row),
		cmocka_unit_test(a_cover_is_what_no_statement_meets),
		cmocka_unit_test(what_compares_all_rows_takes_no_time_by_its_square),
	};
	return !!cmocka_run_group_tests_name("unit.config.row_index", tests, open_site, close_site);
}
