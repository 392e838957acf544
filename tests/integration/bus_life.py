# SPDX-License-Identifier: MIT
"""bus_life.py - who dies when: clients, writers, the bus, the service."""
import os
import signal
import time

from bus_service import (INSTANCE, MANAGER, NAME, ROOT, STANDARD_ERROR, Fixture, expect_error, read_all, readable, run_cases, wait_for)
from bus_writer import FILES, Writer

DENIED = STANDARD_ERROR + "AccessDenied"


def settled(f, admin):
    """The service has let go of everything: no backup, and no descriptor of a pipe."""
    wait_for(lambda: admin.get(ROOT, "ActiveBackups") == 0 and f.pipes() == 0)


def case_client_killed():
    """a client that goes behind the begin, or in mid-stream, leaves no object, no thread, no descriptor; the next backup works"""
    with Fixture() as f:
        admin = f.client()
        admin.whole_backup()
        settled(f, admin)
        threads, descriptors = f.threads(), f.descriptors()
        for reads in (None, 0, 5000, 100000):
            client = f.client()
            backup = client.begin()
            if reads is not None:
                _, fd, _ = client.open(backup, client.files(backup)[0][0])
                if reads:
                    os.read(fd, reads)
                os.close(fd)
            client.close()
            wait_for(lambda: admin.get(admin.instance(), "ActiveBackup") == "/")
            settled(f, admin)
        admin.whole_backup()
        settled(f, admin)
        wait_for(lambda: f.threads() <= threads and f.descriptors() <= descriptors)
        assert not [path for path in admin.call(NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").values[0]
                    if "/backup/" in path]


def case_client_killed_before_it_is_handled():
    """a client that dies before its begin is handled (the service sleeps) gets no backup; nothing is left"""
    with Fixture() as f:
        admin = f.client()
        instance = admin.instance()
        for _ in range(5):
            client = f.client()
            client.bus("GetId")
            f.service.send_signal(signal.SIGSTOP)
            client.send_call(NAME, instance, INSTANCE, "BeginBackup", "ua{sv}", [0, {}])
            client.bus("GetId")  # the bus has it
            client.close()
            time.sleep(0.05)
            f.service.send_signal(signal.SIGCONT)
        settled(f, admin)
        assert admin.get(instance, "ActiveBackup") == "/"
        admin.whole_backup()


def case_many_clients_killed():
    """40 clients that die at any moment of a begin leave nothing"""
    with Fixture() as f:
        admin = f.client()
        instance = admin.instance()
        for number in range(40):
            client = f.client()
            client.send_call(NAME, instance, INSTANCE, "BeginBackup", "ua{sv}", [0, {}])
            time.sleep(number * 0.0005)
            client.close()
        settled(f, admin)
        wait_for(lambda: admin.get(instance, "ActiveBackup") == "/")
        admin.whole_backup()


def case_writer_backup():
    """a registered instance is backed up through the service: the bytes come straight from the application"""
    with Fixture() as f:
        writer = Writer(f.address, properties={"state": ("s", "running"), "system-path": ("ay", b"/app"), "circular-logging": ("b", True),
                                               "last-full-backup": ("(tuu)", (7, 1, 2)),
                                               "databases": ("a(ayt)", [(b"/app/shop.edb", 5)])}).start()
        client = f.client()
        values = client.get_all(writer.instance)
        assert values["Kind"] == "registered" and values["Owner"] == writer.bus.name and values["OwnerUid"] == os.getuid()
        assert values["LastFullBackup"] == (7, 1, 2) and values["LastIncrementalBackup"] == (0, 0, 0)
        assert values["SystemPath"] == b"/app" and values["CircularLogging"] and values["Databases"] == [(b"/app/shop.edb", 5)]
        for content, size, sent, _, status in client.whole_backup("shop"):
            assert content in FILES.values() and len(content) == size == sent and status == 0
        assert writer.verbs()[0] == "BeginBackup" and writer.verbs()[-1] == "End", writer.verbs()
        assert client.get(writer.instance, "ActiveBackup") == "/"
        backup = client.begin("shop")
        writer.bus.signal(writer.path, f"{NAME}.Writer", "Progress", "uttay", [int(backup.rsplit("/", 1)[1]), 7, 9, b"/app/x"])
        wait_for(lambda: client.get(backup, "BytesDone") == 7)
        client.on(writer.instance, "StopBackups", "s", ["now"])
        expect_error("BackupAbortByServer", client.files, backup)
        wait_for(lambda: client.get(backup, "Phase") == "stopped")
        client.on(backup, "End", "u", [1])


def case_writer_killed():
    """the writer dies in mid-stream: the stream ends short, the client learns by size and the lost object, the instance is gone"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        writer.answers["OpenFile"] = writer.OpenStuck
        client = f.client()
        client.match(f"type='signal',sender='{NAME}'")
        backup = client.begin("shop")
        _, fd, size = client.open(backup, b"/app/shop.edb")
        writer.die()
        assert len(read_all(fd)) < size
        expect_error(STANDARD_ERROR + "UnknownObject", client.on, backup, "CloseFile", "u", [1])
        assert client.pump(5, lambda: any(one.member == "Ended" for one in client.signals))
        expect_error("NoSuchInstance", client.instance, "shop")
        again = Writer(f.address).start()
        client.whole_backup("shop")
        again.die()


def case_writer_silent():
    """a writer that dies instead of answering is WriterLost for who waits"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        writer.answers["GetAttachInfo"] = None
        client = f.client()
        backup = client.begin("shop")
        serial = client.send_call(NAME, backup, f"{NAME}.Backup", "GetAttachInfo", "u", [0])
        wait_for(lambda: "GetAttachInfo" in writer.verbs())
        writer.die()
        expect_error("WriterLost", client.wait, serial)


def case_writer_dies_at_begin():
    """a writer that dies instead of beginning is WriterLost, and leaves nothing"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        writer.answers["BeginBackup"] = None
        client = f.client()
        serial = client.send_call(NAME, client.instance("shop"), INSTANCE, "BeginBackup", "ua{sv}", [0, {}])
        wait_for(lambda: "BeginBackup" in writer.verbs())
        writer.die()
        expect_error("WriterLost", client.wait, serial)
        wait_for(lambda: client.get(ROOT, "ActiveBackups") == 0)
        client.whole_backup()


def case_begin_without_a_sound_answer():
    """an application whose answer to a begin is none may have begun: it is told to end it; one that refuses is not"""
    with Fixture(instances=[]) as f:
        writer = Writer(f.address).start()
        client = f.client()
        writer.answers["BeginBackup"] = "BackupInProgress"
        expect_error("BackupInProgress", client.begin, "shop")
        writer.answers["BeginBackup"] = lambda message: writer.bus.reply(message, "s", ["nonsense"])
        expect_error("WriterLost", client.begin, "shop")
        wait_for(lambda: "End" in writer.verbs())
        begun = [values[0] for verb, values in writer.calls if verb == "BeginBackup"]
        assert [values for verb, values in writer.calls if verb == "End"] == [[begun[1], 2]], writer.calls


def case_hostile_writer():
    """what a writer answers is not believed: wrong types, a descriptor that is no stream, foreign signals"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        client = f.client()
        backup = client.begin("shop")
        writer.answers["GetAttachInfo"] = lambda message: writer.bus.reply(message, "s", ["nonsense"])
        expect_error("WriterLost", client.files, backup)
        writer.answers["OpenFile"] = writer.OpenOrdinaryFile
        expect_error("WriterLost", client.open, backup, b"/app/shop.edb")
        writer.answers["GetLogInfo"] = lambda message: writer.bus.error(message, "com.example.Odd", "?")
        expect_error("WriterLost", client.on, backup, "GetLogInfo", "u", [0])
        other = f.client()
        other.signal(writer.path, f"{NAME}.Writer", "StateChanged", "s", ["failed"])
        writer.bus.signal(writer.path, f"{NAME}.Writer", "StateChanged", "s", ["no such state"])
        writer.bus.signal(writer.path, f"{NAME}.Writer", "Progress", "uttay", [4711, 1, 2, b""])
        writer.bus.signal(writer.path, f"{NAME}.Writer", "Stopped", "s", ["?"])
        assert client.get(writer.instance, "State") == "running"
        writer.bus.signal(writer.path, f"{NAME}.Writer", "StateChanged", "s", ["recovering"])
        wait_for(lambda: client.get(writer.instance, "State") == "recovering")
        client.on(backup, "End", "u", [1])


def case_stopped_backup_leaves_the_next_alone():
    """a backup that an application has stopped is not stopped again, by its client or by that one's death: the next one goes on"""
    with Fixture(instances=[]) as f:
        writer = Writer(f.address).start()
        client, other = f.client(), f.client()
        first = client.begin("shop")
        writer.bus.signal(writer.path, f"{NAME}.Writer", "Stopped", "us", [int(first.rsplit("/", 1)[1]), "a freeze"])
        wait_for(lambda: client.get(first, "Phase") == "stopped")
        second = other.begin("shop")
        client.on(first, "Stop", "s", ["once more"])
        client.close()
        wait_for(lambda: "End" in writer.verbs())
        assert "Stop" not in writer.verbs(), writer.verbs()
        other.files(second)
        other.on(second, "End", "u", [1])


def case_registration():
    """labels are one writer's; only the owner unregisters; registering again tells new properties"""
    with Fixture(service="max_objects_of_client = 2;") as f:
        writer = Writer(f.address).start()
        other = f.client()
        register = (NAME, ROOT, MANAGER, "RegisterWriter", "soa{sv}")
        a, b, c = (f"{ROOT}/writer/{one}" for one in "abc")
        expect_error("LabelInUse", other.call, *register, ["shop", a, {}])
        expect_error("LabelInUse", other.call, *register, ["mail", a, {}])
        invalid = STANDARD_ERROR + "InvalidArgs"
        for values in (["", a, {}], ["x" * 65, a, {}], ["a\tb", a, {}], ["x", a, {"state": ("s", "odd")}],
                       ["x", a, {"databases": ("as", ["x"])}], ["x", a, {"databases": ("a(ayt)", [(b"", 1)])}], ["x", a, {"odd": ("b", True)}],
                       ["x", a, {"last-full-backup": ("t", 5)}]):
            expect_error(invalid, other.call, *register, values)
        expect_error(DENIED, other.manager, "UnregisterWriter", "o", [writer.instance])
        expect_error("NoSuchInstance", other.manager, "UnregisterWriter", "o", [other.instance("mail")])
        one = other.call(*register, ["one", a, {}]).values[0]
        expect_error(invalid, other.call, *register, ["two", a, {}])
        other.call(*register, ["two", b, {}])
        expect_error("LimitsExceeded", other.call, *register, ["three", c, {}])
        assert other.call(*register, ["one", a, {"base-name": ("s", "abc")}]).values[0] == one
        assert other.get(one, "BaseName") == "abc"
        other.manager("UnregisterWriter", "o", [one])
        expect_error("NoSuchInstance", other.instance, "one")


def case_bus_killed():
    """the bus goes: the service ends its instances and exits non-zero; an application registers with the next one"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        client = f.client()
        client.open(client.begin(), client.files(client.get(client.instance(), "ActiveBackup"))[0][0])
        f.daemon.kill()
        f.daemon.wait()
        assert f.service.wait(20) == 1
        assert "instance ended instance=mail code=0" in f.log()
        writer.join(5)
        assert not writer.is_alive()
        f.start_bus()
        f.start()
        Writer(f.address).start()
        f.client().whole_backup("shop")


def case_bus_killed_while_a_writer_is_asked():
    """the bus goes while an application owes an answer, to a freeze and to a begin: the service ends all the same, non-zero"""
    for verb in ("Freeze", "BeginBackup", "GetAttachInfo"):
        with Fixture(instances=[]) as f:
            writer = Writer(f.address).start()
            writer.answers[verb] = None
            client = f.client()
            if verb == "Freeze":
                client.send_call(NAME, ROOT, MANAGER, "Freeze", "asa{sv}", [[], {}])
            elif verb == "BeginBackup":
                client.send_call(NAME, client.instance("shop"), INSTANCE, "BeginBackup", "ua{sv}", [0, {}])
            else:
                client.send_call(NAME, client.begin("shop"), f"{NAME}.Backup", "GetAttachInfo", "u", [0])
            wait_for(lambda: verb in writer.verbs())
            f.daemon.kill()
            f.daemon.wait()
            assert f.service.wait(5) == 1, verb


def case_terminated():
    """SIGTERM in the middle of a backup and a freeze: both end, the instances are closed, exit 0; a later start recovers"""
    with Fixture(instances=["mail", "news"]) as f:
        client = f.client()
        backup = client.begin("mail")
        _, fd, size = client.open(backup, client.files(backup)[0][0])
        client.manager("Freeze", "asa{sv}", [["news"], {"detached": ("b", True)}])
        assert f.stop() == 0
        assert len(read_all(fd)) <= size
        assert f.log().count("instance ended") == 2, f.log()
        f.start()
        assert all(state == "running" for _, _, state in f.client().manager("ListInstances").values[0])
        f.client().whole_backup()


def case_second_service():
    """a second service on the same bus says that the name is taken, and exits 1"""
    with Fixture() as f:
        first = f.service
        try:
            f.service = None
            import subprocess
            done = subprocess.run([os.environ["COLDSTREAMD"], "--config", f"{f.folder}/coldstream.conf", "--bus-address", f.address],
                                  stderr=subprocess.PIPE, timeout=20, check=False)
            assert done.returncode == 1 and b"another service has it" in done.stderr, done
        finally:
            f.service = first


def case_reload():
    """Reload opens new instances, closes those that are gone, keeps the rest; a bad file changes nothing and is told with its line"""
    with Fixture(instances=["mail", "news"]) as f:
        client = f.client()
        backup = client.begin("mail")
        os.unlink(f"{f.folder}/instances.d/news.conf")
        f.labels = ["mail", "shop"]
        f.write_config()
        client.manager("Reload")
        wait_for(lambda: sorted((label, state) for label, _, state in client.manager("ListInstances").values[0])
                 == [("mail", "running"), ("shop", "running")])
        client.on(backup, "End", "u", [2])
        with open(f"{f.folder}/instances.d/zz.conf", "w", encoding="utf-8") as file:
            file.write("\ninstance: { label = 5; };\n")
        assert "zz.conf:2" in expect_error("ConfigInvalid", client.manager, "Reload")
        os.unlink(f"{f.folder}/instances.d/zz.conf")
        f.service.send_signal(signal.SIGHUP)
        wait_for(lambda: f.log().count("the configuration was read again") == 2)
        client.whole_backup("shop")


run_cases(globals())
