/* slices_test.c - every order of what may happen to slices of one limit: the sum never exceeds the whole.

   rooms: control_slices

   Control, a disk, two or three gates and their journals.  At each step anything may come next that could: a gate takes
   an epoch or makes it durable, control hears one of them, offers, writes down, dies and is started again, the machine dies
   and all come back with what was durable, an operator moves, gives up, loads, tries, a term ends, a gate uses what it has.
   A straight life - a move is asked for, cut, granted; a load; a trial - is walked along, and from each of its points every
   order of what may come next, so many steps deep.  States are walked once each (by their hash, epochs counted from the
   lowest).  In each:

     slices in force, or in force again after a death, add up to no more than the whole: of a load, to the larger whole until
     control says that the smaller is in force; and what gates use adds up to no more either, where nobody loads anything;
     left alone, with all alive and nothing used, everything comes to an end: no move is left, and the sum is the whole.

   SLUICE_SLICES_DEPTH adds steps (tools/check --full). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "control/slices/slices.h"

enum { GATES_MOST = 3, MOVES_MOST = 2 };

/* What a gate has: an epoch's slice, of which whole, and what it returns to. */
struct held {
	uint32_t epoch, taken, former_epoch;
	int64_t slice, whole, former_slice, former_whole;
	bool has_term;
};

struct model_gate {
	struct held now, disk;
	bool is_ours; /* reads the bank of the control that lives */
	int64_t used;
};

struct bank {
	uint32_t epoch;
	int64_t slices[GATES_MOST], whole;
	bool has_term;
};

/* A machine and its memory, to be copied. */
struct machine {
	struct slices slices;
	struct slice cells[2], spare[2];
};

struct world {
	struct machine control, disk, writing;
	bool has_disk, is_writing;
	struct model_gate gates[GATES_MOST];
	struct bank bank, old_bank; /* of the control that lives, and of the one before */
	int64_t loaded;             /* the whole that control wants */
	int64_t stays,
		before; /* what a control that is started again wants: kept for good, or kept before that */
	int64_t claimed; /* the whole that slices may add up to */
	unsigned moves, loads, deaths, terms;
};

/* What may happen in a walk, how often. */
struct walk {
	const char *name;
	uint32_t gate_count;
	int64_t whole;
	unsigned depth, moves, loads, deaths, terms;
	int64_t amounts[2], wholes[2];
	bool is_broken; /* grants before the acknowledgement */
};

static struct limitset set;
static struct visited {
	uint64_t hash;
	uint64_t depth;
} * visited;
static uint32_t visited_count; /* a power of two */
static uint64_t state_count, ended_count;
static bool is_over;
static const struct walk *walk;

/* The machine works on the memory it stands in. */
static struct slices *machine(struct machine *of)
{
	of->slices.cells = of->cells;
	of->slices.spare = of->spare;
	return &of->slices;
}

static void settle_memory(struct machine *of, struct slices *slices)
{
	if (slices->cells == of->spare)
		memcpy(of->cells, of->spare, sizeof of->cells);
}

static void want(struct machine *of, int64_t whole, bool is_term)
{
	struct slices *slices = machine(of);
	set.hash[0] = (uint64_t)whole;
	set.row_count = 1;
	limit_row_init(&set.rows[0], SCOPE_FIRM, 0, SYMBOL_NONE);
	set.rows[0].stated = UINT64_C(1) << LIMIT_credit;
	set.rows[0].limits[LIMIT_credit].value = whole;
	slices_want(slices, &set, is_term);
	settle_memory(of, slices);
}

static void begin(struct world *world)
{
	memset(world, 0, sizeof *world);
	struct slices *slices = machine(&world->control);
	*slices = (struct slices){.gate_count = walk->gate_count, .max = 2};
	for (unsigned i = 0; i < walk->gate_count; i++) {
		slices->gates[i].has_taken = true;
		world->gates[i].is_ours = true;
	}
	world->loaded = world->before = world->stays = world->claimed = walk->whole;
	want(&world->control, walk->whole, false);
}

/* ---- what may happen ---- */

