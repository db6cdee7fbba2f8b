#!/usr/bin/env python3
"""Kills the dataplane and control under load, SLUICE_KILLS times, and counts what every side remembers.

Two strategies enter, replace and cancel as fast as they are answered, with bursts; a maker at the venue fills
them.  At a random moment (of a printed seed) a process gets SIGKILL and is started again; the strategies come
back from their next sequence number.  At the end four accounts of the same day must agree: what the clients
were told, the journal, the gate's state, and the venue's own list of orders.  A day has 40 such deaths and ends with
one under an operator's kill: whatever dies then, nothing of that account leaves any more.

Market data is played from a capture of one book, because a feed that joins the middle of a day is stale until
recovery exists; the last play shows exactly that on the wires.
"""

import collections
import json
import os
import random
import shutil
import signal
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import frames  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

appliance.NAP = None
SEED = int(os.environ.get("SLUICE_SEED", "20"))
KILLS = int(os.environ.get("SLUICE_KILLS", "200"))
KILLS_PER_DAY = 40
BID, ASK = 1630000, 1631000
SILENCE_MS = 250  # gate.control.max_silence
OPEN_MAX = 40
ACT_SECONDS, REFUSED_SECONDS = 0.001, 0.01  # who was refused last asks less often
TURN_SECONDS = 0.0003  # between them everybody leaves the cores to those who are to die
AGAIN_SECONDS = 60  # a disk that stands still holds back the gate, and control while it starts
SEEN_WITHIN_S = 30  # who dies gives back its memory first and then its connections; on a busy machine that took more than 5 s
GAP = (ConnectionError, OSError)


def one_book(path, group, port):
    """A capture of a day that has begun: AAPL trades, a thousand shares wait on each side."""
    directory = frames.head(b"R", 1) + b"AAPL    QN" + struct.pack(">I", 100) + b"NCZ PN 1N\0\0\0\0N"
    messages = [frames.head(b"S", 0) + b"O", directory, frames.head(b"H", 1) + b"AAPL    T \0\0\0\0",
                frames.head(b"S", 0) + b"S", frames.head(b"S", 0) + b"Q",
                frames.add(1, 1, b"B", 1000, "AAPL", BID), frames.add(1, 2, b"S", 1000, "AAPL", ASK)]
    frames.capture(path, [frames.frame(group, port, frames.mold("ONEBOOK001", 1, messages))])


def site_of(directory):
    a, b = os.path.join(directory, "a.pcap"), os.path.join(directory, "b.pcap")
    one_book(a, (239, 1, 1, 1), 26477)
    one_book(b, (239, 1, 1, 2), 26478)
    return appliance.Appliance(directory, edit={
        "site.yaml": [('kind: dpdk, device: "net_af_packet0,iface=slfeeda"', f'kind: pcap, device: "{a}"'),
                      ('kind: dpdk, device: "net_af_packet1,iface=slfeedb"', f'kind: pcap, device: "{b}"'),
                      ("max_silence: 3 s", "max_silence: 12 h"), ("orders: 131072", "orders: 4096"),
                      ("own_orders: 65536", "own_orders: 4096"), ("events: 131072", "events: 4096"),
                      ("replay: 65536", "replay: 32768"),
                      ("max_silence: 500 ms", f"max_silence: {SILENCE_MS} ms")],
        "limits.yaml": [("max_bbo_age: 5 s", "max_bbo_age: 12 h"),
                        ("max_market_data_age: 5 s", "max_market_data_age: 12 h"),
                        ("1000 per 1 s burst 200", "1000 per 1 s burst 1000"),
                        ("500 per 1 s burst 100", "1000 per 1 s burst 1000")]})


