"""slowbook - books made from a file of ITCH 5.0 messages in the plainest way, written from the document.

A dictionary of orders and nothing else; levels are summed up when they are asked for.  It shares nothing with
dataplane/book nor with the wire codecs.  Prices are integers in 1/10,000.
"""

import collections
import struct


class Book:
    def __init__(self, path=None):
        self.orders = {}  # reference: [symbol, side, price, qty]
        self.counts = collections.Counter()
        self.symbols = {}  # locate: name
        if path:
            with open(path, "rb") as file:
                self.take_all(file.read())

    def take_all(self, data, count=None):
        at = 0
        while at < len(data) and (count is None or sum(self.counts.values()) < count):
            size = struct.unpack_from(">H", data, at)[0]
            self.take(data[at + 2:at + 2 + size])
            at += 2 + size

    def take(self, m):
        kind = chr(m[0])
        self.counts[kind] += 1
        if kind in "AF":
            reference, side, qty, symbol, price = struct.unpack_from(">QcI8sI", m, 11)
            self.orders[reference] = [symbol.decode().strip(), side.decode(), price, qty]
        elif kind in "EC" or kind == "X":
            reference, qty = struct.unpack_from(">QI", m, 11)
            self.reduce(reference, qty)
        elif kind == "D":
            self.orders.pop(struct.unpack_from(">Q", m, 11)[0], None)
        elif kind == "U":
            old, new, qty, price = struct.unpack_from(">QQII", m, 11)
            there = self.orders.pop(old, None)
            if there:
                self.orders[new] = [there[0], there[1], price, qty]
        elif kind == "R":
            self.symbols[struct.unpack_from(">H", m, 1)[0]] = m[11:19].decode().strip()

    def reduce(self, reference, qty):
        there = self.orders.get(reference)
        if there:
            there[3] -= qty
            if there[3] <= 0:
                del self.orders[reference]

    def levels(self, symbol, side):
        """[(price, qty, orders)] of a side, the best first."""
        sums = {}
        for name, of, price, qty in self.orders.values():
            if name == symbol and of == side:
                before = sums.get(price, (0, 0))
                sums[price] = (before[0] + qty, before[1] + 1)
        return [(price, *sums[price]) for price in sorted(sums, reverse=side == "B")]
