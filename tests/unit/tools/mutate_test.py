"""What the mutation script breaks, and what it leaves alone."""

import os
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "mutate"))
import mutate  # noqa: E402

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
\treturn c > 0;
}
"""


class Mutate(unittest.TestCase):
    def found(self):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write(SOURCE)
            file.flush()
            return mutate.mutants_of(file.name)

    def test_each_token_of_a_body_is_broken_and_nothing_else(self):
        self.assertEqual(sorted((m.line, m.what) for m in self.found()), [
            (9, "! -> nothing"), (9, "&& -> ||"), (9, "7 -> 0"), (9, "7 -> 8"), (9, "<= -> <"), (10, "true -> false"),
            (11, "statement -> nothing"), (12, "0 -> 1"), (12, "> -> >=")])

    def test_a_mutant_differs_in_its_place_alone(self):
        for mutant in self.found():
            old, new = SOURCE.split("\n"), mutant.changed().split("\n")
            self.assertEqual([i + 1 for i in range(len(old)) if old[i] != new[i]], [mutant.line])

    def test_every_row_of_survivors_names_a_file_of_the_room_and_a_change(self):
        for path, source, what in mutate.read_survivors():
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)) and path.startswith(mutate.ROOM) and source, path)
            self.assertRegex(what, r"^.+ -> .+$")

    def test_too_many_survivors_fail_and_a_row_without_its_place_does(self):
        chosen = self.found() * 12
        good = mutate.verdict(chosen, chosen, {}, set(), {"survived": 5})
        bad = mutate.verdict(chosen, chosen, {}, set(), {"survived": 6})
        key = ("a.c", "x", "y")
        self.assertEqual((good, bad, mutate.verdict(chosen, chosen, {key: 3}, {key}, {})), (0, 1, 1))


if __name__ == "__main__":
    unittest.main()
