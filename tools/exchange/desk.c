#include "tools/exchange/desk.h"

#include <stdlib.h>
#include <strings.h>

/* Reject codes, OUCH 5.0 section 6. */
enum {
	REJECT_INVALID_DISPLAY = 0x0003,
	REJECT_INVALID_MAX_FLOOR = 0x0004,
	REJECT_INVALID_PEG_TYPE = 0x0005,
	REJECT_HALTED = 0x0007,
	REJECT_INVALID_SIDE = 0x0009,
	REJECT_PROCESSING_ERROR = 0x000A,
	REJECT_FIRM_NOT_AUTHORISED = 0x000C,
	REJECT_INVALID_MIN_QUANTITY = 0x000D,
	REJECT_OTHER = 0x000F,
	REJECT_INVALID_QUANTITY = 0x0013,
	REJECT_INVALID_CROSS = 0x0014,
	REJECT_INVALID_SYMBOL = 0x0017,
	REJECT_INVALID_PRICE = 0x001D,
};

enum {
	OPTION_FIRM = 2,
	OPTION_MIN_QTY = 3,
	OPTION_MAX_FLOOR = 5,
	OPTION_PRICE_TYPE = 6,
	OPTION_POST_ONLY = 12,
	OPTION_GROUP = 24,
	OPTION_SIDE = 27,
	OPTION_CHANNEL = 28,
};

/* Options of Enter and Replace that Accepted and Replaced repeat. */
#define ECHO_ACCEPTED (1u << 2 | 1u << 4 | 1u << 12 | 1u << 16 | 1u << 17 | 1u << 24 | 1u << 25)
#define ECHO_REPLACED (1u << 2 | 1u << 12 | 1u << 16 | 1u << 17)

#define PRICE_E4_MAX 1999999900ull /* 199,999.9900 */

void desk_init(struct desk *desk)
{
	memset(desk, 0, sizeof *desk);
	refmap_init(&desk->locates);
}

void desk_free(struct desk *desk)
{
	for (uint32_t i = 0; i < desk->user_count; i++) {
		free(desk->users[i].orders);
		sequence_free(&desk->users[i].said);
	}
	refmap_free(&desk->locates);
}

void desk_symbol(struct desk *desk, uint16_t locate, uint64_t symbol)
{
	refmap_put(&desk->locates, symbol, locate);
}

static void desk_say(struct desk *desk, struct desk_user *user, struct ouch_out *message)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	message->time_ns = desk->exch_ns;
	uint32_t size = ouch50_build_out(bytes, sizeof bytes, message);
	CHECK(size > 0);
	sequence_append(&user->said, bytes, size);
}

/* firm_word reads up to four characters as option 2 carries them. */
static uint32_t firm_word(const char *firm, size_t size)
{
	uint8_t padded[4] = {' ', ' ', ' ', ' '};
	size_t used = strnlen(firm, size);
	if (used == 0)
		return 0;
	memcpy(padded, firm, used);
	return load_be32(padded);
}

uint32_t desk_user_add(struct desk *desk, const char *name, const char *password, const char *firm)
{
	if (desk->user_count == DESK_USER_MAX)
		return UINT32_MAX;
	struct desk_user *user = &desk->users[desk->user_count];
	struct ouch_out start = {.type = 'S', .code = 'S'};
	memcpy(user->name, name, strnlen(name, sizeof user->name - 1));
	memcpy(user->password, password, strnlen(password, sizeof user->password - 1));
	user->firm = firm_word(firm, 4);
	desk_say(desk, user, &start);
	return desk->user_count++;
}

uint32_t desk_user_find(const struct desk *desk, const char *name, const char *password)
{
	for (uint32_t i = 0; i < desk->user_count; i++)
		if (strcasecmp(desk->users[i].name, name) == 0 &&
			strcasecmp(desk->users[i].password, password) == 0)
			return i;
	return UINT32_MAX;
}

