/* marks.h - how often usage of limits rose to 50, 80 and 100 %, as metrics, by limit and mark.

   A limit that never did has no sample.

   Owner      pure; what was counted is watching's (control/limits/watching.h). */
#ifndef SLUICE_CONTROL_MARKS_H
#define SLUICE_CONTROL_MARKS_H

#include "control/limits/watching.h"
#include "control/socket/answer.h"

void marks_write(
	struct answer *answer, const struct site_config *site, const struct watching *watching);

/* marks_tell writes how often any limit rose to each mark, of all gates, "3 rose to 50 %, 1 to 80 %"; "": none did. */
enum { MARKS_TEXT_BYTES = 120 };
const char *marks_tell(const struct watching *watching, char text[MARKS_TEXT_BYTES]);

#endif
