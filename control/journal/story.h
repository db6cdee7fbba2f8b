/* story.h - what happened to one order, gathered from the journal in one pass.

   The pass keeps what concerns the order: its receipts, what was handed to the venue or withheld, what
   its venue answered on the order session and on the drop copy, cancels and their cause, and the stop or trip, the end of the day, or the rate too old, that was in the way, and the leases that were in force for it.  story_tell says it in
   sentences, in the journal's order, with the journal's times.

   Owner      one command; story_step does a bounded piece, so a long journal holds nobody up.
   Units      times are the wall time of the turn a record belongs to.
   Errors     a journal that ends damaged is told; what was read before it counts. */
#ifndef SLUICE_CONTROL_STORY_H
#define SLUICE_CONTROL_STORY_H

#include "control/journal/growth.h"
#include "control/journal/word.h"
#include "control/socket/answer.h"
#include "dataplane/journal/reader.h"

enum {
	STORY_EVENT_COUNT_MAX = 512,
	STORY_REF_COUNT_MAX = 32,
	STORY_STOP_COUNT_MAX = 256,
	STORY_DAY_COUNT_MAX = 64,
	STORY_LEASE_COUNT_MAX = 256,
	STORY_VENUE_NONE = UINT8_MAX
};

/* What the client's message before a receipt named, in its own words; session 0: nothing is known of it. */
struct story_asked {
	uint32_t session;
	char symbol[24], account[24];
};

/* One record that concerns the order, and when. */
struct story_event {
	uint64_t sequence, wall_ns;
	uint64_t
		released; /* of a stop: the record that released it; 0: it stands where the journal ends */
	uint8_t type; /* enum record_type */
	/* of a receipt: a bit per currency whose rate was too old then, or that had none */
	uint16_t old_rates, no_rates;
	/* of a refused one: its symbol's market as it was judged, where its turn has it, and the turn's time; what it named */
	bool has_top;
	uint64_t now_ns;
	struct top_used top;
	struct story_asked asked;
	union {
		struct receipt receipt;
		struct sent_record sent;
		struct cancel_record cancel;
		struct stop_record stop;
		struct day_record day;
		struct session_record hours;
		struct ended_record ended;
		struct resolve_record resolve;
		struct venue_word word;
	};
};

/* A UserRefNum of the order, and the venue that counts so: STORY_VENUE_NONE until one has named the order by it. */
struct story_ref {
	uint32_t ref;
	uint8_t venue;
};

/* A limit that was raised for a time. */
struct story_lease {
	struct lease_record lease;
	uint64_t sequence, wall_ns; /* of the record and the turn that it began in */
	uint64_t ended;             /* the record of its end; 0: it stands where the journal ends */
};

/* What is known of an order that was handed over; and the questions to its venue that are open, of those on connections before. */
enum story_fate { FATE_NONE, FATE_UNANSWERED, FATE_UNCERTAIN };

struct story_queries {
	uint32_t open, stale;
};

struct story {
	const struct site_config *site;
	uint64_t order_id;
	struct reader *reader;
	struct reader_end end;
	uint64_t
		durable; /* set by who opened it: a tail that is torn behind it is no loss; 0: not known */
	struct growth growth; /* the same; where durable is known it is not asked */
	uint64_t wall_ns, record_count;
	uint32_t event_count, ref_count, stop_count, day_count;
	/* what currencies were worth last, as of when; as_of 0: nobody had said */
	uint64_t rates_wall_ns[CURRENCY_COUNT_MAX];
	bool is_cut;   /* more events than there is room for */
	uint8_t venue; /* that spoke of the order; the site's only one; else STORY_VENUE_NONE */
	/* of the turn under way: markets that it uses, the last message of a client */
	struct top_used tops[BURST_COUNT_MAX];
	uint32_t top_count;
	uint64_t now_ns;
	struct story_asked asked;
	uint8_t fate;      /* enum story_fate */
	uint32_t fate_ref; /* its UserRefNum, as it was handed over */
	struct story_queries queries[VENUE_COUNT_MAX];
	struct story_ref refs[STORY_REF_COUNT_MAX];     /* UserRefNums of the order at its venue */
	struct story_event stops[STORY_STOP_COUNT_MAX]; /* a ring of the last stops */
	struct story_event days[STORY_DAY_COUNT_MAX];   /* of the last changes of the day */
	/* of the last changes of venues' own hours, a ring of as many */
	struct story_event hours[STORY_DAY_COUNT_MAX];
	uint32_t hours_count, lease_count;
	struct story_lease leases[STORY_LEASE_COUNT_MAX]; /* a ring of the last leases */
	struct story_event events[STORY_EVENT_COUNT_MAX];
};

