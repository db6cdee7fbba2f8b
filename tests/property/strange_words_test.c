/* strange_words_test.c - whatever a strategy or a venue says, well formed or not: the gate lives on, what it says to
   others can be read, and nothing of it is lost to those who hear copies of it, in every form of copy.

   Two strategies, of OUCH (5.0 or 4.2) and of FIX (4.4 or 4.2), say what a strategy says, with fields out of their range,
   options nobody asked for, and bytes turned at random; the venue answers, sometimes as strangely.  Copies in OUCH, FIX 4.4
   and FIX 4.2 are kept of all of it.  The rig replays every day at its end.

   SLUICE_SEED plays one seed alone.
   rooms: dataplane_gate */
#include "dataplane/fold/option.h"
#include "dataplane/wire/ouch42_inner.h"
#include "tests/support/fix_client_rig.h"
#include "tools/pktgen/chance.h"

enum { SEEDS = 24, STEPS = 800, REPLAY = 64, NAMES = 1 << 12, MESSAGE_MAX = 256 };

static struct chance chance;
static enum order_protocol ouch_spoken;
static uint32_t next_ref, next_name;
static bool is_lying; /* the venue, late in the day: what it says then may halt the gate */

static const struct {
	uint32_t session;
	enum order_protocol protocol;
} copies[] = {{90, ORDERS_OUCH50}, {91, ORDERS_FIX44}, {92, ORDERS_FIX42}};

static void site_with_all(struct site_config *site)
{
	site_with_fix(site);
	site->sessions[0].protocol = (uint8_t)ouch_spoken;
	site->text_id_count = NAMES;
	site->copy_count = ARRAY_COUNT(copies);
	for (uint32_t i = 0; i < ARRAY_COUNT(copies); i++) {
		struct session_config *session = &site->copies[i].session;
		session->id = copies[i].session;
		session->protocol = (uint8_t)copies[i].protocol;
		snprintf(session->name, sizeof session->name, "copy%u", i);
		snprintf(session->username, sizeof session->username, "COPY%u", i);
		snprintf(session->password, sizeof session->password, "PASS%u", i);
		snprintf(session->comp_id, sizeof session->comp_id, "LISTENER%u", i);
		snprintf(session->our_comp_id, sizeof session->our_comp_id, "SLUICE");
		session->replay_count = REPLAY;
	}
}

static const struct rig_hooks hooks = {
	.others = peer_poll, .site = site_with_all, .event = peer_event};

static bool happens(uint32_t one_in)
{
	return chance_below(&chance, one_in) == 0;
}

/* A byte as often at an end of its range, or one that means something, as any. */
static uint8_t some_byte(void)
{
	static const uint8_t known[] = {
		0, 1, 0x7F, 0x80, 0xFF, ' ', '0', 'B', 'S', 'T', 'E', 'Y', 'N'};
	uint32_t at = chance_below(&chance, 2 * ARRAY_COUNT(known));
	return at < ARRAY_COUNT(known) ? known[at] : (uint8_t)chance_below(&chance, 256);
}

/* Turns bytes behind the first `kept`, cuts the message short, or lengthens it. */
static uint32_t spoil(uint8_t *bytes, uint32_t size, uint32_t kept)
{
	for (uint32_t i = chance_below(&chance, 4); i > 0 && size > kept; i--)
		bytes[kept + chance_below(&chance, size - kept)] = some_byte();
	if (happens(16) && size > kept)
		size = kept + chance_below(&chance, size - kept);
	else if (happens(16))
		bytes[size++] = some_byte();
	return size;
}

/* An option of OUCH 5.0 that nobody asked for, of a length that may be wrong. */
static uint32_t add_option(uint8_t *bytes, uint32_t size)
{
	uint32_t length = 1 + chance_below(&chance, 9), begun = size;
	bytes[size++] = (uint8_t)length;
	bytes[size++] = (uint8_t)chance_below(&chance, 32);
	for (uint32_t i = 1; i < length; i++)
		bytes[size++] = some_byte();
	store_be16(bytes + begun - 2, (uint16_t)(size - begun)); /* of all options */
	return size;
}

static struct ouch_in some_request(void)
{
	uint32_t before = 1 + chance_below(&chance, next_ref);
	struct ouch_in in = rig_order(next_ref);
	switch (chance_below(&chance, 6)) {
	case 0:
		in = rig_replace(before, next_ref, chance_below(&chance, 300), 1630000);
		break;
	case 1:
		return rig_cancel(before, chance_below(&chance, 200));
	default:
		in.symbol = happens(8) ? in.symbol ^ 1 : in.symbol;
		in.side = happens(8) ? some_byte() : (uint8_t) "BBBSTE"[chance_below(&chance, 6)];
		in.price_e4 += in.side == 'B' ? 0 : 500; /* they do not meet */
		break;
	}
	next_ref++;
	return in;
}

/* The first bytes of a request, its type and its number, stay: a number from afar ends a day's numbers. */
static uint32_t some_bytes_of_ouch(uint8_t *bytes)
{
	struct ouch_in in = some_request();
	struct ouch42_in said;
	if (ouch_spoken == ORDERS_OUCH42) {
		snprintf(in.clordid, sizeof in.clordid, "T%u", in.ref);
		snprintf(in.original_clordid, sizeof in.original_clordid, "T%u", in.original_ref);
		return ouch42_inner_say_in(&in, &said) ? ouch42_build_in(bytes, MESSAGE_MAX, &said)
						       : 0;
	}
	uint32_t size = ouch50_build_in(bytes, MESSAGE_MAX, &in);
	if (size > 2 && in.type != 'X' && happens(3))
		size = add_option(bytes, size);
	return size;
}

