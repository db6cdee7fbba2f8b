#include "tools/exchange/terms.h"

#define PRICE_E4_MAX 1999999900ull /* 199,999.9900 */

void terms_rules_all(struct terms_rules *rules)
{
	memset(rules, 0, sizeof *rules);
	memcpy(rules->times_in_force, "03", 3);
	memcpy(rules->displays, "YNA", 4);
	memcpy(rules->capacities, "APRO", 5);
	memcpy(rules->sides, "BSTE", 5);
	rules->qty_max = OUCH_QTY_MAX;
}

bool terms_take(const struct terms_rules *rules, struct terms_tokens *tokens, uint64_t exch_ns)
{
	if (rules->rate_per_window == 0)
		return true;
	uint64_t most = rules->burst * rules->window_ns;
	uint64_t passed_ns = tokens->seen_ns == 0 ? UINT64_MAX : exch_ns - tokens->seen_ns;
	uint64_t back;
	tokens->seen_ns = exch_ns;
	if (__builtin_mul_overflow(passed_ns, rules->rate_per_window, &back) ||
		back > most - tokens->level)
		tokens->level = most;
	else
		tokens->level += back;
	if (tokens->level < rules->window_ns)
		return false;
	tokens->level -= rules->window_ns;
	return true;
}

/* terms_options judges the options by the tags; those that no row refuses are echoed and have no effect. */
static uint16_t terms_options(const struct terms_rules *rules, const struct ouch_in *in)
{
	if (terms_option(in, OPTION_MIN_QTY) != 0)
		return REJECT_invalid_min_quantity;
	if (terms_option(in, OPTION_MAX_FLOOR) != 0)
		return REJECT_invalid_max_floor;
	int64_t price_type = terms_option(in, OPTION_PRICE_TYPE);
	if (price_type != 0 && price_type != 'L')
		return REJECT_invalid_peg_type;
	if (terms_option(in, OPTION_POST_ONLY) == 'P' || terms_option(in, OPTION_CHANNEL) != 0)
		return REJECT_other;
	return (in->options.present & rules->options_refused) != 0 ? REJECT_other : REJECT_NONE;
}

static bool is_one_of(const char *letters, uint8_t letter)
{
	return letter != '\0' && strchr(letters, letter) != NULL;
}

static uint16_t terms_side(const struct terms_rules *rules, uint8_t side)
{
	if (is_one_of(rules->sides, side))
		return REJECT_NONE;
	return side == 'T'   ? REJECT_risk_short_sell_not_allowed
	       : side == 'E' ? REJECT_risk_short_exempt_not_allowed
			     : REJECT_invalid_side;
}

uint16_t terms_judge(
	const struct terms *terms, const struct ouch_in *in, uint16_t locate, uint8_t side)
{
	const struct terms_rules *rules = &terms->rules;
	uint32_t tick_e4 = terms->tick_e4[locate], lot = terms->lot[locate];
	int64_t notional_e4 = 0;
	if (side != 0 && terms_side(rules, side) != REJECT_NONE)
		return terms_side(rules, side);
	if (in->price_e4 == 0 || in->price_e4 > PRICE_E4_MAX ||
		(tick_e4 != 0 && in->price_e4 % tick_e4 != 0))
		return REJECT_invalid_price;
	if (in->qty == 0 || in->qty > OUCH_QTY_MAX || (lot != 0 && in->qty % lot != 0))
		return REJECT_invalid_quantity;
	if (in->qty > rules->qty_max)
		return REJECT_shares_above_threshold;
	if (rules->notional_max_e4 != 0 &&
		(__builtin_mul_overflow(in->price_e4, in->qty, &notional_e4) ||
			notional_e4 > rules->notional_max_e4))
		return REJECT_above_maximum_notional;
	if (!is_one_of(rules->displays, in->display))
		return REJECT_invalid_display;
	if (!is_one_of(rules->times_in_force, in->time_in_force))
		return REJECT_other;
	if (side != 0 && !is_one_of(rules->capacities, in->capacity))
		return REJECT_other;
	if (rules->is_iso_refused && in->iso == 'Y')
		return REJECT_iso_not_allowed;
	return terms_options(rules, in);
}
