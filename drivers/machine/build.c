#include "drivers/machine/build.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t build_id(void)
{
	return SLUICE_COMMIT;
}

const char *build_kind(void)
{
	return SLUICE_BUILD_KIND;
}

int build_print(const char *program)
{
	printf("%s build %016" PRIx64 ", optimised %s, compiler %s\n", program, build_id(),
		build_kind(), __VERSION__);
	return fflush(stdout) == 0 ? 0 : 1;
}
