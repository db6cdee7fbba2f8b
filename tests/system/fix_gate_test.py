#!/usr/bin/env python3
"""Strategies whose FIX engine is QuickFIX, of 4.2 and of 4.4, at a real gate with a venue of OUCH 5.0 behind it, and
strategies of FIX 4.2 and of OUCH 5.0 before a venue of FIX 4.4; and a venue whose engine is QuickFIX, of 4.2 and of 4.4, behind
the same gate.

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
import quotes  # noqa: E402
from cases import appliance  # noqa: E402

PROGRAM = os.path.join(os.environ.get("SLUICE_BUILD", "build/release"), "tests", "fix_strategy")
ACCEPTOR = os.path.join(os.environ.get("SLUICE_BUILD", "build/release"), "tests", "fix_acceptor")
BID = quotes.BID_E4


def speaks(number, name, version):
    fix = f"protocol: {version}\n      comp_id: STRAT{number}\n      our_comp_id: SLUICE\n      reset: agreed\n      "
    return (f"- id: {number}\n      name: {name}\n      ", f"- id: {number}\n      name: {name}\n      {fix}")


EDIT = {"site.yaml": [speaks(1, "quoter", "fix42"), speaks(2, "taker", "fix44")]}


class Engine:
    """A QuickFIX process; heard() waits for a message with all of some tags."""

    def __init__(self, site, name, *words):
        self.site, self.name, self.begin = site, name, 0
        self.process = site.start(name, *words, stdin=subprocess.PIPE)

    def wait(self, pattern, seconds=20):
        match = self.site.wait_log(self.name, pattern, seconds, since=self.begin)
        with open(self.site.log(self.name), "rb") as file:
            file.seek(self.begin)
            self.begin += len(file.read()[: match.end()])
        return match[0]

    def say(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def hear(self, *fields):
        """The next message with these fields, in any order of them, as tags and values; NotReady: none comes."""
        looks = "".join(f"(?=[^\n]*\\|{re.escape(field)}\\|)" for field in fields)
        line = self.wait(r"(?m)^(?:app|admin|asks|rejects) " + looks + r"[^\n]*\n")
        return dict(field.split("=", 1) for field in line.strip().split("|") if "=" in field)

    def heard(self, *fields):
        """True if such a message comes."""
        try:
            return bool(self.hear(*fields))
        except appliance.NotReady as trouble:
            return print(trouble, flush=True)


class Strategy(Engine):
    def __init__(self, site, name, version, username, password, number):
        super().__init__(site, name, PROGRAM, version, "25000", username, password, "SLUICE", f"STRAT{number}")
        self.wait("logon")


class Venue(Engine):
    """Tells in execution reports what becomes of the gate's orders; every trade has a name of its own."""

    def __init__(self, site, version):
        self.version, self.execs = version, 0
        super().__init__(site, "acceptor", ACCEPTOR, f"FIX.{version}", "26002", "SLUICE", "QUICK")
        self.wait("ready")

    def report(self, order, exec_type, status, leaves, filled, last=0, price="163.01", original=None):
        self.execs += 1
        is_42 = self.version == "4.2"
        fields = {"37": "7", "17": f"E{self.execs}", "11": order["11"], "55": "AAPL", "54": order["54"], "39": status,
                  "150": {"F": status}.get(exec_type, exec_type) if is_42 else exec_type,
                  "151": leaves, "14": filled, "6": price if filled else 0, "38": leaves + filled, "44": order.get("44", price)}
        if is_42:
            fields["20"] = "0"
        if original:
            fields["41"] = original["11"]
        if last:
            fields.update({"32": last, "31": price})
        self.say("say 8 " + "|".join(f"{tag}={value}" for tag, value in fields.items()))


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
        maker = quotes.two_sided(site)
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
        maker = quotes.two_sided(site)
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


def is_right(message, **fields):
    """Fields that an order must have whatever the version, and what this one must say."""
    wanted = {tag.strip("_"): value for tag, value in fields.items()}
    return all(tag in message for tag in ("11", "54", "55", "60")) and {tag: message.get(tag) for tag in wanted} == wanted


