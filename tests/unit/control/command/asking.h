/* asking.h - the whole of control in one process, over a stand-in for the dataplane, and commands put to it by several
   uids.

   Owner      the test; its file includes cmocka first. */
#ifndef SLUICE_TESTS_ASKING_H
#define SLUICE_TESTS_ASKING_H

#include "control/command/call.h"
#include "control/command/dispatch.h"
#include "drivers/machine/log.h"
#include "tests/unit/control/standin.h"

enum { ROOT = 0, OPERATOR_UID = 1000, SECOND_UID = 1001, WATCHER_UID = 65534, STRANGER_UID = 4242 };

static struct control control;
static struct standin standin;
static char directory[64];
static char answer_text[1 << 20];

static inline void shell(const char *format, const char *a, const char *b)
{
	char command[1024];
	snprintf(command, sizeof command, format, a, b);
	assert_int_equal(system(command), 0);
}

/* Of a millisecond at most each: the stand-in's thread may get no core for long on a busy machine. */
enum { PATIENT_TURNS = 5000 };

static inline void turn(void)
{
	standin_meet(&standin);
	control_turn(&control, 1);
	standin_meet(&standin);
}

/* In memory: what is loosened waits two seconds for its audit to be durable, and a busy disk takes longer. */
static inline void site_make(void)
{
	snprintf(directory, sizeof directory, "/dev/shm/sluice-call-XXXXXX");
	assert_non_null(mkdtemp(directory));
	shell("cp %s/* %s/", SLUICE_SOURCE_DIRECTORY "/config/examples/simulation", directory);
}

static inline void control_start(void)
{
	struct config_error error;
	if (!control_open(&control, directory, NULL, &error))
		fail_msg("%s", error.text);
}

static inline void wait_attached(void)
{
	for (unsigned i = 0; i < PATIENT_TURNS && !control.plane.is_attached; i++)
		turn();
	assert_true(control.plane.is_attached);
}

static inline void wait_adopted(void)
{
	for (unsigned i = 0;
		i < PATIENT_TURNS && !publishing_is_adopted(&control.publishing, &control.plane);
		i++)
		turn();
	assert_true(publishing_is_adopted(&control.publishing, &control.plane));
}

/* Control without a dataplane. */
static inline int begin_alone(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	site_make();
	control_start();
	return 0;
}

static inline int end_alone(void **state)
{
	(void)state;
	control_close(&control);
	shell("rm -rf %s%s", directory, "");
	return 0;
}

static inline int begin(void **state)
{
	begin_alone(state);
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	wait_adopted();
	return 0;
}

/* Two gates, of which the stand-in plays the first, and the second where a test says so. */
static inline int begin_gates(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	site_make();
	shell("sed -i -e '/^  listen: /d' -e 's/^gate:$/%s\\n\\n&/' %s/site.yaml",
		"  - {name: second, session_id: 201, address: \"127.0.0.1:26001\", username: "
		"sluice, "
		"password: test-two, firm: SLCE, heartbeat: 1 s, timeout: 15 s}",
		directory);
	shell("sed -i 's/^book: /gates:\\n%s\\n&/' %s/site.yaml",
		"  - {name: east, listen: \"127.0.0.1:25000\", accounts: [17], venues: "
		"[exchange]}\\n"
		"  - {name: west, listen: \"127.0.0.1:25010\", accounts: [18], venues: "
		"[second]}\\n",
		directory);
	control_start();
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	return 0;
}

static inline int end(void **state)
{
	standin_kill(&standin);
	return end_alone(state);
}

/* One command as a uid; its code, its text in answer_text. */
static inline unsigned ask_with(
	uint32_t uid, enum command_socket door, const char *line, const char *body)
{
	struct server_hooks hooks = dispatch_hooks(&control);
	struct peer peer = {.uid = uid, .socket = door};
	static struct request request;
	char error[160];
	size_t used, size;
	bool is_object = *line == '{';
	enum code code = is_object ? request_object(&request, line, strlen(line), error)
				   : request_line(&request, line, strlen(line), &used, error);
	if (body != NULL) {
		request.body = request.body_space = strdup(body);
		request.body_bytes = strlen(body);
	}
	standin_meet(&standin);
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	assert_non_null(call);
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		turn();
	char *text = answer_render(hooks.answer(call), &size);
	unsigned number = hooks.answer(call)->code;
	snprintf(answer_text, sizeof answer_text, "%s", text);
	/* Every answer of every command: one empty line, the last. */
	if (!is_object)
		assert_string_equal(strstr(text, "\n\n"), "\n\n");
	free(text);
	hooks.end(hooks.context, call);
	return number;
}

static inline unsigned ask(uint32_t uid, const char *line)
{
	return ask_with(uid, SOCKET_CONTROL, line, NULL);
}

/* look asks at the door where nothing can be changed. */
static inline unsigned look_as(uint32_t uid, const char *line)
{
	return ask_with(uid, SOCKET_VIEW, line, NULL);
}

static inline unsigned look(const char *line)
{
	return look_as(ROOT, line);
}

static inline void says(const char *part)
{
	if (strstr(answer_text, part) == NULL)
		fail_msg("expected \"%s\" in: %.4000s", part, answer_text);
}

static inline void says_not(const char *part)
{
	if (strstr(answer_text, part) != NULL)
		fail_msg("expected no \"%s\" in: %.4000s", part, answer_text);
}

/* The lines of the audit that hold all of this. */
static inline bool audit_has(const char *a, const char *b)
{
	char path[PATH_BYTES * 2], line[8192];
	bool is_there = false;
	snprintf(path, sizeof path, "%s/audit.jsonl", control.site.journal_directory);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		is_there = is_there || (strstr(line, a) != NULL && strstr(line, b) != NULL);
	fclose(file);
	return is_there;
}

/* wait_audit waits for one. */
static inline void wait_audit(const char *a, const char *b)
{
	for (unsigned i = 0; i < PATIENT_TURNS && !audit_has(a, b); i++)
		turn();
	assert_true(audit_has(a, b));
}

/* The site's limits with one line put in the place of another. */
static inline char *limits_with(const char *old, const char *new)
{
	static char text[65536], changed[65536];
	FILE *file = fopen(control.limits_path, "r");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	char *at = strstr(text, old);
	assert_non_null(at);
	snprintf(
		changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	return changed;
}

#endif
