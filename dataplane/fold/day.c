#include "dataplane/fold/day.h"

#include "config/calendar.h"
#include "dataplane/fold/clients.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/fold/tell.h"

void day_boot(struct fold *fold, const struct boot_record *boot)
{
	if (fold->has_booted)
		return;
	fold->has_booted = true;
	fold->midnight_wall_ns = boot->midnight_wall_ns;
	fold->day.begin_wall_ns = boot->wall_ns;
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		fold->venues[i].hours_wall_ns = boot->wall_ns;
}

bool day_is_over(const struct fold *fold, const struct own_order *order)
{
	return order->id <= fold->day.last_id;
}

void day_tell(const struct fold *fold)
{
	atomic_store_explicit(&fold->page->day_phase, fold->day.phase, memory_order_relaxed);
}

bool day_is_dead(const struct fold *fold, const struct own_order *order)
{
	return order->state == ORDER_LIVE && order->replacement == ORDER_NONE &&
	       order->venue_ref < fold->venues[order->venue].over_ref;
}

bool day_end_order(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (!day_is_dead(fold, order) || fold->day.phase == DAY_ENDING)
		return false;
	struct ended_record *record = fold_record(fold, RECORD_ENDED, sizeof *record);
	record->order_id = order->id;
	record->venue_ref = order->venue_ref;
	record->qty = order->open_qty;
	fold->day.ended_count++;
	tell_gone(fold, order, 'E');
	life_step(fold, slot, ORDER_WAS_FINISHED);
	return true;
}

void day_venue_over(struct fold *fold, uint32_t venue)
{
	fold->venues[venue].over_ref = fold_next_ref(fold, &fold->venues[venue]);
	fold->venues[venue].over_day = fold->day.count + 1;
	sweep_start(fold);
}

static void day_end(struct fold *fold, const struct day_record *record)
{
	fold->day.last_id = fold->orders.last_id;
	fold->day.end_wall_ns = record->wall_ns;
	fold->day.end_uid = record->uid;
}

/* day (2) */
static void day_disown_orders(struct fold *fold)
{
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		fold->clients[fold->orders.slots[slot].session].orders_open--;
		order_table_disown(&fold->orders, slot);
		fold->clients[0].orders_open++;
	}
	fills_disown(&fold->fills);
	fills_day(&fold->fills);
	fold->day.kept_count = fold->orders.open_count;
}

static void day_renew_client(struct fold *fold, uint32_t session)
{
	struct fold_client *client = &fold->clients[session];
	struct session_record record = {.session = session, .change = SESSION_CLIENT_DOWN};
	if (client->config == NULL)
		return;
	bool has_own = client->own != NULL && client->protocol->changed != NULL;
	if (client->is_up && has_own)
		client->protocol->changed(fold, &record);
	clients_lose(fold, session);
	memset(client->last_refs, 0, sizeof client->last_refs);
	client->last_sequence = 0;
	record.change = SESSION_DAY;
	if (has_own)
		client->protocol->changed(fold, &record);
}

static void day_begin(struct fold *fold, const struct day_record *record)
{
	/* What still waits to be told to who is gone is told to nobody. */
	day_disown_orders(fold);
	for (uint32_t session = 1; session < SESSION_COUNT_MAX; session++)
		day_renew_client(fold, session);
	ids_forget(&fold->ids);
	parents_forget(&fold->parents);
	fold->masses_open = 0;
	risk_day(fold->risk);
	fold->midnight_wall_ns = record->midnight_wall_ns;
	fold->day.count++;
	fold->day.begin_wall_ns = record->wall_ns;
}

void day_apply(struct fold *fold, const struct day_record *record)
{
	if (!day_follow(&fold->day.phase, record->change))
		return;
	fold->day.phase_ns = fold->turn.now_ns;
	fold->day.last = *record;
	if (record->change == DAY_ENDS)
		day_end(fold, record);
	else if (record->change == DAY_BEGINS)
		day_begin(fold, record);
	day_tell(fold);
	sweep_start(fold);
}

void day_soup_session(const struct fold *fold, char session[10])
{
	static const char letters[] = "LMNOPQRSTUVWXYZABCDEFGHIJK";
	uint64_t days = fold->midnight_wall_ns / (UINT64_C(86400) * 1000000000);
	struct calendar_date date = calendar_date_of((uint32_t)days);
	uint32_t number = date.year * 10000 + date.month * 100 + date.day;
	session[0] = 'S';
	session[1] = letters[fold->day.count % (sizeof letters - 1)];
	for (unsigned i = 0; i < 8; i++, number /= 10)
		session[9 - i] = (char)('0' + number % 10);
}

void day_write(const struct fold *fold, void (*add)(void *context, const void *bytes, size_t size),
	void *context)
{
	const struct fold_day *day = &fold->day;
	uint64_t image[] = {day->phase, day->count, day->last_id, day->phase_ns, day->begin_wall_ns,
		day->end_wall_ns, day->ended_count, day->kept_count, day->end_uid};
	add(context, image, sizeof image);
	add(context, &day->last, sizeof day->last);
}
