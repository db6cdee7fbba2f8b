#include "drivers/port/eal.h"

#include "drivers/port/packet_socket.h"

#include <ctype.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>

enum {
	/* Frames the kernel keeps for net_af_packet while the stage is off its core: 20 ms at 400,000
	   a second; DPDK's own default of 512 is gone in 1.3 ms. */
	AF_PACKET_FRAME_COUNT = 8192,
	/* Without huge pages the EAL takes its memory at once: its own, and the buffers of a port. */
	EAL_MEGABYTES = 64,
	PORT_MEGABYTES = 48,
	ARGUMENT_COUNT_MAX = 16 + PORT_COUNT_MAX,
	ARGUMENT_BYTES = TEXT_BYTES + 32,
};

/* What the EAL says while it starts: it becomes part of our sentence instead of loose lines. */
static char eal_said[4096];
static FILE *eal_log;
static bool eal_is_started;

static void eal_log_begin(void)
{
	eal_log = fmemopen(eal_said, sizeof eal_said - 1, "w");
	if (eal_log != NULL)
		rte_openlog_stream(eal_log);
}

/* eal_log_end sends later lines to standard error.  The stream stays open, because a thread of the
   EAL may be writing to it this moment. */
static void eal_log_end(void)
{
	if (eal_log != NULL)
		fflush(eal_log);
	rte_openlog_stream(NULL);
	size_t length = strlen(eal_said);
	while (length > 0 && isspace((unsigned char)eal_said[length - 1]))
		eal_said[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)eal_said[i]))
			eal_said[i] = ';';
	if (length == 0)
		snprintf(eal_said, sizeof eal_said, "the EAL gave no reason");
}

/* eal_matches tells whether text is of the pattern's form, where h stands for a hexadecimal digit. */
static bool eal_matches(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++)
		if (*pattern == 'h' ? !isxdigit((unsigned char)*text) : *text != *pattern)
			return false;
	return *text == '\0';
}

