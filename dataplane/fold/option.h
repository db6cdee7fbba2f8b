/* option.h - may an order ask for this?

   What a client may ask of an order without the judgement becoming wrong: the table is options.def.  An order
   that asks for more is refused as NOT_SUPPORTED, it is never sent with less than was asked for.

   Pure. */
#ifndef SLUICE_FOLD_OPTION_H
#define SLUICE_FOLD_OPTION_H

#include "dataplane/orders/order.h"
#include "dataplane/wire/ouch50.h"

enum {
	OPTION_FIRM = 2,
	OPTION_GROUP = 24,
	OPTION_LOCATED = 25,
	OPTION_BROKER = 26,
	OPTION_SIDE = 27,
	OPTION_INDEX = 28,
	OPTION_SECONDS_MAX = 86399,
};

/* option_bit tells whether a message carries an option; option_index gives its channel. */
static inline uint32_t option_bit(uint32_t tag)
{
	return 1u << tag;
}

static inline uint8_t option_index(const struct ouch_options *options)
{
	return options->present & option_bit(OPTION_INDEX) ? (uint8_t)options->value[OPTION_INDEX]
							   : 0;
}

/* option_answer sets the channel of an answer: as every message about an order carries it. */
static inline void option_answer(struct ouch_options *options, uint8_t index)
{
	options->present &= ~option_bit(OPTION_INDEX);
	if (index == 0)
		return;
	options->present |= option_bit(OPTION_INDEX);
	options->value[OPTION_INDEX] = index;
}

/* option_fits judges what an Enter Order or a Replace Order asks for beside side, size and price; original is
   the order that a replace names, or NULL. */
bool option_fits(const struct ouch_in *in, const struct own_order *original);

/* option_side_may_change tells whether a sale may become another kind of sale: the same, S to T or E, E to T
   (OUCH 5.0, Modify Order), and between all three where the older protocol lets it (OUCH 4.2). */
bool option_side_may_change(uint8_t from, uint8_t to);

/* option_modifies tells whether a Modify Order has no other options than it may: shares located (Y or N), by whom, and whose
   it is. */
bool option_modifies(const struct ouch_options *options);

/* option_is_kept tells whether a replace of the order would keep something by its silence: any option for the venue but what was
   located and by whom, which it must say again (OUCH 5.0, section 3). */
bool option_is_kept(const struct ouch_options *options);

/* option_strip takes away what is not the venue's business; option_pass copies the others, of which most orders have none. */
void option_strip(struct ouch_options *options);
void option_pass(struct ouch_options *to, const struct ouch_options *from);

#endif
