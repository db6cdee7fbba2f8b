#!/usr/bin/env python3
"""Strategies on the dataplane's machine: real processes, other uids, a slow one, a dead one, a dead dataplane.

Each is sluice-strategy, which sees nothing but sluice.h: the market's memory, read-only.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

READER, STRANGER = 1002, 1003  # uids: `market: readers` names the first
RATE_PER_S = 5000
RING = 8192


class Strategy:
    """One process and what it said."""

    def __init__(self, site, name, *more, uid=None):
        self.site, self.name = site, name
        program = site.program("sluice-strategy") if uid is None else site.for_others("sluice-strategy")
        site.start(name, program, "--run", site.run, "--symbol", "AAPL", "--json", *more, uid=uid)

    def said(self, kind):
        with open(self.site.log(self.name), errors="replace") as file:
            rows = [json.loads(line) for line in file if line.startswith("{") and line.endswith("}\n")]
        return [row for row in rows if row["type"] == kind]

    def wait(self, kind, count=1, seconds=10):
        def look():
            if len(self.said(kind)) < count and not self.site.is_alive(self.name):
                raise appliance.NotReady(f"{self.name} ended: {self.site.tail(self.name)}")
            return len(self.said(kind)) >= count
        appliance.wait_for(f"{self.name} to say {kind} {count} times", look, seconds)
        return self.said(kind)[-1]

    def end(self):
        self.site.stop(self.name)
        return self.said("summary")[-1]


def price_e4(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


def best_of(site):
    """bid, its size, ask, its size: as the operator is shown them."""
    rows = site.ctl_json("show", "book", "AAPL")["rows"]
    best = []
    for side in ("bid", "ask"):
        first = next((row for row in rows if row["side"] == side), None)
        best += [price_e4(first["price"]), int(first["qty"])] if first else [0, 0]
    return best


def once(site, uid=None, symbol="AAPL"):
    """Opens, looks at a symbol's top, ends."""
    program = site.program("sluice-strategy") if uid is None else site.for_others("sluice-strategy")
    return subprocess.run([program, "--run", site.run, "--symbol", symbol, "--json", "--once"], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=20, user=uid)


def top_of(done):
    row = next(json.loads(line) for line in done.stdout.splitlines() if '"top"' in line)
    return [row["bid_e4"], row["bid_qty"], row["ask_e4"], row["ask_qty"]]


def sees_what_is_shown(site, uid=None):
    """The same best prices by both ways, once nothing moves in between."""
    found = {}

    def look():
        found["shown"], done, after = best_of(site), once(site, uid), best_of(site)
        found["seen"] = top_of(done) if done.returncode == 0 else done.stderr
        return found["shown"] == after and (found["seen"] == after)

    try:
        appliance.wait_for("the same best prices", look, 5)
    except appliance.NotReady:
        pass
    return found["seen"], found["shown"]


def play(site):
    site.exchange_say("begin")
    found = {}

    def look():
        since = os.path.getsize(site.log("exchange"))
        site.exchange_say("status")
        match = site.wait_log("exchange", r"ok played=(\d+) of=(\d+) sequence=(\d+)", since=since)
        found["next"] = int(match[3])
        return match[1] == match[2]

    appliance.wait_for("the venue to play its file", look, 30)
    appliance.wait_for("all of it on the feed",
                       lambda: int(site.ctl_json("show", "feeds")["rows"][0]["next"]) >= found["next"], 10)


def is_root_for_others():
    return os.geteuid() == 0 and not appliance.is_rootless()


def strategies_of_a_day(test, directory):
    edits = {"site.yaml": [("events: 131072", f"events: {RING}")]}
    reader = READER if is_root_for_others() else None
    with appliance.Appliance(directory, edit=edits) as site:
        site.up("--commands", "--user", "maker:maker", "--messages-per-second", str(RATE_PER_S), start="command")
        fast = Strategy(site, "fast", "--oldest", "--every", "100 ms", "--reopen", uid=reader)
        slow = Strategy(site, "slow", "--oldest", "--stall", "5 s", "--stall-each", "100", uid=reader)
        doomed = Strategy(site, "doomed", "--idle", "nap")
        for strategy in (fast, slow, doomed):
            strategy.wait("open")
        test.equal("three_strategies_read", site.metric("sluice_door_market_readers"), 3)
        play(site)
        a_day_is_seen(test, site, fast, reader)
        a_dead_strategy_changes_nothing(test, site, doomed)
        a_slow_one_learns_what_it_lost(test, site, slow, fast)
        a_symbol_that_is_none_has_no_prices(test, site)
        only_named_uids_read(test, site)
        orders_are_sent(test, site)
        the_next_dataplane_is_read(test, site, fast)


