#include "config/document.h"

#include <stdio.h>

enum { FIELD_COUNT_MAX = 128 }; /* of one mapping's schema */

static const char *kind_of(const struct tree_node *node)
{
	static const char *const words[] = {[TREE_TEXT] = "text",
		[TREE_LIST] = "a list",
		[TREE_MAPPING] = "keys and values",
		[TREE_ALIAS] = "an alias"};
	return words[node->kind];
}

/* list_keys writes the keys of a mapping's schema, separated by commas. */
static void list_keys(const cyaml_schema_field_t *fields, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (; fields->key != NULL && used < size; fields++) {
		int more = snprintf(
			text + used, size - used, "%s%s", used > 0 ? ", " : "", fields->key);
		used += more > 0 ? (size_t)more : 0;
	}
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
	for (; fields->key != NULL; fields++) {
		if (strcmp(fields->key, key) == 0)
			return fields;
	}
	return NULL;
}

/* Each node is reached once: an alias reaches what it stands for again. */
static bool check_plain(const struct document *d, const struct tree_node *node)
{
	const struct tree *tree = &d->tree;
	if (node->kind == TREE_ALIAS)
		return tree_refuse(tree, &tree->nodes[node->first],
			"found an alias to this, expected each value written out");
	return node->tag == NULL ||
	       tree_refuse(tree, node, "found the tag %s, expected none", node->tag);
}

static bool check_text(const struct document *d, const struct tree_node *node)
{
	if (node->kind != TREE_TEXT)
		return tree_refuse(&d->tree, node, "found %s, expected text", kind_of(node));
	for (size_t i = 0; i < node->size; i++) {
		uint8_t c = (uint8_t)node->text[i];
		if (c < ' ' || c > '~')
			return tree_refuse(&d->tree, node,
				"found the byte 0x%02X in a value, expected plain ASCII", c);
	}
	return true;
}

static bool load(struct document *d, const struct tree_node *node,
	const cyaml_schema_value_t *schema, uint8_t *place);

/* load_field loads one key's value into the structure at base.  seen_line: of each of the schema's fields, 0 not seen. */
static bool load_field(struct document *d, const struct tree_node *key,
	const cyaml_schema_field_t *fields, uint8_t *base, uint32_t *seen_line)
{
	const struct tree_node *value = &d->tree.nodes[key->next];
	char known[1536];
	if (!check_plain(d, key) || !check_text(d, key))
		return false;
	const cyaml_schema_field_t *field = find_field(fields, key->text);
	if (field == NULL) {
		list_keys(fields, known, sizeof known);
		return tree_refuse(&d->tree, key, "found unknown key \"%s\", expected one of: %s",
			key->text, known);
	}
	if (seen_line[field - fields] != 0)
		return tree_refuse(&d->tree, key,
			"found key \"%s\" again, expected it only once, at line %u", key->text,
			seen_line[field - fields]);
	seen_line[field - fields] = key->line + 1;
	if (!load(d, value, &field->value, base + field->data_offset))
		return false;
	if (field->value.type == CYAML_SEQUENCE) { /* its count, of whatever width */
		uint64_t count = value->count;
		CHECK(field->count_size <= sizeof count);
		memcpy(base + field->count_offset, &count, field->count_size);
	}
	return true;
}

static bool load_mapping(struct document *d, const struct tree_node *node,
	const cyaml_schema_value_t *schema, uint8_t *base)
{
	const cyaml_schema_field_t *fields = schema->mapping.fields;
	uint32_t seen_line[FIELD_COUNT_MAX] = {0}, of_schema = 0;
	while (fields[of_schema].key != NULL)
		of_schema++;
	CHECK(of_schema <= FIELD_COUNT_MAX);
	const struct tree_node *key = &d->tree.nodes[node->first];
	for (uint32_t i = 0; i < node->count; i += 2) {
		if (!load_field(d, key, fields, base, seen_line))
			return false;
		key = &d->tree.nodes[d->tree.nodes[key->next].next];
	}
	for (uint32_t i = 0; i < of_schema; i++) {
		if (seen_line[i] == 0 && !(fields[i].value.flags & CYAML_FLAG_OPTIONAL))
			return tree_refuse(&d->tree, node, "found no key \"%s\" here, expected it",
				fields[i].key);
	}
	return true;
}

/* What one entry of a list takes in it. */
static size_t entry_bytes(const cyaml_schema_value_t *entry)
{
	return entry->flags & CYAML_FLAG_POINTER ? sizeof(void *) : entry->data_size;
}

