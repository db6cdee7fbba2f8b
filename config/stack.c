#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

enum { MTU_BYTES_MIN = 576, MTU_BYTES_MAX = 1500 };

/* The feed polls the ports of its lines; a frame has one reader. */
static bool read_port(
	const struct document *d, const struct raw_stack *raw, struct site_config *site)
{
	struct stack_config *stack = &site->stack;
	while (stack->port < site->port_count &&
		strcmp(site->ports[stack->port].name, raw->port) != 0)
		stack->port++;
	if (stack->port == site->port_count)
		return document_refuse(d, raw->port,
			"found the port \"%.64s\", expected a name from ports", raw->port);
	for (unsigned c = 0; c < site->channel_count; c++) {
		for (unsigned l = 0; l < site->channels[c].line_count; l++) {
			if (site->channels[c].lines[l].port == stack->port)
				return document_refuse(d, raw->port,
					"found the port \"%s\" of channel \"%s\", expected one "
					"that no "
					"channel listens on",
					raw->port, site->channels[c].name);
		}
	}
	return true;
}

/* "10.77.3.2/24": our address and how many of its bits are the network's. */
static bool read_address(
	const struct document *d, const struct raw_stack *raw, struct stack_config *stack)
{
	char address[32];
	uint64_t bits;
	const char *slash = strchr(raw->address, '/');
	size_t size = slash != NULL ? (size_t)(slash - raw->address) : 0;
	snprintf(address, sizeof address, "%.*s", (int)(size < sizeof address ? size : 0),
		raw->address);
	if (size == 0 || scalar_address(address, &stack->address_ip) != NULL ||
		scalar_count(slash + 1, &bits) != NULL || bits < 1 || bits > 30)
		return document_refuse(d, raw->address,
			"found \"%.64s\", expected an IPv4 address and the bits of its network, 1 "
			"to "
			"30, such as \"10.0.0.2/24\"",
			raw->address);
	stack->netmask_ip = UINT32_MAX << (32 - bits);
	return true;
}

static bool read_gateway(
	const struct document *d, const struct raw_stack *raw, struct stack_config *stack)
{
	if (raw->gateway == NULL)
		return true;
	const char *expected = scalar_address(raw->gateway, &stack->gateway_ip);
	if (expected != NULL)
		return document_refuse(
			d, raw->gateway, "found \"%.64s\", expected %s", raw->gateway, expected);
	if (((stack->gateway_ip ^ stack->address_ip) & stack->netmask_ip) != 0 ||
		stack->gateway_ip == stack->address_ip)
		return document_refuse(d, raw->gateway,
			"found the gateway %s, expected another address of the network of %s",
			raw->gateway, raw->address);
	return true;
}

bool stack_read(const struct document *d, const struct raw_stack *raw, struct site_config *site)
{
	struct stack_config *stack = &site->stack;
	uint32_t mtu_bytes = MTU_BYTES_MAX;
	if (raw == NULL)
		return true;
	if (!read_port(d, raw, site) || !read_address(d, raw, stack) ||
		!read_gateway(d, raw, stack) ||
		(raw->mtu != NULL && !field_count_u32(d, raw->mtu, "B", MTU_BYTES_MIN,
					     MTU_BYTES_MAX, &mtu_bytes)))
		return false;
	stack->mtu_bytes = (uint16_t)mtu_bytes;
	stack->is_used = 1;
	return true;
}
