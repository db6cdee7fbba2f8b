#include "config/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What one walk over the tree carries.  Each node is reached once: an alias would reach it again. */
struct walk {
	struct document *document;
	uint8_t *reached; /* per node of the tree */
};

/* write_place begins the error's sentence and returns where it goes on. */
static char *write_place(const struct document *d, yaml_mark_t mark, size_t *left)
{
	int size = snprintf(d->error->text, sizeof d->error->text, "%s:%zu:%zu: ", d->name,
		mark.line + 1, mark.column + 1);
	size_t used = size > 0 && (size_t)size < sizeof d->error->text ? (size_t)size : 0;
	*left = sizeof d->error->text - used;
	return d->error->text + used;
}

static bool refuse_node(const struct document *d, const yaml_node_t *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool refuse_node(const struct document *d, const yaml_node_t *node, const char *format, ...)
{
	size_t left;
	char *text = write_place(d, node->start_mark, &left);
	va_list words;
	va_start(words, format);
	vsnprintf(text, left, format, words);
	va_end(words);
	return false;
}

static yaml_node_t *node_at(const struct document *d, int index)
{
	/* libyaml's reader of its own tree takes no const. */
	return yaml_document_get_node((yaml_document_t *)(uintptr_t)&d->yaml, index);
}

static const char *node_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static const char *kind_of(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return "text";
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "keys and values";
	default:
		return "nothing";
	}
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

static bool reach(struct walk *w, int index)
{
	const yaml_node_t *node = node_at(w->document, index);
	static const char *const tags[] = {YAML_STR_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};
	if (w->reached[index - 1]++ != 0)
		return refuse_node(w->document, node,
			"found an alias to this, expected each value written out");
	for (size_t i = 0; i < ARRAY_COUNT(tags); i++) {
		if (node->tag != NULL && strcmp((const char *)node->tag, tags[i]) == 0)
			return true;
	}
	return refuse_node(w->document, node, "found the tag %s, expected none",
		node->tag != NULL ? (const char *)node->tag : "?");
}

static bool check_text(const struct document *d, const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE)
		return refuse_node(d, node, "found %s, expected text", kind_of(node));
	for (size_t i = 0; i < node->data.scalar.length; i++) {
		uint8_t c = node->data.scalar.value[i];
		if (c < ' ' || c > '~')
			return refuse_node(d, node,
				"found the byte 0x%02X in a value, expected plain ASCII", c);
	}
	return true;
}

static bool check_key_once(const struct document *d, const yaml_node_t *mapping,
	const yaml_node_pair_t *pair, const yaml_node_t *key)
{
	for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++) {
		const yaml_node_t *other = node_at(d, p->key);
		if (strcmp(node_text(other), node_text(key)) == 0)
			return refuse_node(d, key,
				"found key \"%s\" again, expected it only once, at line %zu",
				node_text(key), other->start_mark.line + 1);
	}
	return true;
}

static bool check_required(
	const struct document *d, const yaml_node_t *mapping, const cyaml_schema_field_t *fields)
{
	for (; fields->key != NULL; fields++) {
		bool found = fields->value.flags & CYAML_FLAG_OPTIONAL;
		const yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
		for (; !found && p < mapping->data.mapping.pairs.top; p++)
			found = strcmp(node_text(node_at(d, p->key)), fields->key) == 0;
		if (!found)
			return refuse_node(
				d, mapping, "found no key \"%s\" here, expected it", fields->key);
	}
	return true;
}

static bool check(struct walk *w, int index, const cyaml_schema_value_t *schema);

static bool check_mapping(
	struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	const struct document *d = w->document;
	if (node->type != YAML_MAPPING_NODE)
		return refuse_node(d, node, "found %s, expected keys and values", kind_of(node));
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(d, pair->key);
		char known[1536];
		if (!reach(w, pair->key) || !check_text(d, key) ||
			!check_key_once(d, node, pair, key))
			return false;
		const cyaml_schema_field_t *field =
			find_field(schema->mapping.fields, node_text(key));
		if (field == NULL) {
			list_keys(schema->mapping.fields, known, sizeof known);
			return refuse_node(d, key, "found unknown key \"%s\", expected one of: %s",
				node_text(key), known);
		}
		if (!check(w, pair->value, &field->value))
			return false;
	}
	return check_required(d, node, schema->mapping.fields);
}

