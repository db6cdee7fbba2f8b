"""ouch42 - the same strategy in OUCH 4.2: orders are T and their number, as tokens of 14 characters.

Written from the document alone, as ouch.py is.  Prices are integers in 1/10,000.
"""

import struct

import hearing
import ouch

DAY, IOC = 99998, 0
NAMES = {"canceled": "canceled", "aiq-canceled": "canceled", "cancel-reject": "cancel-rejected"}


def token(ref):
    return f"T{ref:013d}".encode()


class Client(ouch.Client):
    @staticmethod
    def decode(message):
        heard = hearing.ouch42(message)
        text = heard.get("token", "")
        return {"type": heard.get("type"), "name": NAMES.get(heard["name"], heard["name"]), "bytes": message.hex(),
                "ref": int(text[1:]) if text.startswith("T") else 0}

    @staticmethod
    def heard(message):
        return hearing.ouch42(bytes.fromhex(message["bytes"]))

    @staticmethod
    def last(ref):
        return token(ref).decode()

    def enter(self, side, qty, symbol, price, firm=None, strategy=None, ref=None, tif="0", cross="N", display="Y", **_):
        self.ref = ref if ref is not None else self.ref + 1
        self.send(struct.pack(">c14scI8sII4scccIcc", b"O", token(self.ref), side.encode(), qty, symbol.ljust(8).encode(), price,
                              IOC if tif == "3" else DAY, (firm or "").ljust(4).encode(), display.encode(), b"P", b"N", 0,
                              cross.encode(), b" "))
        return self.ref

    def replace(self, original, qty, price, ref=None):
        self.ref = ref if ref is not None else self.ref + 1
        self.send(struct.pack(">c14s14sIIIccI", b"U", token(original), token(self.ref), qty, price, DAY, b"Y", b"N", 0))
        return self.ref

    def cancel(self, ref, qty=0):
        self.send(struct.pack(">c14sI", b"X", token(ref), qty))

    def modify(self, ref, side, qty):
        self.send(struct.pack(">c14scI", b"M", token(ref), side.encode(), qty))
