# SPDX-License-Identifier: MIT
"""bus_application.py - an application that writes all the time lends its instance through libesent.so: backed up, frozen, killed.

From the environment, besides bus_service.py's: COLDSTREAM, the command line; LENT_ROWS, the application."""
import os
import pwd
import shutil
import signal
import subprocess
import threading

from bus_service import ERROR, ROOT, STANDARD_ERROR, Fixture, crc32c, expect_error, read_all, run_cases, wait_for
from dbus_wire import Error

WRITERS = f'{{ label = "shop"; user = "{pwd.getpwuid(os.getuid()).pw_name}"; }}'


class Application:
    """Its rows as they were told: a number for each of its threads."""

    def __init__(self, fixture):
        self.folder = f"{fixture.folder}/shop"
        os.makedirs(self.folder, exist_ok=True)
        self.rows, self.registered = {}, False
        self.process = subprocess.Popen([os.environ["LENT_ROWS"], self.folder, "shop", fixture.address], stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        for line in self.process.stdout:
            words = line.split()
            if words[0] == b"row":
                self.rows[words[1]] = int(words[2])
            else:
                self.registered = words[0] == b"registered"

    def __enter__(self):
        wait_for(lambda: self.process.poll() is not None or (self.registered and len(self.rows) == 3), 30)
        assert self.process.poll() is None, "the application has ended"
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join()

    def write(self, more=30):
        """Returns when it has gone on."""
        goal = sum(self.rows.values()) + more
        wait_for(lambda: sum(self.rows.values()) >= goal, 30)

    def end(self):
        self.process.terminate()
        return self.process.wait(20)


def recovered_rows(folder):
    """Of a copy, by nothing but the tools: numbers by thread."""
    subprocess.run([os.environ["COLDSTREAM"], "recover", "-q", folder], check=True, stdout=subprocess.DEVNULL)
    for name in os.listdir(folder):
        if name != "rows.edb":
            os.unlink(os.path.join(folder, name))
    lines = subprocess.run([os.environ["LENT_ROWS"], folder], check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return {line.split()[1]: int(line.split()[2]) for line in lines}


def check_copy(folder, least):
    rows = recovered_rows(folder)
    for thread, number in least.items():
        assert rows[thread] >= number, f"thread {thread}: {rows[thread]} rows, and {number} were committed"


def case_backup():
    """a live application is backed up through the service; every row that was committed before is in the copy"""
    with Fixture(writers=WRITERS) as f, Application(f) as shop:
        shop.write(200)
        least = dict(shop.rows)
        client = f.client()
        target = f"{f.folder}/copy"
        os.mkdir(target)
        for content, size, sent, crc, status in client.whole_backup("shop", into=target):
            assert len(content) == size == sent and status == 0 and crc == crc32c(content)
        shop.write()
        assert client.get(client.instance("shop"), "Kind") == "registered"
        wait_for(lambda: client.get(client.instance("shop"), "LastFullBackup")[2] > 0)
        check_copy(target, least)
        assert shop.end() == 0
        expect_error("NoSuchInstance", client.instance, "shop")


def case_killed():
    """killed in mid-stream: the stream ends short, and the client learns that it is not the end; the rows survive"""
    with Fixture(writers=WRITERS) as f, Application(f) as shop:
        client = f.client()
        backup = client.begin("shop")
        number, fd, size = client.open(backup, client.files(backup)[0][0])
        os.read(fd, 100000)
        shop.process.kill()
        assert len(read_all(fd)) < size
        try:  # sent before the service has learned of it, or after
            client.on(backup, "CloseFile", "u", [number])
            raise AssertionError("a file of an application that is gone was closed with success")
        except Error as error:
            assert error.name in (STANDARD_ERROR + "UnknownObject", ERROR + "WriterLost"), error.name
        wait_for(lambda: client.get(ROOT, "ActiveBackups") == 0)
        client.whole_backup("mail")
        shop.process.wait()
        shop.thread.join()
        check_copy(shop.folder, dict(shop.rows))


def case_service_killed():
    """the service is killed in mid-stream: the application goes on, its backup is gone, and it registers with the next service"""
    with Fixture(writers=WRITERS) as f, Application(f) as shop:
        client = f.client()
        backup = client.begin("shop", **{"max-rate": ("t", 100000)})  # the application has time to learn of it
        _, fd, size = client.open(backup, client.files(backup)[0][0])
        f.stop(signal.SIGKILL)
        assert len(read_all(fd)) < size
        shop.write()
        f.start()
        wait_for(lambda: shop.registered, 20)
        wait_for(lambda: any(label == "shop" for label, _, _ in client.manager("ListInstances").values[0]), 20)
        client.whole_backup("shop")
        assert shop.end() == 0


def case_frozen():
    """configured and lent instances are frozen together although a client of each sleeps; what is copied meanwhile is recovered"""
    with Fixture(writers=WRITERS) as f, Application(f) as shop:
        client, sleeper = f.client(), f.client()
        kept = []
        for label in ("mail", "shop"):
            backup = sleeper.begin(label)
            kept.append((backup, *sleeper.open(backup, sleeper.files(backup)[0][0])))
        shop.write(100)
        least = dict(shop.rows)
        client.manager("Freeze", "asa{sv}", [[], {"timeout-ms": ("u", 20000)}])
        assert client.get(client.instance("shop"), "State") == "frozen"
        shutil.copytree(shop.folder, f"{f.folder}/frozen", ignore=shutil.ignore_patterns("tmp.edb"))
        assert client.manager("Thaw").values[0] == 2
        shop.write()
        check_copy(f"{f.folder}/frozen", least)
        for backup, number, fd, size in kept:
            assert len(read_all(fd)) < size
            assert sleeper.on(backup, "CloseFile", "u", [number]).values[2] == -801
            sleeper.on(backup, "End", "u", [1])
        client.whole_backup("shop")
        assert shop.end() == 0


def case_ended():
    """an application that ends in mid-stream ends at once and cleanly; the client is told"""
    with Fixture(writers=WRITERS) as f, Application(f) as shop:
        client = f.client()
        backup = client.begin("shop")
        _, fd, size = client.open(backup, client.files(backup)[0][0])
        assert shop.end() == 0
        assert len(read_all(fd)) < size
        wait_for(lambda: client.get(ROOT, "ActiveBackups") == 0)
        expect_error("NoSuchInstance", client.instance, "shop")


if __name__ == "__main__":
    run_cases(globals())
