# SPDX-License-Identifier: MIT
"""change_bytes.py SET.TAR DATABASE COUNT COMMAND... - changes one byte of the archive at COUNT places, one at a time.

Each time `COMMAND verify` must say no - or, if the byte means nothing (padding, an owner's name), the restored database
must be DATABASE to the byte. Half of the places are in the tar headers and the manifest, where a byte means most.
"""
import os
import random
import shutil
import subprocess
import sys


def run(command, *arguments):
    done = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=180)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def places(data, database_size, count, rng):
    begin = data.find(b"\xef\xcd\xab\x89") - 4  # the database's first byte, by the magic of its header
    outside = [i for i in range(begin)] + [i for i in range(begin + database_size, len(data.rstrip(b"\0")))]
    for i in range(count):
        yield rng.choice(outside) if i % 2 else rng.randrange(begin, begin + database_size)


def main():
    tar, database, count, command = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    seed = int(os.environ.get("COLDSTREAM_SEED", "20240229"))
    rng = random.Random(seed)
    original = open(tar, "rb").read()
    sound = open(database, "rb").read()
    refused = harmless = failed = 0
    for place in places(original, len(sound), count, rng):
        changed = bytearray(original)
        changed[place] ^= rng.randrange(1, 256)
        with open("changed.tar", "wb") as file:
            file.write(changed)
        status, stderr = run(command, "verify", "changed.tar")
        if status in (1, 7):
            refused += 1
            continue
        shutil.rmtree("changed.back", ignore_errors=True)
        restored, _ = run(command, "restore", "changed.tar", "-o", "changed.back")
        path = os.path.join("changed.back", os.path.basename(database))
        if status in (0, 3) and restored in (0, 3) and os.path.exists(path) and open(path, "rb").read() == sound:
            harmless += 1
            continue
        failed += 1
        print(f"byte {place} {original[place]:#x} -> {changed[place]:#x}: verify {status}, restore {restored}: {stderr[:200]}")
    os.remove("changed.tar")
    shutil.rmtree("changed.back", ignore_errors=True)
    print(f"seed {seed}: {refused} refused, {harmless} harmless, {failed} wrong")
    return 1 if failed or refused < count // 3 else 0


sys.exit(main())
