/* membership.c - see membership.h. */
#include "dataplane/feed/membership.h"

/* Where general queries go (RFC 3376, 4.1.12; RFC 3810, 5.1.15), by family. */
static const uint8_t query_macs[2][6] = {
	{0x01, 0x00, 0x5E, 0x00, 0x00, 0x01}, {0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};

void membership_init(struct membership *membership, struct port *port, uint64_t seed)
{
	memset(membership, 0, sizeof *membership);
	membership->port = port;
	membership->seed = seed;
	membership->due_ns = UINT64_MAX;
	if (!port_mac(port, membership->mac))
		membership->mac[0] = 0x02; /* local, and completed by the first group's interface */
}

static bool group_is_multicast(const struct group *group)
{
	return group->is_ipv6 ? group->ip6[0] == 0xFF : group->ip >> 28 == 0xE;
}

static bool group_equals(const struct group *a, const struct group *b)
{
	return a->is_ipv6 == b->is_ipv6 && a->ip == b->ip && a->source_ip == b->source_ip &&
	       memcmp(a->ip6, b->ip6, sizeof a->ip6) == 0 &&
	       memcmp(a->source_ip6, b->source_ip6, sizeof a->source_ip6) == 0;
}

void membership_add(struct membership *membership, const struct line_config *line)
{
	struct group group = {
		.is_ipv6 = line->is_ipv6 != 0, .ip = line->group_ip, .source_ip = line->source_ip};
	memcpy(group.ip6, line->group_ip6, sizeof group.ip6);
	memcpy(group.source_ip6, line->source_ip6, sizeof group.source_ip6);
	if (!group_is_multicast(&group))
		return;
	for (uint32_t i = 0; i < membership->count; i++)
		if (group_equals(&membership->groups[i].group, &group))
			return;
	CHECK(membership->count < MEMBERSHIP_COUNT_MAX);
	if (membership->mac[0] == 0x02 && load_be32(membership->mac + 2) == 0)
		store_be32(membership->mac + 2, line->interface_ip);
	membership->groups[membership->count++] = (struct membership_group){
		.group = group,
		.interface_ip = line->interface_ip,
	};
}

void membership_filter(const struct membership *membership, bool takes_any)
{
	uint8_t macs[PORT_FILTER_COUNT_MAX][6];
	uint32_t count = 0;
	_Static_assert(
		MEMBERSHIP_COUNT_MAX + 2 <= PORT_FILTER_COUNT_MAX, "all groups and both queries");
	memcpy(macs[count++], query_macs[0], 6);
	memcpy(macs[count++], query_macs[1], 6);
	for (uint32_t i = 0; i < membership->count; i++) {
		uint32_t known = 0;
		group_mac(&membership->groups[i].group, macs[count]);
		while (memcmp(macs[known], macs[count], 6) != 0)
			known++;
		count += known == count;
	}
	port_filter(membership->port, macs[0], takes_any ? 0 : count);
}

/* delay_draw gives a time below bound_ns: a hash of the seed and of how many were drawn before (the
   finishing steps of splitmix64). */
static uint64_t delay_draw(struct membership *membership, uint64_t bound_ns)
{
	uint64_t x = membership->seed + ++membership->draws * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return bound_ns != 0 ? x % bound_ns : 0;
}

static int version_now(const struct membership *membership, bool is_ipv6, uint64_t now_ns)
{
	bool is_older = now_ns < membership->older_until_ns[is_ipv6];
	return is_older ? membership->older_version[is_ipv6] : GROUP_VERSION_MAX;
}

static void report_send(struct membership *membership, const struct membership_group *group,
	enum group_news news, uint64_t now_ns)
{
	uint8_t frame[GROUP_REPORT_BYTES_MAX];
	uint32_t size =
		group_build_report(frame, sizeof frame, membership->mac, group->interface_ip,
			&group->group, news, version_now(membership, group->group.is_ipv6, now_ns));
	if (size != 0 && port_tx(membership->port, frame, size))
		membership->reports++;
}

static void due_note(struct membership *membership, uint64_t due_ns)
{
	if (due_ns != 0 && due_ns < membership->due_ns)
		membership->due_ns = due_ns;
}

void membership_join(struct membership *membership, uint64_t now_ns)
{
	bool is_first = !membership->has_joined;
	membership->has_joined = true;
	membership->joined_ns = now_ns;
	for (uint32_t i = 0; i < membership->count; i++) {
		struct membership_group *group = &membership->groups[i];
		report_send(membership, group, GROUP_JOIN, now_ns);
		if (!is_first)
			continue;
		group->repeat_ns = now_ns + 1 + delay_draw(membership, MEMBERSHIP_REPEAT_NS);
		due_note(membership, group->repeat_ns);
	}
}

bool membership_on_frame(
	struct membership *membership, const uint8_t *frame, uint32_t size_bytes, uint64_t now_ns)
{
	struct group_query query;
	if (!group_parse_query(frame, size_bytes, &query))
		return false;
	membership->queries++;
	if (query.version < GROUP_VERSION_MAX) {
		/* The oldest router there is decides. */
		if (query.version <= version_now(membership, query.is_ipv6, now_ns)) {
			membership->older_version[query.is_ipv6] = query.version;
			membership->older_until_ns[query.is_ipv6] = now_ns + MEMBERSHIP_OLDER_NS;
		}
	}
	for (uint32_t i = 0; i < membership->count; i++) {
		struct membership_group *group = &membership->groups[i];
		if (!group_is_asked(&query, &group->group))
			continue;
		uint64_t due_ns = now_ns + 1 + delay_draw(membership, query.max_response_ns);
		if (group->answer_ns == 0 || due_ns < group->answer_ns)
			group->answer_ns = due_ns;
		due_note(membership, group->answer_ns);
	}
	return true;
}

void membership_turn(struct membership *membership, uint64_t now_ns)
{
	if (UNLIKELY(!membership->has_joined ||
		     now_ns - membership->joined_ns >= MEMBERSHIP_PERIOD_NS))
		membership_join(membership, now_ns);
	if (LIKELY(now_ns < membership->due_ns))
		return;
	membership->due_ns = UINT64_MAX;
	for (uint32_t i = 0; i < membership->count; i++) {
		struct membership_group *group = &membership->groups[i];
		if (group->answer_ns != 0 && group->answer_ns <= now_ns) {
			report_send(membership, group, GROUP_IS, now_ns);
			group->answer_ns = 0;
		}
		if (group->repeat_ns != 0 && group->repeat_ns <= now_ns) {
			report_send(membership, group, GROUP_JOIN, now_ns);
			group->repeat_ns = 0;
		}
		due_note(membership, group->answer_ns);
		due_note(membership, group->repeat_ns);
	}
}

void membership_leave(struct membership *membership, uint64_t now_ns)
{
	if (!membership->has_joined)
		return;
	for (uint32_t i = 0; i < membership->count; i++)
		report_send(membership, &membership->groups[i], GROUP_LEAVE, now_ns);
	membership->has_joined = false;
}
