"""Each rule of tidy is broken once in a small tree, and tidy names it, its file and its line."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "tidy"))
import tidy  # noqa: E402

GOOD = {
    "config/base.h": "/* base.h - words. */\n",
    "config/x.c": '#include "config/base.h"\n\nint x_take(void)\n{\n\treturn 0;\n}\n',
    "tests/unit/config/x_test.c": '#include "config/base.h"\n',
    "dataplane/risk/risk.h": '/* risk.h - judges. */\n#include "config/base.h"\n',
}


def findings(**changed):
    files = dict(GOOD)
    files.update({path: text for path, text in changed.get("files", {}).items()})
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return tidy.Tidy(root).run()


class TidyTest(unittest.TestCase):
    def expect(self, files, wanted):
        found = findings(files=files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(wanted), found[0])

    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual(findings(), [])

    def test_nobody_looks_up(self):
        self.expect({"config/base.h": '/* base.h - words. */\n#include "dataplane/risk/risk.h"\n'},
                    'config/base.h:2: found "dataplane/risk/risk.h", expected nothing above config')

    def test_book_and_risk_do_not_see_each_other(self):
        self.expect({"dataplane/book/book.h": '/* book.h - b. */\n#include "dataplane/risk/risk.h"\n'},
                    "dataplane/book/book.h:2: found")

    def test_a_metric_has_its_row(self):
        rows = {"config/told.def": '/* told.def - rows. */\nTOLD(up, GAUGE, "sluice_up", "1: it is")\n'}
        code = 'int x_take(const char *name);\nint x_take(const char *name)\n{\n\treturn name == "%s";\n}\n'
        self.assertEqual(findings(files={**rows, "config/x.c": code % "sluice_up"}), [])
        self.expect({**rows, "config/x.c": code % "sluice_down"},
                    "config/x.c:4: found metric sluice_down, expected a row of config/*.def with it")

    def test_a_room_sees_those_before_it(self):
        self.assertEqual(
            findings(files={"dataplane/gate/gate.h": '/* gate.h - g. */\n#include "dataplane/risk/risk.h"\n'}), [])

    def test_wire_does_not_see_risk(self):
        self.expect({"dataplane/wire/net.h": '/* net.h - n. */\n#include "dataplane/risk/risk.h"\n'},
                    "dataplane/wire/net.h:2: found")

    def test_control_sees_only_the_letterbox(self):
        self.expect({"control/kill/kill.h": '/* kill.h - k. */\n#include "dataplane/risk/risk.h"\n'},
                    "control/kill/kill.h:2: found")

    def test_calls_in_a_room_go_one_way(self):
        body = "int %s(void)\n{\n\treturn %s();\n}\n"
        files = {
            "config/x.h": "/* x.h - asks y. */\nint x_take(void);\n",
            "config/y.h": "/* y.h - asks x. */\nint y_take(void);\n",
            "config/x.c": '#include "config/y.h"\n\n' + body % ("x_take", "y_take"),
            "config/y.c": '#include "config/x.h"\n\n' + body % ("y_take", "x_take"),
            "tests/unit/config/y_test.c": '#include "config/y.h"\n',
        }
        self.expect(files, "config/x.c:1: found a circle of calls (x, y)")
        files["config/y.c"] = '#include "config/x.h"\n\n' + body % ("y_take", "y_other")
        self.assertEqual(findings(files=files), [])

    def test_a_name_that_is_seen_outside_stands_for_one_thing(self):
        main = "int main(void)\n{\n\treturn 0;\n}\n"
        body = "\n%sint x_take(int taken)\n{\n\treturn taken;\n}\n"
        files = {"tools/y/y.c": main + body % "", "tools/z/z.c": main, "tests/unit/config/x_test.c": main + body % ""}
        self.expect(files, "tools/y/y.c:6: found x_take, which config/x.c has too, expected a name of its own")
        files["tools/y/y.c"] = main + body % "static "
        self.assertEqual(findings(files=files), [])

    def test_a_file_without_a_test_is_named(self):
        self.expect({"drivers/disk/disk.c": "int disk_x;\n"}, "drivers/disk/disk.c:1: found no test")

    def test_a_kernel_is_proved_by_its_familys_test(self):
        self.assertEqual(findings(files={"dataplane/wire/itch_avx2.c": "int x;\n",
                                         "tests/agree/itch_test.c": "int y;\n"}), [])

    def test_a_file_ends_at_500_lines(self):
        self.assertEqual(findings(files={"config/x.c": "\n" * 500}), [])
        self.expect({"config/x.c": "\n" * 501}, "config/x.c:1: found 501 lines")

    def test_a_test_ends_at_800_lines(self):
        self.assertEqual(findings(files={"tests/unit/config/x_test.c": "\n" * 800}), [])
        self.expect({"tests/unit/config/x_test.c": "\n" * 801}, "tests/unit/config/x_test.c:1: found 801 lines")

    def test_another_files_test_counts_only_with_a_reason(self):
        lone = {"drivers/disk/disk.c": "int disk_x;\n"}
        row = "drivers/disk/disk.c tests/unit/config/x_test.c"
        self.assertEqual(findings(files={**lone, "tools/tidy/covered": row + " one table\n"}), [])
        found = findings(files={**lone, "tools/tidy/covered": row + "\n"})
        self.assertTrue(found[0].startswith("tools/tidy/covered:1: found a row without a reason"), found)

    def test_a_row_of_covered_that_is_not_needed_or_true_is_named(self):
        own = "config/x.c tests/unit/config/x_test.c because\n"
        self.expect({"tools/tidy/covered": own}, "tools/tidy/covered:1: found config/x.c, expected none")
        self.expect({"tools/tidy/covered": own.replace("config/x.c", "config/y.c", 1)},
                    "tools/tidy/covered:1: found config/y.c, expected a file that exists")

    def test_a_test_named_after_a_file_and_a_case_counts(self):
        self.assertEqual(findings(files={"drivers/port/port.c": "int x;\n",
                                         "tests/unit/drivers/port/port_pcap_test.c": "int y;\n"}), [])

    def test_a_function_ends_at_60_lines(self):
        body = "int x_take(void)\n{\n" + "\t;\n" * 60 + "}\n"
        self.assertEqual(findings(files={"config/x.c": body}), [])
        self.expect({"config/x.c": body.replace("{\n", "{\n\t;\n")}, "config/x.c:2: found x_take of 61 lines")

    def test_a_stage_does_not_allocate_print_or_read_the_clock(self):
        for call in ("malloc(8)", "printf(0)", "snprintf(0)", "clock_gettime(0, 0)", "free(p)"):
            self.expect({"dataplane/risk/risk.h": f"/* risk.h - judges. */\nint x = {call};\n"},
                        "dataplane/risk/risk.h:2: found")

    def test_what_runs_at_boot_may(self):
        self.assertEqual(
            findings(files={"dataplane/risk/risk.h": "/* risk.h - judges.  tidy: boot */\nint x = malloc(8);\n"}), [])
        self.assertEqual(
            findings(files={"dataplane/risk/risk.h": "/* risk.h - j. */\nint x = malloc(8); /* tidy: boot */\n"}), [])

    def test_comments_and_strings_are_not_code(self):
        self.assertEqual(
            findings(files={"dataplane/risk/risk.h": '/* risk.h - no malloc(8), no float. */\nchar *x = "printf(";\n'}),
            [])

    def test_risk_has_no_floating_point(self):
        self.expect({"dataplane/risk/risk.h": "/* risk.h - judges. */\ndouble x;\n"},
                    "dataplane/risk/risk.h:2: found floating point")

    def test_empty_words_are_refused_in_files_and_functions(self):
        self.expect({"config/string_utils.h": "/* string_utils.h - s. */\n"},
                    'config/string_utils.h:1: found "utils"')
        self.expect({"config/x.c": "int x_helper(void)\n{\n}\n"}, 'config/x.c:2: found "helper" in x_helper')

    def test_trailing_space_and_a_missing_last_newline_are_seen(self):
        self.expect({"config/x.c": "int x; \n"}, "config/x.c:1: found trailing space")
        self.expect({"config/x.c": "int x;"}, "config/x.c:1: found no newline")

    def test_a_header_says_what_it_is(self):
        self.expect({"config/base.h": "#define X 1\n"}, "config/base.h:1: found no opening essay")

    def test_a_link_leads_to_a_page_and_a_heading(self):
        page = "# One\n\n## What it's for: all\n"
        good = "[a](docs/a.md) [b](docs/a.md#what-its-for-all) [c](docs) [d](https://example.org/x) `config/x.c`\n"
        self.assertEqual(findings(files={"docs/a.md": page, "README.md": good}), [])
        for bad in ("[a](docs/b.md)", "[a](docs/a.md#two)", "[a](#one)", "[a](nowhere)", "`config/y.c`"):
            self.expect({"docs/a.md": page, "README.md": bad + "\n"}, "README.md:1: found")

    def test_an_include_that_is_not_there_is_seen(self):
        self.expect({"config/x.c": '#include "config/gone.h"\n'}, 'config/x.c:1: found "config/gone.h"')


if __name__ == "__main__":
    unittest.main()
