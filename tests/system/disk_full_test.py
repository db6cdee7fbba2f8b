#!/usr/bin/env python3
"""A disk that is really full: the journal stands on a small file system of its own (a tmpfs in a mount namespace of this test).

Orders are refused by name as soon as the next segment finds no room; cancels, a kill and its sweep are written into the reserve; the
dataplane is killed in the middle and comes back on the full disk; once there is room the reserve is built again, and a person
resumes.  All of it replays.
"""

import ctypes
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import ouch  # noqa: E402
import quotes  # noqa: E402
from cases import appliance  # noqa: E402

CLONE_NEWNS = 0x20000
RESERVE_BYTES = 4 << 20
EDIT = {"site.yaml": [("segment: 16 MiB", "segment: 1 MiB"), ("reserve: 16 MiB", "reserve: 4 MiB"),
                      ("client_timeout: 15 s", "client_timeout: 60 s")]}  # clients say nothing while the test looks


def small_disk(path):
    """24 MiB that are this test's alone."""
    os.makedirs(path, exist_ok=True)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise appliance.NotReady(f"found no right to mount ({os.strerror(ctypes.get_errno())}), expected a mount namespace")
    for words in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0750", "small", path]):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise appliance.NotReady(f"{' '.join(words)}: {done.stderr.strip()}")