def a_day_is_seen(test, site, fast, reader):
    seen, shown = sees_what_is_shown(site, reader)
    test.equal("a_strategy_sees_the_best_prices_that_show_book_shows", seen, shown)
    test.true("and_they_are_prices", all(value > 0 for value in shown), shown, "two sides")
    appliance.wait_for("the newest top", lambda: fast.said("top") and fast.said("top")[-1]["bid_e4"] == shown[0], 5)
    top = fast.said("top")[-1]
    test.true("prints_are_summed_from_the_tape", top["prints"] > 100 and top["volume"] > 10000 and top["whole"] and
              top["print_e4"] == top["last_e4"], top, "prints, the last of them the top's last trade, nothing missing")


def a_dead_strategy_changes_nothing(test, site, doomed):
    before = site.metrics()
    site.kill9(doomed.name)
    appliance.wait_for("the door to notice", lambda: site.metric("sluice_door_market_readers") == 2, 5)
    appliance.wait_for("heartbeats after it",
                       lambda: site.metric("sluice_feed_heartbeats_total") > before["sluice_feed_heartbeats_total"] + 2, 10)
    after = site.metrics()
    names = ("sluice_feed_lost_messages_total", "sluice_feed_gaps_total", "sluice_feed_port_missed_total",
             "sluice_feed_messages_total")
    test.equal("a_strategy_killed_in_the_middle_changes_nothing", {n: after[n] for n in names}, {n: before[n] for n in names})


def a_slow_one_learns_what_it_lost(test, site, slow, fast):
    lost = slow.wait("lost", seconds=20)
    quick = fast.said("lost")
    test.equal("a_quick_reader_loses_nothing", quick, [])
    done = slow.end()
    messages = site.metric("sluice_feed_messages_total")
    test.true("a_slow_reader_is_told_how_much_it_lost", 0 < lost["total"] == done["lost"], (lost, done["lost"]), "the same count")
    test.note(f"slow: {done['read']} events read, {done['lost']} lost in {done['overruns']} overruns, of {messages:.0f} messages")
    slow.events = done["read"] + done["lost"]
    test.equal("its_sums_are_marked_partial", slow.said("top")[-1]["whole"], False)
    test.equal("no_packet_was_missed_for_it", site.metric("sluice_feed_port_missed_total"), 0)


def a_symbol_that_is_none_has_no_prices(test, site):
    done = once(site, symbol="NOPE")
    test.equal("a_symbol_that_is_none_has_no_prices",
               (done.returncode, "found --symbol NOPE" in done.stderr, '"top"' in done.stdout), (2, True, False))


def only_named_uids_read(test, site):
    if not is_root_for_others():
        test.note("other uids: not asked, only root can act as them")
        return
    done = once(site, STRANGER)
    test.equal("a_uid_that_the_site_does_not_name_is_refused",
               (done.returncode, f"refused: found uid {STRANGER}, expected one of `market: readers`" in done.stderr), (4, True))
    test.true("and_counted", site.metric("sluice_door_market_refused_total") >= 1, 0, "1 or more")


def orders_are_sent(test, site):
    before = site.metric("sluice_gate_orders_in_total")
    actor = Strategy(site, "actor", "--when", "AAPL bid >= 1.00", "--then", "buy 1 AAPL at 150.00", "--user", "quote1",
                     "--password", "test-one")
    actor.wait("open")
    maker = ouch.Client(26000, "maker", "maker")
    if not maker.login():
        raise appliance.NotReady("the venue refused the maker")
    maker.enter("B", 1, "AAPL", 1000000)  # something happens in AAPL
    actor.wait("order")
    appliance.wait_for("the gate to see it", lambda: site.metric("sluice_gate_orders_in_total") == before + 1, 5)
    done = actor.end()
    maker.close()
    test.equal("a_trigger_sends_one_order_through_its_session", done["orders"], 1)
    late = done["frame_to_order_ns"]
    test.note(f"frame to order, on shared cores: {late['p50'] / 1000:.0f} us")


def the_next_dataplane_is_read(test, site, fast):
    first = fast.said("open")[-1]["instance"]
    site.kill9("dataplane")
    fast.wait("gone")
    site.dataplane(wait=None)
    site.wait_open()
    second = fast.wait("open", 2)["instance"]
    test.true("a_strategy_goes_on_with_the_next_dataplane", second > first, second, f"later than {first}")
    appliance.wait_for("heartbeats", lambda: site.metric("sluice_feed_heartbeats_total") > 1, 10)
    seen, shown = sees_what_is_shown(site)
    test.equal("and_sees_its_best_prices", seen, shown)
    done = fast.end()
    test.equal("it_was_open_twice", done["opens"], 2)
    late = done["frame_to_event_ns"]
    test.note(f"frame to event, on shared cores: p50 {late['p50'] / 1000:.0f} us, p99 {late['p99'] / 1000:.0f} us, "
              f"of {late['count']}; idle: {done['idle']}")


if __name__ == "__main__":
    cases.run("system.strategy", strategies_of_a_day)
