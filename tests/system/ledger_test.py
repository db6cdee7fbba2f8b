#!/usr/bin/env python3
"""The ledger beside the gate, of real processes: health is not ready, by name and with numbers, while what the gate holds in its memory
is not what its journal says, and ready again when it is; also after either process died.  And what the venue says that we owe it
is what gate and ledger have counted, each by itself."""

import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

HELD = """version: 1
as_of: "{time}"
positions:
  - {{account: 17, symbol: AAPL, long: 31337 shares, cost: 150.25, price: 154.68}}
"""
SECONDS = 5  # within which a difference is told


class Memory:
    """A process's own, of which one row of positions is found by what it holds: shares, nothing at work, account and symbol."""

    def __init__(self, pid):
        self.file = open(f"/proc/{pid}/mem", "r+b", buffering=0)
        with open(f"/proc/{pid}/maps") as file:
            maps = [line.split() for line in file]
        self.areas = [tuple(int(word, 16) for word in row[0].split("-")) for row in maps
                      if row[1].startswith("rw-p") and len(row) == 5]

    def find(self, account, shares):
        head = struct.pack("<5q", shares, 0, 0, 0, 0)
        found = []
        for begin, end in self.areas:
            for at in range(begin, end, 1 << 22):
                found += self.find_in(at, min(1 << 22, end - at), head, account)
        return found

    def find_in(self, begin, size, head, account):
        self.file.seek(begin)
        try:
            bytes_ = self.file.read(size)
        except OSError:
            return []
        at, found = bytes_.find(head), []
        while at >= 0:
            if at % 64 == 0 and struct.unpack_from("<I", bytes_.ljust(size + 64, b"\0"), at + 40)[0] >> 16 == account:
                found.append(begin + at)
            at = bytes_.find(head, at + 1)
        return found

    def write(self, at, shares):
        self.file.seek(at)
        self.file.write(struct.pack("<q", shares))


def of_the_ledger(site):
    rows = [row for row in site.ctl_json("health").get("rows", []) if row["check"] == "ledger"]
    return (rows[0]["good"], rows[0]["found"]) if rows else (None, "")


def wait_equal(site, seconds=SECONDS):
    appliance.wait_for("ledger and gate to be equal", lambda: of_the_ledger(site)[0], seconds)


def a_share_that_is_in_no_journal(test, site):
    wait_equal(site)
    memory = Memory(site.processes["dataplane"].pid)
    places = memory.find(17, 31337)
    if not test.equal("the_row_is_found_in_the_gates_memory", len(places), 1):
        return
    memory.write(places[0], 31338)
    began = time.monotonic()
    appliance.wait_for("a reason", lambda: of_the_ledger(site)[0] is False, SECONDS)
    test.note(f"told after {time.monotonic() - began:.1f} s")
    said = of_the_ledger(site)[1]
    test.true("a_difference_is_named_with_its_numbers",
              said.startswith("account 17 AAPL: position 31337 in the journal, 31338 at the gate, both at record "), said,
              "account, symbol and both numbers")
    health = site.ctl("health")
    test.true("health_is_not_ready", health.returncode == 8, health.stdout, "exit 8")
    values = site.metrics()
    test.equal("metrics_say_so", (values["sluice_ledger_differing"], values["sluice_ledger_equal"]), (1, 0))
    memory.write(places[0], 31337)
    wait_equal(site)
    health = site.ctl("health")
    test.true("it_ends_when_both_are_equal", health.returncode == 0, health.stdout, "exit 0")
    told = []

    def two():
        with open(os.path.join(site.journal, "audit.jsonl")) as file:
            told[:] = [line for line in file if '"event":"ledger"' in line]
        return len(told) == 2

    appliance.wait_for("two lines of the ledger", two)
    test.equal("the_audit_has_its_begin_and_its_end", ["wrong" in told[0], "equal" in told[-1], len(told)], [True, True, 2])


def parts(text):
    return int(text.replace(".", ""))


