/* arbiter.c - see arbiter.h. */
#include "dataplane/feed/arbiter.h"

void arbiter_init(struct arbiter *arbiter, const char *session)
{
	memset(arbiter, 0, sizeof *arbiter);
	arbiter->next = 1;
	arbiter->has_session = session[0] != '\0';
	if (arbiter->has_session) {
		memset(arbiter->session, ' ', sizeof arbiter->session);
		memcpy(arbiter->session, session, strnlen(session, sizeof arbiter->session));
	}
}

enum arbiter_verdict arbiter_judge(
	struct arbiter *arbiter, const struct mold64_header *header, uint32_t count, uint32_t *skip)
{
	uint64_t end;
	*skip = 0;
	if (UNLIKELY(header->sequence == 0 ||
		     __builtin_add_overflow(header->sequence, (uint64_t)count, &end)))
		return ARBITER_MALFORMED;
	if (UNLIKELY(!arbiter->has_session)) {
		memcpy(arbiter->session, header->session, sizeof arbiter->session);
		arbiter->has_session = true;
	}
	if (UNLIKELY(memcmp(arbiter->session, header->session, sizeof arbiter->session) != 0))
		return ARBITER_OTHER_SESSION;
	if (header->sequence > arbiter->next)
		return ARBITER_AHEAD;
	if (end < arbiter->next || (end == arbiter->next && count != 0)) {
		*skip = count;
		return ARBITER_OLD;
	}
	*skip = (uint32_t)(arbiter->next - header->sequence);
	return ARBITER_NEW;
}

/* is_witnessed tells whether a packet from sequence to end speaks for the one that was doubted. */
static bool is_witnessed(const struct arbiter *arbiter, uint64_t sequence, uint64_t end,
	uint8_t line, uint64_t now_ns)
{
	if (arbiter->doubted_end == 0)
		return false;
	uint64_t away = sequence > arbiter->doubted_end ? sequence - arbiter->doubted_end
			: arbiter->doubted > end        ? arbiter->doubted - end
							: 0;
	if (away > ARBITER_BELIEVE_COUNT)
		return false;
	if (line != arbiter->doubted_line)
		return true;
	return sequence >= arbiter->doubted_end &&
	       (sequence != end || now_ns - arbiter->doubted_ns >= ARBITER_WITNESS_NS);
}

bool arbiter_believe(struct arbiter *arbiter, const struct mold64_header *header, uint32_t count,
	uint8_t line, uint64_t horizon, uint64_t now_ns)
{
	uint64_t end = header->sequence + count;
	if (LIKELY(header->sequence <= horizon ||
		    header->sequence - horizon <= ARBITER_BELIEVE_COUNT))
		return true;
	if (is_witnessed(arbiter, header->sequence, end, line, now_ns))
		return true;
	/* A line that repeats itself stays as old a witness as it is. */
	if (arbiter->doubted_line == line && arbiter->doubted == header->sequence &&
		arbiter->doubted_end == end)
		return false;
	arbiter->doubted = header->sequence;
	arbiter->doubted_end = end;
	arbiter->doubted_line = line;
	arbiter->doubted_ns = now_ns;
	return false;
}
