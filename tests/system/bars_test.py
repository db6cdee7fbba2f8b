#!/usr/bin/env python3
"""The bars of a real morning, as an operator asks for them, against bars computed here from the same file.

The AAPL flow, with a hidden trade, a cross and broken trades added, goes as two captures through the real process;
control keeps its bars; `sluicectl show bars` pages through them.  The oracle below knows ITCH 5.0 alone.
"""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import frames  # noqa: E402
from cases import appliance  # noqa: E402

SESSION = "SIM0000001"
LOCATE = 1


def morning():
    """Messages of the file, each followed now and then by one that the file lacks."""
    with open(appliance.AAPL, "rb") as file:
        flow = file.read()
    messages, at, match = [], 0, 1 << 60
    while at < len(flow):
        size = struct.unpack_from(">H", flow, at)[0]
        message = bytearray(flow[at + 2:at + 2 + size])
        struct.pack_into(">H", message, 1, LOCATE)
        messages.append(bytes(message))
        at += 2 + size
        head = b"%c" + struct.pack(">HH", LOCATE, 0) + message[5:11]
        number = len(messages)
        if number % 97 == 0:
            match += 1
            messages.append(head.replace(b"%c", b"P") + struct.pack(">QcI8sIQ", 0, b"B", number % 500 + 1, b"AAPL    ",
                                                                    1630000 + number, match))
        if number % 911 == 0:
            match += 1
            messages.append(head.replace(b"%c", b"Q") + struct.pack(">Q8sIQc", 5_000_000_000 + number, b"AAPL    ",
                                                                    1640000, match, b"O"))
        if number % 203 == 0:
            messages.append(head.replace(b"%c", b"B") + struct.pack(">Q", match))
    return messages


def prints_of(messages):
    """match -> (time, price, shares) of what counts and was not broken, in the order of the wire."""
    prices, prints = {}, {}
    for m in messages:
        kind, time_ns = chr(m[0]), int.from_bytes(m[5:11], "big")
        if kind in "AF":
            prices[m[11:19]] = struct.unpack_from(">I", m, 32)[0]
        elif kind == "U":
            prices[m[19:27]] = struct.unpack_from(">I", m, 31)[0]
        elif kind == "E":
            prints[m[23:31]] = (time_ns, prices[m[11:19]], struct.unpack_from(">I", m, 19)[0])
        elif kind == "C" and m[31:32] == b"Y":
            prints[m[23:31]] = (time_ns, struct.unpack_from(">I", m, 32)[0], struct.unpack_from(">I", m, 19)[0])
        elif kind == "P":
            prints[m[36:44]] = (time_ns, struct.unpack_from(">I", m, 32)[0], struct.unpack_from(">I", m, 20)[0])
        elif kind == "Q":
            prints[m[31:39]] = (time_ns, struct.unpack_from(">I", m, 27)[0], struct.unpack_from(">Q", m, 11)[0])
        elif kind == "B":
            prints.pop(m[11:19], None)
    return list(prints.values())


def e4(value):
    return f"{value // 10000}.{value % 10000:04d}"


def bars_of(prints, seconds):
    """Rows as show bars gives them, but for their begin, which is here the interval's number."""
    rows = {}
    for time_ns, price, shares in prints:
        rows.setdefault(time_ns // (seconds * 10**9), []).append((price, shares))
    for number, row in rows.items():
        value, volume = sum(price * shares for price, shares in row), sum(shares for _, shares in row)
        prices = [price for price, _ in row]
        yield {"open": e4(prices[0]), "high": e4(max(prices)), "low": e4(min(prices)), "close": e4(prices[-1]),
               "volume": volume, "trades": len(row), "vwap": e4(value // volume), "notional": e4(value),
               "complete": True}


def shown(site, *words):
    rows = site.ctl_json("show", "bars", "AAPL", *words)["rows"]
    return [{key: int(value) if key in ("volume", "trades") else value for key, value in row.items() if key != "begin"}
            for row in rows if "begin" in row]  # holes stand behind them


def play(test, directory):
    messages = morning()
    prints = prints_of(messages)
    paths = [os.path.join(directory, name) for name in ("a.pcap", "b.pcap")]
    for path, group, port in zip(paths, ((239, 1, 1, 1), (239, 1, 1, 2)), (26477, 26478)):
        packets = [frames.frame(group, port, frames.mold(SESSION, 1 + at, messages[at:at + 20]))
                   for at in range(0, len(messages), 20)]
        frames.capture(path, packets)
    # The captures end without heartbeats: a channel that falls silent is stale, and its bars would be incomplete.
    edit = {"site.yaml": [("    max_silence: 3 s", "    max_silence: 600 s")] +
                         [(f'kind: dpdk, device: "net_af_packet{i},iface=slfeed{line}"',
                           f'kind: dpdk, device: "net_pcap{i},rx_pcap={path}"')
                          for i, (line, path) in enumerate(zip("ab", paths))]}
    with appliance.Appliance(directory, edit=edit) as site:
        site.dataplane()
        site.control()
        appliance.wait_for("every print", lambda: site.metric("sluice_archive_prints_total") >= len(prints) and
                           site.metric("sluice_feed_messages_total") == len(messages))
        appliance.wait_for("the last bar", lambda: shown(site, "--interval", "1d") == list(bars_of(prints, 86400)))
        for word, seconds in (("1s", 1), ("1m", 60), ("1d", 86400)):
            test.equal(f"the_bars_of_{word}_are_the_oracles", shown(site, "--interval", word),
                       list(bars_of(prints, seconds)))
        test.equal("minutes_are_meant_when_nothing_is_said", shown(site), list(bars_of(prints, 60)))
        m = site.metrics()
        test.equal("nothing_was_lost_and_nothing_failed",
                   [m[f"sluice_archive_{name}_total"] for name in ("lost", "holes", "errors")], [0, 0, 0])
        text = site.ctl("show", "bars", "AAPL", "--from", "09:30", "--to", "16:00", "--json").stdout
        test.true("json_may_stand_last", text.startswith('{"code":100'), text[:60], "an object")
        site.stop("control")
        site.control()
        appliance.wait_for("control anew", lambda: site.metric("sluice_up") == 1)
        test.equal("control_anew_has_them_still", shown(site, "--interval", "1s"), list(bars_of(prints, 1)))
        test.equal("and_reads_nothing_twice", site.metric("sluice_archive_prints_total"), 0)
        test.note(f"{len(prints)} prints, {len(list(bars_of(prints, 1)))} bars of a second")


if __name__ == "__main__":
    sys.exit(cases.run("system.bars", play))
