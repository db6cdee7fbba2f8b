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
