#include "dataplane/risk/instrument.h"

static bool divisor_is_good(int64_t divisor)
{
	return divisor >= 1 && divisor <= INT32_MAX;
}

/* 2^64 / d rounded up; for d = 1 that is 2^64, which wraps to 0 and still gives remainder 0. */
static uint64_t magic_of(uint64_t divisor)
{
	return UINT64_MAX / divisor + 1;
}

/* A rate that is known, and below 2^15. */
static bool rate_is_near(uint32_t rate_bps)
{
	return rate_bps - 1 < (1u << 15) - 1;
}

void instrument_rate(struct instrument *instrument, uint32_t margin_bps, uint32_t stress_bps)
{
	instrument->margin_bps = margin_bps;
	instrument->stress_bps = stress_bps;
	instrument->has_rates = rate_is_near(margin_bps) && rate_is_near(stress_bps);
}

void instrument_init(struct instrument *instrument, const struct symbol_config *symbol)
{
	memset(instrument, 0, sizeof *instrument);
	if (!divisor_is_good(symbol->tick_e4) || !divisor_is_good(symbol->lot))
		return;
	instrument->tick_e4 = (uint32_t)symbol->tick_e4;
	instrument->lot = symbol->lot;
	instrument->tick_magic = magic_of(instrument->tick_e4);
	instrument->lot_magic = magic_of(instrument->lot);
	instrument->is_known = 1;
	instrument->currency = (uint8_t)symbol->currency;
	instrument->sector = symbol->sector < SECTOR_COUNT_MAX ? (uint8_t)symbol->sector : 0;
	instrument_rate(instrument, symbol->margin_bps, symbol->stress_bps);
	if (symbol->adv_qty >= 1 && symbol->adv_qty <= SYMBOL_SHARES_MAX) {
		instrument->adv_qty = symbol->adv_qty;
		instrument->adv_magic = magic_of(symbol->adv_qty);
	}
	if (symbol->outstanding_qty >= 1 && symbol->outstanding_qty <= SYMBOL_SHARES_MAX) {
		instrument->outstanding_qty = symbol->outstanding_qty;
		instrument->outstanding_magic = magic_of(symbol->outstanding_qty);
	}
	if (!price_is_absurd(symbol->previous_close_e4)) {
		instrument->close_e4 = (uint32_t)symbol->previous_close_e4;
		instrument->close_wall_ns = symbol->previous_close_wall_ns;
	}
}
