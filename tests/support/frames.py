"""frames - Ethernet frames as a feed brings them, well made or with one thing wrong, and captures of them.

Written from the documents; it shares nothing with the C codecs.
"""

import socket
import struct

ETHERTYPE_IP = b"\x08\x00"


def frame(group, port, payload, fragment=0, total_bytes=None):
    """UDP over IPv4 to a multicast group, the header's checksum right; total_bytes makes its length a lie."""
    length = 28 + len(payload) if total_bytes is None else total_bytes
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, fragment, 1, 17, 0, bytes([10, 77, 1, 1]), bytes(group))
    total = sum(struct.unpack(">10H", ip))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    ip = ip[:10] + struct.pack(">H", ~total & 0xFFFF) + ip[12:]
    udp = struct.pack(">HHHH", 40000, port, 8 + len(payload), 0)
    mac = bytes([1, 0, 0x5E, group[1] & 127, group[2], group[3]])
    return mac + b"\x02\0\0\0\0\x01" + ETHERTYPE_IP + ip + udp + payload


def mold(session, sequence, messages):
    """One MoldUDP64 packet."""
    blocks = b"".join(struct.pack(">H", len(m)) + m for m in messages)
    return session.ljust(10).encode() + struct.pack(">QH", sequence, len(messages)) + blocks


def head(kind, locate):
    """What every ITCH 5.0 message begins with, at 09:30."""
    return struct.pack(">cHH6s", kind, locate, 0, (34200 * 10**9).to_bytes(6, "big"))


def add(locate, reference, side, qty, symbol, price):
    return head(b"A", locate) + struct.pack(">QcI8sI", reference, side, qty, symbol.ljust(8).encode(), price)


def capture(path, frames):
    """A pcap file of these frames, all of one moment."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for bytes_ in frames:
            file.write(struct.pack("<IIII", 1, 0, len(bytes_), len(bytes_)) + bytes_)


class Wire:
    """Puts frames on an interface as they are."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((interface, 0))

    def put(self, bytes_):
        self.socket.send(bytes_.ljust(60, b"\0") if len(bytes_) < 60 else bytes_)

    def close(self):
        self.socket.close()
