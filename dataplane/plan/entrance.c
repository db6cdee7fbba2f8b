#include "dataplane/plan/entrance.h"

#include "dataplane/gate/gate.h"
#include "drivers/machine/log.h"
#include "drivers/stream/stream_lwip.h"
#include "drivers/stream/stream_pair.h"
#include "drivers/stream/stream_shm.h"
#include "drivers/stream/stream_tls.h"

enum {
	ENTRANCE_SEND_BYTES = 1 << 18,
	ENTRANCE_STRANGER_COUNT = 16,
	ENTRANCE_NOTES_MAX = 16,
	ENTRANCE_SHAKES_A_SECOND = 50
};
static const uint64_t entrance_handshake_ns = 5000000000ull;

/* Everybody whom the site names, with one that is closing, and a few whom nobody knows. */
static uint32_t entrance_expected(const struct site_config *site)
{
	uint32_t named = site->session_count + site->copy_count + 2 * site->venue_count;
	uint32_t count = 2 * named + ENTRANCE_STRANGER_COUNT;
	return count < GATE_CONNECTION_MAX ? count : GATE_CONNECTION_MAX;
}

static bool entrance_open_tcp(struct entrance *entrance, const struct site_config *site,
	struct port *port, struct config_error *error)
{
	const struct stack_config *stack = &site->stack;
	const struct stream_lwip_config config = {.address_ip = stack->address_ip,
		.netmask_ip = stack->netmask_ip,
		.gateway_ip = stack->gateway_ip,
		.mtu_bytes = stack->mtu_bytes,
		.connection_max = GATE_CONNECTION_MAX};
	entrance->stream = port != NULL
				   ? stream_lwip_open(port, &config, error)
				   : stream_uring_open(GATE_CONNECTION_MAX, entrance_expected(site),
					     ENTRANCE_SEND_BYTES, error);
	return entrance->stream != NULL;
}

static struct stream_tls_papers entrance_papers(const struct tls_config *tls)
{
	return (struct stream_tls_papers){.certificate = tls->certificate,
		.key = tls->key,
		.authority = tls->authority,
		.name = tls->name[0] != '\0' ? tls->name : NULL};
}

static bool entrance_is_tls_used(const struct site_config *site)
{
	bool is_used = site->tls.is_used;
	for (uint32_t i = 0; i < site->venue_count; i++)
		is_used |=
			site->venues[i].tls.is_used != 0 || site->venues[i].drop.tls.is_used != 0;
	return is_used;
}

/* Of a venue's sessions: by its own word each. */
static bool entrance_trust(
	struct entrance *entrance, const struct tls_config *tls, struct config_error *error)
{
	struct stream_tls_papers papers = entrance_papers(tls);
	return !tls->is_used || stream_tls_trust(entrance->tls, tls->word, &papers, error);
}

static bool entrance_open_tls(
	struct entrance *entrance, const struct site_config *site, struct config_error *error)
{
	const struct stream_tls_config config = {.connection_max = SESSION_COUNT_MAX,
		.handshake_ns = entrance_handshake_ns,
		.handshakes_per_s = ENTRANCE_SHAKES_A_SECOND};
	struct stream_tls_papers papers = entrance_papers(&site->tls);
	entrance->tls = stream_tls_open(entrance->stream, &config, error);
	if (entrance->tls == NULL)
		return false;
	entrance->stream = entrance->tls;
	if (site->tls.is_used && !stream_tls_serve(entrance->tls, &papers, error))
		return false;
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct venue_config *venue = &site->venues[i];
		if (!entrance_trust(entrance, &venue->tls, error) ||
			!entrance_trust(entrance, &venue->drop.tls, error))
			return false;
	}
	return true;
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
		       (!entrance_is_tls_used(site) || entrance_open_tls(entrance, site, error)) &&
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

static void entrance_tell_shm(struct stream *shm, struct metrics *metrics)
{
	struct stream_shm_counts counts;
	entrance_log("order", stream_shm_notes(shm));
	stream_shm_counts_of(shm, &counts);
	metrics_set(metrics, METRIC_gate_shm_opened, counts.opened);
	metrics_set(metrics, METRIC_gate_shm_refused, counts.refused);
	metrics_set(metrics, METRIC_gate_shm_lied, counts.lied);
	metrics_set(metrics, METRIC_gate_shm_died, counts.died);
	metrics_set(metrics, METRIC_gate_shm_hung, counts.hung);
}

static void entrance_tell_tls(struct stream *tls, struct metrics *metrics)
{
	struct stream_tls_counts counts;
	entrance_log("tls", stream_tls_notes(tls));
	stream_tls_counts_of(tls, &counts);
	metrics_set(metrics, METRIC_gate_tls_opened, counts.opened);
	metrics_set(metrics, METRIC_gate_tls_refused, counts.refused);
	metrics_set(metrics, METRIC_gate_tls_truncated, counts.truncated);
	metrics_set(metrics, METRIC_gate_tls_broken, counts.broken);
	metrics_set(metrics, METRIC_gate_tls_alerts_in, counts.alerts_in);
	metrics_set(metrics, METRIC_gate_tls_alerts_out, counts.alerts_out);
	metrics_set(metrics, METRIC_gate_tls_memory, counts.memory_bytes);
	metrics_set(metrics, METRIC_gate_tls_memory_denied, counts.memory_denied);
}

void entrance_tell(struct entrance *entrance, struct metrics *metrics)
{
	if (entrance->shm != NULL)
		entrance_tell_shm(entrance->shm, metrics);
	if (entrance->tls != NULL)
		entrance_tell_tls(entrance->tls, metrics);
}

void entrance_close(struct entrance *entrance)
{
	if (entrance->stream != NULL)
		stream_close(entrance->stream);
	entrance->stream = NULL;
}
