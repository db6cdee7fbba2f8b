#!/usr/bin/env python3
"""tidy - the rules of the house as a test.

Prints one line per finding, `file:line: found ..., expected ...`, and exits 1 if there is any.

    tidy.py [--root DIRECTORY] [--no-format] [--no-gen]
    tidy.py --layers ROOM      instead: the room's files, the lowest first, each calling only those above its line

The rules: a file includes only its own floor and room and those below; files of a room do not call each other in a
circle (circles.py); every .c of the four floors has a test where it stands, or a row in tools/tidy/covered: which
test proves it, and why; files and functions fit the screen; a stage does not allocate, print or read the clock; risk
and book have no floating point; no two files give one name to what others see; a metric that code names has its row in config/*.def, and so its line in the reference; what a page links to or names is there; names avoid words that say nothing; a header opens with what it is; no trailing
spaces; generated pages are fresh; clang-format would change nothing.

A file that runs at boot or for an operator, never in a turn, says `tidy: boot` in its first
comment; a single line says it at its end; a sentence written into an error's text needs neither.
"""

import argparse
import os
import re
import subprocess
import sys

import circles

FLOORS = ["config", "drivers", "dataplane", "control", "tools", "tests"]

# Rooms of a floor: those of one row do not see each other, each sees the rows before it.
ROOMS = {
    "drivers": [["machine"], ["port", "datagram", "disk", "fpga"], ["stream"]],
    "dataplane": [["shm"], ["wire"], ["book", "risk"], ["stage"], ["journal"], ["fix", "orders"], ["fold"], ["feed", "gate"], ["plan"]],
}
# What control may see of the dataplane: the region, the journal, and the codecs and names that its raw messages are read by.
CONTROL_SEES = ("dataplane/shm/", "dataplane/journal/reader.h", "dataplane/wire/", "dataplane/orders/names.h")

FILE_LINES_MAX = 500
TEST_LINES_MAX = 800  # a test is a list of sentences about one file, and stays beside it whole
FUNCTION_LINES_MAX = 60

STAGE_ROOMS = ("dataplane/wire/", "dataplane/book/", "dataplane/risk/", "dataplane/fix/", "dataplane/orders/", "dataplane/fold/", "dataplane/gate/", "dataplane/feed/")
STAGE_CALLS = re.compile(
    r"\b(malloc|calloc|realloc|free|strdup|v?f?printf|v?s?n?printf|puts|fputs|perror|fopen|clock_gettime|"
    r"gettimeofday|time|sleep|usleep|nanosleep|pthread_mutex_lock|getenv)\s*\("
)
COVERED = "tools/tidy/covered"
NO_FLOAT = ("dataplane/risk/", "dataplane/book/")
LINK = re.compile(r"\]\(([^()\s]+)\)")
NAMED = re.compile(r"`((?:" + "|".join(FLOORS) + r")/[\w/.]+\.(?:c|h|def|py|yaml))`")
METRIC = re.compile(r'"(sluice_[a-z0-9_]+)"')
EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "data", "info", "handle"}

