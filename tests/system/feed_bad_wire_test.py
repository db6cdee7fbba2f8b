#!/usr/bin/env python3
"""One packet in a hundred lost and one in a hundred out of order, on both lines at once, over veth, at the highest
rate that this machine holds: what both lines lost is asked for again, and in the end every book is the venue's own.

The rate is found first, on good lines: the highest rung without a packet lost.  Then the same rate on bad lines; the
dataplane started late, in the middle of the day; and a loss that nobody can answer, mended by a snapshot.

    SLUICE_BAD_WIRE_SECONDS  seconds on bad lines (1.5); above 5 a rung more is tried before
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

appliance.NAP = None
SECONDS = float(os.environ.get("SLUICE_BAD_WIRE_SECONDS", "1.5"))
RATES = (20000, 40000, 80000, 160000, 320000) + ((640000,) if SECONDS > 5 else ())
SYMBOLS = 200
KEPT = ("AAPL", "ZVZZT", "MSFT", "INTC", "CSCO")  # named in the limits of the example
RING = "blocksz=65536,framesz=2048,framecnt=16384"
# As the example recovers, but with a venue of today's pace.
RECOVERY = (("hold: 4096 packets", "hold: 8192 packets"), ("reach: 100000 messages", "reach: 10000000 messages"),
            ("rate: 1000 per s", "rate: 100000 per s"), ("tries: 6", "tries: 3"))


class Market:
    def __init__(self, directory):
        self.path, oracle = os.path.join(directory, "market.itch"), os.path.join(directory, "oracle.tsv")
        self.messages = int(sum(RATES) * 0.7 + RATES[-1] * SECONDS + 200000)
        subprocess.run([os.path.join(appliance.BUILD, "sluice-pktgen"), "--messages", str(self.messages), "--symbols",
                        str(SYMBOLS), "--itch", self.path, "--oracle", oracle], check=True, capture_output=True)
        with open(oracle) as file:
            self.symbols = [line.split("\t")[1] for line in file][1:]


def site_of(directory, market):
    site = appliance.Appliance(directory, edit={"site.yaml": [
        ("iface=slfeeda", f"iface=slfeeda,{RING}"), ("iface=slfeedb", f"iface=slfeedb,{RING}"), *RECOVERY]})
    with open(os.path.join(site.config, "symbols.yaml"), "a") as file:
        for name in market.symbols:
            if name not in KEPT:
                file.write(f"  - {{name: {name}, tick: 0.01, lot: 1}}\n")
    return site


def status(site):
    return {word.partition("=")[0]: int(word.partition("=")[2]) for word in site.exchange_say("status").split()[1:]}


def channel(site):
    return site.ctl_json("show", "feeds")["rows"][0]


def caught_up(site, seconds=20):
    """True once the channel is in sequence behind the venue's last message."""
    def look():
        row = channel(site)
        return int(row["next"]) >= status(site)["sequence"] and row["state"] == "sequenced"
    try:
        appliance.wait_for("the feed to come along", look, seconds, every=0.05)
    except appliance.NotReady:
        return False
    return True


def play(site, rate, seconds):
    """Plays at a rate; returns messages a second that were played."""
    began, clock = status(site)["played"], time.monotonic()
    site.exchange_say(f"rate {rate}")
    site.exchange_say("run")
    time.sleep(seconds)
    site.exchange_say("pause")
    return int((status(site)["played"] - began) / (time.monotonic() - clock))


