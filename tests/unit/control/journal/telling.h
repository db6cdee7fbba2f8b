/* telling.h - a journal written record by record, to be told.

   Owner      the test; its file includes cmocka first. */
#ifndef SLUICE_TESTS_TELLING_H
#define SLUICE_TESTS_TELLING_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/control/written.h"

#define WALL_NS 1548795600000000000ull

static char directory[64];
static struct written journal;
static struct site_config site;
static struct account_config accounts[1];
static struct symbol_config symbols[1];

static inline void record_write(uint8_t type, const void *body, size_t size)
{
	assert_true(written_record(&journal, type, body, size));
}

static inline int begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-story-XXXXXX");
	assert_non_null(mkdtemp(directory));
	accounts[0] = (struct account_config){.id = 17,
		.name = "alpha",
		.strategy_count = 1,
		.strategies = {{.id = 3, .name = "quoting"}}};
	symbols[0] = (struct symbol_config){.name = symbol_pack("ZVZZT"), .tick_e4 = 100, .lot = 1};
	site.account_count = site.symbol_count = site.venue_count = 1;
	memcpy(site.venues[0].name, "exchange", sizeof "exchange");
	site.venues[0].session_id = 200;
	site.accounts = accounts;
	site.symbols = symbols;
	return !written_begin(&journal, directory, WALL_NS);
}

static inline int end(void **state)
{
	(void)state;
	fclose(journal.file);
	unlink(journal.path);
	return rmdir(directory);
}

static inline void turn_write(uint64_t second)
{
	struct turn_inputs turn = {.turn = second + 1, .wall_ns = WALL_NS + second * 1000000000u};
	record_write(RECORD_TURN, &turn, sizeof turn);
}

static inline struct receipt receipt_of(uint64_t order, uint8_t lane)
{
	struct receipt receipt = {.order_id = order,
		.turn = 1,
		.account = 17,
		.strategy = 3,
		.session = 2,
		.qty = 100,
		.price_e4 = 105000,
		.kind = DECISION_ENTER,
		.lane = lane,
		.reference_e4 = 100000,
		.reference_source = REFERENCE_OWN_SIDE,
		.reference_age_us = 1234,
		.epoch = 4,
		.client_ref = 9};
	if (lane == LANE_NONE) {
		receipt.flags = RECEIPT_PASSED;
		receipt.venue_ref = 501;
	} else {
		receipt.mask = 1ull << lane;
	}
	return receipt;
}

static inline void session_says(uint32_t session, const uint8_t *bytes, uint32_t size)
{
	struct {
		struct message_record head;
		uint8_t bytes[1024];
	} message = {.head = {.session = session, .size_bytes = size, .sequence = 1}};
	memcpy(message.bytes, bytes, size);
	record_write(RECORD_VENUE_IN, &message, sizeof message.head + size);
}

static inline void venue_write(const uint8_t *bytes, uint32_t size)
{
	session_says(200, bytes, size);
}

/* EUR is an hour good; ZVZZT is priced in it.  Nobody ever stated a rate of JPY. */
static inline void site_is_mixed(void)
{
	site.currency_count = 3;
	site.currencies[1] = (struct currency_config){.name = "EUR",
		.max_age_ns = UINT64_C(3600000000000),
		.rate_e8 = 108500000,
		.as_of_wall_ns = WALL_NS - UINT64_C(3600000000000)};
	site.currencies[2] = (struct currency_config){.name = "JPY", .max_age_ns = 1000};
	symbols[0].currency = 1;
}

#endif
