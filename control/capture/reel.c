#include "control/capture/reel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room that the buffer keeps for the longest block. */
enum { BUFFER_FULL_BYTES = REEL_BUFFER_BYTES - PCAPNG_PACKET_BYTES_MAX };

static bool reel_refuse(struct reel *reel, const char *path, const char *expected)
{
	snprintf(reel->trouble, sizeof reel->trouble,
		"%s: found \"%s\", expected %s: free room or change capture.directory in site.yaml",
		path, strerror(errno), expected);
	return false;
}

static void path_of(const struct reel *reel, uint64_t number, char path[REEL_PATH_BYTES])
{
	snprintf(path, REEL_PATH_BYTES, "%s/capture-%06" PRIu64 ".pcapng",
		reel->site->capture_directory, number);
}

/* number_of reads the number in a name of ours; 0: it is none. */
static uint64_t number_of(const char *name)
{
	static const char head[] = "capture-", tail[] = ".pcapng";
	char *end;
	if (strncmp(name, head, sizeof head - 1) != 0)
		return 0;
	const char *digits = name + sizeof head - 1;
	if (*digits < '0' || *digits > '9')
		return 0;
	errno = 0;
	uint64_t number = strtoull(digits, &end, 10);
	return errno == 0 && strcmp(end, tail) == 0 ? number : 0;
}

/* Finds the newest number and removes files until fewer than the bound are left. */
static bool reel_make_room(struct reel *reel)
{
	const struct site_config *site = reel->site;
	char path[REEL_PATH_BYTES];
	mkdir(site->capture_directory, 0750);
	for (;;) {
		uint64_t oldest = UINT64_MAX;
		uint32_t count = 0;
		DIR *directory = opendir(site->capture_directory);
		if (directory == NULL)
			return reel_refuse(reel, site->capture_directory, "a directory to write");
		for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
			uint64_t number = number_of(entry->d_name);
			count += number != 0;
			if (number > reel->number)
				reel->number = number;
			if (number != 0 && number < oldest)
				oldest = number;
		}
		closedir(directory);
		if (count < site->capture_file_count)
			return true;
		path_of(reel, oldest, path);
		if (unlink(path) != 0)
			return reel_refuse(reel, path, "to remove the oldest capture");
	}
}

static void buffer_add(struct reel *reel, uint32_t size_bytes)
{
	reel->buffered_bytes += size_bytes;
	reel->file_bytes += size_bytes;
	reel->bytes += size_bytes;
}

static bool reel_next_file(struct reel *reel)
{
	if (!reel_end(reel) || !reel_make_room(reel))
		return false;
	path_of(reel, ++reel->number, reel->path);
	reel->file = open(reel->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (reel->file < 0)
		return reel_refuse(reel, reel->path, "a new file to write");
	reel->files++;
	reel->file_bytes = 0;
	buffer_add(reel, pcapng_section(reel->buffer, "sluice-control"));
	for (uint32_t i = 0; i < reel->site->port_count; i++)
		buffer_add(reel, pcapng_interface(reel->buffer + reel->buffered_bytes,
					 reel->site->ports[i].name, PACKET_BYTES_MAX));
	return true;
}

void reel_begin(struct reel *reel, const struct site_config *site)
{
	reel->site = site;
	reel->file = -1;
	reel->file_bytes = reel->frames = reel->bytes = reel->files = 0;
	reel->buffered_bytes = 0;
	reel->path[0] = reel->trouble[0] = '\0';
}

bool reel_put(struct reel *reel, const struct pcapng_packet *packet)
{
	uint64_t longest = reel->file_bytes + packet->size_bytes + 3 + 32;
	if (reel->file < 0 || longest > reel->site->capture_file_bytes) {
		if (!reel_next_file(reel))
			return false;
	}
	if (reel->buffered_bytes > BUFFER_FULL_BYTES && !reel_flush(reel))
		return false;
	buffer_add(reel, pcapng_packet(reel->buffer + reel->buffered_bytes, packet));
	reel->frames++;
	return true;
}

bool reel_flush(struct reel *reel)
{
	uint32_t done_bytes = 0;
	while (done_bytes < reel->buffered_bytes) {
		ssize_t done = write(
			reel->file, reel->buffer + done_bytes, reel->buffered_bytes - done_bytes);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done < 0 ? errno : EIO;
			reel->buffered_bytes = 0;
			return reel_refuse(reel, reel->path, "room to write the capture");
		}
		done_bytes += (uint32_t)done;
	}
	reel->buffered_bytes = 0;
	return true;
}

bool reel_end(struct reel *reel)
{
	bool is_good = reel_flush(reel);
	if (reel->file >= 0)
		close(reel->file);
	reel->file = -1;
	return is_good;
}
