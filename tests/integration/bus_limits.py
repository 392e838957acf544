# SPDX-License-Identifier: MIT
"""bus_limits.py - what is too much: descriptors, bytes, clients, objects, calls. The service stays on the bus."""
import os

from dbus_wire import CALL, NO_REPLY, Error, Gone, Timeout
from bus_service import (BACKUP, ERROR, INSTANCE, MANAGER, NAME, ROOT, STANDARD_ERROR, Fixture, expect_error, run_cases, wait_for)
from bus_writer import Writer


def alive(f):
    assert f.service.poll() is None, f.log()
    client = f.client()
    labels = client.manager("ListInstances").values[0]
    client.close()
    f.clients.remove(client)
    return labels


def send_descriptors(client, count):
    """A call with so many descriptors that nobody asked for; what the bus does with the sender is the bus's affair."""
    fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(count)]
    try:
        client.call(NAME, ROOT, MANAGER, "Thaw", "a" + "h", [list(range(count))], fds=fds, timeout=3)
    except (Error, Gone, Timeout, OSError):
        pass
    finally:
        for fd in fds:
            os.close(fd)


def case_descriptors():
    """17 and 253 descriptors in a message do not take the service off the bus, whatever the bus lets through"""
    for limit in (16, 253):
        with Fixture(max_fds=limit) as f:
            for count in (1, 16, 17, 200, 253):
                before = f.descriptors()
                send_descriptors(f.client(), count)
                alive(f)
                wait_for(lambda: f.descriptors() <= before + 1)


def case_big_message():
    """33 MiB in one message: refused by the bus or by the service, which goes on"""
    with Fixture() as f:
        client = f.client()
        for size in (1 << 20, 33 << 20):
            try:
                client.manager("StopAllBackups", "s", ["x" * size], timeout=20)
            except (Error, Gone, Timeout, OSError):
                client = f.client()
            alive(f)


def case_big_calls():
    """half a MiB is the most that a call may have, 2 MiB all of a client's; a call with a descriptor is refused; the reason is cut"""
    with Fixture(instances=[]) as f:
        writer = Writer(f.address).start()
        writer.answers["Stop"] = None
        client = f.client()
        expect_error("LimitsExceeded", client.manager, "StopAllBackups", "s", ["x" * (600 << 10)])
        with open("/dev/null", encoding="ascii") as file:
            text = expect_error(STANDARD_ERROR + "InvalidArgs", client.manager, "Freeze", "asa{sv}", [[], {"detached": ("h", 0)}], fds=[file.fileno()])
        assert "descriptor" in text, text
        stop = (NAME, writer.instance, INSTANCE, "StopBackups", "s", ["x" * (500 << 10)])
        serials = [client.send_call(*stop) for _ in range(5)]
        expect_error("LimitsExceeded", client.wait, serials[-1])
        wait_for(lambda: len(writer.calls) == 4)
        assert writer.calls[0] == ("Stop", ["x" * 127])
        writer.die()
        for serial in serials[:4]:
            expect_error("WriterLost", client.wait, serial)
        alive(f)


def case_huge_calls():
    """three clients that the service does not know yet send 31 MiB each: none keeps it from answering others"""
    with Fixture() as f:
        other = f.client()
        senders = [f.client() for _ in range(3)]
        serials = [client.send_call(NAME, ROOT, MANAGER, "StopAllBackups", "s", ["x" * (31 << 20)]) for client in senders]
        other.manager("ListInstances", timeout=15)
        for client, serial in zip(senders, serials):
            expect_error("LimitsExceeded", client.wait, serial, timeout=15)


def case_hostile_writer():
    """an application with an error name of 250 bytes, an object that is the bus's own, a base name without end, a list of 17 MiB"""
    with Fixture(instances=[]) as f:
        client = f.client()
        for path, base_name in (("/org/freedesktop/DBus/Local", "edb"), (f"{ROOT}/writer", "edb"), (f"{ROOT}/writer/" + "x" * 34, "edb"),
                                (f"{ROOT}/writer/1", "x" * 17)):
            expect_error(STANDARD_ERROR + "InvalidArgs", client.manager, "RegisterWriter", "soa{sv}", ["x", path, {"base-name": ("s", base_name)}])
        writer = Writer(f.address, path=f"{ROOT}/writer/" + "x" * 33, properties={"base-name": ("s", "x" * 16)}).start()
        long_name = (ERROR + "x" * 158)[:158] + ".x" * 46
        writer.answers["Freeze"] = lambda message: writer.bus.error(message, long_name)
        expect_error("WriterLost", client.manager, "Freeze", "asa{sv}", [[], {}])
        alive(f)
        writer.answers["GetAttachInfo"] = lambda message: writer.bus.reply(message, "a(ayt)u", [[(b"x" * (17 << 20), 1)], 1])
        backup = client.begin("shop")
        expect_error("WriterLost", client.files, backup)
        client.on(backup, "End", "u", [2])
        alive(f)


