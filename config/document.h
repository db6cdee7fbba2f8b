/* document.h - one YAML file, loaded by a schema, that still knows where each word stood.

   libcyaml holds the schema and loads the text into plain structures whose leaves are all strings;
   it has no positions to offer for them, so the file's tree is kept beside, walked by the same schema:
   first to refuse what does not fit (unknown, duplicate or missing key, list where text belongs,
   alias, tag, second document), later to find the line and column of any loaded string.  Before all that it is seen
   that no depth and no count of anchors is there for which libyaml takes time by its square: whoever may ask what is wrong
   with a file may send any.

   Owner      the document owns what it loaded until document_close.
   Errors     one sentence `file:line:column: found ..., expected ...` in the error it was opened
              with. */
#ifndef SLUICE_CONFIG_DOCUMENT_H
#define SLUICE_CONFIG_DOCUMENT_H

#include "config/config.h"

#include <cyaml/cyaml.h>
#include <yaml.h>

enum {
	DOCUMENT_BYTES_MAX = 32 * 1024 * 1024,
	DOCUMENT_DEPTH_MAX = 16,  /* lists and mappings within each other */
	DOCUMENT_ANCHOR_MAX = 64, /* none is of use, as no alias is taken */
};

struct document {
	const char *name;                   /* the file, in sentences */
	const cyaml_schema_value_t *schema; /* of the root: a mapping pointer */
	void *root;                         /* what libcyaml loaded */
	yaml_document_t yaml;
	struct config_error *error;
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