def life_at_quickfix(test, version, venue, client):
    """A strategy's orders through the gate to an engine that is not ours, and its answers back."""
    def done(case, found, expected):
        test.true(f"quickfix_{version}_{case}", found, found, expected)

    first = client.enter("B", 100, "AAPL", BID + 100)
    order = venue.hear("35=D", "38=100")
    done("an_order_arrives_as_it_was_sent", is_right(order, _35="D", _54="1", _55="AAPL", _38="100", _40="2", _44="163.01", _59="0"),
         order)
    venue.report(order, "0", "0", 100, 0)
    done("it_is_accepted", client.answer(first, ("accepted",)), "accepted")
    venue.report(order, "F", "1", 70, 30, last=30)
    fill = client.answer(first, ("executed",)) or {}
    done("and_filled_in_part", (fill.get("qty"), fill.get("price")) == (30, BID + 100), fill)
    second = client.replace(first, 90, BID)
    wish = venue.hear("35=G")
    done("it_is_replaced_by_its_name", is_right(wish, _41=order["11"], _38="90", _44="163") and wish["11"] != order["11"], wish)
    venue.report(wish, "5", "1", 60, 30, original=order)
    told = client.answer(second, ("replaced",)) or {}
    done("and_the_strategy_hears_what_is_left", told.get("qty") == 60, told)
    client.cancel(second)
    wish = venue.hear("35=F")
    done("the_rest_is_cancelled_by_its_name", wish["41"] != order["11"] and wish["11"] not in (order["11"], wish["41"]), wish)
    venue.report(dict(order, **{"11": wish["11"]}), "4", "4", 0, 30, original={"11": wish["41"]})
    told = client.answer(second, ("canceled",)) or {}
    done("and_the_strategy_hears_it", told.get("qty") == 60, told)
    third = client.enter("B", 10, "AAPL", BID - 100)
    venue.report(venue.hear("35=D", "38=10"), "8", "8", 0, 0)
    done("a_refusal_is_told", client.answer(third, ("rejected",)), "rejected")


def ready(site):
    appliance.wait_for("the venue to take orders", lambda: site.ctl_json("show", "venues")["rows"][0]["state"] == "ready", 15)


def cables_at_quickfix(test, version, site, venue, client):
    """Connections that break: what QuickFIX said meanwhile is asked for, and no order comes a second time."""
    def done(case, found, expected):
        test.true(f"quickfix_{version}_{case}", found, found, expected)

    resting = client.enter("B", 40, "AAPL", BID - 200)
    order = venue.hear("35=D", "38=40")
    venue.report(order, "0", "0", 40, 0)
    client.answer(resting, ("accepted",))
    venue.say("cut")
    venue.wait("logout")
    venue.report(order, "F", "1", 15, 25, last=25)  # nobody is there to hear it
    done("a_fill_of_meanwhile_is_asked_for_and_told", client.answer(resting, ("executed",), seconds=15), "executed")
    done("the_gate_asked_for_it", venue.heard("35=2"), "35=2")
    ready(site)
    unsure = client.enter("B", 20, "AAPL", BID - 300)  # taken, and never answered
    late = venue.hear("35=D", "38=20")
    venue.say("cut")
    venue.wait("logout")
    ready(site)
    venue.report(late, "0", "0", 20, 0)
    done("an_order_without_an_answer_is_still_there", client.answer(unsure, ("accepted",), seconds=10), "accepted")
    with open(site.log("acceptor")) as file:
        said = file.read()
    ids = re.findall(r"(?m)^app .*\|35=D\|.*?\|11=([^|]*)\|", said)
    done("no_order_came_twice", len(ids) == len(set(ids)) == 4, ids)
    done("quickfix_found_nothing_wrong", "rejects " not in said and "43=Y|" not in "".join(
        line for line in said.splitlines() if line.startswith("app ")), said[-300:])
    done = site.ctl("kill", "account", "18", "because", "test")
    test.equal(f"quickfix_{version}_a_kill_waits_for_the_venues_word", done.returncode, 8)
    for wish in (venue.hear("35=F"), venue.hear("35=F")):
        venue.report(dict(order, **{"11": wish["11"]}), "4", "4", 0, 0, original={"11": wish["41"]})
    appliance.wait_for("nothing open", lambda: site.metric("sluice_gate_open_orders") == 0, 5)


def venue_of_quickfix(version):
    def play(test, directory):
        name = f"fix{version.replace('.', '')}"
        edit = {"site.yaml": [("address: 127.0.0.1:26000", f"protocol: {name}\n    comp_id: QUICK\n    our_comp_id: SLUICE\n    "
                               "reset: kept\n    address: 127.0.0.1:26002")]}
        with appliance.Appliance(directory, edit=edit) as site:
            venue = Venue(site, version)
            site.up("--user", "maker:maker", "--commands", itch=None)
            maker = quotes.two_sided(site)
            client = ouch.Client(25000, "take2", "test-two")
            test.true(f"quickfix_{version}_a_strategy_logs_in", client.login(), False, "a login")
            life_at_quickfix(test, version, venue, client)
            cables_at_quickfix(test, version, site, venue, client)
            site.stop("dataplane")
            test.true(f"quickfix_{version}_a_gate_that_stops_says_goodbye", venue.heard("35=5", "58=the gate closes"), "nothing", "35=5")
            client.close()
            maker.close()
            site.close()
            test.equal(f"quickfix_{version}_the_day_replays", site.replay().get("verdict"), "equal")
    return play


if __name__ == "__main__":
    if not os.path.exists(PROGRAM):
        print(f"found no {PROGRAM}, expected it where QuickFIX is installed; run tools/setup/install")
        sys.exit(77)
    cases.run("system.fix_gate", strategies_of_fix, venue_of_fix, venue_of_quickfix("4.2"), venue_of_quickfix("4.4"))
