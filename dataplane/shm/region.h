/* region.h - the shared memories, and how a process gets another's.

   Each process creates its own region (a memfd), maps it writable, then seals it so that every other
   mapping is read-only by the kernel, and hands the descriptor over a Unix socket.  The dataplane's
   region outlives it while control holds it: counters stay readable and the journal link is salvaged.
   The dataplane has a third beside its own: the market (market.h), which strategies may read too.

   Attaching: control connects to <run>/attach.sock (served by the door thread) and sends an
   attach_message with its region's descriptor and, if it held the region of an earlier dataplane, that
   one too; the dataplane answers with the descriptors of its own region and of the market.  The
   connection then stays open: its end tells the other that a process is gone.

   Owner      a region is written only by the process that made it; inside, each page by one stage.
   Errors     a region of another magic, version or layout is refused with a sentence. */
#ifndef SLUICE_SHM_REGION_H
#define SLUICE_SHM_REGION_H

#include "config/config.h"
#include "dataplane/shm/frames.h"
#include "dataplane/shm/link.h"
#include "dataplane/shm/mailbox.h"
#include "dataplane/shm/metrics.h"
#include "dataplane/shm/ports.h"
#include "dataplane/shm/session_event.h"
#include "dataplane/shm/stop.h"

#define REGION_MAGIC_CONTROL   0x314c5443434c53ull /* "SLCCTL1" */
#define REGION_MAGIC_DATAPLANE 0x31504444434c53ull /* "SLCDDP1" */
#define REGION_MAGIC_MARKET    0x31544b4d434c53ull /* "SLCMKT1" */

enum {
	REGION_VERSION = 3,
	LIMIT_BANK_COUNT = 2,
	STOP_RESULT_COUNT = 64,
	USAGE_EVENT_COUNT = 64,
	TRIP_EVENT_COUNT = 16
};

struct region_header {
	uint64_t magic;
	uint32_t version;
	uint32_t reserved;
	uint64_t layout_hash; /* region_layout_hash of the build that made it */
	uint64_t size_bytes;
	uint64_t instance; /* unique to this process's life: wall time at boot */
	uint64_t pid;
	uint64_t build_id;
	uint64_t config_hash[2];
	uint64_t started_wall_ns;
};

/* What each gate gets of a limit that spans them all: it stands in place of the row's own. */
struct limit_cut {
	uint32_t row;   /* index into the bank's rows */
	uint32_t limit; /* enum limit; the row states it */
	struct limit_value values[GATE_COUNT_MAX];
};

/* A limits set offered by control.  Control fills the bank that is not in force, then stores
   limits_epoch; it does not touch a bank until every gate has adopted the other. */
struct limit_bank {
	_Alignas(SHARED_ALIGN_BYTES) uint32_t epoch;
	uint32_t row_count;
	uint32_t cut_count; /* 0 where one gate has all */
	uint32_t reserved;
	uint64_t hash[2];
	uint64_t within_ns; /* as in the record that brings them into force */
	uint32_t uid, second_uid;
	uint8_t persons, term;
	struct limit_cut cuts[LIMIT_CUT_COUNT_MAX]; /* rising by row */
	struct limit_row rows[LIMIT_ROW_COUNT_MAX];
};

struct control_region {
	struct region_header header;
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t heartbeat; /* counts; aged by its observer */
	/* how far the wall clock is off either way, plus one; 0: nobody knows */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t clock_off_ns;
	/* bank is epoch % 2; 0: none yet */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint32_t limits_epoch;
	/* bytes of each frame that the feed copies into its frames; 0: none */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint32_t capture_bytes;
	struct stop_board stops;
	struct mailbox_request requests[STAGE_COUNT];
	struct limit_bank banks[LIMIT_BANK_COUNT];
};

/* region_heartbeat gives control's count; 0: no control. */
static inline uint64_t region_heartbeat(const struct control_region *control)
{
	return control == NULL ? 0
			       : atomic_load_explicit(&control->heartbeat, memory_order_acquire);
}

/* region_clock_off_ns tells how far control says that the wall clock is off; UINT64_MAX: nobody says. */
static inline uint64_t region_clock_off_ns(const struct control_region *control)
{
	uint64_t said = control == NULL ? 0
					: atomic_load_explicit(
						  &control->clock_off_ns, memory_order_relaxed);
	return said - 1;
}

/* What one stop did; the gate fills a slot per stop it latched, in a ring. */
struct stop_result {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t lock; /* odd: being written */
	uint64_t stamp;                                   /* of the stop word */
	uint8_t writer;                                   /* enum stop_writer */
	uint8_t scope, state, reserved;
	uint32_t id;
	uint64_t latch;      /* number of the latch it made */
	uint64_t seen_ns;    /* monotonic, when the gate latched it */
	uint32_t open_count; /* open orders it covered */
	uint32_t cancels_sent;
	uint32_t cancels_confirmed; /* of those, finished at the venue */
	uint32_t reserved2;
	uint64_t sent_ns; /* when the last cancel was handed over */
	uint64_t done_ns; /* when the last one was confirmed; 0: not yet */
};

