#!/usr/bin/env python3
"""Limits of the whole firm at two gates, by real processes: orders of both together never exceed the whole.

The firm may hold 1,000 shares of a symbol, 500 by each gate.  300 go from one gate to the other: the giver is cut at once and
uses more than it keeps, so nothing is granted until it has cancelled; meanwhile control is killed and begins anew.  A smaller
whole is cut in the same proportions, what is on its way is given back, and a dataplane that is killed comes back with what its
journals say.
"""

import ctypes
import json
import os
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import gates_test as gates  # noqa: E402
from cases import appliance  # noqa: E402

LIMIT = "firm max_long_position"
EDIT = dict(gates.SITE, **{"limits.yaml": [("max_long_position: 100000 shares", "max_long_position: 1000 shares")]})
MOVE = ("slices", "move", "max_long_position", "300", "shares", "--from", "east", "--to", "west", "because", "west has more to do")


class Desk:
    """Buys 100 shares at a time, at a price that nobody meets, never twice the same; and remembers of each what its gate
    used with it, and the gate's slice and the whole then."""

    def __init__(self, client):
        self.client, self.price, self.open, self.asked = client, 1600000, [], []
        self.slice, self.whole = 500, 1000

    def buy(self):
        self.price += 100
        self.asked.append((100 * (len(self.open) + 1), self.slice, self.whole))
        ref = self.client.enter("B", 100, "AAPL", self.price)
        found = self.client.answer(ref, ("accepted", "rejected"), seconds=10)
        if found and found["name"] == "accepted":
            self.open.append(ref)
        return found and found["name"]

    def buy_all(self):
        """Until it is refused; how many passed."""
        count = 0
        while count < 20 and self.buy() == "accepted":
            count += 1
        return count

    def cancel(self, count):
        for ref in [self.open.pop() for _ in range(count)]:
            self.client.cancel(ref)
            self.client.answer(ref, ("canceled",), seconds=10)


def slices(site):
    rows = [row for row in site.ctl_json("show", "slices")["rows"] if row.get("limit") == LIMIT]
    return {row["gate"]: (row["slice"], row["in_force"]) for row in rows}


def both(east, west):
    return {"east": (f"{east} shares",) * 2, "west": (f"{west} shares",) * 2}


def moves(site):
    return [(row["amount"], row["from"], row["to"], row["stage"]) for row in site.ctl_json("show", "slices")["rows"] if "move" in row]


def wait_slices(site, expected):
    appliance.wait_for(f"slices {expected}", lambda: slices(site) == expected and not moves(site), 10)


def orders_of_both_stay_inside(test, east, west):
    test.equal("each_gate_buys_half_of_the_whole", (east.buy_all(), west.buy_all()), (5, 5))


def a_move_waits_for_the_giver(test, site, east, west):
    first = site.ctl(*MOVE)
    test.equal("one_person_moves_nothing", (first.stdout.split()[0], slices(site)), ("420", both(500, 500)))
    second = site.ctl(*MOVE, uid=1000)
    east.slice = 200
    test.true("two_do_and_it_waits_for_the_givers_usage", "cut, until the giver's usage fits, which was 500 shares" in second.stdout,
              second.stdout, "that it waits")
    test.equal("the_giver_is_cut_and_the_taker_has_nothing_yet", slices(site), both(200, 500))
    test.equal("what_is_on_its_way_is_told", moves(site),
               [("300 shares", "east", "west", "cut, until the giver's usage fits")])
    test.equal("neither_buys_more", (east.buy(), west.buy()), ("rejected", "rejected"))
    file_with(site, "more.yaml", 1200)
    load = ("limits", "load", "more.yaml", "--confirm-within", "60s", "because", "x")
    site.ctl(*load)
    refused = site.ctl(*load, uid=1000)
    test.true("nothing_is_tried_meanwhile", "found slices on their way between gates" in refused.stdout, refused.stdout, "a refusal")


def control_dies_and_goes_on(test, site, east, west):
    site.kill9("control")
    site.control()
    site.wait_open()
    test.equal("a_control_that_begins_anew_knows_of_the_move", (slices(site), len(moves(site))), (both(200, 500), 1))
    test.equal("and_still_neither_buys_more", (east.buy(), west.buy()), ("rejected", "rejected"))
    east.cancel(3)
    wait_slices(site, both(200, 800))
    west.slice = 800
    test.equal("the_taker_buys_what_the_giver_let_go", (east.buy_all(), west.buy_all()), (0, 3))
    test.equal("all_together_are_the_whole", 100 * (len(east.open) + len(west.open)), 1000)


def text_with(site, whole):
    with open(os.path.join(site.config, "limits.yaml"), encoding="utf-8") as file:
        return file.read().replace("max_long_position: 1000 shares", f"max_long_position: {whole} shares", 1)


def file_with(site, name, whole):
    with open(os.path.join(site.config, name), "w", encoding="utf-8") as file:
        file.write(text_with(site, whole))


