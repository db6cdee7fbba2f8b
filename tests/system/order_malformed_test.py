#!/usr/bin/env python3
"""What is malformed on the order sessions of a running appliance: SoupBinTCP and OUCH whose lengths lie, whose types and options
nobody knows, in halves; FIX with sums, lengths, numbers, times and orders of fields that are wrong, without an end, without end.

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
FIX = "      protocol: fix44\n      comp_id: STRAT4\n      our_comp_id: SLUICE\n      reset: agreed\n"
EDIT = {"site.yaml": [("    - id: 2\n", SESSION.format(id=3, name="mad3") + SESSION.format(id=4, name="mad4") + FIX + "    - id: 2\n")],
        "accounts.yaml": [("sessions: [1]", "sessions: [1, 3, 4]")],
        "limits.yaml": [("\nsymbols:\n  - symbol: AAPL", "".join(
            f"  - {{session: {number}, order_rate: 1000 per 1 s burst 200, cancel_rate: 2000 per 1 s burst 500}}\n" for number in (3, 4)) +
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


def login(user="mad3", password="test-mad3", session="", sequence="0"):
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


def accepted(heard):
    """How many orders were accepted."""
    return sum(kind == b"S" and body[:1] == b"A" for kind, body in packets(heard))


def order(ref, options=b"", symbol="AAPL"):
    return struct.pack(">cIcI8sQccccc14sH", b"O", ref, b"B", 10, symbol.ljust(8).encode(), BID - 15000 - 100 * ref, b"0", b"Y", b"P", b"N", b"N",
                       f"M{ref}".ljust(14).encode(), len(options)) + options


def refusals(heard):
    """The codes of orders that were rejected."""
    return [struct.unpack(">H", body[13:15])[0] for kind, body in packets(heard) if kind == b"S" and body[:1] == b"J"]


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
        return tuple(int(now.get(f"sluice_gate_{name}_total", -1) - self.before.get(f"sluice_gate_{name}_total", -1)) for name in names)

    def becomes(self, wanted, *names):
        try:
            appliance.wait_for(str(names), lambda: self.rose(*names) == wanted, 5)
        except appliance.NotReady:
            pass
        return self.rose(*names)

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
    ("a_packet_of_no_length", b"\0\0", [], "garbled"),
    ("a_packet_of_65535_bytes", b"\xff\xffL" + b" " * 3000, [], "garbled"),
    ("a_type_that_nobody_knows", packet(b"?", b"hello"), [], None),
    ("a_packet_that_only_a_server_sends", packet(b"S", b"hello"), [], None),
    ("an_order_before_the_login", packet(b"U", order(1)), [], None),
    ("a_login_a_byte_too_short", packet(b"L", login()[3:-1]), [(b"J", b"A")], "logins_refused"),
    ("a_login_a_byte_too_long", packet(b"L", login()[3:] + b" "), [(b"J", b"A")], "logins_refused"),
    ("a_login_whose_number_is_none", login(sequence="12x"), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_a_wrong_password", login(password="test-mad2"), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_zeros", packet(b"L", bytes(46)), [(b"J", b"A")], "logins_refused"),
    ("a_login_of_a_session_that_is_not", login(session="YESTERDAY"), [(b"J", b"S")], "logins_refused"),
    ("a_login_of_who_is_there_already", login("take2", "test-two"), [(b"J", b"S")], "logins_refused"),
    ("a_login_of_who_speaks_fix", login("mad4", "test-mad4"), [(b"J", b"A")], "logins_refused"),
    ("a_byte_that_is_of_no_protocol", b"\xa5" * 64, [], "garbled"),
]


def strangers(test, site):
    for name, said, answer, counter in STRANGERS:
        site.mark()
        peer = Peer()
        peer.say(said)
        test.equal(f"{name}_ends_the_connection", (peer.ends(), packets(peer.heard)), (True, answer))
        peer.close()
        if counter:
            test.equal(f"{name}_is_told", site.becomes((1,), counter), (1,))
        test.true(f"another_session_trades_after_{name}", site.trades(), "no order", "an order, and its cancel")


def entered(site):
    peer = Peer()
    peer.say(login())
    if not peer.hear(lambda heard: len(packets(heard)) > 0) or packets(peer.heard)[0][0] != b"A":
        raise appliance.NotReady(f"no login: {peer.heard}")
    peer.heard = b""
    return peer


# Of a session that is logged in: messages that are counted and change nothing; the session goes on.
MESSAGES = [
    ("a_message_of_nothing", b""),
    ("a_type_of_message_that_nobody_knows", b"?" + order(1)[1:]),
    ("a_message_that_only_a_venue_sends", b"A" + bytes(60)),
    ("an_order_a_byte_too_short", order(1)[:-1]),
    ("an_order_cut_to_its_type", b"O"),
    ("a_cancel_a_byte_too_short", struct.pack(">cII", b"X", 1, 0)[:-1]),
    ("a_replace_without_its_options", b"U" + bytes(20)),
    ("options_that_go_on_behind_the_end", order(1)[:-2] + struct.pack(">H", 40)),
    ("an_option_of_no_length", order(1, b"\0")),
    ("an_option_that_goes_on_behind_the_others", order(1, b"\x05\x02AB")),
    ("an_option_too_short_for_its_value", order(1, b"\x02\x18\x01")),
]


def messages(test, site):
    peer = entered(site)
    for name, said in MESSAGES:
        site.mark()
        peer.say(packet(b"U", said))
        test.equal(f"{name}_is_counted", site.becomes((1, 0), "bad_messages", "orders_in"), (1, 0))
        test.true(f"another_session_trades_after_{name}", site.trades(), "no order", "an order, and its cancel")
        peer.say(packet(b"R"))
    test.equal("none_of_them_was_answered", packets(peer.heard), [])
    peer.say(packet(b"U", order(1)))
    test.true("an_order_that_is_right_passes_behind_them_all", peer.hear(lambda heard: accepted(heard) == 1), packets(peer.heard), "accepted")
    # Nobody knows what it asks for: it cannot be judged.
    peer.say(packet(b"U", order(2, b"\x03\xee\0\1")))
    test.true("an_order_with_an_option_that_nobody_knows_is_refused", peer.hear(lambda heard: refusals(heard) == [0x0f]), packets(peer.heard),
              "rejected, code 15")
    peer.close()


def halves(test, site):
    peer, whole = Peer(), login() + packet(b"U", order(3, symbol="AAPL"))
    for i in range(len(whole)):
        peer.say(whole[i:i + 1])
        if i in (1, 25, len(login()), len(whole) - 2):
            test.true(f"another_session_trades_while_{i + 1}_bytes_are_there", site.trades(), "no order", "an order, and its cancel")
    test.true("an_order_that_came_byte_by_byte_is_one_order",
              peer.hear(lambda heard: accepted(heard) == 1), packets(peer.heard), "accepted")
    site.mark()
    peer.say(packet(b"U", order(4))[:30])
    peer.close()
    time.sleep(0.2)
    test.true("another_session_trades_after_half_an_order", site.trades(), "no order", "an order, and its cancel")
    test.equal("half_an_order_is_none", site.rose("orders_in", "orders_passed"), (1, 1))


ENDS = [
    ("a_packet_of_no_length_behind_the_login", b"\0\0", "garbled"),
    ("a_packet_of_65535_bytes_behind_the_login", b"\xff\xffU" + b"O" * 3000, "garbled"),
    ("an_order_longer_than_any_can_be", packet(b"U", order(1) + b"O" * 1000), "bad_messages"),
    ("a_type_of_packet_that_nobody_knows", packet(b"!"), None),
    ("a_second_login", login(), None),
]


def ends(test, site):
    for name, said, counter in ENDS:
        peer = entered(site)
        site.mark()
        peer.say(said)
        test.equal(f"{name}_ends_the_session", (peer.ends(), packets(peer.heard)), (True, []))
        peer.close()
        if counter:
            test.equal(f"{name}_is_told", site.becomes((1,), counter), (1,))
        test.true(f"another_session_trades_after_{name}", site.trades(), "no order", "an order, and its cancel")


class Fix(Peer):
    """A strategy that can say any message wrong."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def frame(self, kind, *fields, head=True, number=None, time_field=True):
        if number is None:
            self.number += 1
            number = self.number
        body = [(35, kind)]
        if head:
            body += [(49, "STRAT4"), (56, "SLUICE")] + ([(34, number)] if number else []) + ([(52, fix.Client.now()[1])] if time_field else [])
        return self.sealed("".join(f"{tag}={value}\x01" for tag, value in [*body, *fields]))

    @staticmethod
    def sealed(text, size=None, check=None, begin="FIX.4.4"):
        text = f"8={begin}\x019={len(text) if size is None else size}\x01{text}"
        check = sum(text.encode("latin-1")) % 256 if check is None else check
        return f"{text}10={check:03d}\x01".encode("latin-1")

    def logon(self, password="test-mad4"):
        return self.frame("A", (98, 0), (108, 30), (141, "Y"), (553, "mad4"), (554, password))

    def order(self, name, price="162.00", **options):
        return self.frame("D", (11, name), (21, 1), (55, "AAPL"), (54, 1), fix.Client.now(), (38, 10), (40, 2), (44, price), (59, 0), **options)

    def has(self, *fields):
        """True once a message with these fields came."""
        def look(heard):
            return any(all(b"\x01" + field.encode() + b"\x01" in message for field in fields) for message in heard.split(b"\x018=FIX"))
        return self.hear(look)


