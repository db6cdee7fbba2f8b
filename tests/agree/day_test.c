/* A day judged again on every kernel the machine has: the same receipts, byte for byte, and the same state.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/replay.h"
#include "dataplane/risk/lanes.h"
#include "dataplane/risk/sums.h"
#include "drivers/machine/cpu.h"
#include "tests/support/rig.h"

enum { ORDER_COUNT = 1500 };

static uint64_t chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* What the venue does with an order that came: nothing, or fills it whole or in part, or cancels it. */
static void venue_answers(struct rig *rig, const struct ouch_in *sent, uint64_t *seed)
{
	rig_accept(rig, sent);
	uint32_t part = 1 + (uint32_t)(chance(seed) % sent->qty);
	switch (chance(seed) % 4) {
	case 0:
		rig_execute(rig, sent, sent->qty, sent->price_e4);
		break;
	case 1:
		rig_execute(rig, sent, part, sent->price_e4);
		break;
	case 2:
		rig_cancelled(rig, sent->ref, sent->qty, 'U');
		break;
	default:
		break;
	}
}

/* Orders of both accounts around the market, at the edges of size, price and tick: some of each are refused. */
static struct rig *trade_a_day(void)
{
	static const uint32_t sizes[] = {1, 2, 5, 99, 100, 101, 1000, 999999};
	static const int64_t steps[] = {0, 100, -100, 1, 200, -200, 1000, -1000, 500000, -1000000};
	struct rig *rig = rig_open();
	uint64_t seed = 20190130;
	rig_ready(rig);
	for (uint32_t i = 1; i <= ORDER_COUNT; i++) {
		uint32_t client = (uint32_t)chance(&seed) % RIG_CLIENT_COUNT;
		struct ouch_in order = rig_order(i), sent;
		order.side = chance(&seed) % 2 == 0 ? 'B' : 'S';
		order.qty = sizes[chance(&seed) % ARRAY_COUNT(sizes)];
		order.price_e4 += (uint64_t)steps[chance(&seed) % ARRAY_COUNT(steps)];
		if (i % 16 == 0)
			rig_market(rig, RIG_AAPL, 1630000 + (int64_t)(chance(&seed) % 50) * 100,
				1635200);
		rig_send(rig, client, &order);
		while (rig_venue_got(rig, &sent))
			if (sent.type == 'O')
				venue_answers(rig, &sent, &seed);
		rig_poll(rig, 1000000 * (chance(&seed) % 30));
		rig->clients[0].count = rig->clients[1].count = 0;
	}
	return rig;
}

static struct replay_result judge_by(const struct rig *rig, enum isa isa)
{
	assert_true(cpu_isa_force(isa));
	lanes_start();
	sums_start();
	struct replay *replay = replay_open(&rig->site);
	uint64_t sequence = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		replay_record(replay, record, ++sequence);
	}
	struct replay_result result = replay->result;
	fold_hash(replay->fold, result.state_hash);
	replay_close(replay);
	return result;
}

static void a_day_gives_the_same_receipts_and_state_on_every_kernel(void **state)
{
	(void)state;
	enum isa best = cpu_isa();
	struct rig *rig = trade_a_day();
	uint64_t hash[2];
	fold_hash(rig->gate->fold, hash);
	for (int isa = ISA_SCALAR; isa <= (int)best; isa++) {
		struct replay_result result = judge_by(rig, (enum isa)isa);
		if (result.differences != 0)
			fail_msg("kernel %d: %s", isa, result.first_difference);
		assert_true(result.receipts >= ORDER_COUNT);
		print_message("%u passed, %u refused\n", (unsigned)result.passed,
			(unsigned)result.refused);
		assert_true(result.passed > ORDER_COUNT / 8 && result.refused > ORDER_COUNT / 8);
		assert_memory_equal(result.state_hash, hash, sizeof hash);
	}
	print_message("a day of %d orders, on %d kernels\n", ORDER_COUNT, (int)best + 1);
	assert_true(cpu_isa_force(best));
	lanes_start();
	sums_start();
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_gives_the_same_receipts_and_state_on_every_kernel),
	};
	return !!cmocka_run_group_tests_name("agree.day", tests, NULL, NULL);
}