static bool take(struct world *world, unsigned at)
{
	struct model_gate *gate = &world->gates[at];
	const struct bank *bank = gate->is_ours ? &world->bank : &world->old_bank;
	if (bank->epoch <= gate->now.taken)
		return false;
	struct held had = gate->now;
	gate->now = (struct held){.epoch = bank->epoch,
		.taken = bank->epoch,
		.slice = bank->slices[at],
		.whole = bank->whole,
		.has_term = bank->has_term};
	if (bank->has_term) {
		gate->now.former_epoch = had.has_term ? had.former_epoch : had.epoch;
		gate->now.former_slice = had.has_term ? had.former_slice : had.slice;
		gate->now.former_whole = had.has_term ? had.former_whole : had.whole;
	}
	return true;
}

static bool sync_gate(struct world *world, unsigned at)
{
	struct model_gate *gate = &world->gates[at];
	if (memcmp(&gate->now, &gate->disk, sizeof gate->now) == 0)
		return false;
	gate->disk = gate->now;
	return true;
}

static bool end_term(struct world *world, unsigned at, bool is_confirmed)
{
	struct held *now = &world->gates[at].now;
	if (!now->has_term)
		return false;
	now->has_term = false;
	if (!is_confirmed) {
		now->epoch = now->former_epoch;
		now->slice = now->former_slice;
		now->whole = now->former_whole;
	}
	now->former_epoch = 0;
	now->former_slice = now->former_whole = 0;
	return true;
}

static bool attach(struct world *world, unsigned at)
{
	if (world->gates[at].is_ours)
		return false;
	return world->gates[at].is_ours = true;
}

static bool hear(struct world *world, unsigned at)
{
	const struct model_gate *gate = &world->gates[at];
	struct slices *slices = machine(&world->control);
	struct machine before = world->control;
	slices_hear(slices, at,
		&(struct slices_word){.is_ours = gate->is_ours,
			.is_durable = memcmp(&gate->now, &gate->disk, sizeof gate->now) == 0,
			.has_term = gate->now.has_term,
			.epoch = gate->now.epoch,
			.taken = gate->now.taken});
	return memcmp(&before, &world->control, sizeof before) != 0;
}

/* What control does of itself once it heard: moves go on, a term that ended is known, the next epoch is offered. */
static bool turn(struct world *world)
{
	struct slices *slices = machine(&world->control);
	struct machine before = world->control;
	bool is_wanted = false, is_returning = false, are_all_there = true,
	     has_one_returned = false;
	uint32_t most = 0;
	slices_turn(slices);
	for (unsigned i = 0; i < walk->gate_count; i++) {
		const struct held *now = &world->gates[i].now;
		are_all_there &= slices->gates[i].is_heard &&
				 slices->gates[i].sure_epoch == slices->offered_epoch &&
				 !now->has_term && slices->gates[i].has_taken;
		has_one_returned |= slices->gates[i].has_returned;
		most = now->taken > most ? now->taken : most;
	}
	if (slices->has_kept && has_one_returned) {
		want(&world->control, world->loaded = world->stays, false);
	} else if (slices->has_kept && are_all_there) {
		slices_stay(slices);
		world->stays = world->loaded;
	}
	slices = machine(&world->control);
	if (slices_is_in_force(slices) && !slices->has_kept)
		world->claimed = world->loaded;
	for (unsigned i = 0; i < walk->gate_count; i++) {
		const struct held *now = &world->gates[i].now;
		is_wanted |= now->whole != world->loaded;
		is_returning |= now->has_term && now->former_whole == world->loaded;
	}
	bool is_on = !is_returning && slices_plan(slices, is_wanted, slices->has_kept, most + 1);
	if (is_on && slices_may_offer(slices)) {
		world->bank = (struct bank){.epoch = slices->planned_epoch,
			.whole = world->loaded,
			.has_term = slices->is_term};
		for (unsigned i = 0; i < walk->gate_count; i++)
			world->bank.slices[i] = slices->cells[0].planned[i];
		slices_offer(slices);
	}
	return memcmp(&before, &world->control, sizeof before) != 0;
}

static bool write_begin(struct world *world)
{
	if (world->is_writing ||
		(world->has_disk && world->disk.slices.record == world->control.slices.record))
		return false;
	world->writing = world->control;
	return world->is_writing = true;
}

static bool write_end(struct world *world)
{
	if (!world->is_writing)
		return false;
	world->disk = world->writing;
	world->has_disk = true;
	world->is_writing = false;
	memset(&world->writing, 0, sizeof world->writing);
	world->control.slices.durable = world->disk.slices.record;
	return true;
}

