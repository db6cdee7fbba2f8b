#!/usr/bin/env python3
"""instructions - how many instructions a message and an order cost, and whether that has grown.

Instructions counted by callgrind repeat to the digit on any machine, where nanoseconds do not, so they are
the gate against a slow creep.  A message's figure is the difference between a long and a short run of the same
program, divided by the messages that one has more: what a run costs once falls out.  An order's is counted between
two marks that the bench sets (tools/bench/bench_count.h).  (valgrind hides AVX-512, so the code that counts is the
AVX2 one.)

    instructions.py BUILD            compare with instructions.json beside this file
    instructions.py BUILD --write    make that file anew

Exit: 0 as before or better; 1 more than the tolerance above the baseline; 2 it could not be measured.  Another
compiler than the baseline's gives other counts: then they are printed and nothing is judged.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
SHORT, LONG, SYMBOLS = 100_000, 300_000, 2000
ORDERS = 2000
FEED, HOT, WIDE = "parse and book, generated market", "bytes in to bytes out, hot", "a whole poll, wide"
UNITS = {FEED: "a message", HOT: "an order", WIDE: "an order"}
TOLERANCE_PERCENT = 2.0


def compiler():
    text = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout
    return text.split("\n")[0]


def counted(command, *options):
    """Runs a command under callgrind; returns the instructions it took."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *options, *command],
                             capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or found is None:
        sys.stderr.write(run.stdout[-500:] + run.stderr[-1500:])
        raise SystemExit(2)
    return int(found.group(1))


def feed(build, folder):
    """Parse and book, a generated market, by the program that checks it against its oracle."""
    totals = []
    for count in (SHORT, LONG):
        itch, oracle = f"{folder}/{count}.itch", f"{folder}/{count}.tsv"
        subprocess.run([f"{build}/sluice-pktgen", "--messages", str(count), "--symbols", str(SYMBOLS), "--itch", itch,
                        "--oracle", oracle], check=True, capture_output=True)
        totals.append(counted([f"{build}/sluice-pktgen", "--verify", itch, "--oracle", oracle]))
    return (totals[1] - totals[0]) / (LONG - SHORT)


def gate(build, *options):
    """An order's way through the gate, between the bench's marks."""
    return counted([f"{build}/sluice-bench", "--count", str(ORDERS), *options], "--collect-atstart=no") / ORDERS


def main():
    if len(sys.argv) < 2 or len(sys.argv) > 3 or (len(sys.argv) == 3 and sys.argv[2] != "--write"):
        sys.stderr.write("instructions: expected the folder of a build, and at most --write behind it\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        found = {FEED: round(feed(sys.argv[1], folder), 1),
                 HOT: round(gate(sys.argv[1]), 1),
                 WIDE: round(gate(sys.argv[1], "--only", "wide", "--poll"), 1)}
    if len(sys.argv) == 3:
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump({"compiler": compiler(), "instructions": found}, file, indent=1)
            file.write("\n")
        return 0
    with open(BASELINE, encoding="utf-8") as file:
        baseline = json.load(file)
    is_judged = baseline["compiler"] == compiler()
    if not is_judged:
        print(f"found {compiler()}, the baseline is of {baseline['compiler']}: nothing is judged")
    is_good = True
    for name, before in baseline["instructions"].items():
        change = 100 * (found[name] / before - 1)
        print(f"{name}: {found[name]} instructions {UNITS[name]}, baseline {before}, {change:+.1f} %")
        if change > TOLERANCE_PERCENT:
            is_good = False
            print(f"  more than {TOLERANCE_PERCENT} % above: make it cheaper, or say in the commit why it is worth it and run "
                  "instructions.py BUILD --write")
    return 0 if is_good or not is_judged else 1


if __name__ == "__main__":
    sys.exit(main())