class Strategy:
    """A client, what it believes to be open, and everything it was ever told."""

    def __init__(self, user, password, chance):
        self.client = ouch.Client(25000, user, password)
        self.chance = chance
        self.seen = 0
        self.open = {}        # ref: shares
        self.waiting = set()  # refs without an answer; a lost connection clears them
        self.replacing = {}   # ref of a replace without an answer: what it replaces
        self.position = 0
        self.sides = {}       # ref: B or S
        self.bad_numbers = []
        self.next_act = 0.0
        self.passed_at = self.refused_at = 0.0

    def come(self):
        """Logs in from where it was; what it asks for is what it must be given."""
        wanted = self.client.next
        if not self.client.login():
            raise ConnectionError("the gate refused the login")
        # Packets that came with the login answer are counted already.
        fresh = len(self.client.messages) + 1
        if self.client.next != fresh:
            self.bad_numbers.append((wanted, self.client.next, fresh))
        self.waiting.clear()

    def listen(self, seconds=0.0):
        self.client.poll(seconds)
        for message in self.client.messages[self.seen:]:
            self.take(message)
        self.seen = len(self.client.messages)

    def take(self, m):
        ref, name = m["ref"], m["name"]
        self.waiting.discard(ref)
        self.replacing.pop(ref, None)
        if name == "accepted":
            self.passed_at = time.monotonic()
            if m["state"] == "L":
                self.open[ref] = m["qty"]
        elif name == "replaced":
            self.passed_at = time.monotonic()
            self.open.pop(m["original"], None)
            if m["state"] == "L":
                self.open[ref] = m["qty"]
        elif name in ("executed", "canceled"):
            if name == "executed":
                self.position += m["qty"] if self.sides[ref] == "B" else -m["qty"]
            left = self.open.get(ref, 0) - m["qty"]
            self.open.pop(ref, None)
            if left > 0:
                self.open[ref] = left
            else:  # the venue says nothing to a replace of what is finished
                self.waiting -= {new for new, old in self.replacing.items() if old == ref}
        elif name == "rejected":
            self.refused_at = time.monotonic()

    def act(self):
        """One thing or a burst, if it is time and not too much is unanswered."""
        if len(self.waiting) > 16 or time.monotonic() < self.next_act:
            return
        is_refused = self.refused_at > self.passed_at
        self.next_act = time.monotonic() + (REFUSED_SECONDS if is_refused else ACT_SECONDS)
        dice = self.chance.random()
        if dice < 0.02:
            for _ in range(24):
                self.enter()
        elif self.open and (dice < 0.35 or len(self.open) > OPEN_MAX):
            ref = self.chance.choice(list(self.open))
            self.client.cancel(ref)
        elif self.open and dice < 0.5:
            ref = self.chance.choice(list(self.open))
            side = self.sides[ref]
            self.sides[self.client.ref + 1] = side
            self.replacing[self.client.ref + 1] = ref
            self.waiting.add(self.client.replace(ref, self.chance.randint(1, 60), self.passive(side)))
        else:
            self.enter()

    def passive(self, side):
        inside = 50 if self.chance.random() < 0.3 else -100 * self.chance.randint(0, 400)
        price = BID + inside if side == "B" else ASK - inside
        return price - price % 100

    def enter(self):
        """Rests, rests between the quotes, or takes from the maker: then towards no position."""
        side = self.chance.choice("BS")
        price = self.passive(side)
        if self.chance.random() < 0.2:
            side = "S" if self.position > 0 else "B"
            price = BID if side == "S" else ASK
        self.sides[self.client.ref + 1] = side
        self.waiting.add(self.client.enter(side, self.chance.randint(1, 60), "AAPL", price))


class Days:
    """What the judges of all days found, said once a case; the first trouble of a case names its seed."""

    def __init__(self):
        self.seed, self.troubles, self.sums = 0, {}, collections.Counter()

    def put(self, case, trouble):
        if not self.troubles.get(case):
            self.troubles[case] = f"seed {self.seed}: {trouble}" if trouble else ""

    def equal(self, case, found, expected):
        self.put(case, "" if found == expected else f"found {found}, expected {expected}")

    def true(self, case, is_so, found, expected):
        self.put(case, "" if is_so else f"found {found}, expected {expected}")

    def none(self, case, rows, what):
        shown = "; ".join(str(row) for row in rows[:6])
        self.put(case, f"found {len(rows)} {what}: {shown}, expected none" if rows else "")

    def tell(self, test):
        for case, trouble in self.troubles.items():
            test.put(case, trouble)


