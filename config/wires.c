#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>
#include <strings.h>

static bool refuse_simulator(
	const struct document *d, const struct site_config *site, const char *text)
{
	return document_refuse(d, text,
		"found \"%.64s\" in the production site \"%s\", expected a real port: production "
		"refuses "
		"simulators",
		text, site->name);
}

static bool is_simulated_device(const char *device)
{
	static const char *const simulated[] = {"net_pcap", "net_ring", "net_null"};
	for (size_t i = 0; i < ARRAY_COUNT(simulated); i++) {
		if (strncmp(device, simulated[i], strlen(simulated[i])) == 0)
			return true;
	}
	return false;
}

static bool read_ppm(const struct document *d, const char *text, uint32_t *ppm)
{
	return text == NULL || field_count_u32(d, text, "ppm", 0, 1000000, ppm);
}

/* Two words that only mean something together; text stands for the pair in the refusal. */
static bool check_pair(const struct document *d, const char *text, const char *other,
	const char *name, const char *other_name)
{
	if ((text == NULL) == (other == NULL))
		return true;
	return document_refuse(d, text != NULL ? text : other,
		"found %s without %s, expected both or neither", text != NULL ? name : other_name,
		text != NULL ? other_name : name);
}

/* Faults beyond the first three: none of them need be stated. */
static bool read_more_faults(
	const struct document *d, const struct raw_fault *raw, struct port_config *port)
{
	const char *const spoils[SPOIL_COUNT] = {[SPOIL_RUNT] = raw->runt,
		[SPOIL_CUT] = raw->cut,
		[SPOIL_CHECKSUM] = raw->checksum,
		[SPOIL_LENGTH] = raw->length,
		[SPOIL_VLAN] = raw->vlan,
		[SPOIL_FRAGMENT] = raw->fragment};
	for (size_t i = 0; i < SPOIL_COUNT; i++) {
		if (!read_ppm(d, spoils[i], &port->fault_spoil_ppm[i]))
			return false;
	}
	return check_pair(d, raw->burst, raw->burst_length, "burst", "burst_length") &&
	       check_pair(d, raw->delay, raw->delay_by, "delay", "delay_by") &&
	       read_ppm(d, raw->burst, &port->fault_burst_ppm) &&
	       (raw->burst_length == NULL || field_count_u32(d, raw->burst_length, "frames", 1,
						     65536, &port->fault_burst_frames)) &&
	       read_ppm(d, raw->delay, &port->fault_delay_ppm) &&
	       (raw->delay_by == NULL || field_duration(d, raw->delay_by, &port->fault_delay_ns)) &&
	       (raw->skew == NULL || field_duration(d, raw->skew, &port->fault_skew_ns));
}

static bool read_fault(
	const struct document *d, const struct raw_fault *raw, struct port_config *port)
{
	if (raw == NULL)
		return true;
	port->is_fault = 1;
	return field_count(d, raw->seed, NULL, 0, INT64_MAX, &port->fault_seed) &&
	       field_count_u32(d, raw->loss, "ppm", 0, 1000000, &port->fault_loss_ppm) &&
	       field_count_u32(d, raw->reorder, "ppm", 0, 1000000, &port->fault_reorder_ppm) &&
	       field_count_u32(d, raw->duplicate, "ppm", 0, 1000000, &port->fault_duplicate_ppm) &&
	       read_more_faults(d, raw, port);
}

static bool check_port(const struct document *d, const struct raw_port *raw,
	const struct site_config *site, const struct port_config *port)
{
	for (const struct port_config *other = site->ports; other < port; other++) {
		if (strcmp(other->name, port->name) == 0)
			return document_refuse(d, raw->name,
				"found a second port \"%s\", expected each name once", raw->name);
	}
	if (raw->device[0] == '\0')
		return document_refuse(
			d, raw->device, "found \"\", expected a device or a capture's path");
	if (site->kind != SITE_PRODUCTION)
		return true;
	if (port->kind != PORT_DPDK)
		return refuse_simulator(d, site, raw->kind);
	if (is_simulated_device(raw->device))
		return refuse_simulator(d, site, raw->device);
	if (raw->fault != NULL)
		return document_refuse(d, raw->fault,
			"found faults in the production site \"%s\", expected none: production "
			"refuses simulators",
			site->name);
	return true;
}

