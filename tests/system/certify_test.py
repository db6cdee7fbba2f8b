#!/usr/bin/env python3
"""A firm certifies its client with the venue's own conversation: the sample client passes, one that does otherwise
does not, and a conversation held twice is the same to the byte."""

import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import hearing  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

CONVERSATION = os.path.join(appliance.ROOT, "config", "examples", "venues", "certify_ouch50.talk")

GOOD = """
buy 100 AAPL at 163.00
wait accepted last
cancel last
wait canceled last
buy 100 AAPL at 163.00
wait rejected last
expect code 7
pause 350 ms
buy 200 AAPL at 163.00
wait executed last
replace last with 150 at 162.90
wait replaced 3
cancel last to 80
pause 50 ms
cancel last
wait canceled last
repeat 51 {
buy 100 AAPL at 160.00
wait rejected last
}
"""


class Venue:
    """The venue under a script; verdict() waits for its end."""

    def __init__(self, directory, script, *more):
        self.verdict_path = os.path.join(directory, "verdict.json")
        self.process = subprocess.Popen(
            [os.path.join(appliance.BUILD, "sluice-exchange"), "--user", "firm:secret", "--drop", "copy:secret:firm",
             "--symbols", "AAPL", "--script", script, "--verdict", self.verdict_path, *more],
            stdout=subprocess.PIPE, text=True, preexec_fn=appliance.die_with_parent)
        self.port = int(re.search(r"port=(\d+)", self.process.stdout.readline())[1])

    def verdict(self):
        text = self.process.communicate(timeout=60)[0]
        with open(self.verdict_path) as file:
            rows = [json.loads(line) for line in file]
        return self.process.returncode, rows, text


def client(venue, script):
    return subprocess.run([os.path.join(appliance.BUILD, "sluice-client"), "--connect", f"127.0.0.1:{venue.port}",
                           "--user", "firm", "--password", "secret", "--script", "-"],
                          input=script, capture_output=True, text=True, timeout=60)


def a_client_is_certified(test, directory):
    venue = Venue(directory, CONVERSATION)
    done = client(venue, GOOD)
    code, rows, text = venue.verdict()
    test.equal("the_sample_client_passes", (done.returncode, code, rows[-1]["verdict"], rows[-1]["failed"]),
               (0, 0, "PASS", 0))
    test.equal("every_line_has_its_verdict", {row["verdict"] for row in rows[:-1]}, {"PASS", "ASK"})
    test.true("people_read_the_same", text.rstrip().split("\n")[-1].startswith("PASS "), text[-200:], "PASS at the end")

    venue = Venue(directory, CONVERSATION)
    client(venue, GOOD.replace("with 150 at 162.90", "with 150 at 162.91"))
    code, rows, _ = venue.verdict()
    bad = [row for row in rows if row["verdict"] == "FAIL"]
    test.equal("a_client_that_does_otherwise_fails_where_it_did", (code, bad[0]["step"], bad[0]["trouble"]),
               (1, "firm replaces last with 150 at 162.90",
                "found `firm replaces 3 with 150 at 162.9100`, expected `firm replaces last with 150 at 162.90`"))


def conversation(directory, script):
    venue = Venue(directory, script)
    firm = ouch.Client(venue.port, "firm", "secret")
    firm.login()
    firm.send(b"Q")
    for i in range(20):
        firm.enter("BS"[i % 2], 100 + i, "AAPL", 1630000 + 100 * (i % 3))
        firm.cancel(i)
    code = venue.verdict()[0]
    firm.drain()
    return code, [message["bytes"] for message in firm.messages]


def a_conversation_repeats_to_the_byte(test, directory):
    script = os.path.join(directory, "repeat.talk")
    with open(script, "w") as file:
        file.write("firm logs in\nfirm asks\nwait 300 ms\nflow\ncancel firm last reason supervisory\n")
    first, second = conversation(directory, script), conversation(directory, script)
    test.equal("nothing_failed", first[0], second[0])
    test.true("there_was_a_conversation", len(first[1]) > 40, len(first[1]), "more than 40 messages")
    test.equal("the_end_of_the_day_is_its_last_word", (first[1][-1][:2], first[1][-1][-2:]), ("53", "45"))
    test.equal("the_bytes_are_the_same", first[1], second[1])


def what_is_no_script_is_refused(test, directory):
    script = os.path.join(directory, "bad.talk")
    with open(script, "w") as file:
        file.write("each colour\nend\n")
    done = subprocess.run([os.path.join(appliance.BUILD, "sluice-exchange"), "--user", "firm:secret", "--symbols", "AAPL",
                           "--script", script], capture_output=True, text=True, timeout=10)
    test.equal("a_script_that_cannot_be_read_stops_it", (done.returncode, done.stderr.strip()),
               (2, f"sluice-exchange: {script}:1: found no kind of code, expected reject, cancel, broken, restated or letter"))


def every_message_has_a_conversation(test, directory):
    """Of every message of the protocol some scenario says that a client hears it, or that it is not the client's."""
    with open(os.path.join(appliance.ROOT, "dataplane", "wire", "ouch50.def")) as file:
        types = re.findall(r"^OUCH_OUT\('(.)', (\w+), ", file.read(), re.M)
    names = {row[0]: name for name, row in hearing.OUCH50.items()}
    talk = ""
    for path in sorted(glob.glob(os.path.join(appliance.ROOT, "tests", "scenario", "talk_*.scn"))):
        with open(path) as file:
            talk += file.read()
    test.equal("people_have_a_name_for_every_message", [t for t in types if t[0] not in names], [])
    test.equal("every_message_has_a_conversation",
               [name for kind, name in types
                if f" hears {names.get(kind)}" not in talk and f"tell sluice {kind} " not in talk], [])


if __name__ == "__main__":
    cases.run("system.certify", a_client_is_certified, a_conversation_repeats_to_the_byte, what_is_no_script_is_refused,
              every_message_has_a_conversation)
