#include "dataplane/fold/clients.h"

#include "dataplane/fold/sweep.h"

void clients_cancel(struct fold *fold, uint32_t session, enum cancel_cause cause)
{
	struct fold_client *client = &fold->clients[session];
	client->cancel_up_to = fold->orders.last_id;
	client->cancel_cause = (uint8_t)cause;
	if (client->orders_open > 0)
		sweep_start(fold);
}

void clients_lose(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	if (client->is_up && client->config != NULL && client->config->cancel_on_disconnect)
		clients_cancel(fold, session, CANCEL_BY_DISCONNECT);
	client->is_up = 0;
}
