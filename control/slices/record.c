#include "control/slices/record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- written ---- */

/* By hand: of the largest files there are millions of numbers, and control's heartbeat waits for them. */
static void number_put(FILE *out, int64_t value)
{
	char digits[24], *at = digits + sizeof digits;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (value < 0)
		*--at = '-';
	fwrite_unlocked(at, 1, (size_t)(digits + sizeof digits - at), out);
}

/* Keys and names need no escape but for these two: they are words of one line. */
static void word_put(FILE *out, const char *word)
{
	putc_unlocked('"', out);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			putc_unlocked('\\', out);
		putc_unlocked(*word, out);
	}
	putc_unlocked('"', out);
}

static void key_put(FILE *out, const char *key)
{
	word_put(out, key);
	fputs_unlocked(": ", out);
}

static void field_put(FILE *out, const char *key, int64_t value)
{
	fputs_unlocked(", ", out);
	key_put(out, key);
	number_put(out, value);
}

static void flag_put(FILE *out, const char *key, bool is_set)
{
	fputs_unlocked(", ", out);
	key_put(out, key);
	fputs_unlocked(is_set ? "true" : "false", out);
}

static void hash_put(FILE *out, const char *key, const uint64_t hash[2])
{
	fprintf(out, ", \"%s\": \"%016llx%016llx\"", key, (unsigned long long)hash[1],
		(unsigned long long)hash[0]);
}

static void numbers_put(FILE *out, const char *key, const int64_t *values, uint32_t count)
{
	fputs_unlocked(", ", out);
	key_put(out, key);
	for (uint32_t i = 0; i < count; i++) {
		fputs_unlocked(i == 0 ? "[" : ", ", out);
		number_put(out, values[i]);
	}
	putc_unlocked(']', out);
}

static void limit_put(FILE *out, const struct site_config *site, struct slice_key key)
{
	char symbol[9];
	key_put(out, "limit");
	word_put(out, limit_keys[key.limit].key);
	if (key.scope == SCOPE_SYMBOL && key.symbol < site->symbol_count) {
		symbol_unpack(site->symbols[key.symbol].name, symbol);
		fputs_unlocked(", ", out);
		key_put(out, "symbol");
		word_put(out, symbol);
	}
	if (key.part == SLICE_BURST)
		flag_put(out, "burst", true);
}

static void cell_put(
	FILE *out, const struct slices *slices, const struct site_config *site, uint32_t at)
{
	const struct slice *cell = &slices->cells[at];
	uint32_t gates = slices->gate_count;
	fputs_unlocked(at == 0 ? "\n{" : ",\n{", out);
	limit_put(out, site, cell->key);
	field_put(out, "whole", cell->whole);
	numbers_put(out, "wanted", cell->wanted, gates);
	field_put(out, "kept_whole", cell->kept_whole);
	numbers_put(out, "kept", cell->kept, gates);
	numbers_put(out, "sure", cell->sure, gates);
	numbers_put(out, "offered", cell->offered, gates);
	numbers_put(out, "former", cell->former, gates);
	numbers_put(out, "planned", cell->planned, gates);
	putc_unlocked('}', out);
}

static void gate_put(
	FILE *out, const struct slices *slices, const struct site_config *site, uint32_t at)
{
	const struct slices_gate *gate = &slices->gates[at];
	fputs_unlocked(at == 0 ? "\n{" : ",\n{", out);
	key_put(out, "gate");
	word_put(out, site->gates[at].name);
	field_put(out, "epoch", gate->sure_epoch);
	flag_put(out, "unknown", gate->is_unknown);
	flag_put(out, "void", gate->is_void);
	flag_put(out, "former", gate->has_former);
	flag_put(out, "returned", gate->has_returned);
	putc_unlocked('}', out);
}

static void move_put(FILE *out, const struct slice_move *move, const struct site_config *site)
{
	putc_unlocked('{', out);
	limit_put(out, site, move->key);
	field_put(out, "number", (int64_t)move->number);
	field_put(out, "stage", move->stage);
	field_put(out, "from", move->from);
	field_put(out, "to", move->to);
	field_put(out, "amount", move->amount);
	putc_unlocked('}', out);
}

static void head_put(FILE *out, const struct slices *slices)
{
	fputs_unlocked("{\"version\": 1", out);
	field_put(out, "record", (int64_t)slices->record);
	hash_put(out, "limits", slices->whole);
	hash_put(out, "kept", slices->kept_whole);
	flag_put(out, "has_kept", slices->has_kept);
	flag_put(out, "is_planned", slices->is_planned);
	flag_put(out, "is_term", slices->is_term);
	field_put(out, "offered_epoch", slices->offered_epoch);
	field_put(out, "planned_epoch", slices->planned_epoch);
	field_put(out, "former_epoch", slices->former_epoch);
	field_put(out, "last_epoch", slices->last_epoch);
	field_put(out, "moves_so_far", (int64_t)slices->move_count);
}

char *slices_text(const struct slices *slices, const struct site_config *site)
{
	char *text = NULL;
	size_t size = 0;
	const char *between = "\n";
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return NULL;
	head_put(out, slices);
	fputs_unlocked(",\n\"gates\": [", out);
	for (uint32_t i = 0; i < slices->gate_count; i++)
		gate_put(out, slices, site, i);
	fputs_unlocked("],\n\"moves\": [", out);
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		if (slices->moves[i].stage == MOVE_NONE)
			continue;
		fputs_unlocked(between, out);
		move_put(out, &slices->moves[i], site);
		between = ",\n";
	}
	fputs_unlocked("],\n\"slices\": [", out);
	for (uint32_t i = 0; i < slices->count; i++)
		cell_put(out, slices, site, i);
	fputs_unlocked("]}\n", out);
	bool is_whole = ferror(out) == 0;
	if (fclose(out) == 0 && is_whole)
		return text;
	free(text);
	return NULL;
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

/* Limits are written in the order of their symbols: the next one is looked for where the last one was. */
static uint32_t symbol_find(const struct site_config *site, const char *text, uint32_t from)
{
	uint64_t name = symbol_pack(text);
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		uint32_t at = (uint32_t)(((uint64_t)from + i) % site->symbol_count);
		if (site->symbols[at].name == name)
			return at;
	}
	return UINT32_MAX;
}

static bool key_read(
	const json_t *object, const struct site_config *site, uint32_t from, struct slice_key *key)
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
		key->symbol = symbol_find(site, symbol, from);
	return (symbol == NULL || key->symbol != UINT32_MAX) &&
	       cut_adds_up((enum scope)key->scope, (enum limit)limit, key->part);
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
		if (!key_read(object, site, i > 0 ? cell[-1].key.symbol : 0, &cell->key) ||
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
		if (!key_read(object, site, 0, &move->key) ||
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
