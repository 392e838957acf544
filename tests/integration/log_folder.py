# SPDX-License-Identifier: MIT
"""log_folder.py DATABASE FOLDER - a folder as an engine leaves it when it is killed: a dirty database, its logs, a checkpoint.

FOLDER/mail.edb is DATABASE with a header that says: attached, needs generations 3 to 5 of the log. Beside it lie
edb00001.log to edb00004.log, the current edb.log (generation 5), edb.chk and edbres00001.jrs. The logs hold nothing but
padding records, but their headers, segments and checksums are as they should be, each generation chained to the one
before.
"""
import os
import struct
import sys

from hostile_files import xor_checksum

SEGMENT = 4096
SEGMENTS = 16
SIGNATURE = struct.pack("<I", 0x1234ABCD) + bytes([1, 2, 3, 4, 5, 124, 1, 0]) + bytes(16)
TIME = bytes([30, 15, 10, 4, 5, 124, 1, 0])


def parity(value):
    return bin(value).count("1") & 1


def segment_checksum(data, index):
    """The 64-bit checksum with error correction; `data` is one segment, its first 8 bytes count as zero."""
    words = [0, 0, *struct.unpack_from("<1022I", data, 8)]
    p, place = 0, 0xFF800000
    column = [0, 0, 0, 0]
    for row in range(0, len(words), 4):
        for i in range(4):
            column[i] ^= words[row + i]
        if parity(words[row] ^ words[row + 1] ^ words[row + 2] ^ words[row + 3]):
            p ^= place
        place = (place + 0xFF800080) & 0xFFFFFFFF
    c0, c1, c2, c3 = column
    p |= 0x00400000 if parity(c0 ^ c1) else 0
    p |= 0x00000040 if parity(c2 ^ c3) else 0
    p |= 0x00200000 if parity(c0 ^ c2) else 0
    p |= 0x00000020 if parity(c1 ^ c3) else 0
    word = c0 ^ c1 ^ c2 ^ c3
    r, place = 0, 0xFFFF0000
    for bit in range(32):
        if word >> bit & 1:
            r ^= place
        place = (place + 0xFFFF0001) & 0xFFFFFFFF
    mask = (SEGMENT << 19) - 1 & 0xFFFFFFFF
    return (((p & 0xFFE0FFE0 & mask) | (r & 0x001F001F)) << 32) | (word ^ index)


def data_segment(generation, index, seed):
    segment = bytearray(SEGMENT)
    struct.pack_into("<HHI", segment, 8, 0, index, generation)
    segment[16:24] = TIME
    struct.pack_into("<I", segment, 36, 0x2000)
    # One padding record: type, length of what follows, and bytes nobody reads.
    struct.pack_into("<BI", segment, 40, 71, SEGMENT - 45)
    for i in range(45, SEGMENT):
        segment[i] = (i * 31 + seed) & 0xFF
    struct.pack_into("<Q", segment, 0, segment_checksum(segment, index))
    return bytes(segment)


def log_file(generation, previous_sum, used):
    """(bytes, accumulated checksum). Segments behind `used` are zero."""
    header = bytearray(SEGMENT)
    struct.pack_into("<IHHHH", header, 4, generation, SEGMENT, 1, SEGMENTS, 4096)
    header[16:24] = TIME[:2] + bytes([10 + generation]) + TIME[3:]
    header[24:32] = TIME[:2] + bytes([9 + generation]) + TIME[3:] if generation > 1 else bytes(8)
    struct.pack_into("<III", header, 32, 8, 4000, 5)
    header[44:72] = SIGNATURE
    struct.pack_into("<I", header, 72 + 543, SEGMENTS)
    struct.pack_into("<HHI", header, 640, 0, 1, 1)
    struct.pack_into("<I", header, 648, 14)
    struct.pack_into("<Q", header, 653, previous_sum)
    struct.pack_into("<I", header, 667, 3)
    struct.pack_into("<I", header, 0, xor_checksum(header))
    data, total = bytes(header), 0
    for index in range(1, used + 1):
        segment = data_segment(generation, index, generation * 16 + index)
        total ^= struct.unpack_from("<Q", segment)[0]
        data += segment
    return data.ljust(SEGMENT * SEGMENTS, b"\0"), total


def checkpoint_file():
    page = bytearray(SEGMENT)
    struct.pack_into("<HHI", page, 12, 0, 1, 3)
    page[20:48] = SIGNATURE
    struct.pack_into("<I", page, 48 + 543, SEGMENTS)
    struct.pack_into("<I", page, 667, 4)
    struct.pack_into("<I", page, 0, xor_checksum(page))
    return bytes(page) * 2


def dirty_database(sound):
    page_size = struct.unpack_from("<I", sound, 236)[0]
    data = bytearray(sound)
    for copy in (0, page_size):
        struct.pack_into("<I", data, copy + 52, 2)
        struct.pack_into("<II", data, copy + 296, 3, 5)
        struct.pack_into("<I", data, copy + 416, 5)
        data[copy + 108 : copy + 136] = SIGNATURE
        data[copy + 348 : copy + 356] = TIME[:2] + bytes([15]) + TIME[3:]
        struct.pack_into("<HHI", data, copy + 80, 0, 1, 3)
        data[copy + 88 : copy + 104] = bytes(16)
        struct.pack_into("<I", data, copy, xor_checksum(data[copy : copy + page_size]))
    return bytes(data)


def main():
    sound, folder = open(sys.argv[1], "rb").read(), sys.argv[2]
    os.makedirs(folder)

    def write(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    write("mail.edb", dirty_database(sound))
    total = 0
    for generation in range(1, 6):
        used = SEGMENTS - 2 if generation < 5 else 7
        data, total = log_file(generation, total, used)
        write(f"edb{generation:05X}.log" if generation < 5 else "edb.log", data)
    write("edb.chk", checkpoint_file())
    write("edbres00001.jrs", bytes(SEGMENT * SEGMENTS))


if __name__ == "__main__":
    main()
