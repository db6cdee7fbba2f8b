"""listening - somebody at a drop copy: SoupBinTCP, a head of 32 bytes and a message of OUCH 5.0.

Written from dataplane/wire/copy.h; it shares nothing with the C code.
"""

import struct
import time

import ouch

HEAD = struct.Struct(">ccHHHQQIHBB")


def short(copy):
    """`D-P-O` a decision that passed, `D-R-U` one that was refused, `A-E` an answer; last is OUCH's type."""
    head = HEAD.unpack(copy[:HEAD.size])
    words = [head[0].decode(), head[1].decode().strip(), chr(copy[HEAD.size])]
    return "-".join(word for word in words if word)


def account(copy):
    return HEAD.unpack(copy[:HEAD.size])[3]


class Listener(ouch.Client):
    """messages holds whole copies as bytes, in the order of their numbers."""

    @staticmethod
    def decode(message):
        return bytes(message)

    def again(self, number):
        self.close()
        self.next, self.messages = number, []
        return self.login()

    def hears(self, count, seconds=5.0):
        """Waits for count copies and takes them; what was heard until then, if fewer."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            self.poll(0.02)
        heard, self.messages = self.messages[:count], self.messages[count:]
        return heard

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