/* Another control goes on from the record; whether it wants what was loaded last or before hangs on another disk. */
static bool control_dies(struct world *world, bool is_before)
{
	if (world->deaths == walk->deaths || (is_before && world->before == world->stays))
		return false;
	world->deaths++;
	world->loaded = is_before ? world->before : world->stays;
	world->claimed = world->loaded > world->claimed ? world->loaded : world->claimed;
	world->old_bank = world->bank;
	world->bank = (struct bank){.epoch = 0};
	world->is_writing = false;
	memset(&world->writing, 0, sizeof world->writing);
	if (world->has_disk) {
		world->control = world->disk;
		slices_inherit(machine(&world->control));
	} else {
		struct slices *slices = machine(&world->control);
		*slices = (struct slices){.gate_count = walk->gate_count, .max = 2};
		for (unsigned i = 0; i < walk->gate_count; i++)
			slices->gates[i].has_taken = true;
		machine(&world->control);
	}
	want(&world->control, world->loaded, false);
	for (unsigned i = 0; i < walk->gate_count; i++)
		world->gates[i].is_ours = false;
	return true;
}

static bool machine_dies(struct world *world)
{
	if (!control_dies(world, false))
		return false;
	for (unsigned i = 0; i < walk->gate_count; i++)
		world->gates[i].now = world->gates[i].disk;
	world->old_bank = (struct bank){.epoch = 0};
	return true;
}

static bool load(struct world *world, int64_t whole, bool is_term)
{
	struct slices *slices = machine(&world->control);
	if (whole == 0 || whole == world->loaded || slices->has_kept)
		return false;
	if (is_term ? world->terms == walk->terms || !slices_is_settled(slices)
		    : world->loads == walk->loads)
		return false;
	world->terms += is_term;
	world->loads += !is_term;
	if (!is_term) {
		world->before = world->stays;
		world->stays = whole;
	}
	world->loaded = whole;
	world->claimed = whole > world->claimed ? whole : world->claimed;
	want(&world->control, whole, is_term);
	return true;
}

static bool move(struct world *world, unsigned from, int64_t amount)
{
	struct slices *slices = machine(&world->control);
	if (world->moves == walk->moves || amount == 0)
		return false;
	unsigned to = (from + 1) % walk->gate_count;
	struct slice_move *begun = slices_move(slices, 0, from, to, amount);
	if (begun == NULL || begun - slices->moves >= MOVES_MOST)
		return false;
	world->moves++;
	/* The machine as it must not be: the taker has it before the giver let go. */
	if (walk->is_broken) {
		slices->cells[0].wanted[to] += amount;
		slices->cells[0].whole += amount;
		begun->stage = MOVE_GRANTED;
	}
	return true;
}

static bool grant(struct world *world, unsigned at)
{
	struct slices *slices = machine(&world->control);
	struct slice_move *it = &slices->moves[at];
	if (it->stage != MOVE_CUT ||
		world->gates[it->from].used > slices->cells[0].wanted[it->from])
		return false;
	slices_grant(slices, it);
	return true;
}

static bool use(struct world *world, unsigned at, bool is_all)
{
	struct model_gate *gate = &world->gates[at];
	int64_t used = is_all ? gate->now.slice : 0;
	/* What is above the slice stands until it is freed; nothing is added to it. */
	if (used == gate->used || (is_all && gate->used > used))
		return false;
	gate->used = used;
	return true;
}

enum { EVENT_GATE = 8, EVENT_COUNT = EVENT_GATE * GATES_MOST + 14 };

static bool happen_to_gate(struct world *world, unsigned at, unsigned event)
{
	if (at >= walk->gate_count)
		return false;
	switch (event) {
	case 0:
		return take(world, at);
	case 1:
		return sync_gate(world, at);
	case 2:
		return hear(world, at);
	case 3:
		return attach(world, at);
	case 4:
		return use(world, at, true);
	case 5:
		return use(world, at, false);
	case 6:
		return end_term(world, at, false);
	default:
		return end_term(world, at, true);
	}
}

static bool happen(struct world *world, unsigned event)
{
	if (event < EVENT_GATE * GATES_MOST)
		return happen_to_gate(world, event / EVENT_GATE, event % EVENT_GATE);
	switch (event - EVENT_GATE * GATES_MOST) {
	case 0:
		return turn(world);
	case 1:
		return write_begin(world);
	case 2:
		return write_end(world);
	case 3:
		return control_dies(world, false);
	case 4:
		return control_dies(world, true);
	case 5:
		return machine_dies(world);
	case 6:
		return load(world, walk->wholes[0], false);
	case 7:
		return load(world, walk->wholes[1], false);
	case 8:
		return load(world, walk->wholes[0], true);
	case 9:
		return move(world, 0, walk->amounts[0]);
	case 10:
		return move(world, 1, walk->amounts[1]);
	case 11:
		return grant(world, 0);
	case 12:
		return grant(world, 1);
	default:
		return slices_back(machine(&world->control), &world->control.slices.moves[0]);
	}
}

