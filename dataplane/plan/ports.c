#include "dataplane/plan/ports.h"

#include <signal.h>

static bool ports_open(struct ports *ports)
{
	const struct site_config *site = ports->site;
	if (!port_dpdk_start(site->ports, site->port_count, &ports->error))
		return false;
	for (uint32_t i = 0; i < site->port_count; i++) {
		ports->rows[i] = port_open(&site->ports[i], &ports->error);
		if (ports->rows[i] == NULL)
			return false;
	}
	return true;
}

static void *ports_thread(void *argument)
{
	struct ports *ports = argument;
	ports->is_up = ports_open(ports);
	return NULL;
}

void ports_begin(struct ports *ports, const struct site_config *site)
{
	sigset_t all, before;
	CHECK(ports->site == NULL);
	ports->site = site;
	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ports->is_begun = pthread_create(&ports->thread, NULL, ports_thread, ports) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ports->is_begun)
		pthread_setname_np(ports->thread, "sluice-ports");
}

static void ports_wait(struct ports *ports)
{
	if (!ports->is_begun)
		return;
	CHECK(pthread_join(ports->thread, NULL) == 0);
	ports->is_begun = false;
}

bool ports_end(struct ports *ports, struct config_error *error)
{
	if (!ports->is_begun)
		ports->is_up = ports_open(ports);
	ports_wait(ports);
	if (!ports->is_up)
		*error = ports->error;
	return ports->is_up;
}

void ports_close(struct ports *ports)
{
	ports_wait(ports);
	for (uint32_t i = 0; i < PORT_COUNT_MAX; i++) {
		if (ports->rows[i] != NULL)
			port_close(ports->rows[i]);
		ports->rows[i] = NULL;
	}
}
