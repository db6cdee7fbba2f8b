#!/usr/bin/env python3
"""run - plays scenarios: exchange, strategies and operator on one page, real processes throughout.

    run.py FILE.scn ...

A line is a step; `given`, `when`, `then` and `and` may stand before it and mean nothing to the machine.

    site FILE: `old` -> `new`                  change the site before it starts
    client1 speaks fix42 | fix44               instead of OUCH 5.0 (before the site starts); it hears messages by their type and
                                               fields by their tags: client1 hears 8 150 0 39 0 11 last; ~WORD is a part
    client1 speaks ouch42                      the same of OUCH 4.2; orders are heard by `token last` or token T...
    venue speaks ouch42 | fix42 | fix44        instead of OUCH 5.0 (before the site starts)
    second venue speaks fix42 for MSFT, INTC   another venue that these go to (before the site starts); `second COMMAND` is
                                               said to its console
    venue drops [reduce-only] [in ouch42 | fix42 | fix44]    has a drop copy, and the site names it: a break after 1 s; its
                                               user is `drop` (before the site starts)
    breaks FIELD = VALUE ... | none            waits for a row of `show breaks` to be so, up to 8 s; for there to be none
    narrow network                             sockets hold a few kilobytes (before the site starts)
    market AAPL 163.00 x 163.02                a maker at the venue quotes 1,000 shares on both sides
    client1 buys 100 AAPL at 163.00 [as MPID] [strategy N] [ref N] [cross C] [tif T] [parent N/QTY]
                                               -> accepted
    client1 sells|shorts ...                   -> accepted | executed | rejected REASON | silence
    client1 replaces N with 50 at 163.01       -> replaced | rejected REASON
    client1 cancels N [to QTY]                 -> canceled | silence
    client1 modifies N to QTY [side S]         less of it, or another kind of sale -> modified | silence
    client1 mass-cancels MPID [symbol S] [side B]   all of its own that these cover -> sent
    client1 disables | enables MPID            order entry of an account, by its own wish -> sent
    client1 ... -> sent                        nothing is waited for
    client1 sees 3 x canceled within 500 ms
    client1 hears rejected reason 0x0007 user_ref_num last     the next message it has not heard yet must be that
                                               (tests/support/hearing.py names messages and fields)
    client1 hears nothing                      for 200 ms
    client1 enters 20 buys of 1 AAPL from 162.00   resting orders, a tick apart
    client1 bursts 40 buys of 1 AAPL from 162.00 -> some REASON [by a silent venue]
    client1 comes back                         logs in again where it was
    client1 asks until it is let go            account queries as fast as they are taken
    copy1 hears D-P-O A-A of 17                the next copies of a drop copy, and of which account (listening.py)
    copy1 comes back from 3 | speaks           logs in again for copies from 3 on; says what closes it
    copy3 hears 8A 80 8F 88 of 17              the next reports of a drop copy in FIX (OFFICE): type and ExecType; and of which account
    limits `old` -> `new`                      edits the limits file of the running site
    feed shows buy 100 AAPL at 163.05          one message on the feed that the venue never sent
    flood control N                            N connections with garbage to control's socket
    operator WORDS [as uid N]                  -> done | refused | failed
    receipt NAME = VALUE [NAME = VALUE ...]    of the last decision; `breached` is a list to contain
    metrics NAME = N [within 20 s]             waits for it, else up to 3 s
    journal TYPE NAME = VALUE ... [within 20 s]    waits for a record to be so, else up to 3 s
    audit EVENT NAME = VALUE ...               the same of a line of the audit (spaces are written as -)
    symbol AAPL is WORDS                       waits for `show symbol` to say so up to 3 s
    each reject ... end, repeat N ... end      blocks, written out (tests/support/blocks.py)
    exchange COMMAND                           to the venue's own console (`help` there lists them), such as
        exchange drop 5 on both                    the next packets of a line are lost; lose 1 % on both seed 7,
                                                   duplicate, reorder, delay 5 ms on b, silence, heartbeats, calm
        exchange cut 1 on a                        messages a packet; rogue 1000 on a, foreign on b, skip 3
        exchange say H AAPL trading_state P reason LUDP   any message that changes no book, fields by name
        exchange rewind refuse all                 the request server falls silent; rewind hole 100 20, rewind answer, forget
        exchange glimpse refuse 2                  so many logins; glimpse cut 100, glimpse answer
        exchange session SIM0000002                the feed anew from 1; reset: under the same name; end
    rows of COMMAND: FIELD = VALUE ...         waits for a row of its answer to be so (spaces are written as -)
    venues NAME FIELD = VALUE                  waits for a column of `show venues`
    feeds FIELD = VALUE | >= N                 waits for a column of `show feeds` of the first channel
    venue FIELD.FIELD = N | >= N               waits for a count of its report, such as rewind.answered; users.0 is ours
    venue up | down                            waits for the gate's session with it to be so, up to 10 s
    health NAME ok | says WORDS                a row of `health` (stops, trips, gate, journal ...) waits to be good, or not and
                                               to say so
    stop|continue|kill9|start control|dataplane
    disk of dataplane full | free              no file of the process grows any more, whatever it holds open
    memory of dataplane flips                  a bit of the next order, between the judgement and the wire
    wait 200 ms

After the last step the appliance is stopped in order and its journal replayed: every decision and the state
hash must be equal.
"""

