#!/usr/bin/env python3
"""docs/faults.md names tests that exist, and every row of it names one."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
NAMED = re.compile(r"`([\w/]+\.(?:c|py|scn))(?:: (\w+))?`")


def rows(text):
    """(fault, what shows it) of each row of a table."""
    for line in text.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in ("fault", "---"):
            yield cells[0], cells[2]


def is_test(root, path, name):
    """True where the file has such a test: a C function, or a play or case of a Python test."""
    whole = os.path.join(root, "tests", path)
    if not os.path.isfile(whole):
        return False
    if name is None:
        return True
    with open(whole, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".c"):
        return f"static void {name}(void **state)" in text and len(re.findall(rf"\b{name}\b", text)) > 1
    return re.search(rf'^def {name}\(|"{name}"', text, re.M) is not None


def findings(root, text):
    found, count = [], 0
    for fault, shown in rows(text):
        tests = NAMED.findall(shown)
        count += 1
        if not tests:
            found.append(f"{fault}: found no test, expected one at least")
        found += [f"{fault}: found {path} {name}, expected a test that exists" for path, name in tests
                  if not is_test(root, path, name or None)]
    return found if count else ["found no row, expected a table"]


def main():
    with open(os.path.join(ROOT, "docs", "faults.md"), encoding="utf-8") as file:
        text = file.read()
    found = findings(ROOT, text)
    # and each kind of mistake is seen
    for wrong in ("", "| a fault | none | nothing |", "| a fault | x | `crash/no_such_test.c: a_test` |",
                  "| a fault | x | `crash/journal_test.c: no_such_test` |", "| a fault | x | `crash/kill9_test.py: no_such` |"):
        if not findings(ROOT, wrong):
            found.append(f"{wrong!r} was taken, expected a finding")
    print("\n".join(found) if found else "faults: every row is shown by tests that exist")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
