# SPDX-License-Identifier: MIT
"""bus_broker.py - a dbus-broker of the test's own, where no systemd need run.

    unshare --mount python3 bus_broker.py CONFIG SOCKET     a bus at SOCKET, until it is ended

Its launcher wants what a unit would give it: the listening socket, a journal, and a bus with systemd on it for activation. The journal is a
socket whose content is thrown away, in a /run of this process's own; the other bus is a dbus-daemon without anybody on it."""
import ctypes
import os
import signal
import socket
import subprocess
import sys

OTHER_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
</busconfig>
"""
JOURNAL = "/run/systemd/journal"
PR_SET_PDEATHSIG = 1
FIRST_PASSED = 3  # where sd_listen_fds(3) begins


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def journal():
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs(JOURNAL)
    received = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    received.bind(f"{JOURNAL}/socket")
    return received


def other_bus(folder):
    """The process; the launcher connects to it when it is up."""
    with open(f"{folder}/other.conf", "w", encoding="utf-8") as file:
        file.write(OTHER_BUS.format(path=f"{folder}/other"))
    process = subprocess.Popen(["dbus-daemon", f"--config-file={folder}/other.conf", "--nofork", "--print-address"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    assert process.stdout.readline()
    return process


def launcher(config, listening, folder):
    def pass_socket():
        end_with_parent()
        os.dup2(listening.fileno(), FIRST_PASSED)
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.execvp("dbus-broker-launch", ["dbus-broker-launch", "--scope", "user", "--config-file", config])
    os.environ.update(LISTEN_FDS="1", DBUS_SESSION_BUS_ADDRESS=f"unix:path={folder}/other")
    return subprocess.Popen(["dbus-broker-launch"], preexec_fn=pass_socket, close_fds=False,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(config, path):
    folder = os.path.dirname(path)
    received = journal()
    other = other_bus(folder)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    os.chmod(path, 0o777)
    listening.listen(64)
    broker = launcher(config, listening, folder)
    listening.close()

    def end(*_):
        for process in (broker, other):
            process.kill()
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    while broker.poll() is None:
        received.settimeout(0.5)
        try:
            received.recv(1 << 16)
        except socket.timeout:
            pass
    other.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
