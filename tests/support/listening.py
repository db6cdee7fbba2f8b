"""listening - somebody at a drop copy: SoupBinTCP, a head of 34 bytes and a message of OUCH 5.0; or FIX.

Written from dataplane/wire/copy.h and the README; it shares nothing with the C code.
"""

import struct
import time

import fix
import ouch

HEAD = struct.Struct(">ccHHHQQIHBBH")


def short(copy):
    """`D-P-O` a decision that passed, `D-R-U` one that was refused, `A-E` an answer; last is OUCH's type.  Of FIX the
    type of the message and its ExecType: `8A`, `9`."""
    if isinstance(copy, dict):
        return copy["name"] + copy["fields"].get("150", "")
    head = HEAD.unpack(copy[:HEAD.size])
    words = [head[0].decode(), head[1].decode().strip(), chr(copy[HEAD.size])]
    return "-".join(word for word in words if word)


def account(copy):
    if isinstance(copy, dict):
        return int(copy["fields"]["1"])
    return HEAD.unpack(copy[:HEAD.size])[3]


class Hearing:
    """What both kinds of listeners do."""

    def hears(self, count, seconds=5.0):
        """Waits for count copies and takes them; what was heard until then, if fewer."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            self.poll(0.02)
        heard, self.messages = self.messages[:count], self.messages[count:]
        return heard


class FixListener(Hearing, fix.Client):
    """messages holds reports as fix.Client has them; whoever missed some asks for them."""

    highest = 0

    def take(self, frame):
        message = super().take(frame)
        self.highest = max(self.highest, int(message["34"]))
        return message

    def login(self, seconds=5.0):
        if not super().login(seconds):
            return False
        if self.next_in <= self.highest:
            self.send("2", (7, self.next_in), (16, 0))
        return True

    def again(self, number):
        self.close()
        self.next_in, self.messages = number, []
        return self.login()

    def says(self, message):
        """Sends an order, which it may not; True: it was refused."""
        self.enter("B", 100, "AAPL", 1630000)
        refusal = self.hears(1)
        return bool(refusal) and refusal[0]["name"] == "j"


class Listener(Hearing, ouch.Client):
    """messages holds whole copies as bytes, in the order of their numbers."""

    @staticmethod
    def decode(message):
        return bytes(message)

    def again(self, number):
        self.close()
        self.next, self.messages = number, []
        return self.login()

    def says(self, message):
        """Says what it may not; True: it was let go."""
        self.send(message)
        try:
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                self.poll(0.05)
        except ConnectionError:
            return True
        return False
