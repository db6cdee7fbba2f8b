#include "dataplane/fold/fix_client.h"

#include "dataplane/fold/fix_moment.h"

void fix_client_keep(struct fold *fold, uint32_t session, const struct fix_message *message)
{
	struct fix_session *s = &fix_client_of(fold, session)->session;
	/* What was built of our own words and of ids that were checked always fits. */
	CHECK(fix_session_send(s, message, KEPT_AGAIN, 0, fix_moment_of(fold)) != 0);
	fold->out.client(fold->out.context, session);
}
