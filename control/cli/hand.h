/* hand.h - the operator's hand: runs commands wherever they are served, and prints.

     kill, halt, reduce-only   the dataplane's door first (kill.sock), then control with a short bound
     limits ... FILE           a file's contents travel, never its path
     why, journal ...          control; the journal directory itself when no control answers
     everything else           control

   Errors     the exit status mirrors the code's class; of several commands, the worst. */
#ifndef SLUICE_CONTROL_HAND_H
#define SLUICE_CONTROL_HAND_H

#include "control/cli/client.h"
#include "config/config.h"

enum { HAND_WAIT_MS = 15000, HAND_REPLAY_MS = 320000, HAND_DOOR_MS = 3000, HAND_BESIDE_MS = 250 };

struct hand {
	struct client control, door;
	char run_directory[PATH_BYTES];
	char config_directory[PATH_BYTES]; /* empty: not given */
	bool is_json;
	bool has_site; /* site was read from config_directory */
	struct site_config site;
};

/* hand_open finds the sockets: --socket, --run, the site's run directory, SLUICE_RUN, /run/sluice.
   false: error has why. */
bool hand_open(struct hand *hand, const char *socket, const char *run, const char *config,
	bool is_json, struct config_error *error);
void hand_close(struct hand *hand);

/* hand_line runs the commands of a line and prints their answers; returns the exit status.  A line without any is not
   understood. */
int hand_line(struct hand *hand, const char *line);

/* hand_words runs one command given as words, as a shell splits them. */
int hand_words(struct hand *hand, char *const *words, int count);

/* hand_script runs a file's lines ("-": standard input); # begins a comment; stops at the first
   failure.  Empty lines are passed over. */
int hand_script(struct hand *hand, const char *path);

/* stop_run serves kill, halt and reduce-only. */
int stop_run(struct hand *hand, const struct request *request);

/* local_can tells whether a command can be served from the journal directory; local_run does. */
bool local_can(const struct request *request);
int local_run(struct hand *hand, const struct request *request);

/* prompt_run is the interactive face; top_run the live screen (one frame when not a terminal). */
int prompt_run(struct hand *hand);
int top_run(struct hand *hand);

#endif
