"""blocks - the blocks of a conversation, written out as the venue's own scripts write theirs out.

    each reject            the lines up to `end` once for every row of that kind in ouch_reason.def (each letter: the
                           rejects of ouch42.def)
      ... {name} {code}    and {number}, the code in decimal
    end
    repeat 20              the lines up to `end` so often
      ... {n} {nn}         1, 2, 3 and 01, 02, 03; within an each too
    end

A new row of the table is a conversation more, and nobody has to remember it.
"""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LETTERS = os.path.join(ROOT, "dataplane", "wire", "ouch42.def")
REASONS = os.path.join(ROOT, "dataplane", "wire", "ouch_reason.def")


def reasons(kind):
    """The (code, name) rows of a kind; codes as the table writes them, without quotes."""
    path = LETTERS if kind == "letter" else REASONS
    with open(path) as file:
        if kind == "letter":
            return [(letter, letter) for letter in re.findall(r"^OUCH42_REJECT\('(.)', ", file.read(), re.M)]
        rows = re.findall(r"^OUCH_%s\(([^,]+), (\w+), " % kind.upper(), file.read(), re.M)
    if not rows:
        raise ValueError(f"each {kind}: found no row of that kind in {path}")
    return [(code.strip("'"), name) for code, name in rows]


def expand(steps):
    """steps: (number, line) pairs; gives them with every block written out."""
    out, at = [], 0
    while at < len(steps):
        number, line = steps[at]
        match = re.match(r"(each|repeat) (\w+)$", line)
        if not match:
            out.append((number, line))
            at += 1
            continue
        end = matching(steps, at)
        rows = reasons(match[2]) if match[1] == "each" else [None] * int(match[2])
        for n, row in enumerate(rows, 1):
            out += expand([(i, meant(text, n, row)) for i, text in steps[at + 1:end]])
        at = end + 1
    return out


def meant(text, n, row):
    words = {"n": str(n), "nn": f"{n:02d}"}
    if row:
        words.update(code=row[0], name=row[1], number=str(int(row[0], 0)) if row[0].startswith("0x") else row[0])
    return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], m[0]), text)


def matching(steps, at):
    depth = 0
    for i in range(at, len(steps)):
        depth += bool(re.match(r"(each|repeat) \w+$", steps[i][1])) - (steps[i][1] == "end")
        if depth == 0:
            return i
    raise ValueError(f"line {steps[at][0]}: found a block without its end")
