#include "tools/exchange/fix_port.h"

#include "tools/exchange/counter.h"
#include "tools/exchange/fix_report.h"

#include <stdlib.h>

#define SECOND_NS 1000000000ull

struct fix_port *fix_port_open(
	struct desk *desk, uint32_t user, enum fix_version version, const char *comp_id)
{
	struct fix_port *port = calloc(1, sizeof *port);
	CHECK(port != NULL);
	port->store = calloc(FIX_PORT_STORE, sizeof port->store[0]);
	CHECK(port->store != NULL);
	port->desk = desk;
	port->user = user;
	port->config = (struct fix_session_config){.version = (uint8_t)version,
		.takes_reset = true,
		.precision = FIX_MILLIS,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 3600,
		.store_count = FIX_PORT_STORE,
		.time_tolerance_ns = 120 * SECOND_NS,
		.logon_wait_ns = 10 * SECOND_NS,
		.logout_wait_ns = 5 * SECOND_NS,
		.resend_wait_ns = 10 * SECOND_NS};
	memcpy(port->config.sender, comp_id, strnlen(comp_id, sizeof port->config.sender - 1));
	memcpy(port->config.target, desk->users[user].name, sizeof desk->users[user].name);
	refmap_init(&port->by_text);
	refmap_init(&port->by_ref);
	port->names = sequence_grow(NULL, 0, &port->name_capacity, sizeof port->names[0]);
	port->name_count = 1;
	memset(&port->names[0], 0, sizeof port->names[0]);
	fix_session_init(&port->session, &port->config, port->store);
	desk_user_ear(desk, user, fix_port_tell, port);
	return port;
}

void fix_port_close(struct fix_port *port)
{
	refmap_free(&port->by_text);
	refmap_free(&port->by_ref);
	free(port->names);
	free(port->store);
	free(port);
}

/* text_key folds a name into a key of a refmap; never 0. */
static uint64_t text_key(const struct fix_text *text)
{
	uint64_t key = 0xCBF29CE484222325ull;
	for (uint32_t i = 0; i < text->size_bytes; i++)
		key = (key ^ text->bytes[i]) * 0x100000001B3ull;
	key ^= key >> 29;
	return key != 0 ? key : 1;
}

/* name_find finds a name by its text, 0: it was never used. */
static uint64_t name_find(const struct fix_port *port, const struct fix_text *text)
{
	uint64_t at;
	return refmap_get(&port->by_text, text_key(text), &at) ? at : 0;
}

/* name_use keeps a name for an order's number.  is_order: the name is from now on that order's. */
static uint64_t name_use(
	struct fix_port *port, const struct fix_text *text, uint32_t ref, bool is_order)
{
	port->names = sequence_grow(
		port->names, port->name_count, &port->name_capacity, sizeof port->names[0]);
	struct fix_name *name = &port->names[port->name_count];
	memset(name, 0, sizeof *name);
	memcpy(name->text, text->bytes, text->size_bytes);
	name->ref = ref;
	refmap_put(&port->by_text, text_key(text), port->name_count);
	if (is_order)
		refmap_put(&port->by_ref, ref, port->name_count);
	return port->name_count++;
}

/* letter_of gives the letter that stands where a character does in another list; 0: nowhere. */
static uint8_t letter_of(uint64_t character, const char *from, const char *to)
{
	const char *at = character != 0 ? strchr(from, (int)character) : NULL;
	return at != NULL ? (uint8_t)to[at - from] : 0;
}

static uint64_t symbol_of(const struct fix_text *text)
{
	char name[9] = "";
	if (text->size_bytes >= sizeof name)
		return 0;
	memcpy(name, text->bytes, text->size_bytes);
	return symbol_pack(name);
}

/* order_read fills what New and Replace share.  NULL: it can be asked of the desk; else why not. */
static const char *order_read(
	const struct fix_port *port, const struct fix_message *message, struct ouch_in *in)
{
	uint64_t capacity =
		message->version == FIX_42 ? message->rule_80a : message->order_capacity;
	if (message->ord_type != '2' || !fix_has(message, FIX_PRICE) || message->price_e4 <= 0)
		return "expected 40=2 and a price";
	if (!fix_has(message, FIX_ORDER_QTY) || message->order_qty > UINT32_MAX)
		return "expected 38";
	in->price_e4 = (uint64_t)message->price_e4;
	in->qty = (uint32_t)message->order_qty;
	in->time_in_force = letter_of(
		fix_has(message, FIX_TIME_IN_FORCE) ? message->time_in_force : '0', "03", "03");
	in->side = letter_of(message->side, "1256", "BSTE");
	if (in->side == 0) /* no side of ours: kept as it was said, and refused */
		in->side = (uint8_t)message->side;
	in->symbol = symbol_of(&message->symbol);
	in->capacity = letter_of(capacity, "APRI", "APRA");
	if (in->capacity == 0)
		in->capacity = capacity == 0 ? 'P' : 'O';
	in->display = 'Y';
	in->iso = 'N';
	in->cross_type = 'N';
	if (fix_has(message, FIX_MIN_QTY) || fix_has(message, FIX_MAX_FLOOR))
		return "expected no minimum and no floor";
	if (in->time_in_force == 0)
		return "expected 59=0 or 59=3";
	memset(in->clordid, ' ', sizeof in->clordid);
	memcpy(in->clordid, message->cl_ord_id.bytes,
		message->cl_ord_id.size_bytes < sizeof in->clordid ? message->cl_ord_id.size_bytes
								   : sizeof in->clordid);
	(void)port;
	return NULL;
}

