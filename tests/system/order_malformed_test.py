#!/usr/bin/env python3
"""What is malformed on the order sessions of a running appliance: SoupBinTCP and OUCH 5.0 and 4.2 whose lengths lie, whose types,
options and values nobody knows, in halves; FIX 4.4 and 4.2 with sums, lengths, numbers, times and orders of fields that are wrong,
without an end, without end.  A case that is the same in two protocols is one row, said in each.

Each is answered or ends its connection as its protocol says, and is told in the metrics; another session trades after every one of
them; no order is missing, the gate stops nothing, and the day replays to the same decisions.
"""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import fix  # noqa: E402
import ouch  # noqa: E402
import ouch42  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402

GATE = ("127.0.0.1", 25000)
BID = quotes.BID_E4
SESSION = """    - id: {id}
      name: {name}
      username: {name}
      password: test-{name}
      trader: ANNA
      default_account: 17
      default_strategy: 1
      replay: 4096
"""
SPEAKS = {3: "", 4: "protocol: fix44, comp_id: STRAT4", 5: "protocol: ouch42", 6: "protocol: fix42, comp_id: STRAT6"}


def session(number, speaks):
    """A client of mad and its number in the site's file."""
    words = speaks.split(", ") if speaks else []
    if "comp_id" in speaks:
        words += ["our_comp_id: SLUICE", "reset: agreed"]
    return SESSION.format(id=number, name=f"mad{number}") + "".join(f"      {word}\n" for word in words)


EDIT = {"site.yaml": [("    - id: 2\n", "".join(session(*row) for row in SPEAKS.items()) + "    - id: 2\n")],
        "accounts.yaml": [("sessions: [1]", f"sessions: {[1, *SPEAKS]}")],
        "limits.yaml": [("\nsymbols:\n  - symbol: AAPL", "".join(
            f"  - {{session: {number}, order_rate: 1000 per 1 s burst 200, cancel_rate: 2000 per 1 s burst 500}}\n" for number in SPEAKS) +
            "\nsymbols:\n  - symbol: AAPL")]}


