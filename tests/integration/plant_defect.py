# SPDX-License-Identifier: MIT
"""plant_defect.py DATABASE DEFECT - changes a sound database of 4 KiB pages so that every checksum is still right.

DATABASE is changed in place: the sample of `coldstream demo --make`, whose pages lie where the names below say, or, for
the defect `references`, a real one with long values.
"""
import struct
import sys

SIZE = 4096
HEADER = 40
ROOT_AVAILABLE, FOLDERS, FOLDERS_BY_NAME, MESSAGES, LEAF = 3, 31, 32, 33, 37


def seal(page, pgno):
    """The block code: XOR and parity of rows and columns of the 1,024 words."""
    words = list(struct.unpack("<1024I", page))
    words[0] = words[1] = 0
    column = p = q = r = s = 0
    for i, word in enumerate(words):
        column ^= word
        if bin(word).count("1") & 1:
            p ^= i
            q ^= ~i
    for bit in range(32):
        if column >> bit & 1:
            r ^= bit
            s ^= ~bit
    ecc = (q & 1023) << 21 | (s & 31) << 16 | (p & 1023) << 5 | (r & 31)
    struct.pack_into("<II", page, 0, column ^ pgno, ecc)


class Database:
    def __init__(self, path):
        self.path = path
        self.data = bytearray(open(path, "rb").read())

    def page(self, pgno):
        return memoryview(self.data)[(pgno + 1) * SIZE : (pgno + 2) * SIZE]

    def u32(self, pgno, offset):
        return struct.unpack_from("<I", self.page(pgno), offset)[0]

    def put_u32(self, pgno, offset, value):
        struct.pack_into("<I", self.page(pgno), offset, value)
        seal(self.page(pgno), pgno)

    def add(self, pgno, offset, value):
        self.page(pgno)[offset] = (self.page(pgno)[offset] + value) % 256
        seal(self.page(pgno), pgno)

    def tag(self, pgno, number):
        """(offset in the page, size) of the bytes of a tag."""
        size, offset = struct.unpack_from("<HH", self.page(pgno), SIZE - 4 * (number + 1))
        return HEADER + (offset & 0x1FFF), size & 0x1FFF

    def node_data(self, pgno, number):
        """Offset of the data of a node."""
        offset, _ = self.tag(pgno, number)
        if struct.unpack_from("<H", self.page(pgno), SIZE - 4 * number - 2)[0] >> 13 & 4:
            offset += 2  # the size of the prefix comes first
        return offset + 2 + struct.unpack_from("<H", self.page(pgno), offset)[0]

    def node_remove(self, pgno, number):
        page = self.page(pgno)
        count = struct.unpack_from("<H", page, 34)[0] & 0xFFF
        _, size = self.tag(pgno, number)
        for i in range(number, count - 1):
            page[SIZE - 4 * (i + 1) : SIZE - 4 * i] = bytes(page[SIZE - 4 * (i + 2) : SIZE - 4 * (i + 1)])
        free = struct.unpack_from("<H", page, 28)[0]
        struct.pack_into("<H", page, 28, free + size + 4)
        struct.pack_into("<H", page, 34, count - 1)
        seal(page, pgno)

    def pages(self):
        return range(1, len(self.data) // SIZE - 1)


def long_value_root(database):
    for pgno in database.pages():
        if database.u32(pgno, 36) & 0xAB == 0x82:  # a leaf of long values, not a root, not emptied
            return pgno, database.node_data(pgno, 1)
        if database.u32(pgno, 36) & 0xAB == 0x83 and struct.unpack_from("<H", database.page(pgno), 34)[0] & 0xFFF > 2:
            return pgno, database.node_data(pgno, 1)
    raise SystemExit("no long values")


DEFECTS = {
    "link": lambda d: d.put_u32(LEAF, 20, LEAF + 2),
    "objid": lambda d: d.put_u32(LEAF, 24, 3),
    "dbtime": lambda d: d.add(LEAF, 13, 1),
    "separator": lambda d: d.add(MESSAGES, d.node_data(MESSAGES, 2) - 1, -1),
    "leak": lambda d: d.add(ROOT_AVAILABLE, d.node_data(ROOT_AVAILABLE, 1), -1),
    "owner": lambda d: d.put_u32(FOLDERS, d.tag(FOLDERS, 0)[0], 3),
    "null": lambda d: d.add(FOLDERS, d.node_data(FOLDERS, 1) + 8, 1),
    "key": lambda d: d.add(FOLDERS, d.node_data(FOLDERS, 1) + 4, 7),
    "entry": lambda d: d.node_remove(FOLDERS_BY_NAME, 1),
    "references": lambda d: d.add(*long_value_root(d), 1),
}


def main():
    database = Database(sys.argv[1])
    for pgno in (LEAF, FOLDERS):
        before = bytes(database.page(pgno))
        seal(database.page(pgno), pgno)
        if any(before) and bytes(database.page(pgno)) != before:
            raise SystemExit("the rule of the checksum here is not that of the database")
        database.page(pgno)[:] = before
    DEFECTS[sys.argv[2]](database)
    with open(database.path, "wb") as file:
        file.write(database.data)


main()
