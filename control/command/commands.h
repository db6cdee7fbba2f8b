/* commands.h - the functions of commands.def, one a command. */
#ifndef SLUICE_CONTROL_COMMANDS_H
#define SLUICE_CONTROL_COMMANDS_H

#include "control/command/call.h"

#define COMMAND(words, role, persons, socket, function, sentence) call_function function;
#include "config/commands.def"
#undef COMMAND

#endif
