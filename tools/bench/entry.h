/* entry.h - an order session of the bench: an order in to its answer out, through a gate that stands at the other end of
   any stream, its venue in memory.

   The client's end logs in and sends one order a trip: of a symbol that the site does not know, which is judged and
   refused, or of one it knows, which the venue accepts and takes back.

   Owner      each end one thread; the ends share nothing but the rig's site. */
#ifndef SLUICE_BENCH_ENTRY_H
#define SLUICE_BENCH_ENTRY_H

#include "tools/bench/gate_rig.h"
#include "tools/bench/trips.h"

/* A client's end.  line carries its bytes: a struct stream by entry_stream, or what send and receive know. */
struct entry {
	bool (*send)(struct entry *entry, const uint8_t *bytes, uint32_t size_bytes);
	/* receive gives what came, up to room; 0: nothing yet; -1: it is over. */
	int64_t (*receive)(struct entry *entry, uint8_t *bytes, uint64_t room);
	void *line;
	uint32_t connection; /* of a struct stream */
	struct gate_rig *rig;
	bool is_known; /* orders are of a symbol that the site knows */
	uint64_t chance;
	uint32_t size_bytes;
	uint8_t bytes[4096];
};

/* entry_over sets an entry upon a connection of a stream. */
void entry_over(struct entry *entry, struct stream *stream, uint32_t connection);

/* entry_turn is a turn of the gate at the other end. */
void entry_turn(struct gate_rig *rig);

/* An entry's two kinds of trips, and their names behind that of the way that carried them. */
#define ENTRY_REFUSED "order in to Rejected out"
#define ENTRY_PASSED  "order in to Accepted out, venue in memory"
struct entry_times {
	struct trip_times refused, passed;
};

/* entry_time logs in and times both.  false: an answer did not come. */
bool entry_time(
	struct entry *entry, uint32_t trip_count, uint32_t round_count, struct entry_times *times);

/* entry_add adds the figures "<way>: order in to ... out", beside the way's bare echo. */
void entry_add(struct figures *figures, const char *way, const char *echo,
	const struct entry_times *times);

#endif
