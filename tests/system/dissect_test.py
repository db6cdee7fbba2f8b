"""dissect_test - another reader (tshark) finds nothing malformed in what our sessions say.

FIX is read as the test against QuickFIX recorded it, both ends; SoupBinTCP, OUCH and the rest of FIX from the vectors
that our codecs write byte for byte in their unit tests.
"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
RECORDED = os.path.join(os.environ.get("SLUICE_BUILD", "build/release"), "results", "fix_quickfix.pcap")


def read(path, protocol, port, *fields):
    """One row of fields for each frame with a payload."""
    words = ["tshark", "-n", "-r", path, "-d", f"tcp.port=={port},{protocol}", "--enable-heuristic", "ouch_soupbintcp",
             "-o", "tcp.check_checksum:FALSE", "-Y", "tcp.len > 0", "-T", "fields", "-e", "frame.number",
             "-e", "frame.protocols", "-e", "_ws.malformed"]
    for field in fields:
        words += ["-e", field]
    out = subprocess.run(words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return [line.split("\t") for line in out.stdout.split("\n") if line]


def payload(path, number):
    out = subprocess.run(["tshark", "-n", "-r", path, "-Y", f"frame.number == {number}", "-T", "fields", "-e",
                          "tcp.payload"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return bytes.fromhex(out.stdout.strip())


def is_read(test, name, path, protocol, port, least):
    rows = read(path, protocol, port)
    test.true(f"{name}: frames are there", len(rows) >= least, f"{len(rows)} frames", f"at least {least}")
    test.none(f"{name}: every frame is {protocol}", [r for r in rows if protocol not in r[1].split(":")], "others")
    # the one thing that this reader of FIX does not do: bytes that are counted may hold what ends a field
    counted = b"\x0195=" if protocol == "fix" else None
    test.none(f"{name}: no frame is malformed",
              [r for r in rows if r[2] and not (counted and counted in payload(path, r[0]))], "malformed frames")


def sums_are_right(test, name, path):
    rows = read(path, "fix", 9878, "fix.checksum_good", "fix.checksum_bad")
    test.none(f"{name}: every sum is right", [r for r in rows if r[3] not in ("1", "True") or r[4] in ("1", "True")],
              "sums")


def main():
    test = cases.Cases("system.dissect")
    if shutil.which("tshark") is None:
        print("found no tshark, expected it; run tools/setup/install")
        sys.exit(77)
    vectors = os.path.join(DATA, "fix", "synthetic_session.pcap")
    is_read(test, "the vectors of FIX", vectors, "fix", 9878, 22)
    is_read(test, "the vectors of SoupBinTCP", os.path.join(DATA, "soupbintcp", "synthetic_control.pcap"),
            "soupbintcp", 26000, 10)
    is_read(test, "OUCH 4.2", os.path.join(DATA, "ouch42", "synthetic_all_messages.pcap"), "ouch", 26000, 10)
    if os.path.exists(RECORDED):
        is_read(test, "the conversation with QuickFIX", RECORDED, "fix", 9878, 30)
        sums_are_right(test, "the conversation with QuickFIX", RECORDED)
    sys.exit(test.end())


if __name__ == "__main__":
    main()
