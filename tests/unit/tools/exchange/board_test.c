/* The last of everything that is a state, and nothing that is not.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/exchange/board.h"

static struct board board;
static uint8_t rows[64][ITCH50_SIZE_MAX];
static uint32_t row_count;

static int begin(void **state)
{
	(void)state;
	board_init(&board);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	board_free(&board);
	return 0;
}

static void on_message(void *context, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)context;
	assert_int_equal(size_bytes, itch50_size(bytes[0]));
	memcpy(rows[row_count++], bytes, size_bytes);
}

static void look(void)
{
	row_count = 0;
	board_each(&board, on_message, NULL);
}

/* take publishes a message of a type with one field as it is told. */
static void take(char type, uint16_t locate, const char *field, const char *text)
{
	uint8_t message[ITCH50_SIZE_MAX];
	uint32_t size = itch50_blank((uint8_t)type, message);
	store_be16(message + 1, locate);
	if (field != NULL)
		assert_true(
			itch50_text_write(message, itch50_field_of((uint8_t)type, field), text));
	board_take(&board, message, size);
}

static void the_last_state_of_a_symbol_stands(void **state)
{
	(void)state;
	take('H', 1, "trading_state", "T");
	take('H', 2, "trading_state", "T");
	take('H', 1, "trading_state", "P");
	take('S', 0, "event_code", "O");
	take('S', 0, "event_code", "Q");
	look();
	assert_int_equal(row_count, 3);
	assert_int_equal(rows[0][0], 'S');
	assert_int_equal(rows[0][11], 'Q');
	assert_int_equal(rows[1][19], 'P');
	assert_int_equal(rows[2][19], 'T');
}

static void each_participant_and_each_market_has_its_own(void **state)
{
	(void)state;
	take('L', 1, "mpid", "GSCO");
	take('L', 1, "mpid", "NITE");
	take('L', 1, "mpid", "GSCO");
	take('L', 2, "mpid", "GSCO");
	take('h', 1, "market_code", "Q");
	take('h', 1, "market_code", "B");
	take('h', 1, "market_code", "Q");
	take('K', 0, "stock", "NEWCO");
	take('K', 0, "stock", "NEWCOB");
	take('K', 0, "stock", "NEWCO");
	look();
	assert_int_equal(row_count, 3 + 2 + 2);
}

static void orders_trades_and_imbalances_are_no_states(void **state)
{
	(void)state;
	for (const char *type = "AFECXDUPQBI"; *type != '\0'; type++)
		take(*type, 1, NULL, NULL);
	board_take(&board, NULL, 0);
	board_take(&board, (const uint8_t *)"zzz", 3);
	board_take(&board, (const uint8_t *)"\0", 1);
	board_take(&board, (const uint8_t *)"S", 1);
	look();
	assert_int_equal(row_count, 0);
	for (const char *type = "ONhJKWVLYHRS"; *type != '\0'; type++)
		take(*type, 1, NULL, NULL);
	look();
	assert_int_equal(row_count, 12);
	for (uint32_t i = 0; i < row_count; i++)
		assert_int_equal(rows[i][0], "SRHYLVWKJhNO"[i]);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(the_last_state_of_a_symbol_stands),
		EACH(each_participant_and_each_market_has_its_own),
		EACH(orders_trades_and_imbalances_are_no_states),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.board", tests, NULL, NULL);
}
