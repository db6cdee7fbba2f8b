#!/usr/bin/env python3
"""gen - prints the reference pages from the rows that the programs are built from.

    gen.py            writes docs/reference/*
    gen.py --check    writes nothing; exits 1 and names each page that is not fresh
"""

import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
OUTPUT = "docs/reference"


def rows(path, macro):
    """The rows MACRO(a, "b", ...) of a .def file: lists of words, strings without their quotes."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = []
    for match in re.finditer(rf"^{macro}\(((?:\"(?:\\.|[^\"\\])*\"|[^\"()])*)\)", text, flags=re.M | re.S):
        parts = re.findall(r"(?:\"(?:\\.|[^\"\\])*\"\s*)+|[^,\"]+", match.group(1))
        words = []
        for part in (p.strip() for p in parts):
            if part.startswith('"'):
                words.append("".join(re.findall(r"\"((?:\\.|[^\"\\])*)\"", part)).replace('\\"', '"'))
            elif part:
                words.append(part)
        found.append(words)
    if not found:
        sys.exit(f"gen: found no {macro}(...) row in {path}, expected at least one")
    return found


def table(head, lines):
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return out + ["| " + " | ".join(line) + " |" for line in cells]


def page(title, source, paragraphs, body):
    out = [f"# {title}", "", f"Printed by `tools/gen/gen.py` from `{source}`; edit that, not this.", ""]
    for paragraph in paragraphs:
        out += [paragraph, ""]
    return "\n".join(out + body) + "\n"


def rejects():
    applies = {"ALWAYS": "every order", "OPENING": "not ways out", "EXITING": "only ways out"}
    lines = []
    for bit, (name, control, scope, ouch, sentence) in enumerate(rows("config/rejects.def", "LANE")):
        lines.append([str(bit), f"`{name}`", control if control != "0" else "-", applies[scope], f"`{ouch}`", sentence])
    return page(
        "Why an order is refused", "config/rejects.def",
        ["Each row is a bit of a verdict's mask. All that is wrong is reported; the lowest bit names the reason. "
         "A *way out* is an order that provably reduces the worst-case position. *OUCH* is the reject code that an "
         "OUCH 5.0 client is told.",
         "`CONTROL_SILENT` binds every order where `site.yaml` says `when_silent: halted`; with `when_silent: reduce-only` "
         "a way out passes it."],
        table(["bit", "reason", "control", "applies to", "OUCH", "meaning"], lines))


UNITS = {
    "SHARES": "`500 shares`", "MONEY": "`25000.00 USD`", "BPS": "`50 bps`", "TICKS": "`20 ticks`", "AGE": "`500 ms`",
    "RATE": "`100 per 1 s burst 20`", "COUNT": "`2 per 500 ms`", "WALK": "`100 bps per 10 s`",
    "FLAG": "`yes`", "RATIO": "`50 per trade after 500`",
}
SCOPES = {"F": "firm", "S": "session", "A": "account", "T": "strategy", "C": "sector", "Y": "symbol", "AY": "symbol within account"}


def limits():
    lines = []
    for key, unit, scopes, sentence in rows("config/limits.def", "LIMIT"):
        words = ", ".join(SCOPES[s.strip()] for s in scopes.split("|"))
        lines.append([f"`{key}`", UNITS[unit], words, sentence])
    return page(
        "Limits", "config/limits.def",
        ["The keys of `limits.yaml`. Smaller is tighter, of `margin_rate` and `stress_rate` alone larger. There is no \"unlimited\" and no default: an account with a "
         "limit unstated at every scope has its orders refused by that limit's name.",
         "A number is written plainly, one space, its unit: no sign, no leading zero, no exponent, no underscore. "
         "Durations are in `ns us ms s min h days`.",
         "`show limits` gives the usage of each now and at its peak; when usage rises to 50, 80 or 100 % the audit says "
         "so. Limits up to `allow_unmarked_short` look at one order alone: now is the last order that passed, and a mark is "
         "told at most once a minute. Where a symbol states one of those, its orders are counted apart from the account's."],
        table(["key", "written", "stated for", "meaning"], lines))


def metrics():
    lines = []
    for stage, _, kind, name, sentence in rows("config/metrics.def", "METRIC"):
        lines.append([f"`{name}`", kind.lower(), stage.lower(), sentence])
    for _, kind, name, sentence in rows("config/ports.def", "PORT_WORD"):
        lines.append([f"`{name}`", kind.lower(), "feed", f"of each port: {sentence}"])
    for macro, whose in (("CHANNEL_ROW", "channel"), ("LINE_ROW", "line of a channel")):
        for _, kind, name, sentence in rows("config/channels.def", macro):
            lines.append([f"`{name}`", kind.lower(), "control", f"of each {whose}: {sentence}"])
    for _, kind, name, sentence in rows("config/told.def", "TOLD"):
        lines.append([f"`{name}`", kind.lower(), "control", sentence])
    return page(
        "Metrics", "config/metrics.def`, `ports.def`, `channels.def` and `told.def",
        ["Each counter lies in shared memory on the page of the stage that alone writes it, and stays readable when "
         "the dataplane is dead. What a gate counts of orders, reasons, executions and cancels goes on over its restart, counted again "
         "from the journal. `sluicectl metrics` prints them in Prometheus' text format.",
         "Beside them it asks the gate for what is used of each limit (`limits.def`): `sluice_limit_usage`, "
         "`sluice_limit_peak` and `sluice_limit`, with scope, id, symbol, limit, key and unit as labels; "
         "`sluice_limits_cut` is 1 where the gate was silent or there was more than one answer holds. How often usage of a limit "
         "rose to 50, 80 or 100 % since control began is `sluice_limit_usage_events_total`, with limit and mark as labels; "
         "`sluice_limit_usage_events_lost_total` counts those that came faster than they were read."],
        table(["name", "kind", "stage", "meaning"], lines))


PERSONS = {"ONE_PERSON": "one", "TWO_PERSONS": "two"}


def commands():
    lines = []
    for words, role, persons, socket, _, sentence in rows("config/commands.def", "COMMAND"):
        lines.append([f"`{words}`", role.lower(), PERSONS[persons], "yes" if socket == "VIEW" else "no", sentence])
    return page(
        "Commands", "config/commands.def",
        ["What `sluicectl` and the control socket take. *Role* is the least role of the peer's uid: viewer, "
         "operator, risk, security. *Two* persons: a second uid must repeat the same command. *View*: also on the "
         "read-only socket."],
        table(["command", "role", "persons", "view", "meaning"], lines))


def codes():
    lines = []
    for name, number, sentence in rows("config/errors.def", "CODE"):
        lines.append([f"{int(number):03d}", f"`{name}`", sentence])
    return page(
        "Codes of answers", "config/errors.def",
        ["Every answer of the control socket begins with one. `0xx` done, `1xx` rows follow, `4xx` refused, `8xx` "
         "failed while running, `9xx` not understood. The exit status of `sluicectl` is the first digit, 0 for rows."],
        table(["code", "name", "meaning"], lines))


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def manual():
    out = [
        '.\\" Printed by tools/gen/gen.py from config/commands.def and config/errors.def.',
        '.TH SLUICECTL 1 "" Sluice "Operator commands"',
        ".SH NAME", "sluicectl \\- the operator's hand on a Sluice appliance",
        ".SH SYNOPSIS", ".B sluicectl", ".RI [ options ]", ".RI [ command ]",
        ".SH DESCRIPTION",
        "Sends one command to the control process and prints its answer. Without a command it reads commands,",
        "with history and completion. What the peer's uid may do is a matter of its role in site.yaml.",
        ".SH COMMANDS",
    ]
    for words, role, persons, _, _, sentence in rows("config/commands.def", "COMMAND"):
        who = role.lower() + (", two persons" if persons == "TWO_PERSONS" else "")
        out += [".TP", f".B {roff(words)}", roff(f"{sentence[0].upper()}{sentence[1:]}.") + f" ({who})"]
    out += [".SH EXIT STATUS", "The class of the answer's code: 0 done, 4 refused, 8 failed while running, 9 not understood."]
    if os.path.exists(os.path.join(ROOT, "config/errors.def")):
        for name, number, sentence in rows("config/errors.def", "CODE"):
            out += [".TP", f".B {int(number):03d} {roff(name)}", roff(sentence)]
    out += [".SH FILES", ".TP", ".I site.yaml, accounts.yaml, symbols.yaml, limits.yaml", "What a site is and what it may do."]
    return "\n".join(out) + "\n"


def pages():
    made = {
        "rejects.md": rejects(), "limits.md": limits(), "metrics.md": metrics(), "commands.md": commands(),
        "sluicectl.1": manual(),
    }
    if os.path.exists(os.path.join(ROOT, "config/errors.def")):
        made["codes.md"] = codes()
    return made


def main():
    stale = 0
    os.makedirs(os.path.join(ROOT, OUTPUT), exist_ok=True)
    for name, text in sorted(pages().items()):
        path = os.path.join(ROOT, OUTPUT, name)
        old = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                old = file.read()
        if old == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{OUTPUT}/{name}:1: found a page that is not fresh, expected what tools/gen/gen.py prints")
            stale += 1
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            print(f"gen: wrote {OUTPUT}/{name}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