def price_e4(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


def wrong_books(site, market):
    """Symbols whose ten best levels are not the venue's."""
    path, script = os.path.join(site.directory, "books.jsonl"), os.path.join(site.directory, "books.txt")
    site.exchange_say(f"books {path}")
    with open(path) as file:
        there = {row["symbol"]: row for row in map(json.loads, file)}
    with open(script, "w") as file:
        file.writelines(f"show book {name}\n" for name in market.symbols)
    wrong = []
    for name, answer in zip(market.symbols, site.ctl_lines("-f", script)):
        found = {"bid": [], "ask": []}
        for row in answer["rows"]:
            found[row["side"]].append([price_e4(row["price"]), int(row["qty"]), row["orders"]])
        if any(found[side][:10] != there[name][side][:10] for side in found):
            wrong.append(name)
    return wrong


def orders_there(site):
    """Displayed orders of the whole market."""
    with open(os.path.join(site.directory, "books.jsonl")) as file:
        return sum(level[2] for row in map(json.loads, file) for side in ("bid", "ask") for level in row[side])


def highest_rate(test, site):
    """The highest rung at which good lines lose nothing."""
    best = RATES[0]
    for rate in RATES:
        missed = site.metric("sluice_feed_port_missed_total")
        played = play(site, rate, 0.5)
        if not caught_up(site) or site.metric("sluice_feed_port_missed_total") > missed or played < 0.8 * rate:
            break
        best = rate
    test.note(f"the highest rate held without a drop: {best} messages/s")
    return best


def bad_lines(test, directory):
    market = Market(directory)
    with site_of(directory, market) as site:
        site.up("--commands", "--messages-per-second", "1", start="command", itch=market.path)
        site.exchange_say("begin")
        site.exchange_say("pause")
        rate = highest_rate(test, site)
        before = site.metrics()
        for command in ("lose 1 % on both seed 11", "reorder 1 % on both seed 12", "duplicate 0.1 % on both"):
            site.exchange_say(command)
        site.exchange_say("cut 10 on a")
        played = play(site, rate, SECONDS)
        site.exchange_say("calm on both")
        good = caught_up(site)
        feed, m = site.exchange_report(), site.metrics()
        test.note(f"played {played}/s; lost on A {feed['feed']['a']['dropped']}, B {feed['feed']['b']['dropped']}; out of "
                  f"order {feed['feed']['a']['reordered'] + feed['feed']['b']['reordered']}; asked again "
                  f"{feed['rewind']['requests']} times for {feed['rewind']['messages']} messages")
        test.true("packets_were_lost_on_both_lines", min(feed["feed"][line]["dropped"] for line in "ab") > 0,
                  feed["feed"], "some on each")
        test.true("the_feed_is_in_sequence_again", good, channel(site), "sequenced")
        test.equal("every_book_is_the_venues", wrong_books(site, market)[:5], [])
        test.equal("no_order_is_missing_in_the_whole_market", m["sluice_feed_book_orders"], orders_there(site))
        test.equal("nothing_was_given_up", m["sluice_feed_lost_messages_total"] - before["sluice_feed_lost_messages_total"], 0)
        late_start(test, site, market)
        beyond_requests(test, site, market)


def late_start(test, site, market):
    """The dataplane comes when the day is long under way."""
    site.stop("dataplane")
    play(site, RATES[0], 0.3)
    site.dataplane()
    site.wait_open()
    play(site, RATES[0], 0.3)
    test.true("who_starts_late_has_the_whole_day", caught_up(site, 60), channel(site), "sequenced")
    test.equal("books_of_a_late_start_are_the_venues", wrong_books(site, market)[:5], [])


def beyond_requests(test, site, market):
    """What the venue no longer keeps is not to be had by requests: a snapshot mends it."""
    snapshots = site.exchange_report()["glimpse"]["snapshots"]
    site.exchange_say("silence on both")
    play(site, RATES[0], 0.2)
    site.exchange_say("forget")
    site.exchange_say("calm on both")
    play(site, RATES[0], 0.3)
    test.true("what_nobody_keeps_is_mended_by_a_snapshot", caught_up(site, 60), channel(site), "sequenced")
    test.true("a_snapshot_was_taken", site.exchange_report()["glimpse"]["snapshots"] > snapshots,
              site.exchange_report()["glimpse"], "one more")
    test.equal("books_behind_a_snapshot_are_the_venues", wrong_books(site, market)[:5], [])


if __name__ == "__main__":
    cases.run("system.feed_bad_wire", bad_lines)
