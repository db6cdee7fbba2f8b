#include "control/auth/approval.h"

#include <stdio.h>

static bool approval_is_alive(const struct approval *row, uint64_t now_ns)
{
	return row->text[0] != '\0' && now_ns - row->asked_ns < APPROVAL_LIFE_NS;
}

/* Two uids under one name are one person. */
static bool person_is_same(const struct person *a, const struct person *b)
{
	return a->uid == b->uid || strcmp(a->name, b->name) == 0;
}

enum approval_verdict approval_ask(struct approvals *approvals, const char *text,
	const struct approval_asker *asker, uint64_t now_ns, struct person *first,
	char reason[APPROVAL_REASON_BYTES])
{
	struct approval *oldest = &approvals->rows[0];
	/* A text that does not fit cannot be compared whole, so nobody can approve it. */
	bool fits = strlen(text) < APPROVAL_TEXT_BYTES;
	for (unsigned i = 0; i < APPROVAL_COUNT_MAX; i++) {
		struct approval *row = &approvals->rows[i];
		if (!approval_is_alive(row, now_ns))
			row->text[0] = '\0';
		if (fits && row->text[0] != '\0' && strcmp(row->text, text) == 0) {
			*first = row->first;
			if (person_is_same(asker->person, &row->first))
				return APPROVAL_SAME_PERSON;
			snprintf(reason, APPROVAL_REASON_BYTES, "%s", row->reason);
			row->text[0] = '\0';
			return APPROVAL_GRANTED;
		}
		bool is_better = row->text[0] == '\0' ? oldest->text[0] != '\0'
						      : oldest->text[0] != '\0' &&
								row->asked_ns < oldest->asked_ns;
		if (is_better)
			oldest = row;
	}
	if (fits) {
		snprintf(oldest->text, sizeof oldest->text, "%s", text);
		oldest->first = *asker->person;
		snprintf(oldest->reason, sizeof oldest->reason, "%s",
			asker->reason != NULL ? asker->reason : "");
		oldest->asked_ns = now_ns;
	}
	*first = *asker->person;
	return APPROVAL_AWAITED;
}
