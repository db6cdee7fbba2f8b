/* The stack of our own over net_af_xdp on one end of a veth pair, the kernel's TCP at the other.
   rooms: drivers_stream dpdk_drivers */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/drivers/stream/wire.h"

static int start(void **state)
{
	(void)state;
	return wire_start("net_af_xdp0,iface=sluice1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {WIRE_TESTS};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.stream.stream_lwip_af_xdp", tests, start, wire_stop);
}
