# SPDX-License-Identifier: MIT
"""corpus_change.py srudb|large DATABASE CORPUS_ROWS SEED ROWS KILLS

Inserts, changes and deletes ROWS rows in a real database, in transactions of which some are rolled back, by a process that is
killed (SIGKILL) KILLS times at random commits and now and then while it recovers. Nothing that was acknowledged may be lost, and at
the end every row must be as a model says: those that Windows has written, too. Leaves DATABASE closed cleanly, and
DATABASE.dump, what the API reads there (corpus_rows.c).
"""
import random
import signal
import struct
import subprocess
import sys
from pathlib import Path

OPERATIONS = 20  # of a transaction, on average half
NEW = "new"
NULL = "-"


def le(number, size):
    return (number & (1 << 8 * size) - 1).to_bytes(size, "little").hex()


class Table:
    """What the model knows of a table: `rows` from a key to the values that it tells, by column."""

    def __init__(self, name, rows):
        self.name, self.rows = name, rows


class Sru(Table):
    """Rows of numbers with three indexes, two of them over an auto-increment column."""

    MARK = 0x4D41524B  # UserId of our rows; TimeStamp is their number

    def values(self, key, rng):
        cells = {"AppId": le(rng.getrandbits(32), 4), "FaceTime": le(rng.getrandbits(64), 8),
                 "ForegroundBytesRead": rng.choice([NULL, le(rng.getrandbits(63), 8)])}
        if key[0] == NEW:
            cells.update(UserId=le(self.MARK, 4), TimeStamp=self.time(key))
        return cells

    @staticmethod
    def time(key):
        return struct.pack("<d", 40000 + key[1] / 8).hex()

    def seek(self, key, rows):
        if key[0] == NEW:
            return ["seek", "UserIdTimeStamp", le(self.MARK, 4), self.time(key)]
        return ["seek", "AutoIncIdIndex", key[1]]

    def key_of(self, cells):
        if cells.get("UserId") == le(self.MARK, 4):
            return NEW, round((struct.unpack("<d", bytes.fromhex(cells["TimeStamp"]))[0] - 40000) * 8)
        return "old", cells["AutoIncId"]

    KEPT = {"AutoIncId"}  # columns that the engine fills


class IdMap(Table):
    """Rows with a value of any length, which is in an index."""

    def values(self, key, rng):
        size = rng.choice([0, 1, 30, 200, 900, 1500, 5000, 20000])
        if key[0] != NEW:
            return {"IdBlob": rng.randbytes(size).hex()}
        # Ours are told by the beginning of the value, which is what the index is over.
        return {"IdType": le(0x5A, 1), "IdBlob": le(key[1], 8) + rng.randbytes(size).hex()}

    def seek(self, key, rows):
        if key[0] == NEW:
            return ["seek", "IdTypeIdBlob", le(0x5A, 1), rows[key]["IdBlob"]]
        return ["seek", "IdIndex", key[1]]

    def key_of(self, cells):
        if cells.get("IdType") == le(0x5A, 1):
            return NEW, int.from_bytes(bytes.fromhex(cells["IdBlob"][:16]), "little")
        return "old", cells["IdIndex"]

    KEPT = {"IdIndex"}


class Large(Table):
    """A few of 65,000 columns; Column0 tells our rows, and gets an index."""

    def values(self, key, rng):
        cells = {f"Column{rng.randrange(1, 64993)}": le(rng.getrandbits(16), 2) for _ in range(rng.randrange(12))}
        if key[0] == NEW:
            cells["Column0"] = le(key[1], 2)
        return cells

    def seek(self, key, rows):
        return ["seek", "by Column0", le(key[1], 2)] if key[0] == NEW else ["seek", "IxId", key[1]]

    def key_of(self, cells):
        if cells["Id"] in ORIGINAL_LARGE:
            return "old", cells["Id"]
        return NEW, int.from_bytes(bytes.fromhex(cells["Column0"]), "little")

    KEPT = {"Id"}


ORIGINAL_LARGE = {le(number, 4) for number in range(1, 17)}


class Own(Table):
    """A table made with the script, with columns of all kinds."""

    def values(self, key, rng):
        size = rng.choice([0, 1, 100, 1000, 9000, 70000])
        return {"id": le(key[1], 4), "number": rng.choice([NULL, le(rng.getrandbits(64), 8)]),
                "name": "".join(rng.choices("abcdefgh", k=rng.randrange(1, 40))).encode().hex(),
                "blob": rng.choice([NULL, rng.randbytes(size).hex()])}

    def seek(self, key, rows):
        return ["seek", "by id", le(key[1], 4)]

    def key_of(self, cells):
        return NEW, int.from_bytes(bytes.fromhex(cells["id"]), "little")

    KEPT = set()


SUBJECTS = {
    "srudb": {"{D10CA2FE-6FCF-4F6D-848E-B2E99266FA89}": Sru, "SruDbIdMapTable": IdMap},
    "large": {"large": Large, "rows of our own": Own},
}


def read_dump(path, wanted):
    """The rows of each table as a list of {column: digits}."""
    tables, names, table = {name: [] for name in wanted}, [], None
    with open(path, encoding="latin-1", newline="\n") as lines:
        for line in lines:
            word, *fields = line.rstrip("\n").split("\t")
            if word == "table":
                table, names = fields[0], []
            elif word == "column":
                names.append(fields[3])
            elif word == "row" and table in tables:
                cells = (field.split("=") for field in fields)
                tables[table].append({names[int(place)]: digits for place, digits in cells})
    return tables


