/* audit.h - who did what and was told what, one JSON line each, on the disk.

   Lines go to audit.jsonl through a thread of their own, so a disk that hangs holds up nobody who stops
   or asks; who loosens waits until its line is durable.  A line is numbered; lines that were left
   out - questions and denials above the rate that a flood may cause - are counted in the next one.

   Owner      audit_append and audit_durable: control's thread; the file: the audit thread.
   Units      numbers count lines of one control process from 1.
   Invariant  (1) lines are written in the order of their numbers, whole;
              (2) audit_durable never exceeds what fdatasync confirmed; after a failed write or sync it
                  never moves again. */
#ifndef SLUICE_CONTROL_AUDIT_H
#define SLUICE_CONTROL_AUDIT_H

#include <jansson.h>

#include "config/config.h"

enum {
	AUDIT_QUEUE_COUNT = 1024,     /* lines waiting for the disk               */
	AUDIT_MINOR_RATE_PER_S = 200, /* questions and denials written in a second */
};

/* What a line is: MAJOR changes something and is never left out for its rate; MINOR is a question or a
   denial. */
enum audit_weight { AUDIT_MINOR, AUDIT_MAJOR };

struct audit;

/* audit_open appends to directory/audit.jsonl, creating both.  NULL: error has why. */
struct audit *audit_open(const char *directory, struct config_error *error);

/* audit_append queues a line; takes the object over and adds number and time to it.  Returns its
   number; 0: it was left out and counted (MINOR above its rate, or the queue is full). */
uint64_t audit_append(struct audit *audit, json_t *line, enum audit_weight weight, uint64_t now_ns);

/* audit_durable tells up to which number lines are on the disk. */
uint64_t audit_durable(const struct audit *audit);

/* audit_failed tells the errno that ended writing; 0: none. */
int audit_failed(const struct audit *audit);

/* audit_close writes what is queued and ends the thread. */
void audit_close(struct audit *audit);

#endif
