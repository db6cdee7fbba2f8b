#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

enum {
	SOCKET_NAME_BYTES = 18, /* of a socket in the run directory, as its path must fit */
	RING_BYTES_MIN = 4096,
	RING_BYTES_MAX = 1 << 24,
	RING_BYTES_DEFAULT = 1 << 16
};

static bool read_socket(
	const struct document *d, const struct raw_shm *raw, struct site_config *site)
{
	static const char *const taken[] = {
		"kill.sock", "attach.sock", "market.sock", "control.sock"};
	char name[SOCKET_NAME_BYTES];
	if (!field_name(d, raw->socket, name, sizeof name))
		return false;
	for (unsigned i = 0; i < ARRAY_COUNT(taken); i++) {
		if (strcmp(name, taken[i]) == 0)
			return document_refuse(d, raw->socket,
				"found \"%s\", expected a name that no other socket of the run "
				"directory has, such as order.sock",
				name);
	}
	int size = snprintf(
		site->shm.socket, sizeof site->shm.socket, "%s/%s", site->run_directory, name);
	CHECK(size > 0 && size < (int)sizeof site->shm.socket);
	return true;
}

static bool read_ring(const struct document *d, const struct raw_shm *raw, struct shm_config *shm)
{
	uint64_t bytes = RING_BYTES_DEFAULT;
	const char *expected = raw->ring == NULL ? NULL : scalar_size(raw->ring, &bytes);
	if (expected != NULL)
		return document_refuse(
			d, raw->ring, "found \"%.64s\", expected %s", raw->ring, expected);
	if (bytes < RING_BYTES_MIN || bytes > RING_BYTES_MAX || (bytes & (bytes - 1)) != 0)
		return document_refuse(d, raw->ring,
			"found \"%s\", expected a power of two from 4 KiB to 16 MiB", raw->ring);
	shm->ring_bytes = (uint32_t)bytes;
	return true;
}

bool shm_read(const struct document *d, const struct raw_shm *raw, struct site_config *site)
{
	struct shm_config *shm = &site->shm;
	if (raw == NULL)
		return true;
	if (!read_socket(d, raw, site) || !read_ring(d, raw, shm) ||
		(raw->max_silence != NULL &&
			!field_duration(d, raw->max_silence, &shm->max_silence_ns)))
		return false;
	if (raw->max_silence != NULL && shm->max_silence_ns < 10000000)
		return document_refuse(d, raw->max_silence,
			"found \"%s\", expected 10 ms or more: beats are looked at once a "
			"millisecond",
			raw->max_silence);
	for (unsigned i = 0; i < raw->uids_count; i++) {
		uint32_t *uid = &shm->uids[shm->uid_count];
		if (!field_count_u32(d, raw->uids[i], NULL, 0, UINT32_MAX - 1, uid))
			return false;
		for (uint32_t other = 0; other < shm->uid_count; other++) {
			if (shm->uids[other] == *uid)
				return document_refuse(d, raw->uids[i],
					"found uid %s again, expected each once", raw->uids[i]);
		}
		shm->uid_count++;
	}
	shm->is_used = 1;
	return true;
}
