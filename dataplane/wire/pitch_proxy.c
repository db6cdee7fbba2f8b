/* pitch_proxy.c - see pitch_proxy.h.  Offsets are those of pitch_proxy.def. */
#include "dataplane/wire/pitch_proxy.h"

#define PITCH_MESSAGE(type, name, size)                                                            \
	static const struct little_field fields_##name[] = {                                       \
		{"length", 0, 1, 'U'}, {"message_type", 1, 1, 'U'},
#define PITCH_FIELD(name, offset, bytes, kind) {#name, offset, bytes, #kind[0]},
#define PITCH_END                                                                                  \
	}                                                                                          \
	;
#include "dataplane/wire/pitch_proxy.def"
#undef PITCH_MESSAGE
#undef PITCH_FIELD
#undef PITCH_END

#define PITCH_FIELD(name, offset, bytes, kind)
#define PITCH_END

static const uint8_t sizes[256] = {
#define PITCH_MESSAGE(type, name, size) [type] = size,
#include "dataplane/wire/pitch_proxy.def"
#undef PITCH_MESSAGE
};

uint32_t pitch_proxy_fields(
	uint8_t type, const struct little_field **fields, const char **message_name)
{
	switch (type) {
#define PITCH_MESSAGE(code, name, size)                                                            \
	case code:                                                                                 \
		*fields = fields_##name;                                                           \
		*message_name = #name;                                                             \
		return ARRAY_COUNT(fields_##name);
#include "dataplane/wire/pitch_proxy.def"
#undef PITCH_MESSAGE
	default:
		return 0;
	}
}

bool pitch_proxy_is(uint8_t type)
{
	return sizes[type] != 0;
}

bool pitch_proxy_parse(
	const uint8_t *message, uint32_t size_bytes, struct pitch_proxy_message *said)
{
	memset(said, 0, sizeof *said);
	if (size_bytes < 2 || sizes[message[1]] == 0 || size_bytes < sizes[message[1]])
		return false;
	said->type = message[1];
	switch (said->type) {
	case PITCH_PROXY_LOGIN:
		return true;
	case PITCH_PROXY_LOGIN_RESPONSE:
		said->status = message[2];
		return true;
	case PITCH_PROXY_GAP_RESPONSE:
		said->status = message[9];
		/* fall through */
	case PITCH_PROXY_GAP_REQUEST:
		said->unit = message[2];
		said->sequence = little_load32(message + 3);
		said->count = little_load16(message + 7);
		return true;
	case PITCH_PROXY_SPIN_RESPONSE:
		said->count = little_load32(message + 6);
		said->status = message[10];
		/* fall through */
	default: /* all that is left begins with a number */
		said->sequence = little_load32(message + 2);
		return true;
	}
}

static uint32_t message_begin(uint8_t *out, uint8_t type)
{
	out[0] = sizes[type];
	out[1] = type;
	return sizes[type];
}

static void store_text(uint8_t *field, const char *text, size_t bytes)
{
	memset(field, ' ', bytes);
	memcpy(field, text, strnlen(text, bytes));
}

uint32_t pitch_proxy_login(uint8_t out[PITCH_PROXY_SIZE_MAX], const char *session_sub_id,
	const char *username, const char *password)
{
	store_text(out + 2, session_sub_id, 4);
	store_text(out + 6, username, 4);
	store_text(out + 10, "", 2);
	store_text(out + 12, password, 10);
	return message_begin(out, PITCH_PROXY_LOGIN);
}

uint32_t pitch_proxy_gap_request(
	uint8_t out[PITCH_PROXY_SIZE_MAX], uint8_t unit, uint32_t sequence, uint16_t count)
{
	out[2] = unit;
	little_store32(out + 3, sequence);
	little_store16(out + 7, count);
	return message_begin(out, PITCH_PROXY_GAP_REQUEST);
}

uint32_t pitch_proxy_spin_request(uint8_t out[PITCH_PROXY_SIZE_MAX], uint32_t sequence)
{
	little_store32(out + 2, sequence);
	return message_begin(out, PITCH_PROXY_SPIN_REQUEST);
}

uint32_t pitch_proxy_answer(
	uint8_t out[PITCH_PROXY_SIZE_MAX], const struct pitch_proxy_message *said)
{
	switch (said->type) {
	case PITCH_PROXY_LOGIN_RESPONSE:
		out[2] = said->status;
		break;
	case PITCH_PROXY_GAP_RESPONSE:
		pitch_proxy_gap_request(out, said->unit, said->sequence, (uint16_t)said->count);
		out[9] = said->status;
		break;
	case PITCH_PROXY_SPIN_RESPONSE:
		little_store32(out + 6, said->count);
		out[10] = said->status;
		/* fall through */
	case PITCH_PROXY_IMAGE:
	case PITCH_PROXY_SPIN_FINISHED:
		little_store32(out + 2, said->sequence);
		break;
	default:
		return 0;
	}
	return message_begin(out, said->type);
}

uint32_t pitch_proxy_packet(
	uint8_t out[PITCH_PROXY_PACKET_BYTES], const uint8_t *message, uint32_t size_bytes)
{
	uint32_t size = pitch_unit_begin(out, 0, 0);
	if (message == NULL)
		return size;
	return pitch_unit_append(
		out, size, PITCH_PROXY_PACKET_BYTES, message, (uint16_t)size_bytes);
}

bool pitch_proxy_logs_in(const uint8_t *message, uint32_t size_bytes, const char *session_sub_id,
	const char *username, const char *password)
{
	uint8_t wanted[PITCH_PROXY_SIZE_MAX];
	uint32_t size = pitch_proxy_login(wanted, session_sub_id, username, password);
	return size_bytes >= size && memcmp(message + 1, wanted + 1, size - 1) == 0;
}
