"""What the mutation script breaks, and what it leaves alone."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "mutate"))
import mutate  # noqa: E402
import variants  # noqa: E402

SOURCE = """/* 1 < 2 */
#define BOUND (3 + 4)
static const int table[] = {5, 6};
struct pair { int one, two; };

bool less(const int *a, int b)
{
\tint c = -b;
\tif (*a <= b && !done(7))
\t\treturn true;
\tstep(c, "8 < 9");
\tc = a->from[1] < b ? a->from[1] : b;
\tc = c < b ? b : a;
\t__builtin_prefetch(&a[c + 1]);
\tCHECK(c > 1 &&
\t\tb != 0);
\treturn c > 0;
}
"""

SUM = """#include <stdlib.h>

__attribute__((noinline)) static int count(
	int from, int (*next)(int), const int of[2])
{
	return from == 0 ? of[0] : count(next(from), next, of);
}

static int steps;

static void step(void)
{
	steps++;
}

static int below(int from)
{
	return from - 1;
}

static int zero(void)
{
	return 0;
}

int main(void)
{
	step();
	return 1 - steps + count(3, below, (const int[]){7, 8}) * (3 - zero() * 1);
}
"""

MORE = """static inline int more(int n)
{
\treturn n + 1 + 0;
}

int less(
\tint n);
"""


def room_of(folder):
    return next(mutate.Room(*row) for row in mutate.ROOMS if row[0] == folder)


class Mutate(unittest.TestCase):
    def found(self):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write(SOURCE)
            file.flush()
            return mutate.mutants_of(file.name)

    def test_each_token_of_a_body_is_broken_and_nothing_else(self):
        self.assertEqual(sorted((m.line, m.what) for m in self.found()), [
            (9, "! -> nothing"), (9, "&& -> ||"), (9, "7 -> 0"), (9, "7 -> 8"), (9, "<= -> <"), (10, "true -> false"),
            (11, "statement -> nothing"), (12, "1 -> 0"), (12, "1 -> 0 #2"), (12, "1 -> 2"), (12, "1 -> 2 #2"),
            (12, "statement -> nothing"), (13, "< -> <="), (13, "statement -> nothing"), (17, "0 -> 1"), (17, "> -> >=")])

    def test_whichever_of_two_equal_numbers_is_taken_is_no_mutant_and_all_else_is_one(self):
        def compared(line):
            with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
                file.write(f"int one(int a, int b)\n{{\n\t{line}\n\treturn b;\n}}\n")
                file.flush()
                return [mutant.what for mutant in mutate.mutants_of(file.name) if mutant.what[0] in "<>"]
        for line in ("return a > b ? a : b;", "b = a < b ? b : (long)a;", "f(a > b ? a - b : 0, 1);", "b = a > b ? a - b : b - a;",
                     "return a < b ? (int)a\n\t\t: (int)b;", "if (a > b)\n\t\tb = a;"):
            self.assertEqual(compared(line), [], line)
        for line in ("return a < b ? a : b - 1;", "return a < b ? a - 1 : b;", "return 1 + a < b ? a : b;", "b = a > b ? a - b : 1;",
                     "b = a > b ? a : b->c;", "if (a > b)\n\t\tb = a + 1;"):
            self.assertEqual(len(compared(line)), 1, line)

    def test_a_line_that_closes_what_another_opened_is_no_statement(self):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write("int one(int a)\n{\n\ta = two(a,\n\t\tthree(a));\n\tfour(a);\n\treturn a;\n}\n")
            file.flush()
            self.assertEqual([mutant.line for mutant in mutate.mutants_of(file.name)], [5])

    def test_a_mutant_differs_in_its_place_alone(self):
        for mutant in self.found():
            old, new = SOURCE.split("\n"), mutant.changed().split("\n")
            self.assertEqual([i + 1 for i in range(len(old)) if old[i] != new[i]], [mutant.line])

    def test_equal_lines_are_told_apart_by_their_function_and_in_one_by_their_number(self):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write("".join(f"int {name}(int a)\n{{\n\ta = 7;\n\tif (a)\n\t\ta = 7;\n\treturn a;\n}}\n\n" for name in ("one", "two")))
            file.flush()
            keys = [mutant.key()[1:] for mutant in mutate.mutants_of(file.name) if mutant.what.startswith("statement")]
        self.assertEqual(keys, [(name, "a = 7;", f"statement -> nothing{nth}") for name in ("one", "two") for nth in ("", " #2")])

    def test_a_file_is_compiled_once_and_a_number_chooses_the_mutant(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "sum.c")
            with open(path, "w") as file:
                file.write(SUM)
            chosen = [mutant for mutant in mutate.mutants_of(path) if mutant.what in ("0 -> 1 #2", "* -> /", "* -> / #2", "statement -> nothing")]
            for number, mutant in enumerate(chosen, 1):
                mutant.number = number
            file = variants.File(path, chosen, 0)
            made = file.compiled("cc -O1 -o x -c x", directory, directory)
            program, reached = os.path.join(directory, "sum"), os.path.join(directory, "reached")
            subprocess.run(["cc", "-o", program, made, variants.choice(directory, len(file.functions))], check=True)
            said = [subprocess.run([program], env={"MUTANT_NOW": str(number), "MUTANT_REACHED": reached}, check=False).returncode
                    for number in range(6)]
            self.assertEqual([mutant.what for mutant in chosen],
                             ["0 -> 1 #2", "* -> /", "* -> / #2", "statement -> nothing", "statement -> nothing"])
            self.assertEqual(said, [21, 24, 2, 21, 22, 22])
            self.assertEqual([mutant.end_of_it for mutant in chosen], [None, None, "same", None, None])
            with open(reached, "rb") as told:
                self.assertEqual(list(told.read()), [1, 0, 0, 0, 1, 0])

    def test_what_includes_a_header_runs_its_mutant_and_one_that_is_the_same_code_is_none(self):
        with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as made_in:
            os.mkdir(os.path.join(directory, "room"))
            one = '#include "room/more.h"\nint main(void)\n{\n\treturn more(1);\n}\n'
            for name, text in (("room/more.h", MORE), ("room/one.c", one)):
                with open(os.path.join(directory, name), "w") as file:
                    file.write(text)
            chosen = mutate.mutants_of(os.path.join(directory, "room/more.h"))
            for number, mutant in enumerate(chosen, 1):
                mutant.number = number
            variants.Header("room/more.h", chosen, 0).compiled("cc -O1 -I. -o x -c x", directory, made_in)
            made = variants.compiled_as_it_is("room/one.c", "cc -O1 -I. -o x -c room/one.c", directory, made_in)
            program = os.path.join(made_in, "one")
            subprocess.run(["cc", "-o", program, made, variants.choice(made_in, 1)], check=True)
            said = {mutant.what: subprocess.run([program], env={"MUTANT_NOW": str(mutant.number)}, check=False).returncode
                    for mutant in chosen}
            self.assertEqual(said["+ -> -"], 0)
            self.assertEqual(said["1 -> 2"], 3)
            self.assertEqual(said["+ -> - #2"], 2)
            self.assertEqual({mutant.what: mutant.end_of_it for mutant in chosen if mutant.end_of_it},
                             {"+ -> - #2": "same"})

    def test_a_file_includes_what_its_headers_include(self):
        found = mutate.includes("tests/unit/dataplane/risk/money_test.c")
        self.assertTrue({"tests/unit/dataplane/risk/desk.h", "dataplane/risk/tables.h", "dataplane/risk/gauge.h"} <= found)
        self.assertFalse("dataplane/gate/gate.h" in found)

    def test_only_tests_that_are_chosen_are_asked(self):
        room = mutate.Room(*mutate.ROOMS[0], chosen="risk.money|property")
        self.assertEqual([name.split(".")[-1] for name, _ in room.order("a.c", {})], ["money", "money_bounds", "risk", "risk"])

    def test_the_names_of_parameters_are_what_a_call_has(self):
        self.assertEqual(variants.arguments_of("void"), "")
        self.assertEqual(variants.arguments_of("struct a *b, const int64_t c_e4[2], bool (*d)(int, int),\n\tunsigned e"), "b, c_e4, d, e")

    def test_every_mutant_of_the_rooms_stands_in_a_function(self):
        for path in {path for row in mutate.ROOMS for path in mutate.Room(*row).paths}:
            found = mutate.mutants_of(os.path.join(mutate.ROOT, path))
            for number, mutant in enumerate(found, 1):
                mutant.number = number
            if found:
                self.assertEqual(len(found), sum(len(one.mutants) for one in variants.File(path, found, 0).functions))

    def test_every_row_of_survivors_names_a_file_of_a_room_and_a_change(self):
        paths = [path for row in mutate.ROOMS for path in mutate.Room(*row).paths]
        for path, inside, source, what in mutate.read_survivors():
            self.assertTrue(path in paths and inside and source, path)
            self.assertRegex(what, r"^.+ ->")

    def test_the_files_own_test_is_asked_first_and_the_property_in_short_and_last(self):
        room = room_of("dataplane/risk")
        tests = room.order("dataplane/risk/risk_rows.c", {"unit.dataplane.risk.gauge": 1, "unit.dataplane.risk.meter": 2})
        names = [name for name, _ in tests]
        self.assertEqual((names[0], names[-1], names.count("property.risk")),
                         ("unit.dataplane.risk.risk_rows", "property.risk", 2))
        self.assertLess(names.index("unit.dataplane.risk.gauge"), names.index("unit.dataplane.risk.meter"))
        self.assertEqual(set(names), set(room.tests))

    def said(self, chosen, ends, explained, gone):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            return mutate.verdict(chosen, ends, explained, gone), text.getvalue()

    def test_too_many_survivors_fail_and_a_sample_that_was_not_judged_to_its_end_does(self):
        chosen = (self.found() * 12)[:100]
        for survived, status in ((5, 0), (6, 1)):
            self.assertEqual(self.said(chosen, ["survived"] * survived + ["a test"] * (100 - survived), {}, set())[0], status)
        self.assertEqual(self.said(chosen, ["a test"] * 99, {}, set())[0], 1)
        self.assertEqual(self.said(chosen, ["stillborn"] * 100, {}, set())[0], 1)

    def test_what_was_killed_is_said_of_each_file_without_what_is_explained(self):
        chosen = self.found()[:4]
        chosen[0].path = chosen[1].path = "a.c"
        chosen[2].path = chosen[3].path = "b.c"
        _, text = self.said(chosen, ["a test", "survived", "a test", "survived"], {chosen[3].key(): 3}, set())
        self.assertEqual(text.splitlines()[:2], ["a.c: 1 of 2 killed (50.0 %)", "b.c: 1 of 1 killed (100.0 %)"])

    def test_a_row_without_its_place_fails_and_one_that_a_test_kills_does(self):
        chosen, key = self.found(), ("a.c", "f", "x", "y")
        own = chosen[0].key()
        ends = ["a test"] * len(chosen)
        self.assertEqual(self.said(chosen, ends, {}, set())[0], 0)
        status, text = self.said(chosen, ends, {key: 3}, {key})
        self.assertEqual((status, text.split(": found")[0]), (1, "tools/mutate/survivors:3"))
        status, text = self.said(chosen, ends, {own: 4}, set())
        self.assertEqual((status, "a test kills it" in text), (1, True))
        self.assertEqual(self.said(chosen, ["survived"] + ends[1:], {own: 4}, set())[0], 0)


if __name__ == "__main__":
    unittest.main()
