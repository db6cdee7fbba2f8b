#include "control/command/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLAY_WAIT_NS (300ull * 1000000000u)

void child_end(struct call *call, void *own)
{
	struct child *child = own;
	if (child->pid != 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	if (child->output >= 0)
		close(child->output);
	call->control->child_count--;
	free(child);
}

/* The dataplane's program stands beside this one. */
static bool program_find(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	if (length <= 0)
		return false;
	path[length] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL || (size_t)(slash - path) + sizeof "/sluice-dataplane" > size)
		return false;
	memcpy(slash, "/sluice-dataplane", sizeof "/sluice-dataplane");
	return access(path, X_OK) == 0;
}

/* Starts the program with its output in a pipe, and with file (-1: none) as its descriptor 3; 0, or an errno. */
static int child_spawn(struct child *child, char *const *arguments, int file)
{
	extern char **environ;
	int ends[2];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return errno;
	/* The child writes blocking: only our end may find nothing. */
	fcntl(ends[1], F_SETFL, 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	if (file >= 0)
		posix_spawn_file_actions_adddup2(&actions, file, CHILD_FILE);
	posix_spawnattr_init(&attributes);
	sigset_t none;
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	int failed =
		posix_spawn(&child->pid, arguments[0], &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failed != 0) {
		child->pid = 0;
		close(ends[0]);
	} else {
		child->output = ends[0];
	}
	return failed;
}

static void child_read(struct child *child)
{
	while (child->output >= 0) {
		char rest[4096];
		bool is_full = child->size >= sizeof child->bytes - 1;
		ssize_t size = is_full ? read(child->output, rest, sizeof rest)
				       : read(child->output, child->bytes + child->size,
						 sizeof child->bytes - 1 - child->size);
		if (size < 0)
			return;
		if (size == 0) {
			close(child->output);
			child->output = -1;
		} else if (!is_full) {
			child->size += (size_t)size;
			child->bytes[child->size] = '\0';
		}
	}
}

bool child_is_waited_for(struct call *call, uint64_t now_ns)
{
	struct child *child = call->own;
	child_read(child);
	if (child->pid != 0 && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->pid = 0;
	if (child->pid != 0 && now_ns < child->until_ns)
		return true;
	if (child->pid != 0) {
		answer_code(&call->answer, CODE_CHILD_SLOW,
			"the replay took more than %u s and was ended: run sluice-dataplane "
			"--replay by hand",
			(unsigned)(REPLAY_WAIT_NS / 1000000000u));
		call_let_go(call);
		return false;
	}
	child_read(child);
	return false;
}

/* Which gate's the journal is, and up to where its disk vouches for it: what follows is being written. */
static unsigned journal_argue(
	const struct control *control, uint32_t gate, char until[24], char **arguments, unsigned at)
{
	uint64_t durable = plane_durable(&control->plane, gate);
	if (control->site.gate_count > 0) {
		arguments[at++] = (char *)"--gate";
		arguments[at++] = (char *)(uintptr_t)gate_name(&control->site, gate);
	}
	if (durable == 0)
		return at;
	snprintf(until, 24, "%" PRIu64, durable);
	arguments[at++] = (char *)"--until";
	arguments[at++] = until;
	return at;
}

struct child *child_open(struct call *call, size_t size)
{
	if (call->control->child_count > 0) {
		answer_code(&call->answer, CODE_BUSY, "a replay is under way; one at a time");
		return NULL;
	}
	struct child *child = calloc(1, size);
	if (child == NULL) {
		answer_code(&call->answer, CODE_NO_MEMORY, "out of memory for a replay");
		return NULL;
	}
	child->output = -1;
	call->control->child_count++;
	call_hold(call, child, child_end);
	return child;
}

static bool start_failed(struct call *call)
{
	call_let_go(call);
	return false;
}

bool child_start(struct call *call, uint32_t gate, char *const *more, int file, uint64_t now_ns)
{
	struct control *control = call->control;
	struct child *child = call->own;
	char program[PATH_BYTES * 2], directory[PATH_BYTES], until[24];
	char *arguments[16] = {program, (char *)"--replay", directory, (char *)"--config",
		control->site.directory, (char *)"--json"};
	site_journal_of(&control->site, gate, directory);
	if (!program_find(program, sizeof program)) {
		answer_code(&call->answer, CODE_CHILD_FAILED,
			"found no sluice-dataplane beside sluice-control, expected %s", program);
		return start_failed(call);
	}
	for (unsigned i = journal_argue(control, gate, until, arguments, 6);
		*more != NULL && i + 1 < ARRAY_COUNT(arguments); i++)
		arguments[i] = *more++;
	CHECK(*more == NULL);
	child->size = 0;
	child->bytes[0] = '\0';
	child->until_ns = now_ns + REPLAY_WAIT_NS;
	int failed = child_spawn(child, arguments, file);
	if (failed == 0)
		return true;
	answer_code(&call->answer, CODE_CHILD_FAILED, "%s: %s", program, strerror(failed));
	return start_failed(call);
}