static bool load_list(struct document *d, const struct tree_node *node,
	const cyaml_schema_value_t *schema, uint8_t *place)
{
	const cyaml_schema_value_t *entry = schema->sequence.entry;
	if (node->count < schema->sequence.min || node->count > schema->sequence.max)
		return tree_refuse(&d->tree, node,
			"found a list of %u, expected from %u to %u entries", node->count,
			schema->sequence.min, schema->sequence.max);
	uint8_t *rows = store_take(&d->tree.store, node->count * entry_bytes(entry));
	memcpy(place, &rows, sizeof rows);
	const struct tree_node *item = &d->tree.nodes[node->first];
	for (uint32_t i = 0; i < node->count; i++) {
		if (!load(d, item, entry, rows + i * entry_bytes(entry)))
			return false;
		item = &d->tree.nodes[item->next];
	}
	return true;
}

/* load refuses what the schema has no place for, and puts the rest there.  The schema's depth bounds the recursion. */
static bool load(struct document *d, const struct tree_node *node,
	const cyaml_schema_value_t *schema, uint8_t *place)
{
	bool is_pointer = schema->flags & CYAML_FLAG_POINTER;
	if (!check_plain(d, node))
		return false;
	if (schema->type == CYAML_MAPPING) {
		if (node->kind != TREE_MAPPING)
			return tree_refuse(&d->tree, node, "found %s, expected keys and values",
				kind_of(node));
		uint8_t *base = is_pointer ? store_take(&d->tree.store, schema->data_size) : place;
		if (is_pointer)
			memcpy(place, &base, sizeof base);
		return load_mapping(d, node, schema, base);
	}
	CHECK(is_pointer && (schema->type == CYAML_SEQUENCE || schema->type == CYAML_STRING));
	if (schema->type == CYAML_SEQUENCE)
		return node->kind == TREE_LIST
			       ? load_list(d, node, schema, place)
			       : tree_refuse(&d->tree, node, "found %s, expected a list",
					 kind_of(node));
	if (!check_text(d, node))
		return false;
	memcpy(place, &node->text, sizeof node->text);
	return true;
}

/* find walks tree, schema and loaded structures together until it stands where `wanted` was loaded;
   NULL if it is not below. */
static const struct tree_node *find(const struct document *d, const struct tree_node *node,
	const cyaml_schema_value_t *schema, const uint8_t *place, const void *wanted)
{
	const struct tree_node *nodes = d->tree.nodes;
	const struct tree_node *child = &nodes[node->first], *found = NULL;
	const uint8_t *value = place;
	if (schema->flags & CYAML_FLAG_POINTER)
		memcpy(&value, place, sizeof value);
	if (schema->type != CYAML_SEQUENCE && value == wanted)
		return node;
	if (schema->type == CYAML_MAPPING) {
		for (uint32_t i = 0; i < node->count && found == NULL; i += 2) {
			const cyaml_schema_field_t *field =
				find_field(schema->mapping.fields, child->text);
			child = &nodes[child->next];
			found = find(d, child, &field->value, value + field->data_offset, wanted);
			child = &nodes[child->next];
		}
	} else if (schema->type == CYAML_SEQUENCE) {
		const cyaml_schema_value_t *entry = schema->sequence.entry;
		for (uint32_t i = 0; i < node->count && found == NULL; i++) {
			found = find(d, child, entry, value, wanted);
			value += entry_bytes(entry);
			child = &nodes[child->next];
		}
	}
	return found;
}

bool document_refuse(const struct document *d, const void *text, const char *format, ...)
{
	const struct tree_node *root = &d->tree.nodes[1];
	const struct tree_node *node = find(d, root, d->schema, (const uint8_t *)&d->root, text);
	va_list words;
	va_start(words, format);
	tree_refuse_words(&d->tree, node != NULL ? node : root, format, words);
	va_end(words);
	return false;
}

bool document_open(struct document *d, const char *name, const char *text, size_t size,
	const cyaml_schema_value_t *schema, struct config_error *error)
{
	*d = (struct document){.schema = schema};
	error->text[0] = '\0';
	if (size > DOCUMENT_BYTES_MAX) {
		snprintf(error->text, sizeof error->text,
			"%s:1:1: found %zu bytes, expected at most %u", name, size,
			(unsigned)DOCUMENT_BYTES_MAX);
		return false;
	}
	if (!tree_read(&d->tree, name, text, size, error))
		return false;
	if (!load(d, &d->tree.nodes[1], schema, (uint8_t *)&d->root)) {
		document_close(d);
		return false;
	}
	return true;
}

void document_close(struct document *d)
{
	tree_free(&d->tree);
	d->root = NULL;
}
