#include "dataplane/plan/entrance.h"

#include "dataplane/gate/gate.h"
#include "drivers/machine/log.h"
#include "drivers/stream/stream_lwip.h"
#include "drivers/stream/stream_pair.h"
#include "drivers/stream/stream_shm.h"

enum { ENTRANCE_SEND_BYTES = 1 << 18, ENTRANCE_NOTES_MAX = 16 };

static bool entrance_open_tcp(struct entrance *entrance, const struct site_config *site,
	struct port *port, struct config_error *error)
{
	const struct stack_config *stack = &site->stack;
	const struct stream_lwip_config config = {.address_ip = stack->address_ip,
		.netmask_ip = stack->netmask_ip,
		.gateway_ip = stack->gateway_ip,
		.mtu_bytes = stack->mtu_bytes,
		.connection_max = GATE_CONNECTION_MAX};
	entrance->stream =
		port != NULL ? stream_lwip_open(port, &config, error)
			     : stream_uring_open(GATE_CONNECTION_MAX, ENTRANCE_SEND_BYTES, error);
	return entrance->stream != NULL;
}

static bool entrance_open_shm(
	struct entrance *entrance, const struct site_config *site, struct config_error *error)
{
	struct stream_shm_config config = {.connection_max = SESSION_COUNT_MAX,
		.ring_bytes = site->shm.ring_bytes,
		.silence_ns = site->shm.max_silence_ns,
		.uid_count = site->shm.uid_count};
	_Static_assert(sizeof config.uids >= sizeof site->shm.uids, "every uid has a place");
	memcpy(config.uids, site->shm.uids, sizeof site->shm.uids);
	entrance->shm = stream_shm_open(&config, error);
	if (entrance->shm == NULL)
		return false;
	entrance->stream =
		stream_pair_open(entrance->stream, entrance->shm, "/", GATE_CONNECTION_MAX);
	return true;
}

bool entrance_open(struct entrance *entrance, const struct site_config *site, struct port *port,
	struct config_error *error)
{
	*entrance = (struct entrance){.stream = NULL};
	bool is_open = entrance_open_tcp(entrance, site, port, error) &&
		       (!site->shm.is_used || entrance_open_shm(entrance, site, error));
	if (!is_open)
		entrance_close(entrance);
	return is_open;
}

static void entrance_log(const char *component, struct notes *notes)
{
	char text[NOTE_BYTES];
	for (uint32_t i = 0; i < ENTRANCE_NOTES_MAX && notes_take(notes, text); i++)
		log_write(LOG_LEVEL_WARNING, component, "%s", text);
}

void entrance_tell(struct entrance *entrance, struct metrics *metrics)
{
	struct stream_shm_counts counts;
	if (entrance->shm == NULL)
		return;
	entrance_log("order", stream_shm_notes(entrance->shm));
	stream_shm_counts_of(entrance->shm, &counts);
	metrics_set(metrics, METRIC_gate_shm_opened, counts.opened);
	metrics_set(metrics, METRIC_gate_shm_refused, counts.refused);
	metrics_set(metrics, METRIC_gate_shm_lied, counts.lied);
	metrics_set(metrics, METRIC_gate_shm_died, counts.died);
	metrics_set(metrics, METRIC_gate_shm_hung, counts.hung);
}

void entrance_close(struct entrance *entrance)
{
	if (entrance->stream != NULL)
		stream_close(entrance->stream);
	entrance->stream = NULL;
}
