/* grammar.h - which command some words are, printed from commands.def.

   From the rows come this parser, `help`, completion and the check of role and socket.

   Errors     9xx codes with a sentence that names what was found, what was expected and what is near. */
#ifndef SLUICE_CONTROL_GRAMMAR_H
#define SLUICE_CONTROL_GRAMMAR_H

#include "config/config.h"
#include "control/socket/answer.h"
#include "control/socket/request.h"

enum command_socket { SOCKET_VIEW, SOCKET_CONTROL };
enum command_persons { PERSONS_ONE = 1, PERSONS_TWO = 2 };

enum command_id {
#define COMMAND(words, role, persons, socket, function, sentence) COMMAND_##function,
#include "config/commands.def"
#undef COMMAND
	COMMAND_COUNT
};

struct command_row {
	const char *words; /* as in commands.def */
	const char *sentence;
	uint8_t role;    /* enum role: the least */
	uint8_t persons; /* enum command_persons */
	uint8_t socket;  /* enum command_socket: the least */
};
extern const struct command_row command_rows[COMMAND_COUNT];

enum { COMMAND_ARGUMENT_MAX = 14, GRAMMAR_ERROR_BYTES = 640 };

/* A command found, its arguments in order; absent optional ones are NULL. */
struct command {
	enum command_id id;
	uint32_t argument_count; /* how many were given */
	const char *arguments[COMMAND_ARGUMENT_MAX];
};

/* grammar_find finds the row whose words these are.  DONE: command is filled.  Else a 9xx code, and
   error has why. */
enum code grammar_find(
	const struct request *request, struct command *command, char error[GRAMMAR_ERROR_BYTES]);

/* grammar_allows tells whether a role may use a command at a socket: DONE, NO_ROLE, ROLE_TOO_LOW or
   VIEW_ONLY.  At the view socket everybody is a viewer. */
enum code grammar_allows(enum command_id id, enum role role, enum command_socket socket);

/* grammar_help lists commands that begin with these words; all without any. */
void grammar_help(struct answer *answer, const char *const *words, uint32_t word_count);

/* grammar_complete calls `found` with each word that can stand at place `at` after the words before
   it: literal words, and <scope> words. */
void grammar_complete(const char *const *words, uint32_t at, const char *prefix,
	void (*found)(void *context, const char *word), void *context);

const char *role_name(enum role role);

/* grammar_is_stop tells whether words ask to stop: they are served first and never refused for load. */
bool grammar_is_stop(const char *first_word);

#endif
