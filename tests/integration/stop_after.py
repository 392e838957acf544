# SPDX-License-Identifier: MIT
"""stop_after.py BYTES COMMAND... - runs COMMAND, copies its standard output to ours, and presses Ctrl-C after BYTES.

Stands where a pipe has the program, for backups that are stopped half-way. Exits with the command's status.
"""
import os
import signal
import subprocess
import sys

limit, command = int(sys.argv[1]), sys.argv[2:]


def default_signals():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=default_signals)
copied = 0
while block := os.read(child.stdout.fileno(), 65536):
    before, copied = copied, copied + len(block)
    sys.stdout.buffer.write(block)
    if before < limit <= copied:
        child.send_signal(signal.SIGINT)
sys.stdout.buffer.flush()
status = child.wait()
sys.exit(status if status >= 0 else 128 - status)
