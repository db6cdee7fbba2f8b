#!/usr/bin/env python3
"""The venue for those who missed something: requests by UDP and snapshots by TCP, over the real process, while the
AAPL flow goes on; every book made from an answer is compared with one made from all messages, and with the venue's.
"""

import json
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import recover  # noqa: E402
import slowbook  # noqa: E402
from cases import appliance  # noqa: E402

REWIND, GLIMPSE = ("127.0.0.1", 26010), ("127.0.0.1", 26020)
SESSION = "SIM0000001"


class Ear:
    """Hears a line by the kernel."""

    def __init__(self, group, port, interface):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((group, port))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                               socket.inet_aton(group) + socket.inet_aton(interface))
        self.socket.settimeout(5)

    def packet(self):
        """(session, number, count, messages) of the next packet."""
        bytes_ = self.socket.recv(65536)
        session, number, count = struct.unpack(">10sQH", bytes_[:20])
        return session.decode().strip(), number, count, recover.blocks(bytes_, 0 if count == 0xFFFF else count)

    def heard(self, until):
        """Packets until a number has come."""
        out = []
        while not out or out[-1][1] + out[-1][2] < until:
            out.append(self.packet())
        return out

    def close(self):
        self.socket.close()


def status(site):
    words = site.exchange_say("status").split()
    return {word.partition("=")[0]: int(word.partition("=")[2]) for word in words[1:]}


def step(site, count):
    until = status(site)["played"] + count
    site.exchange_say(f"step {count}")
    appliance.wait_for("the venue to play", lambda: status(site)["played"] >= until)
    return status(site)["sequence"]


def venue_books(site, directory):
    path = os.path.join(directory, "books.jsonl")
    site.exchange_say(f"books {path}")
    with open(path) as file:
        rows = [json.loads(line) for line in file]
    return {row["symbol"]: {"bid": [tuple(l) for l in row["bid"]], "ask": [tuple(l) for l in row["ask"]]} for row in rows}


def books_of(messages, symbols):
    book = slowbook.Book()
    for message in messages:
        book.take(message)
    return {name: {"bid": book.levels(name, "B"), "ask": book.levels(name, "S")} for name in symbols}


def venue(directory, *more):
    site = appliance.Appliance(directory)
    site.exchange("--commands", "--speed", "step", *more, start="command")
    site.exchange_say("begin")
    return site


def requests_are_answered(test, directory):
    with venue(directory) as site:
        requests, silent = recover.Requests(REWIND), recover.Requests(REWIND, seconds=0.3)
        next_ = step(site, 4000)
        day = requests.all(SESSION, 1, next_)
        test.equal("the_whole_day_can_be_asked_for_again", len(day), next_ - 1)
        there = venue_books(site, directory)
        test.equal("books_made_of_the_answers_are_the_venues", books_of(day, there), there)
        test.equal("an_answer_holds_no_more_than_was_asked_for", requests.ask(SESSION, 7, 3), day[6:9])
        test.equal("what_runs_past_the_end_is_answered_as_far_as_it_goes",
                   requests.ask(SESSION, next_ - 2, 50), day[-2:])
        test.equal("what_is_not_there_is_met_with_silence",
                   [silent.ask(SESSION, next_, 1), silent.ask(SESSION, 0, 1), silent.ask("SIM0000002", 1, 1),
                    silent.ask(SESSION, 1, 0), silent.raw(b"x" * 19), silent.raw(b"x" * 21), silent.raw(b"")],
                   [None] * 7)
        counts = site.exchange_report()["rewind"]
        test.equal("silences_are_counted_by_their_reason",
                   (counts["ahead"], counts["other_session"], counts["malformed"], counts["gone"]), (2, 1, 4, 0))
        site.exchange_say("rewind refuse 1")
        test.equal("a_refusal_on_purpose_is_one", [silent.ask(SESSION, 1, 1), requests.ask(SESSION, 1, 1)],
                   [None, day[:1]])
        site.exchange_say("rewind depth 100")
        test.equal("a_limit_of_depth_holds", [silent.ask(SESSION, next_ - 101, 1), requests.ask(SESSION, next_ - 100, 1)],
                   [None, [day[-100]]])
        site.exchange_say("rewind depth 0")
        site.exchange_say("forget")
        test.equal("what_is_no_longer_kept_is_met_with_silence", silent.ask(SESSION, next_ - 1, 1), None)
        requests.close()
        silent.close()


