#!/usr/bin/env python3
"""The feed's load ladder: how many messages a second it takes before the first packet is lost, and where that is.

The venue plays a generated market (sluice-pktgen) over veth on lines A and B, rung by rung, in the packets that its
turns make; the bursts of a peak, 2,000 messages at once, are played beside the rate.  Each rung states what was
asked for, what was played, and where packets were lost.  Up to twice the peak of a real day nothing may be lost.
Above that the venue makes its packets ready and lets them go in volleys (`stock`, `volley N`), for it would be at its
end before the feed is; each rung is four times the one before, in a long run twice, until something is lost, which is named,
or until the machine sends no faster.
After the first drop the books must be right, or marked, and after a spike of thirty times the peak, too.  (`sluice-bench --ladder` climbs without a kernel between venue and feed.)

    SLUICE_LADDER_SECONDS    seconds a rung (0.5); from 1 on a long run
    SLUICE_ENDURANCE_SECONDS seconds of endurance before the stress (0)
    SLUICE_ENDURANCE_PER_S   messages a second of it (the peak, with its bursts; below the peak without)

An hour that a shared machine holds: SLUICE_ENDURANCE_SECONDS=3600 SLUICE_ENDURANCE_PER_S=6800.
"""

import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

appliance.NAP = None
SECONDS = float(os.environ.get("SLUICE_LADDER_SECONDS", "0.5"))
IS_LONG = SECONDS >= 1
ENDURANCE_SECONDS = float(os.environ.get("SLUICE_ENDURANCE_SECONDS", "0"))
PEAK_PER_S = 68000  # the open of 30 January 2019
BURST = 2000  # messages that came within a millisecond there
ENDURANCE_PER_S = int(os.environ.get("SLUICE_ENDURANCE_PER_S", str(PEAK_PER_S)))
ENDURANCE_BURST = BURST if ENDURANCE_PER_S >= PEAK_PER_S else 0
FLAT_KB = 8192  # what a process may hold more at the end of the endurance than after its first tenth
RUNGS = (("baseline", PEAK_PER_S // 10, 0), ("normal", PEAK_PER_S // 2, 0), ("peak", PEAK_PER_S, BURST),
         ("twice the peak", 2 * PEAK_PER_S, BURST))
STRESS = tuple((f"volley {times} x", times * PEAK_PER_S) for times in (4, 8, 16, 32, 64, 128, 256)[::1 if IS_LONG else 2])
VOLLEY_COUNT_MAX = 1500000  # messages: twice what the rings hold of full packets
SMALL_COUNT_MAX = VOLLEY_COUNT_MAX if IS_LONG else 200000  # many times what the driver's own rings hold
AWAY_COUNT = 1000000  # messages: more than the rings hold
SPIKE_SECONDS = 0.1
MEND_SECONDS = 20
SYMBOLS = 500
KEPT = ("AAPL", "ZVZZT", "MSFT", "INTC", "CSCO")  # named in the limits of the example
RING = "blocksz=65536,framesz=2048,framecnt=16384"  # a ring for as long as the machine is elsewhere
HEAD = "%-16s %9s %9s %8s %9s %9s %7s %7s %7s %9s"


def volley_count(rate, count_max):
    return int(min(count_max, rate * SECONDS))


class Market:
    """A generated file, and the symbols it names."""

    def __init__(self, directory):
        self.path, oracle = os.path.join(directory, "market.itch"), os.path.join(directory, "oracle.tsv")
        rungs = PEAK_PER_S * SECONDS + sum(rate * SECONDS + burst * (10 * SECONDS + 1) for _, rate, burst in RUNGS)
        rungs += sum(volley_count(rate, VOLLEY_COUNT_MAX) for _, rate in STRESS) + AWAY_COUNT
        endurance = ENDURANCE_SECONDS * (ENDURANCE_PER_S + 10 * ENDURANCE_BURST)
        self.messages = int(1.2 * rungs + 30 * PEAK_PER_S * SPIKE_SECONDS + endurance)
        subprocess.run([os.path.join(appliance.BUILD, "sluice-pktgen"), "--messages", str(self.messages), "--symbols",
                        str(SYMBOLS), "--itch", self.path, "--oracle", oracle], check=True, capture_output=True)
        with open(oracle) as file:
            self.symbols = [line.split("\t")[1] for line in file][1:]


class Ladder:
    def __init__(self, test, site, market):
        self.test, self.site, self.market, self.first_drop, self.held = test, site, market, None, 0
        test.note(HEAD % ("rung", "asked/s", "played/s", "packet", "sent A", "sent B", "lost A", "lost B", "gaps",
                          "where"))

    def status(self):
        return {word.partition("=")[0]: int(word.partition("=")[2]) for word in self.site.exchange_say("status").split()[1:]}

    def counts(self):
        """What the venue sent on each line and what arrived, and where the rest may be."""
        feed, m = self.site.exchange_report()["feed"], self.site.metrics()
        rows = {row["line"]: row for row in self.site.ctl_json("show", "feeds")["rows"] if "line" in row}
        return {"a": feed["a"], "b": feed["b"], "heard": {"a": int(rows["A"]["packets"]), "b": int(rows["B"]["packets"])},
                "refused": feed["refused"], "lost": m["sluice_feed_lost_messages_total"],
                "messages": m["sluice_feed_messages_total"], "gaps": m["sluice_feed_gaps_total"], "missed": m["sluice_feed_port_missed_total"]}

    def settle(self):
        """Until all that was said has been heard; True if it was."""
        try:
            appliance.wait_for("the feed to come along", lambda: int(
                self.site.ctl_json("show", "feeds")["rows"][0]["next"]) >= self.status()["sequence"], 3, every=0.05)
        except appliance.NotReady:
            return False
        return True

    def resident_kb(self):
        """What the two processes hold of memory."""
        held = {}
        for name in ("dataplane", "control"):
            with open(f"/proc/{self.site.processes[name].pid}/status") as file:
                held[name] = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
        return held

    def endure(self):
        """A long rung in ten parts: nothing lost, nothing uncounted, memory flat, books right."""
        before, began, held = self.counts(), self.status()["played"], []
        lost = 0
        for part in range(1, 11):
            lost += self.climb(f"endurance {part}/10", ENDURANCE_PER_S, ENDURANCE_BURST, ENDURANCE_SECONDS / 10)
            held.append(self.resident_kb())
        grown = {name: held[-1][name] - held[0][name] for name in held[0]}
        self.test.note(f"endurance: resident {held[-1]} kB, {grown} more than after the first tenth")
        self.test.equal("nothing_is_lost_in_endurance", lost, 0)
        self.test.equal("every_message_played_in_endurance_is_counted", int(self.counts()["messages"] - before["messages"]),
                        self.status()["played"] - began)
        self.test.true("memory_is_flat_in_endurance", all(kb <= FLAT_KB for kb in grown.values()), grown,
                       f"no more than {FLAT_KB} kB")
        self.test.equal("books_are_right_after_endurance", self.wrong_books()[:5], [])

    def climb(self, name, rate, burst, seconds):
        """One rung; returns packets lost on either line."""
        before, began = self.counts(), self.status()["played"]
        clock = time.monotonic()
        self.site.exchange_say(f"rate {rate}")
        self.site.exchange_say("run")
        while time.monotonic() - clock < seconds:
            time.sleep(min(0.1, seconds))
            if burst:
                self.site.exchange_say(f"step {burst}")
        self.site.exchange_say("pause")
        played, took = self.status()["played"] - began, time.monotonic() - clock
        self.settle()
        return self.row(name, rate, played, took, before, self.counts())

    def volley(self, name, rate, count, is_away=False):
        """One rung of packets made ready, while the dataplane runs or is stopped; returns packets lost on either line."""
        before, began = self.counts(), self.status()["played"]
        self.site.exchange_say("stock")
        self.site.exchange_say("rate 1")
        self.site.exchange_say("run")
        self.site.exchange_say(f"step {count}")
        appliance.wait_for("the venue to make its packets ready", lambda: self.status()["played"] >= began + count, 60, every=0.1)
        self.site.exchange_say("pause")
        played = self.status()["played"] - began
        if is_away:
            self.site.processes["dataplane"].send_signal(signal.SIGSTOP)
        self.site.exchange_say(f"volley {rate}")
        appliance.wait_for("the volley to end", lambda: self.status()["stocked"] == 0, 60, every=0.05)
        took = self.status()["volley_ns"] / 1e9
        if is_away:
            self.site.processes["dataplane"].send_signal(signal.SIGCONT)
        self.settle()
        return self.row(name, rate, played, took, before, self.counts())

    def stress(self, count_max):
        """Volleys until something is lost, or the machine sends no faster; then until the books are right, or marked."""
        for name, rate in STRESS:
            if self.volley(name, rate, volley_count(rate, count_max)):
                break
        self.test.note("the first drop: %s" % ("none, the machine sends no faster" if not self.first_drop else
                                               "%s, %d messages/s played, at the %s: %d packets" % self.first_drop))
        self.test.note(f"the highest rate that this machine held without a drop: {self.held} messages/s")
        self.mend("after_the_first_drop")

    def mend(self, when):
        """Waits for the feed to fetch what it lost; its books are right then, or marked."""
        try:
            appliance.wait_for("the feed to be whole again", lambda: not self.is_marked(), MEND_SECONDS, every=0.2)
        except appliance.NotReady:
            pass
        wrong = self.wrong_books()
        self.test.note(f"{when}: {len(wrong)} of {len(self.market.symbols)} books differ, marked: {self.is_marked()}")
        self.test.true(f"{when}_books_are_right_or_marked", not wrong or self.is_marked(), wrong[:5], "none")

    def row(self, name, rate, played, took, before, after):
        sent = {line: after[line]["packets"] - before[line]["packets"] for line in "ab"}
        # A heartbeat may be under way when the counts are read: one packet of a line is no loss.
        lost = {line: max(0, sent[line] - (after["heard"][line] - before["heard"][line]) - 1) for line in "ab"}
        gaps, missed, refused = (int(after[key] - before[key]) for key in ("gaps", "missed", "refused"))
        where = "-" if lost["a"] + lost["b"] + refused == 0 else \
            "venue's socket" if refused else "port's ring" if missed else "kernel's queue"
        self.test.note(HEAD % (name, rate, int(played / took), "%.1f" % (played / max(1, sent["a"])), sent["a"], sent["b"],
                               lost["a"], lost["b"], gaps, where))
        if played / took < 0.9 * rate:
            self.test.note(f"  ({name}: the machine gave the venue only {int(100 * played / took / rate)} % of what it asked for)")
        total = lost["a"] + lost["b"] + refused
        if not total:
            self.held = max(self.held, int(played / took))
        if total and not self.first_drop:
            self.first_drop = (name, int(played / took), where, total)
        return total

    def wrong_books(self):
        """Symbols whose ten best levels are not the venue's."""
        path = os.path.join(self.site.directory, "books.jsonl")
        self.site.exchange_say(f"books {path}")
        with open(path) as file:
            there = {row["symbol"]: row for row in map(json.loads, file)}
        script = os.path.join(self.site.directory, "books.txt")
        with open(script, "w") as file:
            file.writelines(f"show book {name}\n" for name in self.market.symbols)
        return [name for name, answer in zip(self.market.symbols, self.site.ctl_lines("-f", script))
                if levels_of(answer) != {side: [tuple(level) for level in there[name][side][:10]] for side in ("bid", "ask")}]

    def is_marked(self):
        return self.site.ctl_json("show", "feeds")["rows"][0]["state"] != "sequenced"


def price_e4(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


def levels_of(answer):
    sides = {"bid": [], "ask": []}
    for row in answer["rows"]:
        sides[row["side"]].append((price_e4(row["price"]), int(row["qty"]), row["orders"]))
    return {side: levels[:10] for side, levels in sides.items()}


def site_of(directory, market, ring=RING):
    rings = [(f"iface=slfeed{line}", f"iface=slfeed{line},{ring}") for line in "ab"] if ring else []
    site = appliance.Appliance(directory, edit={"site.yaml": rings + [("orders: 131072", "orders: 4194304")]})
    with open(os.path.join(site.config, "symbols.yaml"), "a") as file:
        for name in market.symbols:
            if name not in KEPT:
                file.write(f"  - {{name: {name}, tick: 0.01, lot: 1}}\n")
    return site


def ladder(test, directory, market):
    with site_of(directory, market) as site:
        site.up("--commands", "--messages-per-second", "1", start="command", itch=market.path)
        site.exchange_say("begin")
        site.exchange_say("pause")
        steps = Ladder(test, site, market)
        for name, rate, burst in RUNGS:
            test.equal(f"nothing_is_lost_at_{name.replace(' ', '_')}", steps.climb(name, rate, burst, SECONDS), 0)
        test.equal("books_are_right_up_to_twice_the_peak", steps.wrong_books()[:5], [])
        if ENDURANCE_SECONDS:
            steps.endure()
        site.exchange_say("cut 1 on both")
        test.equal("nothing_is_lost_of_one_message_a_packet", steps.climb("one a packet", PEAK_PER_S, 0, SECONDS), 0)
        site.exchange_say("cut 65534 on both")
        steps.stress(VOLLEY_COUNT_MAX)
        steps.volley("spike 30 x", 30 * PEAK_PER_S, int(30 * PEAK_PER_S * SPIKE_SECONDS))
        steps.mend("after_a_spike")
        steps.first_drop = None
        lost = steps.volley("away", 30 * PEAK_PER_S, AWAY_COUNT, True)
        test.true("a_feed_that_is_away_for_more_than_its_rings_hold_loses", lost > 0, lost, "packets lost")
        test.equal("what_it_lost_is_named_by_where", steps.first_drop and steps.first_drop[2], "port's ring")
        steps.mend("after_it_was_away")
        name, rate, burst = RUNGS[0]
        test.equal("nothing_is_lost_afterwards", steps.climb(name, rate, burst, SECONDS), 0)


def small_rings(test, directory, market):
    """The volleys once more, into the rings that the driver has when nobody says how large."""
    with site_of(directory, market, None) as site:
        site.up("--commands", "--messages-per-second", "1", start="command", itch=market.path)
        site.exchange_say("begin")
        site.exchange_say("pause")
        Ladder(test, site, market).stress(SMALL_COUNT_MAX)


def over_veth(test, directory):
    """Both with one market."""
    market = Market(directory)
    for name, play in (("large", ladder), ("small", small_rings)):
        own = os.path.join(directory, name)
        os.mkdir(own)
        play(test, own, market)


def the_feed_alone(test, directory):
    """The same ladder without a kernel in between, on the clock of the feed's own thread."""
    done = subprocess.run([os.path.join(appliance.BUILD, "sluice-bench"), "--ladder", str(int(SECONDS * 200)), "--messages",
                           "1000000", "--endurance", str(int(ENDURANCE_SECONDS / 5))], capture_output=True, text=True,
                          timeout=250 + 10 * ENDURANCE_SECONDS)
    for line in done.stdout.splitlines():
        test.note(line)
    test.true("the_feed_alone_loses_nothing_up_to_twice_the_peak", done.returncode == 0, done.stderr, "exit code 0")


if __name__ == "__main__":
    cases.run("system.feed_ladder", over_veth, the_feed_alone)
