/* body.h - the file that a command names: it travels as its contents.

   A word that names nothing here is left to control, which knows the files of its site's directory by name.  What is
   here is sent as it is or not at all: a word whose file could not be sent would be taken by control for its own
   file of that name.

   Owner      the caller frees what was taken.
   Errors     a code and a sentence; nothing is held and nothing may be sent. */
#ifndef SLUICE_CONTROL_BODY_H
#define SLUICE_CONTROL_BODY_H

#include "config/config.h"
#include "control/socket/request.h"

enum { BODY_BYTES_MAX = REQUEST_BODY_BYTES_MAX - 65536 };

enum body_verdict { BODY_NONE, BODY_TAKEN, BODY_REFUSED };

/* body_take makes the file that a request names its body, in *bytes.  NONE: it names none that is here; REFUSED: *code
   and error say why. */
enum body_verdict body_take(
	struct request *request, char **bytes, enum code *code, struct config_error *error);

#endif