static bool read_port(
	const struct document *d, const struct raw_port *raw, struct site_config *site)
{
	static const char *const kinds[] = {"dpdk", "pcap", "sim"};
	static const char *const speeds[] = {"at once", "capture"};
	struct port_config *port = &site->ports[site->port_count];
	unsigned kind, speed = 0;
	if (!field_name(d, raw->name, port->name, sizeof port->name) ||
		!field_choice(d, raw->kind, kinds, ARRAY_COUNT(kinds), &kind) ||
		!field_text(d, raw->device, port->device, sizeof port->device) ||
		(raw->speed != NULL &&
			!field_choice(d, raw->speed, speeds, ARRAY_COUNT(speeds), &speed)) ||
		!read_fault(d, raw->fault, port))
		return false;
	uint32_t queues = 1;
	if (raw->queues != NULL &&
		!field_count_u32(d, raw->queues, NULL, 1, QUEUE_COUNT_MAX, &queues))
		return false;
	if (queues > 1 && kind != 0)
		return document_refuse(d, raw->queues,
			"found %u queues of a port of kind %s, expected one: only a DPDK device "
			"has more",
			queues, raw->kind);
	port->queue_count = (uint8_t)queues;
	port->kind = (uint8_t)(PORT_DPDK + kind);
	port->at_capture_speed = (uint8_t)speed;
	site->port_count++;
	return check_port(d, raw, site, port);
}

static bool read_address(const struct document *d, const char *text, uint32_t *address_ip)
{
	const char *expected = text != NULL ? scalar_address(text, address_ip) : NULL;
	return expected == NULL ||
	       document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
}

static bool read_endpoint(
	const struct document *d, const char *text, uint32_t *address_ip, uint16_t *port)
{
	const char *expected = scalar_endpoint(text, address_ip, port);
	return expected == NULL ||
	       document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
}

static bool read_endpoints6(
	const struct document *d, const struct raw_line *raw, struct line_config *line)
{
	const char *expected = scalar_endpoint6(raw->group, line->group_ip6, &line->udp_port);
	if (expected != NULL)
		return document_refuse(
			d, raw->group, "found \"%.64s\", expected %s", raw->group, expected);
	if (raw->source != NULL)
		expected = scalar_address6(raw->source, line->source_ip6);
	if (expected != NULL)
		return document_refuse(
			d, raw->source, "found \"%.64s\", expected %s", raw->source, expected);
	line->is_ipv6 = 1;
	return raw->interface == NULL ||
	       document_refuse(d, raw->interface,
		       "found the interface \"%.64s\" beside an IPv6 group, expected none: MLD "
		       "speaks from the port's link-local address",
		       raw->interface);
}

/* A group is joined; an address of one machine never is, and nothing would come. */
static bool check_group(
	const struct document *d, const struct raw_line *raw, const struct line_config *line)
{
	bool is_group = line->is_ipv6 ? line->group_ip6[0] == 0xFF : line->group_ip >> 28 == 0xE;
	return is_group || document_refuse(d, raw->group,
				   "found \"%.64s\", expected a multicast group: 224.0.0.0 to "
				   "239.255.255.255, or [ff..]",
				   raw->group);
}

static bool read_line(const struct document *d, const struct raw_line *raw,
	const struct site_config *site, struct line_config *line)
{
	uint8_t port = 0;
	while (port < site->port_count && strcmp(site->ports[port].name, raw->port) != 0)
		port++;
	if (port == site->port_count)
		return document_refuse(d, raw->port,
			"found the port \"%.64s\", expected a name from ports", raw->port);
	line->port = port;
	if (raw->group[0] == '[')
		return read_endpoints6(d, raw, line) && check_group(d, raw, line);
	return read_endpoint(d, raw->group, &line->group_ip, &line->udp_port) &&
	       check_group(d, raw, line) && read_address(d, raw->source, &line->source_ip) &&
	       read_address(d, raw->interface, &line->interface_ip);
}

/* Two lines that take the same packets would count each as the other's duplicate. */
static bool line_is(
	const struct line_config *line, const struct line_config *others, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct line_config *other = &others[i];
		if (other->port == line->port && other->group_ip == line->group_ip &&
			memcmp(other->group_ip6, line->group_ip6, sizeof line->group_ip6) == 0 &&
			other->udp_port == line->udp_port)
			return true;
	}
	return false;
}

static bool check_line(const struct document *d, const struct raw_line *raw,
	const struct site_config *site, const struct line_config *line)
{
	for (unsigned c = 0; c <= site->channel_count; c++) {
		const struct channel_config *channel = &site->channels[c];
		if (line_is(line, channel->lines, channel->line_count) ||
			line_is(line, channel->recovery.replies, channel->recovery.reply_count))
			return document_refuse(d, raw->group,
				"found the group %s on port \"%s\" again, expected each line once",
				raw->group, raw->port);
	}
	return true;
}

