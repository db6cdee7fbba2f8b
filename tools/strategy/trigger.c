#include "tools/strategy/trigger.h"

#include <stdio.h>

#include "config/scalar.h"

bool trigger_parse(struct trigger *t, const char *text, struct config_error *error)
{
	static const char *const prices[] = {"bid", "ask", "last"};
	char symbol[9], price[8], sign[4], limit[32], rest[2];
	memset(t, 0, sizeof *t);
	bool good = sscanf(text, "%8s %7s %3s %31s %1s", symbol, price, sign, limit, rest) == 4 &&
		    scalar_price(limit, &t->limit_e4) == NULL && t->limit_e4 > 0;
	unsigned which = 0;
	while (good && which < ARRAY_COUNT(prices) && strcmp(price, prices[which]) != 0)
		which++;
	good = good && which < ARRAY_COUNT(prices) &&
	       (strcmp(sign, "<=") == 0 || strcmp(sign, ">=") == 0);
	if (!good) {
		snprintf(error->text, sizeof error->text,
			"--when: found '%.64s', expected SYMBOL bid|ask|last <=|>= PRICE, such as "
			"'AAPL ask <= 163.02'",
			text);
		return false;
	}
	memcpy(t->symbol, symbol, sizeof t->symbol);
	t->price = (uint8_t)which;
	t->is_below = sign[0] == '<';
	t->is_set = true;
	return true;
}

bool trigger_fires(struct trigger *t, const struct sluice_top *top, uint64_t age_ns)
{
	int64_t price_e4 = t->price == TRIGGER_BID   ? top->bid_e4
			   : t->price == TRIGGER_ASK ? top->ask_e4
						     : top->last_e4;
	bool was_true = t->is_true;
	bool is_known = price_e4 > 0 && top->stale == 0 && top->operational == 0 &&
			(top->state == 'T' || top->state == 0) && age_ns <= TRIGGER_AGE_NS_MAX;
	t->is_true = t->is_set && is_known &&
		     (t->is_below ? price_e4 <= t->limit_e4 : price_e4 >= t->limit_e4);
	return t->is_true && !was_true;
}
