#!/usr/bin/env python3
"""day - one trading day on one machine, and what it came to.

Plays the real AAPL flow through exchange, feed and gate; two accounts send what should pass and what should not; one
is killed with orders open; then the journal is judged again and compared.  Every number printed is read from
the journal, from the counters, or from an operator's answer.

    day.py [--keep]
"""

import collections
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import appliance  # noqa: E402

SPEED = "6"  # times as fast as it was: 28 seconds around the open take 5
DEEP = 100  # cents below the best bid, or above the offer, that this flow never comes to: from end to end it moves 83
PATIENCE = "within 30 s"  # a wait is over when what it waits for is there, however busy the machine is
ANSWERS = f"wait answers {PATIENCE}"


def say(text=""):
    print(text, flush=True)


def title(text):
    say(f"\n== {text}")


class Day:
    def __init__(self, site):
        self.site = site
        self.notes = []

    def best(self):
        """The gate's own view of AAPL: best bid and ask, in cents."""
        found = {}

        def look():
            rows = self.site.ctl_json("show", "book", "AAPL").get("rows", [])
            found.update((side, [round(float(r["price"]) * 100) for r in rows if r["side"] == side]) for side in ("bid", "ask"))
            return found["bid"] and found["ask"]
        appliance.wait_for("a book of AAPL with both sides", look)
        return max(found["bid"]), min(found["ask"])

    def play(self, session, lines):
        """Lets a strategy run its script; what it expects must come true."""
        done = self.site.client(session, "\n".join(lines) + "\n", "--quiet")
        if done.returncode != 0:
            raise appliance.NotReady(f"the strategy of session {session}: {done.stdout}{done.stderr}")

    def operator(self, *words):
        done = self.site.ctl(*words)
        say(f"  $ sluicectl {' '.join(words)}")
        for line in done.stdout.strip().splitlines():
            say(f"    {line}")
        return done.stdout

    def cents(self, value):
        return f"{value // 100}.{value % 100:02d}"

    def trade(self):
        """Both accounts work orders around the best prices; some take, some rest, some are taken back.  What is to be taken back
        rests where nobody sells before the cancel is there; what is to be executed is bought where somebody does."""
        bid, ask = self.best()
        say(f"  the best prices of AAPL are {self.cents(bid)} to buy and {self.cents(ask)} to sell; account 17 (market-making)")
        say("  bids below the best and buys through the offer, account 18 (momentum) sells short above it")
        lines = []
        for i in range(60):
            is_taken_back = i % 3 == 0
            lines.append(f"buy {10 + i} AAPL at {self.cents(bid - i % 20 - (DEEP if is_taken_back else 0))}")
            lines.append(ANSWERS)
            if is_taken_back:
                lines += ["cancel last", f"wait canceled last {PATIENCE}"]
        self.play(1, lines)
        _, ask = self.best()
        self.play(1, [f"buy 200 AAPL at {self.cents(ask + DEEP)}", f"wait filled last {PATIENCE}"])
        self.play(2, [line for i in range(30) for line in (
            f"short {10 + i} AAPL at {self.cents(ask + 5 + i % 20)}", ANSWERS)])

    def refuse(self):
        """What must not pass, one of each kind."""
        say("  too big, off the collar, the same again, for an account nobody knows, over the position, too fast;")
        say("  what became of each is below, under `orders`")
        bid, _ = self.best()
        price = self.cents(bid - 100)
        self.play(1, [
            f"buy 2500 AAPL at {price}", ANSWERS, "expect rejected last",             # too big
            f"buy 10 AAPL at {self.cents(bid * 12 // 10)}", ANSWERS, "expect rejected last",  # off the collar
            f"buy 77 AAPL at {price}", f"buy 77 AAPL at {price}", f"buy 77 AAPL at {price}",  # the same again
            ANSWERS, "expect rejected last",
            f"buy 10 AAPL at {price} as NONE", ANSWERS, "expect rejected last",       # unknown account
        ])
        self.play(1, [f"buy 1000 AAPL at {self.cents(bid - 110 - i)}" for i in range(6)] +     # over the position
                  [ANSWERS, "expect rejected last"])
        self.play(2, [f"short 1 AAPL at {self.cents(bid + 200 + i)}" for i in range(260)] + [ANSWERS])  # too fast
        say("  and account 18 is halted for a moment:")
        self.operator("halt", "account", "18", "because", "a look at the flow")
        self.play(2, [f"short 1 AAPL at {self.cents(bid + 150)}", ANSWERS, "expect rejected last"])
        self.operator("resume", "account", "18", "because", "looked")

    def way_out(self):
        """Over its limit, an account may not grow, and may always shrink."""
        say("  the limit of account 17 is cut below what it holds: a buy is refused, a sell passes")
        self.site.edit({"limits.yaml": [("  - account: 17\n", "  - account: 17\n    max_long_position: 50 shares\n")]})
        self.operator("limits", "load")
        bid, ask = self.best()
        self.play(1, [f"buy 10 AAPL at {self.cents(bid - 120)}", ANSWERS, "expect rejected last",
                      f"sell 100 AAPL at {self.cents(ask + 30)}", ANSWERS, "expect accepted last"])

    def has_tokens(self):
        """Whether account 18 and its session may send orders again, after too many."""
        rows = [row for words in ((), ("18",)) for row in self.site.ctl_json("show", "limits", *words).get("rows", [])]
        used = [row["percent"] for row in rows if row["key"] == "order_rate" and row["percent"] != "-"]
        return used != [] and max(used) < 50

    def kill(self):
        bid, _ = self.best()
        appliance.wait_for("tokens of account 18", self.has_tokens)
        self.play(2, [line for i in range(20) for line in (
            f"short 5 AAPL at {self.cents(bid + 300 + i)}", ANSWERS)])
        self.kill_answer = self.operator("kill", "account", "18", "because", "runaway")
        self.play(2, [f"short 1 AAPL at {self.cents(bid + 300)}", ANSWERS, "expect rejected last"])


