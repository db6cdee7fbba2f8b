#!/usr/bin/env python3
"""Order sessions in shared memory between real processes: orders pass and are refused, another client comes by TCP
at the same time, strangers and liars are thrown out by name, and whoever is killed, strategy or dataplane, the
other one notices.
"""

import json
import mmap
import os
import signal
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

appliance.NAP = None
STRANGER = 1003
UID = os.geteuid()
EDIT = {"site.yaml": [("control: {max_silence",
                       f"shm: {{socket: order.sock, uids: [{UID}]}}\n  control: {{max_silence")]}
BID = quotes.BID_E4
SHM_SCRIPT = """
buy 10 AAPL at 162.90
wait accepted 1 within 5 s
buy 1000000 AAPL at 162.90
wait rejected 2 within 5 s
replace 1 with 20 at 162.91
wait replaced 1 within 5 s
cancel last
wait canceled last within 5 s
"""
REST_SCRIPT = """
buy 7 AAPL at 162.80
wait accepted 1 within 5 s
wait filled 1 within 60 s
"""


class Session:
    """The strategy's side of the memory, written from sluice_order.h's comments and not from its code."""

    MAGIC, ABI, PAGE = 0x3144524F434C53, 1, 4096
    SENT, TAKEN, GATE_SENT, STATE, GATE_TAKEN = 128, 256, 384, 392, 512

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.socket.send(struct.pack("<QIIQ232s", self.MAGIC, self.ABI, 0, 0, b"system test"))
        answer, fds, _, _ = socket.recv_fds(self.socket, 256, 1)
        self.refusal = answer[24:].split(b"\0")[0].decode()
        self.memory = None
        if fds:
            self.memory = mmap.mmap(fds[0], os.fstat(fds[0]).st_size)
            os.close(fds[0])

    def put(self, place, value):
        self.memory[place:place + 8] = struct.pack("<Q", value)

    def get(self, place):
        return struct.unpack("<Q", self.memory[place:place + 8])[0]

    def is_over(self):
        try:
            return self.socket.recv(1, socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False


def words_of(site, session, script):
    user, password = session
    return (site.program("sluice-client"), "--connect", f"{site.run}/order.sock", "--user", user, "--password", password,
            "--script", script, "--json")


def script_file(site, name, text):
    path = os.path.join(site.directory, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def orders_through_shared_memory(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as site:
        site.up("--user", "maker:maker", "--commands", itch=None)
        maker = quotes.two_sided(site)
        orders_pass_and_are_refused(test, site)
        strangers_and_liars(test, site)
        a_killed_strategy(test, site)
        a_strategy_of_the_market(test, site, maker)
        a_killed_dataplane(test, site)
        maker.close()
        site.close()
        test.equal("the_day_replays_to_the_same_decisions", site.replay().get("verdict"), "equal")


def orders_pass_and_are_refused(test, site):
    other = ouch.Client(25000, "take2", "test-two")
    test.true("another_client_logs_in_by_tcp", other.login(), False, "a login")
    script = script_file(site, "shm.script", SHM_SCRIPT)
    done = subprocess.run(words_of(site, ("quote1", "test-one"), script), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)
    summary = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    test.equal("orders_pass_and_are_refused_through_shared_memory",
               (done.returncode, summary.get("accepted"), summary.get("rejected"), summary.get("replaced")), (0, 1, 1, 1))
    if done.returncode:
        test.note(done.stdout[-600:] + done.stderr[-600:])
    answer = other.answer(other.enter("B", 1, "AAPL", BID - 1000), ("accepted", "rejected"))
    test.equal("and_by_tcp_beside_it", (answer or {}).get("name"), "accepted")
    other.close()
    test.equal("a_session_was_opened", site.metric("sluice_gate_shm_opened_total"), 1)
    test.equal("an_orderly_end_is_no_death", site.metric("sluice_gate_shm_died_total"), 0)


def strangers_and_liars(test, site):
    liar = Session(f"{site.run}/order.sock")
    test.equal("a_named_uid_gets_a_memory", (liar.refusal, liar.memory is not None), ("", True))
    since = os.path.getsize(site.log("dataplane"))
    liar.put(Session.SENT, 1 << 40)
    appliance.wait_for("the liar to be thrown out", liar.is_over, 5)
    test.equal("a_liar_is_thrown_out", liar.get(Session.STATE), 3)
    site.wait_log("dataplane", rf"order session of uid {UID}, pid {os.getpid()} closed: found {1 << 40} as the count", since=since)
    test.equal("by_name_and_counted", site.metric("sluice_gate_shm_lied_total"), 1)
    if os.geteuid() != 0 or appliance.is_rootless():
        test.note("other uids: not asked, only root can act as them")
        return
    script = script_file(site, "none.script", "pause 1 ms\n")
    os.chmod(script, 0o644)
    words = (site.for_others("sluice-client"),) + words_of(site, ("quote1", "test-one"), script)[1:]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20, user=STRANGER)
    test.equal("a_uid_that_the_site_does_not_name_is_refused", done.returncode, 3)
    site.wait_log("dataplane", rf"order session refused to uid {STRANGER}, pid \d+: found uid {STRANGER}", since=since)


def a_killed_strategy(test, site):
    script = script_file(site, "rest.script", REST_SCRIPT)
    site.start("resting", *words_of(site, ("quote1", "test-one"), script))
    appliance.wait_for("its order to rest", lambda: site.metric("sluice_gate_open_orders") == 2, 10)
    died, began = site.metric("sluice_gate_shm_died_total"), time.monotonic()
    site.kill9("resting")
    appliance.wait_for("the gate to notice", lambda: site.metric("sluice_gate_shm_died_total") == died + 1, 5)
    test.note(f"kill -9 of the strategy to its session closed, as control shows it: {(time.monotonic() - began) * 1000:.0f} ms")
    test.equal("a_killed_strategy_is_noticed", site.metric("sluice_gate_shm_died_total"), died + 1)
    again = ouch.Client(25000, "quote1", "test-one")
    test.true("its_session_is_free_for_whoever_comes_back", again.login(), False, "a login")
    again.close()


def a_strategy_of_the_market(test, site, maker):
    before = site.metric("sluice_gate_orders_in_total")
    site.start("actor", site.program("sluice-strategy"), "--run", site.run, "--symbol", "AAPL", "--json", "--idle", "nap",
               "--when", "AAPL bid >= 1.00", "--then", "buy 1 AAPL at 150.00", "--connect", f"{site.run}/order.sock",
               "--user", "quote1", "--password", "test-one", "--wait", "10 s")
    site.wait_log("actor", '"type":"open"')
    maker.enter("B", 1, "AAPL", 1000000)  # something happens in AAPL
    appliance.wait_for("an order at the gate", lambda: site.metric("sluice_gate_orders_in_total") == before + 1, 10)
    test.equal("a_trigger_sends_its_order_through_shared_memory", site.metric("sluice_gate_orders_in_total"), before + 1)
    site.stop("actor")


def a_killed_dataplane(test, site):
    script = script_file(site, "rest.script", REST_SCRIPT)
    session = Session(f"{site.run}/order.sock")
    orders = site.metric("sluice_gate_open_orders")
    client = subprocess.Popen(words_of(site, ("quote1", "test-one"), script), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    appliance.wait_for("its order to rest", lambda: site.metric("sluice_gate_open_orders") == orders + 1, 10)
    site.kill9("dataplane")
    appliance.wait_for("the socket to end", session.is_over, 5)
    test.equal("a_strategy_sees_that_the_dataplane_was_killed", session.get(Session.STATE), 1)
    try:
        code = client.wait(10)
    except subprocess.TimeoutExpired:
        client.send_signal(signal.SIGKILL)
        code = client.wait()
    test.true("a_session_ends_with_its_dataplane", code in (1, 3), code, "1 or 3: it waited for a fill and lost the session")
    site.dataplane(wait=None)
    site.wait_open()
    again = Session(f"{site.run}/order.sock")
    test.true("the_next_dataplane_gives_another_memory", again.memory is not None, again.refusal, "a memory")


if __name__ == "__main__":
    cases.run("system.order_shm", orders_through_shared_memory)