/* desk_order_find finds an order by its number; numbers rise, so a search by halves will do. */
static struct desk_order *desk_order_find(struct desk_user *user, uint32_t ref)
{
	uint64_t low = 0, high = user->order_count;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (user->orders[middle].ref < ref)
			low = middle + 1;
		else
			high = middle;
	}
	return low < user->order_count && user->orders[low].ref == ref ? &user->orders[low] : NULL;
}

static struct desk_order *desk_order_add(struct desk_user *user, const struct desk_order *order)
{
	user->orders = sequence_grow(
		user->orders, user->order_count, &user->order_capacity, sizeof user->orders[0]);
	user->orders[user->order_count] = *order;
	return &user->orders[user->order_count++];
}

static bool desk_is_disabled(const struct desk_user *user, uint32_t firm)
{
	if (firm == 0)
		firm = user->firm;
	for (uint32_t i = 0; i < user->disabled_count; i++)
		if (user->disabled[i] == firm)
			return true;
	return false;
}

static int64_t option_of(const struct ouch_in *in, int tag)
{
	return (in->options.present & 1u << tag) != 0 ? in->options.value[tag] : 0;
}

/* desk_terms judges what Enter and Replace share; 0: fine. */
static uint16_t desk_terms(const struct ouch_in *in)
{
	if (in->price_e4 == 0 || in->price_e4 > PRICE_E4_MAX)
		return REJECT_INVALID_PRICE;
	if (in->qty == 0 || in->qty > OUCH_QTY_MAX)
		return REJECT_INVALID_QUANTITY;
	if (in->display != 'Y' && in->display != 'N' && in->display != 'A')
		return REJECT_INVALID_DISPLAY;
	if (in->time_in_force != '0' && in->time_in_force != '3')
		return REJECT_OTHER;
	if (option_of(in, OPTION_MIN_QTY) != 0)
		return REJECT_INVALID_MIN_QUANTITY;
	if (option_of(in, OPTION_MAX_FLOOR) != 0)
		return REJECT_INVALID_MAX_FLOOR;
	int64_t price_type = option_of(in, OPTION_PRICE_TYPE);
	if (price_type != 0 && price_type != 'L')
		return REJECT_INVALID_PEG_TYPE;
	if (option_of(in, OPTION_POST_ONLY) == 'P' || option_of(in, OPTION_CHANNEL) != 0)
		return REJECT_OTHER;
	return 0;
}

static uint16_t desk_judge(const struct desk *desk, const struct desk_user *user,
	const struct ouch_in *in, uint16_t *locate)
{
	enum side side;
	uint64_t found;
	if (!ouch50_side(in->side, &side))
		return REJECT_INVALID_SIDE;
	if (!refmap_get(&desk->locates, in->symbol, &found))
		return REJECT_INVALID_SYMBOL;
	*locate = (uint16_t)found;
	if (in->cross_type != 'N')
		return REJECT_INVALID_CROSS;
	uint16_t code = desk_terms(in);
	if (code != 0)
		return code;
	if (desk->is_closed || desk->halts[*locate] != 0)
		return REJECT_HALTED;
	if (desk_is_disabled(user, (uint32_t)option_of(in, OPTION_FIRM)))
		return REJECT_FIRM_NOT_AUTHORISED;
	return match_has_room(desk->match) ? 0 : REJECT_PROCESSING_ERROR;
}

static void desk_reject(
	struct desk *desk, struct desk_user *user, const struct ouch_in *in, uint16_t code)
{
	struct ouch_out message = {.type = 'J', .ref = in->ref, .reject_code = code};
	memcpy(message.clordid, in->clordid, sizeof message.clordid);
	user->counts.rejected++;
	desk_say(desk, user, &message);
}