def snapshots_are_the_market(test, directory):
    with venue(directory) as site:
        step(site, 1000)
        site.exchange_say("say H AAPL trading_state P reason LUDP")
        site.exchange_say("say Y AAPL reg_sho_action 1")
        site.exchange_say("say L AAPL mpid GSCO primary_market_maker Y market_maker_mode N participant_state A")
        site.exchange_say("say V level_1 2500 level_2 2400.5 level_3 2200.00000001")
        requests = recover.Requests(REWIND)
        good = []
        for _ in range(5):
            next_ = step(site, 700)
            glimpse = recover.Glimpse(GLIMPSE)
            messages, goes_on = glimpse.snapshot()
            glimpse.close()
            day = requests.all(SESSION, 1, next_)
            there = venue_books(site, directory)
            good.append((glimpse.session, goes_on == next_, books_of(messages, there) == books_of(day, there) == there))
        test.equal("a_snapshot_is_the_market_before_its_number", good, [(SESSION, True, True)] * 5)
        states = {chr(m[0]): m for m in messages if chr(m[0]) in "YLV" or (m[0:1] == b"H" and m[11:15] == b"AAPL")}
        test.equal("a_snapshot_tells_the_states_last_published",
                   (states["H"][19:25], states["Y"][19:20], states["L"][11:15], struct.unpack(">3Q", states["V"][11:35])),
                   (b"P LUDP", b"1", b"GSCO", (2500 * 10**8, 24005 * 10**7, 2200 * 10**8 + 1)))
        test.equal("directory_comes_first", [chr(m[0]) for m in messages[:6]], list("SRRRRR"))
        ages = [struct.unpack_from(">Q", m, 11)[0] for m in messages if m[0:1] in (b"A", b"F")]
        test.true("orders_come_in_the_order_of_their_age", ages == sorted(ages) and len(ages) > 10, ages[:10], "rising")
        logins(test)
        requests.close()


def logins(test):
    found = []
    for options in ({"password": "wrong"}, {"user": "nobody"}, {"session": "OTHER"}, {"sequence": 2}, {"user": "FEED"}):
        glimpse = recover.Glimpse(GLIMPSE, **options)
        found.append(glimpse.rejected)
        glimpse.close()
    test.equal("logins_are_checked", found, ["A", "A", "S", "S", None])
    many = [recover.Glimpse(GLIMPSE) for _ in range(8)]
    spins = [g.snapshot() for g in many]
    test.true("several_clients_get_the_same", all(spin == spins[0] for spin in spins), len(spins), 8)
    for glimpse in many:
        glimpse.close()


def lines_go_wrong_on_purpose(test, directory):
    a, b = Ear("239.1.1.1", 26477, "10.77.1.1"), Ear("239.1.1.2", 26478, "10.77.2.1")
    with venue(directory) as site:
        first = step(site, 100)
        heard = a.heard(first), b.heard(first)
        test.equal("both_lines_carry_all", [sum(p[2] for p in line) for line in heard], [first - 1] * 2)
        site.exchange_say("cut 1 on a")
        next_ = step(site, 100)
        on_a, on_b = a.heard(next_), b.heard(next_)
        test.true("packets_are_cut_differently_on_a_and_b", {p[2] for p in on_a if p[2]} == {1} and
                  max(p[2] for p in on_b) > 1, [{p[2] for p in line} for line in (on_a, on_b)], "1 on A, more on B")
        test.equal("they_carry_the_same_all_the_same", sum((p[3] for p in on_a), []), sum((p[3] for p in on_b), []))
        site.exchange_say("drop 5 on a")
        next_ = step(site, 10)
        on_a, on_b = a.heard(next_), b.heard(next_)
        test.equal("five_packets_are_lost_on_a", (len([p for p in on_a if p[2]]), sum(p[2] for p in on_b)), (5, 10))
        sessions_and_strays(test, site, a, b)
        a.close()
        b.close()


def sessions_and_strays(test, site, a, b):
    next_ = status(site)["sequence"]
    site.exchange_say("rogue 1000000 on b")
    stray = b.packet()
    while stray[2] == 0:
        stray = b.packet()
    test.equal("a_rogue_packet_is_far_ahead", (stray[0], stray[1], stray[2]), (SESSION, next_ + 1000000, 1))
    site.exchange_say("end")
    ends = [a.packet(), b.packet()]
    while any(e[2] != 0xFFFF for e in ends):
        ends = [a.packet(), b.packet()]
    test.equal("an_end_of_session_is_said_on_both_lines", [e[:3] for e in ends], [(SESSION, next_, 0xFFFF)] * 2)
    site.exchange_say("session SIM0000002")
    packet = a.packet()
    while packet[0] == SESSION:
        packet = a.packet()
    test.equal("a_new_session_begins_with_message_1", packet[:2], ("SIM0000002", 1))
    until = status(site)["sequence"]
    requests = recover.Requests(REWIND)
    day = requests.all("SIM0000002", 1, until)
    there = venue_books(site, os.path.dirname(site.config))
    test.equal("a_new_session_says_the_market_anew", books_of(day, there), there)
    requests.close()
    silent = recover.Requests(REWIND, seconds=0.3)
    test.equal("the_old_session_is_gone", silent.ask(SESSION, 1, 1), None)
    silent.close()


if __name__ == "__main__":
    cases.run("system.venue", requests_are_answered, snapshots_are_the_market, lines_go_wrong_on_purpose)
