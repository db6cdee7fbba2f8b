"""market - a strategy's hello at the market socket (sluice.h), for tests that need no more."""

import array
import os
import socket
import struct

MAGIC, ABI, WANTS_MARKET, WANTS_ORDERS = 0x31544B4D434C53, 1, 1, 2
HELLO = struct.Struct("<QIIQ232s")


class Market:
    """A connection; fd is the market's memory, None if it was refused, and then text says why."""

    def __init__(self, run, wants=WANTS_MARKET, abi=ABI, name=b"a test"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(5)
        self.socket.connect(os.path.join(run, "market.sock"))
        self.socket.send(HELLO.pack(MAGIC, abi, wants, os.getpid(), name))
        data, rights, _, _ = self.socket.recvmsg(HELLO.size, socket.CMSG_SPACE(4))
        self.text = HELLO.unpack(data)[4].rstrip(b"\0").decode()
        fds = array.array("i")
        for _, _, part in rights:
            fds.frombytes(part)
        self.fd = fds[0] if fds else None

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.socket.close()
