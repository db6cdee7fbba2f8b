#!/usr/bin/env python3
"""Strategies whose FIX engine is QuickFIX, of 4.2 and of 4.4, at a real gate with a venue of OUCH 5.0 behind it, and
strategies of FIX 4.2 and of OUCH 5.0 before a venue of FIX 4.4.

Orders are acknowledged, filled, replaced, cancelled and refused by the name of their control; what happens while a
strategy is away it is told when it comes back; a gate that is killed comes back with the same numbers; and the day
replays to the same decisions.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

PROGRAM = os.path.join(os.environ.get("SLUICE_BUILD", "build/release"), "tests", "fix_strategy")
BID = 1630000


def speaks(number, name, version):
    fix = f"protocol: {version}\n      comp_id: STRAT{number}\n      our_comp_id: SLUICE\n      reset: agreed\n      "
    return (f"- id: {number}\n      name: {name}\n      ", f"- id: {number}\n      name: {name}\n      {fix}")


EDIT = {"site.yaml": [speaks(1, "quoter", "fix42"), speaks(2, "taker", "fix44")]}


class Strategy:
    """A QuickFIX process; heard() waits for a message with all of some tags."""

    def __init__(self, site, name, version, username, password, number):
        self.site, self.name, self.begin = site, name, 0
        self.process = site.start(name, PROGRAM, version, "25000", username, password, "SLUICE", f"STRAT{number}",
                                  stdin=subprocess.PIPE)
        self.wait("logon")

    def wait(self, pattern, seconds=20):
        match = self.site.wait_log(self.name, pattern, seconds, since=self.begin)
        with open(self.site.log(self.name), "rb") as file:
            file.seek(self.begin)
            self.begin += len(file.read()[: match.end()])
        return match[0]

    def say(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def heard(self, *fields):
        """True if a message with these fields comes, in any order of them."""
        looks = "".join(f"(?=[^\n]*\\|{re.escape(field)}\\|)" for field in fields)
        try:
            return bool(self.wait(r"(?m)^(?:app|admin) " + looks + r"[^\n]*\n"))
        except appliance.NotReady as trouble:
            return print(trouble, flush=True)


def quote(site):
    maker = ouch.Client(26000, "maker", "maker")
    if not maker.login():
        raise appliance.NotReady("maker: found no login")
    for side, price in (("B", BID), ("S", BID + 200)):
        maker.answer(maker.enter(side, 1000, "AAPL", price), ("accepted",))
    appliance.wait_for("the book of AAPL", lambda: "163.0200" in site.ctl("show", "book", "AAPL").stdout, 5)
    return maker


def life_of_orders(test, strategy, version, before="ouch"):
    say, heard = strategy.say, strategy.heard
    fill = ("150=2",) if version == "4.2" else ("150=F",)

    def is_told(case, *fields):
        test.true(f"{version}_to_{before}_{case}", heard(*fields), "nothing", fields)

    say("D A 1 10 163.02")
    is_told("an_order_is_acknowledged", "35=8", "11=A", "150=0", "39=0", "151=10")
    is_told("and_filled_at_the_venue", "35=8", "11=A", "39=2", "32=10", "31=163.02", "14=10", "151=0", *fill)
    say("D B 1 10 162.90")
    is_told("another_rests", "35=8", "11=B", "150=0")
    say("G C B 1 20 162.95")
    is_told("it_is_replaced", "35=8", "11=C", "41=B", "150=5", "38=20", "151=20")
    say("F E C 1")
    is_told("and_cancelled", "35=8", "11=E", "41=C", "150=4", "39=4")
    say("F G NOBODY 1")
    is_told("a_cancel_of_nothing_is_refused", "35=9", "11=G", "434=1", "102=1")
    say("D H 1 900000 162.90")
    is_told("one_too_big_is_refused_by_name", "35=8", "11=H", "150=8", "103=3")
    say("D A 1 10 162.90")
    is_told("an_id_is_not_taken_twice", "35=8", "11=A", "150=8", "103=6")


def away_and_back(test, strategy, version, maker, before="ouch"):
    strategy.say("D R 1 10 163.01")
    test.true(f"{version}_to_{before}_an_order_rests_on_top", strategy.heard("11=R", "150=0"), "nothing", "150=0")
    strategy.say("cut")
    strategy.wait("logout")
    maker.answer(maker.enter("S", 10, "AAPL", BID + 100), ("executed",))
    strategy.say("join")
    test.true(f"{version}_to_{before}_what_happened_meanwhile_is_told_as_it_comes_back",
              strategy.heard("35=8", "11=R", "39=2", "32=10", "43=Y"), "nothing", "the fill, 43=Y")


def strategies_of_fix(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as site:
        site.up("--user", "maker:maker", "--commands", itch=None)
        maker = quote(site)
        strategies = {"4.2": Strategy(site, "fix42", "FIX.4.2", "quote1", "test-one", 1),
                      "4.4": Strategy(site, "fix44", "FIX.4.4", "take2", "test-two", 2)}
        for version, strategy in strategies.items():
            life_of_orders(test, strategy, version)
            away_and_back(test, strategy, version, maker)
        for strategy in strategies.values():
            strategy.say("quit")
            strategy.process.wait(20)
        maker.close()
        site.close()
        test.equal("the_day_replays_to_the_same_decisions", site.replay().get("verdict"), "equal")


VENUE = [("address: 127.0.0.1:26000", "protocol: fix44\n    comp_id: VENUE\n    our_comp_id: sluice\n    reset: kept\n"
          "    address: 127.0.0.1:26001")]


def orders_of_ouch(test, site, client, maker):
    """A strategy of OUCH 5.0 through a venue of FIX 4.4."""
    taken = client.answer(client.enter("B", 10, "AAPL", BID + 200), ("executed", "rejected"))
    test.equal("ouch_an_order_is_executed", (taken or {}).get("name"), "executed")
    resting = client.enter("B", 10, "AAPL", BID + 100)
    test.true("ouch_another_rests", client.answer(resting, ("accepted",)) is not None, "nothing", "accepted")
    client.cancel(resting)
    test.true("ouch_and_is_cancelled", client.answer(resting, ("canceled",)) is not None, "nothing", "canceled")
    resting = client.enter("B", 10, "AAPL", BID + 100)
    client.answer(resting, ("accepted",))
    site.exchange_say("disconnect sluice")
    appliance.wait_for("the venue to be back", lambda: site.ctl("status").returncode is not None and
                       site.metric("sluice_gate_open_orders") == 1, 10)
    maker.answer(maker.enter("S", 10, "AAPL", BID + 100), ("executed",))
    test.true("ouch_what_is_executed_after_a_lost_connection_is_told",
              client.answer(resting, ("executed",)) is not None, "nothing", "executed")
    done = site.ctl("kill", "account", "18", "because", "test")
    test.equal("ouch_a_kill_is_confirmed", done.returncode, 0)


def venue_of_fix(test, directory):
    edit = {"site.yaml": [speaks(1, "quoter", "fix42")] + VENUE}
    with appliance.Appliance(directory, edit=edit) as site:
        site.up("--user", "maker:maker", "--commands", "--fix", "127.0.0.1:26001", "--speaks", "sluice:fix44", itch=None)
        maker = quote(site)
        strategy = Strategy(site, "fix42", "FIX.4.2", "quote1", "test-one", 1)
        life_of_orders(test, strategy, "4.2", "fix")
        away_and_back(test, strategy, "4.2", maker, "fix")
        client = ouch.Client(25000, "take2", "test-two")
        test.true("a_strategy_of_ouch_logs_in", client.login(), False, "a login")
        orders_of_ouch(test, site, client, maker)
        strategy.say("quit")
        strategy.process.wait(20)
        maker.close()
        client.close()
        site.close()
        test.equal("fix_to_fix_the_day_replays_to_the_same_decisions", site.replay().get("verdict"), "equal")


if __name__ == "__main__":
    if not os.path.exists(PROGRAM):
        print(f"found no {PROGRAM}, expected it where QuickFIX is installed; run tools/setup/install")
        sys.exit(77)
    cases.run("system.fix_gate", strategies_of_fix, venue_of_fix)
