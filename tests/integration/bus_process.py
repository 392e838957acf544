# SPDX-License-Identifier: MIT
"""bus_process.py - the service as a process: its log when nobody reads it, systemd's notifications and watchdog, its command line."""
import os
import socket
import subprocess
import time

from dbus_wire import NO_REPLY
from bus_service import MANAGER, NAME, ROOT, Fixture, run_cases, wait_for

PROGRAM = os.environ["COLDSTREAMD"]


def case_nobody_reads_the_log():
    """standard error is a socket that nobody reads: the service goes on, and tells afterwards how many lines were lost"""
    ours, theirs = socket.socketpair()
    with Fixture(stderr=theirs.fileno(), environment={"JOURNAL_STREAM": journal_stream(theirs)}) as f:
        theirs.close()
        client = f.client()
        for _ in range(60):
            for _ in range(100):
                client.send_call(NAME, ROOT, MANAGER, "StopAllBackups", "s", ["x" * 60], NO_REPLY)
            client.manager("Thaw")
        client.whole_backup()
        text = drain(ours, b"were lost dropped=")
        assert b"<5>all backups are stopped" in text
        assert b"<4>lines of the log were lost dropped=" in text
        client.manager("Thaw")


def journal_stream(sock):
    status = os.fstat(sock.fileno())
    return f"{status.st_dev}:{status.st_ino}"


def drain(sock, last):
    text = b""
    sock.settimeout(10)
    while last not in text:
        text += sock.recv(1 << 20)
    return text


def case_log_is_held_while_frozen():
    """nothing is written to standard error while there is a freeze; all of it behind the thaw"""
    with Fixture() as f:
        client = f.client()
        client.manager("Freeze", "asa{sv}", [[], {}])
        before = f.log()
        client.manager("StopAllBackups", "s", ["while frozen"])
        time.sleep(0.2)
        assert f.log() == before
        client.manager("Thaw")
        wait_for(lambda: "while frozen" in f.log())


def case_one_line_for_each_event():
    """a reason with line feeds and escapes stays one line of the log, and short"""
    with Fixture() as f:
        client = f.client()
        client.manager("StopAllBackups", "s", ["a\nb\x1b[31m" + "x" * 10000])
        wait_for(lambda: "all backups are stopped" in f.log())
        line = next(line for line in f.log().splitlines() if "all backups" in line)
        assert "a?b?[31m" in line and len(line) < 2048


def notified(address):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(address)
    sock.settimeout(10)
    return sock


def case_notify():
    """systemd is told READY, STOPPING, and pinged twice in the watchdog's time; a path and an abstract address"""
    for kind in ("path", "abstract"):
        address = f"{os.getcwd()}/notify" if kind == "path" else f"\0coldstream-{os.getpid()}"
        sock = notified(address)
        environment = {"NOTIFY_SOCKET": address.replace("\0", "@"), "WATCHDOG_USEC": "200000"}
        with Fixture(environment=environment) as f:
            received = []
            begin = time.monotonic()
            while received.count(b"WATCHDOG=1") < 6:
                received.append(sock.recv(4096))
            assert 0.3 < time.monotonic() - begin < 5
            assert any(text.startswith(b"READY=1") for text in received), received
            assert f.stop() == 0
            while received[-1] != b"STOPPING=1":
                received.append(sock.recv(4096))
        sock.close()
        if kind == "path":
            os.unlink(address)


def case_other_watchdog():
    """a watchdog that is meant for another process is not pinged"""
    sock = notified(f"{os.getcwd()}/notify")
    with Fixture(environment={"NOTIFY_SOCKET": f"{os.getcwd()}/notify", "WATCHDOG_USEC": "50000", "WATCHDOG_PID": "1"}):
        assert sock.recv(4096).startswith(b"READY=1")
        sock.settimeout(0.5)
        try:
            assert sock.recv(4096) == b"STOPPING=1"
        except TimeoutError:
            pass
    sock.close()
    os.unlink(f"{os.getcwd()}/notify")


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20, check=False)


def case_command_line():
    """--version, --help; what is wrong is told with the usage, exit 2"""
    assert run("--version").stdout.startswith("coldstreamd ")
    assert "usage" in run("--help").stdout and run("--help").returncode == 0
    for wrong in (["--odd"], ["--config"], ["extra"], ["--bus-address"]):
        done = run(*wrong)
        assert done.returncode == 2 and "usage" in done.stderr, done


def case_check_config():
    """--check-config: 0 and what was read, or 2 with file and line"""
    os.makedirs("etc/instances.d", exist_ok=True)

    def write(name, text):
        with open(f"etc/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    write("c.conf", 'service: { log_level = "debug"; };\n')
    write("instances.d/b.conf", 'instance: { label = "two"; system_path = "/srv/a b"; databases = ( "/srv/%x/a.edb" ); };\n')
    write("instances.d/a.conf", 'instance: { label = "one"; system_path = "/srv/one"; databases = ( "/srv/one/a.edb" ); };\n')
    write("instances.d/c.conf.bak", "nonsense")
    done = run("--check-config", "etc/c.conf")
    assert done.returncode == 0 and done.stdout.index("instance one") < done.stdout.index("instance two"), done
    dropin = run("--config", "etc/c.conf", "--print-unit-dropin").stdout
    assert dropin == '[Service]\nReadWritePaths="/srv/one"\nReadWritePaths="/srv/a b"\nReadWritePaths="/srv/%%x"\n', dropin
    write("instances.d/c.conf", "\n\ninstance: { label = 7; };\n")
    done = run("--check-config", "etc/c.conf")
    assert done.returncode == 2 and "c.conf:3:" in done.stderr, done
    assert run("--config", "etc/c.conf").returncode == 2
    assert run("--check-config", "etc/none.conf").returncode == 2


def case_no_bus():
    """without a bus the service says so and exits 1"""
    os.makedirs("empty", exist_ok=True)
    with open("empty/c.conf", "w", encoding="utf-8") as file:
        file.write("")
    done = run("--config", "empty/c.conf", "--bus-address", f"unix:path={os.getcwd()}/nothing")
    assert done.returncode == 1 and "the bus cannot be reached" in done.stderr, done


def case_failed_instance():
    """an instance that cannot be opened is failed, with its error; the others run"""
    with Fixture(instances=["mail", "news"]) as f:
        client = f.client()
        with open(f"{f.folder}/instances.d/bad.conf", "w", encoding="utf-8") as file:
            file.write('instance: { label = "bad"; system_path = "/nowhere/at/all"; databases = ( "/nowhere/x.edb" ); };\n')
        client.manager("Reload")
        wait_for(lambda: ("bad", f"{ROOT}/instance/bad", "failed") in client.manager("ListInstances").values[0])
        assert client.get(f"{ROOT}/instance/bad", "Error") < 0
        client.whole_backup()
        snapshot = client.manager("Freeze", "asa{sv}", [[], {}]).values[0]
        assert len(client.get(snapshot, "Instances")) == 2
        assert client.manager("Thaw").values == [2]


run_cases(globals())
