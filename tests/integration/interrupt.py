# SPDX-License-Identifier: MIT
"""interrupt.py [options] -- COMMAND... - starts COMMAND, ends it by a signal at a chosen moment, says what came of it.

  --signal NAME         INT, TERM, KILL ... (default INT); NONE: no signal, just wait
  --stdout FILE         keep what it writes to standard output there; it goes through a pipe that nobody reads until
                        the command has ended, so the command gets stuck when the pipe is full
  --stdin-bytes FILE N  feed the first N bytes of FILE to standard input, then keep the pipe open without a word
  --stderr FILE         keep standard error there
  --stuck-stderr FILE   the same, but through a pipe that nobody reads until the command has ended
  --when-stuck          signal when the pipe has held data and not grown for 200 ms (default with
                        --stdout and --stuck-stderr)
  --when-grown PATH N   signal when PATH (a file, or all files below a folder) has grown to N bytes
  --after MS            signal after so many milliseconds

The command starts with the default action for SIGINT: a shell's background job would ignore it. Prints
`status=N ms=N stuck_bytes=N`: the exit status as a shell would see it, the time from signal to exit, and what lay in
the pipe. `status=late`: it ended before the moment came; `status=hang`: it had to be killed 10 s after the signal.
"""
import array
import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
import time

LIMIT_START = 30.0  # for the moment to come
LIMIT_EXIT = 10.0  # from signal to exit


def parse(arguments):
    options = {"signal": "INT", "stdout": None, "stdin": None, "stderr": None, "stuck-stderr": None, "grown": None, "after": None}
    i = 0
    while arguments[i] != "--":
        name = arguments[i]
        if name == "--when-grown":
            options["grown"] = (arguments[i + 1], int(arguments[i + 2]))
            i += 3
        elif name == "--stdin-bytes":
            options["stdin"] = (arguments[i + 1], int(arguments[i + 2]))
            i += 3
        elif name == "--when-stuck":
            i += 1
        else:
            options[name[2:]] = arguments[i + 1]
            i += 2
    return options, arguments[i + 1 :]


def pipe_fill(fd):
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def tree_bytes(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                total += os.path.getsize(os.path.join(folder, name))
            except FileNotFoundError:
                pass
    return total


def moment_has_come(options, child, read_end, started):
    """Waits for it; False if the child ended before."""
    fill, since = 0, time.monotonic()
    while time.monotonic() - started < LIMIT_START:
        if child.poll() is not None:
            return False
        if options["after"] is not None:
            if (time.monotonic() - started) * 1000 >= int(options["after"]):
                return True
        elif options["grown"] is not None:
            if tree_bytes(options["grown"][0]) >= options["grown"][1]:
                return True
        else:
            now = pipe_fill(read_end) if read_end is not None else 1
            if now != fill:
                fill, since = now, time.monotonic()
            elif now > 0 and time.monotonic() - since > 0.2:
                return True
        time.sleep(0.001)
    return True


def feed(write_end, path, count):
    with open(path, "rb") as file:
        data = file.read(count)
    try:
        os.write(write_end, data) if len(data) <= 65536 else write_all(write_end, data)
    except BrokenPipeError:
        pass


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data) :]


def main():
    options, command = parse(sys.argv[1:])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    read_end = write_end = err_end = None
    out = inp = subprocess.DEVNULL
    if options["stdout"]:
        read_end, out = os.pipe()
    if options["stdin"]:
        inp, write_end = os.pipe()
    err = open(options["stderr"], "wb") if options["stderr"] else None
    if options["stuck-stderr"]:
        err_end, err = os.pipe()

    def default_signals():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)

    started = time.monotonic()
    child = subprocess.Popen(command, stdin=inp, stdout=out, stderr=err, preexec_fn=default_signals)
    if read_end is not None:
        os.close(out)
    if err_end is not None:
        os.close(err)
    if write_end is not None:
        os.close(inp)
        threading.Thread(target=feed, args=(write_end, *options["stdin"]), daemon=True).start()

    watched = read_end if read_end is not None else err_end
    in_time = moment_has_come(options, child, watched, started)
    stuck = pipe_fill(watched) if watched is not None else 0
    if in_time and options["signal"] != "NONE":
        child.send_signal(getattr(signal, "SIG" + options["signal"]))
    signalled = time.monotonic()
    status = "hang"
    while time.monotonic() - signalled < LIMIT_EXIT:
        if child.poll() is not None:
            status = child.returncode if child.returncode >= 0 else 128 - child.returncode
            break
        time.sleep(0.0005)
    took = int((time.monotonic() - signalled) * 1000)
    if status == "hang":
        child.kill()
        child.wait()
    for end, name in ((read_end, options["stdout"]), (err_end, options["stuck-stderr"])):
        if end is not None:
            with open(name, "wb") as file:
                while block := os.read(end, 1 << 20):
                    file.write(block)
    print(f"status={status if in_time else 'late'} ms={took} stuck_bytes={stuck}")


main()
