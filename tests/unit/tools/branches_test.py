"""What counts as taken, and that a room which is not whole is seen."""

import importlib.util
import os
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "tidy", "branches.py")
SPEC = importlib.util.spec_from_file_location("branches", PATH)
branches = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(branches)


def line(number, count, *taken, **more):
    return {"line_number": number, "count": count, "branches": [{"count": n} for n in taken], **more}


def room(*lines):
    return {"files": [{"file": "room/x.c", "lines": list(lines)}]}


class BranchesTest(unittest.TestCase):
    def test_a_room_that_is_whole_passes(self):
        text, is_met = branches.verdict(room(line(1, 5), line(2, 5, 3, 2)), "room", 100)
        self.assertTrue(is_met)
        self.assertEqual(text, "room: 2 of 2 branches were taken (100.0 %), expected at least 100 %")

    def test_a_branch_that_was_never_taken_is_named(self):
        text, is_met = branches.verdict(room(line(2, 5, 5, 0), line(3, 5, 1, 1)), "room", 100)
        self.assertFalse(is_met)
        self.assertIn("room/x.c:2: 1 of 2 branches were never taken", text)
        self.assertTrue(branches.verdict(room(line(2, 5, 5, 0), line(3, 5, 1, 1)), "room", 75)[1])

    def test_a_line_that_never_ran_spoils_a_hundred_and_nothing_less(self):
        idle = room(line(1, 0), line(2, 5, 3, 2))
        text, is_met = branches.verdict(idle, "room", 100)
        self.assertFalse(is_met)
        self.assertIn("room/x.c:1: never ran", text)
        self.assertTrue(branches.verdict(idle, "room", 99)[1])

    def test_what_is_no_code_does_not_count(self):
        hidden = line(1, 0, 0, 0, **{"gcovr/noncode": True})
        self.assertTrue(branches.verdict(room(hidden, line(2, 5, 3, 2)), "room", 100)[1])

    def test_a_room_without_branches_was_not_measured(self):
        self.assertFalse(branches.verdict({"files": []}, "room", 0)[1])


if __name__ == "__main__":
    unittest.main()
