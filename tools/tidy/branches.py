#!/usr/bin/env python3
"""branches - which branches of a room no test took.

    branches.py BUILD ROOM PERCENT

BUILD was made by the coverage preset and its tests were run; ROOM is a folder, or one file of it.  Names every line that never ran
and every line with a branch that was never taken, then says how many were.  The exit status is 0 only if at least
PERCENT of the branches were taken, and of 100 also every line.

What cannot be taken is deleted, or is a CHECK: lines that hold one do not count.
"""

import json
import os
import re
import subprocess
import sys

# Another build of the same files with other lines in it: gcovr cannot lay the two over each other.
NOT_OURS = ".*_queue.dir.*"


def measured(build, room):
    """gcovr's JSON of a room."""
    chosen = re.escape(room) + "$" if room.endswith(".c") else room.rstrip("/") + "/"
    run = subprocess.run(
        ["gcovr", "--root", ".", "--object-directory", build, "--filter", chosen, "--json",
         "--exclude-directories", NOT_OURS, "--exclude-unreachable-branches",
         "--exclude-lines-by-pattern", r".*\bCHECK\(.*", build],
        capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"branches: gcovr ended with {run.returncode}, expected 0: {run.stderr.strip()[-400:]}")
    return json.loads(run.stdout)


def missed(document):
    """(missed places, branches taken, branches, lines that never ran): a place is file, line, what is missing."""
    places, taken, total, idle = [], 0, 0, 0
    for file in document["files"]:
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            counts = [branch["count"] for branch in line["branches"]]
            total += len(counts)
            taken += sum(count > 0 for count in counts)
            if line["count"] == 0:
                idle += 1
                places.append((file["file"], line["line_number"], "never ran"))
            elif 0 in counts:
                places.append((file["file"], line["line_number"],
                               f"{counts.count(0)} of {len(counts)} branches were never taken"))
    return places, taken, total, idle


def verdict(document, room, percent):
    """(text, whether the room passes)."""
    places, taken, total, idle = missed(document)
    if total == 0:
        return f"{room}: found no branches, expected some; were the tests run?", False
    lines = [f"{path}:{number}: {what}" for path, number, what in places]
    lines.append(f"{room}: {taken} of {total} branches were taken ({100 * taken / total:.1f} %), "
                 f"expected at least {percent} %")
    return "\n".join(lines), 100 * taken >= percent * total and (percent < 100 or idle == 0)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    build, room, percent = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    text, is_met = verdict(measured(build, room), room, percent)
    print(text)
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
