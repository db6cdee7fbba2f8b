/* exposure.h - what an order adds to what works, and the worst case with it in.

   Of near numbers in the base currency, at a price that is one, nothing saturates, and who knows that they are (plain.c) says
   so: then sums are plain sums, which is what the others come to as well.

   Owner      pure.
   Units      shares; money_e4. */
#ifndef SLUICE_RISK_EXPOSURE_H
#define SLUICE_RISK_EXPOSURE_H

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

struct exposure {
	int64_t worst, firm_worst;     /* positions, in the direction of the order's side */
	int64_t open_e4, firm_open_e4; /* values of its side that work */
};

static inline int64_t exposure_plus(bool is_near, int64_t a, int64_t b)
{
	return is_near ? (int64_t)((uint64_t)a + (uint64_t)b) : saturating_add(a, b);
}

static inline int64_t exposure_less(bool is_near, int64_t a, int64_t b)
{
	return is_near ? (int64_t)((uint64_t)a - (uint64_t)b) : saturating_subtract(a, b);
}

/* exposure_abroad gives what so much more that works of an order in another currency adds to open values; INT64_MAX: its
   price is none. */
static inline int64_t exposure_abroad(const struct measure_inputs *in, int64_t add_value_e4)
{
	return missing_if(price_is_absurd(in->order->price_e4),
		rates_open(&in->risk->rates, in->symbol->instrument.currency,
			in->row->position.working_value_e4[in->order->side & 1], add_value_e4));
}

/* A replace that only goes down: fewer shares, no more money, a price no keener than before.  The
   original's price is its value over its quantity, so prices compare by multiplication. */
static inline bool exposure_goes_down(const struct risk_order *order, int64_t value_e4)
{
	int64_t scaled = saturating_multiply(order->price_e4, (int64_t)order->reserved_qty);
	bool is_no_keener = (order->side & 1) == SIDE_BUY ? scaled <= order->reserved_value_e4
							  : scaled >= order->reserved_value_e4;
	return (order->kind == DECISION_REPLACE) & (value_e4 <= order->reserved_value_e4) &
	       is_no_keener;
}

/* exposure_of works it out, and whether the order provably reduces.  risk (3), (4): a replace adds what exceeds what its
   original still reserves, since either may be the one that works.  Of the verdict it fills what commit will add, and
   is_way_out. */
static inline struct exposure exposure_of(
	const struct measure_inputs *in, bool is_near, struct verdict *verdict)
{
	const struct risk_order *order = in->order;
	const struct position *held = &in->row->position, *firm = &in->symbol->firm;
	unsigned side = order->side & 1;
	bool is_absurd = !is_near && price_is_absurd(order->price_e4);
	int64_t value_e4 =
		is_absurd ? INT64_MAX
			  : (int64_t)((uint64_t)order->price_e4 * (uint64_t)order->open_qty);
	int64_t more_e4 = exposure_less(is_near, value_e4, order->reserved_value_e4);
	uint32_t add_qty =
		order->open_qty > order->reserved_qty ? order->open_qty - order->reserved_qty : 0;
	int64_t add_value_e4 = more_e4 > 0 ? more_e4 : 0, add_open_e4 = add_value_e4;
	if (UNLIKELY(!is_near && in->symbol->instrument.currency != 0))
		add_open_e4 = exposure_abroad(in, add_value_e4);
	int64_t short_qty = exposure_less(is_near, 0, held->shares);
	int64_t firm_short_qty = exposure_less(is_near, 0, firm->shares);
	int64_t closable = side == SIDE_SELL ? held->shares : short_qty;
	int64_t own = side == SIDE_BUY ? held->shares : short_qty;
	int64_t all = side == SIDE_BUY ? firm->shares : firm_short_qty;
	int64_t left = exposure_less(is_near, closable, held->working_qty[side]);
	bool is_way_out = (closable > 0) & (left >= (int64_t)add_qty);
	if (UNLIKELY(order->open_qty < order->reserved_qty))
		is_way_out |= exposure_goes_down(order, value_e4);
	verdict->add_qty = add_qty;
	verdict->add_value_e4 = add_value_e4;
	verdict->is_way_out = is_way_out;
	return (struct exposure){
		.worst = exposure_plus(
			is_near, own, exposure_plus(is_near, held->working_qty[side], add_qty)),
		.firm_worst = exposure_plus(
			is_near, all, exposure_plus(is_near, firm->working_qty[side], add_qty)),
		.open_e4 = exposure_plus(is_near, in->account->open_value_e4[side], add_open_e4),
		.firm_open_e4 = exposure_plus(is_near, in->risk->open_value_e4[side], add_open_e4),
	};
}

#endif