class Tidy:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.files = list_files(root)
        self.known = set(self.files)
        self.tests = [f for f in self.files if f.endswith("_test.c")]
        self.covered = self.read_covered()
        self.metrics = {name for f in self.files if re.fullmatch(r"config/\w+\.def", f) for name in METRIC.findall(self.read(f))}

    def say(self, path, line, text):
        self.findings.append(f"{path}:{line}: {text}")

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def read_covered(self):
        rows = {}
        if COVERED not in self.known:
            return rows
        for number, line in enumerate(self.read(COVERED).split("\n"), 1):
            words = line.split(None, 2)
            if not words or words[0].startswith("#"):
                continue
            if len(words) < 3:
                self.say(COVERED, number, "found a row without a reason, expected: file, test, reason")
            elif words[0] not in self.known:
                self.say(COVERED, number, f"found {words[0]}, expected a file that exists")
            elif words[1] not in self.known:
                self.say(COVERED, number, f"found {words[1]}, expected a test that exists")
            else:
                rows[words[0]] = number
        return rows

    def run(self):
        for path in self.files:
            if path.endswith((".c", ".h", ".def")):
                self.check_source(path)
            elif path.endswith((".py", ".sh", ".yaml", ".txt", ".md", ".json", "CMakeLists.txt")) and (
                not path.startswith("tests/data/")
            ):
                self.check_spaces(path, self.read(path))
            if path.endswith(".md"):
                self.check_links(path)
        self.check_twins()
        self.check_circles()
        self.check_names()
        return self.findings

    def check_source(self, path):
        text = self.read(path)
        code = strip(text)
        self.check_spaces(path, text)
        self.check_includes(path, text)
        self.check_name(path)
        most = TEST_LINES_MAX if path.startswith("tests/") else FILE_LINES_MAX
        if path.endswith(".c") and text.count("\n") > most:
            self.say(path, 1, f"found {text.count(chr(10))} lines, expected at most {most}")
        if path.endswith((".c", ".h")):
            self.check_functions(path, code)
        if path.endswith(".h") and not path.startswith("tests/"):
            start = f"/* {os.path.basename(path)} - "
            if not text.startswith(start):
                self.say(path, 1, f"found no opening essay, expected it to begin with \"{start}\"")
        self.check_stage(path, text, code)
        self.check_metrics(path, text)

    def check_spaces(self, path, text):
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                self.say(path, number, "found trailing space, expected none")
        if text and not text.endswith("\n"):
            self.say(path, text.count("\n") + 1, "found no newline at the end, expected one")

    def check_includes(self, path, text):
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            target = match.group(1)
            if target not in self.known:
                if target.split("/")[0] in FLOORS or "/" not in target:
                    self.say(path, number, f'found "{target}", expected a path from the root that exists')
                continue
            reason = forbidden_include(path, target)
            if reason:
                self.say(path, number, f'found "{target}", expected {reason}')

    def check_links(self, path):
        for number, line in enumerate(self.read(path).split("\n"), 1):
            for target in LINK.findall(line):
                if "://" not in target and not self.link_leads(path, target):
                    self.say(path, number, f"found a link to {target}, expected a page and a heading that exist")
            for target in NAMED.findall(line):
                if target not in self.known:
                    self.say(path, number, f"found {target}, expected a file that exists")

    def link_leads(self, path, target):
        to, _, anchor = target.partition("#")
        page = os.path.normpath(os.path.join(os.path.dirname(path), to)) if to else path
        if page not in self.known:
            return not anchor and any(f.startswith(page + "/") for f in self.files)
        headings = re.findall(r"^#+ (.*)$", self.read(page), re.M) if anchor else []
        return not anchor or anchor in [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]

    def check_metrics(self, path, text):
        if path.startswith("tests/") or not path.endswith((".c", ".h")):
            return
        for number, line in enumerate(text.split("\n"), 1):
            for name in METRIC.findall(line):
                if name not in self.metrics:
                    self.say(path, number, f"found metric {name}, expected a row of config/*.def with it")

    def check_name(self, path):
        if path.startswith("tests/"):
            return
        for word in re.split(r"[/_.]", path):
            if word in EMPTY_WORDS:
                self.say(path, 1, f'found "{word}" in the file\'s name, expected a noun that says something')

    def check_functions(self, path, code):
        start, name = None, None
        lines = code.split("\n")
        for number, line in enumerate(lines, 1):
            if line.rstrip() == "{":
                start = number
                name = function_name(lines, number)
            elif line.startswith("}") and start is not None:
                self.check_function(path, start, number - start - 1, name)
                start = None

    def check_function(self, path, line, length, name):
        is_test_list = path.startswith("tests/") and name == "main"
        if length > FUNCTION_LINES_MAX and not is_test_list:
            self.say(path, line, f"found {name} of {length} lines, expected at most {FUNCTION_LINES_MAX}")
        if path.startswith("tests/") or not name:
            return
        for word in name.split("_"):
            if word in EMPTY_WORDS:
                self.say(path, line, f'found "{word}" in {name}, expected a word that says something')

    def check_stage(self, path, text, code):
        lines = code.split("\n")
        if path.startswith(NO_FLOAT) and path.endswith((".c", ".h")):
            for number, line in enumerate(lines, 1):
                if re.search(r"\b(float|double)\b", line):
                    self.say(path, number, "found floating point, expected integers")
        if not path.startswith(STAGE_ROOMS) or not path.endswith((".c", ".h")):
            return
        end = text.find("*/")
        if "tidy: boot" in text[: end if end > 0 else 0]:
            return
        originals = text.split("\n")
        for number, line in enumerate(lines, 1):
            match = STAGE_CALLS.search(line)
            # A sentence for a config_error ends a boot; no turn has one.
            if match and "tidy: boot" not in originals[number - 1] and "error->text" not in line:
                self.say(path, number, f"found {match.group(1)}() in a stage, expected none in a turn")

    def check_twins(self):
        for path in self.files:
            floor = path.split("/")[0]
            if floor not in ("config", "drivers", "dataplane", "control") or not path.endswith(".c"):
                continue
            if os.path.basename(path) == "main.c":
                continue
            if self.has_twin(path):
                if path in self.covered:
                    self.say(COVERED, self.covered[path], f"found {path}, expected none: it has its own test")
            elif path not in self.covered:
                self.say(path, 1, f"found no test, expected tests/unit/{path[:-2]}_test.c or a row in {COVERED}")

    def check_circles(self):
        rooms = {os.path.dirname(f) for f in self.files if f.endswith(".c") and not f.startswith("tests/")}
        for room in sorted(rooms):
            codes = room_codes(self, room)
            for group in circles.layers(circles.calls(codes)):
                if len(group) > 1:
                    path = next(f for f in codes if circles.stem(f) == group[0])
                    self.say(path, 1, f"found a circle of calls ({', '.join(group)}), expected calls that go one way; "
                                      f"tools/tidy/tidy.py --layers {room} shows them")

    def check_names(self):
        """Two functions of one name and external linkage: whichever program has both links one of them."""
        home = {"main": None}
        for path in self.files:
            if not path.endswith(".c") or path.startswith("tests/"):
                continue
            code = strip(self.read(path))
            for name, is_static in circles.functions(code):
                if is_static or home.setdefault(name, path) in (path, None):
                    continue
                line = next(n for n, text in enumerate(code.split("\n"), 1) if re.match(rf"[^\s#].*\b{name} *\(", text))
                self.say(path, line, f"found {name}, which {home[name]} has too, expected a name of its own")

    def has_twin(self, path):
        stem = path[:-2]
        family = re.sub(r"_(scalar|avx2|avx512)$", "", stem)
        names = {f"tests/unit/{stem}_test.c", f"tests/unit/{family}_test.c"}
        if family != stem:
            names.add(f"tests/agree/{os.path.basename(family)}_test.c")
        return any(n in names or n.startswith(f"tests/unit/{stem}_") and n.endswith("_test.c") for n in self.tests)


