#include "dataplane/fold/truth.h"

#include "dataplane/orders/names.h"
#include "dataplane/wire/ouch50_is.h"

/* Firm, GroupID and UserRefIdx name whose the order is: the first is put in anew, the others never leave. */
#define TRUTH_NAMES (1u << 2 | 1u << 24 | 1u << 28 | OUCH_OPTION_UNKNOWN)

uint64_t truth_options(const struct ouch_options *options)
{
	uint32_t present = options->present & ~TRUTH_NAMES;
	uint64_t sum = present;
	for (uint32_t left = present; left != 0; left &= left - 1) {
		/* the finishing steps of splitmix64 */
		sum += (uint64_t)options->value[__builtin_ctz(left)] + 0x9E3779B97F4A7C15ull;
		sum = (sum ^ sum >> 30) * 0xBF58476D1CE4E5B9ull;
		sum = (sum ^ sum >> 27) * 0x94D049BB133111EBull;
	}
	return sum;
}

static inline void truth_enter(
	const struct fold *fold, const struct own_order *order, struct ouch_in *in)
{
	const char *firm = fold->venues[order->venue].config->firm;
	in->type = 'O';
	in->capacity = order->capacity;
	in->cross_type = order->cross_type;
	if (firm[0] != '\0') {
		in->options.present |= 1u << 2;
		in->options.value[2] = (int64_t)names_mpid(firm);
	}
}

static bool truth_replace(
	const struct fold *fold, const struct own_order *order, struct ouch_in *in)
{
	if (order->original == ORDER_NONE)
		return false;
	const struct own_order *original = &fold->orders.slots[order->original];
	in->type = 'U';
	in->original_ref = original->venue_ref;
	names_clordid(in->original_clordid, original->account, original->id);
	return true;
}

/* Everything a message of this order can say. */
static inline __attribute__((always_inline)) bool truth_order(
	const struct fold *fold, const struct own_order *order, uint8_t kind, struct ouch_in *in)
{
	in->ref = order->venue_ref;
	in->side = order->wire_side;
	in->qty = order->qty;
	in->price_e4 = (uint64_t)order->price_e4;
	in->symbol = fold->site->symbols[order->symbol].name;
	in->time_in_force = order->time_in_force;
	in->display = order->display;
	in->iso = order->iso;
	names_clordid(in->clordid, order->account, order->id);
	if (kind == DECISION_REPLACE)
		return truth_replace(fold, order, in);
	truth_enter(fold, order, in);
	return kind == DECISION_ENTER;
}

/* A cancel, or a modify, which goes the same way. */
static bool truth_cancel(const struct own_order *order, struct ouch_in *in)
{
	in->ref = order->venue_ref;
	in->type = order->cancel_type;
	in->side = order->wire_side;
	in->qty = order->cancel_qty;
	names_clordid(in->clordid, order->account, order->id);
	return truth_options(&in->options) == order->cancel_passing;
}

/* Built again, the bytes would be these. */
static bool truth_is(const struct fold *fold, const struct fold_egress *again, const uint8_t *bytes,
	uint32_t size_bytes)
{
	const struct protocol_orders *protocol = fold->venues[again->venue].protocol;
	uint8_t rebuilt[MESSAGE_BYTES_MAX];
	if (LIKELY(protocol->says_inner))
		return ouch50_is_in(bytes, size_bytes, &again->message);
	uint32_t size = protocol->venue_out(fold, again, rebuilt, sizeof rebuilt);
	return size == size_bytes && memcmp(rebuilt, bytes, size) == 0;
}

/* The option that names a firm: the length of tag and name, the tag, the name. */
enum { FIRM_BYTES = 6, FIRM_LENGTH = 5, FIRM_TAG = 2 };

static bool truth_is_firm(const uint8_t *option, const char *firm)
{
	return option[0] == FIRM_LENGTH && option[1] == FIRM_TAG &&
	       load_be32(option + 2) == names_mpid(firm);
}

/* A new order that asks for nothing, in the inner language: most of all.  Its message is made field by field as it is compared;
   a venue that wants the firm's name has that behind it. */
static bool truth_is_plain(const struct fold *fold, const struct own_order *order,
	const uint8_t *bytes, uint32_t size_bytes)
{
	const char *firm = fold->venues[order->venue].config->firm;
	uint32_t firm_bytes = firm[0] != '\0' ? FIRM_BYTES : 0;
	struct ouch_in in;
	in.options.present = 0;
	truth_order(fold, order, DECISION_ENTER, &in);
	return ouch50_is_plain('O', bytes, size_bytes, firm_bytes, &in) &&
	       (firm_bytes == 0 || truth_is_firm(bytes + size_bytes - FIRM_BYTES, firm));
}

/* Anything else is made whole. */
APART static bool truth_is_made(const struct fold *fold, const struct fold_egress *egress,
	const struct own_order *order, const uint8_t *bytes, uint32_t size_bytes)
{
	struct fold_egress again;
	struct ouch_in *in = &again.message;
	memset(&again, 0, offsetof(struct fold_egress, message.options));
	again.order_id = egress->order_id;
	again.slot = egress->slot;
	again.venue_ref = egress->venue_ref;
	again.kind = egress->kind;
	again.venue = egress->venue;
	/* The options are the message's own where their sum is that of the decision. */
	ouch_options_copy(&in->options, &egress->message.options);
	in->options.present &= ~TRUTH_NAMES;
	if (egress->kind == DECISION_CANCEL) {
		if (!truth_cancel(order, in))
			return false; /* truth (2) */
	} else if (truth_options(&in->options) != order->passing ||
		   !truth_order(fold, order, egress->kind, in)) {
		return false;
	}
	return truth_is(fold, &again, bytes, size_bytes);
}

bool truth_holds(const struct fold *fold, const struct fold_egress *egress, const uint8_t *bytes,
	uint32_t size_bytes)
{
	const struct fold_venue *venue = &fold->venues[egress->venue];
	uint32_t slot = fold_egress_slot(fold, egress);
	if (slot == ORDER_NONE)
		return false; /* truth (1) */
	const struct own_order *order = &fold->orders.slots[slot];
	bool is_plain = egress->kind == DECISION_ENTER && venue->protocol->says_inner &&
			(egress->message.options.present & ~TRUTH_NAMES) == 0 &&
			order->passing == 0;
	return LIKELY(is_plain) ? truth_is_plain(fold, order, bytes, size_bytes)
				: truth_is_made(fold, egress, order, bytes, size_bytes);
}
