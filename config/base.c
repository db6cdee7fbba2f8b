#include "config/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void base_check_failed(const char *file, int line, const char *truth)
{
	fprintf(stderr, "sluice: internal check failed at %s:%d: %s\n", file, line, truth);
	abort();
}
