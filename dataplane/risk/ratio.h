/* ratio.h - how many messages went to venues for each execution: of an account, and of the firm.

   Venues and regulators charge for messages that lead to nothing, and stop who sends too many (CONTROLS, 19).  A message
   is an order or replace that passed and a cancel or modify that was decided, whoever asked for it; an execution counts
   when it is told first and stays counted.  As many messages are allowed as are free or, if that is more, so many for
   each execution.  Cancels count and are refused by none of it; neither is an order that provably reduces.

     allowed = max(after, slab x trades)                 breached by an order: messages + 1 > allowed

   The forecast says when messages reach what is allowed if both go on as they did in the last minute or two.

   Owner      the gate stage; nobody else writes.
   Time       comes from the caller and never runs backwards.
   Units      counts since the day began.
   Invariant  (1) allowed is INT64_MIN where nobody states the ratio: every order breaches;
              (2) messages and trades never fall within a day. */
#ifndef SLUICE_RISK_RATIO_H
#define SLUICE_RISK_RATIO_H

#include "config/limitset.h"
#include "dataplane/risk/gauge.h"

#define PACE_NS (UINT64_C(60) * 1000000000)

struct ratio {
	int64_t messages, allowed;
	int64_t trades;
	int64_t slab, after; /* as stated; 0: unstated */
};

/* What there was when a minute began. */
struct pace {
	uint64_t began_ns; /* 0: never */
	int64_t messages, trades;
};

/* Shown only: how it goes. */
struct ratio_shown {
	struct gauge gauge;
	struct pace last, before; /* the minute under way, and the one before */
};

struct risk;
struct measure_inputs;
struct verdict;

/* ratio_adopt gives everybody the limits of the epoch in force. */
void ratio_adopt(struct risk *risk);

/* ratio_day begins a day: nothing was sent and nothing executed. */
void ratio_day(struct risk *risk);

/* ratio_message counts a message to a venue, ratio_trade an execution. */
void ratio_message(struct risk *risk, uint32_t account, uint64_t now_ns);
void ratio_trade(struct risk *risk, uint32_t account);

/* ratio_is_reached tells whether one more message is too many for an owner, ratio_name for which. */
static inline bool ratio_is_reached(const struct ratio *ratio)
{
	return ratio->messages >= ratio->allowed;
}
void ratio_name(struct verdict *verdict, const struct measure_inputs *in);

/* ratio_forecast gives how long it takes until messages reach what is allowed; FORECAST_NEVER: not at this pace. */
#define FORECAST_NEVER UINT64_MAX
uint64_t ratio_forecast(
	const struct ratio *ratio, const struct ratio_shown *shown, uint64_t now_ns);

#endif