/* ---- what must hold ---- */

static bool is_inside(const struct world *world)
{
	int64_t sum = 0, used = 0;
	for (unsigned i = 0; i < walk->gate_count; i++) {
		const struct held *now = &world->gates[i].now, *disk = &world->gates[i].disk;
		sum += now->slice > disk->slice ? now->slice : disk->slice;
		used += world->gates[i].used;
	}
	return sum <= world->claimed && (walk->loads + walk->terms > 0 || used <= walk->whole);
}

/* All are alive, nobody uses anything, nobody asks for more. */
static bool comes_to_an_end(struct world world)
{
	for (unsigned round = 0; round < 24; round++) {
		for (unsigned i = 0; i < walk->gate_count; i++) {
			attach(&world, i);
			world.gates[i].used = 0;
			take(&world, i);
			end_term(&world, i, false);
			sync_gate(&world, i);
			hear(&world, i);
			if (!is_inside(&world))
				return false;
		}
		turn(&world);
		grant(&world, 0);
		grant(&world, 1);
		write_end(&world);
		write_begin(&world);
		write_end(&world);
	}
	int64_t sum = 0;
	for (unsigned i = 0; i < walk->gate_count; i++)
		sum += world.gates[i].now.slice;
	return slices_is_settled(machine(&world.control)) && sum == world.loaded;
}

/* ---- every order ---- */

struct canon {
	uint64_t words[400];
	uint32_t count;
	uint32_t epochs[64], epoch_count;
};

static void canon_add(struct canon *canon, int64_t word)
{
	if (canon->count < ARRAY_COUNT(canon->words))
		canon->words[canon->count++] = (uint64_t)word;
}

static void epoch_note(struct canon *canon, uint32_t epoch)
{
	for (uint32_t i = 0; i < canon->epoch_count; i++)
		if (canon->epochs[i] == epoch)
			return;
	if (epoch != 0 && canon->epoch_count < ARRAY_COUNT(canon->epochs))
		canon->epochs[canon->epoch_count++] = epoch;
}

/* An epoch counts by its place among all that are named. */
static void epoch_add(struct canon *canon, uint32_t epoch)
{
	int64_t place = epoch != 0;
	for (uint32_t i = 0; i < canon->epoch_count; i++)
		place += canon->epochs[i] < epoch;
	canon_add(canon, epoch == 0 ? 0 : place);
}

static void machine_add(struct canon *canon, const struct machine *of,
	void (*epoch)(struct canon *canon, uint32_t epoch))
{
	const struct slices *slices = &of->slices;
	epoch(canon, slices->offered_epoch);
	epoch(canon, slices->is_planned ? slices->planned_epoch : 0);
	epoch(canon, slices->former_epoch);
	epoch(canon, slices->last_epoch);
	for (unsigned i = 0; i < walk->gate_count; i++)
		epoch(canon, slices->gates[i].sure_epoch);
	if (epoch == epoch_note)
		return;
	canon_add(canon, (int64_t)slices->whole[0]);
	canon_add(canon, slices->has_kept ? (int64_t)slices->kept_whole[0] : 0);
	canon_add(canon, slices->has_kept | slices->is_planned << 1 | slices->is_raise << 2 |
				 slices->is_term << 3);
	canon_add(canon, slices->is_planned && slices->durable >= slices->planned_record);
	for (unsigned i = 0; i < walk->gate_count; i++) {
		const struct slices_gate *gate = &slices->gates[i];
		const struct slice *cell = &of->cells[0];
		canon_add(canon, gate->is_heard | gate->is_unknown << 1 | gate->is_inherited << 2 |
					 gate->has_taken << 3 | gate->has_former << 4 |
					 gate->has_returned << 5 | gate->is_void << 6);
		canon_add(canon, cell->wanted[i]);
		canon_add(canon, slices->has_kept ? cell->kept[i] : 0);
		canon_add(canon, cell->sure[i]);
		canon_add(canon, cell->offered[i]);
		canon_add(canon, cell->former[i]);
		canon_add(canon, slices->is_planned ? cell->planned[i] : 0);
	}
	for (unsigned i = 0; i < MOVES_MOST; i++) {
		const struct slice_move *it = &slices->moves[i];
		canon_add(canon, it->stage | it->from << 8 | it->to << 16);
		canon_add(canon, it->stage == MOVE_NONE ? 0 : it->amount);
	}
}