/* desk_take makes the market's order of ours. */
static struct match_order desk_take(
	const struct desk *desk, const struct desk_user *user, const struct desk_order *order)
{
	enum side side = SIDE_BUY;
	struct match_order out = {.reference = order->reference,
		.price_e4 = (int64_t)order->price_e4,
		.qty = order->open,
		.owner = (uint32_t)(user - desk->users) + 1,
		.owner_index = (uint32_t)(order - user->orders),
		.locate = order->locate,
		.is_hidden = order->display == 'N',
		.is_ioc = order->time_in_force == '3'};
	ouch50_side(order->side, &side);
	out.side = (uint8_t)side;
	uint32_t firm = order->firm != 0 ? order->firm : user->firm;
	if (order->display == 'A' && firm != 0) {
		uint8_t characters[8] = {0};
		store_be32(characters, firm);
		memcpy(&out.other, characters, sizeof out.other);
	}
	return out;
}

static void desk_canceled(struct desk *desk, struct desk_user *user, struct desk_order *order,
	uint32_t qty, uint8_t reason)
{
	struct ouch_out message = {.type = 'C', .ref = order->ref, .qty = qty, .code = reason};
	order->open -= qty;
	order->canceled += qty;
	if (order->open == 0)
		order->state = DESK_CANCELED;
	user->counts.canceled++;
	user->counts.canceled_shares += qty;
	desk_say(desk, user, &message);
}

static void desk_enter(struct desk *desk, struct desk_user *user, const struct ouch_in *in)
{
	uint16_t locate = 0;
	user->counts.entered++;
	uint16_t code = desk_judge(desk, user, in, &locate);
	struct desk_order fresh = {.symbol = in->symbol,
		.price_e4 = in->price_e4,
		.ref = in->ref,
		.qty = in->qty,
		.open = in->qty,
		.firm = (uint32_t)option_of(in, OPTION_FIRM),
		.group = (int32_t)option_of(in, OPTION_GROUP),
		.locate = locate,
		.side = in->side,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.capacity = in->capacity,
		.iso = in->iso,
		.state = DESK_LIVE};
	memcpy(fresh.clordid, in->clordid, sizeof fresh.clordid);
	if (code != 0) {
		fresh.state = DESK_REJECTED;
		fresh.reject_code = code;
		fresh.open = 0;
		desk_order_add(user, &fresh);
		desk_reject(desk, user, in, code);
		return;
	}
	fresh.reference = match_reference(desk->match);
	struct desk_order *order = desk_order_add(user, &fresh);
	struct ouch_out message = {.type = 'A',
		.ref = in->ref,
		.side = in->side,
		.qty = in->qty,
		.symbol = in->symbol,
		.price_e4 = in->price_e4,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.order_reference = fresh.reference,
		.capacity = in->capacity,
		.iso = in->iso,
		.cross_type = in->cross_type,
		.order_state = 'L',
		.options = in->options};
	message.options.present &= ECHO_ACCEPTED;
	memcpy(message.clordid, in->clordid, sizeof message.clordid);
	user->counts.accepted++;
	desk_say(desk, user, &message);
	struct match_order out = desk_take(desk, user, order);
	uint32_t left = match_enter(desk->match, &out);
	if (left > 0 && out.is_ioc)
		desk_canceled(desk, user, order, left, 'I');
}

