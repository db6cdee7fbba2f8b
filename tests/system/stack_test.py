#!/usr/bin/env python3
"""Order sessions over the dataplane's own TCP stack: strategies and venue speak kernel TCP from the other end of a
veth pair, the gate answers by lwIP on a DPDK port, and no socket of the kernel is in between.

Orders pass and are refused, a killed account's orders are cancelled, a strategy that breaks off comes back to where
it was, strangers who take every place leave who has one alone and are counted, and the day replays to the same decisions.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402

KERNEL, STACK = "10.77.3.1", "10.77.3.2"
PORTS = '  - {name: feed-b, kind: dpdk, device: "net_af_packet1,iface=slfeedb"}'
EDIT = {"site.yaml": [
    (PORTS, PORTS + '\n  - {name: orders, kind: dpdk, device: "net_af_packet2,iface=slordb"}'),
    ("address: 127.0.0.1:26000", f"address: {KERNEL}:26000"),
    ("listen: 127.0.0.1:25000", f"listen: {STACK}:25000"),
    ("control: {max_silence", f"stack: {{port: orders, address: {STACK}/24}}\n  control: {{max_silence"),
]}
BID = quotes.BID_E4


def fill_checksums(device):
    """A veth end leaves TCP checksums to a card that is not there; a wire would carry them (ETHTOOL_STXCSUM, 0)."""
    value = struct.pack("II", 0x17, 0)
    buffer = ctypes.create_string_buffer(value, len(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8946, struct.pack("16sP", device.encode(), ctypes.addressof(buffer)))


def make_wire():
    for words in (("link", "add", "slorda", "type", "veth", "peer", "name", "slordb"),
                  ("address", "add", f"{KERNEL}/24", "dev", "slorda"),
                  ("link", "set", "slorda", "up"), ("link", "set", "slordb", "up")):
        subprocess.run(("ip",) + words, check=True, capture_output=True)
    fill_checksums("slorda")


def client_of(user, password, port=25000, address=STACK):
    client = ouch.Client(port, user, password, address)
    if not client.login():
        raise appliance.NotReady(f"{user}: found no login over the stack")
    return client


def quote(site):
    return quotes.two_sided(site, client_of("maker", "maker", 26000, KERNEL))


def trips(client, count):
    """Round trips of resting orders, in microseconds, sorted."""
    times = []
    for i in range(count):
        began = time.perf_counter_ns()
        answer = client.answer(client.enter("B", 1, "AAPL", BID - 100 * (1 + i % 50)), ("accepted", "rejected"))
        times.append((time.perf_counter_ns() - began) / 1000)
        if answer is None or answer["name"] != "accepted":
            raise appliance.NotReady(f"order {i}: found {answer}, expected accepted")
    return sorted(times)


def orders_over_the_stack(test, directory):
    make_wire()
    with appliance.Appliance(directory, edit=EDIT) as site:
        site.up("--user", "maker:maker", "--commands", "--listen", f"{KERNEL}:26000", itch=None)
        maker = quote(site)
        client = client_of("quote1", "test-one")
        listening = subprocess.run(("ss", "-Htln", "sport", "=", ":25000"), capture_output=True, text=True).stdout
        test.equal("no_socket_of_the_kernel_listens_for_orders", listening.strip(), "")
        times = trips(client, 20)
        test.note(f"order to venue and back over two stacks: p50 {times[len(times) // 2]:.0f} us")
        taken = client.answer(client.enter("B", 10, "AAPL", BID + 200), ("executed", "rejected"))
        test.equal("an_order_is_executed_at_the_venue", (taken or {}).get("name"), "executed")
        refused = client.answer(client.enter("B", 1000000, "AAPL", BID), ("accepted", "rejected"))
        test.equal("one_too_big_is_refused", (refused or {}).get("name"), "rejected")
        breaks_off(test, client)
        no_place_for_one_more(test, site, client)
        the_wire_is_counted(test, site)
        done = site.ctl("kill", "account", "17", "because", "test")
        test.equal("a_kill_cancels_what_rests", (done.returncode, site.metric("sluice_gate_open_orders")), (0, 0))
        maker.close()
        site.close()
        test.equal("the_day_replays_to_the_same_decisions", site.replay().get("verdict"), "equal")


def the_wire_is_counted(test, site):
    """Noise on the wire is dropped by its kind; every frame is accounted for."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as noise:
        noise.bind(("slorda", 0))
        noise.send(b"\xff" * 6 + b"\x02" * 6 + b"\x86\xdd" + bytes(46))
        noise.send(b"\xff" * 6 + b"\x02" * 6 + b"\x08\x00" + bytes(46))

    def row():
        return next(r for r in site.ctl_json("show", "ports")["rows"] if r["port"] == "orders")
    appliance.wait_for("the noise to be counted", lambda: int(row()["not_udp"]) > 0 and int(row()["bad_frames"]) > 0, 5)
    found = row()
    test.true("frames_of_the_orders_port_are_shown", int(found["delivered"]) > 40 and found["link"] == "up", found,
              "many delivered, link up")
    test.equal("and_none_of_them_is_unaccounted", int(found["unaccounted"]), 0)


def no_place_for_one_more(test, site, client):
    """Strangers connect and say nothing until there is no place left: one is refused or puts the oldest of them out, and
    strategies stay and come in as ever."""
    strangers = []
    full = ("sluice_gate_connections_refused_total", "sluice_gate_logins_crowded_total")
    test.equal("nobody_was_refused_a_connection_so_far", [site.metric(name) for name in full], [0, 0])
    for _ in range(400):
        stranger = socket.socket()
        stranger.setblocking(False)
        stranger.connect_ex((STACK, 25000))
        strangers.append(stranger)
        client.poll()
    client.heartbeat()
    try:
        appliance.wait_for("a place to be wanted", lambda: any(site.metric(name) > 0 for name in full), 10, every=0.05)
    except appliance.NotReady as trouble:
        print(trouble, flush=True)
    wanted = [site.metric(name) for name in full]
    test.true("who_finds_no_place_is_refused_or_takes_the_oldest_strangers", any(wanted), wanted, "one above 0")
    mine = client.answer(client.enter("B", 2, "AAPL", BID - 6000), ("accepted", "rejected"))
    test.equal("who_had_a_place_goes_on", (mine or {}).get("name"), "accepted")
    other = ouch.Client(25000, "take2", "test-two", STACK)

    def logs_in():
        try:
            return other.login()
        except OSError:
            return False
    appliance.wait_for("a place among strangers", logs_in, 20, every=0.2)
    test.true("and_another_comes_in_among_the_strangers", other.socket is not None, None, "a login")
    for stranger in strangers:
        stranger.close()
    other.close()


def breaks_off(test, client):
    """The peer's socket is gone without a word; the next login is told all it missed."""
    resting = client.enter("B", 5, "AAPL", BID - 5000)
    client.answer(resting, ("accepted",))
    client.socket.close()
    test.true("a_strategy_comes_back_to_its_session", client.login(), False, "a login")
    client.cancel(resting)
    test.true("and_cancels_what_it_left", client.answer(resting, ("canceled",)) is not None, None, "canceled")


if __name__ == "__main__":
    cases.run("system.stack", orders_over_the_stack)