def logged_on():
    peer = Fix()
    peer.say(peer.logon())
    if not peer.has("35=A"):
        raise appliance.NotReady(f"no Logon: {peer.heard}")
    peer.heard = b""
    return peer


def fix_strangers(test, site):
    rows = [("a_first_message_that_is_no_logon", lambda p: p.frame("0"), "logins_refused"),
            ("a_logon_of_a_wrong_password", lambda p: p.logon("test-mad5"), "logins_refused"),
            ("a_logon_of_nobody", lambda p: p.logon().replace(b"STRAT4", b"STRAT9"), None),
            ("a_logon_without_a_number", lambda p: p.frame("A", (98, 0), (108, 30), (553, "mad4"), (554, "test-mad4"), number=0), "logins_refused"),
            ("a_logon_of_another_version", lambda p: p.sealed("35=A\x0149=STRAT4\x0156=SLUICE\x0134=1\x01", begin="FIX.5.0"), "logins_refused")]
    for name, said, counter in rows:
        site.mark()
        peer = Fix()
        data = said(peer)
        if counter is None:  # another name needs another sum
            text = data.decode("latin-1")
            data = Fix.sealed(text[text.index("35="):text.rindex("10=")])
            counter = "logins_refused"
        peer.say(data)
        test.equal(f"{name}_ends_the_connection_without_a_word", (peer.ends(), peer.heard), (True, b""))
        test.equal(f"{name}_is_told", site.becomes((1,), counter), (1,))
        peer.close()
        test.true(f"another_session_trades_after_{name}", site.trades(), "no order", "an order, and its cancel")