def a_sale(test, site):
    """What is traded is in both; a restart of either process comes to the same."""
    best = []

    def look():
        best[:] = [row for row in site.ctl_json("show", "book", "AAPL")["rows"] if row["side"] == "bid"][:1]
        return best

    appliance.wait_for("a bid", look)
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    ref = client.enter("S", 1, "AAPL", int(best[0]["price"].replace(".", "")) - 500)
    test.equal("a_share_is_sold", client.answer(ref, ("executed", "rejected"))["name"], "executed")
    client.close()
    appliance.wait_for("the trade in the ledger", lambda: site.metric("sluice_ledger_trades") == 1, SECONDS)
    wait_equal(site)
    row = site.ctl_json("show", "pnl", "17")["rows"][0]
    test.equal("its_fee_and_its_orders_are_in_both", (row["fees"], row["gate"]), ("0.0130", "equal"))
    test.equal("net_is_gross_without_it", parts(row["gross"]) - parts(row["net"]), 130)
    site.kill9("control")
    site.control()
    wait_equal(site)
    test.equal("another_control_has_read_the_journal", site.metric("sluice_ledger_trades"), 1)
    site.kill9("dataplane")
    site.dataplane(wait="open: clients on")
    site.wait_open()
    wait_equal(site)
    test.equal("another_gate_is_compared_too", site.metric("sluice_ledger_equal"), 1)


def play(test, directory):
    named = [("run_directory: run", "positions: {file: held.yaml, max_age: 4 days}\nrun_directory: run"),
             ("firm: SLCE", "firm: SLCE\n    fees: {rates: [{flags: A, rebate: 0.002}, {flags: R, fee: 0.003}], per_order: 0.01}")]
    with appliance.Appliance(directory, edit={"site.yaml": named}) as site:
        with open(os.path.join(site.config, "held.yaml"), "w") as file:
            file.write(HELD.format(time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())))
        site.up("--commands", "--messages-per-second", "20000")
        a_share_that_is_in_no_journal(test, site)
        a_sale(test, site)


def bill_of(site):
    return next(user["fees_e4"] for user in site.exchange_report()["users"] if user["user"] == "sluice")


def start_venue(site):
    """A venue like INET that keeps a bill for each port: 0.0030 a share removed, 0.0020 back for one added."""
    with open(os.path.join(appliance.ROOT, "config", "examples", "venues", "inet.yaml")) as file:
        text = file.read()
    text = text.replace("ports:\n", "ports:\n  - {name: maker, password: maker, speaks: ouch50}\n")
    text = text.replace("scope: firm, action: cancel-oldest", "scope: none, action: trade")
    path = os.path.join(site.directory, "venue.yaml")
    with open(path, "w") as file:
        file.write(text + "\nfees: {removed: 0.0030 USD, rebate: 0.0020 USD}\n")
    site.start("exchange", site.program("sluice-exchange"), "--profile", path,
               "--feed-a", "239.1.1.1:26477", "--interface-a", "10.77.1.1",
               "--feed-b", "239.1.1.2:26478", "--interface-b", "10.77.2.1",
               "--rewind", "127.0.0.1:26010", "--glimpse", "127.0.0.1:26020", "--glimpse-user", "feed:test-feed",
               "--start", "login", "--stats-file", os.path.join(site.directory, "exchange.json"), "--commands",
               stdin=subprocess.PIPE)
    site.wait_log("exchange", r"ready port=(\d+)")


def the_venues_own_bill(test, directory):
    fees = ("firm: SLCE", "firm: SLCE\n    fees: {rates: [{flags: A, rebate: 0.002}, {flags: R, fee: 0.003}]}")
    with appliance.Appliance(directory, edit={"site.yaml": [fees]}) as site:
        start_venue(site)
        site.dataplane()
        site.control()
        site.wait_open()
        maker = ouch.Client(26000, "maker", "maker")
        maker.login()
        for side, price_e4 in (("B", 1630000), ("S", 1630300)):
            maker.answer(maker.enter(side, 1000, "AAPL", price_e4), ("accepted",))
        appliance.wait_for("the market", lambda: len(site.ctl_json("show", "book", "AAPL")["rows"]) == 2)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        client.answer(client.enter("B", 100, "AAPL", 1630300), ("executed", "rejected"))
        rests = client.enter("B", 50, "AAPL", 1630100)
        client.answer(rests, ("accepted", "rejected"))
        maker.enter("S", 50, "AAPL", 1630100)
        told = client.answer(rests, ("executed", "rejected"))
        test.equal("what_rested_is_executed", told and told["name"], "executed")
        appliance.wait_for("both trades in the ledger", lambda: site.metric("sluice_ledger_trades") == 2, SECONDS)
        wait_equal(site)
        row = site.ctl_json("show", "pnl", "17")["rows"][0]
        test.equal("the_venues_bill_is_what_gate_and_ledger_count", (bill_of(site), parts(row["fees"]), row["gate"]),
                   (100 * 30 - 50 * 20, 100 * 30 - 50 * 20, "equal"))
        test.equal("no_flag_was_strange", site.metric("sluice_gate_fees_unnamed_total"), 0)


if __name__ == "__main__":
    cases.run("system.ledger", play, the_venues_own_bill)
