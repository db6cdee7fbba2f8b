#!/usr/bin/env python3
"""mutate - breaks the judgement one token at a time and asks its tests whether they see it.

    mutate.py BUILD [--sample N] [--seed S] [--file REGEX] [--tests REGEX] [--jobs N] [--list]

Each mutant changes one place of a room: an operator becomes its neighbour, a boundary moves by one, a constant changes, a
negation or a statement goes.  The rooms are the judgement (dataplane/risk, its headers too), the table of the gate's orders
(dataplane/orders/order.c) and their life (life.c of dataplane/fold), each with its own tests and its property.  --file chooses
among their files.

A file is compiled once with all its mutants (variants.py): each function stands there as it is and once for each of its
mutants, and a number chooses.  What the compiler makes the same code of is no mutant.  The tests are linked once and run with
each number: of those that come to the function the file's own first, then the quickest, the property last.  Nothing of BUILD
or of the tree changes.  A test that fails, ends by a signal or takes many times the processor that it took before kills the
mutant.  With --tests only those whose names it finds are asked: soon done, but what survives may yet be killed by another.

A survivor is a test that is missing, or changes nothing that anybody could see.  The second kind stands in
tools/mutate/survivors with its reason:

    file | function | line of source, without a `|` at its end | what became what, likewise | reason

Of equal changes of equal lines in a function the second says so: `1 -> 0 #2`.  Prints every mutant that nobody explained with file:line and a row to begin with, then how many were killed of how many
that could be, of each file and of all.  The exit status is 0 only if that is at least 95 %, every mutant of the sample was judged, no row of
`survivors` names what is no longer there, and none of those in the sample was killed.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import variants  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SURVIVORS = os.path.join(ROOT, "tools", "mutate", "survivors")
LEAST_PERCENT = 95
QUICK = {"XDG_RUNTIME_DIR": "/tmp", "CMOCKA_MESSAGE_OUTPUT": "STDOUT", "CMOCKA_TEST_ABORT": "1"}  # the first failure is enough
SLOW_SECONDS = 0.5
WALL_SECONDS = 300  # a machine that does nothing; what a test may take is counted in processor seconds

# Folder, files in it (none: all), the tests beside its unit tests, the property with a short run of it.
ROOMS = [
    ("dataplane/risk", (), ["agree.lanes", "agree.sums"], ("property.risk", {"SLUICE_RISK_STEPS": "40000"})),
    ("dataplane/orders", ("order.c",), [], ("property.life", {})),
    ("dataplane/fold", ("life.c",), [], ("property.life", {})),
]

OPERATORS = {"<=": ["<"], ">=": [">"], "<": ["<="], ">": [">="], "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
             "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"],
             "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="], "^": ["|"], "!": [""], "++": ["--"], "--": ["++"]}
NEARER = re.compile(r"prefetch|announce|approach")
WORDS = {"true": ["false"], "false": ["true"], "continue": ["break"], "break": ["continue"]}
TOKEN = re.compile(r"0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|[A-Za-z_]\w*|<<=|>>=|->|\+\+|--|<<|>>|[<>=!+\-*/%&|^]=|&&|\|\||[^\s\w]")
# `a > b ? a : b` is the same number whichever of two equal ones it takes, be they cast or not, and so are `a > b ? a - b : 0`,
# `a > b ? a - b : b - a` and `if (a > b) b = a;`.
GREATER = re.compile(
    r"(?:(?<=return )|(?<=[=(,:?] )|(?<=[(\t]))([\w.>\[\]-]+) ([<>]=?) ([\w.>\[\]-]+)(?:\s+\? (?:\(\w+\))?(?:\1\s+: (?:\(\w+\))?\3|"
    r"\3\s+: (?:\(\w+\))?\1|\1 - \3\s+: (?:0|\3 - \1))(?=[;,)])|\)\s+\3 = \1;)")
STATEMENT = re.compile(r"^\t+((?:[a-z_][\w>.\[\]\- ]*(?:=|\+=|-=|\|=|&=) [^;]*|[a-z_]\w*\([^;{}]*\)|[\w>.\[\]\-]+(?:\+\+|--)));$")


def is_value(word):
    """Whether an operator behind this token has a left side: `-` is a difference, `&` and `*` are of two."""
    return word in (")", "]") or (re.match(r"\w", word) is not None and word not in (
        "return", "case", "else", "sizeof", "const", "struct", "static"))


class Mutant:
    def __init__(self, path, inside, text, start, end, new, what):
        self.path, self.inside, self.text, self.start, self.end, self.new, self.what = path, inside, text, start, end, new, what
        self.line = text.count("\n", 0, start) + 1
        self.source = text.split("\n")[self.line - 1].strip()
        self.number, self.function, self.end_of_it = 0, None, None

    def key(self):
        return (self.path, self.inside, self.source.rstrip(" |"), self.what.rstrip(" |"))

    def changed(self):
        return self.text[:self.start] + self.new + self.text[self.end:]


def mutants_of(path):
    with open(os.path.join(ROOT, path)) as file:
        text = file.read()
    plain = variants.blanked(text)
    out, before, seen = [], "", {}
    # A CHECK is our bug, and no test may reach it; branches.py does not count it either.
    plain = re.sub(r"\bCHECK\([^;]*;", lambda match: re.sub(r"[^\n]", " ", match[0]), plain)
    # What only brings a line of the cache nearer changes nothing but time, be it a line of the file or a function.
    plain = variants.FUNCTION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]) if NEARER.search(match[2]) else match[0], plain)
    plain = "\n".join(" " * len(line) if "prefetch" in line or "base_ask" in line else line for line in plain.split("\n"))
    same = {match.start(2) for match in GREATER.finditer(plain)}

    bodies = [(match.start(), match.end(), match[2]) for match in variants.FUNCTION.finditer(plain)]

    def add(start, end, new, what):
        inside = next((name for first, last, name in bodies if first <= start < last), "")
        source = text.split("\n")[text.count("\n", 0, start)].strip()
        nth = seen[inside, source, what] = seen.get((inside, source, what), 0) + 1
        out.append(Mutant(path, inside, text, start, end, new, what + (f" #{nth}" if nth > 1 else "")))

    depth, in_body = 0, []
    for match in TOKEN.finditer(plain):
        token, start, end = match[0], match.start(), match.end()
        if token == "{":  # of a function; else a type, a table, an initialiser, or a block within
            in_body.append(bool(in_body and in_body[-1]) or before == ")")
        elif token == "}" and in_body:
            in_body.pop()
        depth = len(in_body)
        if depth and in_body[-1]:
            if token in OPERATORS and (token in ("!", "++", "--") or is_value(before)):
                pointer = token == "*" and plain[end:end + 1].isalpha() and plain[start - 1] == " " and plain[end] != " "
                for new in [] if pointer or start in same else OPERATORS[token]:
                    add(start, end, new, f"{token} -> {new or 'nothing'}")
            elif token in WORDS:
                for new in WORDS[token]:
                    add(start, end, new, f"{token} -> {new}")
            elif re.match(r"\d", token):
                digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", token)[0]
                suffix = token[len(digits):]
                for value in {int(digits, 0) + 1, 0} - {int(digits, 0)}:
                    add(start, end, f"{value}{suffix}", f"{token} -> {value}")
        before = token
    at = 0
    for line in plain.split("\n"):
        match = STATEMENT.match(line)
        # A line that closes what another opened is no statement.
        if match and match[1].count("(") == match[1].count(")") and any(
                start < at < end for start, end, _ in bodies) and not re.match(r"\t+(return|struct|const|enum|int|u?int\w*_t|bool|unsigned|size_t|uint32_t|CHECK)\b", line):
            add(at + match.start(1), at + match.end(1), "(void)0", "statement -> nothing")
        at += len(line) + 1
    return out


def includes(path, seen=None):
    """The files of the tree that one includes, and what those include."""
    seen = set() if seen is None else seen
    with open(os.path.join(ROOT, path)) as file:
        found = re.findall(r'(?m)^#include "([^"]+)"', file.read())
    for name in found:
        if name not in seen and os.path.exists(os.path.join(ROOT, name)):
            seen.add(name)
            includes(name, seen)
    return seen


class Room:
    """The files of a room and the tests that are asked about them."""

    def __init__(self, folder, files, others, short_property, chosen=""):
        names = sorted(files or (name for name in os.listdir(os.path.join(ROOT, folder)) if name.endswith((".c", ".h"))))
        self.paths = [os.path.join(folder, name) for name in names]
        units = sorted(name[:-7] for name in os.listdir(os.path.join(ROOT, "tests", "unit", folder)) if name.endswith("_test.c"))
        self.prefix = f"unit.{folder.replace('/', '.')}."
        self.property, self.short = short_property
        tests = [self.prefix + name for name in units] + others + [self.property]
        self.tests = [test for test in tests if re.search(chosen, test)]

    def lengths(self, test):
        """Whether in short, for each way in which a test is asked; the shorter first."""
        return [True, False] if test == self.property and self.short else [False]

    def order(self, path, seconds):
        """(test, whether in short): the file's own test, those of the same word, the quickest; of all those that are slow later, and
        the property in short and at length."""
        own = os.path.basename(path)[:-2]
        tests = sorted(self.tests, key=lambda test: (
            seconds.get(test, 0) > SLOW_SECONDS, test != self.prefix + own, not test.split(".")[-1].startswith(own.split("_")[0]), seconds.get(test, 0)))
        tests.sort(key=lambda test: test == self.property)
        return [(test, short) for test in tests for short in self.lengths(test)]


def source_of(test):
    """The file of a test: unit.dataplane.risk.money is tests/unit/dataplane/risk/money_test.c."""
    return os.path.join("tests", f"{test.replace('.', '/')}_test.c")


class Bench:
    """The tests of the rooms, linked with every mutant in them."""

    def __init__(self, build, rooms, jobs):
        self.build, self.rooms, self.jobs = os.path.abspath(build), rooms, jobs
        self.seconds, self.reached = {}, {}  # of (room, test, whether in short)
        self.kills = collections.Counter()  # of (file or function, test, whether in short)
        self.directory = tempfile.TemporaryDirectory(prefix="mutants-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        paths = {path for room in rooms for path in room.paths + [source_of(test) for test in room.tests]}
        with open(os.path.join(self.build, "compile_commands.json")) as file:
            self.compile = {os.path.relpath(row["file"], ROOT): row["command"] for row in json.load(file)
                            if os.path.relpath(row["file"], ROOT) in paths and "_across" not in row["command"]}

    def compiled(self, file):
        """The object of a file with mutants; a header's stands where others include it."""
        command = self.compile.get(file.path) or next(
            self.compile[path] for path in sorted(self.compile) if os.path.dirname(path) == os.path.dirname(file.path))
        return file.path, file.compiled(command, self.build, self.directory.name)

    def ready(self, chosen):
        """Compiles and links all, and sees that the tests pass without a mutant, how long they take and where they come."""
        tests = [(room, test) for room in self.rooms for test in room.tests]
        subprocess.run(["ninja", "-C", self.build] + sorted({f"test.{test}" for _, test in tests}), check=True,
                       stdout=subprocess.DEVNULL)
        for number, mutant in enumerate(chosen, 1):
            mutant.number = number
        files, count = [], 0
        for path in sorted({mutant.path for mutant in chosen}):
            kind = variants.Header if path.endswith(".h") else variants.File
            files.append(kind(path, [mutant for mutant in chosen if mutant.path == path], count))
            count += len(files[-1].functions)
        choice = variants.choice(self.directory.name, count)
        headers = [file for file in files if file.path.endswith(".h")]
        touched = {path for path in self.compile if includes(path) & {file.path for file in headers}}
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(self.compiled, headers))  # all, before any that includes them
            self.objects = dict(pool.map(self.compiled, [file for file in files if file not in headers]))
            others = sorted(touched - set(self.objects))
            self.objects.update(zip(others, pool.map(lambda path: variants.compiled_as_it_is(
                path, self.compile[path], self.build, self.directory.name), others)))
            list(pool.map(lambda row: self.link(*row, choice), tests))

    def link(self, room, test, choice):
        lines = subprocess.run(["ninja", "-C", self.build, "-t", "commands", f"test.{test}"], capture_output=True,
                               text=True, check=True).stdout.splitlines()
        made = " ".join(self.objects[path] for path in room.paths if path in self.objects)
        command = lines[-1].removeprefix(": && ").removesuffix(" && :")
        command = re.sub(r"\S+\.dir/(\S+\.c)\.o", lambda one: self.objects.get(os.path.join("tests", one[1]), one[0]), command)
        subprocess.run(re.sub(r" -o (\S+) ", f" -Wl,-S -o {self.program(room, test)} {made} {choice} ", command, count=1),
                       shell=True, cwd=self.build, check=True)
        for short in room.lengths(test):
            reached = f"{self.program(room, test)}.reached"
            status, self.seconds[room.prefix, test, short] = self.run(room, test, short, {"MUTANT_REACHED": reached})
            if status != 0:
                sys.exit(f"mutate: {test} fails without a mutant, expected it to pass")
            with open(reached, "rb") as file:
                self.reached[room.prefix, test, short] = file.read()

    def program(self, room, test):
        return os.path.join(self.directory.name, room.prefix + test)

    def run(self, room, test, short, environment):
        """(exit status, seconds of the processor)."""
        process = subprocess.Popen(
            [self.program(room, test)], cwd=self.build, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **QUICK, **(room.short if short else {}), **environment})
        pidfd = os.pidfd_open(process.pid)
        if not select.select([pidfd], [], [], WALL_SECONDS)[0]:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_utime + usage.ru_stime

    def judge(self, mutant):
        """What became of it: the test that killed it, `survived`, `same` as it was, or `stillborn` if it does not compile."""
        if mutant.end_of_it:
            return mutant.end_of_it
        room = next(room for room in self.rooms if mutant.path in room.paths)
        seconds = {test: self.seconds[room.prefix, test, False] for test in room.tests}
        places = (mutant.path, mutant.function.number)
        # What killed most mutants of the function, or else of the file, in its time comes first: one that lives costs all of
        # them, another seldom more than one.
        for test, short in sorted(room.order(mutant.path, seconds), key=lambda way: (
                -(self.kills[places[0], *way] + 100 * self.kills[places[1], *way]) / (0.1 + self.seconds[room.prefix, *way]))):
            key = (room.prefix, test, short)
            if not self.reached[key][mutant.function.number]:
                continue
            limit_ms = 300 + int(5000 * self.seconds[key])
            if self.run(room, test, short, {"MUTANT_NOW": str(mutant.number), "MUTANT_CPU_MS": str(limit_ms)})[0] != 0:
                self.kills.update((place, test, short) for place in places)
                return test
        return "survived"


