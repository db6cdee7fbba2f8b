/* tree_test.c - a text becomes a tree in one reading, and what libyaml would take long for is refused on the way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <yaml.h>

#include "config/document.h"
#include "config/schema.h"

static unsigned int parsers;

/* Stands before libyaml's own, whoever calls it: ours or a library of ours. */
int yaml_parser_initialize(yaml_parser_t *parser)
{
	int (*next)(yaml_parser_t *) = NULL;
	*(void **)&next = dlsym(RTLD_NEXT, "yaml_parser_initialize");
	assert_non_null(next);
	parsers++;
	return next(parser);
}

static bool take(struct tree *tree, const char *text, struct config_error *error)
{
	return tree_read(tree, "file", text, strlen(text), error);
}

static const struct tree_node *at(const struct tree *tree, uint32_t index)
{
	assert_in_range(index, 1, tree->count - 1);
	return &tree->nodes[index];
}

static void each_word_knows_where_it_stood(void **state)
{
	struct tree tree;
	struct config_error error;
	(void)state;
	assert_true(take(&tree, "a: one\nb: [two, {c: \"\"}]\n", &error));
	const struct tree_node *root = at(&tree, 1), *key = at(&tree, root->first);
	assert_int_equal(root->kind, TREE_MAPPING);
	assert_int_equal(root->count, 4);
	assert_string_equal(key->text, "a");
	assert_string_equal(at(&tree, key->next)->text, "one");
	key = at(&tree, at(&tree, key->next)->next);
	const struct tree_node *list = at(&tree, key->next), *two = at(&tree, list->first);
	assert_int_equal(list->kind, TREE_LIST);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->next, 0);
	assert_string_equal(two->text, "two");
	assert_int_equal(two->line, 1);
	assert_int_equal(two->column, 4);
	const struct tree_node *inner = at(&tree, two->next);
	assert_int_equal(inner->kind, TREE_MAPPING);
	assert_int_equal(at(&tree, at(&tree, inner->first)->next)->size, 0);
	assert_int_equal(inner->next, 0);
	tree_free(&tree);
}

static void what_cannot_be_a_tree_is_refused_with_its_place(void **state)
{
	static const char *const rows[][2] = {
		{"", "file:1:1: found an empty file, expected keys and values"},
		{"# nothing\n", "file:1:1: found an empty file, expected keys and values"},
		{"a: b\n---\nc: d\n", "file:3:1: found a second document, expected one"},
		{"a: *b\n",
			"file:1:4: found broken YAML (an alias to nothing), expected YAML 1.1 in "
			"UTF-8"},
		{"a: &x b\nc: &x d\n",
			"file:2:4: found broken YAML (a second anchor of one name), expected YAML "
			"1.1 in UTF-8"},
		{"a: [b\n",
			"file:2:1: found broken YAML (did not find expected ',' or ']'), expected "
			"YAML 1.1 in UTF-8"},
		{"[[[[[[[[[[[[[[[[[", "file:1:17: found more than 16 lists and mappings within "
				      "each other, expected a few: close what was opened"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct tree tree;
		struct config_error error;
		assert_false(take(&tree, rows[i][0], &error));
		assert_string_equal(error.text, rows[i][1]);
		assert_null(tree.nodes);
	}
}

static void an_alias_and_a_tag_are_kept_for_who_refuses_them(void **state)
{
	struct tree tree;
	struct config_error error;
	(void)state;
	assert_true(take(&tree, "[&a b, *a, !!int 5, ! c, !!str d]\n", &error));
	const struct tree_node *b = at(&tree, at(&tree, 1)->first), *alias = at(&tree, b->next);
	assert_int_equal(alias->kind, TREE_ALIAS);
	assert_ptr_equal(at(&tree, alias->first), b);
	const struct tree_node *five = at(&tree, alias->next);
	assert_string_equal(five->tag, "tag:yaml.org,2002:int");
	assert_null(at(&tree, five->next)->tag);
	assert_null(at(&tree, at(&tree, five->next)->next)->tag);
	tree_free(&tree);
}

struct raw_rows {
	char **rows;
	unsigned rows_count;
};

/* clang-format off */
static const cyaml_schema_value_t row_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t rows_fields[] = {
	LIST(MUST, raw_rows, rows, &row_entry, 0, 10000),
	CYAML_FIELD_END};
static const cyaml_schema_value_t rows_file = ROOT(raw_rows, rows_fields);
/* clang-format on */

/* Parsing is most of what reading a site costs, and a site of ten thousand symbols is two megabytes. */
static void a_file_is_parsed_once(void **state)
{
	enum { ROWS = 10000 };
	static char text[16 + ROWS * 12];
	size_t used = (size_t)sprintf(text, "rows:\n");
	struct config_error error;
	struct document d;
	(void)state;
	for (unsigned i = 0; i < ROWS; i++)
		used += (size_t)sprintf(text + used, "  - r%05u\n", i);
	parsers = 0;
	assert_true(document_open(&d, "file", text, used, &rows_file, &error));
	const struct raw_rows *raw = d.root;
	assert_int_equal(parsers, 1);
	assert_int_equal(raw->rows_count, ROWS);
	assert_string_equal(raw->rows[0], "r00000");
	assert_string_equal(raw->rows[ROWS - 1], "r09999");
	assert_false(document_refuse(&d, raw->rows[ROWS - 1], "found it"));
	assert_string_equal(error.text, "file:10001:5: found it");
	document_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_knows_where_it_stood),
		cmocka_unit_test(what_cannot_be_a_tree_is_refused_with_its_place),
		cmocka_unit_test(an_alias_and_a_tag_are_kept_for_who_refuses_them),
		cmocka_unit_test(a_file_is_parsed_once),
	};
	return !!cmocka_run_group_tests_name("config.tree", tests, NULL, NULL);
}
