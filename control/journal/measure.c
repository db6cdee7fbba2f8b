/* measure.c - what a lane measures, in its unit and its words. */
#include <inttypes.h>
#include <stdio.h>

#include "control/journal/story.h"

enum measure_unit {
	MEASURE_TRUTH,
	MEASURE_SHARES,
	MEASURE_MONEY,
	MEASURE_BPS,
	MEASURE_TICKS,
	MEASURE_NS,
	MEASURE_RECORDS,
	MEASURE_MESSAGES,
	MEASURE_PLAIN
};

static enum measure_unit lane_unit(uint8_t lane)
{
	switch (lane) {
	case LANE_MAX_ORDER_QUANTITY:
	case LANE_PARENT:
	case LANE_POSITION_LONG:
	case LANE_POSITION_SHORT:
	case LANE_FIRM_POSITION_LONG:
	case LANE_FIRM_POSITION_SHORT:
	case LANE_NO_LOCATE:
		return MEASURE_SHARES;
	case LANE_MAX_ORDER_VALUE:
	case LANE_OPEN_BUY_VALUE:
	case LANE_OPEN_SELL_VALUE:
	case LANE_FIRM_OPEN_BUY_VALUE:
	case LANE_FIRM_OPEN_SELL_VALUE:
	case LANE_GROSS_EXPOSURE:
	case LANE_NET_EXPOSURE:
	case LANE_CREDIT:
	case LANE_LOSS:
	case LANE_DRAWDOWN:
	case LANE_MARGIN:
	case LANE_PORTFOLIO_RISK:
		return MEASURE_MONEY;
	case LANE_PRICE_COLLAR:
	case LANE_EXIT_COLLAR:
	case LANE_COLLAR_WINDOW:
	case LANE_VOLUME_SHARE:
	case LANE_CONCENTRATION:
	case LANE_SLICING:
		return MEASURE_BPS;
	case LANE_PRICE_COLLAR_TICKS:
		return MEASURE_TICKS;
	case LANE_CONTROL_SILENT:
	case LANE_CLOCK_IN_DOUBT:
	case LANE_STALE_MARKET_DATA:
		return MEASURE_NS;
	case LANE_ORDER_TO_TRADE:
		return MEASURE_MESSAGES;
	case LANE_JOURNAL_BEHIND:
		return MEASURE_RECORDS;
	case LANE_DUPLICATE_ORDER:
	case LANE_SESSION_RATE:
	case LANE_ACCOUNT_RATE:
	case LANE_SYMBOL_RATE:
	case LANE_EXIT_RATE:
	case LANE_ACCOUNT_WINDOW:
	case LANE_SYMBOL_WINDOW:
		return MEASURE_PLAIN;
	default:
		return MEASURE_TRUTH;
	}
}

bool lane_is_truth(uint8_t lane)
{
	return lane_unit(lane) == MEASURE_TRUTH;
}

void lane_measure_format(uint8_t lane, int64_t value, char *text, size_t size)
{
	static const char *const words[] = {[MEASURE_SHARES] = " shares",
		[MEASURE_BPS] = " bps",
		[MEASURE_TICKS] = " ticks",
		[MEASURE_RECORDS] = " records",
		[MEASURE_MESSAGES] = " messages",
		[MEASURE_PLAIN] = "",
		[MEASURE_TRUTH] = ""};
	char money[32];
	enum measure_unit unit = lane_unit(lane);
	if (value == INT64_MAX)
		snprintf(text, size, "nothing (the input is missing)");
	else if (value == INT64_MIN)
		snprintf(text, size, "none stated");
	else if (unit == MEASURE_MONEY)
		e4_format(value, money), snprintf(text, size, "%s", money);
	else if (unit == MEASURE_NS)
		snprintf(text, size, "%" PRId64 ".%06" PRId64 " ms", value / 1000000,
			value % 1000000);
	else
		snprintf(text, size, "%" PRId64 "%s", value, words[unit]);
}

const char *receipt_limit_word(const struct receipt *receipt)
{
	if ((receipt->flags & RECEIPT_SECOND) == 0)
		return NULL;
	switch (receipt->lane) {
	case LANE_STALE_MARKET_DATA:
		return "crossed";
	case LANE_MAX_ORDER_QUANTITY:
		return "max_order_quantity_extended";
	case LANE_MAX_ORDER_VALUE:
		return "max_order_value_extended";
	case LANE_GROSS_EXPOSURE:
		return "max_leverage";
	case LANE_PORTFOLIO_RISK:
		return "max_stress_share";
	case LANE_VOLUME_SHARE:
		return "max_outstanding_share";
	case LANE_CONCENTRATION:
		return "max_sector_share";
	default:
		return NULL;
	}
}
