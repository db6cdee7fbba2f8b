#include "control/limits/watching.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "config/rejects.h"
#include "control/auth/person.h"
#include "control/limits/leasing.h"
#include "control/socket/answer.h"
#include "control/socket/scope.h"

const uint32_t watching_marks[WATCHING_MARK_COUNT] = {50, 80, 100};

/* How many marks usage stands at or above. */
static uint32_t marks_of(const struct usage_row *row)
{
	uint32_t count = WATCHING_MARK_COUNT;
	while (count > 0 && saturating_multiply(row->usage, 100) <
				    saturating_multiply(row->limit, watching_marks[count - 1]))
		count--;
	return count;
}

uint32_t watching_percent(const struct usage_row *row)
{
	uint32_t count = marks_of(row);
	return count > 0 ? watching_marks[count - 1] : 0;
}

struct usage_row watching_row(unsigned limit)
{
	struct usage_row row = {.lane = LANE_NONE, .key = LIMIT_COUNT, .id = UINT32_MAX};
	if (limit < LANE_COUNT)
		row.lane = (uint8_t)limit;
	else
		row.key = (uint8_t)(limit - LANE_COUNT);
	return row;
}

static void marks_count(struct usage_marks *marks, const struct usage_row *row)
{
	uint32_t count = marks_of(row);
	unsigned key = row->key < LIMIT_COUNT ? row->key : LIMIT_COUNT;
	unsigned limit = row->lane < LANE_COUNT ? row->lane : LANE_COUNT + key;
	if (count > 0)
		marks->told[limit][count - 1]++;
}

void watching_name(
	const struct site_config *site, const struct usage_row *row, char name[WATCHING_NAME_BYTES])
{
	bool is_key = row->lane == LANE_NONE && row->key < LIMIT_COUNT;
	snprintf(name, WATCHING_NAME_BYTES, "%s",
		is_key ? limit_keys[row->key].key : lane_name(row->lane));
	for (char *at = name; is_key && *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	if (usage_is_rate(row))
		snprintf(name, WATCHING_NAME_BYTES, "RATE_AGE%s%s",
			row->id < site->currency_count ? " " : "",
			row->id < site->currency_count ? site->currencies[row->id].name : "");
	if (row->lane == LANE_PARENT && row->parent != 0)
		snprintf(name, WATCHING_NAME_BYTES, "%s %u", lane_name(LANE_PARENT), row->parent);
}

bool usage_is_age(const struct usage_row *row)
{
	if (row->key < LIMIT_COUNT)
		return limit_keys[row->key].unit == AGE;
	return row->lane == LANE_CONTROL_SILENT || row->lane == LANE_CLOCK_IN_DOUBT ||
	       usage_is_rate(row);
}

const char *watching_unit(
	const struct site_config *site, const struct usage_row *row, char text[WATCHING_UNIT_BYTES])
{
	static const char *const units[] = {
		[SHARES] = "shares",
		[BPS] = "bps",
		[TICKS] = "ticks",
		[RATE] = "orders",
		[COUNT] = "orders",
		[WALK] = "bps",
		[FLAG] = "yes_or_no",
		[RATIO] = "messages",
	};
	if (usage_is_age(row))
		return "ns";
	if (row->key >= LIMIT_COUNT)
		return row->lane == LANE_PARENT ? "shares" : "records";
	if (limit_keys[row->key].unit != MONEY)
		return units[limit_keys[row->key].unit];
	snprintf(text, WATCHING_UNIT_BYTES, "1e-4 %s", site_currency(site));
	return text;
}

void watching_forecast(const struct usage_row *row, char text[WATCHING_FORECAST_BYTES])
{
	uint64_t seconds = row->forecast_ns / 1000000000;
	if ((row->flags & USAGE_HAS_FORECAST) == 0)
		snprintf(text, WATCHING_FORECAST_BYTES, "-");
	else if (row->forecast_ns == UINT64_MAX)
		snprintf(text, WATCHING_FORECAST_BYTES, "not at this pace");
	else if (row->forecast_ns == 0)
		snprintf(text, WATCHING_FORECAST_BYTES, "now");
	else
		snprintf(text, WATCHING_FORECAST_BYTES, "in %" PRIu64 ":%02u:%02u", seconds / 3600,
			(unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

/* How an event came: what the ring lost before it, and whether it may be one that the control before this one has written. */
struct coming {
	uint64_t lost;
	bool is_old;
};

static void coming_tell(json_t *line, struct coming coming)
{
	if (coming.lost > 0)
		json_object_set_new(line, "lost_before", json_integer((json_int_t)coming.lost));
	if (coming.is_old)
		json_object_set_new(line, "before_control", json_true());
}

static void watching_write(const struct plane *plane, struct audit *audit,
	const struct usage_row *row, struct coming coming, uint64_t now_ns)
{
	char symbol[9] = "", name[WATCHING_NAME_BYTES], unit[WATCHING_UNIT_BYTES];
	watching_name(plane->site, row, name);
	if (row->symbol < plane->site->symbol_count)
		symbol_unpack(plane->site->symbols[row->symbol].name, symbol);
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:I, s:s, s:i}", "event",
		"usage", "limit", name, "key",
		row->key < LIMIT_COUNT ? limit_keys[row->key].key : "-", "scope",
		scope_name((enum scope)row->scope), "id", (int)row->id, "symbol", symbol, "used",
		(json_int_t)row->usage, "of", (json_int_t)row->limit, "unit",
		watching_unit(plane->site, row, unit), "percent", (int)watching_percent(row));
	if (line == NULL)
		return;
	coming_tell(line, coming);
	audit_append(audit, line, AUDIT_MINOR, now_ns);
}

static void watching_trip(const struct plane *plane, struct audit *audit,
	const struct latch_row *row, struct coming coming, uint64_t now_ns)
{
	char id[80], reason[sizeof row->reason + 1] = {0}, since[32];
	scope_id_name(plane->site, (enum scope)row->scope, row->id, id, sizeof id);
	memcpy(reason, row->reason, sizeof row->reason);
	time_format(row->since_wall_ns, since);
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "event", "trip", "scope", id,
		"state", trading_state_name((enum trading_state)row->state), "latch",
		(json_int_t)row->latch, "since", since, "because", reason);
	if (line == NULL)
		return;
	coming_tell(line, coming);
	audit_append(audit, line, AUDIT_MAJOR, now_ns);
}

/* The events of a ring that are new: from first, before end, and how many it lost before them; of those that are old nobody
   knows, because they may have been read. */
struct fresh {
	uint64_t first, end, lost;
};

static struct fresh fresh_take(
	const _Atomic uint64_t *written, uint64_t *seen, uint64_t ring_count, bool is_old)
{
	uint64_t end = atomic_load_explicit(written, memory_order_acquire), count = end - *seen;
	uint64_t held = count < ring_count ? count : ring_count;
	*seen = end;
	return (struct fresh){.first = end - held, .end = end, .lost = is_old ? 0 : count - held};
}

static uint32_t watching_trips(struct watching *watching, const struct plane *plane, uint32_t gate,
	struct audit *audit, uint64_t now_ns, bool is_old)
{
	const struct gate_page *page = region_gate(plane->region, gate);
	struct fresh fresh = fresh_take(
		&page->trip_count, &watching->trips_seen[gate], TRIP_EVENT_COUNT, is_old);
	for (uint64_t i = fresh.first; i < fresh.end; i++, fresh.lost = 0) {
		struct latch_row row = page->trips[i % TRIP_EVENT_COUNT];
		watching_trip(plane, audit, &row,
			(struct coming){.lost = fresh.lost, .is_old = is_old}, now_ns);
	}
	return (uint32_t)(fresh.end - fresh.first);
}

static uint32_t watching_usage(struct watching *watching, const struct plane *plane, uint32_t gate,
	struct audit *audit, uint64_t now_ns, bool is_old)
{
	const struct gate_page *page = region_gate(plane->region, gate);
	struct fresh fresh =
		fresh_take(&page->usage_count, &watching->seen[gate], USAGE_EVENT_COUNT, is_old);
	watching->marks[gate].lost += fresh.lost;
	for (uint64_t i = fresh.first; i < fresh.end; i++, fresh.lost = 0) {
		struct usage_row row = page->usage[i % USAGE_EVENT_COUNT];
		if (!is_old)
			marks_count(&watching->marks[gate], &row);
		watching_write(plane, audit, &row,
			(struct coming){.lost = fresh.lost, .is_old = is_old}, now_ns);
	}
	return (uint32_t)(fresh.end - fresh.first);
}

static void watching_lease_end(const struct plane *plane, struct audit *audit, uint32_t gate,
	const struct lease_ended *ended, uint64_t now_ns)
{
	static const char *const words[] = {[LIMITS_UNDONE] = "undone",
		[LIMITS_REPLACED] = "replaced",
		[LIMITS_EXPIRED] = "expired"};
	const char *word = ended->end.why < ARRAY_COUNT(words) ? words[ended->end.why] : NULL;
	char name[LEASING_NAME_BYTES];
	json_t *line = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "event", "lease", "lease",
		(json_int_t)ended->end.number, "limit",
		leasing_name(plane->site, &ended->lease, name), "gate",
		gate_name(plane->site, gate), "ended", word != NULL ? word : "?", "person",
		ended->end.why == LIMITS_UNDONE ? person_find(plane->site, ended->end.uid).name
						: "nobody");
	if (line != NULL)
		audit_append(audit, line, AUDIT_MAJOR, now_ns);
}

