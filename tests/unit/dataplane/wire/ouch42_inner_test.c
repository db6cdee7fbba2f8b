/* ouch42_inner_test.c - what OUCH 4.2 says is heard as meant, and what cannot be said is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/ouch42_inner.h"
#include "tests/support/capture.h"

static struct ouch42_in order42(void)
{
	struct ouch42_in in = {.type = 'O',
		.side = 'T',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.customer = 'R',
		.shares = 500,
		.qty_min = 100,
		.price_e4 = 1901200,
		.time_in_force_s = 99998,
		.symbol = symbol_pack("AAPL")};
	memcpy(in.token, "TOKEN        1", 14);
	memcpy(in.firm, "ABCD", 4);
	return in;
}

static struct ouch42_in replace42(void)
{
	struct ouch42_in in = {.type = 'U',
		.display = 'Y',
		.iso = 'N',
		.shares = 500,
		.price_e4 = 1901200,
		.time_in_force_s = 99998};
	memcpy(in.token, "TOKEN        2", 14);
	memcpy(in.previous, "TOKEN        1", 14);
	return in;
}

/* Heard and said again it is the same. */
static bool comes_back(const struct ouch42_in *in)
{
	struct ouch_in inner;
	struct ouch42_in back;
	uint8_t heard[MESSAGE_BYTES_MAX], said[MESSAGE_BYTES_MAX];
	ouch42_inner_hear_in(in, &inner);
	if (!ouch42_inner_say_in(&inner, &back))
		return false;
	/* As the wire has them: what lies between members is nobody's. */
	uint32_t size = ouch42_build_in(heard, sizeof heard, in);
	return size > 0 && ouch42_build_in(said, sizeof said, &back) == size &&
	       memcmp(heard, said, size) == 0;
}

static void an_order_is_heard_whole(void **state)
{
	(void)state;
	struct ouch42_in in = order42();
	struct ouch_in inner, expected = {.type = 'O',
				      .side = 'T',
				      .time_in_force = '0',
				      .display = 'Y',
				      .capacity = 'P',
				      .iso = 'N',
				      .cross_type = 'N',
				      .qty = 500,
				      .price_e4 = 1901200,
				      .symbol = symbol_pack("AAPL"),
				      .options.present = 1u << 2 | 1u << 3 | 1u << 4};
	expected.options.value[2] = 'A' << 24 | 'B' << 16 | 'C' << 8 | 'D';
	expected.options.value[3] = 100;
	expected.options.value[4] = 'R';
	memcpy(expected.clordid, "TOKEN        1", 14);
	ouch42_inner_hear_in(&in, &inner);
	assert_memory_equal(&inner, &expected, sizeof inner);
	assert_true(comes_back(&in));
}

static void a_replace_states_all_it_asks_for(void **state)
{
	(void)state;
	struct ouch42_in in = replace42();
	struct ouch_in inner;
	ouch42_inner_hear_in(&in, &inner);
	assert_int_equal(inner.options.present, 1u << 3 | 1u << 6 | 1u << 12 | 1u << 16);
	assert_int_equal(inner.options.value[3], 0);
	assert_int_equal(inner.options.value[6], 'L');
	assert_int_equal(inner.options.value[12], 'N');
	assert_int_equal(inner.options.value[16], 'N');
	assert_memory_equal(inner.clordid, "TOKEN        2", 14);
	assert_memory_equal(inner.original_clordid, "TOKEN        1", 14);
	assert_true(comes_back(&in));
}

static void every_display_letter_comes_back(void **state)
{
	(void)state;
	for (const char *letter = "AYNPLIMWmnOTQ"; *letter != '\0'; letter++) {
		struct ouch42_in in = order42(), more = replace42();
		in.display = more.display = (uint8_t)*letter;
		assert_true(comes_back(&in));
		assert_true(comes_back(&more));
	}
	/* Z is the exchange's, the rest nobody's. */
	for (const char *letter = "ZBX y"; *letter != '\0'; letter++) {
		struct ouch42_in in = order42();
		in.display = (uint8_t)*letter;
		assert_false(comes_back(&in));
	}
}

