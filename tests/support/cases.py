"""cases - the sentences of a system test, said one by one as they are found true or not.

A test is `run("system.feed_veth", play)`: play takes a Cases, in a network namespace of its own.  One line a
case, `ok name` or `not ok name: found ..., expected ...`; the last case that could not be reached fails by
name too.  Where ctest runs it, the cases are counted one by one (an XML file as cmocka writes them).
"""

import os
import sys
import tempfile
import time
from xml.sax.saxutils import quoteattr

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "day"))
import appliance  # noqa: E402

appliance.NAP = "200 us"  # two tests run beside each other; one that measures, or that dies between two instants, says None


class Cases:
    def __init__(self, name):
        self.name, self.results, self.began = name, [], time.monotonic()

    def note(self, text):
        """A figure for people."""
        print(f"   {text}", flush=True)

    def put(self, case, trouble):
        self.results.append((case, trouble))
        print(f"not ok {case}: {trouble}" if trouble else f"ok {case}", flush=True)
        return not trouble

    def equal(self, case, found, expected):
        return self.put(case, "" if found == expected else f"found {found}, expected {expected}")

    def true(self, case, is_so, found, expected):
        return self.put(case, "" if is_so else f"found {found}, expected {expected}")

    def none(self, case, rows, what):
        """rows is what should not be there; the first few are shown."""
        shown = "; ".join(str(row) for row in rows[:6])
        return self.put(case, f"found {len(rows)} {what}: {shown}, expected none" if rows else "")

    def end(self):
        bad = [case for case, trouble in self.results if trouble]
        self.write_xml()
        print(f"{self.name}: {len(self.results) - len(bad)} passed, {len(bad)} failed, "
              f"{time.monotonic() - self.began:.1f} s", flush=True)
        return 1 if bad or not self.results else 0

    def write_xml(self):
        folder = os.path.join(os.environ.get("SLUICE_BUILD", ""), "results")
        if not os.environ.get("SLUICE_BUILD") or not os.path.isdir(folder):
            return
        with open(os.path.join(folder, self.name + ".xml"), "w") as file:
            file.write(f'<testsuites><testsuite name="{self.name}" tests="{len(self.results)}">\n')
            for case, trouble in self.results:
                inside = f"<failure message={quoteattr(trouble)}/>" if trouble else ""
                file.write(f"<testcase name={quoteattr(case)}>{inside}</testcase>\n")
            file.write("</testsuite></testsuites>\n")


def run(name, *plays):
    """Runs each play(cases, directory) and exits; a play that breaks off is a failed case of its name."""
    appliance.own_network()
    appliance.make_wires()
    cases = Cases(name)
    for play in plays:
        with tempfile.TemporaryDirectory(prefix="sluice-") as directory:
            os.chmod(directory, 0o755)  # persons of other uids read the site
            try:
                play(cases, directory)
            except (appliance.NotReady, ConnectionError, OSError) as trouble:
                cases.put(play.__name__, f"broke off: {trouble}")
    sys.exit(cases.end())