/* Which limits are in force, for how long and what they return to, as the gate tells it. */
struct limits_page {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t lock; /* odd: being written */
	struct limit_epoch_record now, former;            /* former: only while now has a term */
	struct limit_end_record ended; /* the term that ended last; epoch 0: none did */
	uint64_t end_count;            /* terms that ended, of this journal */
	uint32_t taken;                /* the highest epoch that ever was in force */
};

/* Limits that were raised for a time, as the gate tells them; and the last that ended, in a ring. */
struct leases_page {
	_Alignas(CACHE_LINE_BYTES) _Atomic uint64_t lock; /* odd: being written */
	uint32_t count, last;                             /* last: the highest number so far */
	uint64_t end_count;                               /* that ended, of this journal */
	struct lease_row {
		struct lease_record lease;
		struct limit_value base; /* what it returns to */
	} rows[LEASE_COUNT_MAX];
	struct lease_ended {
		struct lease_record lease;
		struct lease_end_record end;
	} ends[LEASE_COUNT_MAX]; /* slot is (n - 1) % LEASE_COUNT_MAX */
};

/* One gate's page of answers to stops and limits. */
struct gate_page {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t stop_epoch_seen[STOP_WRITER_COUNT];
	_Atomic uint32_t limits_epoch_adopted; /* in force: limits.now.epoch */
	_Atomic uint32_t is_recovered; /* 1: the journal was replayed and the gate takes orders */
	/* results written so far; slot is (n - 1) % STOP_RESULT_COUNT */
	_Atomic uint64_t result_count;
	_Atomic uint32_t latched_state;    /* strictest latched state of the firm */
	_Atomic uint32_t latch_count;      /* scopes latched at reduce-only or stricter */
	_Atomic uint64_t control_instance; /* of the control region in use; 0: none */
	_Atomic uint64_t control_silent_ns;
	_Atomic uint32_t venue_up_mask;
	_Atomic uint32_t venue_closed_mask; /* bit per venue: outside of its own hours */
	_Atomic uint32_t
		venue_uncertain[VENUE_COUNT_MAX]; /* orders sent and not known to have arrived */
	_Atomic uint32_t venue_copy_up_mask;      /* bit per venue: logged in at its drop copy */
	_Atomic uint32_t venue_breaks[VENUE_COUNT_MAX];
	_Atomic uint64_t breaks_lost; /* words that could not be compared */
	_Atomic uint32_t day_phase;   /* enum day_phase */
	struct stop_result results[STOP_RESULT_COUNT];
	/* limits whose usage rose to 50, 80 or 100 %; slot is (n - 1) % USAGE_EVENT_COUNT */
	_Atomic uint64_t usage_count;
	struct usage_row usage[USAGE_EVENT_COUNT];
	/* what the gate itself latched since it began, in a ring as above; and how much of it stands */
	_Atomic uint64_t trip_count;
	_Atomic uint32_t trips_standing;
	struct latch_row trips[TRIP_EVENT_COUNT];
	/* what became of sessions, in a ring as above; and which logins venues and their drop copies refuse */
	_Atomic uint64_t session_event_count;
	struct session_event session_events[SESSION_EVENT_COUNT];
	struct session_refusals venue_refusals[VENUE_COUNT_MAX], copy_refusals[VENUE_COUNT_MAX];
	struct limits_page limits;
	_Atomic uint64_t limits_left_ns; /* of the term of what is in force, as of the last tick */
	struct leases_page leases;
	_Atomic uint64_t
		leases_left_ns[LEASE_COUNT_MAX]; /* by place in leases.rows, as of the last tick */
};

/* What a gate beyond the first, and the journal of it, write: the first one's stands in the region itself. */
struct gate_part {
	struct metrics metrics;
	struct gate_page gate;
	struct link journal;
};

/* How far a stage's clock strayed from the kernel's (clock_watch.h); its thread writes it. */
struct stage_clock {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t strayed_ns;
};

struct dataplane_region {
	struct region_header header;
	struct stage_clock clocks[STAGE_COUNT];
	struct metrics metrics;
	struct metrics more_feeds[FEED_STAGE_COUNT_MAX - 1]; /* of feed stages beyond the first */
	/* which channel publishes an instrument, and 1; 0: none yet.  Taken once, by compare and swap */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint8_t claims[SYMBOL_COUNT_MAX];
	struct gate_page gate;
	struct port_page ports[PORT_COUNT_MAX]; /* by index in site.yaml */
	struct stop_board door_stops;
	struct mailbox_answer answers[STAGE_COUNT];
	struct link journal;
	struct frames frames[FEED_STAGE_COUNT_MAX]; /* by feed stage */
	struct gate_part more_gates[];              /* as many as the site has beyond the first */
};