class Day:
    def __init__(self, site, test, seed):
        self.site, self.test = site, test
        self.chance = random.Random(seed)
        self.strategies = [Strategy("quote1", "test-one", random.Random(seed + 1)),
                           Strategy("take2", "test-two", random.Random(seed + 2))]
        self.maker = ouch.Client(26000, "maker", "maker")
        self.boots, self.recoveries, self.silences, self.returns, self.trouble = [], [], [], [], []
        self.salvaged = 0

    def open(self):
        # The maker is silent while this test waits for a start, which on a busy machine takes long.
        self.site.up("--user", "maker:maker", "--commands", "--timeout-ms", "120000", itch=None)
        self.maker.login()
        self.quote()
        for strategy in self.strategies:
            strategy.come()

    def quote(self):
        for side, price in (("B", BID), ("S", ASK)):
            ref = self.maker.enter(side, 999999, "AAPL", price)
            if self.maker.answer(ref, ("accepted",)) is None:
                raise appliance.NotReady("the venue took no quote")
        self.quoted_at = self.made_at = time.monotonic()

    def turn(self, is_acting=True):
        """Everybody acts once; ConnectionError: the gate is gone."""
        for strategy in self.strategies:
            if is_acting:
                strategy.act()
            strategy.listen()
        if time.monotonic() - self.quoted_at > 1:
            self.quoted_at = time.monotonic()
            for strategy in self.strategies:
                strategy.client.heartbeat()
        try:
            self.make(time.monotonic())
        except OSError as trouble:
            raise appliance.NotReady(f"the venue closed the maker's session: {trouble}") from None

    def make(self, now):
        """The maker now and then takes a little of what rests between the quotes."""
        if self.chance.random() < 0.25:
            side, price = self.chance.choice([("S", BID + 100), ("B", ASK - 100)])
            self.maker.enter(side, self.chance.randint(1, 9), "AAPL", price, tif="3")
        if now - self.made_at > 1:
            self.made_at = now
            self.maker.heartbeat()
        self.maker.poll()

    def load(self, until):
        while not until():
            self.turn()
            time.sleep(TURN_SECONDS)

    def kill_later(self, name):
        """SIGKILL after a random moment, from another thread; the moment is kept."""
        process = self.site.processes[name]
        moment = {}

        def kill():
            moment["at"] = time.monotonic()
            os.kill(process.pid, signal.SIGKILL)

        timer = threading.Timer(self.chance.uniform(0.01, 0.25), kill)
        timer.start()
        return timer, moment

    def kill_dataplane(self):
        timer, moment = self.kill_later("dataplane")
        try:
            self.load(lambda: "at" in moment and time.monotonic() - moment["at"] > SEEN_WITHIN_S)
            self.trouble.append("a client never saw that the dataplane was gone")
        except GAP:
            pass
        timer.join()
        self.site.processes["dataplane"].wait()
        for strategy in self.strategies:
            strategy.client.drain()
            strategy.waiting.clear()
        self.dataplane_comes_back()
        self.recoveries.append(time.monotonic() - moment["at"])
        self.salvaged += int(self.site.metric("sluice_journal_salvaged_total"))

    def dataplane_comes_back(self, who=(0, 1)):
        """Nobody waits for limits or the venue: what comes before them is refused."""
        began = time.monotonic()
        self.maker.heartbeat()
        self.site.dataplane(wait=None)
        self.site.wait_log("dataplane", "open: clients on", seconds=AGAIN_SECONDS, since=self.site.dataplane_since)
        self.boots.append((time.monotonic() - began, self.boot_line()))
        for strategy in self.strategies:
            strategy.come()
        self.load_until_passed(who)

    def boot_line(self):
        with open(self.site.log("dataplane")) as file:
            file.seek(self.site.dataplane_since)
            return [line for line in file if "records read" in line][-1]

    def load_until_passed(self, who=(0, 1)):
        since = time.monotonic()
        self.load(lambda: self.passed_since(since, who) or time.monotonic() - since > AGAIN_SECONDS)
        if not self.passed_since(since, who):
            self.trouble.append(f"no order passed again within {AGAIN_SECONDS} s")

    def passed_since(self, since, who):
        return all(self.strategies[i].passed_at > since for i in who)

    def kill_control(self):
        plane = self.site.processes["dataplane"].pid
        timer, moment = self.kill_later("control")
        try:
            self.control_is_dead(moment)
            timer.join()
            self.control_comes_back(moment)
        except GAP as trouble:
            ended = "" if self.site.is_alive("dataplane") else f" and ended with {self.site.processes['dataplane'].poll()}"
            raise appliance.NotReady(f"the gate closed a session when control was killed{ended}: {trouble}; "
                                     f"it said {self.site.tail('dataplane')}") from None
        if self.site.processes["dataplane"].pid != plane or not self.site.is_alive("dataplane"):
            self.trouble.append("the dataplane did not live through the death of control")

    def control_is_dead(self, moment):
        """Until somebody was refused: at once, but on a machine that does something else."""
        def is_refused():
            late = moment.get("at", time.monotonic()) + SILENCE_MS / 1000
            refused = max(s.refused_at for s in self.strategies)
            return time.monotonic() > late + (0.05 if refused > late else 3)
        self.load(is_refused)

    def control_comes_back(self, moment):
        # Who waits for a disk that stands still dies when it moves again: clients go on saying that they are there.
        self.load(lambda: not self.site.is_alive("control"))
        last = max(s.passed_at for s in self.strategies)
        self.silences.append(last - moment["at"])
        if max(s.refused_at for s in self.strategies) < moment["at"] + SILENCE_MS / 1000:
            self.trouble.append("nothing was refused while control was dead")
        began = time.monotonic()
        self.site.control()
        self.load_until_passed()
        self.returns.append(time.monotonic() - began)

    def venue_orders(self):
        self.site.exchange_say("report")
        with open(os.path.join(self.site.directory, "exchange-orders.jsonl")) as file:
            return [row for row in map(json.loads, file) if row["user"] == "sluice"]

    def die_under_an_operators_kill(self):
        """The account's orders at the venue when the kill is answered are all there will ever be."""
        self.load_until_passed()
        self.site.ctl("kill", "account", "17", "because", "a test", check=True)
        killed = {row["ref"] for row in self.venue_orders() if row["clordid"].startswith("011")}
        self.site.kill9("dataplane")
        for strategy in self.strategies:
            strategy.client.drain()
            strategy.waiting.clear()
        self.dataplane_comes_back(who=(1,))
        until = time.monotonic() + 0.3
        self.load(lambda: time.monotonic() > until)
        rows = [row for row in self.venue_orders() if row["clordid"].startswith("011")]
        self.test.none("nothing_of_a_killed_account_leaves_whoever_dies",
                       sorted({row["ref"] for row in rows} - killed), "orders after the kill")
        self.test.none("what_the_kill_covered_is_cancelled_whoever_dies",
                       [row["ref"] for row in rows if row["state"] == "live"], "orders")

    def settle(self):
        """Nobody acts; until the venue has answered everything."""
        def quiet():
            for _ in range(20):
                self.turn(is_acting=False)
            return self.site.metric("sluice_gate_unanswered") == 0
        self.chance.random = lambda: 1.0
        appliance.wait_for("every order to be answered", quiet, 10)
        time_out = time.monotonic() + 0.3
        while time.monotonic() < time_out:
            self.turn(is_acting=False)


