"""variants - a file compiled once with all its mutants, and a number that chooses which of them runs.

Each function that has mutants stands there as it is (name__0) and once for each mutant (name__7, its number); in its place
is one of its name that calls the chosen one and marks that a test came here.  The programs read the number from
MUTANT_NOW at their start.

A header stands so in a folder of headers that the compiler looks into before the tree, and what includes it is compiled
anew: all of it runs the one mutant that was chosen.
"""

import os
import re
import subprocess
import sys

# Beside each test: which mutant it runs, how long it may, to which functions it came.
CHOICE = """
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
int mutant_now;
unsigned char mutant_reached[FUNCTION_COUNT];
__attribute__((constructor)) static void choose(void)
{
	const char *now = getenv("MUTANT_NOW"), *cpu_ms = getenv("MUTANT_CPU_MS");
	long ms = cpu_ms ? atol(cpu_ms) : 0;
	struct itimerval limit = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
	setitimer(ITIMER_PROF, &limit, NULL);
	mutant_now = now ? atoi(now) : 0;
}
__attribute__((destructor)) static void tell(void)
{
	const char *name = getenv("MUTANT_REACHED");
	FILE *file = name ? fopen(name, "w") : NULL;
	if (file) {
		fwrite(mutant_reached, 1, sizeof(mutant_reached), file);
		fclose(file);
	}
}
"""

# With its attributes, its type, its name and its parameters; the body ends where a line begins with its brace.
FUNCTION = re.compile(
    r"(?m)^((?:__attribute__\(\([\w, ]*\)\) |[A-Z]+ )?[a-z][^;{}=#()]*?\b(\w+)\(([^;{}]*?)\))\n\{\n.*?^\}\n", re.S)
COPIES = "-w -g0 -fno-ipa-icf -fno-ipa-cp -fno-ipa-sra '-D__FILE__=\"mutant\"'"
# What runs beyond an array, shifts by too much or overflows ends there, as in the asan build, which runs the same tests.
TRAPS = "-fsanitize=bounds-strict,shift,signed-integer-overflow,integer-divide-by-zero -fsanitize-undefined-trap-on-error"


def blanked(text):
    """Comments, strings and directives as spaces; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)
    return re.sub(r"(?m)^#(?:[^\n\\]|\\.|\\\n)*", blank, text)


def arguments_of(parameters):
    """The names of a list of parameters, as a call has them."""
    parts, depth = [""], 0
    for letter in parameters:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    names = [(re.search(r"\(\*(\w+)\)", part) or re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", part))[1] for part in parts]
    return "" if names == ["void"] else ", ".join(names)


def bodies_of(assembly):
    """Code of each variant in the compiler's output, its own labels counted from the first: {(name, number): text}."""
    out = {}
    for match in re.finditer(r"(?ms)^(\w+)__(\d+):\n(.*?)^\t\.size\t\1__\2,", assembly):
        labels = {}
        body = re.sub(r"\.L(?!C)[A-Z]*\d+", lambda label: labels.setdefault(label[0], f".{len(labels)}"), match[3])
        out[match[1], int(match[2])] = body.replace(f"{match[1]}__{match[2]}", "itself")
    return out


def choice(directory, count):
    """The object beside each test, for so many functions."""
    name = os.path.join(directory, "choice.o")
    subprocess.run(["cc", "-x", "c", f"-DFUNCTION_COUNT={count + 1}", "-c", "-o", name, "-"], input=CHOICE, text=True, check=True)
    return name


class Function:
    """A function of a file, and those of its mutants that are still looked at."""

    def __init__(self, match, number):
        self.start, self.end, self.number, self.mutants = match.start(), match.end(), number, []
        self.head, self.name, self.arguments = match[1], match[2], arguments_of(match[3])

    def variants(self, path, text):
        """The function, each of its mutants, and one of its name that chooses."""
        line = text.count("\n", 0, self.start) + 1
        out = [f"{self.head};\n"]
        for number, whole in [(0, text)] + [(mutant.number, mutant.changed()) for mutant in self.mutants]:
            body = whole[self.start:self.end + len(whole) - len(text)]
            body = re.sub(rf"\b{self.name}\(", f"{self.name}__{number}(", body, count=1)
            out.append(f'#line {line} "mutant-{number}"\n__attribute__((noinline)) {body}')
        cases = "".join(f"\tcase {mutant.number}:\n\t\treturn {self.name}__{mutant.number}({self.arguments});\n" for mutant in self.mutants)
        out.append(f"{self.head}\n{{\n\tmutant_reached[{self.number}] = 1;\n\tswitch (mutant_now) {{\n{cases}"
                   f"\tdefault:\n\t\treturn {self.name}__0({self.arguments});\n\t}}\n}}\n")
        return "".join(out) + '#line %d "%s"\n' % (text.count("\n", 0, self.end) + 1, path)

    def take_out(self, is_out, end):
        for mutant in self.mutants:
            mutant.end_of_it = end if is_out(mutant) else None
        self.mutants = [mutant for mutant in self.mutants if mutant.end_of_it is None]


