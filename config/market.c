#include "config/site_file.h"

static bool read_tape(
	const struct document *d, const struct raw_tape *raw, struct site_config *site)
{
	static const char *const carries[] = {
		[TAPE_NONE] = "none", [TAPE_TRADES] = "trades", [TAPE_ALL] = "all"};
	unsigned choice;
	uint32_t count;
	if (!field_choice(d, raw->carries, carries, ARRAY_COUNT(carries), &choice) ||
		!field_count_u32(
			d, raw->events, NULL, TAPE_EVENT_COUNT_MIN, TAPE_EVENT_COUNT_MAX, &count))
		return false;
	if ((count & (count - 1)) != 0)
		return document_refuse(d, raw->events,
			"found %s events, expected a power of two such as 1048576", raw->events);
	site->tape_carries = (uint8_t)choice;
	site->tape_event_count = choice == TAPE_NONE ? 0 : count;
	return true;
}

static bool check_reader(const struct document *d, const struct raw_reader *raw,
	const struct site_config *site, const struct reader_config *reader)
{
	for (const struct reader_config *other = site->readers; other < reader; other++) {
		if (strcmp(other->name, reader->name) == 0)
			return document_refuse(d, raw->name,
				"found a second reader \"%s\", expected each name once", raw->name);
		if (other->uid == reader->uid)
			return document_refuse(d, raw->uid,
				"found uid %s of \"%s\" again, expected one reader for each uid",
				raw->uid, other->name);
	}
	return true;
}

bool market_read(const struct document *d, struct site_config *site)
{
	const struct raw_market *raw = ((const struct raw_site *)d->root)->market;
	site->tape_event_count = TAPE_EVENT_COUNT_DEFAULT;
	site->tape_carries = TAPE_ALL;
	if (raw == NULL)
		return true;
	if (raw->tape != NULL && !read_tape(d, raw->tape, site))
		return false;
	for (unsigned i = 0; i < raw->readers_count; i++) {
		struct reader_config *reader = &site->readers[site->reader_count];
		if (!field_name(d, raw->readers[i].name, reader->name, sizeof reader->name) ||
			!field_count_u32(
				d, raw->readers[i].uid, NULL, 0, UINT32_MAX - 1, &reader->uid) ||
			!check_reader(d, &raw->readers[i], site, reader))
			return false;
		site->reader_count++;
	}
	return true;
}
