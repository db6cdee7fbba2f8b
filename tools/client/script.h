/* script.h - what a scripted strategy does, one step a line.

     buy|sell|short QTY SYMBOL at PRICE [as MPID] [strategy N] [tif day|ioc] [hidden] [ref N]
     replace N|last with QTY at PRICE [tif day|ioc] [hidden]
     cancel N|last [to QTY]
     flood buy QTY SYMBOL at PRICE ... times N [rate N]      many orders, as fast as they go or N a second
     wait accepted|rejected|replaced|executed|filled|canceled N|last [within TIME]
     wait answers [within TIME]                              every order has heard something
     wait closed [within TIME]                               the other side has ended the session
     expect accepted|rejected|replaced|executed|filled|canceled|silent N|last
     expect code CODE [N|last]                               the order was rejected with that code
     pause TIME
     repeat N { ... }                                        the lines up to }

   N names an order by its UserRefNum, counted from the first of this run; `last` is the latest sent.
   TIME is a number and us, ms or s.  # begins a comment.

   Owner      the caller; script_free gives the steps back.
   Units      price_e4, nanoseconds.
   Errors     one sentence: file:line: found ..., expected ...; nothing is run. */
#ifndef SLUICE_CLIENT_SCRIPT_H
#define SLUICE_CLIENT_SCRIPT_H

#include "config/config.h"

enum step_kind {
	STEP_ENTER = 1,
	STEP_REPLACE,
	STEP_CANCEL,
	STEP_WAIT,
	STEP_EXPECT,
	STEP_PAUSE,
	STEP_REPEAT, /* steps up to `end` belong to it */
};

/* What is waited for or expected of an order. */
enum outcome {
	OUTCOME_ACCEPTED = 1,
	OUTCOME_REJECTED,
	OUTCOME_REPLACED,
	OUTCOME_EXECUTED, /* some of it */
	OUTCOME_FILLED,   /* all of it  */
	OUTCOME_CANCELED, /* nothing of it is open any more, some was canceled */
	OUTCOME_SILENT,   /* no answer at all */
	OUTCOME_ANSWERS,
	OUTCOME_CLOSED,
	OUTCOME_CODE,
};

#define SCRIPT_LAST UINT32_MAX

struct step {
	uint8_t kind;    /* enum step_kind */
	uint8_t outcome; /* enum outcome */
	uint8_t side, time_in_force, display;
	uint16_t code;
	uint32_t line;
	uint32_t ref; /* target, or the number to use; 0: the next */
	uint32_t qty, strategy;
	uint32_t times; /* of a flood or a repeat */
	uint32_t rate_per_s;
	uint32_t end; /* index after the last step of a repeat */
	uint64_t price_e4, symbol, time_ns;
	char mpid[5];
};

struct script {
	struct step *steps;
	uint32_t count;
};

/* script_parse reads a whole text.  false: error has the sentence, script holds nothing. */
bool script_parse(
	struct script *script, const char *name, const char *text, struct config_error *error);
void script_free(struct script *script);

/* outcome_name gives the script's word. */
const char *outcome_name(enum outcome outcome);

#endif
