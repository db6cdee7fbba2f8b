"""ouch - a strategy of a few lines: SoupBinTCP 3.0 and OUCH 5.0, written from the documents.

It shares nothing with the C codecs, so that a mistake made there is not made here again.
Prices are integers in 1/10,000.
"""

import select
import socket
import struct
import time

import hearing

ANSWERS = {"A": "accepted", "U": "replaced", "C": "canceled", "E": "executed", "J": "rejected", "I": "cancel-rejected",
           "Q": "query", "S": "event", "D": "canceled", "B": "broken", "M": "modified"}


class Client:
    def __init__(self, port, user, password, address="127.0.0.1"):
        self.where = (address, port)
        self.user, self.password = user, password
        self.socket = None
        self.buffer = b""
        self.session, self.next = "", 1
        self.ref = 0
        self.messages = []  # every sequenced message, oldest first
        self.seen = 0       # how many of them a test has looked at

    def login(self, seconds=5.0):
        """Logs in and asks for everything from the next number on; False: refused."""
        self.socket = socket.create_connection(self.where, timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        body = b"L" + self.user.ljust(6).encode() + self.password.ljust(10).encode()
        body += self.session.ljust(10).encode() + str(self.next).rjust(20).encode()
        self.socket.sendall(struct.pack(">H", len(body)) + body)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for kind, payload in self.packets(0.1):
                if kind == "A":
                    self.session = payload[:10].decode().strip()
                    self.next = int(payload[10:30])
                    return True
                if kind == "J":
                    return False
        return False

    def packets(self, seconds):
        """Reads what is there (waiting at most `seconds`) and yields whole packets."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if ready:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the other side closed the session")
            self.buffer += data
        while len(self.buffer) >= 2:
            size = struct.unpack(">H", self.buffer[:2])[0]
            if len(self.buffer) < 2 + size:
                return
            packet, self.buffer = self.buffer[2:2 + size], self.buffer[2 + size:]
            kind = chr(packet[0])
            if kind == "S":
                self.next += 1
                self.messages.append(self.decode(packet[1:]))
            yield kind, packet[1:]

    @staticmethod
    def decode(message):
        return decode(message)

    def poll(self, seconds=0.0):
        for _ in self.packets(seconds):
            pass

    def send(self, message):
        body = b"U" + message
        self.socket.sendall(struct.pack(">H", len(body)) + body)

    def heartbeat(self):
        self.socket.sendall(b"\x00\x01R")

    def enter(self, side, qty, symbol, price, firm=None, strategy=None, ref=None, tif="0", cross="N", display="Y", parent=None):
        """Sends Enter Order; returns its UserRefNum."""
        self.ref = ref if ref is not None else self.ref + 1
        options = b""
        if firm:
            options += b"\x05\x02" + firm.ljust(4).encode()
        if strategy is not None:
            options += b"\x03\x18" + struct.pack(">H", strategy)
        self.send(struct.pack(">cIcI8sQccccc14sH", b"O", self.ref, side.encode(), qty, symbol.ljust(8).encode(), price,
                              tif.encode(), display.encode(), b"P", b"N", cross.encode(),
                              (parent or f"CL{self.ref}").ljust(14).encode(), len(options)) + options)
        return self.ref

    def replace(self, original, qty, price, ref=None):
        self.ref = ref if ref is not None else self.ref + 1
        self.send(struct.pack(">cIIIQccc14sH", b"U", original, self.ref, qty, price, b"0", b"Y", b"N",
                              f"CL{self.ref}".ljust(14).encode(), 0))
        return self.ref

    def cancel(self, ref, qty=0):
        self.send(struct.pack(">cII", b"X", ref, qty))

    def modify(self, ref, side, qty):
        self.send(struct.pack(">cIcI", b"M", ref, side.encode(), qty))

    def ask(self, kind, firm, symbol="", side=None):
        """Mass cancel (C), disable (D) or enable (E) of a firm; returns the request's number."""
        self.ref += 1
        options = b"\x02\x1b" + side.encode() if side else b""
        body = struct.pack(">cI4s", kind.encode(), self.ref, firm.ljust(4).encode())
        if kind == "C":
            body += symbol.ljust(8).encode()
        self.send(body + struct.pack(">H", len(options)) + options)
        return self.ref

    def answer(self, ref, names=None, seconds=3.0, since=0):
        """Waits for a message about `ref` (of one of `names`); None: there was none in time."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self.messages[since:]:
                if message["ref"] == ref and (names is None or message["name"] in names):
                    return message
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.poll(min(left, 0.05))

    @staticmethod
    def heard(message):
        """A message as a scenario names its fields."""
        return hearing.ouch50(bytes.fromhex(message["bytes"]))

    @staticmethod
    def last(ref):
        return str(ref)

    def drain(self):
        """Reads what a side that is gone had still sent."""
        try:
            while True:
                self.poll(0.5)
        except OSError:
            pass
        self.close()

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


def decode(m):
    """One outbound message of OUCH 5.0 as a dictionary."""
    kind = chr(m[0])
    out = {"type": kind, "name": ANSWERS.get(kind, kind), "ref": 0, "bytes": m.hex()}
    if kind in "ACEJIPTMRBD":
        out["ref"] = struct.unpack(">I", m[9:13])[0]
    if kind == "A":
        out.update(side=chr(m[13]), qty=struct.unpack(">I", m[14:18])[0], symbol=m[18:26].decode().strip(),
                   price=struct.unpack(">Q", m[26:34])[0], state=chr(m[47]), clordid=m[48:62].decode().strip())
    elif kind == "U":
        out.update(original=struct.unpack(">I", m[9:13])[0], ref=struct.unpack(">I", m[13:17])[0],
                   qty=struct.unpack(">I", m[18:22])[0], price=struct.unpack(">Q", m[30:38])[0], state=chr(m[51]))
    elif kind == "C":
        out.update(qty=struct.unpack(">I", m[13:17])[0], reason=chr(m[17]))
    elif kind == "E":
        out.update(qty=struct.unpack(">I", m[13:17])[0], price=struct.unpack(">Q", m[17:25])[0],
                   match=struct.unpack(">Q", m[26:34])[0])
    elif kind == "J":
        out.update(code=struct.unpack(">H", m[13:15])[0], clordid=m[15:29].decode().strip())
    elif kind == "Q":
        out["ref"] = struct.unpack(">I", m[9:13])[0]
    return out