static bool check_sequence(
	struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse_node(w->document, node, "found %s, expected a list", kind_of(node));
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	if (count < schema->sequence.min || count > schema->sequence.max)
		return refuse_node(w->document, node,
			"found a list of %zu, expected from %u to %u entries", count,
			schema->sequence.min, schema->sequence.max);
	for (; item < node->data.sequence.items.top; item++) {
		if (!check(w, *item, schema->sequence.entry))
			return false;
	}
	return true;
}

/* check refuses what the schema has no place for.  The schema's depth bounds the recursion. */
static bool check(struct walk *w, int index, const cyaml_schema_value_t *schema)
{
	const yaml_node_t *node = node_at(w->document, index);
	if (!reach(w, index))
		return false;
	if (schema->type == CYAML_MAPPING)
		return check_mapping(w, node, schema);
	if (schema->type == CYAML_SEQUENCE)
		return check_sequence(w, node, schema);
	return check_text(w->document, node);
}

/* find walks tree, schema and loaded structures together until it stands where `wanted` was loaded;
   NULL if it is not below. */
static const yaml_node_t *find(const struct document *d, const yaml_node_t *node,
	const cyaml_schema_value_t *schema, const uint8_t *place, const void *wanted)
{
	const uint8_t *value = place;
	if (schema->flags & CYAML_FLAG_POINTER)
		memcpy(&value, place, sizeof value);
	if (schema->type != CYAML_SEQUENCE && value == wanted)
		return node;
	if (value == NULL)
		return NULL;
	if (schema->type == CYAML_MAPPING) {
		const yaml_node_pair_t *p = node->data.mapping.pairs.start;
		for (; p < node->data.mapping.pairs.top; p++) {
			const cyaml_schema_field_t *field =
				find_field(schema->mapping.fields, node_text(node_at(d, p->key)));
			const yaml_node_t *found = find(d, node_at(d, p->value), &field->value,
				value + field->data_offset, wanted);
			if (found != NULL)
				return found;
		}
	} else if (schema->type == CYAML_SEQUENCE) {
		const cyaml_schema_value_t *entry = schema->sequence.entry;
		size_t step = entry->flags & CYAML_FLAG_POINTER ? sizeof(void *) : entry->data_size;
		const yaml_node_item_t *item = node->data.sequence.items.start;
		for (; item < node->data.sequence.items.top; item++, value += step) {
			const yaml_node_t *found = find(d, node_at(d, *item), entry, value, wanted);
			if (found != NULL)
				return found;
		}
	}
	return NULL;
}

bool document_refuse(const struct document *d, const void *text, const char *format, ...)
{
	const yaml_node_t *root = node_at(d, 1);
	CHECK(root != NULL);
	const yaml_node_t *node = find(d, root, d->schema, (const uint8_t *)&d->root, text);
	size_t left;
	char *sentence = write_place(d, (node != NULL ? node : root)->start_mark, &left);
	va_list words;
	va_start(words, format);
	vsnprintf(sentence, left, format, words);
	va_end(words);
	return false;
}

static bool refuse_syntax(const struct document *d, const yaml_parser_t *parser)
{
	yaml_mark_t mark = parser->problem_mark;
	if (parser->error == YAML_READER_ERROR)
		mark = parser->mark;
	snprintf(d->error->text, sizeof d->error->text,
		"%s:%zu:%zu: found broken YAML (%s), expected %s", d->name, mark.line + 1,
		mark.column + 1, parser->problem != NULL ? parser->problem : "out of memory",
		"YAML 1.1 in UTF-8");
	return false;
}

