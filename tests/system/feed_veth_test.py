#!/usr/bin/env python3
"""The AAPL flow on lines A and B over two veth pairs, through the real process, against a slow book.

The venue plays the file by command (`step N`), so that a message can be lost on purpose and named, and once
at a rate that the kernel's packet sockets take.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import slowbook  # noqa: E402
from cases import appliance  # noqa: E402

appliance.NAP = None
RATE_PER_S = 20000
DROPPED = ("sluice_feed_not_udp_total", "sluice_feed_not_ours_total", "sluice_feed_bad_frames_total",
           "sluice_feed_fragments_total", "sluice_feed_bad_mold_total", "sluice_feed_other_session_total", "sluice_feed_unbelieved_total",
           "sluice_feed_heartbeats_total", "sluice_feed_end_of_session_total", "sluice_feed_data_packets_total")


def price_e4(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


def book_of(site, symbol):
    """The ten best levels of each side as the dataplane shows them."""
    sides = {"bid": [], "ask": []}
    for row in site.ctl_json("show", "book", symbol)["rows"]:
        sides[row["side"]].append((price_e4(row["price"]), int(row["qty"]), row["orders"]))
    return sides


def slow_of(book, symbol):
    return {"bid": book.levels(symbol, "B")[:10], "ask": book.levels(symbol, "S")[:10]}


def feeds(site):
    rows = site.ctl_json("show", "feeds")["rows"]
    lines = {row["line"]: row for row in rows if "line" in row}
    return rows[0], lines["A"], lines["B"]


def played(site, count):
    """Waits until the venue has played `count` messages of the file; returns its next sequence."""
    found = {}

    def look():
        since = os.path.getsize(site.log("exchange"))
        site.exchange_say("status")
        match = site.wait_log("exchange", r"ok played=(\d+) of=\d+ sequence=(\d+)", since=since)
        found["next"] = int(match[2])
        return int(match[1]) >= count

    appliance.wait_for(f"the venue to play {count} messages", look, 30)
    return found["next"]


def arrived(site, next_sequence):
    appliance.wait_for(f"message {next_sequence - 1} on the feed",
                       lambda: int(feeds(site)[0]["next"]) >= next_sequence, 10)


def packets_add_up(site):
    """Packets are counted in one place more than where they end: read until a burst is not in between."""
    found = {}

    def look():
        m = site.metrics()
        found["sum"] = (int(m["sluice_feed_packets_total"]), int(sum(m[name] for name in DROPPED)))
        return found["sum"][0] == found["sum"][1]

    try:
        appliance.wait_for("packets to add up", look, 2)
    except appliance.NotReady:
        pass
    return found["sum"]


def real_flow_on_two_lines(test, directory):
    slow = slowbook.Book(appliance.AAPL)
    with appliance.Appliance(directory) as site:
        site.up("--commands", "--messages-per-second", str(RATE_PER_S), start="command")
        start = packets(site, directory)
        site.exchange_say("begin")
        last = played(site, sum(slow.counts.values()))
        arrived(site, last)
        test.equal("the_book_equals_a_slow_book_made_from_the_file", book_of(site, "AAPL"), slow_of(slow, "AAPL"))
        channel, a, b = feeds(site)
        test.equal("every_message_is_delivered_once", (int(channel["messages"]), int(channel["gaps"])), (last - 1, 0))
        test.equal("what_one_line_brings_first_is_the_others_duplicate",
                   (a["first"] + b["first"], a["duplicates"] + b["duplicates"], a["first"] - b["duplicates"]),
                   (last - 1, last - 1, 0))
        total, parts = packets_add_up(site)
        test.equal("every_packet_is_accounted_for", total, parts)
        m = site.metrics()
        test.equal("counters_of_the_feed_agree_with_its_lines",
                   (m["sluice_feed_messages_total"], m["sluice_feed_duplicate_messages_total"],
                    m["sluice_feed_lost_messages_total"], m["sluice_feed_port_missed_total"]),
                   (last - 1, a["duplicates"] + b["duplicates"], 0, 0))
        test.equal("orders_in_the_book_are_those_of_the_slow_book", m["sluice_feed_book_orders"], len(slow.orders))
        top_is_what_the_gate_used(test, site, slow)
        end = packets(site, directory)
        sent = end[1] - start[1]
        test.true("every_packet_that_was_sent_arrived", end[0] - start[2] <= sent <= end[2] - start[0],
                  (end[0] - start[2], end[2] - start[0]), sent)


def packets(site, directory):
    """Packets of both lines: taken before, sent, taken after; heartbeats go on in between."""
    def taken():
        m = site.metrics()
        return int(m["sluice_feed_data_packets_total"] + m["sluice_feed_heartbeats_total"])

    before = taken()
    since = os.path.getsize(site.log("exchange"))
    site.exchange_say("report")
    site.wait_log("exchange", "ok report", since=since)
    with open(os.path.join(directory, "exchange.json")) as file:
        sent = json.load(file)["feed"]
    return before, sent["packets_a"] + sent["packets_b"], taken()


def top_is_what_the_gate_used(test, site, slow):
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    ref = client.enter("B", 1, "AAPL", slow.levels("AAPL", "B")[0][0] - 10000)
    client.answer(ref)
    appliance.wait_for("the top in the journal", lambda: any(r["type"] == "top" for r in site.records()), 5)
    top = [r for r in site.records() if r["type"] == "top"][-1]
    bid, ask = slow.levels("AAPL", "B")[0], slow.levels("AAPL", "S")[0]
    test.equal("the_top_that_judged_an_order_is_the_best_of_that_book",
               (price_e4(top["bid"]), top["bid_qty"], price_e4(top["ask"]), top["ask_qty"], top["stale"]),
               (bid[0], bid[1], ask[0], ask[1], False))
    client.cancel(ref)
    client.answer(ref, ("canceled",))
    client.close()


def losses_on_purpose(test, directory):
    slow = slowbook.Book()
    with open(appliance.AAPL, "rb") as file:
        data = file.read()
    with appliance.Appliance(directory) as site:
        site.up("--commands", "--speed", "step")
        step(site, slow, data, 3000)
        site.exchange_say("drop a 200")
        step(site, slow, data, 6000)
        channel, a, b = feeds(site)
        test.equal("a_line_that_loses_200_packets_loses_nothing",
                   (channel["state"], int(channel["gaps"]), int(channel["messages"])),
                   ("sequenced", 0, int(channel["next"]) - 1))
        test.true("what_it_lost_came_from_the_other_line", b["first"] >= 200 and a["messages"] < b["messages"],
                  (a, b), "line B first by what A lost")
        test.equal("the_book_is_right_after_the_loss_of_a_line", book_of(site, "AAPL"), slow_of(slow, "AAPL"))
        lost_on_both(test, site, slow, data)


def losses_by_chance_on_both_lines(test, directory):
    """One packet in a hundred is lost on each line, some come late or twice: what both lose comes back by request."""
    slow = slowbook.Book(appliance.AAPL)
    with appliance.Appliance(directory) as site:
        site.up("--commands", "--messages-per-second", str(RATE_PER_S), start="command")
        for mishap in ("lose 30000 on both seed 7", "reorder 10000 on both seed 8", "duplicate 5000 on both seed 9"):
            site.exchange_say(mishap)
        site.exchange_say("begin")
        site.exchange_say("drop ab 3")  # chance alone spares each packet on one line, one time in five
        last = played(site, sum(slow.counts.values()))
        site.exchange_say("calm on both")
        arrived(site, last)
        appliance.wait_for("the channel to be whole", lambda: feeds(site)[0]["state"] == "sequenced", 10)
        test.equal("the_book_is_right_after_losses_by_chance_on_both_lines", book_of(site, "AAPL"), slow_of(slow, "AAPL"))
        m = site.metrics()
        test.true("what_both_lines_lost_came_back",
                  m["sluice_feed_gaps_total"] > 0 and m["sluice_feed_answers_used_total"] > 0 and
                  m["sluice_feed_lost_messages_total"] == 0, m, "gaps, answers, and nothing lost")
        total, parts = packets_add_up(site)
        test.equal("every_packet_is_accounted_for_under_faults", total, parts)
        test.note(f"{int(m['sluice_feed_gaps_total'])} gaps on both lines, {int(m['sluice_feed_requests_total'])} requests, "
                  f"{int(m['sluice_feed_snapshots_total'])} snapshots, {int(m['sluice_feed_messages_total'])} messages")


def step(site, slow, data, until):
    """Plays up to message `until` of the file on both sides."""
    before = sum(slow.counts.values())
    site.exchange_say(f"step {until - before}")
    slow.__init__()
    slow.take_all(data, until)
    last = played(site, until)
    arrived(site, last)
    return last


def lost_on_both(test, site, slow, data):
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    price = slow.levels("AAPL", "B")[0][0] - 10000
    open_ref = client.enter("B", 1, "AAPL", price)
    answer = client.answer(open_ref, ("accepted", "rejected"))
    test.equal("an_order_passes_before_the_gap", answer and answer["name"], "accepted")
    # The order itself is public: wait until the feed has it.
    first = played(site, 6000)
    arrived(site, first)
    for door in ("rewind", "glimpse"):
        site.exchange_say(f"{door} refuse all")
    site.exchange_say("drop ab 1")
    site.exchange_say("step 1")
    played(site, 6001)
    site.exchange_say("step 1")
    played(site, 6002)
    appliance.wait_for("the channel to be stale", lambda: feeds(site)[0]["state"] == "STALE", 10)
    channel, _, _ = feeds(site)
    test.equal("a_message_lost_on_both_lines_is_named",
               (channel["state"], int(channel["missing_from"]), int(channel["missing"]), int(channel["gaps"])),
               ("STALE", first, 1, 1))
    ref = client.enter("B", 1, "AAPL", price - 100)
    answer = client.answer(ref, ("accepted", "rejected"))
    appliance.wait_for("the receipt", lambda: len(receipts(site)) >= 2, 5)
    test.equal("an_order_is_refused_while_the_book_may_be_wrong",
               (answer and answer["name"], receipts(site)[-1]["reason"]), ("rejected", "STALE_MARKET_DATA"))
    client.cancel(open_ref)
    answer = client.answer(open_ref, ("canceled",))
    test.equal("a_cancel_passes_all_the_same", answer and answer["name"], "canceled")
    test.equal("health_says_which_channel", "STALE" in site.ctl("health").stdout or
               "stale" in site.ctl("health").stdout, True)
    client.close()


def receipts(site):
    return [r for r in site.records() if r["type"] == "receipt"]


if __name__ == "__main__":
    cases.run("system.feed_veth", real_flow_on_two_lines, losses_on_purpose, losses_by_chance_on_both_lines)
