/* person.h - who a uid is at this site.

   Owner      reads the site's persons; keeps nothing.
   Errors     a uid the site does not list is nobody: role none, name "uid 1234". */
#ifndef SLUICE_CONTROL_PERSON_H
#define SLUICE_CONTROL_PERSON_H

#include "config/config.h"

struct person {
	uint32_t uid;
	enum role role;
	char name[NAME_BYTES];
};

/* person_find gives the person of a uid. */
struct person person_find(const struct site_config *site, uint32_t uid);

/* person_role_to_stop gives the role for stop commands: the uid that control runs under is an operator
   there whether listed or not, so no gap in the list of persons can keep a stop out. */
enum role person_role_to_stop(const struct person *person, uint32_t own_uid);

#endif
