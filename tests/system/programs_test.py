#!/usr/bin/env python3
"""Every program of the product says how it is used, which build it is, and what of a call it did not understand."""

import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402

PROGRAMS = ["sluice-dataplane", "sluice-control", "sluicectl", "sluice-exchange", "sluice-client", "sluice-strategy",
            "sluice-pktgen", "sluice-bench"]


def call(program, *words):
    done = subprocess.run([os.path.join(appliance.BUILD, program), *words], capture_output=True, text=True, timeout=10,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def every_program_says_how_it_is_used(test, _):
    for program in PROGRAMS:
        status, out, err = call(program, "--help")
        test.true(f"{program}_explains_itself_to_standard_output", (status, err) == (0, "") and program in out
                  and "--version" in out, (status, out[:200], err), "its name and its options, and status 0")


def every_program_says_which_build_it_is(test, _):
    builds = set()
    for program in PROGRAMS:
        status, out, err = call(program, "--version")
        said = re.fullmatch(program + r" build ([0-9a-f]{16}), optimised (.+), compiler (.+)\n", out)
        test.true(f"{program}_says_its_build", (status, err) == (0, "") and said is not None, (status, out, err),
                  "its build, how it was optimised and its compiler, and status 0")
        builds.add(said.group(1) if said else out)
    test.equal("they_are_of_one_build", len(builds), 1)


def an_option_that_nobody_knows_is_refused(test, _):
    for program in PROGRAMS:
        status, out, err = call(program, "--nonsense")
        test.true(f"{program}_names_the_option_it_does_not_know", status in (2, 9) and out == "" and "nonsense" in err,
                  (status, out, err), "status 2 (9 of sluicectl) and the option on standard error")


def a_site_is_checked_with_its_limits(test, directory):
    site = os.path.join(appliance.ROOT, "config", "examples", "simulation")
    bad = os.path.join(directory, "limits.yaml")
    with open(os.path.join(site, "limits.yaml"), encoding="utf-8") as file:
        text = file.read()
    with open(bad, "w", encoding="utf-8") as file:
        file.write(text.replace("shares", "bps", 1))
    for program in ("sluice-dataplane", "sluice-control"):
        status, out, err = call(program, "--config", site, "--check")
        test.true(f"{program}_finds_the_example_good", (status, err) == (0, "") and "limits.yaml: good: " in out,
                  (status, out[:200], err), "status 0 and the file")
        status, out, err = call(program, "--config", site, "--limits", bad, "--check")
        test.true(f"{program}_says_where_a_limit_is_wrong",
                  (status, out) == (2, "") and re.search(re.escape(bad) + r":\d+:\d+: .*expected", err) is not None,
                  (status, out[:200], err), "status 2, the file with line and column, and what was expected")


def a_flow_that_cannot_be_played_is_told_of_at_once(test, directory):
    with open(appliance.AAPL, "rb") as file:
        flow = file.read(1000 * 38)
    first = 2 + struct.unpack_from(">H", flow)[0]
    for name, flow_bytes, at in (("nothing", b"", None), ("zeros", bytes(5000), 0), ("no_lengths", flow[2:], 0),
                                 ("a_cut_message", flow[:first + 9], first),
                                 ("an_unknown_type", flow[:first] + struct.pack(">H", 20) + b"~" * 20, first),
                                 ("an_end_in_the_middle", flow[:first] + b"\0\0" + flow[first:], first)):
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(flow_bytes)
        status, out, err = call("sluice-bench", "--only", "feed", "--aapl", path)
        said = "no message" if at is None else f"at byte {at},"
        test.true(f"{name}_is_no_flow", status == 1 and path in err and said in err, (status, out[:100], err[:300]),
                  f"status 1, the file and `{said}`")


if __name__ == "__main__":
    cases.run("system.programs", every_program_says_how_it_is_used, every_program_says_which_build_it_is,
              an_option_that_nobody_knows_is_refused, a_site_is_checked_with_its_limits, a_flow_that_cannot_be_played_is_told_of_at_once)
