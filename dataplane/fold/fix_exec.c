#include "dataplane/fold/fix_exec.h"

uint32_t fix_exec_name(uint8_t out[FIX_EXEC_ID_BYTES], struct fix_exec exec)
{
	uint32_t at = 0;
	out[at++] = 'F';
	at += fix_write_number(out + at, exec.match);
	out[at++] = '-';
	return at + fix_write_number(out + at, exec.order_id);
}

static uint32_t number_name(uint8_t *out, uint64_t number)
{
	out[0] = 'R';
	return 1 + fix_write_number(out + 1, number);
}

uint32_t fix_exec_count(uint8_t out[FIX_EXEC_ID_BYTES], struct fix_client *fix)
{
	return number_name(out, ++fix->exec_count);
}

static uint64_t changed_first(const struct fix_client *fix)
{
	return fix->changed_total < FIX_CHANGED_COUNT ? 0 : fix->changed_total - FIX_CHANGED_COUNT;
}

/* The newest first; 0: none.  Rare: a second change of one trade. */
static uint64_t changed_last(const struct fix_client *fix, struct fix_exec exec)
{
	for (uint64_t n = fix->changed_total; n > changed_first(fix); n--) {
		const struct fix_changed *changed = &fix->changed[(n - 1) % FIX_CHANGED_COUNT];
		if (changed->match == exec.match && changed->order_id == exec.order_id)
			return changed->exec;
	}
	return 0;
}

uint32_t fix_exec_ref(
	uint8_t out[FIX_EXEC_ID_BYTES], const struct fix_client *fix, struct fix_exec exec)
{
	uint64_t last = changed_last(fix, exec);
	return last != 0 ? number_name(out, last) : fix_exec_name(out, exec);
}

void fix_exec_changed(struct fix_client *fix, struct fix_exec exec, bool is_bust)
{
	if (is_bust && changed_last(fix, exec) == 0)
		return;
	fix->changed[fix->changed_total++ % FIX_CHANGED_COUNT] =
		(struct fix_changed){.match = exec.match,
			.order_id = exec.order_id,
			.exec = is_bust ? 0 : fix->exec_count};
}

void fix_exec_day(struct fix_client *fix)
{
	fix->changed_total = 0;
}

void fix_exec_write(const struct fix_client *fix,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	for (uint64_t n = changed_first(fix); n < fix->changed_total; n++)
		add(context, &fix->changed[n % FIX_CHANGED_COUNT], sizeof fix->changed[0]);
}
