#include "dataplane/gate/kinds.h"

#include "dataplane/fold/protocols.h"
#include "dataplane/gate/session_fix.h"
#include "dataplane/gate/session_soup.h"

const struct session_kind *kinds_of(uint8_t first)
{
	/* "8=FIX"; a SoupBinTCP packet begins with its length, and none is so long. */
	return first == '8' ? &session_fix : &session_soup;
}

const struct session_kind *kinds_for(enum order_protocol protocol)
{
	return protocols_row(protocol)->carrier == CARRIER_FIX ? &session_fix : &session_soup;
}
