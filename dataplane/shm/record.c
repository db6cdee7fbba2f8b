#include "dataplane/shm/record.h"

const char *record_type_name(unsigned type)
{
	static const char *const names[] = {
		[RECORD_PAD] = "pad",
		[RECORD_BOOT] = "boot",
		[RECORD_TURN] = "turn",
		[RECORD_TOP] = "top",
		[RECORD_STOP] = "stop",
		[RECORD_RELEASE] = "release",
		[RECORD_LIMIT_ROW] = "limit-row",
		[RECORD_LIMIT_EPOCH] = "limit-epoch",
		[RECORD_SESSION] = "session",
		[RECORD_CLIENT_IN] = "client-in",
		[RECORD_VENUE_IN] = "venue-in",
		[RECORD_SENT] = "sent",
		[RECORD_WITHHELD] = "withheld",
		[RECORD_MARK] = "mark",
		[RECORD_RESERVED] = "reserved",
		[RECORD_DAY] = "day",
		[RECORD_POSITION] = "position",
		[RECORD_RATE] = "rate",
		[RECORD_LIMIT_WORD] = "limit-word",
		[RECORD_RESOLVE] = "resolve",
		[RECORD_ACKNOWLEDGE] = "acknowledge",
		[RECORD_LEASE] = "lease",
		[RECORD_RECEIPT] = "receipt",
		[RECORD_CANCEL] = "cancel",
		[RECORD_RESERVE] = "reserve",
		[RECORD_STATE_HASH] = "state-hash",
		[RECORD_TRADE] = "trade",
		[RECORD_TRIP] = "trip",
		[RECORD_ENDED] = "ended",
		[RECORD_LIMIT_END] = "limit-end",
		[RECORD_LEASE_END] = "lease-end",
	};
	return type < ARRAY_COUNT(names) && names[type] ? names[type] : "?";
}

const char *day_phase_name(uint32_t phase)
{
	static const char *const names[] = {
		[DAY_OPEN] = "open", [DAY_ENDING] = "ending", [DAY_CLOSED] = "closed"};
	return phase < ARRAY_COUNT(names) ? names[phase] : "?";
}

const char *resolve_name(unsigned as)
{
	static const char *const names[] = {[RESOLVE_CANCELLED] = "cancelled",
		[RESOLVE_FILLED] = "filled",
		[RESOLVE_WORKING] = "working"};
	return as < ARRAY_COUNT(names) && names[as] ? names[as] : "?";
}
