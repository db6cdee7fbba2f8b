#!/usr/bin/env python3
"""A day ends and another begins, by real processes: the venue's session is over, the gate's is, and orders pass anew.

The operator ends the day by hand in the calendar's hours.  One order dies with the venue's session; the gate is killed
while the day is closed; the next day has another session, numbers from one, and profits that count from it; the
journal of both days is judged again to the same decisions.
"""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar(days):
    """All day long, in a zone where midnight is far."""
    now = datetime.datetime.now(datetime.timezone.utc)
    zone = "utc" if 2 <= now.hour < 22 else "new-york"
    local = now if zone == "utc" else now - datetime.timedelta(hours=5)
    today = local.weekday()
    held = WEEKDAYS if days == "all" else [WEEKDAYS[(today + 3) % 7]]
    return {"site.yaml": [("\npeople:", f"\ncalendar: {{zone: {zone}, begins: \"00:00\", ends: \"24:00\", "
                                        f"days: [{', '.join(held)}], close_after: 1 s}}\n\npeople:")]}


def day(site):
    return site.ctl_json("day", "show")["rows"][0]


def quote(maker):
    """1,000 shares of AAPL on both sides of 163.01."""
    for side, price in (("B", 1630000), ("S", 1630200)):
        maker.answer(maker.enter(side, 1000, "AAPL", price), ("accepted",))


def wait_market(site):
    """An order is judged by the market: the book is there, and the feed has lost nothing."""
    def look():
        states = {row["state"] for row in site.ctl_json("show", "feeds").get("rows", []) if "state" in row}
        return "163.0200" in site.ctl("show", "book", "AAPL").stdout and states == {"sequenced"}
    appliance.wait_for("the market", look, 20)


def pnl(site):
    return {row["gate"] for row in site.ctl_json("show", "pnl")["rows"]}


def halted_order(site):
    """The number of the order that was refused HALTED, once its receipt is on the disk."""
    def found():
        return [row["order"] for row in site.records() if row["type"] == "receipt" and row["reason"] == "HALTED"]
    appliance.wait_for("the receipt", found, 10)
    return str(found()[0])


def two_days(test, directory):
    with appliance.Appliance(directory, edit=calendar("all")) as site:
        site.up("--user", "maker:maker", "--commands", itch=None)
        maker = ouch.Client(26000, "maker", "maker")
        maker.login()
        quote(maker)
        wait_market(site)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        client.answer(client.enter("B", 100, "AAPL", 1630200), ("executed",))
        resting = client.enter("B", 10, "AAPL", 1620000)
        client.answer(resting, ("accepted",))
        test.equal("the_first_day_is_open_by_the_journal", (day(site)["state"], day(site)["by"]), ("open", "the journal"))
        the_day_ends(test, site, client, resting)
        the_next_begins(test, site, maker, client)
        maker.close()
        both_are_judged_again(test, site)


def the_day_ends(test, site, client, resting):
    site.exchange_say("next 2 sluice cancel ignore")
    done = site.ctl("day", "end", "because", "the venue closes early")
    test.equal("an_operator_ends_the_day", (done.returncode, "1 open orders are cancelled" in done.stdout), (0, True))
    found = client.answer(client.enter("B", 10, "AAPL", 1620000), ("accepted", "rejected"))
    test.equal("nothing_new_passes", found and found["name"], "rejected")
    told = site.ctl("why", halted_order(site)).stdout
    test.true("why_says_that_the_day_was_over", "the day was over: it ended" in told and "the venue closes early" in told,
              told, "who ended it and why")
    site.exchange_say("door session DAY2")
    found = client.answer(resting, ("canceled",), seconds=10)
    test.equal("an_order_dies_with_its_venues_session", found and found["name"], "canceled")
    appliance.wait_for("the day to be closed", lambda: day(site)["state"] == "closed", 10)
    test.equal("it_is_counted", int(day(site)["ended_orders"]), 1)
    test.equal("health_says_that_the_day_is_closed", "the gate's day is closed" in site.ctl("health").stdout, True)
    try:
        while True:
            client.poll(1.0)
    except ConnectionError:
        test.equal("the_client_is_let_go", True, True)
    test.equal("nobody_logs_in_before_the_next_day", ouch.Client(25000, "quote1", "test-one").login(1.0), False)
    site.kill9("dataplane")
    site.dataplane()
    site.wait_open()
    test.equal("a_killed_gate_finds_the_day_closed_and_begins_none", day(site)["state"], "closed")