/* leases_page_take copies likewise. */
void leases_page_take(const struct leases_page *page, struct leases_page *copy);

/* limits_page_take copies a page that its gate may be writing: whole, however long that one waits for its core, up to a tenth of a
   second; what a gate that died over it left is taken as it is. */
void limits_page_take(const struct limits_page *page, struct limits_page *copy);

struct attach_message {
	uint64_t magic;       /* of the sender's region */
	uint64_t layout_hash; /* of the sender's build */
	uint32_t version;
	/* descriptors that come with it.  From control: its region, then the earlier dataplane's;
	   from the dataplane: its region, then the market */
	uint32_t fd_count;
	uint64_t pid;
	char refusal[232]; /* not empty: the sender refuses, and why */
};

/* region_metrics gives the page that a stage writes; region_feed_metrics that of feed number `index`, to read. */
struct metrics *region_metrics(struct dataplane_region *region, enum stage_id stage);
const struct metrics *region_feed_metrics(const struct dataplane_region *region, uint32_t index);

/* region_gate_count tells how many gates a region has pages for; region_gate, region_gate_metrics and region_link give those
   of one, to read; region_gate_writes those that it and its journal write. */
uint32_t region_gate_count(const struct dataplane_region *region);
const struct gate_page *region_gate(const struct dataplane_region *region, uint32_t index);
const struct metrics *region_gate_metrics(const struct dataplane_region *region, uint32_t index);
const struct link *region_link(const struct dataplane_region *region, uint32_t index);

struct gate_writes {
	struct metrics *metrics;
	struct gate_page *page;
	struct link *journal;
};

struct gate_writes region_gate_writes(struct dataplane_region *region, uint32_t index);

/* region_sum adds a metric up over the pages of all stages that have it. */
uint64_t region_sum(const struct dataplane_region *region, enum metric metric);

/* region_layout_hash is the same in two builds only if all regions look the same to them. */
uint64_t region_layout_hash(void);

/* A region's maker makes present what of it is used: as aside_make, 0 or errno. */
typedef int region_present(void *region, size_t size, const struct site_config *site);

/* region_piece makes the pages present that some bytes of a region lie on, region_piece_later when the boot is over; 0 or errno. */
int region_piece(void *region, size_t offset_bytes, size_t size_bytes);
int region_piece_later(void *region, size_t offset_bytes, size_t size_bytes);

/* region_create makes, maps, seals and heads a region of this magic and size, zeroed behind its header; *fd is the
   descriptor to hand over.  region_create_control and region_create_dataplane do it for theirs, market_create (market.h) for the
   market.  NULL: error has why. */
void *region_create(int *fd, uint64_t magic, size_t size, const struct site_config *site,
	region_present *present, struct config_error *error);
struct control_region *region_create_control(
	int *fd, const struct site_config *site, struct config_error *error);
struct dataplane_region *region_create_dataplane(
	int *fd, const struct site_config *site, struct config_error *error);

/* region_join maps somebody else's region read-only and checks its header.  NULL: error has what was
   found and what was expected; the descriptor stays the caller's. */
const void *region_join(int fd, uint64_t magic, struct config_error *error);

/* region_read_control looks at every page of a joined control's region that a site uses: a gate that looks at control's words for the
   first time must not fault. */
void region_read_control(const struct control_region *control, const struct site_config *site);

/* region_leave unmaps what region_join or region_create_* mapped. */
void region_leave(const void *region);

/* The doors' names in the run directory. */
#define ATTACH_SOCKET_NAME "attach.sock"
#define KILL_SOCKET_NAME   "kill.sock"

/* attach_connect connects to the dataplane's attach socket (SOCK_SEQPACKET, so a message is whole or
   not there).  Returns the socket, not blocking; -1: error has why.  Then attach_send, attach_receive
   until the answer comes, region_join. */
int attach_connect(const char *run_directory, struct config_error *error);

/* attach_send, attach_receive move one message and its descriptors over a connected Unix socket.
   attach_receive returns how many descriptors came, or -1 (errno; EAGAIN: nothing there; ECONNRESET:
   the other is gone; EBADMSG: not a whole message, its descriptors are closed). */
bool attach_send(
	int socket, const struct attach_message *message, const int *fds, uint32_t fd_count);
int attach_receive(int socket, struct attach_message *message, int *fds, uint32_t fd_max);

#endif
