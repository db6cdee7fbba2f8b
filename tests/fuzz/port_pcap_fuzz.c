/* rooms: drivers_port
   Any bytes as a capture: refused with a sentence, or played to an end that keeps the port's promises. */
#include "drivers/machine/log.h"
#include "drivers/port/port.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int file = -1;
	log_set_floor(LOG_LEVEL_COUNT); /* each end is told once */
	if (file < 0)
		file = memfd_create("capture", MFD_CLOEXEC);
	CHECK(ftruncate(file, 0) == 0 && pwrite(file, bytes, size, 0) == (ssize_t)size);
	struct port_config config = {.kind = PORT_PCAP,
		.name = "fuzz",
		.at_capture_speed = size & 1,
		.is_fault = size >> 1 & 1};
	config.fault_seed = size;
	config.fault_loss_ppm = config.fault_reorder_ppm = config.fault_duplicate_ppm = 100000;
	snprintf(config.device, sizeof config.device, "/proc/self/fd/%d", file);
	struct config_error error;
	struct port *port = port_open(&config, &error);
	if (port == NULL) {
		CHECK(error.text[0] != '\0');
		return 0;
	}
	struct packet packets[BURST_COUNT_MAX];
	struct port_stats stats = {0};
	uint64_t packet_count = 0;
	/* Every call reads a record at least, so the end is reached by then unless times lie far apart. */
	for (uint64_t turn = 0; turn < 2 * size + 16 && !stats.at_end; turn++) {
		uint32_t count = port_rx_burst(
			port, turn * UINT64_C(3600000000000), packets, BURST_COUNT_MAX);
		CHECK(count <= BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++) {
			CHECK(packets[i].size_bytes <= PACKET_BYTES_MAX);
			CHECK(packets[i].wire_bytes >= packets[i].size_bytes);
			uint8_t sum = 0;
			for (uint32_t at = 0; at < packets[i].size_bytes; at++)
				sum ^= packets[i].bytes[at];
			__asm__ volatile("" : : "r"(sum));
		}
		packet_count += count;
		port_get_stats(port, &stats);
	}
	CHECK(stats.rx_packets == packet_count);
	CHECK(config.at_capture_speed || stats.at_end);
	port_close(port);
	return 0;
}
