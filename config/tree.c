#include "config/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { FIRST_ROOM = 1024 };

/* What one reading carries. */
struct reading {
	struct tree *tree;
	yaml_parser_t parser;
	uint32_t open[TREE_DEPTH_MAX]; /* lists and mappings that are not closed yet */
	uint32_t last[TREE_DEPTH_MAX]; /* the newest child of each, 0 none */
	uint32_t depth;
	struct {
		const char *name;
		uint32_t node;
	} anchors[TREE_ANCHOR_MAX];
	uint32_t anchor_count;
};

bool tree_refuse_words(
	const struct tree *tree, const struct tree_node *node, const char *format, va_list words)
{
	char *text = tree->error->text;
	int size = snprintf(text, sizeof tree->error->text, "%s:%u:%u: ", tree->name,
		node->line + 1u, node->column + 1u);
	size_t used = size > 0 && (size_t)size < sizeof tree->error->text ? (size_t)size : 0;
	vsnprintf(text + used, sizeof tree->error->text - used, format, words);
	return false;
}

bool tree_refuse(const struct tree *tree, const struct tree_node *node, const char *format, ...)
{
	va_list words;
	va_start(words, format);
	tree_refuse_words(tree, node, format, words);
	va_end(words);
	return false;
}

static struct tree_node node_of(enum tree_kind kind, yaml_mark_t mark)
{
	return (struct tree_node){
		.kind = kind, .line = (uint32_t)mark.line, .column = (uint32_t)mark.column};
}

static bool refuse_syntax(const struct reading *r, const char *problem, yaml_mark_t mark)
{
	struct tree_node place = node_of(TREE_TEXT, mark);
	return tree_refuse(r->tree, &place, "found broken YAML (%s), expected YAML 1.1 in UTF-8",
		problem != NULL ? problem : "out of memory");
}

/* tree_add puts a node behind all others and returns its place. */
static uint32_t tree_add(struct tree *tree, const struct tree_node *node)
{
	if (tree->count == tree->room) {
		tree->room = tree->room == 0 ? FIRST_ROOM : tree->room * 2;
		tree->nodes = realloc(tree->nodes, tree->room * sizeof *tree->nodes);
		CHECK(tree->nodes != NULL);
	}
	tree->nodes[tree->count] = *node;
	return tree->count++;
}

/* What libyaml calls a node that says nothing of its kind: no tag, and any of the three that a node has anyway. */
static const char *tag_of(struct tree *tree, const yaml_char_t *tag)
{
	static const char *const plain[] = {"!", YAML_STR_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};
	if (tag == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(plain); i++) {
		if (strcmp((const char *)tag, plain[i]) == 0)
			return NULL;
	}
	return store_copy(&tree->store, tag, strlen((const char *)tag));
}

static bool read_anchor(struct reading *r, const yaml_char_t *name, uint32_t node, yaml_mark_t mark)
{
	struct tree_node place = node_of(TREE_TEXT, mark);
	if (name == NULL)
		return true;
	if (r->anchor_count == TREE_ANCHOR_MAX)
		return tree_refuse(r->tree, &place,
			"found more than %u anchors, expected none: write out what they stand for",
			TREE_ANCHOR_MAX);
	for (uint32_t i = 0; i < r->anchor_count; i++) {
		if (strcmp(r->anchors[i].name, (const char *)name) == 0)
			return refuse_syntax(r, "a second anchor of one name", mark);
	}
	r->anchors[r->anchor_count].name =
		store_copy(&r->tree->store, name, strlen((const char *)name));
	r->anchors[r->anchor_count++].node = node;
	return true;
}

/* read_node hangs a node where the text stands. */
static bool read_node(struct reading *r, const struct tree_node *node, const yaml_char_t *anchor,
	yaml_mark_t mark)
{
	struct tree *tree = r->tree;
	if (r->depth == 0 && tree->count > 1)
		return tree_refuse(tree, node, "found a second document, expected one");
	uint32_t at = tree_add(tree, node);
	if (r->depth > 0) {
		uint32_t *last = &r->last[r->depth - 1];
		struct tree_node *parent = &tree->nodes[r->open[r->depth - 1]];
		if (*last == 0)
			parent->first = at;
		else
			tree->nodes[*last].next = at;
		parent->count++;
		*last = at;
	}
	return read_anchor(r, anchor, at, mark);
}

static bool read_text(struct reading *r, const yaml_event_t *event)
{
	struct tree_node node = node_of(TREE_TEXT, event->start_mark);
	node.size = (uint32_t)event->data.scalar.length;
	node.text = store_copy(&r->tree->store, event->data.scalar.value, node.size);
	node.tag = tag_of(r->tree, event->data.scalar.tag);
	return read_node(r, &node, event->data.scalar.anchor, event->start_mark);
}

static bool read_open(struct reading *r, const yaml_event_t *event)
{
	bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
	struct tree_node node = node_of(is_list ? TREE_LIST : TREE_MAPPING, event->start_mark);
	if (r->depth == TREE_DEPTH_MAX)
		return tree_refuse(r->tree, &node,
			"found more than %u lists and mappings within each other, expected a few: "
			"close what was opened",
			TREE_DEPTH_MAX);
	node.tag = tag_of(
		r->tree, is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag);
	if (!read_node(r, &node,
		    is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
		    event->start_mark))
		return false;
	r->open[r->depth] = r->tree->count - 1;
	r->last[r->depth++] = 0;
	return true;
}

static bool read_alias(struct reading *r, const yaml_event_t *event)
{
	struct tree_node node = node_of(TREE_ALIAS, event->start_mark);
	for (uint32_t i = 0; i < r->anchor_count && node.first == 0; i++) {
		if (strcmp(r->anchors[i].name, (const char *)event->data.alias.anchor) == 0)
			node.first = r->anchors[i].node;
	}
	if (node.first == 0)
		return refuse_syntax(r, "an alias to nothing", event->start_mark);
	return read_node(r, &node, NULL, event->start_mark);
}

static bool read_event(struct reading *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_text(r, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return read_open(r, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return true;
	case YAML_ALIAS_EVENT:
		return read_alias(r, event);
	default:
		return true;
	}
}

static bool read_events(struct reading *r)
{
	yaml_event_t event;
	for (bool is_over = false; !is_over;) {
		if (!yaml_parser_parse(&r->parser, &event))
			return refuse_syntax(r, r->parser.problem,
				r->parser.error == YAML_READER_ERROR ? r->parser.mark
								     : r->parser.problem_mark);
		is_over = event.type == YAML_STREAM_END_EVENT;
		bool good = read_event(r, &event);
		yaml_event_delete(&event);
		if (!good)
			return false;
	}
	const struct tree_node begin = {.kind = TREE_TEXT};
	return r->tree->count > 1 ||
	       tree_refuse(r->tree, &begin, "found an empty file, expected keys and values");
}

bool tree_read(struct tree *tree, const char *name, const char *text, size_t size,
	struct config_error *error)
{
	const struct tree_node none = {.kind = TREE_TEXT};
	struct reading r = {.tree = tree};
	*tree = (struct tree){.name = name, .error = error};
	tree_add(tree, &none);
	CHECK(yaml_parser_initialize(&r.parser));
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
	bool good = read_events(&r);
	yaml_parser_delete(&r.parser);
	if (!good)
		tree_free(tree);
	return good;
}

void tree_free(struct tree *tree)
{
	free(tree->nodes);
	store_free(&tree->store);
	tree->nodes = NULL;
	tree->count = tree->room = 0;
}