static void held_add(struct canon *canon, const struct held *held,
	void (*epoch)(struct canon *canon, uint32_t epoch))
{
	epoch(canon, held->epoch);
	epoch(canon, held->taken);
	epoch(canon, held->former_epoch);
	if (epoch == epoch_note)
		return;
	canon_add(canon, held->slice);
	canon_add(canon, held->whole);
	canon_add(canon, held->former_slice);
	canon_add(canon, held->former_whole);
	canon_add(canon, held->has_term);
}

static void bank_add(struct canon *canon, const struct bank *bank,
	void (*epoch)(struct canon *canon, uint32_t epoch))
{
	epoch(canon, bank->epoch);
	if (epoch == epoch_note)
		return;
	for (unsigned i = 0; i < walk->gate_count; i++)
		canon_add(canon, bank->slices[i]);
	canon_add(canon, bank->whole);
	canon_add(canon, bank->has_term);
}

static void world_add(struct canon *canon, const struct world *world,
	void (*epoch)(struct canon *canon, uint32_t epoch))
{
	machine_add(canon, &world->control, epoch);
	machine_add(canon, &world->disk, epoch);
	machine_add(canon, &world->writing, epoch);
	bank_add(canon, &world->bank, epoch);
	bank_add(canon, &world->old_bank, epoch);
	for (unsigned i = 0; i < walk->gate_count; i++) {
		held_add(canon, &world->gates[i].now, epoch);
		held_add(canon, &world->gates[i].disk, epoch);
	}
}

static uint64_t world_hash(const struct world *world)
{
	static struct canon canon;
	canon.count = canon.epoch_count = 0;
	world_add(&canon, world, epoch_note);
	world_add(&canon, world, epoch_add);
	for (unsigned i = 0; i < walk->gate_count; i++) {
		canon_add(&canon, world->gates[i].is_ours);
		canon_add(&canon, world->gates[i].used);
	}
	canon_add(&canon, world->has_disk | world->is_writing << 1);
	canon_add(&canon, world->control.slices.record == world->disk.slices.record);
	canon_add(&canon, world->writing.slices.record >= world->control.slices.planned_record);
	canon_add(&canon, world->loaded);
	canon_add(&canon, world->before);
	canon_add(&canon, world->stays);
	canon_add(&canon, world->claimed);
	canon_add(&canon,
		world->moves | world->loads << 8 | world->deaths << 16 | world->terms << 24);
	assert_true(canon.count < ARRAY_COUNT(canon.words));
	return XXH3_64bits(canon.words, canon.count * sizeof canon.words[0]) | 1;
}

/* Whether a state is to be walked on from: new, or reached with more steps left than before. */
static bool is_fresh(uint64_t hash, unsigned depth, bool *is_new)
{
	uint32_t at = (uint32_t)(hash >> 20) & (visited_count - 1);
	while (visited[at].hash != 0 && visited[at].hash != hash)
		at = (at + 1) & (visited_count - 1);
	*is_new = visited[at].hash == 0;
	if (!*is_new && visited[at].depth >= depth)
		return false;
	visited[at].hash = hash;
	visited[at].depth = depth;
	return true;
}

static void go(const struct world *world, unsigned depth)
{
	bool is_new;
	if (is_over || !is_fresh(world_hash(world), depth, &is_new))
		return;
	if (!is_inside(world)) {
		is_over = true;
		return;
	}
	if (is_new) {
		state_count++;
		assert_true(state_count < visited_count * 3 / 4);
		if (!walk->is_broken && state_count % 16 == 0) {
			ended_count++;
			assert_true(comes_to_an_end(*world));
		}
	}
	if (depth == 0)
		return;
	for (unsigned event = 0; event < EVENT_COUNT && !is_over; event++) {
		struct world next = *world;
		if (happen(&next, event))
			go(&next, depth - 1);
	}
}

