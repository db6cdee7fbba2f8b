"""The closing count: case by case where there is a file, never better than ctest's own word."""

import os
import subprocess
import sys
import tempfile
import unittest

TALLY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "tally.py")

RUN = '<testcase name="{}" status="run"/>'
FAIL = '<testcase name="{}" status="fail"><failure message="Failed"/></testcase>'
GONE = '<testcase name="{}" status="notrun"><skipped message="Unable to find executable"/></testcase>'
SKIP = '<testcase name="{}" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'


def tally(tests, results):
    with tempfile.TemporaryDirectory() as root:
        junit = os.path.join(root, "junit.xml")
        with open(junit, "w", encoding="utf-8") as file:
            file.write("<testsuite>" + "".join(tests) + "</testsuite>")
        for name, text in results.items():
            with open(os.path.join(root, name + ".xml"), "w", encoding="utf-8") as file:
                file.write(text)
        run = subprocess.run([sys.executable, TALLY, junit, root], capture_output=True, text=True, check=True)
        return run.stdout.strip(), run.stderr


def suite(*cases):
    return '<?xml version="1.0" encoding="UTF-8" ?>\n<testsuites>\n<testsuite>' + "".join(cases) + "</testsuite></testsuites>"


PASSED = '<testcase name="a_is_b" time="0.1"></testcase>'
FAILED = '<testcase name="a_is_c" time="0.1"><failure><![CDATA[a < b & c]]></failure></testcase>'
SKIPPED = '<testcase name="a_is_d" time="0.1"><skipped/></testcase>'


class TallyTest(unittest.TestCase):
    def test_a_program_counts_case_by_case(self):
        self.assertEqual(tally([RUN.format("x")], {"x": suite(PASSED, PASSED, SKIPPED)})[0], "2 0 1")

    def test_a_program_without_a_file_counts_as_one(self):
        self.assertEqual(tally([RUN.format("fuzz.x")], {})[0], "1 0 0")

    def test_a_failed_case_is_named(self):
        counts, names = tally([FAIL.format("x")], {"x": suite(PASSED, FAILED)})
        self.assertEqual(counts, "1 1 0")
        self.assertIn("x: a_is_c", names)

    def test_a_program_that_dies_behind_a_clean_file_fails(self):
        self.assertEqual(tally([FAIL.format("x")], {"x": suite(PASSED)})[0], "1 1 0")

    def test_a_program_that_dies_before_its_file_fails(self):
        self.assertEqual(tally([FAIL.format("x")], {})[0], "0 1 0")
        self.assertEqual(tally([FAIL.format("x")], {"x": "<testsuites><testsu"})[0], "0 1 0")

    def test_a_program_that_was_not_built_fails(self):
        self.assertEqual(tally([GONE.format("x")], {})[0], "0 1 0")

    def test_a_program_that_skips_itself_is_skipped(self):
        self.assertEqual(tally([SKIP.format("x")], {})[0], "0 0 1")


if __name__ == "__main__":
    unittest.main()