bool eal_device_name(const char *device, char name[TEXT_BYTES])
{
	char first[TEXT_BYTES];
	snprintf(first, sizeof first, "%.*s", (int)strcspn(device, ","), device);
	bool is_short = eal_matches(first, "hh:hh.h");
	bool is_pci = is_short || eal_matches(first, "hhhh:hh:hh.h");
	snprintf(name, TEXT_BYTES, "%s%.*s", is_short ? "0000:" : "", TEXT_BYTES - 6, first);
	for (char *c = name; is_pci && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return is_pci;
}

/* The arguments outlive rte_eal_init, which keeps pointers into them. */
static struct {
	char texts[ARGUMENT_COUNT_MAX][ARGUMENT_BYTES];
	char *pointers[ARGUMENT_COUNT_MAX + 1];
	int count;
} eal_arguments;

__attribute__((format(printf, 1, 2))) static void eal_argument(const char *format, ...)
{
	CHECK(eal_arguments.count < ARGUMENT_COUNT_MAX);
	va_list values;
	va_start(values, format);
	vsnprintf(eal_arguments.texts[eal_arguments.count], ARGUMENT_BYTES, format, values);
	va_end(values);
	eal_arguments.pointers[eal_arguments.count] = eal_arguments.texts[eal_arguments.count];
	eal_arguments.count++;
}

/* device_has_our_ring tells whether a device is a net_af_packet whose ring the site leaves to us. */
static bool device_has_our_ring(const struct port_config *port)
{
	return port->kind == PORT_DPDK && strncmp(port->device, "net_af_packet", 13) == 0 &&
	       strstr(port->device, "frame") == NULL;
}

/* eal_name_devices gives the EAL every device and returns how many; has_pci tells of a real one. */
static unsigned int eal_name_devices(const struct port_config *ports, uint32_t count, bool *has_pci)
{
	char name[TEXT_BYTES];
	unsigned int device_count = 0, ring_count = 0;
	for (uint32_t i = 0; i < count; i++)
		ring_count += device_has_our_ring(&ports[i]);
	uint32_t frames =
		ring_count > 0 ? packet_socket_ring(AF_PACKET_FRAME_COUNT, ring_count) : 0;
	for (uint32_t i = 0; i < count; i++) {
		if (ports[i].kind != PORT_DPDK)
			continue;
		bool is_pci = eal_device_name(ports[i].device, name);
		if (device_has_our_ring(&ports[i]))
			eal_argument("--vdev=%s,framecnt=%u", ports[i].device, frames);
		else
			eal_argument(is_pci ? "--allow=%s" : "--vdev=%s", ports[i].device);
		*has_pci |= is_pci;
		device_count++;
	}
	return device_count;
}

static void eal_prepare(const struct port_config *ports, uint32_t count, const cpu_set_t *cores)
{
	unsigned int core = 0;
	bool has_pci = false;
	while (core < CPU_SETSIZE - 1 && !CPU_ISSET(core, cores))
		core++;
	eal_argument("sluice");
	unsigned int device_count = eal_name_devices(ports, count, &has_pci);
	/* One core for the EAL's books; our stages are threads of ours and poll without lcores. */
	eal_argument("--lcores=0@%u", core);
	eal_argument("--log-level=error");
	eal_argument("--no-telemetry");
	if (has_pci) {
		eal_argument("--in-memory");
	} else {
		eal_argument("--no-shconf");
		eal_argument("--no-pci");
		eal_argument("--no-huge");
		eal_argument("-m");
		eal_argument("%u", EAL_MEGABYTES + PORT_MEGABYTES * device_count);
	}
}

/* eal_check_devices finds two ports on one device, and ports that are not DPDK's count for nothing. */
static bool eal_check_devices(
	const struct port_config *ports, uint32_t count, struct config_error *error)
{
	char name[TEXT_BYTES], other[TEXT_BYTES];
	for (uint32_t i = 0; i < count; i++) {
		eal_device_name(ports[i].device, name);
		for (uint32_t j = 0; j < i && ports[i].kind == PORT_DPDK; j++) {
			eal_device_name(ports[j].device, other);
			if (ports[j].kind != PORT_DPDK || strcmp(name, other) != 0)
				continue;
			snprintf(error->text, sizeof error->text,
				"port %s: found device '%s', which port %s has already, expected a "
				"device of its own; give one of them another number or address",
				ports[i].name, name, ports[j].name);
			return false;
		}
	}
	return true;
}

/* eal_check_probed names the first port whose device the EAL did not bring up. */
static bool eal_check_probed(
	const struct port_config *ports, uint32_t count, struct config_error *error)
{
	char name[TEXT_BYTES];
	uint16_t id;
	for (uint32_t i = 0; i < count; i++) {
		if (ports[i].kind != PORT_DPDK)
			continue;
		bool is_pci = eal_device_name(ports[i].device, name);
		if (rte_eth_dev_get_port_by_name(name, &id) == 0)
			continue;
		snprintf(error->text, sizeof error->text,
			"port %s: found no DPDK device '%s' (%.500s), expected it to start by a "
			"driver "
			"of this program (docs/site.md lists them); mend with %s%s",
			ports[i].name, ports[i].device, eal_said,
			is_pci ? "dpdk-devbind.py --bind=vfio-pci "
			       : "the right file or interface in the port's device, and ip link "
				 "show",
			is_pci ? name : "");
		return false;
	}
	return true;
}

bool eal_start(const struct port_config *ports, uint32_t count, struct config_error *error)
{
	uint32_t dpdk_count = 0;
	for (uint32_t i = 0; i < count; i++)
		dpdk_count += ports[i].kind == PORT_DPDK;
	if (dpdk_count == 0)
		return true;
	CHECK(!eal_is_started && dpdk_count <= PORT_COUNT_MAX);
	if (!eal_check_devices(ports, count, error))
		return false;
	eal_is_started = true;

	cpu_set_t cores;
	CPU_ZERO(&cores);
	CHECK(pthread_getaffinity_np(pthread_self(), sizeof cores, &cores) == 0);
	eal_prepare(ports, count, &cores);
	eal_log_begin();
	int result = rte_eal_init(eal_arguments.count, eal_arguments.pointers);
	int reason = rte_errno;
	eal_log_end();
	/* eal (1): the EAL pinned us to its core */
	pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
	if (result < 0) {
		snprintf(error->text, sizeof error->text,
			"DPDK: found that its EAL does not start (%s: %.500s), expected it to, and "
			"each "
			"device to have a driver of this program (docs/site.md lists them); for a "
			"NIC "
			"mend with dpdk-hugepages.py --setup 1G and dpdk-devbind.py "
			"--bind=vfio-pci",
			rte_strerror(reason), eal_said);
		return false;
	}
	return eal_check_probed(ports, count, error);
}

bool eal_has_started(void)
{
	return eal_is_started;
}