static void display_letters_become_options(void **state)
{
	(void)state;
	static const struct {
		char letter, display;
		uint32_t present;
	} rows[] = {{'A', 'A', 0}, {'Y', 'Y', 0}, {'N', 'N', 0}, {'P', 'Y', 1u << 12},
		{'L', 'A', 1u << 12}, {'I', 'N', 1u << 17}, {'M', 'N', 1u << 6},
		{'W', 'N', 1u << 6 | 1u << 12}, {'m', 'N', 1u << 6 | 1u << 16},
		{'n', 'N', 1u << 16}, {'Q', 'Y', 1u << 17}, {'?', '?', 0}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ouch42_in in = {.type = 'O', .display = (uint8_t)rows[i].letter};
		struct ouch_in inner;
		ouch42_inner_hear_in(&in, &inner);
		assert_int_equal(inner.display, rows[i].display);
		assert_int_equal(inner.options.present, rows[i].present);
	}
}

static void times_in_force_are_letters_or_seconds(void **state)
{
	(void)state;
	static const struct {
		uint32_t seconds;
		uint8_t letter;
	} rows[] = {{0, '3'}, {1, '6'}, {86399, '6'}, {86400, 0}, {99997, 0}, {99998, '0'},
		{99999, '5'}, {100000, 0}, {UINT32_MAX, 0}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ouch42_in in = order42();
		struct ouch_in inner;
		in.time_in_force_s = rows[i].seconds;
		ouch42_inner_hear_in(&in, &inner);
		assert_int_equal(inner.time_in_force, rows[i].letter);
		assert_int_equal((inner.options.present & 1u << 15) != 0, rows[i].letter == '6');
		assert_int_equal(comes_back(&in), rows[i].letter != 0);
	}
}

static void what_a_field_does_not_know_is_refused_not_guessed(void **state)
{
	(void)state;
	struct ouch42_in in = order42();
	struct ouch_in inner;
	in.customer = 'X';
	ouch42_inner_hear_in(&in, &inner);
	assert_int_equal(inner.options.present & OUCH_OPTION_UNKNOWN, OUCH_OPTION_UNKNOWN);
	in.customer = ' ';
	in.capacity = '?'; /* OUCH 4.2: anything else is other */
	memset(in.firm, ' ', 4);
	ouch42_inner_hear_in(&in, &inner);
	assert_int_equal(inner.options.present, 1u << 3);
	assert_int_equal(inner.capacity, 'O');
	in.customer = 0;
	memset(in.firm, 0, 4);
	for (const char *capacity = "AR"; *capacity != '\0'; capacity++) {
		in.capacity = (uint8_t)*capacity;
		ouch42_inner_hear_in(&in, &inner);
		assert_int_equal(inner.options.present, 1u << 3);
		assert_int_equal(inner.capacity, *capacity);
	}
	in.customer = 'N';
	ouch42_inner_hear_in(&in, &inner);
	assert_int_equal(inner.options.value[4], 'N');
}

static void an_order_without_options_asks_for_nothing(void **state)
{
	(void)state;
	struct ouch42_in heard = order42(), said;
	struct ouch_in in;
	ouch42_inner_hear_in(&heard, &in);
	in.options.present = 0;
	assert_true(ouch42_inner_say_in(&in, &said));
	assert_int_equal(said.qty_min, 0);
	assert_int_equal(said.customer, ' ');
	assert_memory_equal(said.firm, "    ", 4);
}

static void a_market_price_stays_one(void **state)
{
	(void)state;
	struct ouch42_in in = order42();
	struct ouch_in inner;
	struct ouch42_in back;
	in.price_e4 = OUCH42_MARKET_PRICE_E4;
	ouch42_inner_hear_in(&in, &inner);
	assert_true(inner.price_e4 >= OUCH_MARKET_PRICE_E4);
	assert_true(comes_back(&in));
	inner.price_e4 = OUCH_MARKET_PRICE_E4;
	assert_true(ouch42_inner_say_in(&inner, &back));
	assert_int_equal(back.price_e4, OUCH42_MARKET_PRICE_E4);
	inner.price_e4 = UINT64_MAX;
	assert_true(ouch42_inner_say_in(&inner, &back));
	assert_int_equal(back.price_e4, OUCH42_MARKET_PRICE_E4);
	inner.price_e4 = OUCH_MARKET_PRICE_E4 - 1;
	assert_true(ouch42_inner_say_in(&inner, &back));
	assert_int_equal(back.price_e4, OUCH_MARKET_PRICE_E4 - 1);
}

static void cancels_modifies_and_trade_now_name_their_order(void **state)
{
	(void)state;
	for (const char *type = "XMN"; *type != '\0'; type++) {
		struct ouch42_in in = {.type = (uint8_t)*type};
		memcpy(in.token, "TOKEN        1", 14);
		in.shares = *type == 'N' ? 0 : 200;
		in.side = *type == 'M' ? 'T' : 0;
		assert_true(comes_back(&in));
	}
}

