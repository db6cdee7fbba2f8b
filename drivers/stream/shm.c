#include "drivers/stream/shm.h"

#include <unistd.h>

struct shm_session *shm_take(struct shm *shm, enum shm_phase phase, uint32_t listener)
{
	struct shm_session *session;
	if (shm->used_count == shm->config.connection_max)
		return NULL;
	do {
		shm->last_number++;
		session = &shm->sessions[shm->last_number & shm->slot_mask];
	} while (shm->last_number == CONNECTION_NONE || session->phase != SHM_FREE);
	*session = (struct shm_session){.number = shm->last_number,
		.listener = listener,
		.phase = (uint8_t)phase,
		.socket = -1,
		.process = -1,
		.rx = session->rx};
	shm->list[shm->used_count++] = session->number & shm->slot_mask;
	return session;
}

void shm_bury(struct shm *shm, struct shm_session *session)
{
	uint32_t slot = session->number & shm->slot_mask;
	if (session->page != NULL)
		munmap(session->page, session->size_bytes);
	if (session->socket >= 0)
		close(session->socket);
	if (session->process >= 0)
		close(session->process);
	session->phase = SHM_FREE;
	for (uint32_t i = 0; i < shm->used_count; i++) {
		if (shm->list[i] == slot) {
			shm->list[i] = shm->list[--shm->used_count];
			return;
		}
	}
}

void shm_die(struct shm *shm, struct shm_session *session, int32_t error)
{
	(void)shm;
	if (session->phase == SHM_DYING)
		return;
	session->phase = SHM_DYING;
	session->error = error;
	if (session->page != NULL && session->is_ours) {
		__atomic_store_n(
			&session->page->gate_reason, (uint64_t)(uint32_t)error, __ATOMIC_RELAXED);
		__atomic_store_n(&session->page->gate_state,
			error == 0 ? SLUICE_ORDER_ENDED : SLUICE_ORDER_RESET, __ATOMIC_RELEASE);
	}
	/* Its end is the peer's sign, whatever the peer looks at. */
	if (session->socket >= 0)
		close(session->socket);
	session->socket = session->order.socket = -1;
}
