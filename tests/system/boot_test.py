#!/usr/bin/env python3
"""Boot with ten thousand symbols, of real processes: from their start until `health` says ready, fresh, after a death with orders
open, and after the death of both.

The figures are told for people: the wall clock's, and what the two processes took of their processors' time until then, which says
more where a machine does something else too.  That it becomes ready is what is held to here.
"""

import itertools
import os
import re
import string
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

SYMBOLS, OWN = 10000, 5  # of the example
LAST = "QOUK"
MOST_SECONDS = 60  # the goal is one, of a machine that does nothing else


def many_symbols(site):
    """The example's own first: their indices stay."""
    path = os.path.join(site.config, "symbols.yaml")
    with open(path) as file:
        text = file.read()
    names = ("Q" + "".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=3))
    with open(path, "w") as file:
        file.write(text)
        for name in itertools.islice(names, SYMBOLS - OWN):
            file.write(f"  - {{name: {name}, tick: 0.01, lot: 1, previous_close: 46.13, previous_close_time: "
                       '"2019-01-29T21:00:00Z",\n     adv: 2000000 shares, outstanding: 490000000 shares, margin: 2500 bps, '
                       "stress: 2000 bps, sector: technology}\n")


def is_ready(site, story, began):
    """Keeps what was waited for, and until when."""
    done = site.ctl_json("health")
    rows = [row for row in done.get("rows", []) if row["part"] != "armed"]
    waited = [row["check"] for row in rows if not row["good"]] if rows else ["an answer"]
    if not story or story[-1][1] != waited:
        story.append((time.monotonic() - began, waited))
    return rows and not any(not row["good"] for row in rows)


def until_ready(site, *programs):
    """Starts them at once; the seconds until an operator may read `ready`, each question's own time in it."""
    began, story = time.monotonic(), []
    for name in programs:
        if name == "dataplane":
            site.dataplane(wait=None)
        else:
            site.start("control", site.program("sluice-control"), "--config", site.config)
    try:
        appliance.wait_for("health to be ready", lambda: is_ready(site, story, began), MOST_SECONDS, every=0.002)
    except appliance.NotReady as trouble:
        raise appliance.NotReady(f"{trouble}; {site.ctl('health').stdout}") from None
    for at, waited in story:
        print(f"   {at * 1000:8.0f} ms: {', '.join(waited) or 'ready'}", flush=True)
    return time.monotonic() - began, sum(processor_seconds(site, name) for name in ("dataplane", "control"))


def processor_seconds(site, name):
    with open(f"/proc/{site.processes[name].pid}/stat") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def ten_thousand_symbols(test, directory):
    with appliance.Appliance(directory) as site:
        many_symbols(site)
        site.exchange("--commands", "--speed", "step")
        fresh = until_ready(site, "dataplane", "control")
        test.equal("the_last_symbol_is_known", site.ctl("show", "effective", "17", LAST).returncode, 0)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        site.kill9("dataplane")
        client.drain()
        alone = until_ready(site, "dataplane")
        site.kill9("control")
        site.kill9("dataplane")
        both = until_ready(site, "dataplane", "control")
        phases = re.findall(r"ready after (\d+) ms: (.*?)\"", site.tail("dataplane", 200))
        test.equal("each_boot_says_where_its_time_went", len(phases), 3)
        for total, rows in phases:
            test.note(f"{total} ms: {rows}")
            sums = sum(int(row.split()[1]) for row in rows.split(", "))
            test.true("its_phases_are_all_of_it", int(total) - 16 <= sums <= int(total), sums, f"{total} ms, each rounded down")
        for case, (seconds, busy) in (("a_fresh_site_is_ready", fresh), ("a_dataplane_that_died_is_ready_again", alone),
                                      ("both_are_ready_again", both)):
            test.note(f"{case}: {seconds * 1000:.0f} ms, both processes {busy * 1000:.0f} ms of a processor until then")
            test.true(case, seconds < MOST_SECONDS, f"{seconds:.2f} s", f"less than {MOST_SECONDS} s")


if __name__ == "__main__":
    cases.run("system.boot", ten_thousand_symbols)
