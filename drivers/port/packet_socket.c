#include "drivers/port/packet_socket.h"

#include "drivers/machine/log.h"

#include <dirent.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

static bool packet_socket_is_bound(int descriptor, unsigned int interface)
{
	int domain = 0;
	socklen_t size = sizeof domain;
	if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
		domain != AF_PACKET)
		return false;
	struct sockaddr_ll address = {0};
	size = sizeof address;
	if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0)
		return false;
	return address.sll_ifindex == (int)interface && address.sll_protocol != 0;
}

int packet_socket_find(const char *interface)
{
	unsigned int index = if_nametoindex(interface);
	DIR *directory = index != 0 ? opendir("/proc/self/fd") : NULL;
	if (directory == NULL)
		return -1;
	int found = -1;
	for (struct dirent *entry; found < 0 && (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		int descriptor = (int)strtol(entry->d_name, NULL, 10);
		if (packet_socket_is_bound(descriptor, index))
			found = descriptor;
	}
	closedir(directory);
	return found;
}

uint64_t packet_socket_drops(int socket)
{
	/* Reading clears the kernel's counters, so each drop is returned once. */
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof stats;
	if (socket < 0 || getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
		return 0;
	return stats.tp_drops;
}

bool packet_socket_link(int socket, const char *interface)
{
	struct ifreq request = {0};
	size_t size = strlen(interface);
	if (size >= sizeof request.ifr_name)
		return false;
	memcpy(request.ifr_name, interface, size);
	return ioctl(socket, SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

uint32_t packet_socket_ring(uint32_t wanted, uint32_t socket_count)
{
	/* The kernel knows best whether the limit holds for us: ask it for the same, of which no page is made, and give it back. */
	uint32_t count = wanted;
	for (; count > 64; count /= 2) {
		size_t size = (size_t)count * 2048 * 2 * socket_count;
		void *ring = mmap(
			NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (ring == MAP_FAILED)
			continue;
		bool is_lockable = mlock2(ring, size, MLOCK_ONFAULT) == 0;
		munmap(ring, size);
		if (is_lockable)
			break;
	}
	if (count < wanted)
		log_write(LOG_LEVEL_WARNING, "port",
			"found room for %u frames in a packet socket's ring, expected %u; raise "
			"the "
			"limit on locked memory (LimitMEMLOCK=, ulimit -l)",
			count, wanted);
	return count;
}
