"""recover - what a receiver does when it missed something: MoldUDP64 requests and GLIMPSE snapshots.

Written from the documents in the plainest way; it shares nothing with the C codecs.
"""

import socket
import struct


class Requests:
    """Asks a request server; silence is None."""

    def __init__(self, address, seconds=5):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(seconds)

    def raw(self, bytes_):
        self.socket.sendto(bytes_, self.address)
        try:
            return self.socket.recv(65536)
        except socket.timeout:
            return None

    def ask(self, session, first, count):
        """The messages of one answer, or None."""
        answer = self.raw(session.ljust(10).encode() + struct.pack(">QH", first, count))
        if answer is None:
            return None
        name, number, found = struct.unpack(">10sQH", answer[:20])
        if (name.decode().strip(), number) != (session, first):
            raise ConnectionError(f"found {name} {number}, expected {session} {first}")
        return blocks(answer, found)

    def all(self, session, first, until):
        """Messages first .. until - 1, asked for again and again."""
        messages = []
        while first + len(messages) < until:
            more = self.ask(session, first + len(messages), min(until - first - len(messages), 65534))
            if more is None:
                return None
            messages += more
        return messages

    def close(self):
        self.socket.close()


def blocks(packet, count):
    at, out = 20, []
    for _ in range(count):
        size = struct.unpack_from(">H", packet, at)[0]
        out.append(packet[at + 2:at + 2 + size])
        at += 2 + size
    if at != len(packet):
        raise ConnectionError(f"found {len(packet) - at} bytes behind the last block, expected none")
    return out


class Glimpse:
    """One login at a GLIMPSE server."""

    def __init__(self, address, user="feed", password="test-feed", session="", sequence=1, seconds=5):
        self.socket = socket.create_connection(address, timeout=seconds)
        self.bytes = b""
        login = user.ljust(6) + password.ljust(10) + session.rjust(10) + str(sequence).rjust(20)
        self.send(b"L", login.encode())
        kind, body = self.packet()
        self.rejected = body.decode() if kind == b"J" else None
        self.session = body[:10].decode().strip() if kind == b"A" else None

    def send(self, kind, body=b""):
        self.socket.sendall(struct.pack(">H", len(body) + 1) + kind + body)

    def packet(self):
        while len(self.bytes) < 2 or len(self.bytes) < 2 + struct.unpack(">H", self.bytes[:2])[0]:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("found the end of the connection, expected a packet")
            self.bytes += more
        size = struct.unpack(">H", self.bytes[:2])[0]
        packet, self.bytes = self.bytes[2:2 + size], self.bytes[2 + size:]
        return packet[:1], packet[1:]

    def snapshot(self):
        """(messages, number with which the live feed goes on)."""
        messages = []
        while True:
            kind, body = self.packet()
            if kind != b"S":
                continue
            if body[:1] == b"G":
                return messages, int(body[1:])
            messages.append(body)

    def close(self):
        self.socket.close()