def garbled(peer, name):
    """What is skipped as if it had never been said; the number goes to the next."""
    right = peer.order("G", number=peer.number + 1)
    text = right.decode("latin-1")
    body = text[text.index("35="):text.rindex("10=")]
    return {"a_wrong_sum": Fix.sealed(body, check=(int(text[-4:-1]) + 1) % 256),
            "a_length_too_short": Fix.sealed(body, size=len(body) - 1),
            "a_length_too_long": Fix.sealed(body, size=len(body) + 1) + peer.frame("0", number=peer.number),
            "a_length_of_no_number": Fix.sealed(body, size="1x"),
            "a_length_beyond_all_bounds": Fix.sealed(body, size=999999),
            "a_type_that_is_not_third": Fix.sealed("34=2\x01" + body),
            "a_sum_without_its_end": right[:-1] + b"|",
            "a_field_of_40000_bytes": Fix.sealed(body + "58=" + "x" * 40000 + "\x01")}[name]


def fix_garbled(test, site):
    peer = logged_on()
    for name in ("a_wrong_sum", "a_length_too_short", "a_length_of_no_number", "a_length_beyond_all_bounds",
                 "a_type_that_is_not_third", "a_sum_without_its_end", "a_field_of_40000_bytes"):
        site.mark()
        peer.say(garbled(peer, name))
        peer.say(peer.frame("1", (112, name)))
        test.true(f"fix_{name}_is_passed_over_and_the_next_is_heard", peer.has("35=0", f"112={name}"), peer.heard[-300:], "a Heartbeat")
        test.true(f"fix_{name}_is_told", site.rose("garbled")[0] > 0 and site.rose("orders_in") == (0,), site.rose("garbled", "orders_in"),
                  "garbled rises, orders do not")
        test.true(f"another_session_trades_after_fix_{name}", site.trades(), "no order", "an order, and its cancel")
    peer.say(peer.order("right"))
    test.true("an_order_that_is_right_passes_behind_all_that_was_garbled", peer.has("35=8", "11=right", "150=0"), peer.heard[-300:], "35=8")
    peer.close()


