/* wide.h - 128-bit integers: for products and totals that 64 bits cannot hold.

   ISO C has no name for them, so they have one here. */
#ifndef SLUICE_RISK_WIDE_H
#define SLUICE_RISK_WIDE_H

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

#endif
