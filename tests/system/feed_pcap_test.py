#!/usr/bin/env python3
"""A generated market of 500 symbols from two captures, through the real process, against its oracle.

The captures are played by DPDK's net_pcap devices at once, as fast as the feed takes them, and a short pair by
libpcap at the speed at which it was captured.
"""

import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

MESSAGES, SYMBOLS = 300000, 500
SHORT_MESSAGES, SHORT_SYMBOLS, SHORT_SECONDS = 2000, 20, 4
KEPT = ("AAPL", "ZVZZT", "MSFT", "INTC", "CSCO")  # named in the limits of the example


def price_e4(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


class Market:
    """Two captures and what the books must be at their end."""

    def __init__(self, directory, messages, symbols, seed):
        self.a, self.b = os.path.join(directory, "a.pcap"), os.path.join(directory, "b.pcap")
        oracle = os.path.join(directory, "oracle.tsv")
        subprocess.run([os.path.join(appliance.BUILD, "sluice-pktgen"), "--messages", str(messages), "--symbols",
                        str(symbols), "--seed", str(seed), "--pcap", self.a, "--pcap-b", self.b, "--oracle", oracle],
                       check=True, capture_output=True)
        with open(oracle) as file:
            rows = [line.rstrip("\n").split("\t") for line in file][1:]
        self.rows = {row[1]: [int(word) for word in row[2:]] for row in rows}
        self.orders = sum(row[-1] for row in self.rows.values())


def site_of(directory, market, kind, device_a, device_b, more="", edits=(), ports=()):
    second = f'kind: {kind}, device: "{device_b}"{more}' + "".join("}\n  - " + port[:-1] for port in ports)
    site = appliance.Appliance(directory, edit={"site.yaml": [
        *edits,
        ('kind: dpdk, device: "net_af_packet0,iface=slfeeda"', f'kind: {kind}, device: "{device_a}"{more}'),
        ('kind: dpdk, device: "net_af_packet1,iface=slfeedb"', second),
        ("group: 239.1.1.1:26477", "group: 233.54.12.111:26477"),
        ("group: 239.1.1.2:26478", "group: 233.54.12.239:26477")]})
    with open(os.path.join(site.config, "symbols.yaml"), "a") as file:
        for name in market.rows:
            if name not in KEPT:
                file.write(f"  - {{name: {name}, tick: 0.01, lot: 1}}\n")
    return site


def wait_end(site, seconds=60):
    """Until the end-of-session packet of both captures has been taken."""
    appliance.wait_for("control to attach", lambda: site.metric("sluice_up") == 1)
    appliance.wait_for("the end of both captures",
                       lambda: site.metric("sluice_feed_end_of_session_total") >= 2, seconds)


def books_of(site, symbols):
    """symbol: [bid, qty, ask, qty, bid levels, ask levels] (at most ten each), asked in one conversation."""
    script = os.path.join(site.directory, "books.txt")
    with open(script, "w") as file:
        file.writelines(f"show book {name}\n" for name in symbols)
    lines = site.ctl_lines("-f", script)
    found = {}
    for name, answer in zip(symbols, lines):
        bids = [row for row in answer["rows"] if row["side"] == "bid"]
        asks = [row for row in answer["rows"] if row["side"] == "ask"]
        best = [(price_e4(side[0]["price"]), int(side[0]["qty"])) if side else (0, 0) for side in (bids, asks)]
        found[name] = [*best[0], *best[1], len(bids), len(asks)]
    return found


def compare(test, site, market, messages, what):
    found = books_of(site, list(market.rows))
    wrong = [(name, found.get(name), row) for name, row in market.rows.items()
             if found.get(name) != row[:4] + [min(row[4], 10), min(row[5], 10)]]
    test.none(f"every_best_price_size_and_level_count_is_the_oracles_{what}", wrong, "books that differ")
    m = site.metrics()
    test.equal(f"every_order_of_the_oracle_is_in_the_books_{what}", m["sluice_feed_book_orders"], market.orders)
    test.equal(f"every_message_once_and_its_copy_is_a_duplicate_{what}",
               (m["sluice_feed_messages_total"], m["sluice_feed_duplicate_messages_total"],
                m["sluice_feed_lost_messages_total"], m["sluice_feed_gaps_total"]), (messages, messages, 0, 0))
    test.none(f"nothing_was_strange_{what}",
              [(name, m[name]) for name in ("sluice_feed_bad_frames_total", "sluice_feed_bad_mold_total",
                                            "sluice_feed_unknown_messages_total", "sluice_feed_bad_messages_total",
                                            "sluice_feed_unknown_orders_total", "sluice_feed_overfill_total",
                                            "sluice_feed_book_full_total", "sluice_feed_port_missed_total",
                                            "sluice_feed_not_ours_total") if m[name] != 0], "counters that moved")
    per_message = m['sluice_packet_seconds{quantile="0.5"}'] * 1e9
    test.note(f"{what}: {messages} messages, packet to book p50 {per_message:.0f} ns a message")


def at_once_by_dpdk(test, directory):
    market = Market(directory, MESSAGES, SYMBOLS, seed=7)
    with site_of(directory, market, "dpdk", f"net_pcap0,rx_pcap={market.a}", f"net_pcap1,rx_pcap={market.b}") as site:
        site.dataplane()
        site.control()
        wait_end(site)
        compare(test, site, market, MESSAGES, "at_once")


TWO_STAGES = (
    ("max_silence: 3 s", "max_silence: 3 s\n    stage: east"),
    ("      - {port: feed-b, group: 239.1.1.2:26478}",
     "      - {port: feed-b, group: 239.1.1.2:26478}\n"
     "  - name: other\n    max_silence: 3 s\n    stage: west\n    lines:\n"
     "      - {port: feed-c, group: 233.54.12.111:26477}\n      - {port: feed-d, group: 233.54.12.239:26477}"),
    ("feed: {core: none, idle: nap 50 us}",
     "feeds: [{name: east, core: none, idle: nap 50 us}, {name: west, core: none, idle: nap 50 us}]"))


def two_stages_by_libpcap(test, directory):
    """Two markets on two stages: each counts on its own page, and an instrument has one book that is shown."""
    os.makedirs(os.path.join(directory, "west"))
    east = Market(directory, 20000, 50, seed=9)
    west = Market(os.path.join(directory, "west"), 30000, 50, seed=10)
    ports = (f'{{name: feed-c, kind: pcap, device: "{west.a}"}}', f'{{name: feed-d, kind: pcap, device: "{west.b}"}}')
    with site_of(directory, east, "pcap", east.a, east.b, edits=TWO_STAGES, ports=ports) as site:
        site.dataplane()
        site.control()
        appliance.wait_for("control to attach", lambda: site.metric("sluice_up") == 1)
        appliance.wait_for("the end of all captures",
                           lambda: site.metric("sluice_feed_end_of_session_total") >= 4, 60)
        m = site.metrics()
        test.equal("the_pages_of_two_stages_add_up",
                   (m["sluice_feed_messages_total"], m["sluice_feed_lost_messages_total"]), (50000, 0))
        test.equal("both_books_hold_every_order", m["sluice_feed_book_orders"], east.orders + west.orders)
        test.true("each_stage_has_latencies_of_its_own",
                  m['sluice_wire_seconds_count{stage="east"}'] > 0 and m['sluice_wire_seconds_count{stage="west"}'] > 0,
                  sorted(name for name in m if "wire" in name), "one for each")
        wrong = []
        for name, found in books_of(site, list(east.rows)).items():
            owners = [market for market in (east, west) if name in market.rows
                      and found == market.rows[name][:4] + [min(n, 10) for n in market.rows[name][4:6]]]
            wrong += [] if owners else [(name, found)]
        test.none("every_book_that_is_shown_is_one_markets_own", wrong, "books of neither market")
        ports = {row["port"]: row for row in site.ctl_json("show", "ports")["rows"]}
        test.equal("every_frame_of_every_port_is_accounted_for",
                   [int(ports[f"feed-{c}"]["unaccounted"]) for c in "abcd"], [0, 0, 0, 0])


def at_capture_speed_by_libpcap(test, directory):
    market = Market(directory, SHORT_MESSAGES, SHORT_SYMBOLS, seed=8)
    for path in (market.a, market.b):
        squeeze(path, SHORT_SECONDS)
    with site_of(directory, market, "pcap", market.a, market.b, ", speed: capture") as site:
        site.dataplane(wait=None)
        site.control()
        appliance.wait_for("the first packet", lambda: site.metric("sluice_feed_packets_total") > 0)
        began = time.monotonic()
        wait_end(site)
        took = time.monotonic() - began
        test.true("a_capture_at_its_own_speed_takes_its_own_time", 0.7 * SHORT_SECONDS < took < 3 * SHORT_SECONDS,
                  f"{took:.2f} s", f"about {SHORT_SECONDS} s")
        compare(test, site, market, SHORT_MESSAGES, "at_capture_speed")


def squeeze(path, seconds):
    """A generated day lasts hours: its packets come as they did, in `seconds` altogether."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    places, at = [], 24
    while at < len(data):
        whole, part, size = struct.unpack_from("<III", data, at)
        places.append((at, whole * 10**9 + part))
        at += 16 + size
    first, last = places[0][1], places[-1][1]
    for at, time_ns in places:
        fresh = first + (time_ns - first) * seconds * 10**9 // (last - first)
        struct.pack_into("<II", data, at, *divmod(fresh, 10**9))
    with open(path, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    cases.run("system.feed_pcap", at_once_by_dpdk, two_stages_by_libpcap, at_capture_speed_by_libpcap)
