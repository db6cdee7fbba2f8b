#include "control/slices/record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

const char *slice_name(
	const struct site_config *site, struct slice_key key, char text[SLICE_NAME_BYTES])
{
	char symbol[9] = "?";
	if (key.symbol < site->symbol_count)
		symbol_unpack(site->symbols[key.symbol].name, symbol);
	snprintf(text, SLICE_NAME_BYTES, "%s%s %s%s",
		key.scope == SCOPE_SYMBOL ? "symbol " : "firm",
		key.scope == SCOPE_SYMBOL ? symbol : "", limit_keys[key.limit].key,
		key.part == SLICE_BURST ? " burst" : "");
	return text;
}

/* ---- written ---- */

static json_t *numbers(const int64_t *values, uint32_t count)
{
	json_t *array = json_array();
	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(array, json_integer(values[i]));
	return array;
}

static json_t *hash_json(const uint64_t hash[2])
{
	return json_sprintf(
		"%016llx%016llx", (unsigned long long)hash[1], (unsigned long long)hash[0]);
}

static void key_json(json_t *object, const struct site_config *site, struct slice_key key)
{
	char symbol[9];
	if (key.scope == SCOPE_SYMBOL && key.symbol < site->symbol_count) {
		symbol_unpack(site->symbols[key.symbol].name, symbol);
		json_object_set_new(object, "symbol", json_string(symbol));
	}
	json_object_set_new(object, "limit", json_string(limit_keys[key.limit].key));
	if (key.part == SLICE_BURST)
		json_object_set_new(object, "burst", json_true());
}

static json_t *cell_json(
	const struct slices *slices, const struct site_config *site, const struct slice *cell)
{
	uint32_t gates = slices->gate_count;
	json_t *object = json_object();
	key_json(object, site, cell->key);
	json_object_set_new(object, "whole", json_integer(cell->whole));
	json_object_set_new(object, "wanted", numbers(cell->wanted, gates));
	json_object_set_new(object, "kept_whole", json_integer(cell->kept_whole));
	json_object_set_new(object, "kept", numbers(cell->kept, gates));
	json_object_set_new(object, "sure", numbers(cell->sure, gates));
	json_object_set_new(object, "offered", numbers(cell->offered, gates));
	json_object_set_new(object, "former", numbers(cell->former, gates));
	json_object_set_new(object, "planned", numbers(cell->planned, gates));
	return object;
}

static json_t *gate_json(const struct slices_gate *gate, const char *name)
{
	return json_pack("{s:s, s:I, s:b, s:b, s:b, s:b}", "gate", name, "epoch",
		(json_int_t)gate->sure_epoch, "unknown", gate->is_unknown, "void", gate->is_void,
		"former", gate->has_former, "returned", gate->has_returned);
}

static json_t *move_json(const struct slice_move *move, const struct site_config *site)
{
	json_t *object = json_object();
	key_json(object, site, move->key);
	json_object_set_new(object, "number", json_integer((json_int_t)move->number));
	json_object_set_new(object, "stage", json_integer(move->stage));
	json_object_set_new(object, "from", json_integer(move->from));
	json_object_set_new(object, "to", json_integer(move->to));
	json_object_set_new(object, "amount", json_integer(move->amount));
	return object;
}

char *slices_text(const struct slices *slices, const struct site_config *site)
{
	json_t *cells = json_array(), *gates = json_array(), *moves = json_array();
	for (uint32_t i = 0; i < slices->count; i++)
		json_array_append_new(cells, cell_json(slices, site, &slices->cells[i]));
	for (uint32_t i = 0; i < slices->gate_count; i++)
		json_array_append_new(gates, gate_json(&slices->gates[i], site->gates[i].name));
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		if (slices->moves[i].stage != MOVE_NONE)
			json_array_append_new(moves, move_json(&slices->moves[i], site));
	json_t *all = json_pack(
		"{s:i, s:I, s:o, s:o, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
		"version", 1, "record", (json_int_t)slices->record, "limits",
		hash_json(slices->whole), "kept", hash_json(slices->kept_whole), "has_kept",
		slices->has_kept, "is_planned", slices->is_planned, "is_term", slices->is_term,
		"offered_epoch", (json_int_t)slices->offered_epoch, "planned_epoch",
		(json_int_t)slices->planned_epoch, "former_epoch", (json_int_t)slices->former_epoch,
		"last_epoch", (json_int_t)slices->last_epoch, "moves_so_far",
		(json_int_t)slices->move_count, "gates", gates, "moves", moves, "slices", cells);
	char *text = all == NULL ? NULL : json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	return text;
}

