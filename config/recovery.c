#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

/* What nobody configures holds for the site too: two lines a moment apart are merged. */
static const struct recovery_config recovery_none = {
	.wait_ns = 2000000, .hold_packets = HOLD_PACKET_COUNT_MIN};

static bool read_bounded(const struct document *d, const char *text, uint64_t high_ns,
	const char *high, uint64_t *duration_ns)
{
	if (!field_duration(d, text, duration_ns))
		return false;
	return *duration_ns <= high_ns ||
	       document_refuse(d, text, "found \"%s\", expected at most %s", text, high);
}

static bool read_login(const struct document *d, const struct raw_requests *raw,
	const struct site_config *site, struct recovery_config *recovery)
{
	const char *any = raw->password != NULL ? raw->password : raw->password_file;
	if (raw->username == NULL && any == NULL)
		return true;
	if (raw->username == NULL)
		return document_refuse(
			d, any, "found a password without a username, expected both or neither");
	return field_name(d, raw->username, recovery->request_username,
		       sizeof recovery->request_username) &&
	       password_read(d, site, raw->username, raw->password, raw->password_file,
		       recovery->request_password);
}

static bool read_requests(const struct document *d, const struct raw_requests *raw,
	const struct site_config *site, struct recovery_config *recovery)
{
	for (unsigned i = 0; i < raw->servers_count; i++) {
		struct endpoint *server = &recovery->servers[i];
		const char *expected = scalar_endpoint(raw->servers[i], &server->ip, &server->port);
		if (expected != NULL)
			return document_refuse(d, raw->servers[i], "found \"%.64s\", expected %s",
				raw->servers[i], expected);
	}
	uint32_t messages = 0;
	recovery->server_count = (uint8_t)raw->servers_count;
	recovery->has_requests = 1;
	if (!field_count_u32(d, raw->messages, "messages", 1, 65534, &messages) ||
		!field_count_u32(
			d, raw->reach, "messages", 1, UINT32_MAX, &recovery->request_reach) ||
		!field_count_u32(d, raw->rate, "per s", 1, 100000, &recovery->requests_per_s) ||
		!field_count_u32(d, raw->tries, NULL, 1, 1000, &recovery->request_tries) ||
		!read_bounded(
			d, raw->timeout, 60000000000, "60 s", &recovery->request_timeout_ns) ||
		!read_bounded(d, raw->within, 3600000000000, "1 h", &recovery->request_within_ns))
		return false;
	recovery->request_messages = (uint16_t)messages;
	return read_login(d, raw, site, recovery) &&
	       (raw->sub_id == NULL || field_name(d, raw->sub_id, recovery->request_sub_id,
					       sizeof recovery->request_sub_id));
}

static bool read_snapshot(const struct document *d, const struct raw_snapshot *raw,
	const struct site_config *site, struct recovery_config *recovery)
{
	static const char *const sessions[] = {"any", "same"};
	uint32_t ip;
	unsigned session = 0;
	const char *expected = scalar_endpoint(raw->address, &ip, &recovery->snapshot_port);
	if (expected != NULL)
		return document_refuse(
			d, raw->address, "found \"%.64s\", expected %s", raw->address, expected);
	snprintf(recovery->snapshot_address, sizeof recovery->snapshot_address, "%.*s",
		(int)strcspn(raw->address, ":"), raw->address);
	recovery->has_snapshot = 1;
	if (raw->session != NULL &&
		!field_choice(d, raw->session, sessions, ARRAY_COUNT(sessions), &session))
		return false;
	recovery->is_snapshot_session_same = (uint8_t)session;
	return (raw->sub_id == NULL || field_name(d, raw->sub_id, recovery->snapshot_sub_id,
					       sizeof recovery->snapshot_sub_id)) &&
	       field_name(d, raw->username, recovery->snapshot_username,
		       sizeof recovery->snapshot_username) &&
	       password_read(d, site, raw->username, raw->password, raw->password_file,
		       recovery->snapshot_password) &&
	       field_count_u32(d, raw->tries, NULL, 1, 100, &recovery->snapshot_tries) &&
	       read_bounded(d, raw->timeout, 60000000000, "60 s", &recovery->snapshot_timeout_ns);
}

bool recovery_read(const struct document *d, const struct raw_recovery *raw,
	const struct site_config *site, struct recovery_config *recovery)
{
	*recovery = recovery_none;
	if (raw == NULL)
		return true;
	recovery->is_configured = 1;
	if (raw->requests == NULL && raw->snapshot == NULL)
		return document_refuse(d, raw,
			"found a recovery with neither requests nor a snapshot, expected one of "
			"them "
			"or no recovery at all");
	if (raw->again != NULL && raw->snapshot == NULL)
		return document_refuse(d, raw->again,
			"found \"%s\", expected none without a snapshot: only a snapshot mends "
			"books that went on behind a loss",
			raw->again);
	return read_bounded(d, raw->wait, 10000000000, "10 s", &recovery->wait_ns) &&
	       field_count_u32(d, raw->hold, "packets", HOLD_PACKET_COUNT_MIN,
		       HOLD_PACKET_COUNT_MAX, &recovery->hold_packets) &&
	       (raw->again == NULL || field_duration(d, raw->again, &recovery->again_ns)) &&
	       (raw->requests == NULL || read_requests(d, raw->requests, site, recovery)) &&
	       (raw->snapshot == NULL || read_snapshot(d, raw->snapshot, site, recovery));
}