def read_survivors():
    rows = {}
    with open(SURVIVORS) as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in re.split(r" \| (?=\S)", line.rstrip("\n"))]
            if len(parts) < 5:
                sys.exit(f"{SURVIVORS}:{number}: found {len(parts)} parts, expected file | function | line | change | reason")
            rows[parts[0], parts[1], " | ".join(parts[2:-2]).rstrip(" |"), parts[-2]] = number
    return rows


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("build")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="")
    parser.add_argument("--tests", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    words = parser.parse_args()
    rooms = [Room(*row, words.tests) for row in ROOMS]
    everything = [mutant for room in rooms for path in room.paths for mutant in mutants_of(path)]
    explained = read_survivors()
    gone = set(explained) - {mutant.key() for mutant in everything}
    chosen = [mutant for mutant in everything if re.search(words.file, mutant.path)]
    if words.sample:
        chosen = sorted(random.Random(words.seed).sample(chosen, min(words.sample, len(chosen))), key=Mutant.key)
    if words.list:
        for mutant in chosen:
            print(f"{mutant.path}:{mutant.line}: {mutant.what}: {mutant.source}")
        return 0
    bench = Bench(words.build, [room for room in rooms if any(mutant.path in room.paths for mutant in chosen)], words.jobs)
    bench.ready(chosen)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ends = []
    with concurrent.futures.ThreadPoolExecutor(words.jobs) as pool:
        for mutant, end in zip(chosen, pool.map(bench.judge, chosen)):
            ends.append(end)
            if end == "survived" and mutant.key() not in explained:
                print(f"{mutant.path}:{mutant.line}: survived: {mutant.what}\n    {' | '.join(mutant.key())} | ", flush=True)
    return verdict(chosen, ends, explained, gone)


def verdict(chosen, ends, explained, gone):
    """Says what became of the chosen; 0 if enough were killed, all judged, and every explanation is still one."""
    stale = [(key, "no such place any more") for key in sorted(gone)]
    counts, of_files = dict.fromkeys(("killed", "survived", "explained", "stillborn", "same"), 0), {}
    for mutant, end in zip(chosen, ends):
        fate = end if end in ("survived", "stillborn", "same") else "killed"
        if fate == "survived" and mutant.key() in explained:
            fate = "explained"
        elif fate == "killed" and mutant.key() in explained:
            stale.append((mutant.key(), f"{end} kills it"))
        counts[fate] += 1
        if fate in ("killed", "survived"):
            of_files.setdefault(mutant.path, []).append(fate == "killed")
    for key, why in stale:
        print(f"tools/mutate/survivors:{explained[key]}: found a row that is stale: {why}: {' | '.join(key)}")
    for path, fates in of_files.items():
        print(f"{path}: {sum(fates)} of {len(fates)} killed ({100 * sum(fates) / len(fates):.1f} %)")
    could = counts["killed"] + counts["survived"]
    print(f"{counts['killed']} of {could} mutants were killed ({100 * counts['killed'] / max(could, 1):.1f} %, expected at least "
          f"{LEAST_PERCENT} %); {len(ends)} of {len(chosen)} judged, {counts['explained']} survivors explained, "
          f"{counts['same']} are the same code, {counts['stillborn']} do not compile")
    return 0 if (not stale and could > 0 and len(ends) == len(chosen) and
                 100 * counts["killed"] >= LEAST_PERCENT * could) else 1


if __name__ == "__main__":
    sys.exit(main())
