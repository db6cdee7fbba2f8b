#!/usr/bin/env python3
"""Orders over TLS between real processes: a client with its certificate, the venue with its own and its drop copy with
another, and everybody who shows the wrong one, or none, or speaks an older TLS, is refused by name.

The other ends are Python's ssl, through tunnels of the test.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402

GATE_TLS, VENUE_TLS, CLIENT_PLAIN, DROP_TLS = 25443, 26443, 25444, 26444
BID = quotes.BID_E4
EDIT = {"site.yaml": [
    ("control: {max_silence", f"tls: {{listen: 127.0.0.1:{GATE_TLS}, certificate: gate.pem, key: gate.key, "
                              "authority: ca.pem}\n  control: {max_silence"),
    ("address: 127.0.0.1:26000", f"address: 127.0.0.1:{VENUE_TLS}"),
    ("timeout: 15 s\n\ngate:", "timeout: 15 s\n    tls: {name: exchange.example, certificate: firm.pem, key: firm.key, "
                               "authority: ca.pem}\n    drop_copy: {session_id: 240, "
                               f"address: 127.0.0.1:{DROP_TLS}, username: drop, password: test-drop, tls: {{name: "
                               "drop.example, certificate: firm.pem, key: firm.key, authority: ca.pem}}\n\ngate:"),
    ("trader: ANNA", "trader: ANNA\n      certificate: quoter"),
]}


def openssl(*words):
    subprocess.run(("openssl",) + words, check=True, capture_output=True, stdin=subprocess.DEVNULL)


class Papers:
    """An authority and whom it vouches for, beside the site's files."""

    def __init__(self, directory):
        self.directory = directory
        for ca in ("ca", "otherca"):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    f"/CN={ca}", "-keyout", self.path(ca, "key"), "-out", self.path(ca, "pem"))
        for name, common, ca in (("gate", "gate.example", "ca"), ("firm", "firm", "ca"), ("quoter", "quoter", "ca"),
                                 ("taker", "taker", "ca"), ("exchange", "exchange.example", "ca"),
                                 ("drop", "drop.example", "ca"),
                                 ("stranger", "quoter", "otherca")):
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={common}",
                    "-keyout", self.path(name, "key"), "-out", self.path(name, "csr"))
            openssl("x509", "-req", "-in", self.path(name, "csr"), "-CA", self.path(ca, "pem"), "-CAkey",
                    self.path(ca, "key"), "-CAcreateserial", "-days", "2", "-out", self.path(name, "pem"))
            os.chmod(self.path(name, "key"), 0o600)

    def path(self, name, kind):
        return os.path.join(self.directory, f"{name}.{kind}")

    def client(self, name):
        context = ssl.create_default_context(cafile=self.path("ca", "pem"))
        context.check_hostname = False  # Python looks at alternative names only, these certificates have none
        if name:
            context.load_cert_chain(self.path(name, "pem"), self.path(name, "key"))
        return context

    def server(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(name, "pem"), self.path(name, "key"))
        context.load_verify_locations(self.path("ca", "pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        return context


class Tunnel:
    """Takes connections and passes bytes on to a port; TLS at whichever end has a context."""

    def __init__(self, port, target, near=None, far=None):
        self.target, self.near, self.far = target, near, far
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                taken, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(taken,), daemon=True).start()

    def carry(self, taken):
        try:
            if self.near:
                taken = self.near.wrap_socket(taken, server_side=True)
            onward = socket.create_connection(("127.0.0.1", self.target))
            if self.far:
                onward = self.far.wrap_socket(onward)
        except OSError:
            taken.close()
            return
        back = threading.Thread(target=self.pass_on, args=(onward, taken), daemon=True)
        back.start()
        self.pass_on(taken, onward)

    @staticmethod
    def pass_on(source, target):
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
        except OSError:
            pass
        for end in (target, source):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def refused(context):
    """What becomes of a connection that the gate should not want: the exception's name, or what was read."""
    try:
        with socket.create_connection(("127.0.0.1", GATE_TLS), timeout=5) as plain:
            with context.wrap_socket(plain) as talk:
                return talk.recv(1)  # TLS 1.3 tells of a refused certificate with the first read
    except OSError as trouble:
        return type(trouble).__name__


def orders_over_tls(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as site:
        papers = Papers(site.config)
        Tunnel(VENUE_TLS, 26000, near=papers.server("exchange"))
        Tunnel(DROP_TLS, 26000, near=papers.server("drop"))
        Tunnel(CLIENT_PLAIN, GATE_TLS, far=papers.client("quoter"))
        Tunnel(CLIENT_PLAIN + 1, GATE_TLS, far=papers.client("taker"))
        a_start_is_refused(test, site, papers)
        site.up("--user", "maker:maker", "--drop", "drop:test-drop:sluice", "--commands", itch=None)
        appliance.wait_for("the drop copy", lambda: site.metric("sluice_gate_tls_opened_total") == 2, 5)
        test.equal("the_venue_and_its_drop_copy_are_reached_by_tls", site.metric("sluice_gate_tls_opened_total"), 2)
        maker = quotes.two_sided(site)
        orders_pass(test, site)
        the_wrong_are_refused(test, site, papers)
        an_end_without_a_word(test, site, papers)
        maker.close()
        site.close()
        test.equal("the_day_replays_to_the_same_decisions", site.replay().get("verdict"), "equal")


def a_start_is_refused(test, site, papers):
    os.chmod(papers.path("gate", "key"), 0o644)
    done = subprocess.run((site.program("sluice-dataplane"), "--config", site.config), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)
    os.chmod(papers.path("gate", "key"), 0o600)
    test.true("a_key_that_all_may_read_is_refused_at_the_start",
              done.returncode != 0 and "gate.key: found mode 0644" in done.stderr, (done.returncode, done.stderr[-300:]),
              "a sentence about the key")


def orders_pass(test, site):
    client = ouch.Client(CLIENT_PLAIN, "quote1", "test-one")
    test.true("a_client_logs_in_with_its_certificate", client.login(), False, "a login")
    taken = client.answer(client.enter("B", 10, "AAPL", BID + 200), ("executed", "rejected"))
    test.equal("its_order_is_executed_at_the_venue", (taken or {}).get("name"), "executed")
    big = client.answer(client.enter("B", 1000000, "AAPL", BID), ("accepted", "rejected"))
    test.equal("one_too_big_is_refused", (big or {}).get("name"), "rejected")
    appliance.wait_for("both words", lambda: site.metric("sluice_gate_copy_matched_total") == 2, 5)
    test.equal("the_drop_copy_tells_the_same_by_tls", site.metric("sluice_gate_copy_waiting"), 0)
    client.close()


def the_wrong_are_refused(test, site, papers):
    since, before = os.path.getsize(site.log("dataplane")), site.metric("sluice_gate_tls_refused_total")
    test.true("another_authority's_certificate_is_refused", refused(papers.client("stranger")) != b"", "a talk", "no talk")
    site.wait_log("dataplane", "refused: found a certificate of /CN=quoter: unable to get local issuer", since=since)
    test.true("so_is_none", refused(papers.client(None)) != b"", "a talk", "no talk")
    site.wait_log("dataplane", "peer did not return a certificate", since=since)
    old = papers.client("quoter")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    test.true("so_is_tls_1_2", refused(old) in ("SSLError", "ConnectionResetError"), refused(old), "SSLError")
    site.wait_log("dataplane", "unsupported protocol", since=since)
    appliance.wait_for("the counts", lambda: site.metric("sluice_gate_tls_refused_total") >= before + 3, 5)
    other = ouch.Client(CLIENT_PLAIN + 1, "quote1", "test-one")
    test.equal("one_client's_certificate_is_not_another_session's", other.login(), False)
    plain = ouch.Client(25000, "quote1", "test-one")
    test.equal("nor_is_a_password_without_it", plain.login(), False)
    taker = ouch.Client(25000, "take2", "test-two")
    test.equal("a_session_without_one_stays_as_it_was", taker.login(), True)
    taker.close()


def an_end_without_a_word(test, site, papers):
    before = site.metric("sluice_gate_tls_truncated_total")
    talk = papers.client("quoter").wrap_socket(socket.create_connection(("127.0.0.1", GATE_TLS), timeout=5))
    opened = site.metric("sluice_gate_tls_opened_total")
    talk.sendall(b"\0\1R")  # a heartbeat: both sides are done with the handshake
    appliance.wait_for("the handshake", lambda: site.metric("sluice_gate_tls_opened_total") >= opened, 5)
    talk.close()  # Python says no close_notify unless it is asked to
    appliance.wait_for("its end", lambda: site.metric("sluice_gate_tls_truncated_total") > before, 5)
    test.equal("an_end_without_close_notify_is_counted", site.metric("sluice_gate_tls_truncated_total"), before + 1)
    memory = site.metric("sluice_gate_tls_memory_bytes")
    test.true("openssl's_memory_is_shown", 100000 < memory < 16 << 20, memory, "100 kB to 16 MiB")
    test.note(f"OpenSSL holds {memory / 1024:.0f} KiB")


if __name__ == "__main__":
    cases.run("system.order_tls", orders_over_tls)
