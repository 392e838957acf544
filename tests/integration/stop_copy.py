# SPDX-License-Identifier: MIT
"""stop_copy.py PARTIAL SECONDS -- COMMAND... - starts COMMAND, halts it for so many seconds as soon as the file PARTIAL has some bytes, lets
it go on. Prints `halted` or `late`, and ends with what it ends with. Its output is the command's."""
import os
import signal
import subprocess
import sys
import time

WAIT_SECONDS = 60


def size_of(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def main(partial, seconds, _, *command):
    process = subprocess.Popen(command)
    end = time.monotonic() + WAIT_SECONDS
    while size_of(partial) == 0 and process.poll() is None and time.monotonic() < end:
        pass
    process.send_signal(signal.SIGSTOP)
    time.sleep(float(seconds))
    process.send_signal(signal.SIGCONT)
    sys.exit(process.wait())


main(*sys.argv[1:])