class Peer:
    """A connection over which anything may be said; what comes back is kept as bytes."""

    def __init__(self):
        self.socket = socket.create_connection(GATE, timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard, self.is_over = b"", False

    def say(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.is_over = True

    def hear(self, until, seconds=5.0):
        """Reads until `until` says so or the other side closes; True: it said so."""
        deadline = time.monotonic() + seconds
        while not until(self.heard):
            left = deadline - time.monotonic()
            if self.is_over or left <= 0:
                return False
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
                self.is_over = not data
                self.heard += data
            except TimeoutError:
                return False
            except OSError:
                self.is_over = True
        return True

    def ends(self):
        """True: the other side closes."""
        self.hear(lambda heard: False)
        return self.is_over

    def close(self):
        self.socket.close()


def packet(kind, body=b""):
    return struct.pack(">H", 1 + len(body)) + kind + body


def login(user, password=None, session="", sequence="0"):
    password = password or f"test-{user}"
    return packet(b"L", user.ljust(6).encode() + password.ljust(10).encode() + session.rjust(10).encode() + sequence.rjust(20).encode())


def packets(heard):
    """(kind, body) of what SoupBinTCP brought, heartbeats left out."""
    out = []
    while len(heard) >= 2 and len(heard) >= 2 + struct.unpack(">H", heard[:2])[0]:
        size = struct.unpack(">H", heard[:2])[0]
        if heard[2:3] != b"H":
            out.append((heard[2:3], heard[3:2 + size]))
        heard = heard[2 + size:]
    return out


def answers(heard, kind):
    """The messages of a kind that the gate said to a session of OUCH."""
    return [body for packet_kind, body in packets(heard) if packet_kind == b"S" and body[:1] == kind]


class Ouch50:
    """How an order is said in OUCH 5.0, right or wrong."""

    user, prefix = "mad3", ""
    ORDER = dict(side=b"B", qty=10, symbol=b"AAPL", price=None, time=b"0", display=b"Y", cross=b"N", text=None)

    @classmethod
    def order(cls, ref, options=b"", **wrong):
        said = {**cls.ORDER, "price": BID - 15000 - 100 * ref, "text": b"M%d" % ref, **wrong}
        return struct.pack(">cIcI8sQccccc14sH", b"O", ref, said["side"], said["qty"], said["symbol"].ljust(8), said["price"], said["time"],
                           said["display"], b"P", b"N", said["cross"], said["text"].ljust(14), len(options)) + options

    @staticmethod
    def cancel(ref):
        return struct.pack(">cII", b"X", ref, 0)

    @staticmethod
    def replace(original, ref):
        return struct.pack(">cIIIQccc14sH", b"U", original, ref, 10, BID - 15000, b"0", b"Y", b"N", b"", 0)

    @classmethod
    def refused(cls, heard, ref):
        """Whether the order was rejected."""
        return any(body[9:13] == struct.pack(">I", ref) for body in answers(heard, b"J"))

    # Of this protocol alone: messages that are counted and change nothing.
    MESSAGES = [
        ("options_that_go_on_behind_the_end", lambda: Ouch50.order(1)[:-2] + struct.pack(">H", 40)),
        ("an_option_of_no_length", lambda: Ouch50.order(1, b"\0")),
        ("an_option_that_goes_on_behind_the_others", lambda: Ouch50.order(1, b"\x05\x02AB")),
        ("an_option_too_short_for_its_value", lambda: Ouch50.order(1, b"\x02\x18\x01")),
    ]
    # Orders that are whole and ask for what cannot be judged.
    WRONG = [
        ("an_option_that_nobody_knows", lambda ref: Ouch50.order(ref, b"\x03\xee\0\1")),
        ("a_time_in_force_that_nobody_knows", lambda ref: Ouch50.order(ref, time=b"?")),
        ("a_price_of_two_to_the_64", lambda ref: Ouch50.order(ref, price=(1 << 64) - 1)),
    ]


class Ouch42:
    """The same in OUCH 4.2."""

    user, prefix = "mad5", "ouch42_"
    ORDER = dict(Ouch50.ORDER, time=ouch42.DAY, least=0, customer=b" ")
    token = staticmethod(ouch42.token)

    @classmethod
    def order(cls, ref, **wrong):
        said = {**cls.ORDER, "price": BID - 17000 - 100 * ref, "text": cls.token(ref), **wrong}
        return struct.pack(">c14scI8sII4scccIcc", b"O", said["text"], said["side"], said["qty"], said["symbol"].ljust(8), said["price"],
                           said["time"], b"    ", said["display"], b"P", b"N", said["least"], said["cross"], said["customer"])

    @classmethod
    def cancel(cls, ref):
        return struct.pack(">c14sI", b"X", cls.token(ref), 0)

    @classmethod
    def replace(cls, original, ref):
        return struct.pack(">c14s14sIIIccI", b"U", cls.token(original), cls.token(ref), 10, BID - 17000, ouch42.DAY, b"Y", b"N", 0)

    @classmethod
    def refused(cls, heard, ref):
        return any(body[9:23] == cls.token(ref) for body in answers(heard, b"J"))

    MESSAGES = [
        ("a_modify_a_byte_too_short", lambda: (b"M" + Ouch42.token(1) + b"S" + bytes(4))[:-1]),
        ("a_trade_now_a_byte_too_short", lambda: (b"N" + Ouch42.token(1))[:-1]),
        ("a_replace_of_one_token", lambda: b"U" + Ouch42.token(1) + bytes(18)),
        ("a_mass_cancel_that_this_protocol_does_not_have", lambda: b"C" + bytes(40)),
    ]
    WRONG = [
        ("seconds_to_live_above_99999", lambda ref: Ouch42.order(ref, time=100000)),
        ("seconds_to_live_beyond_a_day", lambda ref: Ouch42.order(ref, time=90000)),
        ("a_customer_that_nobody_knows", lambda ref: Ouch42.order(ref, customer=b"?")),
        ("a_price_of_two_to_the_32", lambda ref: Ouch42.order(ref, price=(1 << 32) - 1)),
        ("the_market_price", lambda ref: Ouch42.order(ref, price=0x7fffffff)),
        ("a_minimum_above_its_size", lambda ref: Ouch42.order(ref, least=11)),
    ]


class Site:
    """The appliance, and a session that does everything right."""

    def __init__(self, test, site):
        self.test, self.site, self.before, self.step = test, site, {}, 0
        self.good = ouch.Client(25000, "take2", "test-two")
        test.true("a_session_that_does_everything_right_is_there", self.good.login(), False, "a login")

    def mark(self):
        self.before = self.site.metrics()

    def rose(self, *names):
        """By how much counters of the gate rose since mark()."""
        now = self.site.metrics()
        return tuple(int(now[f"sluice_gate_{name}_total"] - self.before[f"sluice_gate_{name}_total"]) for name in names)

    def becomes(self, wanted, *names):
        try:
            appliance.wait_for(str(names), lambda: self.rose(*names) == wanted, 5)
        except appliance.NotReady:
            pass
        return self.rose(*names)

    def trades_after(self, name):
        self.test.true(f"another_session_trades_after_{name}", self.trades(), "no order", "an order, and its cancel")

    def trades(self):
        """The other session's order passes, rests and is cancelled."""
        self.step = (self.step + 1) % 50  # no price is that of the order before: it might be a duplicate
        ref = self.good.enter("B", 10, "AAPL", BID - 10000 - 100 * self.step)
        if self.good.answer(ref, ("accepted", "rejected"), 10, len(self.good.messages))["name"] != "accepted":
            return False
        self.good.cancel(ref)
        return self.good.answer(ref, ("canceled",), 10) is not None


# Before a login: what is said, what is answered before the connection ends, and which counter tells.
STRANGERS = [
    ("a_packet_of_no_length", lambda own: b"\0\0", [], "garbled"),
    ("a_packet_of_65535_bytes", lambda own: b"\xff\xffL" + b" " * 3000, [], "garbled"),
    ("a_type_that_nobody_knows", lambda own: packet(b"?", b"hello"), [], None),
    ("a_packet_that_only_a_server_sends", lambda own: packet(b"S", b"hello"), [], None),
    ("an_order_before_the_login", lambda own: packet(b"U", own.order(1)), [], None),
    ("a_login_a_byte_too_short", lambda own: packet(b"L", login(own.user)[3:-1]), [(b"J", b"A")], "logins_refused"),
    ("a_login_a_byte_too_long", lambda own: packet(b"L", login(own.user)[3:] + b" "), [(b"J", b"A")], "logins_refused"),
    ("a_login_whose_number_is_none", lambda own: login(own.user, sequence="12x"), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_a_wrong_password", lambda own: login(own.user, "test-mad2"), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_zeros", lambda own: packet(b"L", bytes(46)), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_a_session_that_is_not", lambda own: login(own.user, session="YESTERDAY"), [(b"J", b"S")], "logins_refused"),
    ("a_login_of_who_is_there_already", lambda own: login("take2", "test-two"), [(b"J", b"S")], "logins_refused"),
    ("a_login_of_who_speaks_fix", lambda own: login("mad4"), [(b"J", b"A")], "logins_refused"),
    ("a_byte_that_is_of_no_protocol", lambda own: b"\xa5" * 64, [], "garbled"),
]


def strangers(test, site, own):
    for row, said, answer, counter in STRANGERS:
        name = own.prefix + row
        site.mark()
        peer = Peer()
        peer.say(said(own))
        test.equal(f"{name}_ends_the_connection", (peer.ends(), packets(peer.heard)), (True, answer))
        peer.close()
        if counter:
            test.equal(f"{name}_is_told", site.becomes((1,), counter), (1,))
        site.trades_after(name)


def entered(own):
    peer = Peer()
    peer.say(login(own.user))
    if not peer.hear(lambda heard: len(packets(heard)) > 0) or packets(peer.heard)[0][0] != b"A":
        raise appliance.NotReady(f"no login: {peer.heard}")
    peer.heard = b""
    return peer


# Of a session that is logged in: messages that are counted and change nothing; the session goes on.
MESSAGES = [
    ("a_message_of_nothing", lambda own: b""),
    ("a_type_of_message_that_nobody_knows", lambda own: b"?" + own.order(1)[1:]),
    ("a_message_that_only_a_venue_sends", lambda own: b"A" + bytes(65)),
    ("an_order_a_byte_too_short", lambda own: own.order(1)[:-1]),
    ("an_order_cut_to_its_type", lambda own: b"O"),
    ("a_cancel_a_byte_too_short", lambda own: own.cancel(1)[:-1]),
    ("a_replace_a_byte_too_short", lambda own: own.replace(1, 2)[:-1]),
    ("a_replace_cut_in_the_middle", lambda own: own.replace(1, 2)[:21]),
]


def messages(test, site, own):
    peer = entered(own)
    for row, said in MESSAGES + [(row, lambda _, said=said: said()) for row, said in own.MESSAGES]:
        name = own.prefix + row
        site.mark()
        peer.say(packet(b"U", said(own)))
        test.equal(f"{name}_is_counted", site.becomes((1, 0), "bad_messages", "orders_in"), (1, 0))
        site.trades_after(name)
        peer.say(packet(b"R"))
    test.equal(f"{own.prefix}none_of_them_was_answered", packets(peer.heard), [])
    peer.say(packet(b"U", own.order(1)))
    test.true(f"{own.prefix}an_order_that_is_right_passes_behind_them_all", peer.hear(lambda heard: len(answers(heard, b"A")) == 1),
              packets(peer.heard), "accepted")
    peer.close()


# Whole orders whose values mean nothing: each is rejected and uses its number up.
WRONG = [
    ("a_side_that_nobody_knows", dict(side=b"?")),
    ("no_shares", dict(qty=0)),
    ("a_million_shares", dict(qty=1000000)),
    ("shares_of_two_to_the_32", dict(qty=(1 << 32) - 1)),
    ("a_symbol_of_blanks", dict(symbol=b" ")),
    ("a_symbol_that_is_no_text", dict(symbol=b"\xff\0A\x80")),
    ("no_price", dict(price=0)),
    ("a_display_that_nobody_knows", dict(display=b"?")),
    ("a_cross_that_nobody_knows", dict(cross=b"?")),
]


def wrong(test, site, own):
    peer, ref = entered(own), 100
    for row, said in [(row, lambda ref, values=values: own.order(ref, **values)) for row, values in WRONG] + own.WRONG:
        name = f"{own.prefix}an_order_with_{row}"
        ref += 1
        site.mark()
        peer.say(packet(b"U", said(ref)))
        test.true(f"{name}_is_rejected", peer.hear(lambda heard, ref=ref: own.refused(heard, ref)), packets(peer.heard)[-1:], "rejected")
        test.equal(f"{name}_is_counted", site.becomes((1, 1, 0), "orders_in", "orders_refused", "orders_passed"), (1, 1, 0))
        heard = len(peer.heard)
        peer.say(packet(b"U", own.order(ref)))
        test.equal(f"{name}_uses_its_number_up", site.becomes((2, 1), "orders_in", "orders_ignored"), (2, 1))
        site.trades_after(name)
        test.equal(f"{name}_is_not_answered_twice", packets(peer.heard[heard:]), [])
    site.mark()
    peer.say(packet(b"U", own.cancel(99999)))
    test.equal(f"{own.prefix}a_cancel_of_nothing_is_counted", site.becomes((1, 1), "cancels_in", "cancels_ignored"), (1, 1))
    site.trades_after(f"{own.prefix}a_cancel_of_nothing")
    peer.say(packet(b"U", own.replace(99999, ref + 1)))
    test.equal(f"{own.prefix}a_replace_of_nothing_is_counted", site.becomes((2, 1, 1), "orders_in", "orders_refused", "orders_passed"), (2, 1, 1))
    site.trades_after(f"{own.prefix}a_replace_of_nothing")
    peer.close()


def halves(test, site, own):
    peer, whole, late = Peer(), login(own.user) + packet(b"U", own.order(203)), len(login(own.user))
    for i in range(len(whole)):
        peer.say(whole[i:i + 1])
        if i in (1, 25, late, len(whole) - 2):
            test.true(f"{own.prefix}another_session_trades_while_{i + 1}_bytes_are_there", site.trades(), "no order", "an order, and its cancel")
    test.true(f"{own.prefix}an_order_that_came_byte_by_byte_is_one_order",
              peer.hear(lambda heard: len(answers(heard, b"A")) == 1), packets(peer.heard), "accepted")
    site.mark()
    peer.say(packet(b"U", own.order(204))[:30])
    peer.close()
    time.sleep(0.2)
    site.trades_after(f"{own.prefix}half_an_order")
    test.equal(f"{own.prefix}half_an_order_is_none", site.rose("orders_in", "orders_passed"), (1, 1))


ENDS = [
    ("a_packet_of_no_length_behind_the_login", lambda own: b"\0\0", "garbled"),
    ("a_packet_of_65535_bytes_behind_the_login", lambda own: b"\xff\xffU" + b"O" * 3000, "garbled"),
    ("an_order_longer_than_any_can_be", lambda own: packet(b"U", own.order(1) + b"O" * 1000), "bad_messages"),
    ("a_type_of_packet_that_nobody_knows", lambda own: packet(b"!"), None),
    ("a_second_login", lambda own: login(own.user), None),
]


def ends(test, site, own):
    for row, said, counter in ENDS:
        name = own.prefix + row
        peer = entered(own)
        site.mark()
        peer.say(said(own))
        test.equal(f"{name}_ends_the_session", (peer.ends(), packets(peer.heard)), (True, []))
        peer.close()
        if counter:
            test.equal(f"{name}_is_told", site.becomes((1,), counter), (1,))
        site.trades_after(name)


class Fix44:
    """A version of FIX, who speaks it, and the first tag that neither it nor its peers may have."""

    begin, comp_id, user, prefix, undefined_tag, has_later_reasons = "FIX.4.4", "STRAT4", "mad4", "fix_", 957, True
    WRONG = []  # of this version alone


class Fix42:
    begin, comp_id, user, prefix, undefined_tag, has_later_reasons = "FIX.4.2", "STRAT6", "mad6", "fix42_", 447, False
    WRONG = [("an_order_without_how_to_handle_it", lambda p: p.frame("D", (11, "W"), (55, "AAPL"), (54, 1), fix.Client.now(), (38, 10), (40, 2),
                                                                   (44, "1")), ("35=3", "371=21", "373=1"))]


class Fix(Peer):
    """A strategy that can say any message of its version wrong."""

    def __init__(self, own):
        super().__init__()
        self.own, self.number = own, 0

    def frame(self, kind, *fields, number=None, time_field=True, sender=None, now=None):
        if number is None:
            self.number += 1
            number = self.number
        body = [(35, kind), (49, sender or self.own.comp_id), (56, "SLUICE")] + ([(34, number)] if number else [])
        body += [(52, now or fix.Client.now()[1])] if time_field else []
        return self.sealed("".join(f"{tag}={value}\x01" for tag, value in [*body, *fields]))

    def sealed(self, text, size=None, check=None, begin=None):
        text = f"8={begin or self.own.begin}\x019={len(text) if size is None else size}\x01{text}"
        check = sum(text.encode("latin-1")) % 256 if check is None else check
        return f"{text}10={check:03d}\x01".encode("latin-1")

    def said_as(self, data, begin):
        """A message under another version."""
        text = data.decode("latin-1")
        return self.sealed(text[text.index("35="):text.rindex("10=")], begin=begin)

    def logon(self, password=None, **options):
        secret = [(554, f"test-{self.own.user}" if password is None else password)] if password != "" else []
        return self.frame("A", (98, 0), (108, 30), (141, "Y"), (553, self.own.user), *secret, **options)

    def order(self, name, price="162.00", more=(), **options):
        return self.frame("D", (11, name), (21, 1), (55, "AAPL"), (54, 1), fix.Client.now(), (38, 10), (40, 2), (44, price), (59, 0), *more,
                          **options)

    def has(self, *fields):
        """True once a message with these fields came; of one that begins with - it has none."""
        def is_it(message):
            return all((b"\x01" + field.lstrip("-").encode() in message) != field.startswith("-") for field in fields)

        def look(heard):
            return any(is_it(message) for message in heard.split(b"\x018=FIX"))
        return self.hear(look)


def logged_on(own):
    peer = Fix(own)
    peer.say(peer.logon())
    if not peer.has("35=A\x01"):
        raise appliance.NotReady(f"no Logon: {peer.heard}")
    peer.heard = b""
    return peer


def other_version(own):
    return "FIX.4.2" if own is Fix44 else "FIX.4.4"


FIX_STRANGERS = [
    ("a_first_message_that_is_no_logon", lambda p: p.frame("0")),
    ("a_logon_of_a_wrong_password", lambda p: p.logon("test-mad5")),
    ("a_logon_without_a_password", lambda p: p.logon("")),
    ("a_logon_of_nobody", lambda p: p.logon(sender="STRAT9")),
    ("a_logon_without_a_number", lambda p: p.logon(number=0)),
    ("a_logon_of_yesterday", lambda p: p.logon(now="20200101-00:00:00")),
    ("a_logon_of_another_version", lambda p: p.sealed(f"35=A\x0149={p.own.comp_id}\x0156=SLUICE\x0134=1\x01", begin="FIX.5.0")),
    ("a_logon_in_the_version_of_others", lambda p: p.said_as(p.logon(), other_version(p.own))),
]

# Whose Logon it is stands in it: he is told what is wrong with it.
FIX_TOLD = {"a_logon_of_a_wrong_password": b"password", "a_logon_without_a_password": b"password",
            "a_logon_of_yesterday": b"SendingTime", "a_logon_of_another_version": b"BeginString",
            "a_logon_in_the_version_of_others": b"BeginString"}


def fix_strangers(test, site, own):
    for row, said in FIX_STRANGERS:
        name = ("" if own is Fix44 else own.prefix) + row
        site.mark()
        peer = Fix(own)
        peer.say(said(peer))
        if row in FIX_TOLD:
            test.equal(f"{name}_is_told_why_and_ends_the_connection",
                       (peer.ends(), b"\x0135=5\x01" in peer.heard, FIX_TOLD[row] in peer.heard), (True, True, True))
        else:
            test.equal(f"{name}_ends_the_connection_without_a_word", (peer.ends(), peer.heard), (True, b""))
        test.equal(f"{name}_is_told", site.becomes((1,), "logins_refused"), (1,))
        peer.close()
        site.trades_after(name)


def garbled(peer):
    """What is skipped as if it had never been said; the number goes to the next."""
    right = peer.order("G", number=peer.number + 1)
    text = right.decode("latin-1")
    body = text[text.index("35="):text.rindex("10=")]
    return {"a_wrong_sum": peer.sealed(body, check=(int(text[-4:-1]) + 1) % 256),
            "a_length_too_short": peer.sealed(body, size=len(body) - 1),
            "a_length_of_no_number": peer.sealed(body, size="1x"),
            "a_length_beyond_all_bounds": peer.sealed(body, size=999999),
            "a_type_that_is_not_third": peer.sealed("34=2\x01" + body),
            "a_sum_without_its_end": right[:-1] + b"|",
            "a_field_of_70000_bytes": peer.sealed(body + "58=" + "x" * 70000 + "\x01")}


def fix_garbled(test, site, own):
    peer = logged_on(own)
    for row in garbled(peer):
        name = own.prefix + row
        site.mark()
        peer.say(garbled(peer)[row])
        peer.say(peer.frame("1", (112, row)))
        test.true(f"{name}_is_passed_over_and_the_next_is_heard", peer.has("35=0\x01", f"112={row}\x01"), peer.heard[-300:], "a Heartbeat")
        test.true(f"{name}_is_told", site.rose("garbled")[0] > 0 and site.rose("orders_in") == (0,), site.rose("garbled", "orders_in"),
                  "garbled rises, orders do not")
        site.trades_after(name)
    peer.say(peer.order("right"))
    test.true(f"{own.prefix}an_order_that_is_right_passes_behind_all_that_was_garbled", peer.has("35=8\x01", "11=right\x01", "150=0\x01"),
              peer.heard[-300:], "35=8")
    peer.close()


# Whole, and not what may be said: rejected by its number, tag and reason.  A reason above 11 is not of FIX 4.2: there is none.
FIX_WRONG = [
    ("a_message_without_its_time", lambda p: p.order("W", time_field=False), ("35=3", "371=52", "373=1")),
    ("a_tag_that_is_no_number", lambda p: p.frame("D", (11, "W"), ("4x", 1)), ("35=3",)),
    ("a_tag_without_a_value", lambda p: p.frame("D", (11, ""), (55, "AAPL")), ("35=3", "371=11", "373=4")),
    ("a_tag_said_twice", lambda p: p.frame("D", (11, "W"), (11, "W2"), (55, "AAPL")), ("35=3", "371=11", "373=13")),
    ("a_header_behind_the_body", lambda p: p.frame("D", (11, "W"), (50, "X"), (55, "AAPL")), ("35=3", "373=14")),
    ("a_quantity_of_letters", lambda p: p.frame("D", (11, "W"), (38, "ten")), ("35=3", "371=38", "373=6")),
    ("a_price_with_an_exponent", lambda p: p.order("W", price="1e2"), ("35=3", "371=44", "373=6")),
    ("a_side_that_nobody_knows", lambda p: p.frame("D", (11, "W"), (21, 1), (55, "AAPL"), (54, "Z")), ("35=3", "371=54", "373=5")),
    ("an_order_without_its_symbol", lambda p: p.frame("D", (11, "W"), (21, 1), (54, 1), fix.Client.now(), (38, 10), (40, 2), (44, "1")),
     ("35=3", "371=55", "373=1")),
    ("a_tag_that_no_version_defines", lambda p: p.order("W", more=[(p.own.undefined_tag, "A")]), ("35=3", "373=3")),
    ("a_type_that_nobody_knows", lambda p: p.frame("ZZ", (58, "x")), ("35=3", "373=11")),
    ("a_field_of_2000_bytes", lambda p: p.order("W", more=[(58, "x" * 2000)]), ("35=3", "372=D", "373=99")),
    ("a_field_of_40000_bytes", lambda p: p.order("W", more=[(58, "x" * 40000)]), ("35=3", "372=D", "373=99")),
]
# Answered by a Logout, and the session is over.
FIX_OVER = [
    ("a_message_without_its_number", lambda p: p.frame("0", number=0)),
    ("a_number_already_taken", lambda p: p.frame("0", number=1)),
    ("another_name", lambda p: p.frame("0", sender="STRAT9")),
    ("a_time_of_yesterday", lambda p: p.frame("0", now="20200101-00:00:00")),
    ("a_message_in_the_version_of_others", lambda p: p.said_as(p.frame("0"), other_version(p.own))),
]


def reasons(own, answer):
    """The fields of an answer as the version can say them."""
    return tuple("-373=" if field in ("373=13", "373=14", "373=99") and not own.has_later_reasons else field + "\x01" for field in answer)


def fix_wrong(test, site, own):
    peer = logged_on(own)
    for row, said, answer in FIX_WRONG + own.WRONG:
        name = own.prefix + row
        site.mark()
        peer.heard = b""
        peer.say(said(peer))
        test.true(f"{name}_is_answered", peer.has(*reasons(own, answer)), peer.heard[-400:], answer)
        peer.say(peer.frame("1", (112, row)))
        test.true(f"{name}_does_not_end_the_session", peer.has("35=0\x01", f"112={row}\x01"), peer.heard[-300:], "a Heartbeat")
        test.equal(f"{name}_is_no_order", site.rose("orders_in"), (0,))
        site.trades_after(name)
    peer.close()


def fix_over(test, site, own):
    for row, said in FIX_OVER:
        name = own.prefix + row
        peer = logged_on(own)
        site.mark()
        peer.say(said(peer))
        test.true(f"{name}_is_answered", peer.has("35=5\x01"), peer.heard[-400:], "a Logout")
        test.true(f"{name}_ends_the_session", peer.ends(), "an open connection", "its end")
        test.equal(f"{name}_is_no_order", site.rose("orders_in"), (0,))
        site.trades_after(name)
        peer.close()


PARTS = [(part, own) for own in (Ouch50, Ouch42) for part in (strangers, messages, wrong, halves, ends)] + [
    (part, own) for own in (Fix44, Fix42) for part in (fix_strangers, fix_garbled, fix_wrong, fix_over)]


def malformed_sessions(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as appliance_site:
        appliance_site.up("--user", "maker:maker", "--commands", itch=None)
        maker = quotes.two_sided(appliance_site)
        site = Site(test, appliance_site)
        for part, own in PARTS:
            part(test, site, own)
            now = appliance_site.metrics()
            test.equal(f"no_order_is_missing_after_{part.__name__}_of_{own.__name__.lower()}",
                       (now["sluice_gate_conservation_residue"], now["sluice_gate_trips_total"]), (0, 0))
        maker.close()
        site.good.close()
        appliance_site.close()
        test.equal("the_day_replays_to_the_same_decisions", appliance_site.replay().get("verdict"), "equal")


if __name__ == "__main__":
    cases.run("system.order_malformed", malformed_sessions)
