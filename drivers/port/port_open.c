/* port_open.c - a port of every kind, with its faults around it; port.h is what all kinds are. */
#include "drivers/port/port.h"

#include "drivers/port/port_dpdk.h"
#include "drivers/port/port_fault.h"
#include "drivers/port/port_pcap.h"
#include "drivers/port/port_sim.h"

#include <stdio.h>

static struct port *port_open_device(const struct port_config *config, struct config_error *error)
{
	switch (config->kind) {
	case PORT_DPDK:
		return port_dpdk_open(config, error);
	case PORT_PCAP:
		return port_pcap_open(config, error);
	case PORT_SIM:
		return port_sim_open(config->name);
	default:
		snprintf(error->text, sizeof error->text,
			"port %s: found kind %u, expected dpdk, pcap or sim; faults are asked for "
			"with "
			"the port's fault section",
			config->name, (unsigned int)config->kind);
		return NULL;
	}
}

static uint32_t fault_ppm_max(const struct port_config *config)
{
	const uint32_t rates[] = {config->fault_loss_ppm, config->fault_reorder_ppm,
		config->fault_duplicate_ppm, config->fault_burst_ppm, config->fault_delay_ppm};
	uint32_t most = 0;
	for (size_t i = 0; i < ARRAY_COUNT(rates); i++)
		most = rates[i] > most ? rates[i] : most;
	for (size_t i = 0; i < SPOIL_COUNT; i++)
		most = config->fault_spoil_ppm[i] > most ? config->fault_spoil_ppm[i] : most;
	return most;
}

struct port *port_open(const struct port_config *config, struct config_error *error)
{
	const uint32_t max = PORT_FAULT_PPM_MAX;
	error->text[0] = '\0';
	if (config->is_fault && fault_ppm_max(config) > max) {
		snprintf(error->text, sizeof error->text,
			"port %s: found a fault rate above %u parts per million, expected at most "
			"that; "
			"lower the port's fault rates",
			config->name, (unsigned int)max);
		return NULL;
	}
	struct port *port = port_open_device(config, error);
	if (port == NULL || !config->is_fault)
		return port;
	struct port_fault_rates rates = {
		.seed = config->fault_seed,
		.loss_ppm = config->fault_loss_ppm,
		.reorder_ppm = config->fault_reorder_ppm,
		.duplicate_ppm = config->fault_duplicate_ppm,
		.burst_ppm = config->fault_burst_ppm,
		.burst_frames = config->fault_burst_frames,
		.delay_ppm = config->fault_delay_ppm,
		.delay_ns = config->fault_delay_ns,
		.skew_ns = config->fault_skew_ns,
	};
	memcpy(rates.spoil_ppm, config->fault_spoil_ppm, sizeof rates.spoil_ppm);
	return port_fault_open(port, &rates);
}