static bool has_anchor(const yaml_event_t *event)
{
	return (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
	       (event->type == YAML_SEQUENCE_START_EVENT &&
		       event->data.sequence_start.anchor != NULL) ||
	       (event->type == YAML_MAPPING_START_EVENT &&
		       event->data.mapping_start.anchor != NULL);
}

static bool refuse_event(
	const struct document *d, const yaml_event_t *event, unsigned most, const char *what)
{
	size_t left;
	char *sentence = write_place(d, event->start_mark, &left);
	snprintf(sentence, left, "found more than %u %s", most, what);
	return false;
}

/* check_cost reads as far as the text is YAML; what is broken is told by the parse that follows. */
static bool check_cost(const struct document *d, const char *text, size_t size)
{
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned depth = 0, anchors = 0;
	bool good = true, is_over = false;
	CHECK(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	while (good && !is_over && yaml_parser_parse(&parser, &event)) {
		is_over = event.type == YAML_STREAM_END_EVENT;
		anchors += has_anchor(&event);
		if (event.type == YAML_SEQUENCE_START_EVENT ||
			event.type == YAML_MAPPING_START_EVENT)
			depth++;
		else if (event.type == YAML_SEQUENCE_END_EVENT ||
			 event.type == YAML_MAPPING_END_EVENT)
			depth--;
		if (depth > DOCUMENT_DEPTH_MAX)
			good = refuse_event(d, &event, DOCUMENT_DEPTH_MAX,
				"lists and mappings within each other, expected a few: close what "
				"was opened");
		else if (anchors > DOCUMENT_ANCHOR_MAX)
			good = refuse_event(d, &event, DOCUMENT_ANCHOR_MAX,
				"anchors, expected none: write out what they stand for");
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return good;
}

/* parse fills d->yaml.  false: nothing is held. */
static bool parse(struct document *d, const char *text, size_t size)
{
	yaml_parser_t parser;
	yaml_document_t next;
	bool good = false;
	CHECK(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml_parser_load(&parser, &d->yaml)) {
		refuse_syntax(d, &parser);
		yaml_parser_delete(&parser);
		return false;
	}
	if (yaml_document_get_root_node(&d->yaml) == NULL) {
		snprintf(d->error->text, sizeof d->error->text,
			"%s:1:1: found an empty file, expected keys and values", d->name);
	} else if (!yaml_parser_load(&parser, &next)) {
		refuse_syntax(d, &parser);
	} else {
		const yaml_node_t *more = yaml_document_get_root_node(&next);
		good = more == NULL;
		if (!good)
			refuse_node(d, more, "found a second document, expected one");
		yaml_document_delete(&next);
	}
	yaml_parser_delete(&parser);
	if (!good)
		yaml_document_delete(&d->yaml);
	return good;
}

static bool load(struct document *d, const char *text, size_t size)
{
	static const cyaml_config_t config = {
		.mem_fn = cyaml_mem, .log_fn = NULL, .flags = CYAML_CFG_NO_ALIAS};
	struct walk w = {.document = d};
	size_t count = (size_t)(d->yaml.nodes.top - d->yaml.nodes.start);
	w.reached = calloc(count, 1);
	CHECK(w.reached != NULL);
	bool good = check(&w, 1, d->schema);
	free(w.reached);
	if (!good)
		return false;
	cyaml_err_t result =
		cyaml_load_data((const uint8_t *)text, size, &config, d->schema, &d->root, NULL);
	if (result == CYAML_OK)
		return true;
	snprintf(d->error->text, sizeof d->error->text,
		"%s:1:1: found what libcyaml refuses (%s), expected a file of this kind", d->name,
		cyaml_strerror(result));
	return false;
}

bool document_open(struct document *d, const char *name, const char *text, size_t size,
	const cyaml_schema_value_t *schema, struct config_error *error)
{
	*d = (struct document){.name = name, .schema = schema, .error = error};
	error->text[0] = '\0';
	if (size > DOCUMENT_BYTES_MAX) {
		snprintf(error->text, sizeof error->text,
			"%s:1:1: found %zu bytes, expected at most %u", name, size,
			(unsigned)DOCUMENT_BYTES_MAX);
		return false;
	}
	if (!check_cost(d, text, size) || !parse(d, text, size))
		return false;
	if (!load(d, text, size)) {
		yaml_document_delete(&d->yaml);
		return false;
	}
	return true;
}

void document_close(struct document *d)
{
	static const cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_DEFAULT};
	cyaml_free(&config, d->schema, d->root, 0);
	yaml_document_delete(&d->yaml);
	d->root = NULL;
}
