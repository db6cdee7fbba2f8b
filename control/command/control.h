/* control.h - the control process: what it owns, and its one loop.

   Every turn of the loop serves the heartbeat first, then the attachment and the limits, then a bounded
   piece of what peers ask.  The heartbeat is moved by this loop and nothing else, so it proves that the
   loop lives; when it stands for control_max_silence the gate refuses by itself.

   Owner      one thread; only the audit, the ledger, a capture and a limits file's reading have threads of their own.
   Errors     at boot a sentence and nothing started; later answers, never an end. */
#ifndef SLUICE_CONTROL_CONTROL_H
#define SLUICE_CONTROL_CONTROL_H

#include "control/archive/archive.h"
#include "control/audit/audit.h"
#include "control/auth/approval.h"
#include "control/capture/recorder.h"
#include "control/health/news.h"
#include "control/health/timekeeping.h"
#include "control/kill/standing.h"
#include "control/ledger/hearsay.h"
#include "control/limits/history.h"
#include "control/limits/publishing.h"
#include "control/limits/reading.h"
#include "control/limits/watching.h"
#include "control/plane/plane.h"
#include "control/plane/rates.h"
#include "control/socket/server.h"

/* A limits file that is read takes 20 MB and more for as long as that lasts. */
enum { CONTROL_LOOK_COUNT_MAX = 4 };

struct control {
	struct site_config site;
	struct site_config *views; /* of several gates: what each of them sees */
	struct plane plane;
	struct rates rates; /* of the feeds, for show feeds */
	struct news news;   /* of the feeds, for the log    */
	struct publishing publishing;
	struct standing standing;
	struct watching watching;
	struct approvals approvals;
	struct timekeeping timekeeping;
	struct audit *audit;
	struct recorder *recorder;
	uint64_t capture_attach_count; /* of the plane, when the capture was given its region */
	struct archive *archive;
	uint64_t archive_attach_count; /* of the plane, when the archive was given its market */
	struct bookkeeping *bookkeeping[GATE_COUNT_MAX]; /* by gate */
	struct hearsay hearsay;
	struct server *server;
	uint32_t own_uid;
	uint64_t started_wall_ns;
	uint64_t beat_ns, beat_interval_ns; /* last heartbeat; a tenth of control_max_silence */
	char limits_path[PATH_BYTES];       /* the file that `limits load` without a name reads */
	char kept_path[PATH_BYTES + 32];  /* the file with what is in force, kept across restarts */
	char trial_path[PATH_BYTES + 32]; /* the file with what is on trial, until that ends */
	char limits_note[1200];   /* what was decided about limits at boot; empty: nothing */
	struct reading *keeping;  /* limits on their way to kept_path; NULL: none */
	uint64_t keeping_hash[2]; /* of them                                      */
	bool keeping_is_trial;    /* they were on trial: that file goes with them */
	struct reading *owed;     /* limits that could not be kept, tried again; NULL: none */
	uint64_t owed_ns;         /* when                                               */
	char owed_why[400];
	uint64_t kept_hash[2];      /* of the set that kept_path holds */
	struct reading *trial;      /* limits in trial_path, or on their way there; NULL: none */
	struct history history;     /* files of loads that were in force */
	bool is_trial_offered;      /* published, or found: it lasts as long as its term */
	uint64_t ends_seen;         /* terms that ended, as the gate counts them, and were told */
	uint64_t ends_attach_count; /* of the plane, when they were counted */
	uint32_t child_count;       /* programs under way */
	uint32_t
		look_count; /* limits files being read for whoever only looks, <= CONTROL_LOOK_COUNT_MAX */
	bool is_hurried; /* the ledger's page is under way */
	bool is_opened, made_run_directory;
};

/* control_open reads the site and its limits, makes the region and opens the sockets.  limits_path NULL:
   <directory>/limits.yaml.  false: error has why, and nothing is left behind. */
bool control_open(struct control *control, const char *directory, const char *limits_path,
	struct config_error *error);

/* control_view gives the site as one of its gates sees it. */
const struct site_config *control_view(const struct control *control, uint32_t gate);

/* control_turn does one turn, waiting at most timeout_ms for something to do. */
void control_turn(struct control *control, int timeout_ms);

/* control_close ends everything and removes the sockets. */
void control_close(struct control *control);

#endif