/* What a gate and control do where nothing goes wrong; false: nothing came of it. */
static bool happen_straight(struct world *world, unsigned step)
{
	enum { GATE_STEPS = 4, STEPS = GATE_STEPS * GATES_MOST };
	if (step < STEPS) {
		static const unsigned events[GATE_STEPS] = {3, 0, 1, 2};
		return happen_to_gate(world, step / GATE_STEPS, events[step % GATE_STEPS]);
	}
	switch (step - STEPS) {
	case 0:
		return write_begin(world);
	case 1:
		return write_end(world);
	case 2:
		return grant(world, 0);
	default:
		return turn(world);
	}
}

enum { STRAIGHT_STEPS = 4 * GATES_MOST + 4, STRAIGHT_ROUNDS = 6 };

static bool begins_quiet(struct world *world)
{
	begin(world);
	for (unsigned i = 0; i < STRAIGHT_STEPS * STRAIGHT_ROUNDS; i++)
		happen_straight(world, i % STRAIGHT_STEPS);
	return slices_is_settled(machine(&world->control));
}

static void walk_all(const struct walk *of)
{
	const char *text = getenv("SLUICE_SLICES_DEPTH");
	unsigned more = text != NULL && !of->is_broken ? (unsigned)atoi(text) : 0;
	static struct world world;
	walk = of;
	state_count = ended_count = 0;
	is_over = false;
	visited_count = more > 0 ? 1u << 25 : 1u << 20;
	visited = calloc(visited_count, sizeof visited[0]);
	assert_non_null(visited);
	assert_true(begins_quiet(&world));
	go(&world, of->depth + more);
	if (of->terms > 0)
		assert_true(load(&world, of->wholes[0], true));
	else
		assert_true(move(&world, 0, of->amounts[0]));
	for (unsigned i = 0; i < STRAIGHT_STEPS * STRAIGHT_ROUNDS && !is_over; i++)
		if (happen_straight(&world, i % STRAIGHT_STEPS))
			go(&world, of->depth + more);
	free(visited);
	printf("%s: %" PRIu64 " states, %" PRIu64 " followed to their end\n", of->name, state_count,
		ended_count);
}

static void a_move_between_two_gates_never_doubles_what_is_moved(void **state)
{
	(void)state;
	walk_all(&(struct walk){.name = "two gates, a move each way, two deaths",
		.gate_count = 2,
		.whole = 5,
		.depth = 6,
		.moves = 2,
		.deaths = 2,
		.amounts = {2, 1}});
	assert_false(is_over);
}

static void nor_among_three(void **state)
{
	(void)state;
	walk_all(&(struct walk){.name = "three gates, two moves, a death",
		.gate_count = 3,
		.whole = 7,
		.depth = 5,
		.moves = 2,
		.deaths = 1,
		.amounts = {2, 2}});
	assert_false(is_over);
}

static void loads_while_a_move_is_on_its_way_keep_inside_the_larger_whole(void **state)
{
	(void)state;
	walk_all(&(struct walk){.name = "two gates, a move, two loads, a death",
		.gate_count = 2,
		.whole = 6,
		.depth = 6,
		.moves = 1,
		.loads = 2,
		.deaths = 1,
		.amounts = {2, 0},
		.wholes = {3, 10}});
	assert_false(is_over);
}

static void limits_on_trial_return_at_each_gate_by_itself_and_keep_inside(void **state)
{
	(void)state;
	walk_all(&(struct walk){.name = "two gates, a trial, a move, a death",
		.gate_count = 2,
		.whole = 6,
		.depth = 6,
		.moves = 1,
		.deaths = 1,
		.terms = 1,
		.amounts = {2, 0},
		.wholes = {9, 0}});
	assert_false(is_over);
}

static void a_machine_that_grants_before_the_acknowledgement_is_found_out(void **state)
{
	(void)state;
	walk_all(&(struct walk){.name = "granted at once",
		.gate_count = 2,
		.whole = 5,
		.depth = 6,
		.moves = 1,
		.amounts = {2, 0},
		.is_broken = true});
	assert_true(is_over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_between_two_gates_never_doubles_what_is_moved),
		cmocka_unit_test(nor_among_three),
		cmocka_unit_test(loads_while_a_move_is_on_its_way_keep_inside_the_larger_whole),
		cmocka_unit_test(limits_on_trial_return_at_each_gate_by_itself_and_keep_inside),
		cmocka_unit_test(a_machine_that_grants_before_the_acknowledgement_is_found_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
