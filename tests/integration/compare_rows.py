# SPDX-License-Identifier: MIT
"""compare_rows.py esedbexport EXPECTED EXPORTED | impacket EXPECTED DATABASE

Compares what write_rows says that it wrote with what another reader finds in the database. Rows are matched by the column
Id. Prints how many values were compared; differences go to standard error, and the exit status is 1.

What a reader is known to get wrong, with files of every origin, is not compared: esedbexport prints 0.000000 for every
IEEESingle. impacket reads signed 64-bit numbers of two of its types as unsigned, which is undone here.
"""
import struct
import sys

NUMBERS = {"Bit", "UnsignedByte", "Short", "Long", "Currency", "UnsignedLong", "LongLong", "UnsignedShort", "TaggedLong", "Id"}
FLOATS = {"IEEEDouble": ("<d", "<Q"), "IEEESingle": ("<f", "<I")}
SIGNED_64 = {"Currency", "LongLong"}


def read_expected(path):
    with open(path, encoding="ascii") as lines:
        names = next(lines).rstrip("\n").split("\t")
        return names, [dict(zip(names, line.rstrip("\n").split("\t"))) for line in lines]


def bits_to_float(name, digits):
    as_float, as_bits = FLOATS[name]
    return struct.unpack(as_float, struct.pack(as_bits, int(digits, 16)))[0]


def signed_64(number):
    return number - 2**64 if number >= 2**63 else number


def expected_of_esedbexport(name, value):
    if value == "":
        return ""
    if name == "Bit":
        return "true" if value == "1" else "false"
    if name == "DateTime":
        return f"(0x{value[:8]} 0x{value[8:]})"
    if name in FLOATS:
        return f"{bits_to_float(name, value):f}"
    return value


def rows_of_esedbexport(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        names = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(names, line.rstrip("\n").split("\t")))
            if row.get("Currency"):
                row["Currency"] = str(signed_64(int(row["Currency"])))
            row.pop("IEEESingle", None)
            yield row


def impacket_text(name, value):
    if value is None:
        return ""
    if name == "Bit":
        return str(int(value != 0))
    if name in SIGNED_64:
        return str(signed_64(value))
    if name in FLOATS:
        as_float, as_bits = FLOATS[name]
        digits = struct.calcsize(as_bits) * 2
        return f"{struct.unpack(as_bits, struct.pack(as_float, value))[0]:0{digits}x}"
    if name == "DateTime":
        return f"{value:016x}"
    if name == "GUID":
        return value.hex()
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def rows_of_impacket(path):
    from impacket import ese  # of Debian's python3-impacket

    database = ese.ESENT_DB(path)
    cursor = database.openTable(b"kinds")
    while (row := database.getNextRow(cursor)) is not None:
        names = ((name.decode("ascii"), value) for name, value in row.items())
        yield {name: impacket_text(name, value) for name, value in names}


def compare(expected, found, convert):
    by_id = {row["Id"]: row for row in expected}
    compared, faults = 0, []
    for row in found:
        wanted = by_id.pop(row["Id"], None)
        if wanted is None:
            faults.append(f"row {row['Id']} was not written, or was deleted, or is there twice")
            continue
        for name, value in row.items():
            compared += 1
            if convert(name, wanted[name]) != value:
                faults.append(f"row {row['Id']}: {name}: wrote {convert(name, wanted[name])!r}, found {value!r}")
    faults += [f"row {row} is missing" for row in by_id]
    return compared, faults


def main():
    reader, expected_path, found_path = sys.argv[1:]
    _, expected = read_expected(expected_path)
    if reader == "esedbexport":
        compared, faults = compare(expected, rows_of_esedbexport(found_path), expected_of_esedbexport)
    else:
        compared, faults = compare(expected, rows_of_impacket(found_path), lambda name, value: value)
    print("\n".join(faults[:20]), file=sys.stderr)
    print(f"{compared} values of {len(expected)} rows")
    return 1 if faults or not compared else 0


sys.exit(main())
