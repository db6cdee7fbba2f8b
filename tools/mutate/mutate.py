#!/usr/bin/env python3
"""mutate - breaks the judgement one token at a time and asks its tests whether they see it.

    mutate.py BUILD [--sample N] [--seed S] [--file NAME] [--jobs N] [--list]

Each mutant changes one place of dataplane/risk/*.c: an operator becomes its neighbour, a boundary moves by one, a constant
changes, a negation or a statement goes.  It is compiled as BUILD compiles that file and linked into the tests of the room
(unit.dataplane.risk.*, agree.lanes, property.risk); nothing of BUILD or of the tree changes.  A test that fails, ends by a
signal or does not end kills it; the file's own test is asked first, the property last.

A survivor is a test that is missing, or changes nothing that anybody could see.  The second kind stands in
tools/mutate/survivors with its reason:

    file | line of source | what became what | reason

Prints every mutant that nobody explained with file:line and a row to begin with, then how many were killed of how many
that could be.  The exit status is 0 only if that is at least 95 %, and no row of `survivors` names what is no longer there.
"""

import argparse
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOM = os.path.join("dataplane", "risk")
SURVIVORS = os.path.join(ROOT, "tools", "mutate", "survivors")
LEAST_PERCENT = 95
TEST_SECONDS = 120

OPERATORS = {"<=": ["<"], ">=": [">"], "<": ["<="], ">": [">="], "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
             "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"],
             "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="], "^": ["|"], "!": [""], "++": ["--"], "--": ["++"]}
WORDS = {"true": ["false"], "false": ["true"], "continue": ["break"], "break": ["continue"]}
TOKEN = re.compile(r"0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|[A-Za-z_]\w*|<<=|>>=|->|\+\+|--|<<|>>|[<>=!+\-*/%&|^]=|&&|\|\||[^\s\w]")
STATEMENT = re.compile(r"^\t+((?:[a-z_][\w>.\[\]\- ]*(?:=|\+=|-=|\|=|&=) [^;]*|[a-z_]\w*\([^;{}]*\)|[\w>.\[\]\-]+(?:\+\+|--)));$")


def blanked(text):
    """Comments, strings and directives as spaces; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)
    return re.sub(r"(?m)^#(?:[^\n\\]|\\.|\\\n)*", blank, text)


def is_value(word):
    """Whether an operator behind this token has a left side: `-` is a difference, `&` and `*` are of two."""
    return word in (")", "]") or (re.match(r"\w", word) is not None and word not in (
        "return", "case", "else", "sizeof", "const", "struct", "static"))


class Mutant:
    def __init__(self, path, text, start, end, new, what):
        self.path, self.text, self.start, self.end, self.new, self.what = path, text, start, end, new, what
        self.line = text.count("\n", 0, start) + 1
        self.source = text.split("\n")[self.line - 1].strip()

    def key(self):
        return (self.path, self.source, self.what)

    def changed(self):
        return self.text[:self.start] + self.new + self.text[self.end:]


def mutants_of(path):
    with open(os.path.join(ROOT, path)) as file:
        text = file.read()
    plain = blanked(text)
    out, before, seen = [], "", {}

    def add(start, end, new, what):
        line = text.count("\n", 0, start)
        nth = seen[line, what] = seen.get((line, what), 0) + 1
        out.append(Mutant(path, text, start, end, new, what + (f" #{nth}" if nth > 1 else "")))

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
                for new in [] if pointer else OPERATORS[token]:
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
        if match and not re.match(r"\t+(return|struct|const|enum|int|u?int\w*_t|bool|unsigned|size_t|uint32_t|CHECK)\b", line):
            add(at + match.start(1), at + match.end(1), "(void)0", "statement -> nothing")
        at += len(line) + 1
    return out


class Bench:
    """The compile commands of the room and the link commands of its tests, as the build has them."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        with open(os.path.join(self.build, "compile_commands.json")) as file:
            self.compile = {os.path.relpath(row["file"], ROOT): row["command"] for row in json.load(file)
                            if os.path.relpath(row["file"], ROOT).startswith(ROOM) and "libdataplane_risk" not in row["command"]}
        names = [name[:-2] for name in sorted(os.listdir(os.path.join(ROOT, "tests", "unit", ROOM))) if name.endswith("_test.c")]
        self.tests = [f"unit.dataplane.risk.{name[:-5]}" for name in names] + ["agree.lanes", "property.risk"]
        self.link = {}
        for test in self.tests:
            lines = subprocess.run(["ninja", "-C", self.build, "-t", "commands", f"test.{test}"], capture_output=True,
                                   text=True, check=True).stdout.splitlines()
            self.link[test] = lines[-1].removeprefix(": && ").removesuffix(" && :")

    def ready(self):
        """Builds what is linked, and sees that the tests pass as they are."""
        subprocess.run(["ninja", "-C", self.build] + [f"test.{test}" for test in self.tests], check=True,
                       stdout=subprocess.DEVNULL)
        for test in self.tests:
            if self.run(os.path.join(self.build, "tests", f"test.{test}")) != 0:
                sys.exit(f"mutate: {test} fails without a mutant, expected it to pass")

    def order(self, path):
        """The file's own test first, then those of the same word, then the rest."""
        own = os.path.basename(path)[:-2]
        return sorted(self.tests, key=lambda test: (test == "property.risk", test != f"unit.dataplane.risk.{own}",
                                                    not test.split(".")[-1].startswith(own.split("_")[0])))

    def run(self, program):
        try:
            return subprocess.run([program], cwd=self.build, capture_output=True, timeout=TEST_SECONDS,
                                  env={**os.environ, "XDG_RUNTIME_DIR": "/tmp", "CMOCKA_MESSAGE_OUTPUT": "STDOUT"}).returncode
        except subprocess.TimeoutExpired:
            return -1

    def judge(self, mutant):
        """What became of it: the test that killed it, `survived`, or `stillborn` if it does not compile."""
        with tempfile.TemporaryDirectory(prefix="mutant-") as directory:
            source, made = os.path.join(directory, os.path.basename(mutant.path)), os.path.join(directory, "mutant.o")
            with open(source, "w") as file:
                file.write(mutant.changed())
            command = self.compile[mutant.path]
            command = re.sub(r" -o \S+ -c \S+", f" -w -o {made} -c {source}", command).replace("-Werror", "").replace("-O3", "-O1")
            if subprocess.run(command, shell=True, cwd=self.build, capture_output=True).returncode != 0:
                return "stillborn"
            for test in self.order(mutant.path):
                program = os.path.join(directory, test)
                link = re.sub(r" -o (\S+) ", f" -o {program} {made} ", self.link[test], count=1)
                if subprocess.run(link, shell=True, cwd=self.build, capture_output=True).returncode != 0:
                    return "stillborn"
                if self.run(program) != 0:
                    return test
                os.remove(program)
        return "survived"


