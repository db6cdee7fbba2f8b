/* eal.h - DPDK's environment, started once per process for the devices of all ports.

   Virtual devices alone start without huge pages, without a look at the PCI bus and without files that
   others share, so it works in any container and several run side by side; a PCI address among them
   asks for huge pages and for nothing but the addresses named.

   Owner      one thread, at boot.
   Invariant  (1) the EAL keeps no core: the caller's affinity is as before, and it has one lcore that
              never polls.
   Errors     what was found (with the EAL's own words), what was expected, what mends it. */
#ifndef SLUICE_DRIVERS_EAL_H
#define SLUICE_DRIVERS_EAL_H

#include "config/config.h"

/* eal_start starts the EAL for those of the ports that are DPDK's; without any, it does nothing.  false:
   error says why; the process cannot try again. */
bool eal_start(const struct port_config *ports, uint32_t count, struct config_error *error);

/* eal_has_started tells whether there is an EAL to ask for devices. */
bool eal_has_started(void);

/* eal_device_name copies a device's name as DPDK lists it: up to the comma, a PCI address with its
   domain.  Returns true for a PCI address. */
bool eal_device_name(const char *device, char name[TEXT_BYTES]);

#endif
