/* guest.c - what runs in the guest of bringup_test.py: a port on a real PCI device, frames in, a frame out.

   It opens the device by its address as a site would, lets one group through, says so, takes frames until all
   that are wanted came or patience ends, sends one, and tells what it found in lines of `word: value`.  All is
   judged outside. */
#include <inttypes.h>
#include <stdio.h>

#include "dataplane/wire/group.h"
#include "drivers/machine/clock.h"
#include "drivers/port/port.h"

#define PATIENCE_NS (30ull * 1000 * 1000 * 1000)

#define GROUP_IP 0xE9360C01u

enum { WANTED_COUNT = 500 };

static struct port *guest_open(const char *device)
{
	static struct port_config config = {.name = "pci", .kind = PORT_DPDK};
	struct config_error error;
	snprintf(config.device, sizeof config.device, "%s", device);
	struct port *port = NULL;
	if (!port_dpdk_start(&config, 1, &error) || (port = port_open(&config, &error)) == NULL)
		printf("error: %s\n", error.text);
	return port;
}

/* guest_take counts frames of the group, those of others, and how many of the group came out of order. */
static void guest_take(struct port *port, uint32_t *wanted, uint32_t *others, uint32_t *disorder)
{
	struct packet packets[BURST_COUNT_MAX];
	uint64_t end_ns = clock_now_ns() + PATIENCE_NS;
	while (*wanted < WANTED_COUNT && clock_now_ns() < end_ns) {
		uint32_t count = port_rx_burst(port, clock_now_ns(), packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++) {
			struct net_udp udp;
			if (net_parse(packets[i].bytes, packets[i].size_bytes, &udp) != NET_OK ||
				udp.target_ip != GROUP_IP || udp.payload_bytes < 4) {
				++*others;
				continue;
			}
			*disorder += load_be32(udp.payload) != *wanted;
			++*wanted;
		}
	}
}

static void guest_tell(struct port *port)
{
	struct port_stats stats;
	port_get_stats(port, &stats);
	printf("link: %s\n", stats.link_up ? "up" : "down");
	printf("missed: %" PRIu64 "\nno_buffer: %" PRIu64 "\nerrors: %" PRIu64 "\n",
		stats.rx_missed, stats.rx_no_buffer, stats.rx_errors);
	printf("sent: %" PRIu64 "\n", stats.tx_packets);
}

int main(int argc, char **argv)
{
	uint8_t mac[6] = {0}, group_address[6], frame[GROUP_REPORT_BYTES_MAX];
	const struct group group = {.ip = GROUP_IP};
	uint32_t wanted = 0, others = 0, disorder = 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	clock_start();
	struct port *port = argc == 2 ? guest_open(argv[1]) : NULL;
	if (port == NULL)
		return 1;
	printf("mac: %s\n", port_mac(port, mac) ? "its own" : "none");
	group_mac(&group, group_address);
	port_filter(port, group_address, 1);
	printf("ready: yes\n");
	guest_take(port, &wanted, &others, &disorder);
	uint32_t size =
		group_build_report(frame, sizeof frame, mac, 0x0A000064, &group, GROUP_JOIN, 3);
	bool is_sent = port_tx(port, frame, size);
	printf("wanted: %u\nothers: %u\ndisorder: %u\nreport: %s\n", wanted, others, disorder,
		is_sent ? "sent" : "refused");
	guest_tell(port);
	port_close(port);
	printf("end: yes\n");
	return 0;
}
