# SPDX-License-Identifier: MIT
"""hostile_files.py DATABASE FOLDER - makes files from a sound DATABASE that lie about themselves, one fault each.

Where the lie is in the header its checksum is put right again, so that the lie and not the checksum meets the reader.
Names end in .edb, so that a folder of them is taken for databases.
"""
import os
import random
import struct
import sys


def xor_checksum(page):
    """The XOR-32 of the database header: all words but the first, from 0x89ABCDEF."""
    value = 0x89ABCDEF
    for (word,) in struct.iter_unpack("<I", page[4:]):
        value ^= word
    return value


def with_field(data, page_size, offset, form, value):
    """Both header copies with one field replaced and the checksum recomputed over page_size bytes."""
    data = bytearray(data)
    for copy in (0, page_size):
        struct.pack_into(form, data, copy + offset, value)
        struct.pack_into("<I", data, copy, xor_checksum(data[copy : copy + page_size]))
    return bytes(data)


def main():
    sound = open(sys.argv[1], "rb").read()
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    page_size = struct.unpack_from("<I", sound, 236)[0]
    assert xor_checksum(sound[:page_size]) == struct.unpack_from("<I", sound)[0], "sample's header checksum"
    rng = random.Random(20240229)

    def file(name, data):
        with open(os.path.join(folder, name + ".edb"), "wb") as out:
            out.write(data)

    file("empty", b"")
    file("one-byte", b"x")
    file("zeros", bytes(len(sound)))
    file("ones", b"\xff" * len(sound))
    for size in (1, 100, 511, 4095, 4096, 4097, 65536, 1 << 20):
        file(f"random-{size}", rng.randbytes(size))
    for size in (1, 4, 8, 235, 240, 747, page_size - 1, page_size, page_size + 1, 2 * page_size - 1, 2 * page_size,
                 2 * page_size + 1, 3 * page_size, 3 * page_size + 100, len(sound) // 2, len(sound) - page_size,
                 len(sound) - 1):
        file(f"cut-at-{size}", sound[:size])
    file("magic-only", sound[:8] + bytes(8184))
    # A lie in the header, checksum put right.
    for value in (1, 2, 3, 512, 1000, 4097, 65536, 1 << 20, 1 << 31, 0xFFFFFFFF, page_size * 2, page_size // 2 or 1):
        file(f"page-size-{value}", with_field(sound, page_size, 236, "<I", value))
    file("version-0", with_field(sound, page_size, 8, "<I", 0))
    file("version-future", with_field(sound, page_size, 8, "<I", 0x99999999))
    file("update-future", with_field(sound, page_size, 232, "<I", 100000))
    file("magic-wrong", with_field(sound, page_size, 4, "<I", 0x12345678))
    file("type-log", with_field(sound, page_size, 667, "<I", 3))
    file("type-unknown", with_field(sound, page_size, 667, "<I", 0xFFFFFFFF))
    for state in (0, 1, 4, 6, 8, 99, 0xFFFFFFFF):
        file(f"state-{state}", with_field(sound, page_size, 52, "<I", state))
    # Sizes that lie: more pages than the root says it owns are gone; the file goes on behind its end.
    file("half-a-page-more", sound + bytes(page_size // 2))
    file("random-behind-the-end", sound + rng.randbytes(4 * page_size))
    # Page 1 is the root: its owned-extents tree says where the database ends.
    root = 2 * page_size
    file("root-zero", sound[:root] + bytes(page_size) + sound[root + page_size :])
    file("root-random", sound[:root] + rng.randbytes(page_size) + sound[root + page_size :])
    catalog = (4 + 1) * page_size
    file("catalog-random", sound[:catalog] + rng.randbytes(page_size) + sound[catalog + page_size :])
    file("all-pages-random", sound[: 2 * page_size] + rng.randbytes(len(sound) - 2 * page_size))
    file("first-header-lost", bytes(page_size) + sound[page_size:])
    file("second-header-lost", sound[:page_size] + bytes(page_size) + sound[2 * page_size :])
    file("both-headers-lost", bytes(2 * page_size) + sound[2 * page_size :])


if __name__ == "__main__":
    main()
