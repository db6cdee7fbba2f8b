#include "tools/exchange/reaction.h"

#include "dataplane/wire/ouch42.h"
#include "tools/exchange/reason.h"

/* What may be said of which messages. */
static const struct {
	const char *word, *types;
} kinds[] = {
	[REACTION_MARKET] = {"market", "OUXMCDEQ"},
	[REACTION_REJECT] = {"reject", "OU"},
	[REACTION_DEAD] = {"dead", "OU"},
	[REACTION_PEND] = {"pend", "X"},
	[REACTION_REFUSE] = {"refuse", "X"},
	[REACTION_IGNORE] = {"ignore", "OUXMCDEQ"},
};

bool reaction_fits(uint8_t kind, uint8_t type)
{
	return type == 0 ? kind == REACTION_MARKET || kind == REACTION_IGNORE
			 : strchr(kinds[kind].types, type) != NULL;
}

bool reactions_add(struct reactions *reactions, const struct reaction_rule *rule)
{
	if (reactions->count == REACTION_RULE_MAX || rule->left == 0 ||
		!reaction_fits(rule->reaction.kind, rule->type))
		return false;
	reactions->rules[reactions->count++] = *rule;
	return true;
}

struct reaction reactions_take(struct reactions *reactions, uint32_t user, uint8_t type)
{
	for (uint32_t i = 0; i < reactions->count; i++) {
		struct reaction_rule *rule = &reactions->rules[i];
		struct reaction reaction = rule->reaction;
		if ((rule->user != REACTION_ANYONE && rule->user != user) ||
			(rule->type != 0 && rule->type != type))
			continue;
		if (--rule->left == 0) {
			reactions->count--;
			memmove(rule, rule + 1, (reactions->count - i) * sizeof *rule);
		}
		return reaction;
	}
	return (struct reaction){.kind = REACTION_MARKET};
}

bool reaction_read(const char *word, const char *detail, struct reaction *reaction, uint32_t *words)
{
	*words = 1;
	*reaction = (struct reaction){.kind = REACTION_MARKET};
	for (uint8_t i = 0; word != NULL && i < ARRAY_COUNT(kinds); i++) {
		if (strcmp(word, kinds[i].word) != 0)
			continue;
		reaction->kind = i;
		if (i != REACTION_REJECT)
			return true;
		*words = 2;
		if (detail != NULL && detail[0] > '9' && detail[1] == '\0') {
			reaction->letter = (uint8_t)detail[0];
			reaction->code = ouch42_reject_code(reaction->letter);
			return true;
		}
		return detail != NULL && reason_read(REASON_REJECT, detail, &reaction->code);
	}
	return false;
}
