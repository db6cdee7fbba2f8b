/* fix_client.h - a client's FIX session in the fold, for the files that hear it (fix_orders.h) and tell it (fix_report.h).

   Owner      the fold; taken and given back by fix_orders.h. */
#ifndef SLUICE_FOLD_FIX_CLIENT_H
#define SLUICE_FOLD_FIX_CLIENT_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

/* The newest request of a client, as it named things: an answer at once may have no order to ask. */
struct fix_request {
	uint32_t ref; /* what stands for it; of a cancel, the order's */
	uint8_t type; /* enum fix_type */
	uint8_t side;
	uint8_t id_bytes, original_bytes;
	char id[ID_TEXT_BYTES], original[ID_TEXT_BYTES];
};

enum { FIX_CHANGED_COUNT = 1024 };

/* A trade that was changed, and the report that told so (fix_exec.h). */
struct fix_changed {
	uint64_t match, order_id;
	uint64_t exec; /* its number among reports without an execution; 0: it was broken */
};

struct fix_client {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_request request;
	uint64_t exec_count; /* reports without an execution, numbered */
	uint64_t changed_total;
	struct fix_changed changed[FIX_CHANGED_COUNT]; /* ring: change n at n % FIX_CHANGED_COUNT */
};

/* fix_client_of gives a FIX session's state. */
static inline struct fix_client *fix_client_of(const struct fold *fold, uint32_t session)
{
	return fold->clients[session].own;
}

/* fix_client_keep numbers a message for a client, keeps it in the session's store and lets the stage know. */
void fix_client_keep(struct fold *fold, uint32_t session, const struct fix_message *message);

#endif
