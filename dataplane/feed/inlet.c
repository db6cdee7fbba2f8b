/* inlet.c - see inlet.h. */
#include "dataplane/feed/inlet.h"

void inlet_init(struct inlet *inlet, struct port *port, struct port_page *page,
	struct metrics *metrics, uint64_t seed)
{
	memset(inlet, 0, sizeof *inlet);
	inlet->port = port;
	inlet->page = page;
	inlet->metrics = metrics;
	inlet->was_up = true;
	membership_init(&inlet->membership, port, seed);
}

void inlet_add(
	struct inlet *inlet, const struct line_config *line, uint8_t channel, uint8_t line_index)
{
	static const uint8_t any[IPV6_ADDRESS_BYTES];
	CHECK(inlet->line_count < ARRAY_COUNT(inlet->lines));
	struct line_key *key = &inlet->lines[inlet->line_count++];
	*key = (struct line_key){.group_ip = line->group_ip,
		.source_ip = line->source_ip,
		.udp_port = line->udp_port,
		.channel = channel,
		.line = line_index,
		.is_ipv6 = line->is_ipv6 != 0,
		.has_source6 = memcmp(line->source_ip6, any, sizeof any) != 0};
	memcpy(key->group_ip6, line->group_ip6, sizeof key->group_ip6);
	memcpy(key->source_ip6, line->source_ip6, sizeof key->source_ip6);
	inlet->takes_any |= !key->is_ipv6 && key->group_ip == 0;
	membership_add(&inlet->membership, line);
}

void inlet_listen(struct inlet *inlet)
{
	membership_filter(&inlet->membership, inlet->takes_any);
	inlet_ask(inlet);
}

static bool group_matches(const struct line_key *key, const struct net_udp *udp)
{
	if (key->udp_port != udp->target_port || key->is_ipv6 != (udp->target_ip6 != NULL))
		return false;
	return key->is_ipv6 ? memcmp(key->group_ip6, udp->target_ip6, IPV6_ADDRESS_BYTES) == 0
			    : key->group_ip == 0 || key->group_ip == udp->target_ip;
}

static bool source_matches(const struct line_key *key, const struct net_udp *udp)
{
	if (key->is_ipv6)
		return !key->has_source6 ||
		       memcmp(key->source_ip6, udp->source_ip6, IPV6_ADDRESS_BYTES) == 0;
	return key->source_ip == 0 || key->source_ip == udp->source_ip;
}

/* frame_refuse counts a frame that holds no UDP datagram; a query of the network is taken note of. */
static void frame_refuse(
	struct inlet *inlet, const struct packet *frame, enum net_verdict verdict, uint64_t now_ns)
{
	static const struct {
		uint8_t metric, word;
	} counters[] = {
		[NET_OK] = {METRIC_feed_queries, PORT_WORD_queries},
		[NET_NOT_UDP] = {METRIC_feed_not_udp, PORT_WORD_not_udp},
		[NET_FRAGMENT] = {METRIC_feed_fragments, PORT_WORD_fragments},
		[NET_TRUNCATED] = {METRIC_feed_bad_frame, PORT_WORD_bad_frames},
		[NET_BAD_HEADER] = {METRIC_feed_bad_frame, PORT_WORD_bad_frames},
	};
	if (verdict == NET_NOT_UDP &&
		membership_on_frame(&inlet->membership, frame->bytes, frame->size_bytes, now_ns))
		verdict = NET_OK;
	metrics_add(inlet->metrics, counters[verdict].metric, 1);
	port_page_add(inlet->page, counters[verdict].word, 1);
}

const struct line_key *inlet_look(
	struct inlet *inlet, const struct packet *frame, struct net_udp *udp, uint64_t now_ns)
{
	enum net_verdict verdict = frame->size_bytes <= PACKET_BYTES_MAX
					   ? net_parse(frame->bytes, frame->size_bytes, udp)
					   : NET_TRUNCATED;
	inlet->stranger = NULL;
	if (UNLIKELY(verdict != NET_OK)) {
		frame_refuse(inlet, frame, verdict, now_ns);
		return NULL;
	}
	for (uint32_t i = 0; i < inlet->line_count; i++) {
		const struct line_key *key = &inlet->lines[i];
		if (!group_matches(key, udp))
			continue;
		if (LIKELY(source_matches(key, udp)))
			return key;
		inlet->stranger = key;
	}
	metrics_add(inlet->metrics, METRIC_feed_strangers, inlet->stranger != NULL);
	metrics_add(inlet->metrics, METRIC_feed_not_ours, 1);
	port_page_add(inlet->page, PORT_WORD_not_ours, 1);
	return NULL;
}

const struct line_key *inlet_stranger_of(const struct inlet *inlet)
{
	return inlet->stranger;
}

void inlet_took(struct inlet *inlet, uint32_t count, uint32_t delivered, uint64_t bytes)
{
	metrics_add(inlet->metrics, METRIC_feed_packets, count);
	metrics_add(inlet->metrics, METRIC_feed_bytes, bytes);
	port_page_add(inlet->page, PORT_WORD_frames, count);
	port_page_add(inlet->page, PORT_WORD_bytes, bytes);
	port_page_add(inlet->page, PORT_WORD_delivered, delivered);
}

void inlet_ask(struct inlet *inlet)
{
	struct port_stats stats = {0};
	struct port_page *page = inlet->page;
	port_get_stats(inlet->port, &stats);
	bool is_up = stats.link_up != 0;
	port_page_set(page, PORT_WORD_missed, stats.rx_missed);
	port_page_set(page, PORT_WORD_no_buffer, stats.rx_no_buffer);
	port_page_set(page, PORT_WORD_errors, stats.rx_errors);
	port_page_set(page, PORT_WORD_fault_lost, stats.fault_lost);
	port_page_set(page, PORT_WORD_fault_added, stats.fault_duplicated);
	port_page_set(page, PORT_WORD_fault_spoilt, stats.fault_spoilt);
	port_page_set(page, PORT_WORD_reports, inlet->membership.reports);
	port_page_set(page, PORT_WORD_ring_used, stats.ring_used);
	port_page_set(page, PORT_WORD_ring_size, stats.ring_size);
	port_page_set(page, PORT_WORD_time_source, stats.time_source);
	port_page_set(page, PORT_WORD_link_up, is_up);
	if (inlet->was_up && !is_up)
		port_page_add(page, PORT_WORD_link_downs, 1);
	inlet->was_up = is_up;
	inlet->time_source = stats.time_source;
}
