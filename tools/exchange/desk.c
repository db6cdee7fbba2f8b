#include "tools/exchange/desk.h"

#include <stdlib.h>
#include <strings.h>

#include "tools/exchange/speech.h"

/* What becomes of an order, and so is told to those who hear copies. */
#define COPIED "AUCDEBFTMR"

void desk_init(struct desk *desk)
{
	memset(desk, 0, sizeof *desk);
	refmap_init(&desk->locates);
	ledger_begin(&desk->ledger);
	terms_rules_all(&desk->terms.rules);
}

void desk_free(struct desk *desk)
{
	for (uint32_t i = 0; i < desk->user_count; i++) {
		free(desk->users[i].orders);
		sequence_free(&desk->users[i].said);
		refmap_free(&desk->users[i].tokens);
	}
	refmap_free(&desk->locates);
	ledger_end(&desk->ledger);
}

void desk_symbol(struct desk *desk, uint16_t locate, uint64_t symbol)
{
	refmap_put(&desk->locates, symbol, locate);
}

/* desk_write tells a user of an order of `of`, if its port has a word for it. */
static void desk_write(
	struct desk_user *user, const struct desk_user *of, const struct ouch_out *message)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	if (user->ear != NULL) {
		user->ear(user->ear_context, of, message);
		return;
	}
	uint32_t size = speech_say(user, of, message, bytes);
	CHECK(size > 0 || user->speech != SPEECH_OUCH50);
	if (size > 0)
		sequence_append(&user->said, bytes, size);
}

void desk_say(struct desk *desk, struct desk_user *user, struct ouch_out *message)
{
	uint64_t bit = 1ull << (user - desk->users);
	message->time_ns = desk->exch_ns;
	desk_write(user, user, message);
	if (strchr(COPIED, message->type) == NULL)
		return;
	for (uint32_t i = 0; i < desk->user_count; i++)
		if ((desk->users[i].copies & bit) != 0)
			desk_write(&desk->users[i], user, message);
}

uint32_t desk_firm(const char *firm, size_t size)
{
	uint8_t padded[4] = {' ', ' ', ' ', ' '};
	size_t used = strnlen(firm, size);
	if (used == 0)
		return 0;
	memcpy(padded, firm, used);
	return load_be32(padded);
}

void desk_tick(struct desk *desk)
{
	if (!desk->is_counted)
		return;
	desk->exch_ns += 1000;
	match_now(desk->match, desk->exch_ns);
}

void desk_day_begin(struct desk *desk, struct desk_user *user)
{
	struct ouch_out start = {.type = 'S', .code = 'S'};
	sequence_free(&user->said);
	desk_say(desk, user, &start);
}

uint32_t desk_user_add(struct desk *desk, const char *name, const char *password, const char *firm)
{
	if (desk->user_count == DESK_USER_MAX)
		return UINT32_MAX;
	struct desk_user *user = &desk->users[desk->user_count];
	memcpy(user->name, name, strnlen(name, sizeof user->name - 1));
	memcpy(user->password, password, strnlen(password, sizeof user->password - 1));
	user->firm = desk_firm(firm, 4);
	refmap_init(&user->tokens);
	desk_day_begin(desk, user);
	return desk->user_count++;
}

void desk_user_speech(struct desk *desk, uint32_t index, enum desk_speech speech)
{
	struct desk_user *user = &desk->users[index];
	CHECK(user->order_count == 0);
	user->speech = (uint8_t)speech;
	desk_day_begin(desk, user);
}

void desk_user_ear(struct desk *desk, uint32_t index, desk_ear *ear, void *context)
{
	struct desk_user *user = &desk->users[index];
	CHECK(user->order_count == 0);
	sequence_free(&user->said);
	user->ear = ear;
	user->ear_context = context;
}

void desk_not_done(struct desk_user *user, const struct ouch_in *in)
{
	const struct ouch_out message = {
		.type = 'I', .ref = in->type == 'U' ? in->original_ref : in->ref, .code = in->type};
	user->counts.superfluous++;
	if (user->ear != NULL)
		user->ear(user->ear_context, user, &message);
}

uint32_t desk_user_find(const struct desk *desk, const char *name, const char *password)
{
	for (uint32_t i = 0; i < desk->user_count; i++)
		if (strcasecmp(desk->users[i].name, name) == 0 &&
			strcasecmp(desk->users[i].password, password) == 0)
			return i;
	return UINT32_MAX;
}

uint32_t desk_user_named(const struct desk *desk, const char *name)
{
	for (uint32_t i = 0; i < desk->user_count; i++)
		if (strcmp(desk->users[i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

void desk_copies(struct desk *desk, uint32_t user, uint32_t of)
{
	CHECK(user < desk->user_count && of < desk->user_count && user != of);
	desk->users[user].copies |= 1ull << of;
}

struct desk_order *desk_order_add(struct desk_user *user, const struct desk_order *order)
{
	user->orders = sequence_grow(
		user->orders, user->order_count, &user->order_capacity, sizeof user->orders[0]);
	user->orders[user->order_count] = *order;
	return &user->orders[user->order_count++];
}

struct match_order desk_take(
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
	out.self = desk->is_self_port || firm == 0 ? (uint64_t)out.owner << 32 : firm;
	if (order->display == 'A' && firm != 0) {
		uint8_t characters[8] = {0};
		store_be32(characters, firm);
		memcpy(&out.other, characters, sizeof out.other);
	}
	return out;
}

void desk_reduce(struct desk_order *order, uint32_t qty)
{
	order->open -= qty;
	order->canceled += qty;
	if (order->open == 0)
		order->state = DESK_CANCELED;
	else
		order->gone += qty;
}

void desk_canceled(struct desk *desk, struct desk_user *user, struct desk_order *order,
	uint32_t qty, uint8_t reason)
{
	struct ouch_out message = {.type = 'C', .ref = order->ref, .qty = qty, .code = reason};
	desk_reduce(order, qty);
	user->counts.canceled++;
	user->counts.canceled_shares += qty;
	desk_say(desk, user, &message);
}

void desk_prevented(struct desk *desk, const struct match_prevented *prevented, uint8_t strategy)
{
	struct desk_user *user = &desk->users[prevented->owner - 1];
	struct desk_order *order = &user->orders[prevented->owner_index];
	struct ouch_out message = {.type = 'D',
		.ref = order->ref,
		.qty = prevented->qty,
		.code = 'Q',
		.qty_prevented = prevented->prevented,
		.price_e4 = (uint64_t)prevented->price_e4,
		.liquidity = 'A',
		.aiq_strategy = strategy};
	desk_reduce(order, prevented->qty);
	user->counts.canceled++;
	user->counts.canceled_shares += prevented->qty;
	desk_say(desk, user, &message);
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
	if (desk->liquidity != 0)
		message.code = desk->liquidity;
	ledger_add(&desk->ledger, fill, order->locate);
	order->executed += fill->qty;
	order->notional_e4 += (uint64_t)fill->price_e4 * fill->qty;
	order->open -= fill->qty;
	if (order->open == 0)
		order->state = DESK_FILLED;
	user->counts.executions++;
	user->counts.executed_shares += fill->qty;
	user->counts.fees_e4 += fill->is_maker ? -desk->terms.rules.rebate_e4 * fill->qty
					       : desk->terms.rules.fee_e4 * fill->qty;
	desk_say(desk, user, &message);
}

void desk_day_end(struct desk *desk)
{
	struct ouch_out end = {.type = 'S', .code = 'E'};
	for (uint32_t i = 0; i < desk->user_count; i++)
		desk_say(desk, &desk->users[i], &end);
}