class Edited:
    """A limits file that says something else to everybody who opens it: one text after the other, the last to all others.
    The directory tells of each opening, and another file takes the place of the one that was opened."""

    IN_OPEN, EVENT = 0x20, struct.Struct("iIII")

    def __init__(self, site, name, *texts):
        self.path, self.texts, self.opened, self.is_over = os.path.join(site.config, name), texts, 0, False
        self.put()
        libc = ctypes.CDLL(None, use_errno=True)
        self.watch = libc.inotify_init1(os.O_NONBLOCK)
        if libc.inotify_add_watch(self.watch, site.config.encode(), self.IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self.thread = threading.Thread(target=self.serve)

    def put(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(self.texts[min(self.opened, len(self.texts) - 1)])
        os.utime(self.path + ".new", (0, 0))  # at rest, so that it is read at once
        os.rename(self.path + ".new", self.path)

    def names(self):
        """What was opened since it was asked last."""
        try:
            told = os.read(self.watch, 65536)
        except BlockingIOError:
            return
        at = 0
        while at < len(told):
            size = self.EVENT.unpack_from(told, at)[3]
            yield told[at + self.EVENT.size:at + self.EVENT.size + size].rstrip(b"\0").decode()
            at += self.EVENT.size + size

    def look(self):
        for name in self.names():
            if name == os.path.basename(self.path):
                self.opened += 1
                self.put()

    def serve(self):
        while not self.is_over:
            self.look()
            time.sleep(0.001)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        self.look()
        os.close(self.watch)
        os.remove(self.path)


def changed_by(desk, whole):
    """Of what other whole would have judged otherwise, reckoned without the gate: (passed in the day, passes by it)."""
    verdicts = [(usage <= part, usage <= part * whole // of) for usage, part, of in desk.asked]
    return [("PASSED" if day else "FIRM_POSITION_LONG", "PASSED" if other else "FIRM_POSITION_LONG")
            for day, other in verdicts if day != other]


def the_day_is_judged_again(test, site, east, west):
    """By the whole of the day's first limits, and by that of the later ones."""
    for gate, desk in (("east", east), ("west", west)):
        for whole in (1000, 600):
            file_with(site, "other.yaml", whole)
            day = site.ctl_json("what-if", "--limits", "other.yaml", "day", "--gate", gate, timeout=60)
            rows = [row for row in day.get("rows", []) if "order" in row]
            test.equal(f"{whole}_shares_of_all_change_at_{gate}_what_they_must",
                       (day["code"], [(row["old"], row["new"]) for row in rows]),
                       (100, [] if whole == 1000 else changed_by(desk, whole)))
        told = [(row["of"], row["slice"], row["new_slice"], row["had_more"]) for row in day.get("rows", []) if "of" in row]
        test.equal(f"the_slices_of_{gate}_are_told", told,
                   [(LIMIT, "500 shares", "300 shares", False) if gate == "east" else (LIMIT, "800 shares", "480 shares", True)])


def both_days_are_judged_at_once(test, site, east, west):
    """After the day of each alone: nothing is told by all that is not told by one."""
    alone = [dict(row) for gate in ("east", "west")
             for row in site.ctl_json("what-if", "--limits", "other.yaml", "day", "--gate", gate, timeout=60)["rows"]]
    for words in (("what-if", "--limits", "other.yaml", "day"), ("limits", "dry-run", "other.yaml")):
        day = site.ctl_json(*words, timeout=60)
        test.equal(f"{words[0]}_judges_the_gates_one_after_the_other", (day["code"], day["rows"]), (100, alone))
    changed = changed_by(east, 600) + changed_by(west, 600)
    test.true("and_counts_what_all_of_them_changed",
              f"of {len(east.asked) + len(west.asked)} orders {len(changed)} that passed are refused" in day["text"], day["text"], changed)


def a_file_that_is_edited_meanwhile_is_read_once(test, site):
    """What 600 shares say of both gates; 1,000, which change nothing, are only said to whoever opens the file again."""
    rows = site.ctl_json("limits", "dry-run", "other.yaml", timeout=60)["rows"]
    hash_of = site.ctl("limits", "check", "other.yaml").stdout.split()[-1]
    texts = text_with(site, 600), text_with(site, 1000)
    for words in (("limits", "dry-run", "edited.yaml"), ("what-if", "--limits", "edited.yaml", "day"), ("limits", "check", "edited.yaml"),
                  ("limits", "lint", "edited.yaml"), ("limits", "diff", "edited.yaml"), ("limits", "load", "edited.yaml", "because", "same")):
        name = "_".join(words[:2]).replace("-", "_")
        with Edited(site, "edited.yaml", *texts) as edited:
            found = site.ctl_json(*words, timeout=60)
        test.equal(f"{name}_opens_its_file_once", edited.opened, 1)
        if "day" in words or "dry-run" in words:
            test.equal(f"{name}_judges_both_gates_by_what_it_said_then", (found["code"], found["rows"]), (100, rows))
        with open(os.path.join(site.journal, "audit.jsonl"), encoding="utf-8") as file:
            line = next(line for line in reversed([json.loads(line) for line in file]) if "edited.yaml" in line.get("command", ""))
        test.equal(f"{name}_is_in_the_audit_with_what_was_read", line.get("limits"), hash_of)


def a_gate_that_cannot_be_judged_is_said(test, site):
    east = os.path.join(site.journal, "east")
    os.rename(east, east + ".away")
    os.mkdir(east)
    day = site.ctl_json("limits", "dry-run", "other.yaml", timeout=60)
    test.true("a_gate_without_its_journal_is_no_gate_without_a_difference",
              day["code"] // 100 != 1 and day["code"] != 1 and "nothing to judge: east: " in day["text"], day, "that east was not judged")
    os.rmdir(east)
    os.rename(east + ".away", east)


def a_smaller_whole(test, site, east, west):
    file_with(site, "less.yaml", 600)
    done = site.ctl("limits", "load", "less.yaml", "because", "less")
    if done.stdout.startswith("823"):  # a busy machine takes longer than the command waits
        wait_slices(site, both(120, 480))
    test.equal("a_smaller_whole_is_in_force", slices(site), both(120, 480))
    east.slice, west.slice, east.whole, west.whole = 120, 480, 600, 600
    test.equal("and_nobody_buys_beyond_it", (east.buy(), west.buy()), ("rejected", "rejected"))


def what_is_on_its_way_is_given_back(test, site):
    words = ("slices", "move", "max_long_position", "80", "shares", "--from", "west", "--to", "east", "because", "back")
    site.ctl(*words)
    site.ctl(*words, uid=1000)
    test.equal("a_giver_that_uses_more_keeps_it_waiting", (slices(site), len(moves(site))), (both(120, 400), 1))
    done = site.ctl("slices", "settle", "because", "another day")
    wait_slices(site, both(120, 480))
    test.equal("settled_it_is_the_givers_again", done.returncode, 0)
    again = site.ctl("slices", "settle", "because", "another day")
    test.equal("then_nothing_is_on_its_way", again.stdout.split()[0], "001")


def the_dataplane_dies(test, site):
    site.kill9("dataplane")
    site.dataplane()
    site.wait_open()
    wait_slices(site, both(120, 480))
    test.true("its_journals_have_the_slices", True, None, None)


def a_move_is_no_load(test, site):
    loads = [row for row in site.ctl_json("limits", "history")["rows"] if "epoch" in row]
    load = next(row for row in loads if row["last_epoch"] > row["epoch"])
    said = site.ctl("limits", "restore", str(load["epoch"] + 1), "because", "x").stdout
    test.true("the_epoch_of_a_move_names_its_load", f"limits restore {load['epoch']} has the same limits" in said, said, "the load")


def what_is_told(test, site):
    metrics = site.metrics()
    test.equal("metrics_tell_the_slices",
               [metrics.get(f'sluice_slice{{limit="{LIMIT}",gate="{gate}"}}') for gate in ("east", "west")], [120.0, 480.0])
    test.equal("and_the_whole", metrics.get(f'sluice_slice_whole{{limit="{LIMIT}"}}'), 600.0)
    with open(os.path.join(site.journal, "audit.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    told = [line["stage"] for line in lines if line.get("event") == "slices" and line["move"] == 1]
    # A control that was killed before its record was on the disk tells a step again: once is lost, twice is not.
    stages = [stage for stage, before in zip(told, [None] + told) if stage != before]
    test.equal("the_audit_has_each_step_of_a_move", stages,
               ["being cut at the giver", "cut, until the giver's usage fits", "granted, on its way to the taker", "done"])


def two_gates(test, directory):
    with appliance.Appliance(directory, edit=EDIT) as site:
        site.second("ouch50")
        site.up("--user", "maker:maker", "--commands", itch=None)
        gates.wait_venues(site)
        maker = gates.quote()
        gates.wait_market(site)
        east, west = [Desk(client) for client in gates.clients()]
        orders_of_both_stay_inside(test, east, west)
        a_move_waits_for_the_giver(test, site, east, west)
        control_dies_and_goes_on(test, site, east, west)
        a_smaller_whole(test, site, east, west)
        what_is_on_its_way_is_given_back(test, site)
        the_dataplane_dies(test, site)
        what_is_told(test, site)
        a_move_is_no_load(test, site)
        the_day_is_judged_again(test, site, east, west)
        both_days_are_judged_at_once(test, site, east, west)
        a_file_that_is_edited_meanwhile_is_read_once(test, site)
        site.stop("dataplane")
        a_gate_that_cannot_be_judged_is_said(test, site)
        for gate in gates.GATES:
            again = site.replay(gate)
            test.equal(f"the_replay_of_{gate}_has_no_difference", (again.get("verdict"), again.get("differences", 0)), ("equal", 0))
        maker.close()


if __name__ == "__main__":
    cases.run("system.slices", two_gates)
