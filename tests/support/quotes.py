"""quotes - a market of AAPL at the venue, for tests that need one: 1,000 shares on both sides of 163.01."""

import ouch
from cases import appliance

BID_E4, ASK_E4, QTY = 1630000, 1630200, 1000


def two_sided(site, maker=None):
    """Enters them, waits until the dataplane's book has both, and returns who quotes; maker: somebody who is logged in already."""
    if maker is None:
        maker = ouch.Client(26000, "maker", "maker")
        if not maker.login():
            raise appliance.NotReady("maker: the venue took no login")
    for side, price_e4 in (("B", BID_E4), ("S", ASK_E4)):
        maker.answer(maker.enter(side, QTY, "AAPL", price_e4), ("accepted",))
    appliance.wait_for("the book of AAPL", lambda: "163.0200" in site.ctl("show", "book", "AAPL").stdout, 20)
    return maker
