/* papers.h - certificates of a test's own: an authority, and whoever it vouches for, as PEM files in one directory. */
#ifndef SLUICE_TESTS_PAPERS_H
#define SLUICE_TESTS_PAPERS_H

#include "config/base.h"

/* What a certificate says.  issuer NULL: it vouches for itself; it is an authority if name ends in "ca". */
struct paper {
	const char *name;     /* of the files NAME.pem and NAME.key, and the common name */
	const char *issuer;   /* whose files sign it */
	long from_s, until_s; /* from now */
};

/* papers_make writes the files of one certificate, the key for its owner alone. */
void papers_make(const char *directory, const struct paper *paper);

#endif