/* A channel of a site with several feed stages says whose it is. */
static bool read_channel_stage(const struct document *d, const struct raw_channel *raw,
	const struct site_config *site, struct channel_config *channel)
{
	if (raw->stage == NULL && site->feed_count > 1)
		return document_refuse(d, raw->name,
			"found the channel \"%s\" without a stage, expected one of the %u feed "
			"stages",
			raw->name, site->feed_count);
	if (raw->stage == NULL)
		return true;
	while (channel->stage < site->feed_count &&
		strcmp(site->feeds[channel->stage].name, raw->stage) != 0)
		channel->stage++;
	return channel->stage < site->feed_count ||
	       document_refuse(d, raw->stage,
		       "found the stage \"%.64s\", expected a name from the feed stages",
		       raw->stage);
}

/* A port is polled by one thread, so its lines are of one stage. */
static bool check_line_stage(const struct document *d, const struct raw_line *raw,
	const struct site_config *site, const struct line_config *line)
{
	uint8_t stage = site->channels[site->channel_count].stage;
	for (unsigned c = 0; c < site->channel_count; c++) {
		const struct channel_config *channel = &site->channels[c];
		bool has_port = false;
		for (unsigned i = 0; i < channel->line_count; i++)
			has_port |= channel->lines[i].port == line->port;
		for (unsigned i = 0; i < channel->recovery.reply_count; i++)
			has_port |= channel->recovery.replies[i].port == line->port;
		if (has_port && channel->stage != stage)
			return document_refuse(d, raw->port,
				"found the port \"%s\" in channels of two stages, expected each "
				"port "
				"in one: give each stage ports of its own",
				raw->port);
	}
	return true;
}

/* read_lines reads lines of a channel into its own table; *count is raised as they come, so that each is held against those
   before it. */
static bool read_lines(const struct document *d, const struct raw_line *raw, unsigned raw_count,
	const struct site_config *site, struct line_config *lines, uint8_t *count)
{
	for (unsigned i = 0; i < raw_count; i++) {
		if (!read_line(d, &raw[i], site, &lines[i]) ||
			!check_line(d, &raw[i], site, &lines[i]) ||
			!check_line_stage(d, &raw[i], site, &lines[i]))
			return false;
		++*count;
	}
	return true;
}

static bool read_channel(
	const struct document *d, const struct raw_channel *raw, struct site_config *site)
{
	struct channel_config *channel = &site->channels[site->channel_count];
	if (!field_name(d, raw->name, channel->name, sizeof channel->name) ||
		!field_duration(d, raw->max_silence, &channel->max_silence_ns))
		return false;
	for (unsigned i = 0; i < site->channel_count; i++) {
		if (strcmp(site->channels[i].name, channel->name) == 0)
			return document_refuse(d, raw->name,
				"found a second channel \"%s\", expected each name once",
				raw->name);
	}
	if (!protocol_read(d, raw, channel))
		return false;
	if (raw->new_session != NULL) {
		static const char *const rules[] = {"refuse", "adopt"};
		unsigned rule;
		if (!field_choice(d, raw->new_session, rules, ARRAY_COUNT(rules), &rule))
			return false;
		if (rule == 1 && raw->session != NULL)
			return document_refuse(d, raw->new_session,
				"found \"adopt\" beside the session \"%s\", expected one of them: "
				"a "
				"named session is the only one taken",
				raw->session);
		channel->is_session_adopted = (uint8_t)rule;
	}
	if (!read_channel_stage(d, raw, site, channel))
		return false;
	if (!recovery_read(d, raw->recovery, site, &channel->recovery) ||
		!protocol_check(d, raw, channel))
		return false;
	if (!read_lines(
		    d, raw->lines, raw->lines_count, site, channel->lines, &channel->line_count))
		return false;
	const struct raw_requests *requests =
		raw->recovery != NULL ? raw->recovery->requests : NULL;
	if (requests != NULL && !read_lines(d, requests->lines, requests->lines_count, site,
					channel->recovery.replies, &channel->recovery.reply_count))
		return false;
	site->channel_count++;
	return true;
}

static bool check_venue(const struct document *d, const struct raw_venue *raw,
	const struct site_config *site, const struct venue_config *venue)
{
	for (const struct venue_config *other = site->venues; other < venue; other++) {
		if (strcmp(other->name, venue->name) == 0)
			return document_refuse(d, raw->name,
				"found a second venue \"%s\", expected each name once", raw->name);
		if (other->session_id == venue->session_id)
			return document_refuse(d, raw->session_id,
				"found session id %s again, expected one that no other session has",
				raw->session_id);
	}
	if (venue->timeout_ns <= venue->heartbeat_ns)
		return document_refuse(d, raw->timeout,
			"found a timeout of %s, expected longer than the heartbeat of %s",
			raw->timeout, raw->heartbeat);
	return true;
}