class Writer:
    """Writes the script and carries it out on the model."""

    def __init__(self, script, tables, rng):
        self.script, self.tables, self.rng = script, tables, rng
        self.number, self.next_key = 0, 1

    def line(self, *fields):
        print(*fields, sep="\t", file=self.script)

    def begin(self):
        self.number += 1
        self.line("begin", self.number)

    def update(self, word, cells):
        self.line(word, *(f"{name}={digits}" for name, digits in cells.items()))

    def operation(self, table, rows, touched):
        fate = self.rng.randrange(4)
        keys = [key for key in table.order[-40:] + self.rng.sample(table.order, min(10, len(table.order)))
                if key in rows and key not in touched] if fate >= 2 else []
        if not keys:
            key = (NEW, self.next_key)
            self.next_key += 1
            rows[key] = table.values(key, self.rng)
            table.order.append(key)
            self.update("insert", rows[key])
            return
        key = self.rng.choice(keys)
        touched.add(key)
        self.line(*table.seek(key, rows))
        if fate == 2:
            cells = table.values(key, self.rng)
            rows[key] = {**rows[key], **cells}
            self.update("replace", cells)
        else:
            del rows[key]
            self.line("delete")

    def transaction(self):
        table = self.rng.choice(self.tables)
        rows, touched = dict(table.rows), set()
        self.line("table", table.name)
        self.begin()
        for _ in range(self.rng.randrange(1, OPERATIONS)):
            self.operation(table, rows, touched)
        if self.rng.randrange(10) == 0:
            self.line("rollback")
            self.number -= 1
        else:
            self.line("commit")
            table.rows = rows
        table.order = [key for key in table.order if key in table.rows]


def make_script(path, subject, tables, rng, rows):
    with open(path, "w", encoding="ascii") as script:
        writer = Writer(script, tables, rng)
        if subject == "large":
            writer.begin()
            writer.line("create", tables[1].name)
            writer.line("commit")
            writer.line("table", tables[0].name)
            writer.begin()
            writer.line("index", "by Column0", "Column0")
            # The one row of Windows' that has the column.
            writer.line("seek", "IxId", le(1, 4))
            writer.update("replace", {"Column0": NULL})
            writer.line("commit")
            tables[0].rows["old", le(1, 4)]["Column0"] = NULL
        while writer.next_key <= rows:
            writer.transaction()
    return writer.number


def apply(command, stop_at, kill_at_once):
    """The numbers that the database held at the start and at the last acknowledgement; None: it was not told."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    first = last = None
    if kill_at_once:
        process.send_signal(signal.SIGKILL)
    for line in process.stdout:
        word, number = line.split()
        last = int(number)
        if word == "applied":
            first = last
        if last >= stop_at:
            process.send_signal(signal.SIGKILL)
    status = process.wait()
    if status not in (0, -signal.SIGKILL):
        sys.exit(f"corpus_rows ended with {status}")
    return first, last


def apply_with_kills(command, total, kills, rng):
    known = 0
    points = sorted(rng.randrange(1, total) for _ in range(kills))
    for stop_at in [*points, total + 1]:
        if rng.randrange(3) == 0:
            apply(command, total + 1, True)
        first, last = apply(command, stop_at, False)
        # The commit that was under way may have been done, and its acknowledgement lost.
        if first is None or not known <= first <= known + 1:
            sys.exit(f"{known} was acknowledged, {first} found")
        known = last
    if known != total:
        sys.exit(f"{total} transactions, {known} done")


def compare(table, found):
    faults = []
    rows = dict(table.rows)
    for cells in found:
        key = table.key_of(cells)
        expected = rows.pop(key, None)
        if expected is None:
            faults.append(f"{table.name}: {key} should not be there")
            continue
        told = {name: digits for name, digits in expected.items() if digits != NULL}
        got = {name: digits for name, digits in cells.items() if key[0] != NEW or name not in table.KEPT}
        if told != got:
            names = [name for name in {*told, *got} if told.get(name) != got.get(name)]
            faults.append(f"{table.name}: {key} differs in {names[:5]}")
    return faults + [f"{table.name}: {key} is missing" for key in rows]


def main():
    subject, database, corpus_rows, seed, rows, kills = sys.argv[1:]
    folder, dump = f"{Path(database).parent}/", f"{database}.dump"
    rng = random.Random(int(seed))

    def write_dump():
        with open(dump, "w", encoding="latin-1") as output:
            subprocess.run([corpus_rows, "dump", folder, database], stdout=output, check=True)

    write_dump()
    found = read_dump(dump, SUBJECTS[subject])
    tables = []
    for name, kind in SUBJECTS[subject].items():
        table = kind(name, {})
        table.rows = {table.key_of(cells): cells for cells in found[name]}
        table.order = list(table.rows)
        tables.append(table)
    total = make_script(f"{database}.script", subject, tables, rng, int(rows))
    apply_with_kills([corpus_rows, "apply", folder, database, f"{database}.script"], total, int(kills), rng)
    write_dump()
    found = read_dump(dump, SUBJECTS[subject])
    faults = [fault for table in tables for fault in compare(table, found[table.name])]
    print("\n".join(faults[:20]), file=sys.stderr)
    print(f"{total} transactions, {sum(len(rows) for rows in found.values())} rows")
    return 1 if faults else 0


sys.exit(main())