static bool can_say(const struct ouch_in *in)
{
	struct ouch42_in out;
	return ouch42_inner_say_in(in, &out);
}

static void what_has_no_words_is_not_said(void **state)
{
	(void)state;
	struct ouch42_in heard = order42();
	struct ouch_in good, in;
	ouch42_inner_hear_in(&heard, &good);
	assert_true(can_say(&good));
	for (uint32_t tag = 0; tag < 29; tag++) {
		static const uint32_t words[] = {2, 3, 4, 6, 12, 15, 16, 17, 25};
		bool is_word = false;
		for (size_t i = 0; i < ARRAY_COUNT(words); i++)
			is_word |= words[i] == tag;
		if (is_word)
			continue;
		in = good;
		in.options.present |= 1u << tag;
		assert_false(can_say(&in));
	}
	in = good;
	in.time_in_force = 'E';
	assert_false(can_say(&in));
	in.time_in_force = '6'; /* without seconds */
	assert_false(can_say(&in));
	in.options.present |= 1u << 15;
	in.options.value[15] = 0;
	assert_false(can_say(&in));
	in.options.value[15] = 86400;
	assert_false(can_say(&in));
	in.options.value[15] = 60;
	assert_true(can_say(&in));
	for (const char *letter = "035"; *letter != '\0'; letter++) {
		in.time_in_force = (uint8_t)*letter; /* with seconds */
		assert_false(can_say(&in));
	}
	/* A displayed order that pegs; a replace that names another firm; an option on a cancel. */
	in = good;
	in.options.present |= 1u << 6;
	in.options.value[6] = 'P';
	assert_false(can_say(&in));
	heard = replace42();
	ouch42_inner_hear_in(&heard, &in);
	in.options.present |= 1u << 2;
	assert_false(can_say(&in));
	in.options.present ^= 1u << 2 | 1u << 4;
	assert_false(can_say(&in));
	in.options.present = 0;
	assert_true(can_say(&in));
	in.display = 'Z';
	assert_false(can_say(&in));
	for (const char *type = "XMCDEQ"; *type != '\0'; type++) {
		in = (struct ouch_in){.type = (uint8_t)*type};
		assert_int_equal(can_say(&in), *type == 'X' || *type == 'M');
		in.options.present = 1u << 28;
		assert_false(can_say(&in));
	}
}

/* --- from the exchange --- */

static void fill_order(struct ouch42_out *out)
{
	out->side = 'B';
	out->display = 'Y';
	out->capacity = 'P';
	out->iso = 'N';
	out->cross_type = 'N';
	out->order_state = 'L';
	out->bbo_weight = ' ';
	memcpy(out->firm, "ABCD", 4);
	out->shares = 500;
	out->qty_min = 100;
	out->price_e4 = 1901200;
	out->time_in_force_s = 99998;
	out->symbol = symbol_pack("AAPL");
	out->order_reference = 77;
}

static void fill_change(struct ouch42_out *out)
{
	static const struct ouch42_out changes[] = {
		{.type = 'C', .shares = 100, .code = 'U'},
		{.type = 'D',
			.shares = 100,
			.code = 'Q',
			.shares_prevented = 50,
			.price_e4 = 5,
			.liquidity = 'A'},
		{.type = 'E', .shares = 60, .price_e4 = 1901100, .liquidity = 'R', .match = 98765},
		{.type = 'F',
			.shares = 60,
			.price_e4 = 1901100,
			.liquidity = 'R',
			.match = 98765,
			.code = 'N'},
		{.type = 'B', .match = 98765, .code = 'E'},
		{.type = 'J', .code = 'k'},
		{.type = 'T', .price_e4 = 1901200, .display = 'Y', .order_reference = 78},
		{.type = 'M', .side = 'T', .shares = 400},
	};
	for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
		if (changes[i].type == out->type)
			*out = changes[i];
	}
}

/* An answer of a type with all its fields. */
static struct ouch42_out filled(uint8_t type)
{
	struct ouch42_out out = {.type = type};
	fill_change(&out);
	if (type == 'A' || type == 'U')
		fill_order(&out);
	out.time_ns = 34200123456789;
	if (type == 'S')
		out.code = 'S';
	else
		memcpy(out.token, "TOKEN        1", 14);
	if (type == 'U')
		memcpy(out.previous, "TOKEN        0", 14);
	return out;
}

/* As the wire has them: what lies between members is nobody's. */
static void same_answer(const struct ouch42_out *one, const struct ouch42_out *other)
{
	uint8_t first[MESSAGE_BYTES_MAX], second[MESSAGE_BYTES_MAX];
	uint32_t size = ouch42_build_out(first, sizeof first, one);
	assert_true(size > 0);
	assert_int_equal(ouch42_build_out(second, sizeof second, other), size);
	assert_memory_equal(first, second, size);
}