def read_survivors():
    rows = {}
    with open(SURVIVORS) as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in re.split(r" \| (?=\S)", line.rstrip("\n"))]
            if len(parts) < 4:
                sys.exit(f"{SURVIVORS}:{number}: found {len(parts)} parts, expected file | line | change | reason")
            rows[parts[0], " | ".join(parts[1:-2]), parts[-2]] = number
    return rows


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("build")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    words = parser.parse_args()
    paths = sorted(os.path.join(ROOM, name) for name in os.listdir(os.path.join(ROOT, ROOM)) if name.endswith(".c"))
    everything = [mutant for path in paths for mutant in mutants_of(path)]
    explained = read_survivors()
    stale = set(explained) - {mutant.key() for mutant in everything}
    chosen = [mutant for mutant in everything if words.file in mutant.path and mutant.key() not in explained]
    if words.sample:
        chosen = sorted(random.Random(words.seed).sample(chosen, min(words.sample, len(chosen))), key=Mutant.key)
    if words.list:
        for mutant in chosen:
            print(f"{mutant.path}:{mutant.line}: {mutant.what}: {mutant.source}")
        return 0
    bench = Bench(words.build)
    bench.ready()
    found = {}
    with concurrent.futures.ThreadPoolExecutor(words.jobs) as pool:
        for mutant, end in zip(chosen, pool.map(bench.judge, chosen)):
            found[end] = found.get(end, 0) + 1
            if end == "survived":
                print(f"{mutant.path}:{mutant.line}: survived: {mutant.what}\n    {' | '.join(mutant.key())} | ", flush=True)
    return verdict(everything, chosen, explained, stale, found)


def verdict(everything, chosen, explained, stale, found):
    for path, source, what in sorted(stale):
        print(f"tools/mutate/survivors:{explained[path, source, what]}: found no such place any more: {path}: {what}: {source}")
    born = len(chosen) - found.get("stillborn", 0)
    killed = born - found.get("survived", 0)
    print(f"{killed} of {born} mutants were killed ({100 * killed / max(born, 1):.1f} %, expected at least {LEAST_PERCENT} %); "
          f"{len(everything)} places, {len(explained)} explained, {found.get('stillborn', 0)} do not compile")
    return 0 if not stale and born > 0 and 100 * killed >= LEAST_PERCENT * born else 1


if __name__ == "__main__":
    sys.exit(main())
