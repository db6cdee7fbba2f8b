#include "control/journal/lease_json.h"

#include "control/socket/answer.h"
#include "control/socket/scope.h"

const char *limits_end_name(uint8_t why)
{
	static const char *const ends[] = {
		"?", "confirmed", "undone", "not confirmed", "replaced", "expired"};
	return ends[why < ARRAY_COUNT(ends) ? why : 0];
}

static json_t *lease_fields(const struct lease_record *lease)
{
	char reason[sizeof lease->reason + 1] = "";
	memcpy(reason, lease->reason, sizeof lease->reason);
	return json_pack(
		"{s:I, s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		"lease", (json_int_t)lease->number, "word",
		lease->word == LEASE_UNDONE ? "undone" : "begins", "uid", (json_int_t)lease->uid,
		"epoch", (json_int_t)lease->epoch, "scope", scope_name((enum scope)lease->scope),
		"limit", lease->limit < LIMIT_COUNT ? limit_keys[lease->limit].key : "?", "id",
		(json_int_t)lease->id, "symbol_index", (json_int_t)lease->symbol, "value",
		(json_int_t)lease->value.value, "window_ns", (json_int_t)lease->value.window_ns,
		"burst", (json_int_t)lease->value.burst, "whole", (json_int_t)lease->whole.value,
		"within_ns", (json_int_t)lease->within_ns, "second_uid",
		(json_int_t)lease->second_uid, "because", text_json(reason));
}

static json_t *lease_end_fields(const struct lease_end_record *end)
{
	return json_pack("{s:I, s:s, s:I}", "lease", (json_int_t)end->number, "word",
		limits_end_name(end->why), "uid", (json_int_t)end->uid);
}

void lease_json(json_t *row, const struct record *record)
{
	struct lease_record lease = {0};
	struct lease_end_record end = {0};
	bool is_end = record->type == RECORD_LEASE_END;
	size_t size = is_end ? sizeof end : sizeof lease;
	memcpy(is_end ? (void *)&end : (void *)&lease, record_body(record),
		record->body_bytes < size ? record->body_bytes : size);
	json_t *fields = is_end ? lease_end_fields(&end) : lease_fields(&lease);
	json_object_update(row, fields);
	json_decref(fields);
}