/* ---- read ---- */

static bool hash_read(const json_t *value, uint64_t hash[2])
{
	const char *text = json_string_value(value);
	char half[17];
	if (text == NULL || strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
		return false;
	snprintf(half, sizeof half, "%.16s", text);
	hash[1] = strtoull(half, NULL, 16);
	hash[0] = strtoull(text + 16, NULL, 16);
	return true;
}

static bool numbers_read(const json_t *object, const char *key, int64_t *values, uint32_t count)
{
	const json_t *array = json_object_get(object, key);
	bool is_good = json_array_size(array) == count;
	for (uint32_t i = 0; is_good && i < count; i++) {
		const json_t *value = json_array_get(array, i);
		is_good = json_is_integer(value) && json_integer_value(value) >= SLICE_NONE;
		values[i] = json_integer_value(value);
	}
	return is_good;
}

static bool number_read(
	const json_t *object, const char *key, int64_t least, int64_t most, int64_t *number)
{
	const json_t *value = json_object_get(object, key);
	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= least && *number <= most;
}

static bool key_read(const json_t *object, const struct site_config *site, struct slice_key *key)
{
	const char *name = json_string_value(json_object_get(object, "limit"));
	const char *symbol = json_string_value(json_object_get(object, "symbol"));
	unsigned limit = 0;
	while (name != NULL && limit < LIMIT_COUNT && strcmp(limit_keys[limit].key, name) != 0)
		limit++;
	if (name == NULL || limit == LIMIT_COUNT)
		return false;
	*key = (struct slice_key){.scope = symbol != NULL ? SCOPE_SYMBOL : SCOPE_FIRM,
		.limit = (uint8_t)limit,
		.part = json_is_true(json_object_get(object, "burst")) ? SLICE_BURST : SLICE_VALUE,
		.symbol = SYMBOL_NONE};
	if (symbol != NULL)
		key->symbol = site_symbol_find(site, symbol_pack(symbol));
	return (symbol == NULL || key->symbol != UINT32_MAX) &&
	       slice_is_cut((enum scope)key->scope, (enum limit)limit, key->part);
}

/* slice (2) */
static bool is_whole(int64_t whole, const int64_t *shares, uint32_t count, int64_t more)
{
	int64_t sum = more;
	for (uint32_t i = 0; i < count; i++)
		sum = saturating_add(sum, shares[i]);
	return whole == SLICE_NONE || sum == whole;
}

static bool cells_read(struct slices *slices, const struct site_config *site, const json_t *array)
{
	uint32_t gates = slices->gate_count;
	if (json_array_size(array) > slices->max)
		return false;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);
		struct slice *cell = &slices->cells[slices->count++];
		*cell = (struct slice){.whole = 0};
		if (!key_read(object, site, &cell->key) ||
			!number_read(object, "whole", SLICE_NONE, INT64_MAX, &cell->whole) ||
			!number_read(
				object, "kept_whole", SLICE_NONE, INT64_MAX, &cell->kept_whole) ||
			!numbers_read(object, "wanted", cell->wanted, gates) ||
			!numbers_read(object, "kept", cell->kept, gates) ||
			!numbers_read(object, "sure", cell->sure, gates) ||
			!numbers_read(object, "offered", cell->offered, gates) ||
			!numbers_read(object, "former", cell->former, gates) ||
			!numbers_read(object, "planned", cell->planned, gates) ||
			!is_whole(cell->kept_whole, cell->kept, gates, 0) ||
			(i > 0 && slices_order(&cell[-1].key, &cell->key) >= 0))
			return false;
	}
	return true;
}

