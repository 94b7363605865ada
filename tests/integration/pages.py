#!/usr/bin/env python3
"""Looks into an LMDB data file by itself, to damage it where a test wants it damaged.

    pages.py FILE list TABLE [PREFIX]      offset, length and key of each value
    pages.py FILE flip TABLE PREFIX        flips a bit in the middle of the first such value
    pages.py FILE mark TABLE PREFIX        marks the first such value as one of several, which it is not
    pages.py FILE branch TABLE             makes a branch page's first two children one and the same

TABLE is records, log, dates or meta; PREFIX is text, or hex digits behind 0x. Numbers in keys of
log and dates are native, so a log record is 0x and its number, turned round."""
import struct
import sys

BRANCH, LEAF, BIG = 0x01, 0x02, 0x01


class File:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        # The page size stands where the first table's pad would be; the newer meta page counts.
        self.size = struct.unpack_from("<I", self.data, 16 + 24)[0]
        newest = max((0, self.size), key=lambda at: struct.unpack_from("<Q", self.data, at + 144)[0])
        self.main = self.table_at(newest + 16 + 24 + 48)

    def table_at(self, at):
        """The root page of a table."""
        return struct.unpack_from("<Q", self.data, at + 40)[0]

    def nodes(self, page):
        base = page * self.size
        lower = struct.unpack_from("<H", self.data, base + 12)[0]
        for place in range(16, lower, 2):
            yield base + struct.unpack_from("<H", self.data, base + place)[0]

    def flags(self, page):
        return struct.unpack_from("<H", self.data, page * self.size + 10)[0]

    def child(self, node):
        low, high, top = struct.unpack_from("<HHH", self.data, node)
        return low | high << 16 | top << 32

    def values(self, page):
        """(key, offset of the value, its length), in order."""
        if page == 2**64 - 1:
            return
        for node in self.nodes(page):
            if self.flags(page) & BRANCH:
                yield from self.values(self.child(node))
                continue
            low, high, flags, key_len = struct.unpack_from("<HHHH", self.data, node)
            at = node + 8 + key_len
            key = self.data[node + 8:at]
            if flags & BIG:
                at = struct.unpack_from("<Q", self.data, at)[0] * self.size + 16
            yield key, at, low | high << 16

    def table(self, name):
        for key, at, _ in self.values(self.main):
            if key == name.encode():
                return self.table_at(at)
        sys.exit(f"no table {name}")

    def write(self, at, data):
        with open(self.path, "r+b") as file:
            file.seek(at)
            file.write(data)


def main():
    file, what, table = File(sys.argv[1]), sys.argv[2], sys.argv[3]
    text = sys.argv[4] if len(sys.argv) > 4 else ""
    prefix = bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
    root = file.table(table)
    if what == "branch":
        if not file.flags(root) & BRANCH:
            sys.exit("the table has one page only")
        first, second = list(file.nodes(root))[:2]
        file.write(second, file.data[first:first + 6])
        return
    found = [value for value in file.values(root) if value[0].startswith(prefix)]
    if not found:
        sys.exit(f"{table} has no key that begins with {text}")
    if what == "list":
        for key, at, length in found:
            print(at, length, key.hex())
        return
    if what == "mark":
        node = file.data.rindex(found[0][0], 0, found[0][1]) - 8
        file.write(node + 4, struct.pack("<H", 0x04))
        return
    _, at, length = found[0]
    file.write(at + length // 2, bytes([file.data[at + length // 2] ^ 0x04]))


main()