def own_root():
    return os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def room_codes(tidy, room):
    """{path: code} of the files of a folder, comments and strings blanked."""
    return {f: strip(tidy.read(f)) for f in tidy.files if os.path.dirname(f) == room and f.endswith((".c", ".h"))}


def list_files(root):
    """The files that git knows; without git, those that are there."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        ).stdout
        files = [f for f in out.split("\n") if f and os.path.isfile(os.path.join(root, f))]
        if files:
            return sorted(files)
    except (OSError, subprocess.CalledProcessError):
        pass
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", ".git")]
        files += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(files)


def strip(text):
    """Blanks comments and the insides of strings; lines stay where they are."""

    def blank(match):
        word = match.group(0)
        if word.startswith("/"):
            return re.sub(r"[^\n]", " ", word)
        return word[0] + " " * (len(word) - 2) + word[-1]

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def function_name(lines, brace):
    """The name of the function whose body opens at line `brace`."""
    head = ""
    for line in reversed(lines[max(0, brace - 12) : brace - 1]):
        if not line.strip() or line.startswith(("}", "#")) or line.rstrip().endswith(";"):
            break
        head = line + " " + head
    match = re.search(r"(\w+)\s*\(", head)
    return match.group(1) if match else ""


def room_rank(floor, room):
    for rank, rooms in enumerate(ROOMS.get(floor, [])):
        if room in rooms:
            return rank
    return len(ROOMS.get(floor, []))


def forbidden_include(path, target):
    """Why `path` may not include `target`; None if it may."""
    floor, other = path.split("/")[0], target.split("/")[0]
    if floor not in FLOORS or other not in FLOORS:
        return None
    if FLOORS.index(other) > FLOORS.index(floor):
        return f"nothing above {floor}"
    if floor == "control" and other == "dataplane" and not target.startswith(CONTROL_SEES):
        return "of the dataplane only shm/, journal/reader.h, wire/ and orders/names.h"
    if floor == other and floor in ROOMS:
        room = path.split("/")[1] if path.count("/") > 1 else None
        target_room = target.split("/")[1] if target.count("/") > 1 else None
        if room and target_room and room != target_room and room_rank(floor, target_room) >= room_rank(floor, room):
            return f"only rooms before {floor}/{room}"
    return None


def check_format(root, files):
    """clang-format over all C files, one line per file that it would change."""
    sources = [f for f in files if f.endswith((".c", ".h"))]
    tool = next((t for t in ("clang-format-14", "clang-format") if which(t)), None)
    if tool is None:
        return ["tools/tidy/tidy.py:1: found no clang-format-14, expected it; run tools/setup/install"]
    jobs = []
    count = max(1, os.cpu_count() or 1)
    for part in (sources[i::count] for i in range(count)):
        if part:
            jobs.append(
                subprocess.Popen(
                    [tool, "--dry-run", "-Werror", *part], cwd=root, stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                )
            )
    findings, seen = [], set()
    for job in jobs:
        for line in job.communicate()[1].split("\n"):
            match = re.match(r"([^:\s][^:]*):(\d+):\d+: error: code should be clang-formatted", line)
            if match and match.group(1) not in seen:
                seen.add(match.group(1))
                findings.append(f"{match.group(1)}:{match.group(2)}: found other formatting, expected clang-format's")
    return findings


def which(name):
    return any(os.access(os.path.join(d, name), os.X_OK) for d in os.environ.get("PATH", "").split(":"))


def check_generated(root):
    gen = os.path.join(root, "tools", "gen", "gen.py")
    run = subprocess.run([sys.executable, gen, "--check"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return [line for line in (run.stdout + run.stderr).split("\n") if line] if run.returncode else []


def main():
    parser = argparse.ArgumentParser(description="the rules of the house as a test")
    parser.add_argument("--root", default=own_root())
    parser.add_argument("--no-format", action="store_true")
    parser.add_argument("--no-gen", action="store_true")
    parser.add_argument("--layers", metavar="ROOM")
    arguments = parser.parse_args()
    tidy = Tidy(arguments.root)
    if arguments.layers:
        print("\n".join(circles.sheet(arguments.layers, circles.calls(room_codes(tidy, arguments.layers.rstrip("/"))))))
        return 0
    findings = tidy.run()
    if not arguments.no_format:
        findings += check_format(arguments.root, tidy.files)
    if not arguments.no_gen:
        findings += check_generated(arguments.root)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(tidy.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
