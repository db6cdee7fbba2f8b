#!/usr/bin/env python3
"""The same market on four wires, through the real process: ITCH 5.0, IEX DEEP, DEEP+ and Cboe PITCH, each from two captures by
DPDK's net_pcap, each against the generator's oracle.  The best prices, their sizes and the number of levels are the
same whatever the venue speaks.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402
from feed_pcap_test import Market, books_of, site_of  # noqa: E402

MESSAGES, SYMBOLS, SEED = 60000, 200, 21
NUMBERS = {"itch50": "", "deep": "\n    number: 1", "deep+": "\n    number: 1", "pitch": "\n    number: 1"}
QUIET = ("sluice_feed_bad_frames_total", "sluice_feed_bad_mold_total", "sluice_feed_unknown_messages_total",
         "sluice_feed_bad_messages_total", "sluice_feed_unknown_orders_total", "sluice_feed_overfill_total",
         "sluice_feed_book_full_total", "sluice_feed_port_missed_total", "sluice_feed_not_ours_total",
         "sluice_feed_other_session_total", "sluice_feed_unnamed_total", "sluice_feed_lost_messages_total")


def market_of(directory, protocol):
    """The market's captures in one protocol, and how many messages they hold."""
    folder = os.path.join(directory, protocol)
    os.mkdir(folder)
    market = Market.__new__(Market)
    market.a, market.b = os.path.join(folder, "a.pcap"), os.path.join(folder, "b.pcap")
    oracle = os.path.join(folder, "oracle.tsv")
    made = subprocess.run([os.path.join(appliance.BUILD, "sluice-pktgen"), "--messages", str(MESSAGES), "--symbols",
                           str(SYMBOLS), "--seed", str(SEED), "--protocol", protocol, "--pcap", market.a, "--pcap-b",
                           market.b, "--oracle", oracle], check=True, capture_output=True, text=True)
    market.messages = int(made.stderr.split()[0])
    with open(oracle) as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    market.rows = {row[1]: [int(word) for word in row[2:]] for row in rows}
    market.orders = sum(row[-1] for row in market.rows.values())
    return market


def one_protocol(test, directory, protocol):
    market = market_of(directory, protocol)
    with site_of(os.path.join(directory, protocol), market, "dpdk", f"net_pcap0,rx_pcap={market.a}",
                 f"net_pcap1,rx_pcap={market.b}") as site:
        path = os.path.join(site.config, "site.yaml")
        with open(path) as file:
            text = file.read()
        text = re.sub(r"    recovery:\n(      .*\n)+", "", text)  # the example's is ITCH's
        with open(path, "w") as file:
            file.write(text.replace("  - name: itch\n",
                                    f"  - name: itch\n    protocol: {protocol}{NUMBERS[protocol]}\n"))
        site.dataplane()
        site.control()
        appliance.wait_for("control to attach", lambda: site.metric("sluice_up") == 1)
        appliance.wait_for("every message and its copy",
                           lambda: site.metric("sluice_feed_duplicate_messages_total") >= market.messages, 60)
        found = books_of(site, list(market.rows))
        wrong = [(name, found.get(name), row) for name, row in market.rows.items()
                 if found.get(name) != row[:4] + [min(row[4], 10), min(row[5], 10)]]
        test.none(f"every_best_price_size_and_level_count_of_{protocol}_is_the_oracles", wrong, "books that differ")
        m = site.metrics()
        test.equal(f"every_order_of_{protocol}_is_in_the_books", m["sluice_feed_book_orders"],
                   0 if protocol == "deep" else market.orders)
        test.equal(f"every_message_of_{protocol}_once_and_its_copy_is_a_duplicate",
                   (m["sluice_feed_messages_total"], m["sluice_feed_duplicate_messages_total"]),
                   (market.messages, market.messages))
        test.none(f"nothing_of_{protocol}_was_strange", [(name, m[name]) for name in QUIET if m[name] != 0],
                  "counters that moved")
        feeds = site.ctl_lines("show", "feeds")[0]["rows"][0]
        test.equal(f"the_feeds_show_what_{protocol}_is", (feeds["protocol"], feeds["session"].strip()),
                   (protocol, session_of(protocol)))
        per_message = m['sluice_packet_seconds{quantile="0.5"}'] * 1e9
        test.note(f"{protocol}: {market.messages} messages, packet to book p50 {per_message:.0f} ns a message")
        return found


def session_of(protocol):
    return {"itch50": "PKTGEN0001", "pitch": "unit 1"}.get(protocol, "1")


def the_same_market_everywhere(test, directory):
    books = {protocol: one_protocol(test, directory, protocol) for protocol in NUMBERS}
    for protocol, found in books.items():
        test.true(f"the_books_of_{protocol}_are_those_of_itch50", found == books["itch50"], "other books", "the same")


if __name__ == "__main__":
    cases.run("system.feed_venues", the_same_market_everywhere)