/* desk_replaced says U and enters the new number; open shares are what the chain may still execute. */
static void desk_replaced(struct desk *desk, struct desk_user *user, struct desk_order *old,
	const struct ouch_in *in, uint32_t open)
{
	struct desk_order fresh = *old;
	uint64_t before = old->reference;
	fresh.ref = in->ref;
	fresh.original_ref = old->ref;
	fresh.price_e4 = in->price_e4;
	fresh.qty = fresh.open = open;
	fresh.executed_before = old->executed_before + old->executed;
	fresh.executed = fresh.canceled = 0;
	fresh.time_in_force = in->time_in_force;
	fresh.display = in->display;
	fresh.iso = in->iso;
	fresh.reference = match_reference(desk->match);
	memcpy(fresh.clordid, in->clordid, sizeof fresh.clordid);
	old->state = DESK_REPLACED;
	old->replaced_by = in->ref;
	old->open = 0;
	struct desk_order *order = desk_order_add(user, &fresh); /* old may have moved */
	struct ouch_out message = {.type = 'U',
		.ref = in->ref,
		.original_ref = in->original_ref,
		.side = fresh.side,
		.qty = open,
		.symbol = fresh.symbol,
		.price_e4 = in->price_e4,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.order_reference = fresh.reference,
		.capacity = fresh.capacity,
		.iso = in->iso,
		.cross_type = 'N',
		.order_state = 'L',
		.options = in->options};
	message.options.present &= ECHO_REPLACED;
	memcpy(message.clordid, in->clordid, sizeof message.clordid);
	user->counts.replaced++;
	desk_say(desk, user, &message);
	struct match_order out = desk_take(desk, user, order);
	uint32_t left = match_replace(desk->match, before, &out);
	if (left > 0 && out.is_ioc)
		desk_canceled(desk, user, order, left, 'I');
}

/* desk_replace walks the four cases of section 6: silence; the order is lost; refused; done. */
static void desk_replace(struct desk *desk, struct desk_user *user, const struct ouch_in *in)
{
	struct desk_order *old = desk_order_find(user, in->original_ref);
	if (in->ref <= user->last_ref) {
		user->counts.repeated++;
		return;
	}
	if (old == NULL || old->state != DESK_LIVE) {
		user->counts.superfluous++;
		return;
	}
	uint32_t executed = old->executed_before + old->executed;
	if (desk_terms(in) != 0 || in->qty <= executed) {
		uint32_t qty = match_reduce(desk->match, old->reference, old->open);
		desk_canceled(desk, user, old, qty, 'U');
		return;
	}
	user->last_ref = in->ref;
	if (desk->halts[old->locate] != 0 || desk_is_disabled(user, old->firm)) {
		desk_reject(desk, user, in,
			desk->halts[old->locate] != 0 ? REJECT_HALTED : REJECT_FIRM_NOT_AUTHORISED);
		return;
	}
	desk_replaced(desk, user, old, in, in->qty - executed);
}

/* desk_cancel leaves so many to the chain in total as were intended; what is there already is ignored. */
static void desk_cancel(struct desk *desk, struct desk_user *user, const struct ouch_in *in)
{
	struct desk_order *order = desk_order_find(user, in->ref);
	if (order == NULL || order->state != DESK_LIVE) {
		user->counts.superfluous++;
		return;
	}
	uint32_t executed = order->executed_before + order->executed;
	uint32_t keep = in->qty > executed ? in->qty - executed : 0;
	if (keep >= order->open) {
		user->counts.superfluous++;
		return;
	}
	uint32_t qty = match_reduce(desk->match, order->reference, order->open - keep);
	desk_canceled(desk, user, order, qty, 'U');
}

static bool desk_is_meant(
	const struct desk_user *user, const struct desk_order *order, const struct ouch_in *in)
{
	uint32_t firm = order->firm != 0 ? order->firm : user->firm;
	uint32_t wanted = firm_word(in->firm, sizeof in->firm);
	if (order->state != DESK_LIVE || (firm != 0 && firm != wanted))
		return false;
	if (in->symbol != symbol_pack("") && in->symbol != order->symbol)
		return false;
	if ((in->options.present & 1u << OPTION_SIDE) != 0 &&
		in->options.value[OPTION_SIDE] != order->side)
		return false;
	return (in->options.present & 1u << OPTION_GROUP) == 0 ||
	       in->options.value[OPTION_GROUP] == order->group;
}

