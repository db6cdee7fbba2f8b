/* tree.h - one YAML text as a tree of lists, mappings and texts, each with its place.

   libyaml cuts the text into events, once, and they become nodes in the order in which they stand: a list's or a mapping's children
   follow each other by `next`, in a mapping a key and its value in turns.  What libyaml takes time for by its square, depth and
   anchors, is counted as it comes and refused before it is dear, because whoever may ask what is wrong with a file may send any.
   libyaml's own tree would have the text parsed once more for that.

   Owner      the tree owns its nodes and texts until tree_free.
   Units      lines and columns from 0, as libyaml counts them; sentences count from 1.
   Errors     one sentence `file:line:column: found ..., expected ...`. */
#ifndef SLUICE_CONFIG_TREE_H
#define SLUICE_CONFIG_TREE_H

#include "config/config.h"
#include "config/store.h"

#include <stdarg.h>

enum {
	TREE_DEPTH_MAX = 16,  /* lists and mappings within each other */
	TREE_ANCHOR_MAX = 64, /* none is of use, as no alias is taken */
};

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAPPING, TREE_ALIAS };

struct tree_node {
	const char *text; /* of a text; a zero stands behind it */
	const char *tag;  /* NULL: none, or what its kind has anyway */
	uint32_t size;    /* of text, bytes */
	uint32_t first;   /* its first child, 0 none; what an alias stands for */
	uint32_t next;    /* behind it in the same list or mapping, 0 none */
	uint32_t count;   /* of its children: of a mapping keys and values */
	uint32_t line, column;
	enum tree_kind kind;
};

struct tree {
	const char *name; /* the file, in sentences */
	struct config_error *error;
	struct tree_node *nodes; /* from 1, the root; 0 is none */
	uint32_t count, room;    /* of nodes, the first of which is none */
	struct store store;      /* texts, and what else lives as long */
};

/* tree_read reads a text.  name and error stay the caller's, as long as the tree is.  false: error is set and nothing is held. */
bool tree_read(struct tree *tree, const char *name, const char *text, size_t size,
	struct config_error *error);

/* tree_free returns all that the tree holds. */
void tree_free(struct tree *tree);

/* tree_refuse writes the error's sentence: the node's place, then the words of format.  Always false. */
bool tree_refuse(const struct tree *tree, const struct tree_node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool tree_refuse_words(const struct tree *tree, const struct tree_node *node, const char *format,
	va_list words) __attribute__((format(printf, 3, 0)));

#endif