def headers_of(directory):
    """The folder of headers with mutants."""
    return os.path.join(directory, "headers")


def command_of(command, directory, end):
    """A command of the compiler as it is for mutants: quickly, those of headers before the tree's, and with another end."""
    command = re.sub(r" (-Werror|-flto\S*|-ffat-lto-objects)(?= )", "", command).replace("-O3", "-O1")
    return re.sub(r" -o \S+ -c \S+", lambda _: f" -iquote {headers_of(directory)} {end}", command)


def compiled_as_it_is(path, command, build, directory):
    """The object of a file that only includes what has mutants."""
    name = os.path.join(directory, path.replace("/", ".") + ".o")
    given = re.search(r" -c (\S+)", command)[1]
    subprocess.run(command_of(command, directory, f"-w -g0 -o {name} -c {given}"), shell=True, cwd=build, check=True)
    return name


class File:
    """A file and its mutants; its functions are numbered from `first`."""

    OWN_FLAGS = ""

    def __init__(self, path, mutants, first):
        self.path, self.text = path, mutants[0].text
        self.functions = [Function(match, first + i) for i, match in enumerate(FUNCTION.finditer(blanked(self.text)))]
        for mutant in mutants:
            mutant.function = next((one for one in self.functions if one.start <= mutant.start < one.end), None)
            if mutant.function is None:
                sys.exit(f"mutate: {path}:{mutant.line}: found code of no function that begins a line, expected one around it")
            mutant.function.mutants.append(mutant)

    def source(self):
        out, at = [f'extern int mutant_now;\nextern unsigned char mutant_reached[];\n#line 1 "{self.path}"\n'], 0
        for function in self.functions:
            if function.mutants:
                out += [self.text[at:function.start], function.variants(self.path, self.text)]
                at = function.end
        return "".join(out) + self.text[at:]

    def place(self, directory):
        """Where the file stands with its mutants, and what the compiler is given."""
        name = os.path.join(directory, self.path.replace("/", "."))
        return name, name

    def compiled(self, command, build, directory):
        """The object with all mutants that compile and are not what they were."""
        name, given = self.place(directory)
        command = command_of(command, directory, f"{COPIES} {TRAPS} {self.OWN_FLAGS} -S -o {name}.s {given}")
        while True:
            with open(name, "w") as file:
                file.write(self.source())
            run = subprocess.run(command, shell=True, cwd=build, capture_output=True, text=True)
            if run.returncode == 0:
                break
            bad = {int(number) for number in re.findall(r"mutant-(\d+):[\d:]+ (?:fatal )?error", run.stderr) +
                   re.findall(r"In function .\w+__(\d+).:", run.stderr) +
                   # An operand that must be a constant, in a header of the compiler's own that was inlined.
                   re.findall(r"inlined from .\w+__(\d+). at mutant-[\d:]+\n[^\n]* error", run.stderr)}
            if not bad or 0 in bad:
                sys.exit(f"mutate: {self.path} with its mutants does not compile, expected it to:\n{run.stderr[:2000]}")
            for function in self.functions:
                function.take_out(lambda mutant: mutant.number in bad, "stillborn")
        with open(f"{name}.s") as file:
            bodies = bodies_of(file.read())
        for function in self.functions:
            plain = bodies.get((function.name, 0))
            # A mutant that does nothing at all has no body: the compiler takes its calls out.
            function.take_out(lambda mutant: bodies.get((function.name, mutant.number)) == plain, "same")
        subprocess.run(["cc", "-c", "-o", f"{name}.o", f"{name}.s"], check=True)
        return f"{name}.o"


class Header(File):
    """A header: compiled by itself it only tells which of its mutants are none; without those it stands for others."""

    OWN_FLAGS = "-fkeep-inline-functions"

    def place(self, directory):
        name = os.path.join(headers_of(directory), self.path)
        os.makedirs(os.path.dirname(name), exist_ok=True)
        given = os.path.join(directory, self.path.replace("/", ".") + ".c")
        with open(given, "w") as file:
            file.write(f'#include "{self.path}"\n')
        return name, given

    def compiled(self, command, build, directory):
        super().compiled(command, build, directory)
        with open(self.place(directory)[0], "w") as file:
            file.write(self.source())