bool fix_peer_read(const struct document *d, const struct raw_fix_peer *raw, struct fix_peer *peer)
{
	static const char *const resets[] = {
		[RESET_KEPT] = "kept", [RESET_ASKED] = "asked", [RESET_DAILY] = "daily"};
	unsigned reset = 0;
	bool is_fix = raw->protocol == ORDERS_FIX42 || raw->protocol == ORDERS_FIX44;
	bool has_any = raw->comp_id != NULL || raw->our_comp_id != NULL || raw->reset != NULL ||
		       raw->timestamps != NULL;
	bool has_all = raw->comp_id != NULL && raw->our_comp_id != NULL && raw->reset != NULL;
	if (!is_fix && !has_any)
		return true;
	if (is_fix != has_all || is_fix != has_any)
		return document_refuse(d, raw->name,
			"found %s \"%s\" of %s, expected comp_id, our_comp_id and reset (and "
			"timestamps, if wanted) with fix42 and fix44, and none of them with "
			"another protocol",
			raw->who, raw->name,
			order_protocol_name((enum order_protocol)raw->protocol));
	if (raw->heartbeat_ns % 1000000000u != 0)
		return document_refuse(d, raw->heartbeat,
			"found %s, expected whole seconds: FIX tells its heartbeats so",
			raw->heartbeat);
	if (!field_name(d, raw->comp_id, peer->comp_id, sizeof peer->comp_id) ||
		!field_name(d, raw->our_comp_id, peer->our_comp_id, sizeof peer->our_comp_id) ||
		!field_choice(d, raw->reset, resets, ARRAY_COUNT(resets), &reset) ||
		!fix_times_read(d, raw->timestamps, &peer->times))
		return false;
	if (reset == RESET_DAILY && !raw->has_calendar)
		return document_refuse(d, raw->reset,
			"found reset daily and no calendar, expected the `calendar:` by whose days "
			"the numbers begin anew");
	peer->reset = (uint8_t)reset;
	return true;
}

static bool read_venue_fix(const struct document *d, const struct raw_venue *raw, bool has_calendar,
	struct venue_config *venue)
{
	const struct raw_fix_peer words = {.who = "venue",
		.name = raw->name,
		.comp_id = raw->comp_id,
		.our_comp_id = raw->our_comp_id,
		.reset = raw->reset,
		.timestamps = raw->timestamps,
		.heartbeat = raw->heartbeat,
		.heartbeat_ns = venue->heartbeat_ns,
		.protocol = venue->protocol,
		.has_calendar = has_calendar};
	return fix_peer_read(d, &words, &venue->fix);
}

static bool read_login_tries(const struct document *d, const char *text, struct venue_config *venue)
{
	venue->login_tries = LOGIN_TRIES_DEFAULT;
	return text == NULL || field_count_u32(d, text, NULL, 1, 1000, &venue->login_tries);
}

static bool read_venue(
	const struct document *d, const struct raw_venue *raw, struct site_config *site)
{
	struct venue_config *venue = &site->venues[site->venue_count];
	uint32_t address_ip;
	if (!field_name(d, raw->name, venue->name, sizeof venue->name) ||
		!field_count_u32(
			d, raw->session_id, NULL, 1, SESSION_COUNT_MAX - 1, &venue->session_id) ||
		!order_protocol_read(d, raw->protocol, &venue->protocol) ||
		!read_endpoint(d, raw->address, &address_ip, &venue->tcp_port) ||
		!field_name(d, raw->username, venue->username, sizeof venue->username) ||
		!password_read(d, site, raw->username, raw->password, raw->password_file,
			venue->password) ||
		!read_login_tries(d, raw->login_tries, venue) ||
		(raw->firm != NULL && !field_name(d, raw->firm, venue->firm, sizeof venue->firm)) ||
		!field_duration(d, raw->heartbeat, &venue->heartbeat_ns) ||
		!field_duration(d, raw->timeout, &venue->timeout_ns) ||
		!calendar_read(d, raw->calendar, &venue->calendar) ||
		!read_venue_fix(
			d, raw, (site->calendar.weekdays | venue->calendar.weekdays) != 0, venue) ||
		!fees_read(d, raw->fees, site, raw->name, &venue->fees))
		return false;
	snprintf(venue->address, sizeof venue->address, "%.*s", (int)strcspn(raw->address, ":"),
		raw->address);
	if (!tls_venue_read(d, raw->tls, site, venue->name, venue->address, &venue->tls))
		return false;
	site->venue_count++;
	return check_venue(d, raw, site, venue);
}

bool wires_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	for (unsigned i = 0; i < raw->ports_count; i++) {
		if (!read_port(d, &raw->ports[i], site))
			return false;
	}
	for (unsigned i = 0; i < raw->channels_count; i++) {
		if (!read_channel(d, &raw->channels[i], site))
			return false;
	}
	for (unsigned i = 0; i < raw->venues_count; i++) {
		if (!read_venue(d, &raw->venues[i], site))
			return false;
	}
	return true;
}
