#!/usr/bin/env python3
"""Two gates of one site, by real processes: each has its accounts, its venue and its journal; persons speak to both.

Orders pass at both; a kill of one account leaves the other gate's orders, a kill of all takes both gates'; what is released
is released at both.  The dataplane dies and finds both journals.  Each journal is judged again to the same decisions, and
all that is told of it names its gate.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

SITE = {"site.yaml": [
    ("gate:\n  listen: 127.0.0.1:25000\n",
     "  - {name: second, session_id: 201, address: 127.0.0.1:26100, username: sluice, password: test-venue, "
     "heartbeat: 1 s, timeout: 15 s}\n\ngate:\n"),
    ("book: {orders",
     "gates:\n"
     "  - {name: east, listen: \"127.0.0.1:25000\", accounts: [17], venues: [exchange]}\n"
     "  - {name: west, listen: \"127.0.0.1:25010\", accounts: [18], venues: [second]}\n\nbook: {orders")]}
GATES = ("east", "west")
WEST_FIRST = 1 << 30  # ids of the second gate begin behind it


def clients():
    found = [ouch.Client(25000, "quote1", "test-one"), ouch.Client(25010, "take2", "test-two")]
    return found if all(client.login() for client in found) else None


def wait_venues(site):
    def look():
        rows = site.ctl_json("show", "venues").get("rows", [])
        return sorted(row["venue"] for row in rows if row["state"] == "ready") == ["exchange", "second"]
    appliance.wait_for("both venues", look, 20)


def wait_market(site):
    def look():
        states = {row["state"] for row in site.ctl_json("show", "feeds").get("rows", []) if "state" in row}
        return "163.0200" in site.ctl("show", "book", "AAPL").stdout and states == {"sequenced"}
    appliance.wait_for("the market", look, 20)


def quote():
    maker = ouch.Client(26000, "maker", "maker")
    maker.login()
    for side, price in (("B", 1630000), ("S", 1630200)):
        maker.answer(maker.enter(side, 1000, "AAPL", price), ("accepted",))
    return maker


def enter(client, price=1620000):
    ref = client.enter("B", 100, "AAPL", price)
    found = client.answer(ref, ("accepted", "rejected", "executed"), seconds=10)
    return ref, found and found["name"]


def name_of(found):
    return found and found["name"]


def orders(site):
    return {row["order"]: row["gate"] for row in site.ctl_json("show", "orders")["rows"]}


def covered(done):
    """How many open orders the door says that a kill covered, or all that it said."""
    match = re.search(r"(\d+) orders open, (\d+) cancels sent", done.stdout)
    return int(match[1]) if match else done.stdout


def both_trade(test, site, east, west):
    (east_ref, east_said), (west_ref, west_said) = enter(east), enter(west)
    test.equal("an_order_passes_at_each_gate", (east_said, west_said), ("accepted", "accepted"))
    test.equal("its_number_names_the_gate", orders(site), {1: "east", WEST_FIRST + 1: "west"})
    for order, account in ((1, 17), (WEST_FIRST + 1, 18)):
        told = site.ctl("why", str(order)).stdout
        test.true(f"why_reads_the_journal_of_{account}", f"account {account} (" in told and "PASSED" in told, told,
                  f"account {account}, passed")
    metrics = site.metrics()
    test.equal("metrics_carry_the_gates_name",
               [metrics.get(f'sluice_gate_orders_in_total{{gate="{gate}"}}') for gate in GATES], [1.0, 1.0])
    return east_ref, west_ref


def one_account_is_killed(test, site, east, west, refs):
    done = site.ctl("kill", "account", "17", "because", "runaway")
    test.equal("a_kill_of_one_account_covers_its_order", (done.returncode, covered(done)), (0, 1))
    test.equal("its_client_hears_it", name_of(east.answer(refs[0], ("canceled",), seconds=10)), "canceled")
    test.equal("the_other_gates_order_stays", orders(site), {WEST_FIRST + 1: "west"})
    test.equal("the_account_is_refused_and_the_other_is_not", (enter(east)[1], enter(west, 1610000)[1]), ("rejected", "accepted"))


def all_are_killed(test, site, west):
    done = site.ctl("kill", "firm", "0", "because", "both")
    test.equal("a_kill_of_all_covers_the_orders_of_both", (done.returncode, covered(done)), (0, 2))
    appliance.wait_for("no open order", lambda: orders(site) == {}, 10)
    stops = [(row["scope"], row["gate"]) for row in site.ctl_json("show", "stops")["rows"] if row["scope"].startswith("firm")]
    test.equal("each_gate_latched_it", sorted(gate for _, gate in stops), ["east", "west"])
    test.equal("status_says_so", "state" in site.ctl("status").stdout and "killed" in site.ctl("status").stdout, True)
    test.equal("both_refuse", enter(west)[1], "rejected")


def all_are_released(test, site, east, west):
    for scope, name in (("firm", "0"), ("account", "17")):
        site.ctl("rearm", scope, name, "because", "looked", check=False)
        done = site.ctl("rearm", scope, name, "because", "looked", uid=1000)
        test.equal(f"two_persons_release_the_{scope}_at_every_gate", done.returncode, 0)
    test.equal("both_trade_again", (enter(east)[1], enter(west)[1]), ("accepted", "accepted"))


def it_dies_and_comes_back(test, site, maker):
    before = orders(site)
    site.kill9("dataplane")
    site.dataplane()
    site.wait_open()
    wait_venues(site)
    test.equal("a_restart_finds_the_orders_of_both_journals", orders(site), before)
    found = clients()
    test.true("the_clients_come_back", found is not None, found, "both logged in")
    east, west = found
    east.ref = west.ref = 100
    wait_market(site)
    said = (enter(east)[1], enter(west)[1])
    test.equal("and_numbers_go_on", (said, len(orders(site))), (("accepted", "accepted"), len(before) + 2))
    maker.close()
    return east, west


def persons_speak_to_each(test, site):
    for words in (("verify",), ("replay",)):
        refused = site.ctl("journal", *words)
        test.true(f"journal_{words[0]}_asks_which_gate", "expected --gate and one of: east, west" in refused.stdout,
                  refused.stdout, "the gates' names")
        for gate in GATES:
            done = site.ctl("journal", *words, "--gate", gate, timeout=60)
            test.equal(f"journal_{words[0]}_of_{gate}", done.returncode, 0)
    day = site.ctl_json("what-if", "--limits", "limits.yaml", "day", "--gate", "west", timeout=60)
    test.equal("the_same_limits_judge_the_day_of_a_gate_alike", (day["code"], day.get("rows", [])), (0, []))
    one = site.ctl_json("what-if", "--limits", "limits.yaml", str(WEST_FIRST + 1), timeout=60)
    test.true("an_order_is_judged_by_its_gates_journal", one["code"] in (0, 100), one, "a verdict")
    rows = site.ctl_json("show", "pnl")
    test.equal("no_ledger_differs", (rows["code"], {row["gate"] for row in rows.get("rows", [])} <= {"equal"}), (100, True))
    health = {row["check"]: row["good"] for row in site.ctl_json("health")["rows"]}
    test.equal("health_tells_of_each_gate",
               [health.get(f"{what} {gate}") for what in ("limits", "ledger", "journal", "stops") for gate in GATES], [True] * 8)


def a_day_goes_by(test, site):
    ended = site.ctl_json("day", "end", "because", "enough")
    test.equal("the_day_ends_at_both", (ended["code"], [row["gate"] for row in ended["rows"]]), (0, list(GATES)))

    def phases():
        return [row["state"] for row in site.ctl_json("day", "show")["rows"]]
    appliance.wait_for("both to be closed", lambda: phases() == ["closed", "closed"], 20)
    site.ctl("day", "begin", "because", "next")
    begun = site.ctl_json("day", "begin", "because", "next", uid=1000)
    test.equal("and_begins_at_both", (begun["code"], phases()), (0, ["open", "open"]))


def two_gates(test, directory):
    with appliance.Appliance(directory, edit=SITE) as site:
        site.second("ouch50")
        site.up("--user", "maker:maker", "--commands", itch=None)
        wait_venues(site)
        maker = quote()
        wait_market(site)
        east, west = clients()
        refs = both_trade(test, site, east, west)
        one_account_is_killed(test, site, east, west, refs)
        all_are_killed(test, site, west)
        all_are_released(test, site, east, west)
        east, west = it_dies_and_comes_back(test, site, maker)
        persons_speak_to_each(test, site)
        a_day_goes_by(test, site)
        site.stop("dataplane")
        for gate in GATES:
            again = site.replay(gate)
            test.equal(f"the_replay_of_{gate}_has_no_difference",
                       (again.get("verdict"), again.get("differences", 0)), ("equal", 0))
            accounts = {row["account"] for row in site.records(gate=gate) if row["type"] == "receipt"}
            test.equal(f"{gate}s_journal_knows_its_own_account_alone", accounts, {17 if gate == "east" else 18})


if __name__ == "__main__":
    cases.run("system.gates", two_gates)