import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "day"))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import appliance  # noqa: E402
import blocks  # noqa: E402
import fix  # noqa: E402
import hearing  # noqa: E402
import listening  # noqa: E402
import ouch  # noqa: E402
import ouch42  # noqa: E402

appliance.NAP = "1 ms"  # two scenarios run beside each other
SIDES = {"buys": "B", "sells": "S", "shorts": "T"}
CLIENTS = {"client1": ("quote1", "test-one"), "client2": ("take2", "test-two")}
LISTENERS = {"copy1": ("copy1", "test-c"), "copy2": ("copy2", "test-d"), "copy3": ("copy3", "test-e")}


class Failed(Exception):
    pass


class Skipped(Exception):
    """This machine does not let a scenario do what it needs."""


def price_e4(text):
    whole, _, cents = text.partition(".")
    return int(whole) * 10000 + int((cents + "0000")[:4])


# A scenario is a few orders: half a gigabyte of tables would be cleared for each.  One that says a size itself has that.
SMALL = [("own_orders: 65536", "own_orders: 4096"), ("replay: 65536", "replay: 4096"), ("book: {orders: 131072}", "book: {orders: 4096}"),
         ("events: 131072", "events: 4096"), ("iface=slfeed", "framecnt=512,iface=slfeed")]


class Scenario:
    def __init__(self, path):
        self.path = path
        with open(path) as file:
            lines = [re.sub(r"^(given|when|then|and)\s+", "", line.strip()) for line in file]
        self.steps = blocks.expand([(number, line) for number, line in enumerate(lines, 1)
                                    if line and not line.startswith("#")])
        self.listeners = {}
        self.clients, self.appliance, self.maker, self.last = {}, None, None, None
        self.speaks, self.venue_words, self.second = {}, [], None

    def play(self):
        edits = {}
        rest = []
        for number, line in self.steps:
            match = re.match(r"site (\S+): `(.*)` -> `(.*)`$", line)
            if match:
                edits.setdefault(match[1], []).append((match[2].replace("\\n", "\n"), match[3].replace("\\n", "\n")))
            elif re.match(r"second venue speaks \w+ for .+$", line):
                self.second_venue(edits, *re.match(r"second venue speaks (\w+) for (.+)$", line).groups())
            elif re.match(r"venue speaks \w+$", line):
                self.venue_speaks(edits, line.split()[2])
            elif re.match(r"client[12] speaks (fix4[24]|ouch42)$", line):
                self.speak(edits, *line.split(" speaks "))
            elif re.match(r"venue drops( reduce-only)?( in \w+)?$", line):
                self.venue_drops(edits, "reduce-only" if "reduce-only" in line else "alert", line.partition(" in ")[2])
            elif line == "narrow network":
                self.narrow()
            else:
                rest.append((number, line))
        said = "".join(old for old, new in edits.get("site.yaml", []))
        edits.setdefault("site.yaml", []).extend((old, new) for old, new in SMALL if old not in said)
        with tempfile.TemporaryDirectory(prefix="sluice-") as directory:
            os.chmod(directory, 0o755)  # operators of other uids read the site
            with appliance.Appliance(directory, edit=edits) as self.appliance:
                if self.second:
                    self.appliance.second(self.second)
                self.appliance.up("--user", "maker:maker", "--user", "other:other", "--commands", *self.venue_words, start="login", itch=None)
                for number, line in rest:
                    self.step(number, line)
                self.end()

    def speak(self, edits, name, protocol):
        """Before the site starts: a session speaks OUCH 4.2, or FIX, its client as CLIENT1 or CLIENT2 to SLUICE."""
        user = f"username: {CLIENTS[name][0]}"
        self.speaks[name] = {"fix42": "FIX.4.2", "fix44": "FIX.4.4"}.get(protocol, protocol)
        if protocol == "ouch42":
            edits.setdefault("site.yaml", []).append((user, f"protocol: ouch42\n      {user}"))
            return
        edits.setdefault("site.yaml", []).append((user, f"protocol: {protocol}\n      comp_id: {name.upper()}\n      "
                                                        f"our_comp_id: SLUICE\n      reset: refused\n      {user}"))

    def second_venue(self, edits, protocol, symbols):
        """Before the site starts: another venue, and the route of some symbols to it."""
        fix = protocol.startswith("fix")
        words = ", comp_id: SECOND, our_comp_id: sluice, reset: kept" if fix else ""
        edits.setdefault("site.yaml", []).append(
            ("gate:\n  listen", f"  - {{name: second, session_id: 201, protocol: {protocol}, address: 127.0.0.1:{26101 if fix else 26100}, "
             f"username: sluice, password: test-venue, heartbeat: 1 s, timeout: 15 s{words}}}\n\n"
             f"routes:\n  - {{symbols: [{symbols}], venue: second}}\n  - {{venue: exchange}}\n\ngate:\n  listen"))
        self.second = protocol

    def venue_speaks(self, edits, protocol):
        """Before the site starts: what the gate and the venue speak with each other."""
        fix = protocol.startswith("fix")
        edits.setdefault("site.yaml", []).append(
            ("    address: 127.0.0.1:26000\n", f"    address: 127.0.0.1:{26001 if fix else 26000}\n    protocol: {protocol}\n" + (
                "    comp_id: VENUE\n    our_comp_id: sluice\n    reset: kept\n" if fix else "")))
        self.venue_words = ["--speaks", f"sluice:{protocol}"] + (["--fix", "127.0.0.1:26001"] if fix else [])

    def venue_drops(self, edits, policy, protocol):
        """Before the site starts: the venue tells what becomes of orders on a second session too."""
        fix = protocol.startswith("fix")
        words = f", protocol: {protocol}" if protocol else ""
        words += ", comp_id: VENUE, our_comp_id: drop, reset: kept" if fix else ""
        edits.setdefault("site.yaml", []).append(
            ("    firm: SLCE\n", f"    firm: SLCE\n    drop_copy: {{session_id: 240, address: 127.0.0.1:{26001 if fix else 26000}, "
             f"username: drop, password: test-drop, alarm_after: 1 s, on_break: {policy}{words}}}\n"))
        self.venue_words = self.venue_words + ["--drop", "drop:test-drop:sluice"] + (["--speaks", f"drop:{protocol}"] if protocol else [])
        if fix and "--fix" not in self.venue_words:
            self.venue_words += ["--fix", "127.0.0.1:26001"]

    def check_breaks(self, rest):
        """Waits for a row of `show breaks` with these fields, or for no row at all."""
        wanted = [] if rest == "none" else re.findall(r"(\w+) = (\S+)", rest)

        def rows():
            return self.appliance.ctl_json("show", "breaks").get("rows", [])

        def is_so():
            if rest == "none":
                return rows() == []
            return any(all(str(row[name]) == value for name, value in wanted) for row in rows())
        try:
            appliance.wait_for(rest, is_so, 8)
        except appliance.NotReady:
            raise Failed(f"found {rows()}, expected {rest}") from None

    def check_rows(self, command, rest):
        wanted = re.findall(r"(\w+) = (\S+)", rest)

        def rows():
            return self.appliance.ctl_json(*command.split()).get("rows", [])

        def is_so():
            return any(all(str(row.get(name)).replace(" ", "-") == value for name, value in wanted) for row in rows())
        try:
            appliance.wait_for(rest, is_so, 8)
        except appliance.NotReady:
            raise Failed(f"found {rows()}, expected {rest}") from None

    @staticmethod
    def narrow():
        """Of this namespace alone: the kernel takes a few kilobytes for a peer that does not read."""
        for name in ("tcp_rmem", "tcp_wmem"):
            with open(f"/proc/sys/net/ipv4/{name}", "w") as file:
                file.write("4096 12288 12288")

    def step(self, number, line):
        try:
            self.act(line)
        except (Failed, appliance.NotReady, ConnectionError) as trouble:
            raise Failed(f"{self.path}:{number}: {line}: {trouble}") from None

    def act(self, line):
        word, _, rest = line.partition(" ")
        if word == "limits":
            old, new = re.match(r"`(.*)` -> `(.*)`$", rest).groups()
            return self.appliance.edit({"limits.yaml": [(old, new)]})
        if word in ("exchange", "second"):
            return self.appliance.exchange_say(rest, word)
        line, _, expected = (part.strip() for part in line.partition("->"))
        rest = line.partition(" ")[2]
        if word in CLIENTS:
            self.client_acts(self.client(word), rest, expected)
        elif word in LISTENERS:
            self.listens(word, rest.split())
        elif word == "market":
            self.quote(rest)
        elif word == "operator":
            self.operate(rest, expected)
        elif word == "receipt":
            self.check_receipt(rest)
        elif word == "venues":
            self.check_venues(rest)
        elif word == "breaks":
            self.check_breaks(rest)
        elif word == "rows":
            self.check_rows(*re.match(r"of (.+?): (.*)$", rest).groups())
        elif word == "feeds":
            self.check_feeds(rest)
        elif word == "metrics":
            self.check_metric(rest)
        elif word == "health":
            self.check_health(*re.match(r"(.+?) (ok|says .*)$", rest).groups())
        elif word == "disk":
            self.fill_disk(*rest.split()[1:])
        elif word == "memory":
            self.flip(rest.split()[1])
        elif word == "journal":
            self.check_records(rest, "type", self.appliance.records)
        elif word == "audit":
            self.check_records(rest, "event", self.audited)
        elif word == "symbol":
            self.check_symbol(*rest.split(" is ", 1))
        elif word == "venue":
            self.check_venue(rest)
        elif word in ("stop", "continue", "kill9", "start"):
            self.process(word, rest)
        elif word == "feed":
            self.forge(rest)
        elif word == "flood":
            self.flood(int(rest.split()[1]))
        elif word == "wait":
            amount, unit = rest.split()
            time.sleep(float(amount) / {"ms": 1000, "s": 1}[unit])
        else:
            raise Failed(f"found the word `{word}`, expected a step (see run.py)")

    def client(self, name):
        if name not in self.clients:
            user, password = CLIENTS[name]
            if self.speaks.get(name) == "ouch42":
                self.clients[name] = ouch42.Client(25000, user, password)
            elif name in self.speaks:
                self.clients[name] = fix.Client(25000, self.speaks[name], name.upper(), "SLUICE", user, password)
            else:
                self.clients[name] = ouch.Client(25000, user, password)
            if not self.clients[name].login():
                raise Failed("the gate refused the login")
        return self.clients[name]

    def listens(self, name, words):
        if name not in self.listeners:
            user = LISTENERS[name]
            self.listeners[name] = listening.Listener(25000, *user) if name != "copy3" else listening.FixListener(
                25000, "FIX.4.4", "OFFICE", "SLUICE", *user)
            if not self.listeners[name].login():
                raise Failed("the gate refused the login")
        listener = self.listeners[name]
        if words[0] == "comes":
            if not listener.again(int(words[-1])):
                raise Failed("the gate refused the login")
        elif words[0] == "speaks":
            if not listener.says(b"Q"):
                raise Failed("found a session that may speak, expected it to be closed, or refused in FIX")
        else:
            wanted = words[1:-2]
            heard = listener.hears(len(wanted))
            found = [listening.short(copy) for copy in heard]
            if found != wanted:
                raise Failed(f"found {' '.join(found)}, expected {' '.join(wanted)}")
            accounts = {listening.account(copy) for copy in heard}
            if accounts != {int(words[-1])}:
                raise Failed(f"found accounts {accounts}, expected {words[-1]}")

    def quote(self, rest):
        symbol, bid, _, ask = rest.split()[:4]
        if self.maker is None:
            self.maker = ouch.Client(26000, "maker", "maker")
            if not self.maker.login():
                raise Failed("the venue refused the maker")
            self.quotes = {}
        maker = self.maker
        for old in self.quotes.pop(symbol, []):
            maker.cancel(old)
        refs = []
        for side, price in (("B", bid), ("S", ask)):
            if price != "-":
                refs.append(maker.enter(side, 1000, symbol, price_e4(price)))
                if maker.answer(refs[-1], ("accepted",)) is None:
                    raise Failed("the venue did not accept the quote")
        self.quotes[symbol] = refs
        want = [format(price_e4(p) / 10000, ".2f") for p in (bid, ask) if p != "-"]
        appliance.wait_for(f"the book of {symbol} at {want}", lambda: all(
            p in self.appliance.ctl("show", "book", symbol).stdout for p in want), 5)

    def client_acts(self, client, rest, expected):
        words = rest.split()
        since = len(client.messages)
        if words[0] in SIDES:
            options = dict(zip(words[5::2], words[6::2]))
            ref = client.enter(SIDES[words[0]], int(words[1]), words[2], price_e4(words[4]), firm=options.get("as"),
                               strategy=int(options["strategy"]) if "strategy" in options else None,
                               ref=int(options["ref"]) if "ref" in options else None,
                               tif=options.get("tif", "0"), cross=options.get("cross", "N"), parent=options.get("parent"))
        elif words[0] == "replaces":
            ref = client.replace(int(words[1]), int(words[3]), price_e4(words[5]),
                                 ref=int(words[7]) if len(words) > 7 else None)
        elif words[0] == "cancels":
            ref = int(words[1])
            client.cancel(ref, int(words[3]) if len(words) > 3 else 0)
        elif words[0] == "modifies":
            ref = int(words[1])
            client.modify(ref, words[5] if len(words) > 5 else "B", int(words[3]))
        elif words[0] in ("mass-cancels", "disables", "enables"):
            options = dict(zip(words[2::2], words[3::2]))
            ref = client.ask({"m": "C", "d": "D", "e": "E"}[words[0][0]], words[1], options.get("symbol", ""), options.get("side"))
        elif words[0] == "hears":
            return self.hears(client, words[1], words[2:])
        elif words[0] == "sees":
            return self.sees(client, int(words[1]), words[3], float(words[5]) / {"ms": 1000, "s": 1}[words[6]])
        elif words[0] == "comes":
            client.close()
            if not client.login():
                raise Failed("the gate refused the login")
            return None
        elif words[0] == "asks":
            return self.ask_on(client)
        elif words[0] == "bursts":
            return self.burst(client, int(words[1]), SIDES[words[2]], int(words[4]), words[5], price_e4(words[7]), expected)
        elif words[0] == "enters":
            return self.rest_orders(client, int(words[1]), SIDES[words[2]], int(words[4]), words[5], price_e4(words[7]))
        else:
            raise Failed(f"found `{words[0]}`, expected buys, sells, shorts, replaces, cancels, modifies, sees or enters")
        if expected != "sent":
            self.expect(client, ref, since, expected)

    @staticmethod
    def hears(client, name, words):
        """Takes the next message that was not heard yet."""
        deadline = time.monotonic() + (0.2 if name == "nothing" else 3)
        while len(client.messages) == client.seen and time.monotonic() < deadline:
            client.poll(0.02)
        if len(client.messages) == client.seen:
            if name == "nothing":
                return
            raise Failed(f"found nothing, expected {name}")
        found = client.heard(client.messages[client.seen])
        client.seen += 1
        wanted = dict(zip(words[::2], words[1::2]))
        if found["name"] != name:
            raise Failed(f"found {found}, expected {name}")
        for field, text in wanted.items():
            if not hearing.same(found.get(field), client.last(client.ref) if text == "last" else text):
                raise Failed(f"found {field} {found.get(field)}, expected {text}; the message: {found}")

    def expect(self, client, ref, since, expected):
        what, _, reason = expected.partition(" ")
        if what == "silence":
            found = client.answer(ref, seconds=0.3, since=since)
            if found:
                raise Failed(f"found {found['name']}, expected silence")
            return
        wanted = {"executed": ("executed",), "": ("accepted",)}.get(what, (what,))
        found = client.answer(ref, wanted + ("rejected",), since=since)
        if found is None:
            raise Failed(f"found no answer, expected {expected}")
        self.last = {"session": list(CLIENTS.values()).index((client.user, client.password)) + 1, "ref": ref}
        if found["name"] != wanted[0]:
            raise Failed(f"found {found['name']} {self.reason()}, expected {expected}")
        if what == "rejected" and reason and self.reason() != reason:
            raise Failed(f"found rejected {self.reason()}, expected {reason}")

    def receipts(self):
        def look():
            self.found = [r for r in self.appliance.records() if r.get("type") == "receipt" and
                          (self.last is None or (r["session"], r["client_ref"]) == (self.last["session"], self.last["ref"]))]
            return bool(self.found)
        appliance.wait_for("the receipt in the journal", look, 15, every=0.02)
        return self.found

    def reason(self):
        return self.receipts()[-1]["reason"]

    def rest_orders(self, client, count, side, qty, symbol, first):
        step = -100 if side == "B" else 100
        refs = [client.enter(side, qty, symbol, first + step * i) for i in range(count)]
        for ref in refs:
            found = client.answer(ref, ("accepted", "rejected"))
            if found is None or found["name"] != "accepted":
                raise Failed(f"found {found}, expected order {ref} accepted")

    @staticmethod
    def ask_on(client):
        """Until the gate ends the connection: it has no room any more to write down what a client says."""
        deadline = time.monotonic() + 60
        try:
            while time.monotonic() < deadline:
                client.socket.sendall(b"\x00\x02UQ" * 1000)
                client.socket.recv(1 << 20)
        except OSError:
            return
        raise Failed("found it still logged in after 60 s, expected it to be let go")

    def burst(self, client, count, side, qty, symbol, first, expected):
        """Sends tens without waiting in between; one at least must be refused by the reason, and all answered unless
        the venue is silent."""
        silent = expected.endswith("by a silent venue")
        refs = []
        for i in range(count):
            refs.append(client.enter(side, qty, symbol, first - 100 * i))
            if i % 10 == 9 and silent:
                client.poll(0.001)
                if any(m["name"] == "rejected" for m in client.messages):
                    break
            elif i % 10 == 9:  # at most ten in one turn of the gate, however busy the machine
                client.answer(refs[-1], ("accepted", "rejected"))
        for ref in [] if silent else refs:
            if client.answer(ref, ("accepted", "rejected")) is None:
                raise Failed(f"found no answer to order {ref}")
        reason = expected.split()[1]
        if silent:
            self.sees(client, 1, "rejected", 10)
        self.last = None
        found = set()

        def is_there():
            found.update(r["reason"] for r in self.receipts())
            return reason in found
        try:
            appliance.wait_for(reason, is_there, 15, every=0.05)
        except appliance.NotReady:
            raise Failed(f"found {sorted(found)}, expected some {reason}") from None

    def forge(self, rest):
        """Sends one Add Order on line A under the next number of the feed."""
        _, side, qty, symbol, _, price = rest.split()
        channel = self.appliance.ctl_json("show", "feeds")["rows"][0]
        body = struct.pack(">cHH6sQcI8sI", b"A", self.locate(symbol), 0, bytes(6), 1 << 40, side[0].upper().encode(), int(qty),
                           symbol.ljust(8).encode(), price_e4(price))
        packet = b"SIM0000001" + struct.pack(">QH", int(channel["next"]), 1) + struct.pack(">H", len(body)) + body
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.77.1.1"))
            sender.sendto(packet, ("239.1.1.1", 26477))
        time.sleep(0.1)

    def locate(self, symbol):
        return 1 + ["AAPL", "ZVZZT", "MSFT", "INTC", "CSCO"].index(symbol)

    def flood(self, count):
        """Connections with garbage and half frames, as many as the socket takes; left open."""
        self.flooders = []
        for i in range(count):
            flooder = socket.socket(socket.AF_UNIX)
            flooder.setblocking(False)
            try:
                flooder.connect(os.path.join(self.appliance.run, "control.sock"))
                flooder.send(b"\x00\xff{ kill ;;;" * 50 + (b"\n" if i % 2 else b""))
            except OSError:
                pass
            self.flooders.append(flooder)

    def sees(self, client, count, name, seconds):
        deadline = time.monotonic() + seconds
        while True:
            fresh = [m for m in client.messages if m["name"] == name]
            if len(fresh) >= count:
                return
            if time.monotonic() > deadline:
                raise Failed(f"found {len(fresh)} x {name}, expected {count}")
            client.poll(0.01)

    def operate(self, rest, expected):
        uid = None
        match = re.search(r" as uid (\d+)$", rest)
        if match:
            uid, rest = int(match[1]), rest[:match.start()]
        words = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', rest)]
        done = self.appliance.ctl(*words, uid=uid)
        found = {0: "done", 4: "refused", 8: "failed", 9: "not-understood"}.get(done.returncode, str(done.returncode))
        if found != (expected or "done"):
            raise Failed(f"found {found} ({done.stdout.strip()} {done.stderr.strip()}), expected {expected or 'done'}")

    def check_receipt(self, rest):
        receipt = self.receipts()[-1]
        for name, value in re.findall(r"(\w+) = (\S+)", rest):
            found = receipt.get(name)
            good = value in found if isinstance(found, list) else str(found).replace(" ", "-") == value
            if not good:
                raise Failed(f"found {name} {found}, expected {value}; the receipt: {receipt}")

    def check_symbol(self, name, expected):
        until = time.monotonic() + 3
        while True:
            found = self.appliance.ctl_json("show", "symbol", name).get("text", "")
            if expected in found:
                return
            if time.monotonic() > until:
                raise Failed(f"found {found}, expected {expected}")
            time.sleep(0.02)

    def check_health(self, name, expected):
        found = {}

        def look():
            for row in self.appliance.ctl_json("health").get("rows", []):
                found.update(row if row.get("check") == name else {})
            if expected == "ok":
                return found.get("good") is True
            return found.get("good") is False and expected.removeprefix("says ") in found.get("found", "")
        try:
            appliance.wait_for(name, look, 5)
        except appliance.NotReady:
            raise Failed(f"found {found}, expected {expected}") from None

    def fill_disk(self, name, word):
        """EFBIG to every write that would make a file longer, or that lies beyond its first byte."""
        size = 0 if word == "full" else resource.RLIM_INFINITY
        hard = resource.prlimit(self.appliance.processes[name].pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.appliance.processes[name].pid, resource.RLIMIT_FSIZE, (size, hard))

    def flip(self, name):
        """Another process holds this one where its order is about to be compared, and changes a bit of it."""
        words = [sys.executable, os.path.join(HERE, "..", "support", "tamper.py"), str(self.appliance.processes[name].pid),
                 self.appliance.program("sluice-dataplane"), "truth_holds"]
        self.tampering = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        said = self.tampering.stdout.readline().strip()
        if said == "denied":
            raise Skipped("found no right to trace a process, expected to be root")
        if said != "ready":
            raise Failed("the process could not be held where its order is compared")

    def check_venues(self, rest):
        venue, name, value = re.match(r"(\S+) (\w+) = (.*)$", rest).groups()
        found = {}

        def look():
            for row in self.appliance.ctl_json("show", "venues").get("rows", []):
                found.update(row if row["venue"] == venue else {})
            return str(found.get(name)) == value
        try:
            appliance.wait_for(name, look, 5)
        except appliance.NotReady:
            raise Failed(f"found {name} {found.get(name)}, expected {value}; the venue: {found}") from None

    def check_feeds(self, rest):
        name, sign, value = re.match(r"(\w+) (=|>=) (.*)$", rest).groups()
        found = {}

        def look():
            rows = self.appliance.ctl_json("show", "feeds").get("rows", [])
            for row in reversed([row for row in rows if "line" not in row]):
                found.update(row)
            text = str(found.get(name))
            return text == value if sign == "=" else text.isdigit() and int(text) >= int(value)
        try:
            appliance.wait_for(name, look, 15)
        except appliance.NotReady:
            raise Failed(f"found {name} {found.get(name)}, expected {value}; the feed: {found}") from None

    @staticmethod
    def within(rest):
        match = re.match(r"(.*) within (\d+) s$", rest)
        return (match[1], int(match[2])) if match else (rest, 3)

    def audited(self):
        with open(os.path.join(self.appliance.journal, "audit.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def check_records(self, rest, kind_name, read):
        rest, seconds = self.within(rest)
        kind, _, fields = rest.partition(" ")
        wanted = re.findall(r"(\w+) = (\S+)", fields)
        found = []

        def look():
            found[:] = [r for r in read() if r.get(kind_name) == kind]
            return any(all(str(r.get(name)).replace(" ", "-") == value for name, value in wanted) for r in found)
        try:
            appliance.wait_for(rest, look, seconds, every=0.2)
        except appliance.NotReady:
            raise Failed(f"found {found}, expected one with {fields}") from None

    def check_metric(self, rest):
        rest, seconds = self.within(rest)
        name, _, value = rest.partition(" = ")
        try:
            appliance.wait_for(name, lambda: self.appliance.metric(name) == float(value), seconds)
        except appliance.NotReady:
            raise Failed(f"found {self.appliance.metric(name)}, expected {value}") from None

    def check_venue(self, rest):
        if rest in ("up", "down"):
            return appliance.wait_for(f"the venue to be {rest}",
                                      lambda: self.appliance.venue_is_up() == (rest == "up"), 10, every=0.02)
        path, relation, value = re.match(r"(\S+) (=|>=) (\d+)$", rest).groups()
        found = {}

        def look():
            found["now"] = self.appliance.exchange_report()
            for name in path.split("."):
                found["now"] = found["now"][int(name) if name.isdigit() else name]
            return found["now"] == int(value) if relation == "=" else found["now"] >= int(value)

        try:
            appliance.wait_for(path, look, 3, every=0.05)
        except appliance.NotReady:
            raise Failed(f"found {found['now']}, expected {relation} {value}") from None

    def process(self, word, name):
        if word == "start":
            getattr(self.appliance, name)()
            if name == "dataplane":
                self.appliance.wait_open()
        elif word == "kill9":
            self.appliance.kill9(name)
        else:
            self.appliance.processes[name].send_signal(signal.SIGSTOP if word == "stop" else signal.SIGCONT)

    def end(self):
        for client in list(self.clients.values()) + ([self.maker] if self.maker else []):
            client.close()
        self.appliance.stop("dataplane")
        again = self.appliance.replay()
        if again.get("verdict") != "equal":
            raise Failed(f"{self.path}: the replay: found {again}, expected equal")


SKIPPED = 77  # the exit status that ctest takes for "not run here"


def main():
    appliance.own_network()
    appliance.make_wires()
    bad = 0
    for path in sys.argv[1:]:
        name = os.path.splitext(os.path.basename(path))[0]
        try:
            Scenario(path).play()
            print(f"ok {name}")
        except (appliance.OneUid, Skipped) as trouble:
            print(f"skipped {name}: {trouble}")
            bad = bad or SKIPPED
        except (Failed, appliance.NotReady) as trouble:
            print(f"not ok {name}: {trouble}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