def the_next_begins(test, site, maker, client):
    before = client.session
    refused = site.ctl("day", "begin")
    test.equal("to_begin_takes_a_reason", refused.returncode, 4)
    alone = site.ctl("day", "begin", "because", "next")
    test.equal("a_second_day_of_one_date_takes_two_persons", (alone.returncode, "day 1 began today" in alone.stdout), (4, True))
    done = site.ctl("day", "begin", "because", "next", uid=1000)
    test.equal("an_operator_begins_the_next", (done.returncode, "day 2 is open" in done.stdout), (0, True))
    again = site.ctl("day", "begin", "because", "next")
    test.equal("it_begins_once", (again.returncode, "open already" in again.stdout), (0, True))
    maker.session, maker.next, maker.messages = "", 1, []
    maker.login()
    quote(maker)
    wait_market(site)
    today = ouch.Client(25000, "quote1", "test-one")
    today.login()
    test.equal("clients_find_another_session_and_numbers_from_one", (today.session != before, today.next), (True, 1))
    found = today.answer(today.enter("B", 50, "AAPL", 1630200), ("executed", "rejected"), seconds=10)
    test.equal("orders_of_the_next_day_pass", found and found["name"], "executed")
    row = [row for row in site.ctl_json("show", "positions", "17")["rows"] if row["symbol"] == "AAPL"][0]
    test.equal("the_next_day_starts_with_what_is_held", (row["start"], row["bought"], row["position"]), (100, 50, 150))
    shown = row["day_pnl"]
    expected = 50 * (float(row["mark"]) - 163.02) + 100 * (float(row["mark"]) - float(row["start_price"]))
    test.true("profit_counts_from_the_closing_marks", abs(float(shown) - expected) < 0.01, shown, f"{expected:.4f}")
    test.equal("the_ledger_is_the_gates_to_the_last_unit", pnl(site), {"equal"})
    today.close()


def both_are_judged_again(test, site):
    dry = site.ctl_json("limits", "dry-run")
    test.true("the_same_limits_judge_both_days_alike", dry["code"] == 0 and not dry.get("rows"), dry, "code 0 and no row")
    site.stop("dataplane")
    again = site.replay()
    test.equal("the_replay_of_both_days_has_no_difference", (again.get("verdict"), again.get("differences", 0)), ("equal", 0))
    types = [row["type"] for row in site.records()]
    test.equal("one_order_ended_and_the_day_changed_three_times", (types.count("ended"), types.count("day")), (1, 3))


def a_day_off(test, directory):
    with appliance.Appliance(directory, edit=calendar("later")) as site:
        site.up("--user", "maker:maker", "--commands", itch=None)
        appliance.wait_for("the day to be closed", lambda: day(site)["state"] == "closed", 10)
        test.equal("a_journal_begun_on_a_day_off_starts_closed_by_the_calendar", day(site)["by"], "the calendar")
        test.true("it_says_when_the_calendar_begins_the_next", day(site)["next"].startswith("begins 20"), day(site)["next"], "a time")
        test.equal("a_person_may_begin_one", site.ctl("day", "begin", "because", "test").returncode, 0)
        test.equal("and_clients_come_in", ouch.Client(25000, "quote1", "test-one").login(), True)


if __name__ == "__main__":
    cases.run("system.roll", two_days, a_day_off)
