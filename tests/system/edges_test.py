#!/usr/bin/env python3
"""The edges of calendars by real processes, whose wall clock the test sets (wall.c): a venue's hours end while an order is open
there and the gate's day goes on; the day ends with an order open; the gate is killed and comes back behind the edge; clocks have
changed over the weekend; a holiday is the venue's alone; and a half day ends both early.

From Friday, 30 October 2026, on which New York is four hours behind, to Tuesday, when it is five; then the day after Thanksgiving.
"""

import datetime
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

HOURS = "zone: new-york, days: [mon..fri]"
EDIT = {"site.yaml": [
    ("gate:\n  listen", "  - {name: second, session_id: 201, protocol: fix44, address: 127.0.0.1:26101, username: sluice, "
     "password: test-venue, heartbeat: 1 s, timeout: 15 s, comp_id: SECOND, our_comp_id: sluice, reset: kept,\n"
     f"     calendar: {{{HOURS}, begins: \"09:00\", ends: \"17:00\", holidays: [2026-11-02], half_days: [2026-11-27 12:30]}}}}\n\n"
     "routes:\n  - {symbols: [MSFT], venue: second}\n  - {venue: exchange}\n\ngate:\n  listen"),
    ("\npeople:", f"\ncalendar: {{{HOURS}, begins: \"04:00\", ends: \"20:00\", half_days: [2026-11-27 13:00], close_after: 1 s}}\n\npeople:")]}


