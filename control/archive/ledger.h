/* ledger.h - the bars of the transaction under way, for store.c, which commits it.

   Owner      the store's thread. */
#ifndef SLUICE_CONTROL_ARCHIVE_LEDGER_H
#define SLUICE_CONTROL_ARCHIVE_LEDGER_H

#include "control/archive/store_inside.h"

/* store_flush joins the pending bars to their rows; false: trouble has why, and the transaction is to be undone. */
bool store_flush(struct store *store);

#endif
