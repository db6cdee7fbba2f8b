#!/usr/bin/env python3
"""A journal that lacks what was durable, though what is left of it is whole: a segment that somebody took away, under a living dataplane
or a dead one, and an older copy in the journal's place.  Control still holds what the dataplane before called durable: the firm boots
halted, by name, and nothing passes.  What cannot be read at all is not even begun behind: the start is refused.
"""

import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402


def segments(site):
    """Those with a record, oldest first: what was made ahead is all zeros."""
    found = []
    for path in sorted(glob.glob(os.path.join(site.journal, "*.sj"))):
        with open(path, "rb") as file:
            file.seek(4096)
            if any(file.read(16)):
                found.append(path)
    return found


def open_site(directory):
    site = appliance.Appliance(directory)
    site.up("--user", "maker:maker", "--commands", "--timeout-ms", "120000", itch=None)
    quotes.two_sided(site)
    return site


def order(site, client):
    ref = client.enter("B", 1, "AAPL", 1620000)
    answer = client.answer(ref, ("accepted", "rejected"), seconds=10)
    return answer and answer["name"]


def traded(site):
    """An order is durable; then the dataplane dies."""
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    passed = order(site, client)
    appliance.wait_for("all to be durable", lambda: site.metric("sluice_journal_behind_records") == 0)
    site.kill9("dataplane")
    client.drain()
    return passed


def come_back(site):
    site.dataplane(wait="open: clients on")
    appliance.wait_for("limits", site.limits_are_in_force)


def refused(test, name, site):
    come_back(site)
    said = site.tail("dataplane", 60)
    test.true(f"{name}_boots_the_firm_halted", "boots halted: records that were durable are not in the journal" in said
              and "halted" in site.ctl("status").stdout.splitlines()[0], said[-600:], "the firm halted, and why")
    client = ouch.Client(25000, "quote1", "test-one")
    client.login()
    test.equal(f"{name}_passes_nothing", order(site, client), "rejected")
    client.close()


def a_segment_taken_from_a_dead_journal(test, directory):
    with open_site(directory) as site:
        test.equal("an_order_was_durable", traded(site), "accepted")
        os.remove(segments(site)[-1])
        refused(test, "a_journal_without_its_last_segment", site)


def a_segment_taken_from_a_living_journal(test, directory):
    with open_site(directory) as site:
        os.remove(segments(site)[-1])
        test.equal("a_file_that_is_open_is_written_on", traded(site), "accepted")
        refused(test, "a_journal_whose_file_was_deleted_under_it", site)


def an_older_copy_of_the_journal(test, directory):
    with open_site(directory) as site:
        site.stop("dataplane")
        copy = os.path.join(directory, "copy")
        os.mkdir(copy)
        for path in glob.glob(os.path.join(site.journal, "*.sj")):
            shutil.copy(path, copy)
        come_back(site)
        appliance.wait_for("venue", site.venue_is_up)
        traded(site)
        for path in glob.glob(os.path.join(site.journal, "*.sj")):
            os.remove(path)
        for name in os.listdir(copy):
            shutil.copy(os.path.join(copy, name), site.journal)
        refused(test, "an_older_copy_of_the_journal", site)


def a_segment_that_cannot_be_read(test, directory):
    with open_site(directory) as site:
        test.equal("an_order_was_durable", traded(site), "accepted")
        unread, before = os.path.join(site.journal, "00000000000000999999.sj"), sorted(os.listdir(site.journal))
        os.mkdir(unread)
        done = subprocess.run([site.program("sluice-dataplane"), "--config", site.config], capture_output=True, text=True,
                              timeout=60, check=False)
        test.true("what_cannot_be_read_refuses_the_start",
                  done.returncode == 1 and '00000000000000999999.sj: found "Is a directory" when reading it' in done.stderr,
                  f"{done.returncode}: {done.stderr[-600:]}", "status 1 and the file's name")
        os.rmdir(unread)
        test.equal("and_nothing_was_written_behind_it", sorted(os.listdir(site.journal)), before)
        come_back(site)
        test.true("read_again_it_boots_as_it_was", "boots halted" not in site.tail("dataplane", 60),
                  site.tail("dataplane", 60)[-600:], "no halt")


def a_journal_that_is_whole(test, directory):
    """The same without any loss: nothing is halted."""
    with open_site(directory) as site:
        traded(site)
        come_back(site)
        test.true("a_whole_journal_boots_as_it_was", "boots halted" not in site.tail("dataplane", 60) and
                  "halted" not in site.ctl("status").stdout.splitlines()[0], site.ctl("status").stdout, "no halt")


if __name__ == "__main__":
    cases.run("system.journal_lost", a_segment_taken_from_a_dead_journal, a_segment_taken_from_a_living_journal,
              an_older_copy_of_the_journal, a_segment_that_cannot_be_read, a_journal_that_is_whole)