static void watching_leases(struct watching *watching, const struct plane *plane, uint32_t gate,
	struct audit *audit, uint64_t now_ns)
{
	struct leases_page page;
	leases_page_take(&region_gate(plane->region, gate)->leases, &page);
	uint64_t *seen = &watching->lease_ends_seen[gate];
	if (*seen == UINT64_MAX) {
		/* A journal that is replayed ends its leases again. */
		if (plane_is_recovered(plane))
			*seen = page.end_count;
		return;
	}
	if (page.end_count - *seen > LEASE_COUNT_MAX)
		*seen = page.end_count - LEASE_COUNT_MAX;
	for (; *seen < page.end_count; ++*seen)
		watching_lease_end(plane, audit, gate, &page.ends[*seen % LEASE_COUNT_MAX], now_ns);
}

uint32_t watching_turn(
	struct watching *watching, const struct plane *plane, struct audit *audit, uint64_t now_ns)
{
	if (plane->region == NULL)
		return 0;
	/* What a gate told before control began is for the audit, because nobody may have been there to write it, and
	   counts for nothing since. */
	const bool is_old = watching->instance == 0;
	if (watching->instance != plane->region->header.instance) {
		watching->instance = plane->region->header.instance;
		memset(watching->seen, 0, sizeof watching->seen);
		memset(watching->trips_seen, 0, sizeof watching->trips_seen);
		memset(watching->lease_ends_seen, 0xff, sizeof watching->lease_ends_seen);
	}
	uint32_t count = 0;
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		watching_leases(watching, plane, i, audit, now_ns);
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		count += watching_usage(watching, plane, i, audit, now_ns, is_old) +
			 watching_trips(watching, plane, i, audit, now_ns, is_old);
	return count;
}
