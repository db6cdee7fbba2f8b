#include "config/cut.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_added_up(enum limit limit)
{
	switch (limit) {
	case LIMIT_max_long_position:
	case LIMIT_max_short_position:
	case LIMIT_max_open_buy_value:
	case LIMIT_max_open_sell_value:
	case LIMIT_max_gross_exposure:
	case LIMIT_max_net_exposure:
	case LIMIT_credit:
	case LIMIT_max_loss:
	case LIMIT_max_drawdown:
	case LIMIT_collateral:
	case LIMIT_max_stress:
	case LIMIT_capital:
	case LIMIT_order_rate:
	case LIMIT_max_fill_rate:
	case LIMIT_max_slips:
		return true;
	default:
		return false;
	}
}

bool cut_adds_up(enum scope scope, enum limit limit, enum slice_part part)
{
	if ((scope != SCOPE_FIRM && scope != SCOPE_SYMBOL) ||
		(limit_keys[limit].scopes >> scope & 1) == 0)
		return false;
	if (part == SLICE_BURST)
		return limit == LIMIT_order_rate || limit == LIMIT_order_to_trade;
	return is_added_up(limit);
}

const char *cut_name(
	const struct site_config *site, struct slice_key key, char text[CUT_NAME_BYTES])
{
	char symbol[9] = "?";
	if (key.symbol < site->symbol_count)
		symbol_unpack(site->symbols[key.symbol].name, symbol);
	snprintf(text, CUT_NAME_BYTES, "%s%s %s%s", key.scope == SCOPE_SYMBOL ? "symbol " : "firm",
		key.scope == SCOPE_SYMBOL ? symbol : "", limit_keys[key.limit].key,
		key.part == SLICE_BURST ? " burst" : "");
	return text;
}

const char *cut_amount(const struct site_config *site, struct slice_key key, int64_t amount,
	char text[CUT_AMOUNT_BYTES])
{
	enum limit limit = (enum limit)key.limit;
	if (limit_keys[limit].unit == MONEY || limit_keys[limit].unit == SHARES)
		limit_format(site, limit, &(struct limit_value){.value = amount}, text,
			CUT_AMOUNT_BYTES);
	else
		snprintf(text, CUT_AMOUNT_BYTES, "%" PRId64, amount);
	return text;
}
