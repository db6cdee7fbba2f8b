#!/usr/bin/env python3
"""A start that is refused says why and leaves nothing behind: no directory, file or socket that was not there.

Each row breaks a site in one place.  It is started in a fresh site, in one whose directories somebody had made, and in one
that has traded: what was there stays, to the byte, and nothing comes to it.
"""

import hashlib
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

# what is broken: the program, its exit status, the file and what in it, and what the refusal says
BROKEN = [
    ("a_key_nobody_knows", "sluice-dataplane", 2, {"site.yaml": ("max_behind:", "max_behint:")}, "max_behint"),
    ("a_key_nobody_knows_to_control", "sluice-control", 2, {"site.yaml": ("max_behind:", "max_behint:")}, "max_behint"),
    ("symbols_that_nobody_can_read_while_ports_come_up", "sluice-dataplane", 2,
     {"symbols.yaml": ("tick: 0.01, lot: 1, previous_close: 154.68", "tick: none, lot: 1, previous_close: 154.68")}, "symbols.yaml"),
    ("a_limit_in_the_wrong_unit", "sluice-control", 2, {"limits.yaml": ("2000 shares", "2000 bps")}, "2000 bps"),
    ("a_port_that_is_not_there", "sluice-dataplane", 1, {"site.yaml": ("iface=slfeedb", "iface=nowhere0")},
     "net_af_packet1|found records of configuration"),
    ("a_run_directory_that_cannot_be", "sluice-dataplane", 1, {"site.yaml": ("run_directory: run", "run_directory: no/run")},
     "no/run"),
    ("a_run_directory_that_control_cannot_make", "sluice-control", 2,
     {"site.yaml": ("run_directory: run", "run_directory: no/run")}, "no/run"),
    ("a_journal_that_cannot_be", "sluice-dataplane", 1, {"site.yaml": ("directory: journal", "directory: no/journal")},
     "no/journal"),
]


def tree(directory):
    """Every path under a directory with what it holds.  Whose lock it was is for people only."""
    found = {}
    for at, directories, files in os.walk(directory):
        for name in directories:
            found[os.path.join(at, name)] = "directory"
        for name in files:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[path] = "lock" if name == "journal.lock" else hashlib.sha256(file.read()).hexdigest()
    return found


def start(site, program):
    done = subprocess.run([site.program(program), "--config", site.config], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def difference(before, after):
    return sorted(set(before.items()) ^ set(after.items()))


def refuse(test, site, row, where):
    name, program, status, changes, named = row
    kept = {}
    for file, (old, new) in changes.items():
        with open(os.path.join(site.config, file)) as stream:
            kept[file] = stream.read()
        if old not in kept[file]:
            raise appliance.NotReady(f"{file}: found no `{old}`")
        with open(os.path.join(site.config, file), "w") as stream:
            stream.write(kept[file].replace(old, new))
    before = tree(site.config)
    found, said = start(site, program)
    test.true(f"{name}_is_refused_{where}", found == status and re.search(named, said), (found, said[-300:]),
              f"exit {status} and {named}")
    test.none(f"{name}_leaves_nothing_{where}", difference(before, tree(site.config)), "differences")
    for file, text in kept.items():
        with open(os.path.join(site.config, file), "w") as stream:
            stream.write(text)


def in_a_fresh_site(test, directory):
    with appliance.Appliance(directory) as site:
        for row in BROKEN:
            refuse(test, site, row, "in_a_fresh_site")


def where_somebody_made_the_directories(test, directory):
    with appliance.Appliance(directory) as site:
        os.mkdir(site.run, 0o755)
        os.mkdir(site.journal, 0o750)
        for row in BROKEN:
            refuse(test, site, row, "in_directories_made_before")


def a_busy_address(test, directory):
    """The gate listens last, when the journal has its first records: those stay, sockets do not."""
    with appliance.Appliance(directory) as site, socket.create_server(("127.0.0.1", 25000)):
        site.dataplane()
        site.control()
        appliance.wait_for("the end of the dataplane", lambda: not site.is_alive("dataplane"))
        test.true("a_busy_address_is_refused_by_name", "25000" in site.tail("dataplane"), site.tail("dataplane"), "the address")
        site.stop("control")
        test.none("a_busy_address_leaves_no_socket", os.listdir(site.run) if os.path.exists(site.run) else [], "names")


def where_a_day_was_traded(test, directory):
    with appliance.Appliance(directory) as site:
        site.up()
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        client.answer(client.enter("B", 10, "AAPL", 1600000))
        client.close()
        site.stop("control")
        site.stop("dataplane")
        for row in BROKEN:
            refuse(test, site, row, "after_a_day")


if __name__ == "__main__":
    cases.run("system.refused_start", in_a_fresh_site, where_somebody_made_the_directories, a_busy_address,
              where_a_day_was_traded)
