/* spin.c - see spin.h. */
#include "dataplane/feed/spin.h"

#include "dataplane/wire/pitch_proxy.h"

enum { ADD_LONG = 0x21, ADD_SHORT = 0x22, ADD_EXPANDED = 0x2F }; /* pitch.def */

_Static_assert(
	(int)PITCH_PROXY_PACKET_BYTES <= (int)SNAPSHOT_SAY_BYTES_MAX, "what is said has room");
_Static_assert((int)PITCH_UNIT_BYTES_MAX <= (int)SNAPSHOT_PACKET_BYTES_MAX, "a packet has room");

static uint32_t spin_login(
	const struct recovery_config *config, uint8_t out[SNAPSHOT_SAY_BYTES_MAX])
{
	uint8_t login[PITCH_PROXY_SIZE_MAX];
	uint32_t size = pitch_proxy_login(login, config->snapshot_sub_id, config->snapshot_username,
		config->snapshot_password);
	return pitch_proxy_packet(out, login, size);
}

static uint32_t spin_beat(uint8_t out[SNAPSHOT_SAY_BYTES_MAX])
{
	return pitch_proxy_packet(out, NULL, 0);
}

/* behind gives the number of the first live message that an image does not contain; 0 is the image of a day that has not
   begun. */
static uint64_t behind(const struct snapshot *snapshot, uint32_t sequence)
{
	return sequence == 0 ? 1 : pitch_unit_number(sequence, snapshot->wish.next) + 1;
}

/* image_take asks for an image that leaves nothing missing; an older one would have to be mended in turn.  To ask is no step
   forward: time goes on until a spin is promised. */
static void image_take(struct snapshot *snapshot, uint32_t sequence, uint64_t now_ns)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX], packet[SNAPSHOT_SAY_BYTES_MAX];
	if (snapshot->is_asked || behind(snapshot, sequence) < snapshot->wish.until)
		return;
	uint32_t size =
		pitch_proxy_packet(packet, message, pitch_proxy_spin_request(message, sequence));
	snapshot->is_asked = snapshot_say(snapshot, packet, size, now_ns);
}

static void promise_take(
	struct snapshot *snapshot, const struct pitch_proxy_message *said, uint64_t now_ns)
{
	if (!snapshot->is_asked || snapshot->is_promised) {
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	} else if (said->status == 'A') {
		snapshot->is_promised = true;
		snapshot->is_busy = false;
		snapshot->promised_sequence = said->sequence;
		snapshot->promised_orders = said->count;
		snapshot->moved_ns = now_ns;
	} else if (said->status == 'O' || said->status == 'S') {
		snapshot->is_asked = false;
		snapshot->is_busy = said->status == 'S';
	} else {
		snapshot_fail(snapshot, SNAPSHOT_REFUSED);
	}
}

/* finished_take believes a spin that is the promised one. */
static void finished_take(struct snapshot *snapshot, const struct pitch_proxy_message *said)
{
	if (said->sequence != snapshot->promised_sequence ||
		snapshot->orders != snapshot->promised_orders)
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	else
		snapshot_done(snapshot, behind(snapshot, said->sequence));
}

/* said_take takes what the server says of itself. */
static void said_take(
	struct snapshot *snapshot, const struct pitch_proxy_message *said, uint64_t now_ns)
{
	bool is_in = snapshot->phase == SNAPSHOT_SPINNING;
	if (said->type == PITCH_PROXY_LOGIN_RESPONSE && !is_in) {
		if (said->status == 'A')
			snapshot_enter(snapshot, now_ns);
		else
			snapshot_fail(snapshot, SNAPSHOT_REJECTED);
	} else if (said->type == PITCH_PROXY_IMAGE && is_in) {
		image_take(snapshot, said->sequence, now_ns);
	} else if (said->type == PITCH_PROXY_SPIN_RESPONSE && is_in) {
		promise_take(snapshot, said, now_ns);
	} else if (said->type == PITCH_PROXY_SPIN_FINISHED && snapshot->is_promised) {
		finished_take(snapshot, said);
	} else {
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	}
}

static bool is_add(uint8_t type)
{
	return type == ADD_LONG || type == ADD_SHORT || type == ADD_EXPANDED;
}

/* is_too_much tells that no spin of so many orders says so much. */
static bool is_too_much(const struct snapshot *snapshot)
{
	uint64_t messages_max =
		(uint64_t)snapshot->promised_orders * SPIN_MESSAGES_AN_ORDER + SPIN_MESSAGES_BESIDE;
	return snapshot->orders > snapshot->promised_orders || snapshot->messages >= messages_max;
}

/* market_take takes a message of the market: no order more than was promised. */
static void market_take(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	snapshot->orders += is_add(bytes[1]);
	if (!snapshot->is_promised || is_too_much(snapshot))
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	else
		snapshot_block(snapshot, bytes, size_bytes, now_ns);
}

static void message_take(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	struct pitch_proxy_message said;
	if (pitch_proxy_is(bytes[1])) {
		if (pitch_proxy_parse(bytes, size_bytes, &said))
			said_take(snapshot, &said, now_ns);
		else
			snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	} else {
		market_take(snapshot, bytes, size_bytes, now_ns);
	}
}

/* is_ours takes the unit of a packet: what speaks of the session alone has none. */
static bool is_ours(const struct snapshot *snapshot, uint8_t unit)
{
	return unit == 0 || snapshot->wish.unit == 0 || unit == snapshot->wish.unit;
}

static uint32_t spin_take(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	struct pitch_unit_header header;
	struct mold64_block blocks[PITCH_UNIT_COUNT_MAX];
	bool is_malformed;
	uint32_t tail_bytes;
	enum pitch_unit_cut cut = pitch_unit_cut(bytes, size_bytes, &header);
	if (cut == PITCH_UNIT_BROKEN)
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	if (cut != PITCH_UNIT_OK)
		return 0;
	if (!is_ours(snapshot, header.unit)) {
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
		return 0;
	}
	uint32_t count = pitch_unit_parse_blocks(bytes, header.length, header.count, 0, blocks,
		PITCH_UNIT_COUNT_MAX, &is_malformed, &tail_bytes);
	for (uint32_t i = 0; i < count && snapshot->phase < SNAPSHOT_DONE; i++)
		message_take(snapshot, blocks[i].bytes, blocks[i].size_bytes, now_ns);
	if (is_malformed && header.count != 0)
		snapshot_fail(snapshot, SNAPSHOT_NONSENSE);
	return header.length;
}

const struct snapshot_talk spin_talk = {.login = spin_login, .beat = spin_beat, .take = spin_take};