static bool is_name(const struct fix_text *text)
{
	return text->size_bytes >= 1 && text->size_bytes <= FIX_NAME_BYTES;
}

static void take_new(struct fix_port *port, const struct fix_message *message)
{
	struct ouch_in in = {.type = 'O'};
	const char *trouble = order_read(port, message, &in);
	if (!is_name(&message->cl_ord_id))
		trouble = "expected 11 of up to 20 characters";
	if (trouble != NULL || port->desk->users[port->user].copies != 0) {
		fix_port_refuse(port, message, 0, trouble != NULL ? trouble : "read-only");
		return;
	}
	if (name_find(port, &message->cl_ord_id) != 0) {
		fix_port_refuse(port, message, 6, "11 was used before");
		return;
	}
	in.ref = desk_user_number(&port->desk->users[port->user]);
	name_use(port, &message->cl_ord_id, in.ref, true);
	counter_hear(port->desk, port->user, &in);
}

/* take_request is a cancel or a replace: of an order that has the name in 41. */
static void take_request(struct fix_port *port, const struct fix_message *message)
{
	bool is_replace = message->type == FIX_MSG_REPLACE;
	uint64_t original = name_find(port, &message->orig_cl_ord_id);
	struct ouch_in in = {.type = is_replace ? 'U' : 'X'};
	struct fix_name *name = original != 0 ? &port->names[original] : NULL;
	char ask[FIX_NAME_BYTES + 1] = "", old[FIX_NAME_BYTES + 1] = "";
	const char *trouble = is_replace ? order_read(port, message, &in) : NULL;
	if (!is_name(&message->cl_ord_id) || !is_name(&message->orig_cl_ord_id)) {
		fix_session_refuse(&port->session, message, 5,
			"expected 11 and 41 of up to 20 characters", port->at);
		return;
	}
	memcpy(ask, message->cl_ord_id.bytes, message->cl_ord_id.size_bytes);
	memcpy(old, message->orig_cl_ord_id.bytes, message->orig_cl_ord_id.size_bytes);
	if (name == NULL || name_find(port, &message->cl_ord_id) != 0 || trouble != NULL) {
		fix_port_cancel_reject(port, ask, old, name, is_replace, name == NULL ? 1 : 2,
			name == NULL      ? "no such order"
			: trouble != NULL ? trouble
					  : "11 was used before");
		return;
	}
	uint32_t ref = name->ref;
	if (is_replace) {
		const struct desk_order *order =
			desk_order_find(&port->desk->users[port->user], ref);
		in.original_ref = ref;
		in.ref = desk_user_number(&port->desk->users[port->user]);
		/* In FIX a total is what stands and what shall be open; at the desk what broke is in it. */
		if (order != NULL && in.qty <= UINT32_MAX - order->busted)
			in.qty += order->busted;
	} else {
		in.ref = ref;
	}
	uint64_t at = name_use(port, &message->cl_ord_id, is_replace ? in.ref : ref, is_replace);
	name = fix_port_name(port, ref);
	if (name != NULL)
		name->ask = (uint32_t)at;
	counter_hear(port->desk, port->user, &in);
}

/* is_known_again: what may have come before and did is not done again, its order's state is told (97=Y). */
static bool is_known_again(const struct fix_port *port, const struct fix_message *message)
{
	bool is_asking = message->type == FIX_MSG_NEW_ORDER || message->type == FIX_MSG_REPLACE ||
			 message->type == FIX_MSG_CANCEL;
	return is_asking && message->is_poss_resend && is_name(&message->cl_ord_id) &&
	       name_find(port, &message->cl_ord_id) != 0;
}

void fix_port_take(struct fix_port *port, const struct fix_message *message)
{
	struct heard_item item = {.kind = HEARD_MALFORMED, .user = port->user};
	uint64_t at;
	if (is_known_again(port, message)) {
		at = name_find(port, &message->cl_ord_id);
		fix_port_status(port, message, &port->names[at]);
		return;
	}
	switch (message->type) {
	case FIX_MSG_NEW_ORDER:
		take_new(port, message);
		break;
	case FIX_MSG_REPLACE:
	case FIX_MSG_CANCEL:
		take_request(port, message);
		break;
	case FIX_MSG_STATUS_REQUEST:
		at = name_find(port, &message->cl_ord_id);
		fix_port_status(port, message, at != 0 ? &port->names[at] : NULL);
		break;
	case FIX_MSG_REJECT:
	case FIX_MSG_BUSINESS_REJECT:
		heard_add(&port->desk->heard, &item);
		break;
	default:
		fix_session_refuse(&port->session, message, 3,
			"found a message type that is not served here", port->at);
	}
}