/* story_open begins.  NULL: error has why. */
struct story *story_open(const struct site_config *site, const char *directory, uint64_t order_id,
	struct config_error *error);

/* story_step reads up to record_count records; true when the journal's end is reached. */
bool story_step(struct story *story, uint32_t record_count);

/* story_tell writes the sentences; NOT_FOUND if no decision has this number. */
void story_tell(const struct story *story, struct answer *answer);

void story_close(struct story *story);

/* --- for the files that tell --- */

/* story_sentence writes one, behind the time and the record that it comes from. */
__attribute__((format(printf, 3, 4))) void story_sentence(
	struct answer *answer, const struct story_event *event, const char *format, ...);

/* story_word_tell says what a venue, or its drop copy, told. */
void story_word_tell(
	const struct story *story, const struct story_event *event, struct answer *answer);

/* story_asked_take reads what a client's message names; story_asked_tell says what of it the site does not know. */
void story_asked_take(struct story *story, const struct record *record);
void story_asked_tell(
	const struct story *story, const struct story_event *event, struct answer *answer);

/* story_unjudged_tell says of a refused order which lanes judged nothing for want of an input, and gives them; the lane that
   won is told elsewhere.  story_market_tell says how old, and how whole, the market was that it was judged by. */
uint64_t story_unjudged_tell(
	const struct story *story, const struct story_event *event, struct answer *answer);
void story_market_tell(const struct story_event *event, struct answer *answer);

/* story_event_add keeps one more event of the order; NULL: there is no room, and the story is cut. */
static inline struct story_event *story_event_add(
	struct story *story, uint8_t type, uint64_t sequence)
{
	if (story->event_count == STORY_EVENT_COUNT_MAX) {
		story->is_cut = true;
		return NULL;
	}
	struct story_event *event = &story->events[story->event_count++];
	event->type = type;
	event->sequence = sequence;
	event->wall_ns = story->wall_ns;
	return event;
}

/* story_fate_sent to _query take what may leave an order uncertain or say that it is not there; its venue's words and
   persons' settle it elsewhere.  story_fate_tell says it, _end that nobody has settled it. */
void story_fate_sent(struct story *story, const struct sent_record *sent);
void story_fate_session(
	struct story *story, const struct session_record *session, uint64_t sequence);
void story_fate_boot(struct story *story, uint64_t sequence);
void story_fate_query(struct story *story, const struct record *record, uint64_t sequence);
void story_fate_tell(
	const struct story *story, const struct story_event *event, struct answer *answer);
void story_fate_end(const struct story *story, struct answer *answer);

/* story_lease_take keeps a lease, story_lease_end_take that it ended.  story_leases_tell names, of an order that was refused, the lease
   that the limit was which refused it; of one that passed, each that stood in place of a limit of it. */
void story_lease_take(struct story *story, const struct record *record, uint64_t sequence);
void story_lease_end_take(struct story *story, const struct record *record, uint64_t sequence);
void story_leases_tell(
	const struct story *story, const struct story_event *event, struct answer *answer);

/* story_at_venue says how the order is known at its venue: "exchange as UserRefNum 501", as far as that is known. */
void story_at_venue(const struct story *story, uint32_t ref, char *text, size_t size);

/* receipt_limit_word names what refused an order where its lane looks at two things and it was the second; NULL: it was
   the lane's own. */
const char *receipt_limit_word(const struct receipt *receipt);

/* lane_measure_format writes a lane's measure in its unit, e.g. "2500.0000", "500 shares"; a missing
   input or limit is named so. */
void lane_measure_format(uint8_t lane, int64_t value, char *text, size_t size);

/* lane_is_truth tells that a lane measures yes or no: there is nothing to count. */
bool lane_is_truth(uint8_t lane);

/* lacking_limit tells whether somebody states the limit that refused an order, and it comes to nothing without a rate.
   lacking_rate says what the rate of a currency was lacking for where that made every sum of money unknown, the order's own
   value or fee, or a limit; false: it was not, or did not matter. */
bool lacking_limit(const struct story_event *event);
bool lacking_rate(const struct site_config *site, const struct story_event *event,
	uint32_t currency, char *text, size_t size);

#endif