def fill(path):
    """Not a block is left."""
    with open(os.path.join(path, "ballast"), "wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def health(site, name="journal"):
    rows = {row["check"]: row for row in site.ctl_json("health").get("rows", [])}
    return rows.get(name, {"good": None, "found": ""})


def waits(site, name, value, seconds=20):
    try:
        appliance.wait_for(name, lambda: site.metric(name) == value, seconds)
    except appliance.NotReady:
        pass
    return site.metric(name)


def enter(client, side="B", price=1620000):
    ref = client.enter(side, 10, "AAPL", price)
    found = client.answer(ref, ("accepted", "rejected"), seconds=10)
    return ref, found and found["name"]


def receipts(site):
    return [row for row in site.records() if row["type"] == "receipt"]


def judged(site, client):
    """The reason in the receipt of another order of session 2."""
    ref, _ = enter(client)
    found = []
    appliance.wait_for("the order's receipt", lambda: found or found.extend(row for row in receipts(site) if (row["session"], row["client_ref"]) == (2, ref)), 20)
    return found[-1]["reason"]


def heard(site, client):
    """The first word on an order that is not for control's silence: control beats later than its max_silence where the machine is busy, and
    that passes by itself.  Nothing else does."""
    words = []
    appliance.wait_for("control to be heard", lambda: words.append(judged(site, client)) or words[-1] != "CONTROL_SILENT", 20)
    return words[-1]


def disk_full(test, directory):
    try:
        play(test, directory)
    finally:
        subprocess.run(["umount", "--lazy", os.path.join(directory, "config", "journal")], check=False)


def play(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as site:
        small_disk(site.journal)
        site.up("--user", "maker:maker", "--commands", itch=None)
        maker = quotes.two_sided(site)
        client, other = ouch.Client(25000, "quote1", "test-one"), ouch.Client(25000, "take2", "test-two")
        client.login()
        other.login()
        test.equal("the_reserve_is_whole", waits(site, "sluice_journal_reserve_bytes", RESERVE_BYTES), RESERVE_BYTES)
        test.equal("and_health_has_no_word_against_it", health(site)["good"], True)
        cancelled, name = enter(client)
        swept, second = enter(client, price=1620100)
        test.equal("orders_pass", (name, second), ("accepted", "accepted"))
        the_disk_is_full(test, site, client, cancelled, swept)
        it_is_killed_and_comes_back(test, site, client, other)
        there_is_room_again(test, site, client, other)
        for who in (client, other, maker):
            who.close()
        site.close()
        again = site.replay()
        test.equal("all_of_it_is_judged_again_alike", (again.get("verdict"), again.get("differences", 0)), ("equal", 0))


def the_disk_is_full(test, site, client, cancelled, swept):
    fill(site.journal)
    last = 0
    while site.metric("sluice_journal_no_room") == 0 and last < 20000:
        for _ in range(200):
            last = client.enter("B", 10, "AAPL", 1000000)  # beyond the collar: a receipt and no order
            client.poll(0)
        client.answer(last, ("accepted", "rejected"), seconds=10)
    test.equal("a_full_disk_is_found_when_the_next_segment_is_wanted", site.metric("sluice_journal_no_room"), 1)
    test.equal("no_write_failed", site.metric("sluice_journal_errors_total"), 0)
    test.equal("an_order_is_refused", enter(client)[1], "rejected")
    test.true("by_name", "JOURNAL_BEHIND" in str(receipts(site)[-1]), receipts(site)[-1], "JOURNAL_BEHIND")
    said = health(site)
    test.true("health_says_what_is_left", said["good"] is False and "the disk is full" in said["found"], said, "the disk is full")
    room = site.metric("sluice_journal_room_bytes"), site.metric("sluice_journal_room_records")
    test.true("in_bytes_and_records", room[0] > 2 << 20 and room[1] > 1000, room, "more than half of the reserve")
    test.equal("the_firm_is_tripped", [row["because"] for row in site.records() if row["type"] == "stop" and row["scope"] == "firm"],
               ["disk full, the journal uses its reserve"])
    client.cancel(cancelled)
    found = client.answer(cancelled, ("canceled",), seconds=10)
    test.equal("a_cancel_passes", found and found["name"], "canceled")
    done = site.ctl("kill", "account", "17", "because", "full")
    found = client.answer(swept, ("canceled",), seconds=10)
    test.equal("a_kill_sweeps_what_is_open", (found and found["name"], waits(site, "sluice_gate_open_orders", 0)), ("canceled", 0))
    test.true("and_says_so", done.returncode == 0, (done.stdout, done.stderr), "done")


def it_is_killed_and_comes_back(test, site, client, other):
    site.kill9("dataplane")
    site.dataplane(wait="open: clients on")
    test.equal("a_process_that_comes_back_on_the_full_disk_writes", (site.metric("sluice_journal_no_room"), site.metric("sluice_journal_errors_total")), (1, 0))
    for who in (client, other):
        who.drain()
        who.login()
    test.equal("and_takes_no_order", (enter(client)[1], enter(other)[1]), ("rejected", "rejected"))
    rows = str(site.ctl_json("show", "stops").get("rows", []))
    test.true("the_kill_stands_and_the_trip", "killed" in rows and "reduce-only" in rows, rows, "killed and reduce-only")


def there_is_room_again(test, site, client, other):
    os.unlink(os.path.join(site.journal, "ballast"))
    test.equal("once_there_is_room_the_reserve_is_built_again", (waits(site, "sluice_journal_no_room", 0), waits(
        site, "sluice_journal_reserve_bytes", RESERVE_BYTES)), (0, RESERVE_BYTES))
    test.equal("health_has_no_word_against_it", health(site)["good"], True)
    site.wait_open()
    test.equal("until_a_person_resumes_nothing_opens", enter(other)[1], "rejected")
    test.true("by_the_trip", "REDUCE_ONLY" in str(receipts(site)[-1]), receipts(site)[-1], "REDUCE_ONLY")
    site.stop("control")  # its audit could not be written: it begins anew
    site.control()
    appliance.wait_for("its limits to be in force", lambda: health(site, "limits")["good"], 20)
    # the dataplane that came back asks the venue for what it has not heard
    appliance.wait_for("the feed to be whole", lambda: "sequenced" in health(site, "feed itch")["found"], 20)
    done = site.ctl("resume", "firm", "0", "because", "the disk has room")
    test.true("a_person_resumes", done.returncode == 0, (done.stdout, done.stderr), "done")
    test.equal("and_an_order_passes", heard(site, other), "NONE")
    test.equal("the_firm_trades_but_for_what_was_killed", enter(client)[1], "rejected")


if __name__ == "__main__":
    cases.run("system.disk_full", disk_full)