static bool moves_read(struct slices *slices, const struct site_config *site, const json_t *array)
{
	int64_t stage, from, to, number;
	if (json_array_size(array) > SLICE_MOVE_COUNT_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *object = json_array_get(array, i);
		struct slice_move *move = &slices->moves[i];
		if (!key_read(object, site, &move->key) ||
			!number_read(object, "stage", MOVE_CUTTING, MOVE_BACK, &stage) ||
			!number_read(object, "from", 0, slices->gate_count - 1, &from) ||
			!number_read(object, "to", 0, slices->gate_count - 1, &to) ||
			!number_read(object, "number", 1, INT64_MAX, &number) ||
			!number_read(object, "amount", 0, INT64_MAX, &move->amount) ||
			slices_find(slices, move->key) == UINT32_MAX)
			return false;
		move->stage = (uint8_t)stage;
		move->from = (uint8_t)from;
		move->to = (uint8_t)to;
		move->number = (uint64_t)number;
	}
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		if (!is_whole(cell->whole, cell->wanted, slices->gate_count,
			    slices_moving(slices, cell->key)))
			return false;
	}
	return true;
}

static bool gates_read(struct slices *slices, const struct site_config *site, const json_t *array)
{
	if (json_array_size(array) != slices->gate_count)
		return false;
	for (uint32_t i = 0; i < slices->gate_count; i++) {
		const json_t *object = json_array_get(array, i);
		const char *name = json_string_value(json_object_get(object, "gate"));
		int64_t epoch;
		if (name == NULL || strcmp(name, site->gates[i].name) != 0 ||
			!number_read(object, "epoch", 0, UINT32_MAX, &epoch))
			return false;
		slices->gates[i] = (struct slices_gate){.sure_epoch = (uint32_t)epoch,
			.is_unknown = json_is_true(json_object_get(object, "unknown")),
			.is_void = json_is_true(json_object_get(object, "void")),
			.has_former = json_is_true(json_object_get(object, "former")),
			.has_returned = json_is_true(json_object_get(object, "returned"))};
	}
	return true;
}

static bool head_read(struct slices *slices, const json_t *all)
{
	int64_t version, record, offered, planned, former, last, moves;
	if (!number_read(all, "version", 1, 1, &version) ||
		!number_read(all, "record", 0, INT64_MAX, &record) ||
		!number_read(all, "offered_epoch", 0, UINT32_MAX, &offered) ||
		!number_read(all, "planned_epoch", 0, UINT32_MAX, &planned) ||
		!number_read(all, "former_epoch", 0, UINT32_MAX, &former) ||
		!number_read(all, "last_epoch", 0, UINT32_MAX, &last) ||
		!number_read(all, "moves_so_far", 0, INT64_MAX, &moves) ||
		!hash_read(json_object_get(all, "limits"), slices->whole) ||
		!hash_read(json_object_get(all, "kept"), slices->kept_whole))
		return false;
	slices->record = (uint64_t)record;
	slices->offered_epoch = (uint32_t)offered;
	slices->planned_epoch = (uint32_t)planned;
	slices->former_epoch = (uint32_t)former;
	slices->last_epoch = (uint32_t)last;
	slices->move_count = (uint64_t)moves;
	slices->has_kept = json_is_true(json_object_get(all, "has_kept"));
	slices->is_planned = json_is_true(json_object_get(all, "is_planned"));
	slices->is_term = json_is_true(json_object_get(all, "is_term"));
	return true;
}

bool slices_read(struct slices *slices, const struct site_config *site, const char *text,
	struct config_error *error)
{
	json_error_t why = {
		.text = "a record of slices of this site's gates, whose sums are the whole"};
	json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	bool is_good = all != NULL && head_read(slices, all) &&
		       gates_read(slices, site, json_object_get(all, "gates")) &&
		       cells_read(slices, site, json_object_get(all, "slices")) &&
		       moves_read(slices, site, json_object_get(all, "moves"));
	json_decref(all);
	if (is_good) {
		slices_inherit(slices);
		return true;
	}
	snprintf(error->text, sizeof error->text,
		"found %s, expected a record of slices of this site's gates whose sums are the "
		"whole",
		all == NULL ? why.text : "another");
	slices_clear(slices);
	return false;
}