def fix_wrong(test, site):
    """Whole, and not what may be said: rejected by its number, tag and reason; the session goes on, or is over as the protocol says."""
    over = {"a_message_without_its_number", "a_number_already_taken", "another_name", "a_time_of_yesterday"}
    rows = [("a_message_without_its_time", lambda p: p.order("W", time_field=False), ("35=3", "371=52", "373=1")),
            ("a_tag_that_is_no_number", lambda p: p.frame("D", (11, "W"), ("4x", 1)), ("35=3",)),
            ("a_tag_without_a_value", lambda p: p.frame("D", (11, ""), (55, "AAPL")), ("35=3", "371=11", "373=4")),
            ("a_tag_said_twice", lambda p: p.frame("D", (11, "W"), (11, "W2"), (55, "AAPL")), ("35=3", "371=11", "373=13")),
            ("a_header_behind_the_body", lambda p: p.frame("D", (11, "W"), (50, "X"), (55, "AAPL")), ("35=3", "373=14")),
            ("a_quantity_of_letters", lambda p: p.frame("D", (11, "W"), (38, "ten")), ("35=3", "371=38", "373=6")),
            ("an_order_without_its_symbol", lambda p: p.frame("D", (11, "W"), (21, 1), (54, 1), fix.Client.now(), (38, 10), (40, 2), (44, "1")),
             ("35=3", "371=55", "373=1")),
            ("a_type_that_nobody_knows", lambda p: p.frame("ZZ", (58, "x")), ("35=3", "373=11")),
            ("a_message_without_its_number", lambda p: p.frame("0", number=0), ("35=5",)),
            ("a_number_already_taken", lambda p: p.frame("0", number=1), ("35=5",)),
            ("another_name", lambda p: Fix.sealed(f"35=0\x0149=STRAT9\x0156=SLUICE\x0134={p.number + 1}\x0152={fix.Client.now()[1]}\x01"), ("35=5",)),
            ("a_time_of_yesterday", lambda p: Fix.sealed(f"35=0\x0149=STRAT4\x0156=SLUICE\x0134={p.number + 1}\x0152=20200101-00:00:00\x01"), ("35=5",))]
    peer = None
    for name, said, answer in rows:
        peer = peer or logged_on()
        site.mark()
        peer.say(said(peer))
        test.true(f"fix_{name}_is_answered", peer.has(*answer), peer.heard[-400:], answer)
        if name in over:
            test.true(f"fix_{name}_ends_the_session", peer.ends(), "an open connection", "its end")
        else:
            peer.say(peer.frame("1", (112, name)))
            test.true(f"fix_{name}_does_not_end_the_session", peer.has("35=0", f"112={name}"), peer.heard[-300:], "a Heartbeat")
        test.equal(f"fix_{name}_is_no_order", site.rose("orders_in"), (0,))
        test.true(f"another_session_trades_after_fix_{name}", site.trades(), "no order", "an order, and its cancel")
        if name in over:
            peer.close()
            peer = None
    if peer:
        peer.close()


def malformed_sessions(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as appliance_site:
        appliance_site.up("--user", "maker:maker", "--commands", itch=None)
        maker = quotes.two_sided(appliance_site)
        site = Site(test, appliance_site)
        for part in (strangers, messages, halves, ends, fix_strangers, fix_garbled, fix_wrong):
            part(test, site)
            now = appliance_site.metrics()
            test.equal(f"no_order_is_missing_after_{part.__name__}", (now["sluice_gate_conservation_residue"], now["sluice_gate_trips_total"]),
                       (0, 0))
        maker.close()
        site.good.close()
        appliance_site.close()
        test.equal("the_day_replays_to_the_same_decisions", appliance_site.replay().get("verdict"), "equal")


if __name__ == "__main__":
    cases.run("system.order_malformed", malformed_sessions)