static void desk_mass_cancel(struct desk *desk, struct desk_user *user, const struct ouch_in *in)
{
	struct ouch_out message = {
		.type = 'X', .ref = in->ref, .symbol = in->symbol, .options = in->options};
	message.options.present &= 1u << OPTION_SIDE | 1u << OPTION_GROUP;
	memcpy(message.firm, in->firm, sizeof message.firm);
	desk_say(desk, user, &message);
	for (uint64_t i = 0; i < user->order_count; i++) {
		struct desk_order *order = &user->orders[i];
		if (desk_is_meant(user, order, in))
			desk_canceled(desk, user, order,
				match_reduce(desk->match, order->reference, order->open), 'U');
	}
}

void desk_cancel_all(struct desk *desk, uint32_t index, uint8_t reason)
{
	struct desk_user *user = &desk->users[index];
	for (uint64_t i = 0; i < user->order_count; i++) {
		struct desk_order *order = &user->orders[i];
		if (order->state == DESK_LIVE)
			desk_canceled(desk, user, order,
				match_reduce(desk->match, order->reference, order->open), reason);
	}
}

static void desk_switch(struct desk *desk, struct desk_user *user, const struct ouch_in *in)
{
	uint32_t firm = firm_word(in->firm, sizeof in->firm), kept = 0;
	struct ouch_out message = {.type = in->type == 'D' ? 'G' : 'K', .ref = in->ref};
	memcpy(message.firm, in->firm, sizeof message.firm);
	for (uint32_t i = 0; i < user->disabled_count; i++)
		if (user->disabled[i] != firm)
			user->disabled[kept++] = user->disabled[i];
	user->disabled_count = kept;
	if (in->type == 'D' && kept < DESK_DISABLED_MAX)
		user->disabled[user->disabled_count++] = firm;
	desk_say(desk, user, &message);
}

void desk_on_message(struct desk *desk, uint32_t index, const uint8_t *bytes, uint32_t size_bytes)
{
	struct desk_user *user = &desk->users[index];
	struct ouch_in in;
	user->counts.messages++;
	if (ouch50_parse_in(bytes, size_bytes, &in) != OUCH_OK) {
		user->counts.malformed++;
		return;
	}
	if (in.type == 'O' || in.type == 'C' || in.type == 'D' || in.type == 'E') {
		if (in.ref <= user->last_ref) {
			user->counts.repeated++;
			return;
		}
		user->last_ref = in.ref;
	}
	struct ouch_out next = {.type = 'Q', .ref = user->last_ref + 1};
	switch (in.type) {
	case 'O':
		desk_enter(desk, user, &in);
		break;
	case 'U':
		desk_replace(desk, user, &in);
		break;
	case 'X':
		desk_cancel(desk, user, &in);
		break;
	case 'C':
		desk_mass_cancel(desk, user, &in);
		break;
	case 'D':
	case 'E':
		desk_switch(desk, user, &in);
		break;
	case 'Q':
		desk_say(desk, user, &next);
		break;
	default: /* Modify is not offered */
		user->counts.malformed++;
	}
}

void desk_on_fill(struct desk *desk, const struct match_fill *fill)
{
	struct desk_user *user = &desk->users[fill->owner - 1];
	struct desk_order *order = &user->orders[fill->owner_index];
	struct ouch_out message = {.type = 'E',
		.ref = order->ref,
		.qty = fill->qty,
		.price_e4 = (uint64_t)fill->price_e4,
		.code = fill->is_maker ? 'A' : 'R',
		.match = fill->match};
	CHECK(fill->qty <= order->open);
	order->executed += fill->qty;
	order->open -= fill->qty;
	if (order->open == 0)
		order->state = DESK_FILLED;
	user->counts.executions++;
	user->counts.executed_shares += fill->qty;
	desk_say(desk, user, &message);
}

void desk_day_end(struct desk *desk)
{
	struct ouch_out end = {.type = 'S', .code = 'E'};
	for (uint32_t i = 0; i < desk->user_count; i++)
		desk_say(desk, &desk->users[i], &end);
}
