# SPDX-License-Identifier: MIT
"""corpus_compare.py DUMP EXPORTED [TABLE ...]

Compares what corpus_rows read through the API with what esedbexport wrote to the folder EXPORTED: every row of every table
(or of those named), in order, value by value. Prints how many values were compared; differences go to standard error, and
the exit status is 1.

What esedbexport (20181229) is known to get wrong, and what is then not compared:

  * a fixed column that is null shows the bytes that lie there, instead of nothing (srudb.dat, page 47 and others);
  * IEEESingle is always 0.000000 (basic.edb, page 31);
  * Currency is read as unsigned (basic.edb, page 31; undone here);
  * a character outside the first plane becomes another one (default.edb, page 31; one is taken for any other here);
  * UTF-16 text of an odd size is cut (text.edb, page 31: fixed columns of 255 bytes);
  * a date is up to a second early (srudb.dat);
  * values in the long-value tree are left out or cut, and so are several values in one column unless they are short text
    (multi.edb);
  * of a record with 65,000 tagged columns it says that their offsets are damaged (large.edb, which Windows has written).
"""
import calendar
import re
import struct
import sys
import time
from pathlib import Path

BIT, BYTE, SHORT, LONG, CURRENCY, SINGLE, DOUBLE, DATE, BINARY, TEXT, LONG_BINARY, LONG_TEXT = range(1, 13)
UNSIGNED_LONG, LONG_LONG, GUID, UNSIGNED_SHORT = range(14, 18)
SIGNED = {SHORT, LONG, LONG_LONG}
UNSIGNED = {BYTE, UNSIGNED_LONG, UNSIGNED_SHORT, CURRENCY}
FIXED_LAST = 127  # id of a column
OLE_EPOCH = -2209161600  # 1899-12-30
FILETIME_EPOCH = -11644473600
SECOND = 1.0  # by which a date may be wrong
SCREENED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Table:
    def __init__(self, name):
        self.name, self.columns, self.rows = name, [], []


def read_dump(path):
    tables = {}
    with open(path, encoding="latin-1", newline="\n") as lines:
        for line in lines:
            word, *fields = line.rstrip("\n").split("\t")
            if word == "table":
                table = tables[fields[0]] = Table(fields[0])
            elif word == "column":
                table.columns.append((int(fields[0]), int(fields[1]), fields[3], int(fields[2])))
            elif word == "row":
                values = (field.split("=") for field in fields)
                table.rows.append({int(place): digits for place, digits in values})
    return tables


def read_export(folder):
    """The rows of each table, by its name; the name of a file ends with the number of the table."""
    for path in sorted(Path(folder).iterdir()):
        with open(path, encoding="utf-8", newline="\n", errors="surrogateescape") as lines:
            names = next(lines).rstrip("\n").split("\t")
            yield path.name.rsplit(".", 1)[0], names, [line.rstrip("\n").split("\t") for line in lines]


def seconds_of_text(text):
    """Of a date as esedbexport writes it, since 1970; None: it is none."""
    match = re.fullmatch(r"(\w{3} \d\d, \d{4} \d\d:\d\d:\d\d)\.(\d{9})", text)
    if not match:
        return None
    return calendar.timegm(time.strptime(match[1], "%b %d, %Y %H:%M:%S")) + int(match[2]) / 1e9


def is_same_date(column_type, value, text):
    """A date of either kind, or its bits."""
    low, high = struct.unpack("<II", value)
    if text in (f"(0x{high:08x} 0x{low:08x})", f"(0x{high:08x}{low:08x})"):
        return True
    seconds = seconds_of_text(text)
    if seconds is None:
        return False
    if column_type == DATE:
        wanted = OLE_EPOCH + struct.unpack("<d", value)[0] * 86400
    else:
        wanted = FILETIME_EPOCH + int.from_bytes(value, "little") / 1e7
    return abs(seconds - wanted) < SECOND


def text_of(column, value):
    """A value as esedbexport prints it."""
    column_type, code_page, *_ = column
    if column_type == BIT:
        return "true" if value != b"\0" else "false"
    if column_type in SIGNED:
        return str(int.from_bytes(value, "little", signed=True))
    if column_type in UNSIGNED:
        return str(int.from_bytes(value, "little"))
    if column_type == DOUBLE:
        return f"{struct.unpack('<d', value)[0]:f}"
    if column_type in (TEXT, LONG_TEXT):
        text = value.decode("utf-16-le" if code_page == 1200 else "cp1252", errors="replace")
        return "".join(SCREENED.get(c, c) for c in text.rstrip("\0"))
    return value.hex()


def in_first_plane(text):
    return re.sub("[\U00010000-\U0010ffff]", "\U00010000", text)


def is_same(column, digits, text):
    """True, False, or None: the reader is known not to know."""
    column_type = column[0]
    if digits is None:
        return None if column[3] <= FIXED_LAST and text else text == ""
    values = [bytes.fromhex(part) for part in digits.split(",")]
    if column_type == SINGLE or (column[1] == 1200 and any(len(value) % 2 for value in values)):
        return None
    if len(values) == 1 and (column_type == DATE or (column_type == LONG_LONG and not re.fullmatch(r"-?\d+", text))):
        return is_same_date(column_type, values[0], text)
    wanted = "; ".join(text_of(column, value) for value in values)
    if in_first_plane(wanted) == in_first_plane(text):
        return True
    if len(values) > 1 or (column_type in (LONG_BINARY, LONG_TEXT) and len(text) < len(wanted)):
        return None
    return False


def compare_table(table, names, exported):
    compared, unknown, faults = 0, 0, []
    if names != [column[2] for column in table.columns]:
        faults.append(f"{table.name}: the columns differ")
    if len(exported) != len(table.rows):
        faults.append(f"{table.name}: {len(table.rows)} rows here, {len(exported)} there")
    for number, (row, texts) in enumerate(zip(table.rows, exported)):
        for place, (column, text) in enumerate(zip(table.columns, texts)):
            same = is_same(column, row.get(place), text)
            compared += same is not None
            unknown += same is None
            if same is False:
                faults.append(f"{table.name}, row {number}, {column[2]}: {row.get(place)} here, {text!r} there")
    return compared, unknown, faults


def main():
    tables = read_dump(sys.argv[1])
    wanted = set(sys.argv[3:]) or set(tables)
    compared, unknown, faults = 0, 0, []
    for name, names, rows in read_export(sys.argv[2]):
        if name not in wanted:
            continue
        wanted.remove(name)
        counts = compare_table(tables[name], names, rows)
        compared, unknown, faults = compared + counts[0], unknown + counts[1], faults + counts[2]
    faults += [f"table {name} was not exported" for name in wanted]
    print("\n".join(fault[:400] for fault in faults[:20]), file=sys.stderr)
    print(f"{compared} values equal, {unknown} not known to the other")
    return 1 if faults or not compared else 0


sys.exit(main())
