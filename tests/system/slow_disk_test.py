#!/usr/bin/env python3
"""A boot on a disk that is merely slow (slow_disk.c holds its first write back): it waits longer than anything else in it has time,
says what for, in its log and by health, and becomes ready by itself; a signal ends the wait."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

WAITS_MS = 12000  # a boot once gave up after ten seconds
WORDS = "waits for its disk"
BEGUN = "has its disk make and write the first segment"


def start_slow(site, waits_ms):
    os.environ["LD_PRELOAD"] = os.path.join(site.build, "tests", "libtest_slow_disk.so")
    os.environ["SLUICE_DISK_WAITS_MS"] = str(waits_ms)
    try:
        site.dataplane(wait=None)
    finally:
        del os.environ["LD_PRELOAD"], os.environ["SLUICE_DISK_WAITS_MS"]


def recovery(site):
    rows = site.ctl_json("health").get("rows", [])
    return next((row["found"] for row in rows if row["check"] == "recovery"), "")


def a_boot_waits_for_a_slow_disk(test, directory):
    with appliance.Appliance(directory) as site:
        site.exchange()
        began = time.monotonic()
        start_slow(site, WAITS_MS)
        site.control()
        appliance.wait_for("health to say so", lambda: WORDS in recovery(site), WAITS_MS / 1000 - 1)
        test.true("health_says_so_while_it_waits", time.monotonic() - began < WAITS_MS / 1000, time.monotonic() - began,
                  "while it waits")
        test.true("the_log_says_what_is_begun", BEGUN in site.tail("dataplane", 20), site.tail("dataplane", 20), BEGUN)
        test.true("and_what_it_waits_for", site.wait_log("dataplane", WORDS), site.tail("dataplane", 20), WORDS)
        appliance.wait_for("clients to be let in", lambda: "open: clients on" in site.tail("dataplane", 50), 60)
        test.true("it_waited_longer_than_ten_seconds", time.monotonic() - began > WAITS_MS / 1000,
                  time.monotonic() - began, WAITS_MS / 1000)
        test.equal("health_says_no_more_of_it", recovery(site), "the gate replayed its journal")


def a_signal_ends_the_wait(test, directory):
    with appliance.Appliance(directory) as site:
        start_slow(site, 60000)
        site.wait_log("dataplane", WORDS)
        process = site.processes["dataplane"]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        test.equal("it_ends_as_a_start_that_came_to_nothing", process.wait(timeout=100), 1)
        test.true("and_says_why", "had not written the first block" in site.tail("dataplane", 20),
                  site.tail("dataplane", 20), "the reason")
        test.note(f"ended {time.monotonic() - began:.1f} s after the signal")


if __name__ == "__main__":
    cases.run("system.slow_disk", a_boot_waits_for_a_slow_disk, a_signal_ends_the_wait)
