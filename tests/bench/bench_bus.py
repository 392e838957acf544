#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_bus.py - what the service costs, over a bus of its own, all in one run:

    COLDSTREAM=... COLDSTREAMD=... python3 tests/bench/bench_bus.py [--size 512M] [--stops 300] [--writers 100] [--instances 1000]

    stream      a database through the service into "cat >/dev/null", against "cat FILE | cat >/dev/null" over a pipe of the same size, by
                turns, with the file in the page cache: medians and their ratio
    stop        Instance.StopBackups over the bus, while the client does not read its pipe: p50, p99, max
    freeze      Manager.Freeze of that many registered writers, which answer at once
    messages    method calls of a whole backup of one database and its logs
    memory      resident memory of the service with one instance, and with that many registered

Ratios mean something, rates are this machine's. The files lie in TMPDIR.
"""
import argparse
import fcntl
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from bus_service import MANAGER, NAME, ROOT, WRITER, Fixture  # noqa: E402
from dbus_wire import Bus  # noqa: E402

F_SETPIPE_SZ, PIPE_BYTES = 1031, 1 << 20
ROUNDS = 5


class Sample(Fixture):
    """The one instance has a large database that was made before."""

    def __init__(self, size):
        super().__init__(service="page_size = 8192; max_writers = 100; max_objects_of_client = 1000;")
        folder = f"{self.folder}/mail"
        os.mkdir(folder)
        subprocess.run([os.environ["COLDSTREAM"], "demo", "--make", f"{folder}/mail.edb", "--size", size, "--page-size", "8192"],
                       check=True, stdout=subprocess.DEVNULL)


def milliseconds(function, *arguments):
    begin = time.monotonic()
    function(*arguments)
    return (time.monotonic() - begin) * 1000


def to_nowhere(fd):
    with open("/dev/null", "wb") as nowhere:
        subprocess.run(["cat"], stdin=fd, stdout=nowhere, check=True)
    os.close(fd)


def stream_file(path):
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, F_SETPIPE_SZ, PIPE_BYTES)
    with subprocess.Popen(["cat", path], stdout=write_end):
        os.close(write_end)
        to_nowhere(read_end)


def stream_service(client, backup, path):
    number, fd, size = client.open(backup, path)
    to_nowhere(fd)
    sent, _, status = client.on(backup, "CloseFile", "u", [number]).values
    assert sent == size and status == 0, (sent, size, status)


def bench_stream(client):
    backup = client.begin()
    path, size = client.files(backup)[0]
    cat, service = [], []
    for _ in range(ROUNDS + 1):
        cat.append(milliseconds(stream_file, path))
        service.append(milliseconds(stream_service, client, backup, path))
    cat, service = statistics.median(cat[1:]), statistics.median(service[1:])
    client.on(backup, "End", "u", [2])
    print(f"stream of {size / 2**20:.0f} MiB: cat {size / cat / 1e6:.2f} GB/s, the service {size / service / 1e6:.2f} GB/s, "
          f"ratio {cat / service:.2f}")


def bench_stop(client, stopper, times):
    taken = []
    instance = client.instance()
    for _ in range(times):
        backup = client.begin()
        _, fd, _ = client.open(backup, client.files(backup)[0][0])
        taken.append(milliseconds(stopper.on, instance, "StopBackups", "s", ["bench"]))
        os.close(fd)
        client.on(backup, "End", "u", [1])
    taken.sort()
    print(f"stop over the bus, the client does not read, {times} times: p50 {taken[times // 2]:.2f} ms, "
          f"p99 {taken[times * 99 // 100]:.2f} ms, max {taken[-1]:.2f} ms")


def bench_messages(client):
    counted = [0]
    call = client.call

    def counting(*arguments, **more):
        counted[0] += 1
        return call(*arguments, **more)

    client.call = counting
    fetched = client.whole_backup()
    client.call = call
    print(f"messages of a whole backup of {len(fetched)} files: {counted[0]} calls and their answers")


def answer_all(address, count, ready, end):
    """A process with that many writers, which do what is asked of them by saying so."""
    bus = Bus(address)
    for i in range(count):
        bus.call(NAME, ROOT, MANAGER, "RegisterWriter", "soa{sv}", [f"writer{i}", f"/org/coldstream/Backup1/writer/{i + 1}", {}])
    os.write(ready, b"1")
    try:
        bus.serve(lambda message: bus.reply(message) if message.interface == WRITER else None)
    except Exception:
        os._exit(0)  # the bus has gone
    os.close(end)


def bench_freeze(fixture, client, writers):
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        answer_all(fixture.address, writers, told, ready)
        os._exit(0)
    os.read(ready, 1)
    taken = []
    for _ in range(20):
        taken.append(milliseconds(client.manager, "Freeze", "asa{sv}", [[], {}]))
        client.manager("Thaw")
    taken.sort()
    print(f"freeze of {writers} registered writers and an instance, 20 times: p50 {taken[10]:.1f} ms, max {taken[-1]:.1f} ms")
    os.kill(child, 15)
    os.waitpid(child, 0)


def resident_kib(fixture):
    with open(f"/proc/{fixture.service.pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def bench_memory(instances):
    with Fixture() as f:
        one = resident_kib(f)
    labels = [f"i{number}" for number in range(instances)]
    with Many(labels) as f:
        many = resident_kib(f)
    print(f"memory of the service: {one / 1024:.1f} MiB with an instance, {many / 1024:.1f} MiB with {instances}")


class Many(Fixture):
    """More instances than a test has."""

    def write_config(self):
        super().write_config()
        path = f"{self.folder}/coldstream.conf"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("max_instances = 40", "max_instances = 2048"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="512M")
    parser.add_argument("--stops", type=int, default=300)
    parser.add_argument("--writers", type=int, default=100)
    parser.add_argument("--instances", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coldstream-bench.") as folder:
        os.chdir(folder)
        with Sample(options.size) as f:
            client, stopper = f.client(), f.client()
            bench_stream(client)
            bench_stop(client, stopper, options.stops)
            bench_messages(client)
            bench_freeze(f, client, options.writers)
        bench_memory(options.instances)
        os.chdir("/")


if __name__ == "__main__":
    main()
