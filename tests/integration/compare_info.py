# SPDX-License-Identifier: MIT
"""compare_info.py INFO.JSON ESEDBINFO.TXT - do `coldstream info --json` and libesedb's esedbinfo say the same?
compare_info.py --digest info|esedbinfo FILE - a digest of all that one of them says and that would be compared

Compares what both report: format versions, page size, tables with their numbers, columns with number, name and type,
indexes with number and name. Prints one line per difference and last "N facts compared"; exit status 1 when there are
differences or nothing to compare.
"""
import hashlib
import json
import re
import sys

# libesedb's words for the column types of the JET API.
TYPE_WORDS = {
    "Boolean": "Bit",
    "Integer 8-bit unsigned": "UnsignedByte",
    "Integer 16-bit signed": "Short",
    "Integer 32-bit signed": "Long",
    "Currency (64-bit)": "Currency",
    "Floating point single precision (32-bit)": "IEEESingle",
    "Floating point double precision (64-bit)": "IEEEDouble",
    "Date and time": "DateTime",
    "Binary data": "Binary",
    "Text": "Text",
    "Large binary data": "LongBinary",
    "Large text": "LongText",
    "Super long value": "SLV",
    "Integer 32-bit unsigned": "UnsignedLong",
    "Integer 64-bit signed": "LongLong",
    "GUID": "GUID",
    "Integer 16-bit unsigned": "UnsignedShort",
}


def read_esedbinfo(path):
    """{"created", "current", "page_size", "tables": {name: {"id", "columns": {id: (name, type)}, "indexes": {name: id}}}}"""
    facts = {"tables": {}}
    table = None
    for line in open(path, encoding="utf-8", errors="surrogateescape"):
        line = line.rstrip("\n")
        if m := re.match(r"\tCreated in format:\t0x([0-9a-f]+),(\d+)$", line):
            facts["created"] = (int(m[1], 16), int(m[2]))
        elif m := re.match(r"\tCurrent format:\t\t0x([0-9a-f]+),(\d+)$", line):
            facts["current"] = (int(m[1], 16), int(m[2]))
        elif m := re.match(r"\tPage size:\t\t(\d+) bytes$", line):
            facts["page_size"] = int(m[1])
        elif m := re.match(r"Table: \d+\t+(.*) \((\d+)\)$", line):
            table = {"id": int(m[2]), "columns": {}, "indexes": {}}
            facts["tables"][m[1]] = table
        elif m := re.match(r"\t\d+\t(\d+)\t(.*)\t([^\t]+)$", line):
            table["columns"][int(m[1])] = (m[2], TYPE_WORDS.get(m[3], m[3]))
        elif m := re.match(r"\tIndex: \d+\t+(.*) \((\d+)\)$", line):
            table["indexes"][m[1]] = int(m[2])
    return facts


def numbers(text):
    """The first two numbers of "1568,20,0"."""
    return tuple(int(part) for part in text.split(",")[:2])


def read_info(path):
    """The same shape from our JSON."""
    facts = {"tables": {}}
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if record["type"] != "info":
            continue
        facts["page_size"] = record["page_size"]
        facts["current"] = numbers(record["format_version"])
        facts["created"] = numbers(record["create_version"])
        for table in record["catalog"]["tables"]:
            facts["tables"][table["name"]] = {
                "id": table["objid"],
                "columns": {c["id"]: (c["name"], c["type"]) for c in table["columns"]},
                "indexes": {i["name"]: i["objid"] for i in table["indexes"]},
            }
    return facts


class Comparison:
    def __init__(self):
        self.compared = 0
        self.differences = 0

    def fact(self, what, ours, theirs):
        self.compared += 1
        if ours != theirs:
            self.differences += 1
            if self.differences <= 10:
                print(f"{what}: ours {ours!r}, esedbinfo {theirs!r}")

    def mapping(self, what, ours, theirs):
        for key in sorted(set(ours) | set(theirs), key=str):
            self.fact(f"{what} {key}", ours.get(key), theirs.get(key))


def digest(facts):
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def main():
    if sys.argv[1] == "--digest":
        print(digest({"info": read_info, "esedbinfo": read_esedbinfo}[sys.argv[2]](sys.argv[3])))
        return 0
    ours, theirs = read_info(sys.argv[1]), read_esedbinfo(sys.argv[2])
    comparison = Comparison()
    for key in ("page_size", "created", "current"):
        comparison.fact(key, ours.get(key), theirs.get(key))
    comparison.fact("names of tables", sorted(ours["tables"]), sorted(theirs["tables"]))
    for name in sorted(set(ours["tables"]) & set(theirs["tables"])):
        mine, other = ours["tables"][name], theirs["tables"][name]
        comparison.fact(f"number of table {name}", mine["id"], other["id"])
        comparison.mapping(f"table {name}: column", mine["columns"], other["columns"])
        comparison.mapping(f"table {name}: index", mine["indexes"], other["indexes"])
    print(f"{comparison.compared} facts compared")
    return 1 if comparison.differences or comparison.compared < 20 else 0


sys.exit(main())