static void client_says(struct rig *rig)
{
	uint8_t bytes[2 * MESSAGE_MAX] = {0};
	struct rig_peer *client = &rig->clients[0];
	if (!client->is_up)
		rig_client_up(rig, 0);
	uint32_t size = some_bytes_of_ouch(bytes);
	if (size != 0 && happens(3))
		size = spoil(bytes, size, ouch_spoken == ORDERS_OUCH42 ? 15 : 5);
	rig_put(rig, client, SOUP_UNSEQUENCED, bytes, size);
	rig_poll(rig, 1000);
	client->count = 0;
}

/* A value of a field: what it may be, or what it may not. */
static const char *some_value(const char *usual)
{
	static const char *const odd[] = {"0", "1", "2", "5", "6", "7", "8", "9", "A", "Z", "-1",
		"99999999999999999999", "0.0001", "199999.9999", "1.00001", "163.00", "100", "  ",
		"\x7f", "ZVZZT", "AAPL", "NOPE", "."};
	return happens(12) ? odd[chance_below(&chance, ARRAY_COUNT(odd))] : usual;
}

static void add(char *body, const char *tag, const char *usual)
{
	size_t at = strlen(body);
	if (!happens(40))
		snprintf(body + at, 1000 - at, "%s=%s|", tag, some_value(usual));
}

static void add_name(char *body, const char *tag, uint32_t number)
{
	char name[16];
	snprintf(name, sizeof name, "N%u", number);
	add(body, tag, name);
}

static void fix_says(struct rig *rig)
{
	static const char *const types[] = {
		"D", "D", "D", "D", "F", "G", "G", "H", "q", "8", "V", "AE"};
	const char *type = types[chance_below(&chance, ARRAY_COUNT(types))];
	static const char *const more[] = {
		"1", "18", "47", "58", "76", "99", "109", "110", "111", "114", "210", "432", "528"};
	char body[1024] = "", quantity[16];
	bool is_sale = happens(2);
	if (peer.is_closed || peer.connection == CONNECTION_NONE) {
		dial(rig);
		say(rig, "A", logon_words());
	}
	bool is_new = strcmp(type, "D") == 0 || strcmp(type, "G") == 0;
	snprintf(quantity, sizeof quantity, "%u", 1 + chance_below(&chance, 300));
	add_name(body, "11", is_new ? ++next_name : chance_below(&chance, next_name + 1));
	if (strcmp(type, "D") != 0)
		add_name(body, "41", chance_below(&chance, next_name + 1));
	add(body, "21", "1");
	add(body, "55", "AAPL");
	add(body, "54", is_sale ? "2" : "1");
	add(body, "60", "20250102-14:30:00");
	add(body, "38", quantity);
	add(body, "40", "2");
	add(body, "44", is_sale ? "163.05" : "163.00");
	add(body, "59", "0");
	if (happens(4))
		add(body, more[chance_below(&chance, ARRAY_COUNT(more))], "1");
	say(rig, type, body);
	peer.count = 0;
}

/* The venue says what it got, some of it strange: to another number, of another size, of any type. */
static void venue_says(struct rig *rig)
{
	static const char types[] = "ACEUJRFTB";
	struct ouch_in at_venue;
	while (rig_venue_got(rig, &at_venue)) {
		struct ouch_out out = rig_accepted(&at_venue);
		if (at_venue.type == 'X') {
			rig_cancelled(rig, at_venue.ref, happens(2) ? 0 : 100, 'U');
			continue;
		}
		rig_answer(rig, &out);
		if (happens(2))
			rig_execute(rig, &at_venue, 1 + chance_below(&chance, 100), 1630000);
		out.type = (uint8_t)types[chance_below(&chance, sizeof types - 1)];
		out.qty = chance_below(&chance, 400);
		out.code = some_byte();
		out.match = chance_below(&chance, 50);
		if (is_lying && happens(20))
			rig_answer(rig, &out);
	}
}

static void play(uint64_t seed)
{
	chance = (struct chance){seed};
	next_ref = 1;
	next_name = 0;
	ouch_spoken = seed % 2 == 0 ? ORDERS_OUCH50 : ORDERS_OUCH42;
	void *state = NULL;
	open_by(&state, seed / 2 % 2 == 0 ? ORDERS_FIX44 : ORDERS_FIX42, &hooks);
	struct rig *rig = state;
	for (uint32_t i = 0; i < STEPS; i++) {
		is_lying = i > STEPS / 4 * 3;
		rig_market(rig, RIG_AAPL, 1630000, 1630200);
		if (happens(2))
			client_says(rig);
		else
			fix_says(rig);
		venue_says(rig);
		if (happens(100))
			rig_poll(rig, 1000000000);
	}
	rig_close(rig);
}

static void whatever_is_said_the_gate_lives_on_and_its_day_is_replayed(void **state)
{
	const char *only = getenv("SLUICE_SEED");
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS && only == NULL; seed++)
		play(seed);
	if (only != NULL)
		play(strtoull(only, NULL, 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_said_the_gate_lives_on_and_its_day_is_replayed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
