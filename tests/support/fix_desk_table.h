/* fix_desk_table.h - a FIX session at its desk as a test begins with it: up, from either end.

   Owner      the test: one at a time. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_DESK_TABLE_H
#define SLUICE_TESTS_SUPPORT_FIX_DESK_TABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/support/fix_desk.h"

static struct fix_desk desk;

static inline void play(const char *script)
{
	if (!fix_desk_play(&desk, script))
		fail_msg("%s", desk.failure);
}

/* A test begins another desk, or ends: what was said and not expected shows here. */
static inline int quiet(void **state)
{
	(void)state;
	if (fix_desk_is_quiet(&desk))
		return 0;
	print_error("%s\n", desk.failure);
	return -1;
}

/* An acceptor that is up: numbers 2 and 2. */
static inline void accepted(enum fix_version version)
{
	fix_desk_open(&desk, version, false);
	play("connect\n"
	     "> 35=A|34=1|98=0|108=30|\n"
	     "< 35=A|34=1|98=0|108=30|\n"
	     "state up\nnext 2 2\n");
}

/* An initiator that is up: numbers 2 and 2. */
static inline void initiated(enum fix_version version)
{
	fix_desk_open(&desk, version, true);
	play(version == FIX_42 ? "connect\n< 35=A|34=1|98=0|108=30|95=6|96=secret|\n"
			       : "connect\n< 35=A|34=1|98=0|108=30|553=user|554=secret|\n");
	play("> 35=A|34=1|98=0|108=30|\nstate up\nnext 2 2\n");
}

#define HEAD_D "11=A|21=1|55=MSFT|54=1|60=20250102-14:30:00|40=2|38=5|44=1.5|"
#define HEAD_8 "37=1|17=1|20=0|150=0|39=0|55=A|54=1|151=0|14=0|6=0|"

#endif
