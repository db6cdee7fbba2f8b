#!/usr/bin/env python3
"""tally - counts the tests of one ctest run.

    tally.py JUNIT RESULTS

JUNIT is ctest's --output-junit; RESULTS holds one XML file of cmocka per test program.  A program
with such a file counts case by case; any other counts as one.  A program that ctest calls failed
counts at least one failure, whatever its file says.  Prints `passed failed skipped`, and the name of
each failure on standard error.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree


def cases(path):
    """(passed, failed names, skipped) of one file of cmocka; None if there is none that can be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = re.sub(r"<!\[CDATA\[.*?\]\]>", "", file.read(), flags=re.S)
        root = ElementTree.fromstring(text)
    except (OSError, ElementTree.ParseError):
        return None
    passed, failed, skipped = 0, [], 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(case.get("name", "?"))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def is_skip(test):
    message = test.find("skipped").get("message", "") if test.find("skipped") is not None else ""
    return "SKIP" in message or "Disabled" in message


def main():
    junit, results = sys.argv[1], sys.argv[2]
    passed, failed, skipped = 0, [], 0
    for test in ElementTree.parse(junit).getroot().iter("testcase"):
        name, status = test.get("name", "?"), test.get("status", "?")
        counted = cases(os.path.join(results, name + ".xml"))
        if counted is None:
            counted = (1, [], 0) if status == "run" else (0, [], 1 if is_skip(test) else 0)
        bad = [f"{name}: {case}" for case in counted[1]]
        if not bad and status != "run" and not is_skip(test):
            bad = [f"{name}: the program failed"]
        passed += counted[0]
        failed += bad
        skipped += counted[2]
    for name in failed:
        print(f"failed: {name}", file=sys.stderr)
    print(passed, len(failed), skipped)


if __name__ == "__main__":
    main()