def order_words(receipt):
    return (f"account {receipt['account']}: {receipt['side']} {receipt['qty']} {receipt['symbol']} "
            f"at {receipt['price']}")


def tell_orders(records, metrics, sentences):
    receipts = [r for r in records if r["type"] == "receipt" and r["kind"] in (1, 2, "enter", "replace")]
    passed = [r for r in receipts if r["passed"]]
    reasons = collections.Counter(r["reason"] for r in receipts if not r["passed"])
    first = {r["reason"]: order_words(r) for r in reversed(receipts)}
    title(f"orders: {len(receipts)} decided, {len(passed)} passed, {len(receipts) - len(passed)} refused")
    say(f"  {'verdict':19} {'orders':>6}  {'the first of them':40}  why")
    say(f"  {'PASSED':19} {len(passed):6}  {first.get('NONE', ''):40}  within every limit; {sum(r['way_out'] for r in passed)} "
        "on the way out of a limit")
    for reason, count in reasons.most_common():
        say(f"  {reason:19} {count:6}  {first[reason]:40}  {sentences.get(reason, '')}")
    sent = sum(r["type"] == "sent" and r["kind"] in (1, 2, "enter", "replace") for r in records)
    withheld = sum(r["type"] == "withheld" and r["kind"] in (1, 2, "enter", "replace") for r in records)
    counted = {name: int(metrics[f"sluice_gate_{name}_total"]) for name in
               ("orders_in", "orders_passed", "orders_refused", "orders_ignored", "sent", "withheld", "acked")}
    unanswered = int(metrics["sluice_gate_unanswered"])
    title("conservation: no order is lost, none is sent twice")
    say(f"  in {counted['orders_in']} = passed {counted['orders_passed']} + refused {counted['orders_refused']} + "
        f"ignored {counted['orders_ignored']}; passed = sent {counted['sent']} + withheld {counted['withheld']}; "
        f"sent = answered {counted['acked']} + unanswered {unanswered}")
    holds = (counted["orders_in"] == counted["orders_passed"] + counted["orders_refused"] + counted["orders_ignored"] and
             counted["orders_passed"] == counted["sent"] + counted["withheld"] and
             counted["sent"] == counted["acked"] + unanswered and
             (len(passed), len(receipts) - len(passed), sent, withheld) ==
             (counted["orders_passed"], counted["orders_refused"], counted["sent"], counted["withheld"]))
    say(f"  journal and counters agree: {'yes' if holds else 'NO'}")
    return receipts, holds


def tell_why(day, receipts):
    title("three decisions, explained")
    chosen = [next((r for r in receipts if not r["passed"] and r["reason"] == "PRICE_COLLAR"), None),
              next((r for r in receipts if r["way_out"] and r["passed"]), None),
              next((r for r in receipts if not r["passed"] and r["reason"] == "POSITION_LONG"), None)]
    for receipt in filter(None, chosen):
        day.operator("why", str(receipt["order"]))


