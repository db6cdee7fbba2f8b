/* speech.h - what each port speaks: its protocol's messages to and from the desk's own words (ouch50.h).

   OUCH 5.0 is the desk's language.  A port of OUCH 4.2 names its orders by tokens: the venue gives each a
   number as it comes and tells of it under its token again; a token used once is used for the day.  Ports of FIX
   are told by an ear of their own (fix_port.h).

   Owner      one thread.
   Invariant  (1) a port's number stands for one token, and a token for one number. */
#ifndef SLUICE_EXCHANGE_SPEECH_H
#define SLUICE_EXCHANGE_SPEECH_H

#include "tools/exchange/user.h"

/* speech_of finds a protocol by its word; false: there is none. */
bool speech_of(const char *word, uint8_t *speech);

/* speech_hear reads a message of a port; its numbers are those of the desk.  false: it cannot be read. */
bool speech_hear(
	struct desk_user *user, const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in);

/* speech_used keeps that a port's number stands for a name from now on. */
void speech_used(struct desk_user *user, const struct ouch_in *in);

/* speech_unused takes that back: the message is as if it had never come. */
void speech_unused(struct desk_user *user, const struct ouch_in *in);

/* speech_say writes what is told of an order of `of` as `user` hears it.  Returns its size; 0: its protocol has
   no word for it. */
uint32_t speech_say(const struct desk_user *user, const struct desk_user *of,
	const struct ouch_out *message, uint8_t out[MESSAGE_BYTES_MAX]);

#endif
