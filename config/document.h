/* document.h - one YAML file, loaded by a schema, that still knows where each word stood.

   The schema is written in libcyaml's words, and every leaf of it is a string.  The file is parsed once, into a tree (tree.h), and the
   tree is walked once by the schema: what does not fit is refused with its line and column (unknown, duplicate or missing
   key, list where text belongs, alias, tag), the rest is put into plain structures.  libcyaml's own loader is not used: it
   parses the text again and offers no positions.  Later any loaded string's place is found by the same walk.

   Parsing is most of it: a site of 10,000 symbols (2.2 MB) takes 0.67 G instructions to load, 0.51 G of them in libyaml; parsed three
   times, for cost, tree and loader, it took 2.09 G (callgrind).

   Owner      the document owns what it loaded until document_close.
   Errors     one sentence `file:line:column: found ..., expected ...` in the error it was opened
              with. */
#ifndef SLUICE_CONFIG_DOCUMENT_H
#define SLUICE_CONFIG_DOCUMENT_H

#include "config/tree.h"

#include <cyaml/cyaml.h>

enum { DOCUMENT_BYTES_MAX = 32 * 1024 * 1024 };

struct document {
	const cyaml_schema_value_t *schema; /* of the root: a mapping pointer */
	void *root;                         /* what was loaded; the tree's store holds it */
	struct tree tree;
};

/* document_open parses text and loads it into root.  false: error is set and nothing is held. */
bool document_open(struct document *d, const char *name, const char *text, size_t size,
	const cyaml_schema_value_t *schema, struct config_error *error);

/* document_close returns what document_open took; root is gone. */
void document_close(struct document *d);

/* document_refuse writes the error's sentence: the position of text, which is a string that d loaded
   or the address of a structure that d loaded, then the words of format.  Always returns false. */
bool document_refuse(const struct document *d, const void *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