def tell_latency(metrics, kill_answer):
    title("latency on this machine, which shares its cores with the exchange and the strategies")
    say("  an order, from its bytes in the gate to its bytes handed to the venue:")
    for name in sorted(metrics):
        match = re.match(r'sluice_gate_seconds\{quantile="([\d.]+)"\}', name)
        if match and float(match[1]) in (0.5, 0.99):
            say(f"    p{float(match[1]) * 100:.0f} {metrics[name] * 1e6:10.2f} us")
    times = re.search(r"latched in (\d+) us, latch \d+, (\d+) orders open, (\d+) cancels sent in (\d+) us, "
                      r"(\d+) confirmed in (\d+) us", kill_answer)
    if times:
        say("  the kill, from its word in the door:")
        say(f"    {times[1]:>14} us until new orders were refused")
        say(f"    {times[4]:>14} us until {times[3]} cancels for {times[2]} open orders were sent")
        say(f"    {times[6]:>14} us until the venue had confirmed {times[5]} of them")


def tell_replay(again):
    title("the journal judged again by sluice-dataplane --replay")
    say(f"  {again.get('records')} records, {again.get('decisions')} decisions, {again.get('differences')} differences, "
        f"state {again.get('state')}: {again.get('verdict')}")
    return again.get("verdict") == "equal"


def run(site, keep):
    day = Day(site)
    title("opening: exchange, dataplane, control")
    started = time.monotonic()
    site.up("--speed", SPEED)
    appliance.wait_for("a market", lambda: len(site.ctl_json("show", "book", "AAPL").get("rows", [])) >= 20)
    say(f"  open after {time.monotonic() - started:.1f} s; the real AAPL flow around the open of 30 January 2019 is playing,")
    say(f"  {SPEED} times as fast as it was, on two lines, A and B")
    title("two accounts trade")
    day.trade()
    day.operator("show", "positions")
    title("what must not pass")
    day.refuse()
    title("over the limit: the way out")
    day.way_out()
    title("kill account 18 with its orders open")
    day.kill()
    title("the feed: each message once, from the line that brought it first")
    day.operator("show", "feeds")
    metrics = site.metrics()
    records = site.records()
    sentences = {row["reason"]: row["what"] for row in site.ctl_json("show", "rejects").get("rows", [])}
    receipts, holds = tell_orders(records, metrics, sentences)
    tell_why(day, receipts)
    tell_latency(metrics, day.kill_answer)
    if keep:
        title("the journal judged again while the day goes on")
        return day.operator("journal", "replay").startswith("100 ") and holds
    site.stop("dataplane")
    return tell_replay(site.replay()) and holds


def tell_further(site):
    """The commands that work on a day left running, from where the reader stands."""
    ctl = f"{os.path.relpath(site.program('sluicectl'))} --config {site.config}"
    client = os.path.relpath(site.program("sluice-client"))
    pids = {name: process.pid for name, process in site.processes.items()}
    enter = f"nsenter -t {pids['dataplane']} -n"
    if appliance.is_rootless():
        enter = f"nsenter -t {pids['dataplane']} -U --preserve-credentials -n"
    book = site.ctl_json("show", "book", "AAPL").get("rows", [])
    price = min((float(row["price"]) for row in book if row["side"] in ("ask", "sell")), default=0.0)
    say("  the operator's prompt (`help` lists the commands), and the live screen:")
    say(f"    {ctl}")
    say(f"    {ctl} top")
    say("  a strategy of account 17, which may only sell until its limit is loosened; then ask `why` of its order:")
    say(f"    printf 'sell 10 AAPL at {price:.2f}\\nwait answers\\n' |")
    say(f"      {enter} {client} --user quote1 --password test-one --script -")
    say("  to end it:")
    say(f"    kill {' '.join(str(pid) for pid in pids.values())}; rm -r {site.directory}")


def main():
    keep = "--keep" in sys.argv[1:]
    started = time.monotonic()
    site = None
    good = stays = False
    try:
        appliance.own_network()
        appliance.make_wires()
        site = appliance.Appliance(tempfile.mkdtemp(prefix="sluice-day-"), keep=keep)
        good = run(site, keep)
        stays = keep
    except appliance.NotReady as trouble:
        say(f"\nday: {trouble}")
    finally:
        if site and not stays:
            site.close()
        if good and not stays:
            shutil.rmtree(site.directory, ignore_errors=True)
    if not good:
        if site:
            say(f"\nday: this is not the day it should be; the logs are in {site.logs}")
        if not stays:
            return 1
    title(f"to look further (the day took {time.monotonic() - started:.1f} s)")
    if stays:
        tell_further(site)
    else:
        say("  tools/quickstart --keep     the same day, left running to play with")
        say("  tools/check                 builds by two compilers and runs every test")
        say("  README.md                   where to begin reading; docs/reference has every command, limit and reject")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
