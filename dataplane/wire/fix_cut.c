/* fix_cut.c - messages out of a byte stream (fix.h). */
#include "dataplane/wire/fix.h"

enum {
	HEAD_BYTES_MAX = 16, /* 8=FIX.4.2 with its SOH, and some room for other versions */
	LENGTH_DIGITS_MAX = 6,
};

static const uint8_t begin[] = {'8', '=', 'F', 'I', 'X'};

/* cut_candidate finds where a message may begin, from `from` on: a whole "8=FIX" or the part of one at the end. */
static uint32_t cut_candidate(const uint8_t *bytes, uint32_t size_bytes, uint32_t from)
{
	while (from < size_bytes) {
		const uint8_t *at = memchr(bytes + from, begin[0], size_bytes - from);
		if (at == NULL)
			return size_bytes;
		from = (uint32_t)(at - bytes);
		size_t left = size_bytes - from;
		if (memcmp(at, begin, left < sizeof begin ? left : sizeof begin) == 0)
			return from;
		from++;
	}
	return size_bytes;
}

static enum fix_cut_verdict cut_garbled(
	const uint8_t *bytes, uint32_t size_bytes, struct fix_frame *frame)
{
	frame->taken_bytes = cut_candidate(bytes, size_bytes, 1);
	return FIX_GARBLED;
}

/* Adding bytes in a byte lets the compiler add sixteen at once. */
static uint8_t sum_of(const uint8_t *bytes, uint32_t size_bytes)
{
	uint8_t sum = 0;
	for (uint32_t i = 0; i < size_bytes; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum;
}

/* cut_length reads "9=<digits>" at `at`.  FIX_WHOLE: *at stands behind it. */
static enum fix_cut_verdict cut_length(
	const uint8_t *bytes, uint32_t size_bytes, uint32_t *at, uint32_t *length)
{
	static const uint8_t name[] = {'9', '='};
	uint32_t first, value = 0;
	for (uint32_t i = 0; i < sizeof name; i++, (*at)++) {
		if (*at == size_bytes)
			return FIX_MORE;
		if (bytes[*at] != name[i])
			return FIX_GARBLED;
	}
	for (first = *at; *at < size_bytes && bytes[*at] >= '0' && bytes[*at] <= '9'; (*at)++) {
		if (*at - first == LENGTH_DIGITS_MAX)
			return FIX_GARBLED;
		value = value * 10 + (uint32_t)(bytes[*at] - '0');
	}
	if (*at == size_bytes)
		return FIX_MORE;
	if (*at == first || bytes[*at] != FIX_SOH)
		return FIX_GARBLED;
	(*at)++;
	*length = value;
	return FIX_WHOLE;
}

/* cut_head reads what stands before the body and says how long the whole is.  FIX_LONG as soon as that is known. */
static enum fix_cut_verdict cut_head(const uint8_t *bytes, uint32_t size_bytes, uint32_t *total)
{
	static const uint8_t name[] = {'3', '5', '='};
	uint32_t at = sizeof begin, length = 0;
	if (memcmp(bytes, begin, size_bytes < sizeof begin ? size_bytes : sizeof begin) != 0)
		return FIX_GARBLED;
	while (at < size_bytes && at < HEAD_BYTES_MAX && bytes[at] != FIX_SOH)
		at++;
	if (at >= size_bytes)
		return FIX_MORE;
	if (bytes[at++] != FIX_SOH)
		return FIX_GARBLED;
	enum fix_cut_verdict verdict = cut_length(bytes, size_bytes, &at, &length);
	if (verdict != FIX_WHOLE)
		return verdict;
	if (length > FIX_LONG_BYTES_MAX - at - FIX_TAIL_BYTES || length <= sizeof name)
		return FIX_GARBLED;
	for (uint32_t i = 0; i < sizeof name && at + i < size_bytes; i++) {
		if (bytes[at + i] != name[i])
			return FIX_GARBLED;
	}
	*total = at + length + FIX_TAIL_BYTES;
	if (*total > FIX_FRAME_BYTES_MAX)
		return FIX_LONG;
	return size_bytes < *total ? FIX_MORE : FIX_WHOLE;
}

static bool tail_is_there(const uint8_t *tail)
{
	bool has_digits = tail[3] >= '0' && tail[3] <= '9' && tail[4] >= '0' && tail[4] <= '9' &&
			  tail[5] >= '0' && tail[5] <= '9';
	return tail[-1] == FIX_SOH && tail[0] == '1' && tail[1] == '0' && tail[2] == '=' &&
	       has_digits && tail[6] == FIX_SOH;
}

static uint32_t tail_sum(const uint8_t *tail)
{
	return (uint32_t)(tail[3] - '0') * 100 + (uint32_t)(tail[4] - '0') * 10 +
	       (uint32_t)(tail[5] - '0');
}

bool fix_tail_is_right(const uint8_t tail[FIX_TAIL_BYTES + 1], uint8_t sum)
{
	return tail_is_there(tail + 1) && tail_sum(tail + 1) == sum;
}

enum fix_cut_verdict fix_cut(const uint8_t *bytes, uint32_t size_bytes, struct fix_frame *frame)
{
	uint32_t total = 0;
	*frame = (struct fix_frame){0};
	if (size_bytes == 0)
		return FIX_MORE;
	enum fix_cut_verdict verdict = cut_head(bytes, size_bytes, &total);
	if (verdict == FIX_MORE)
		return FIX_MORE;
	if (verdict == FIX_GARBLED)
		return cut_garbled(bytes, size_bytes, frame);
	if (UNLIKELY(verdict == FIX_LONG)) {
		cut_garbled(bytes, size_bytes, frame);
		frame->size_bytes = total;
		return FIX_LONG;
	}
	const uint8_t *tail = bytes + total - FIX_TAIL_BYTES;
	if (!tail_is_there(tail))
		return cut_garbled(bytes, size_bytes, frame);
	frame->taken_bytes = total;
	if (sum_of(bytes, total - FIX_TAIL_BYTES) != tail_sum(tail))
		return FIX_GARBLED;
	frame->bytes = bytes;
	frame->size_bytes = total;
	return FIX_WHOLE;
}

/* The first of its tag counts: what a body repeats is none of the header. */
static void head_take(struct fix_head *head, const struct fix_field *field)
{
	const struct fix_text text = {.bytes = field->value, .size_bytes = field->size_bytes};
	uint64_t number;
	if (field->tag == 35 && head->type.size_bytes == 0)
		head->type = text;
	else if (field->tag == 49 && head->sender_comp_id.size_bytes == 0)
		head->sender_comp_id = text;
	else if (field->tag == 56 && head->target_comp_id.size_bytes == 0)
		head->target_comp_id = text;
	else if (field->tag == 43 && text.size_bytes == 1)
		head->is_poss_dup |= text.bytes[0] == 'Y';
	else if (field->tag == 34 && head->sequence == 0 &&
		 fix_read_number(text.bytes, text.size_bytes, &number) == FIX_NO_REASON)
		head->sequence = number;
}

void fix_head_read(const uint8_t *bytes, uint32_t size_bytes, struct fix_head *head)
{
	struct fix_walk walk = {.at = bytes, .end = bytes + size_bytes};
	struct fix_field field;
	*head = (struct fix_head){.sequence = 0};
	while (fix_next(&walk, &field) == FIX_NO_REASON && field.tag != 0) {
		bool is_cut = walk.at == walk.end && walk.end[-1] != FIX_SOH;
		if (!is_cut)
			head_take(head, &field);
	}
}
