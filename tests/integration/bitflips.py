# SPDX-License-Identifier: MIT
"""bitflips.py MODE COUNT SEED FOLDER FILES... -- COMMAND... - flips bits in copies of databases; is each one noticed?

MODE  verify   one bit: `COMMAND verify` must report that page or header copy, and end with 7 (3: a header copy that
               the other one makes up for)
      together the same with one bit in each file, and all of them verified by one run: the exit status is the worst one
      double   two bits of one page, which small pages cannot mend (large ones have a checksum for each quarter): verify must
               end with 7
      backup   one bit: a backup either mends it and says so - the database in the tar then equals the sound one - or ends
               with 7 and names the page; with --keep-going the manifest records what was found

Which page a flip is in is computed here, from the page size alone. Pages behind the database's end may be called foreign
(exit 3). Prints one line per failure and last a summary; exit status 1 if there was a failure.
"""
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tarfile

MANIFEST = "coldstream-manifest.json"


class Database:
    """A private copy of one file, bits of which can be flipped and flipped back."""

    def __init__(self, source, folder, command):
        self.name = os.path.basename(source)
        self.path = os.path.join(folder, self.name)
        shutil.copyfile(source, self.path)
        self.sound = open(source, "rb").read()
        self.page_size = struct.unpack_from("<I", self.sound, 236)[0] or 4096
        self.file = open(self.path, "r+b", buffering=0)
        self.last_page = last_page(command, self.path)

    def flip(self, bits):
        for bit in bits:
            self.file.seek(bit // 8)
            byte = self.file.read(1)[0]
            self.file.seek(bit // 8)
            self.file.write(bytes([byte ^ (1 << bit % 8)]))

    def place(self, bit):
        """(kind, number), as in the JSON: ("page", 17) or ("header_copy", 0)."""
        index = bit // 8 // self.page_size
        return ("header_copy", index) if index < 2 else ("page", index - 1)


def records_of(text):
    records = []
    for line in text.splitlines():
        if line.strip():
            records.append(json.loads(line))
    return records


def run(command, *arguments):
    """Again if it ends with 1 and without a word: Wine does so now and then on a busy machine, our program never (tests/support/wine.sh)."""
    for _ in range(3):
        done = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=180)
        if command[0] != "wine" or done.returncode != 1 or done.stdout or done.stderr:
            break
    return done


def last_page(command, path):
    done = run(command, "info", path, "--json")
    for record in records_of(done.stdout.decode()):
        if record["type"] == "info":
            return record.get("last_page")
    return None


def is_about(record, kind, number):
    return record.get(kind) == number and record["type"] in ("warning", "damage", "error", "note")


class Run:
    def __init__(self, command):
        self.command = command
        self.counts = {}
        self.failures = 0

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def fail(self, database, bits, words, done):
        self.failures += 1
        if self.failures <= 10:
            kind, number = database.place(bits[0])
            text = (done.stderr or done.stdout[-600:]).decode("utf-8", "replace")
            print(f"{database.name}: bits {bits} ({kind} {number}): {words}; exit {done.returncode}: {text[:600]}")

    def check_verify(self, database, bits, mode):
        kind, number = database.place(bits[0])
        done = run(self.command, "verify", database.path, "--json")
        try:
            records = records_of(done.stdout.decode())
        except ValueError:
            return self.fail(database, bits, "JSON is broken", done)
        about = [r for r in records if is_about(r, kind, number)]
        foreign = kind == "page" and database.last_page and number > database.last_page
        allowed = (3,) if foreign else (7,) if kind == "page" else (3, 7)
        if not about:
            return self.fail(database, bits, "not reported", done)
        if done.returncode not in allowed:
            return self.fail(database, bits, f"exit status is not in {allowed}", done)
        for record in about:
            if mode == "verify" and "bit" in record and record["bit"] != bits[0] - bits[0] // 8 // database.page_size * database.page_size * 8:
                return self.fail(database, bits, f"another bit is reported: {record['bit']}", done)
        self.count(about[0].get("kind", about[0]["type"]))

    def check_together(self, databases, bits):
        """bits[i] is flipped in databases[i]. All are to be reported by one run."""
        done = run(self.command, "verify", *(d.path for d in databases), "--json")
        records = records_of(done.stdout.decode())
        worst = 3
        for database, bit in zip(databases, bits):
            kind, number = database.place(bit)
            about = [r for r in records if is_about(r, kind, number) and r["path"] == database.path]
            if not about:
                self.fail(database, [bit], "not reported", done)
                continue
            self.count(about[0].get("kind", about[0]["type"]))
            if any(r["type"] == "damage" for r in about):
                worst = 7
        if done.returncode != worst:
            self.fail(databases[0], bits, f"exit status is not {worst}", done)

    def check_backup(self, database, bits):
        kind, number = database.place(bits[0])
        done = run(self.command, "backup", database.path, "--stdout", "--json")
        if done.returncode not in (1, 3, 7):
            return self.fail(database, bits, "backup does not mind", done)
        about = [r for r in records_of(done.stderr.decode()) if is_about(r, kind, number)]
        if not about:
            return self.fail(database, bits, "backup does not report it", done)
        foreign = kind == "page" and database.last_page and number > database.last_page
        if done.returncode == 3 and not foreign:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
                stored = tar.extractfile(tar.getmembers()[0]).read()
            if stored != database.sound:
                return self.fail(database, bits, "exit status 3, but the backup is not the sound database", done)
            return self.count("mended")
        if done.returncode == 3:
            return self.count("foreign")
        self.count("refused")
        self.check_keep_going(database, bits)

    def check_keep_going(self, database, bits):
        kind, number = database.place(bits[0])
        done = run(self.command, "backup", database.path, "--stdout", "--json", "--keep-going")
        try:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
                manifest = tar.extractfile(MANIFEST).read().decode()
        except (KeyError, tarfile.TarError) as error:
            return self.fail(database, bits, f"--keep-going: no manifest: {error}", done)
        if done.returncode not in (3, 7):
            return self.fail(database, bits, "--keep-going: exit status hides the damage", done)
        if not mentions(json.loads(manifest), number):
            return self.fail(database, bits, f"--keep-going: page {number} is not in the manifest", done)
        self.count("kept going")


def mentions(manifest, page):
    """Is the page among the findings that the manifest lists for its files?"""
    return any(
        finding["place"] == "page" and finding["first"] <= page < finding["first"] + finding["count"]
        for file in manifest["files"]
        for finding in file.get("findings", [])
    )


def choose_bits(database, mode, rng):
    if mode != "double":
        if mode == "backup" and rng.random() < 0.3:
            # Two bits, so that --keep-going has something to record.
            return choose_bits(database, "double", rng)
        return [rng.randrange(len(database.sound) * 8)]
    page = rng.randrange(2, len(database.sound) // database.page_size) * database.page_size * 8
    return [page + bit for bit in rng.sample(range(database.page_size * 8), 2)]


def main():
    mode, count, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    dashes = sys.argv.index("--")
    files, command = sys.argv[5:dashes], sys.argv[dashes + 1 :]
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(f"{mode}-{seed}")
    databases = [Database(path, folder, command) for path in files]
    result = Run(command)
    for i in range(0, count, len(databases) if mode == "together" else 1):
        chosen = databases if mode == "together" else [databases[i % len(databases)]]
        bits = [choose_bits(database, mode, rng) for database in chosen]
        for database, some in zip(chosen, bits):
            database.flip(some)
        try:
            if mode == "together":
                result.check_together(chosen, [some[0] for some in bits])
            elif mode == "backup":
                result.check_backup(chosen[0], bits[0])
            else:
                result.check_verify(chosen[0], bits[0], mode)
        except (subprocess.TimeoutExpired, ValueError) as error:
            result.failures += 1
            print(f"{[database.name for database in chosen]}: bits {bits}: {error}")
        for database, some in zip(chosen, bits):
            database.flip(some)
    shutil.rmtree(folder)
    words = ", ".join(f"{number} {what}" for what, number in sorted(result.counts.items()))
    print(f"{count} places, seed {seed}: {words}, {result.failures} wrong")
    return 1 if result.failures else 0


sys.exit(main())