def case_wrong_message():
    """messages without sense are not believed: a body that is cut, a signature of 255 arrays, a path of 60 KiB"""
    with Fixture() as f:
        for signature, body in (("s", b"\xff\xff\xff\xff"), ("a" * 255, b""), ("as", b"\x04\0\0\0\xff\xff\xff\x7f")):
            client = f.client()
            try:
                client.send_raw(CALL, {"destination": NAME, "path": ROOT, "interface": MANAGER, "member": "ListInstances"}, signature, body)
                client.pump(0.2)
            except (Gone, OSError):
                pass
            alive(f)
        client = f.client()
        expect_error(STANDARD_ERROR + "UnknownObject", client.call, NAME, ROOT + "/x" * 30000, MANAGER, "ListInstances")
        alive(f)


def case_clients():
    """600 clients at a time, a call of each under way: answered or refused, and forgotten when they go"""
    with Fixture() as f:
        clients = [f.client() for _ in range(600)]
        serials = [client.send_call(NAME, ROOT, MANAGER, "ListInstances") for client in clients]
        answered = 0
        for client, serial in zip(clients, serials):
            try:
                client.wait(serial)
                answered += 1
            except Error as error:
                assert error.name.endswith("LimitsExceeded"), error
        assert answered >= 300, answered
        for client in clients:
            client.close()
        alive(f)


def case_objects():
    """600 registrations: 32 objects a client, 100 writers in all; they are listed, and go with their clients"""
    with Fixture(service="max_writers = 100;", instances=[]) as f:
        admin = f.client()
        writers = f.client()
        made, refused = 0, 0
        for number in range(600):
            try:
                writers.manager("RegisterWriter", "soa{sv}", [f"w{number}", f"{ROOT}/writer/{number}", {}])
                made += 1
            except Error as error:
                assert error.name.endswith("LimitsExceeded"), error
                refused += 1
        assert made == 32 and refused == 568, (made, refused)
        more = [f.client() for _ in range(3)]
        for index, client in enumerate(more):
            for number in range(32):
                try:
                    client.manager("RegisterWriter", "soa{sv}", [f"m{index}.{number}", f"{ROOT}/writer/{number}", {}])
                    made += 1
                except Error as error:
                    assert error.name.endswith("LimitsExceeded"), error
        assert made == 100, made
        objects = admin.call(NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").values[0]
        assert len(objects) == 100
        for client in [writers] + more:
            client.close()
        wait_for(lambda: not admin.call(NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").values[0])


def case_calls():
    """a client with thousands of calls under way is limited, others are served"""
    with Fixture(instances=[]) as f:
        silent = [f.client(), f.client()]
        stops = [(NAME, silent[number % 2].manager("RegisterWriter", "soa{sv}", [f"w{number}", f"{ROOT}/writer/{number}", {}]).values[0],
                  INSTANCE, "StopBackups", "s", [""]) for number in range(34)]
        client, other = f.client(), f.client()
        serials = [client.send_call(*stop) for stop in stops for _ in range(8)]
        for serial in serials[256:]:
            expect_error("LimitsExceeded", client.wait, serial)
        other.manager("ListInstances")
        for one in silent:
            one.close()
        for serial in serials[:256]:
            expect_error("WriterLost", client.wait, serial)
        other.manager("ListInstances")


def case_silent_writer():
    """an application that does not answer is asked eight things at a time; what wants no answer says so; an answer makes room again"""
    with Fixture(instances=[]) as f:
        writer, good = Writer(f.address).start(), Writer(f.address, "good").start()
        kept = []
        writer.answers["GetAttachInfo"] = kept.append
        client = f.client()
        backup = client.begin("shop")
        serials = [client.send_call(NAME, backup, BACKUP, "GetAttachInfo", "u", [0]) for _ in range(9)]
        expect_error("WriterLost", client.wait, serials[8])
        client.whole_backup("good")
        wait_for(lambda: len(kept) == 8)
        writer.GetAttachInfo(kept.pop(0))
        client.wait(serials[0])
        assert len(kept) == 7
        writer.answers["End"] = kept.append
        client.send_call(NAME, backup, BACKUP, "GetLogInfo", "u", [0])
        wait_for(lambda: "GetLogInfo" in writer.verbs())
        client.close()
        wait_for(lambda: "End" in writer.verbs())
        assert kept[-1].member == "End" and kept[-1].flags & NO_REPLY


def case_backups():
    """max_backups holds for all instances together"""
    with Fixture(instances=["mail", "news", "shop"], service="max_backups = 2;") as f:
        client = f.client()
        first = client.begin("mail")
        client.begin("news")
        expect_error("LimitsExceeded", client.begin, "shop")
        client.on(first, "End", "u", [2])
        client.begin("shop")


run_cases(globals())