class Site(appliance.Appliance):
    """Venues and dataplane live by the clock of a file; control and operators by the machine's."""

    def start(self, name, *words, **options):
        fronted = name in ("exchange", "second", "dataplane")
        if fronted:
            os.environ["LD_PRELOAD"] = os.path.join(self.build, "tests", "libtest_wall.so")
            os.environ["SLUICE_WALL"] = os.path.join(self.directory, "wall")
        try:
            return super().start(name, *words, **options)
        finally:
            if fronted:
                del os.environ["LD_PRELOAD"], os.environ["SLUICE_WALL"]

    def set_wall(self, utc):
        """The wall's time from now on, as `2026-10-30 20:59:00`."""
        then = datetime.datetime.strptime(utc, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        with open(os.path.join(self.directory, "wall"), "r+b" if os.path.exists(os.path.join(self.directory, "wall")) else "wb") as file:
            file.write(struct.pack("<q", int(then.timestamp()) * 10**9 - time.time_ns()))


def day(site):
    return site.ctl_json("day", "show")["rows"][0]["state"]


def venue(site, name):
    return [row["state"] for row in site.ctl_json("show", "venues")["rows"] if row["venue"] == name][0]


def becomes(site, what, look, wanted):
    try:
        appliance.wait_for(what, lambda: look(site) == wanted, 10)
    except appliance.NotReady:
        pass
    return look(site)


def stays(site, look):
    """What it is once the gate has ticked: it does each millisecond, and has when it answers for the second time."""
    look(site)
    return look(site)


def enter(client, symbol, price):
    found = client.answer(client.enter("B", 10, symbol, price), ("accepted", "rejected"), seconds=10)
    return found and found["name"]


def quote(site):
    maker = ouch.Client(26000, "maker", "maker")
    maker.login()
    for symbol, bid in (("AAPL", 1630000), ("MSFT", 1020000)):
        for side, price in (("B", bid), ("S", bid + 200)):
            maker.answer(maker.enter(side, 1000, symbol, price), ("accepted",))
    wait_market(site)
    return maker


def wait_market(site):
    """Orders are judged by the market: both books are there, and the feed has lost nothing."""
    def look():
        states = {row["state"] for row in site.ctl_json("show", "feeds").get("rows", []) if "state" in row}
        return states == {"sequenced"} and all(price in site.ctl("show", "book", symbol).stdout for symbol, price in (
            ("AAPL", "163.0200"), ("MSFT", "102.0200")))
    appliance.wait_for("the market", look, 20)


def edges(test, directory):
    with Site(directory, edit=EDIT) as site:
        site.set_wall("2026-10-30 20:59:00")
        site.second("fix44")
        site.up("--user", "maker:maker", "--commands", itch=None)
        test.equal("both_venues_are_there_on_friday", becomes(site, "second", lambda s: venue(s, "second"), "ready"), "ready")
        maker = quote(site)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        test.equal("orders_go_to_both", (enter(client, "MSFT", 1010000), enter(client, "AAPL", 1620000)), ("accepted",) * 2)
        the_hours_end(test, site, client)
        the_day_ends(test, site)
        the_clocks_have_changed(test, site)
        client = a_holiday_passes(test, site)
        a_half_day_ends_early(test, site, client)
        maker.close()
        site.close()
        again = site.replay()
        test.equal("all_of_it_is_judged_again_alike", (again.get("verdict"), again.get("differences", 0)), ("equal", 0))


def the_hours_end(test, site, client):
    site.set_wall("2026-10-30 21:00:00")
    found = client.answer(1, ("canceled",), seconds=10)
    test.equal("what_works_at_a_venue_is_cancelled_when_its_hours_end", found and found["name"], "canceled")
    test.equal("the_gate_logs_out", becomes(site, "second", lambda s: venue(s, "second"), "away"), "away")
    test.equal("the_gates_day_goes_on", day(site), "open")
    test.equal("an_order_outside_of_the_hours_is_refused", enter(client, "MSFT", 1010000), "rejected")
    test.equal("one_to_another_venue_is_not", enter(client, "AAPL", 1620100), "accepted")

    def refused():
        return [row for row in site.records() if row["type"] == "receipt" and row["reason"] == "VENUE_DOWN"]
    appliance.wait_for("the receipt", refused, 10)
    told = site.ctl("why", str(refused()[0]["order"])).stdout
    test.true("why_names_the_venue_and_since_when", "venue second was outside of its hours" in told and
              "2026-10-30" in told, told, "the venue's hours")
    said = site.ctl("health").stdout
    test.true("health_says_so_and_is_no_alarm", "outside of its hours" in said, said, "outside of its hours")


def the_day_ends(test, site):
    site.set_wall("2026-10-31 00:00:00")
    test.equal("the_day_is_closed_with_orders_open", becomes(site, "closed", day, "closed"), "closed")
    causes = [row["cause"] for row in site.records() if row["type"] == "cancel"]
    test.equal("what_worked_was_cancelled_by_the_gate", (causes, site.metric("sluice_gate_open_orders")), (["day"] * 3, 0))
    site.kill9("dataplane")


def the_clocks_have_changed(test, site):
    site.set_wall("2026-11-02 08:59:50")  # 03:59:50; on Friday's clock it would be 04:59:50
    site.dataplane()
    site.wait_open()
    test.equal("a_restart_an_hour_before_the_edge_of_the_new_clock_begins_nothing", stays(site, day), "closed")
    site.set_wall("2026-11-02 09:00:00")
    test.equal("the_day_begins_at_four_by_the_new_clock", becomes(site, "open", day, "open"), "open")


def a_holiday_passes(test, site):
    site.set_wall("2026-11-02 15:00:00")
    wait_market(site)
    client = ouch.Client(25000, "quote1", "test-one")
    test.equal("clients_come_in", client.login(), True)
    test.equal("a_venues_holiday_has_no_hours", stays(site, lambda s: venue(s, "second")), "away")
    test.equal("its_orders_are_refused", enter(client, "MSFT", 1010000), "rejected")
    test.equal("the_others_are_not", enter(client, "AAPL", 1620000), "accepted")
    site.kill9("dataplane")
    site.set_wall("2026-11-03 14:00:00")  # behind three edges of the gate's and one of the venue's
    site.dataplane()
    site.wait_open()
    test.equal("a_gate_that_was_down_over_them_takes_each", becomes(site, "second", lambda s: venue(s, "second"), "ready"), "ready")
    test.equal("and_its_day_is_open", becomes(site, "open", day, "open"), "open")
    wait_market(site)
    client = ouch.Client(25000, "quote1", "test-one")
    test.equal("of_another_session", (client.login(), client.next), (True, 1))
    test.equal("orders_go_to_both_again", (enter(client, "MSFT", 1010000), enter(client, "AAPL", 1620000)), ("accepted",) * 2)
    changes = [row["change"] for row in site.records() if row["type"] == "session" and row["change"].startswith("venue hours")]
    test.equal("the_hours_changed_three_times", changes, ["venue hours end", "venue hours closed", "venue hours begin"])
    days = [row["change"] for row in site.records() if row["type"] == "day"]
    test.equal("and_the_day_six_times", days, ["ends", "closes", "begins"] * 2)
    return client


def a_half_day_ends_early(test, site, client):
    site.set_wall("2026-11-27 17:29:50")  # 12:29:50: a gate that stood still for weeks
    test.equal("what_was_open_is_of_another_day", client.answer(2, ("canceled",), seconds=10) is not None, True)
    appliance.wait_for("the next day", lambda: site.ctl_json("day", "show")["rows"][0]["day"] == 4, 20)
    test.equal("its_hours_are_open", becomes(site, "second", lambda s: venue(s, "second"), "ready"), "ready")
    told = site.ctl_json("day", "show")["rows"][0]["next"]
    test.equal("it_says_when_a_half_day_ends", told, "ends 2026-11-27T18:00:00.000000Z, a half day")
    wait_market(site)
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    test.equal("orders_go_to_both_in_the_morning", (enter(client, "MSFT", 1010000), enter(client, "AAPL", 1620000)), ("accepted",) * 2)
    site.set_wall("2026-11-27 17:30:00")
    found = client.answer(1, ("canceled",), seconds=10)
    test.equal("the_venues_hours_end_at_half_past_twelve", found and found["name"], "canceled")
    test.equal("and_its_orders_are_refused", (enter(client, "MSFT", 1010000), day(site)), ("rejected", "open"))
    site.set_wall("2026-11-27 18:00:00")
    test.equal("the_day_ends_at_one", becomes(site, "closed", day, "closed"), "closed")
    row = site.ctl_json("day", "show")["rows"][0]
    test.equal("the_next_is_a_whole_one", (row["because"], row["next"]), ("calendar: half day", "begins 2026-11-30T09:00:00.000000Z"))


if __name__ == "__main__":
    cases.run("system.edges", edges)
