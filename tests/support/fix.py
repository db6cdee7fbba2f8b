"""fix - a strategy of a few lines that speaks FIX 4.2 or 4.4, written from the documents.

It shares nothing with the C codecs.  Its messages are those of the application (8, 9, j, 3), oldest first; fields go by
the number of their tag.  Orders are named F1, F2 ... in the order in which they were sent.
"""

import datetime
import select
import socket
import time

SOH = "\x01"


class Client:
    def __init__(self, port, version, sender, target, user, password, address="127.0.0.1"):
        self.where, self.version = (address, port), version
        self.sender, self.target, self.user, self.password = sender, target, user, password
        self.socket, self.buffer = None, b""
        self.next_out, self.next_in = 1, 1
        self.ref, self.messages, self.seen = 0, [], 0

    def login(self, seconds=5.0):
        self.socket = socket.create_connection(self.where, timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.send("A", (98, 0), (108, 30), (553, self.user), (554, self.password))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if "A" in [m["35"] for m in self.packets(0.1)]:
                return True
        return False

    def send(self, kind, *fields):
        now = datetime.datetime.utcnow().strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
        body = [(35, kind), (49, self.sender), (56, self.target), (34, self.next_out), (52, now), *fields]
        text = "".join(f"{tag}={value}{SOH}" for tag, value in body)
        head = f"8={self.version}{SOH}9={len(text)}{SOH}"
        check = sum((head + text).encode("latin-1")) % 256
        self.next_out += 1
        self.socket.sendall(f"{head}{text}10={check:03d}{SOH}".encode("latin-1"))

    def packets(self, seconds):
        """Reads what is there and gives every message as a dictionary; a new one of the application is kept."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if ready:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the other side closed the session")
            self.buffer += data
        out = []
        while True:
            end = self.buffer.find(b"\x0110=")
            if end < 0 or len(self.buffer) < end + 8:
                return out
            frame, self.buffer = self.buffer[:end + 8], self.buffer[end + 8:]
            out.append(self.take(frame))

    def take(self, frame):
        whole = frame[:-7]
        if sum(whole) % 256 != int(frame[-4:-1]):
            raise ConnectionError(f"a checksum that is not that of {frame}")
        message = dict(field.split("=", 1) for field in frame.decode("latin-1").split(SOH)[:-1])
        number, kind = int(message["34"]), message["35"]
        if number == self.next_in:
            self.next_in += 1
            if kind in "89j3":
                self.messages.append({"name": kind, "ref": message.get("11", ""), "fields": message})
            if kind == "4":
                self.next_in = int(message["36"])
        if kind == "1":
            self.send("0", (112, message["112"]))
        return message

    def poll(self, seconds=0.0):
        self.packets(seconds)

    def heard(self, message):
        return {"name": message["name"], **message["fields"]}

    @staticmethod
    def last(ref):
        return f"F{ref}"

    def enter(self, side, qty, symbol, price, tif="0", parent=None, **_):
        self.ref += 1
        self.send("D", (11, f"F{self.ref}"), (21, 1), (55, symbol), (54, {"B": 1, "S": 2, "T": 5}[side]), self.now(),
                  (38, qty), (40, 2), (44, f"{price // 10000}.{price % 10000:04d}"), (59, tif),
                  *([(58, parent)] if parent else []))
        return self.ref

    def replace(self, original, qty, price, **_):
        self.ref += 1
        self.send("G", (41, f"F{original}"), (11, f"F{self.ref}"), (21, 1), (55, "AAPL"), (54, 1), self.now(), (38, qty),
                  (40, 2), (44, f"{price // 10000}.{price % 10000:04d}"), (59, 0))
        return self.ref

    def cancel(self, ref, qty=0):
        self.ref += 1
        self.send("F", (41, f"F{ref}"), (11, f"F{self.ref}"), (55, "AAPL"), (54, 1), self.now(), (38, qty or 100))

    @staticmethod
    def now():
        return 60, datetime.datetime.utcnow().strftime("%Y%m%d-%H:%M:%S.%f")[:-3]

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None
