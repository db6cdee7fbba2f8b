#include "drivers/port/port_pcap.h"

#include "drivers/machine/log.h"
#include "drivers/machine/memory.h"
#include "drivers/port/capture_look.h"
#include "drivers/port/port_pace.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

struct port_pcap {
	struct port port;
	pcap_t *capture;
	struct port_stats stats;
	char path[sizeof((struct port_config *)0)->device];
	bool is_paced;
	struct pace pace;
	struct packet ahead; /* read but not yet due; its bytes are libpcap's; NULL: none */
	uint8_t bytes[BURST_COUNT_MAX * (PACKET_BYTES_MAX + CACHE_LINE_BYTES)];
};

/* pcap_time_ns reads a timestamp as the file has it; a value no calendar has becomes 0. */
static uint64_t pcap_time_ns(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec, ns = header->ts.tv_usec;
	if (seconds < 0 || seconds > INT64_MAX / 1000000000 - 1 || ns < 0 || ns >= 1000000000)
		return 0;
	return (uint64_t)seconds * 1000000000u + (uint64_t)ns;
}

/* What libpcap does not read on from is the end; whoever plays the file is told of it once. */
static void pcap_end(struct port_pcap *p, int result)
{
	p->stats.at_end = 1;
	if (result == PCAP_ERROR_BREAK)
		return;
	p->stats.rx_errors++;
	log_write(LOG_LEVEL_ERROR, "port",
		"port %s: '%s', record %" PRIu64
		": found \"%s\", expected one more packet or the end of the file: what comes "
		"behind it is not played",
		p->port.name, p->path, p->stats.rx_packets + p->stats.rx_errors,
		pcap_geterr(p->capture));
}

/* pcap_read reads one record into ahead, which stays empty if the record cannot be delivered.
   false: the file is at its end. */
static bool pcap_read(struct port_pcap *p)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	if (p->stats.at_end)
		return false;
	int result = pcap_next_ex(p->capture, &header, &bytes);
	if (result != 1) { /* port_pcap (1) */
		pcap_end(p, result);
		return false;
	}
	if (header->caplen > PACKET_BYTES_MAX) { /* port_pcap (2) */
		p->stats.rx_errors++;
		return true;
	}
	p->ahead = (struct packet){
		.bytes = bytes,
		.size_bytes = header->caplen,
		.wire_bytes = header->len > header->caplen ? header->len : header->caplen,
		.time_ns = pcap_time_ns(header),
	};
	return true;
}

static uint32_t port_pcap_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct port_pcap *p = (struct port_pcap *)port;
	uint32_t count = 0, at = 0;
	if (max > BURST_COUNT_MAX)
		max = BURST_COUNT_MAX;
	/* Records that cannot be delivered count as well, so that a burst's work has a bound. */
	for (uint32_t tries = 0; tries < max; tries++) {
		if (p->ahead.bytes == NULL && !pcap_read(p))
			break;
		if (p->ahead.bytes == NULL)
			continue;
		if (p->is_paced && !pace_is_due(&p->pace, p->ahead.time_ns, now_ns))
			break;
		/* libpcap overwrites its buffer with the next record; the burst needs all of them. */
		packets[count] = p->ahead;
		packets[count].bytes = p->bytes + at;
		memcpy(p->bytes + at, p->ahead.bytes, p->ahead.size_bytes);
		capture_fill(p->bytes + at, p->ahead.size_bytes); /* port_pcap (3) */
		at += (p->ahead.size_bytes + CACHE_LINE_BYTES) / CACHE_LINE_BYTES *
		      CACHE_LINE_BYTES;
		p->stats.rx_packets++;
		p->stats.rx_bytes += p->ahead.size_bytes;
		p->ahead.bytes = NULL;
		count++;
	}
	return count;
}

static bool port_pcap_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)port, (void)bytes, (void)size_bytes;
	return false; /* a capture has no other end */
}

static void port_pcap_stats(struct port *port, struct port_stats *stats)
{
	*stats = ((struct port_pcap *)port)->stats;
}

static void port_pcap_close(struct port *port)
{
	struct port_pcap *p = (struct port_pcap *)port;
	pcap_close(p->capture);
	memory_return(p, sizeof *p);
}

static const struct port_ops port_pcap_ops = {
	.rx_burst = port_pcap_rx_burst,
	.tx = port_pcap_tx,
	.stats = port_pcap_stats,
	.close = port_pcap_close,
};

struct port *port_pcap_open(const struct port_config *config, struct config_error *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "", why[CAPTURE_LOOK_BYTES];
	if (!capture_look(config->device, why)) {
		snprintf(error->text, sizeof error->text, "port %s: %s; the file is '%s'",
			config->name, why, config->device);
		return NULL;
	}
	pcap_t *capture = pcap_open_offline_with_tstamp_precision(
		config->device, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (capture == NULL) {
		snprintf(error->text, sizeof error->text,
			"port %s: found '%s' (%s), expected a readable pcap or pcapng file; mend "
			"the "
			"port's device",
			config->name, config->device, reason);
		return NULL;
	}
	int link = pcap_datalink(capture);
	if (link != DLT_EN10MB) {
		const char *link_name = pcap_datalink_val_to_name(link);
		snprintf(error->text, sizeof error->text,
			"port %s: found link type %s in '%s', expected Ethernet (EN10MB); take the "
			"capture on an Ethernet interface",
			config->name, link_name != NULL ? link_name : "unknown", config->device);
		pcap_close(capture);
		return NULL;
	}
	struct port_pcap *p = memory_take("capture port", sizeof *p);
	p->port.ops = &port_pcap_ops;
	snprintf(p->port.name, sizeof p->port.name, "%s", config->name);
	memcpy(p->path, config->device, sizeof p->path);
	p->capture = capture;
	p->is_paced = config->at_capture_speed != 0;
	p->stats.link_up = 1;
	p->stats.time_source = PORT_TIME_CAPTURE;
	return &p->port;
}
