#include "control/auth/person.h"

#include <stdio.h>

struct person person_find(const struct site_config *site, uint32_t uid)
{
	struct person person = {.uid = uid, .role = ROLE_NONE};
	snprintf(person.name, sizeof person.name, "uid %u", uid);
	for (uint32_t i = 0; i < site->person_count; i++) {
		if (site->persons[i].uid == uid) {
			person.role = (enum role)site->persons[i].role;
			snprintf(person.name, sizeof person.name, "%s", site->persons[i].name);
			break;
		}
	}
	return person;
}

enum role person_role_to_stop(const struct person *person, uint32_t own_uid)
{
	if (person->uid == own_uid && person->role < ROLE_OPERATOR)
		return ROLE_OPERATOR;
	return person->role;
}