def many_kills(test, directory):
    """Days of a site of their own, so that no journal grows long."""
    days, began, left = Days(), time.monotonic(), KILLS
    figures = {"boots": [], "recoveries": [], "silences": [], "returns": []}
    while left > 0:
        days.seed = SEED + 10 * ((KILLS - left) // KILLS_PER_DAY)
        count = min(left, KILLS_PER_DAY)
        place = os.path.join(directory, f"day{days.seed}")
        day = one_day(days, place, days.seed, count)
        for name, values in figures.items():
            values += [v[0] if name == "boots" else v for v in getattr(day, name)]
        shutil.rmtree(place)
        left -= count
    test.equal("every_process_that_was_killed_came_back", days.sums["kills"], KILLS)
    days.tell(test)
    tell_figures(test, days, figures, time.monotonic() - began)


def one_day(days, place, seed, count):
    os.makedirs(place)
    with site_of(place) as site:
        day = Day(site, days, seed)
        day.open()
        day.load_until_passed()
        rounds = (["dataplane", "control"] * count)[:count]
        day.chance.shuffle(rounds)
        for name in rounds:
            (day.kill_dataplane if name == "dataplane" else day.kill_control)()
            days.sums["kills"] += 1
        day.die_under_an_operators_kill()
        day.settle()
        days.none("each_kill_was_seen_and_survived", day.trouble, "rounds with trouble")
        lines = [line for _, line in day.boots]
        days.none("every_boot_replayed_the_journal_without_a_difference",
                  [line for line in lines if " 0 differences" not in line or '"0 records' in line], "boots")
        days.sums["salvaged"] += day.salvaged
        judge(days, day)
    return day


def tell_figures(test, days, figures, seconds):
    sums = days.sums
    recoveries, boots = sorted(figures["recoveries"]), sorted(figures["boots"])
    test.note(f"seed {SEED}: {sums['kills']} kills in {seconds:.0f} s; {sums['records']} records, {sums['decisions']} "
              f"decisions, {sums['refused']} refused, {sums['orders']} orders at the venue, {sums['shares']} shares")
    test.note(f"dataplane killed: boots until clients may come took {boots[len(boots) // 2] * 1000:.0f} ms (median), "
              f"{boots[-1] * 1000:.0f} at most; from the kill to orders of both passing again "
              f"{recoveries[len(recoveries) // 2] * 1000:.0f} ms (median), {recoveries[-1] * 1000:.0f} at most; "
              f"{sums['salvaged']} records salvaged")
    test.note(f"control killed: last order passed {max(figures['silences']) * 1000:.0f} ms after at most; orders "
              f"flowed {max(figures['returns']) * 1000:.0f} ms after its restart at most")


def judge(test, day):
    site = day.site
    venue = day.venue_orders()
    orders = site.ctl_json("show", "orders")["rows"]
    positions = site.ctl_json("show", "positions")["rows"]
    judge_streams(test, day)
    judge_journal_alone(test, day, orders, positions)
    records = site.records()
    receipts = {r["order"]: r for r in records if r["type"] == "receipt"}
    judge_clients(test, day, receipts)
    judge_state(test, day, venue, orders, positions)
    judge_venue(test, venue, receipts)
    judge_silence(test, records)
    day.site.stop("dataplane")
    again = site.replay()
    test.equal("the_whole_day_replays_equal", (again.get("verdict"), again.get("differences")), ("equal", 0))
    test.sums.update(records=again.get("records", 0), decisions=again.get("decisions", 0),
                     refused=again.get("refused", 0), orders=len(venue),
                     shares=sum(row["executed"] for row in venue))


def judge_streams(test, day):
    test.none("each_login_went_on_where_the_client_was", [s.bad_numbers for s in day.strategies if s.bad_numbers],
              "logins with other numbers")
    for s in day.strategies:
        s.client.close()
    compare_streams(test, day, "the_whole_stream_is_what_was_told_piece_by_piece_without_hole_or_repeat")


def compare_streams(test, day, case):
    """A stranger with the same name asks for everything from the first message."""
    different = []
    for s in day.strategies:
        fresh = ouch.Client(25000, s.client.user, s.client.password)
        fresh.login()
        try:
            appliance.wait_for("the whole stream", lambda: fresh.poll(0.05) or fresh.next >= s.client.next, 20)
        except appliance.NotReady as trouble:
            different.append((s.client.user, str(trouble), fresh.next, s.client.next))
        first = next((i for i, (x, y) in enumerate(zip(fresh.messages, s.client.messages)) if x["bytes"] != y["bytes"]),
                     None)
        if first is not None or len(fresh.messages) != len(s.client.messages):
            different.append((s.client.user, first, len(s.client.messages), len(fresh.messages)))
        fresh.close()
    test.none(case, different, "streams that differ")


def judge_journal_alone(test, day, orders, positions):
    """Both processes die at once: no region is left to salvage, only what is on the disk, which is everything."""
    site = day.site
    appliance.wait_for("the journal to be durable", lambda: site.metric("sluice_journal_behind_records") == 0)
    site.kill9("control")
    site.kill9("dataplane")
    site.dataplane()
    site.control()
    site.wait_log("dataplane", "open: clients on", since=site.dataplane_since)
    appliance.wait_for("the venue", site.venue_is_up)
    test.equal("the_journal_alone_knows_every_open_order", site.ctl_json("show", "orders")["rows"], orders)
    test.equal("the_journal_alone_knows_every_position", site.ctl_json("show", "positions")["rows"], positions)
    state = site.ctl("status").stdout.splitlines()[0]
    test.true("without_the_last_region_the_firm_boots_halted", "halted" in state and
              "boots halted: published records may be lost" in site.tail("dataplane", 50), state, "halted")
    compare_streams(test, day, "the_journal_alone_knows_every_message_to_a_client")


def judge_clients(test, day, receipts):
    unknown = []
    by_ref = collections.defaultdict(list)
    for receipt in receipts.values():
        by_ref[receipt["session"], receipt["client_ref"]].append(receipt)
    for session, s in enumerate(day.strategies, 1):
        for m in s.client.messages:
            if m["name"] in ("accepted", "replaced", "executed", "canceled"):
                if [r["passed"] for r in by_ref[session, m["ref"]]] != [True]:
                    unknown.append((session, m["ref"], m["name"]))
            elif m["name"] == "rejected" and len(by_ref[session, m["ref"]]) != 1:
                unknown.append((session, m["ref"], m["name"]))
    test.none("every_order_a_client_was_told_of_has_one_receipt", unknown, "orders")
    count = sum(len(s.client.messages) for s in day.strategies)
    test.true("the_load_was_a_load", count > 30 * len(day.boots), count, "some messages to clients for each kill")


def judge_state(test, day, venue, orders, positions):
    gate = {(row["session"], row["client_ref"]): row["open"] for row in orders}
    clients = {(session, ref): qty for session, s in enumerate(day.strategies, 1) for ref, qty in s.open.items()}
    test.none("the_gate_holds_open_what_the_clients_believe", sorted(gate.items() ^ clients.items()), "orders")
    at_gate = {row["venue_ref"]: row["open"] for row in orders}
    at_venue = {row["ref"]: row["open"] for row in venue if row["state"] == "live"}
    test.none("the_gate_holds_open_what_the_venue_does", sorted(at_gate.items() ^ at_venue.items()), "orders")
    filled = collections.Counter()
    for row in venue:
        if row["executed"]:
            account = str(int(row["clordid"][:3], 16))
            filled[account, row["symbol"]] += row["executed"] if row["side"] == "B" else -row["executed"]
    found = {(row["account"], row["symbol"]): row["position"] for row in positions if row["account"] != "firm"}
    test.none("positions_are_the_venues_fills",
              sorted((k, filled[k], found.get(k, 0)) for k in filled.keys() | found.keys()
                     if filled[k] != found.get(k, 0)), "positions that differ")
    test.equal("positions_are_what_the_clients_counted", [found.get((a, "AAPL"), 0) for a in ("17", "18")],
               [s.position for s in day.strategies])


def judge_venue(test, venue, receipts):
    refs = collections.Counter(row["ref"] for row in venue)
    ids = collections.Counter(int(row["clordid"][3:], 16) for row in venue)
    test.none("no_number_was_used_twice_at_the_venue", [ref for ref, n in refs.items() if n > 1], "numbers")
    test.none("no_order_was_sent_twice", [f"{number:x}" for number, n in ids.items() if n > 1], "order ids")
    wrong = []
    for row in venue:
        receipt = receipts.get(int(row["clordid"][3:], 16))
        side = "buy" if row["side"] == "B" else "sell"
        if receipt is None or not receipt["passed"] or receipt["venue_ref"] != row["ref"] or receipt["side"] != side \
                or receipt["account"] != int(row["clordid"][:3], 16) \
                or receipt["qty"] != row["qty"] + row.get("executed_before", 0):
            wrong.append((row, receipt))
    test.none("every_order_at_the_venue_is_the_one_that_was_judged", wrong, "orders")


def judge_silence(test, records):
    """The exact bound, from the inputs that were judged: no order passed on an older heartbeat."""
    silent, late = {}, []
    for r in records:
        if r["type"] == "turn":
            silent = r
        elif r["type"] == "receipt" and r["passed"] and silent["control_silent_ns"] > SILENCE_MS * 1000000:
            late.append((r["order"], silent["control_silent_ns"]))
    refused = sum(1 for r in records if r["type"] == "receipt" and r["reason"] == "CONTROL_SILENT")
    test.none("no_order_passed_on_a_heartbeat_older_than_allowed", late, "orders")
    test.true("orders_were_refused_while_control_was_dead", refused > 0, refused, "some CONTROL_SILENT")


def a_feed_that_joins_the_middle_of_a_day(test, directory):
    with appliance.Appliance(directory) as site:
        site.up("--commands", "--speed", "step")
        site.exchange_say("step 5000")
        appliance.wait_for("the books", lambda: int(site.ctl_json("show", "feeds")["rows"][0]["messages"]) > 5000)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        rest = [client.enter("B", 1 + i, "AAPL", 1600000 - 100 * i) for i in range(5)]
        answers = [client.answer(ref, ("accepted", "rejected")) for ref in rest]
        test.equal("orders_rest_before_the_kill", [a and a["name"] for a in answers], ["accepted"] * 5)
        site.kill9("dataplane")
        client.drain()
        for door in ("rewind", "glimpse"):
            site.exchange_say(f"{door} refuse all")
        site.dataplane(wait="open: clients on")
        site.wait_open()
        client.login()
        site.exchange_say("step 10")
        appliance.wait_for("the feed to hear that it is late", lambda: "STALE" in site.ctl("show", "feeds").stdout, 5)
        ref = client.enter("B", 1, "AAPL", 1590000)
        answer = client.answer(ref, ("accepted", "rejected"))
        appliance.wait_for("the receipt", lambda: any(
            r["type"] == "receipt" and r["client_ref"] == ref for r in site.records()), 5)
        breached = [r["breached"] for r in site.records() if r["type"] == "receipt" and r["client_ref"] == ref]
        test.true("new_orders_are_refused_until_the_books_are_known",
                  answer and answer["name"] == "rejected" and "STALE_MARKET_DATA" in breached[0],
                  (answer and answer["name"], breached), "rejected, STALE_MARKET_DATA among its reasons")
        for old in rest:
            client.cancel(old)
        answers = [client.answer(old, ("canceled",)) for old in rest]
        test.equal("cancels_pass_all_the_same", [a and a["name"] for a in answers], ["canceled"] * 5)
        client.close()
        site.stop("dataplane")
        test.equal("that_day_replays_equal", site.replay().get("verdict"), "equal")


if __name__ == "__main__":
    cases.run("crash.kill9", many_kills, a_feed_that_joins_the_middle_of_a_day)
