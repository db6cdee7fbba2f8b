#!/usr/bin/env python3
"""No descriptor is left, in the dataplane, then in control: who is there goes on, a kill passes, and what each does when there are some again.
"""

import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402


def exhaust(site, name):
    """Leaves a process no number for another file; returns what it might have before."""
    pid = site.processes[name].pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    numbers = {int(number) for number in os.listdir(f"/proc/{pid}/fd")}
    first_free = next(number for number in range(len(numbers) + 1) if number not in numbers)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free, before[1]))
    return before


def restore(site, name, before):
    resource.prlimit(site.processes[name].pid, resource.RLIMIT_NOFILE, before)


def order(client, price=1620000):
    ref = client.enter("B", 1, "AAPL", price)
    answer = client.answer(ref, ("accepted", "rejected"), seconds=10)
    return answer and answer["name"]


def logs_in(user, password):
    client = ouch.Client(25000, user, password)
    try:
        return client if client.login() else None
    except OSError:
        return None


def comes_in(user, password, seconds=20):
    found = []
    try:
        appliance.wait_for("a login", lambda: found or [found.append(c) for c in [logs_in(user, password)] if c], seconds, 0.1)
    except appliance.NotReady:
        return None
    return found[0]


def no_descriptor_is_left(test, directory):
    with appliance.Appliance(directory, edit={"site.yaml": [("client_timeout: 15 s", "client_timeout: 60 s"),
                                                              ("max_silence: 500 ms", "max_silence: 10 s")]}) as site:
        site.up("--user", "maker:maker", "--commands", "--timeout-ms", "120000", itch=None)
        maker = quotes.two_sided(site)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        test.equal("an_order_passes", order(client), "accepted")

        before = exhaust(site, "dataplane")
        test.equal("who_is_there_trades_on", order(client, 1620100), "accepted")
        done = site.ctl("kill", "account", "17", "because", "a test")
        test.true("a_kill_passes_without_a_descriptor", done.returncode == 0 and "latched" in done.stdout, done.stdout + done.stderr,
                  "a kill that was latched")
        test.equal("its_orders_are_refused", order(client, 1620200), "rejected")
        restore(site, "dataplane", before)
        other = comes_in("take2", "test-two")
        if test.true("with_descriptors_newcomers_are_served", other is not None, "no login", "one"):
            test.equal("and_trade", order(other, 1620300), "accepted")

        before = exhaust(site, "control")
        began = time.monotonic()
        if other is not None:
            answers = []
            while time.monotonic() - began < 12:  # longer than control may be silent
                answers.append(order(other, 1610000 + 100 * len(answers)))
                time.sleep(0.5)
            test.equal("a_control_without_descriptors_beats_on", set(answers), {"accepted"})
        done = site.ctl("kill", "account", "18", "because", "a test")
        test.true("the_door_needs_no_control", done.returncode == 0 or "latched" in done.stdout, done.stdout + done.stderr, "latched")
        restore(site, "control", before)
        test.equal("control_answers_again", site.ctl("show", "stops").returncode, 0)
        said = site.ctl("show", "stops").stdout
        test.true("both_kills_stand", len([line for line in said.splitlines() if "killed" in line]) == 2, said, "two kills")


if __name__ == "__main__":
    cases.run("system.descriptors", no_descriptor_is_left)