static void every_answer_comes_back(void **state)
{
	(void)state;
	for (const char *type = "SAUCDEBFJPITMN"; *type != '\0'; type++) {
		struct ouch42_out out = filled((uint8_t)*type), back;
		struct ouch_out inner;
		ouch42_inner_hear_out(&out, &inner);
		assert_int_equal(inner.type, *type);
		assert_true(ouch42_inner_say_out(&inner, &back));
		same_answer(&back, &out);
	}
}

static void an_execution_with_a_reference_price_is_an_execution(void **state)
{
	(void)state;
	struct ouch42_out out = filled('E');
	struct ouch_out inner, plain;
	ouch42_inner_hear_out(&out, &plain);
	out.type = 'G';
	out.reference_e4 = 1900000;
	out.reference_kind = 'I';
	ouch42_inner_hear_out(&out, &inner);
	assert_memory_equal(&inner, &plain, sizeof inner);
	assert_int_equal(inner.code, 'R');
}

static void a_reject_keeps_its_letter_and_has_a_code(void **state)
{
	(void)state;
	struct ouch42_out out = filled('J'), back;
	struct ouch_out inner;
	ouch42_inner_hear_out(&out, &inner);
	assert_int_equal(inner.reject_code, 0x0014);
	assert_int_equal(inner.reject_letter, 'k');
	assert_int_equal(inner.code, 0);
	/* Our own rejects, and those of another venue, have only a code. */
	inner.reject_letter = 0;
	inner.reject_code = 0x0017;
	assert_true(ouch42_inner_say_out(&inner, &back));
	assert_int_equal(back.code, 'S');
}

static void an_accepted_order_is_told_whatever_it_became(void **state)
{
	(void)state;
	struct ouch42_out out = filled('A'), back;
	struct ouch_out inner;
	out.display = 'Z';
	out.bbo_weight = 'S';
	out.time_in_force_s = 60;
	ouch42_inner_hear_out(&out, &inner);
	assert_int_equal(inner.display, 'Z');
	assert_int_equal(inner.options.value[18], 'S');
	assert_true(ouch42_inner_say_out(&inner, &back));
	same_answer(&back, &out);
	/* What an OUCH 5.0 venue may answer beyond our letters. */
	inner.options.present |= 1u << 6;
	inner.options.value[6] = 'P';
	inner.time_in_force = 'E';
	assert_true(ouch42_inner_say_out(&inner, &back));
	assert_int_equal(back.display, 'Z');
	assert_int_equal(back.time_in_force_s, 99999);
	/* Times above system hours are system hours. */
	out.time_in_force_s = 100001;
	out.bbo_weight = 0;
	out.qty_min = 0;
	ouch42_inner_hear_out(&out, &inner);
	assert_int_equal(inner.time_in_force, '5');
	assert_int_equal(inner.options.present, 1u << 2);
	assert_true(ouch42_inner_say_out(&inner, &back));
	assert_int_equal(back.qty_min, 0);
}

static void answers_of_ouch_50_alone_are_not_said(void **state)
{
	(void)state;
	for (const char *type = "RXGKQ?"; *type != '\0'; type++) {
		struct ouch_out inner = {.type = (uint8_t)*type};
		struct ouch42_out out;
		assert_false(ouch42_inner_say_out(&inner, &out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_heard_whole),
		cmocka_unit_test(a_replace_states_all_it_asks_for),
		cmocka_unit_test(every_display_letter_comes_back),
		cmocka_unit_test(display_letters_become_options),
		cmocka_unit_test(times_in_force_are_letters_or_seconds),
		cmocka_unit_test(what_a_field_does_not_know_is_refused_not_guessed),
		cmocka_unit_test(an_order_without_options_asks_for_nothing),
		cmocka_unit_test(a_market_price_stays_one),
		cmocka_unit_test(cancels_modifies_and_trade_now_name_their_order),
		cmocka_unit_test(what_has_no_words_is_not_said),
		cmocka_unit_test(every_answer_comes_back),
		cmocka_unit_test(an_execution_with_a_reference_price_is_an_execution),
		cmocka_unit_test(a_reject_keeps_its_letter_and_has_a_code),
		cmocka_unit_test(an_accepted_order_is_told_whatever_it_became),
		cmocka_unit_test(answers_of_ouch_50_alone_are_not_said),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.ouch42_inner", tests, NULL, NULL);
}
