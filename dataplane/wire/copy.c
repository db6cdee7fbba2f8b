/* copy.c - see copy.h. */
#include "dataplane/wire/copy.h"

void copy_write_head(uint8_t out[COPY_HEAD_BYTES], const struct copy_head *head)
{
	out[0] = head->type;
	out[1] = head->verdict;
	store_be16(out + 2, head->session);
	store_be16(out + 4, head->account);
	store_be16(out + 6, head->strategy);
	store_be64(out + 8, head->order_id);
	store_be64(out + 16, head->time_ns);
	store_be32(out + 24, head->venue_ref);
	store_be16(out + 28, head->reject_code);
	out[30] = head->lane;
	out[31] = head->cause;
	store_be16(out + 32, head->venue);
}

bool copy_parse_head(const uint8_t *bytes, uint32_t size_bytes, struct copy_head *head)
{
	if (size_bytes < COPY_HEAD_BYTES || (bytes[0] != COPY_DECISION && bytes[0] != COPY_ANSWER))
		return false;
	*head = (struct copy_head){.type = bytes[0],
		.verdict = bytes[1],
		.session = load_be16(bytes + 2),
		.account = load_be16(bytes + 4),
		.strategy = load_be16(bytes + 6),
		.order_id = load_be64(bytes + 8),
		.time_ns = load_be64(bytes + 16),
		.venue_ref = load_be32(bytes + 24),
		.reject_code = load_be16(bytes + 28),
		.lane = bytes[30],
		.cause = bytes[31],
		.venue = load_be16(bytes + 32)};
	return true;
}
