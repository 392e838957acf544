# SPDX-License-Identifier: MIT
"""bus_backup.py - a whole backup over the bus; every method in the wrong state, by the wrong client, with wrong arguments."""
import os
import subprocess
import xml.etree.ElementTree as tree

from dbus_wire import Error
from bus_service import (BACKUP, ERROR, INSTANCE, MANAGER, NAME, PROPERTIES, ROOT, STANDARD_ERROR, Fixture, crc32c, expect_error,
                         run_cases, wait_for)

INVALID = STANDARD_ERROR + "InvalidArgs"
DENIED = STANDARD_ERROR + "AccessDenied"


def case_whole_backup():
    """a whole backup over the bus: every file as announced, with its CRC-32C; what was saved recovers"""
    with Fixture() as f:
        client = f.client()
        into = f"{f.folder}/saved"
        os.mkdir(into)
        fetched = client.whole_backup(into=into)
        assert len(fetched) >= 2, fetched
        for content, size, sent, crc, status in fetched:
            assert len(content) == size == sent and status == 0
            assert crc32c(content) == crc
        assert client.get(client.instance(), "ActiveBackup") == "/"
        assert client.get(client.instance(), "LastFullBackup")[0] > 0
        subprocess.run([os.environ["COLDSTREAM"], "recover", into], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([os.environ["COLDSTREAM"], "verify", f"{into}/mail.edb"], check=True, stdout=subprocess.DEVNULL)


def case_incremental():
    """an incremental backup follows a full one, and is refused in front of the first"""
    with Fixture() as f:
        client = f.client()
        expect_error("MissingFullBackup", client.begin, grbit=1)
        client.whole_backup()
        backup = client.begin(grbit=1)
        expect_error("InvalidBackupSequence", client.files, backup)
        assert client.files(backup, "GetLogInfo")
        client.on(backup, "End", "u", [1])


def case_wrong_state():
    """calls out of the API's order are InvalidBackupSequence, a second begin is BackupInProgress"""
    with Fixture() as f:
        client = f.client()
        backup = client.begin()
        expect_error("BackupInProgress", client.begin)
        expect_error("InvalidBackupSequence", client.on, backup, "TruncateLog")
        client.files(backup)
        expect_error("FileNotFound", client.open, backup, b"/etc/passwd")
        expect_error("FileNotFound", client.open, backup, f"{f.folder}/mail/../mail/mail.edb".encode())
        expect_error(INVALID, client.on, backup, "CloseFile", "u", [99])
        number, fd, _ = client.open(backup, client.files(backup)[0][0])
        os.close(fd)
        expect_error("LimitsExceeded", client.open, backup, client.files(backup)[0][0])
        client.on(backup, "CloseFile", "u", [number])
        expect_error(INVALID, client.on, backup, "CloseFile", "u", [number])
        client.on(backup, "End", "u", [1])
        expect_error(STANDARD_ERROR + "UnknownObject", client.on, backup, "End", "u", [1])
        client.on(client.begin(), "End", "u", [2])


def case_wrong_owner():
    """a backup answers its own client only, but for the stop and its properties"""
    with Fixture() as f:
        client, other = f.client(), f.client()
        backup = client.begin()
        for member, signature, values in (("GetAttachInfo", "u", [0]), ("OpenFile", "aya{sv}", [b"x", {}]), ("CloseFile", "u", [1]),
                                          ("GetLogInfo", "u", [0]), ("GetTruncateLogInfo", "u", [0]), ("TruncateLog", "", []), ("End", "u", [1])):
            expect_error(DENIED, other.on, backup, member, signature, values)
        assert other.get(backup, "Owner") == client.name
        other.on(backup, "Stop", "s", ["enough"])
        expect_error("BackupAbortByServer", client.files, backup)
        wait_for(lambda: client.get(backup, "Phase") == "stopped")  # who is told first is left to the machine
        assert client.get(backup, "StopReason") == "enough"
        client.on(backup, "End", "u", [1])


def case_wrong_arguments():
    """unknown options, wrong types, values out of range, names that are no UTF-8: errors, and the service lives"""
    with Fixture() as f:
        client = f.client()
        instance = client.instance()
        for options in ({"unknown": ("b", True)}, {"progress": ("u", 1)}, {"idle-timeout-ms": ("u", 1)}, {"transport": ("s", "carrier pigeon")},
                        {"max-rate": ("u", 5)}, {"label": ("s", "x" * 65)}):
            expect_error(INVALID, client.on, instance, "BeginBackup", "ua{sv}", [0, options])
        expect_error(INVALID, client.on, instance, "BeginBackup", "u", [0])
        expect_error(INVALID, client.on, instance, "BeginBackup", "ua{ss}", [0, {}])
        expect_error("InvalidGrbit", client.begin, grbit=0x80000000)
        backup = client.on(instance, "BeginBackup", "ua{sv}", [0, {"label": ("s", "nightly")}]).values[0]
        wait_for(lambda: "label=nightly" in f.log())
        client.files(backup)
        for path in (b"", b"/tmp/\xff\xfe.edb", b"a\0b", b"x" * 5000, b"\xc3"):
            try:
                client.open(backup, path)
                raise AssertionError(path)
            except Error as error:
                assert error.name in (INVALID, ERROR + "FileNotFound"), error
        path = client.files(backup)[0][0]
        expect_error(INVALID, client.on, backup, "OpenFile", "aya{sv}", [path, {"offset": ("u", 0)}])
        expect_error("InvalidParameter", client.open, backup, path, offset=("t", 1))
        expect_error("InvalidParameter", client.open, backup, path, offset=("t", 2**64 - 4096), length=("t", 2**64 - 1))
        expect_error(INVALID, client.on, backup, "OpenFile", "say", ["x", b""])
        client.on(backup, "Stop", "s", ["x" * 100000])
        client.on(backup, "End", "u", [1])
        expect_error("NoSuchInstance", client.instance, "n\u00f6")
        expect_error(STANDARD_ERROR + "UnknownMethod", client.manager, "Explode")
        expect_error(STANDARD_ERROR + "UnknownInterface", client.call, NAME, ROOT, "a.b", "C")
        expect_error(STANDARD_ERROR + "UnknownObject", client.call, NAME, ROOT + "/instance/none", INSTANCE, "StopBackups", "s", [""])
        expect_error(STANDARD_ERROR + "UnknownObject", client.call, NAME, "/elsewhere", MANAGER, "ListInstances")
        assert client.call(NAME, ROOT, None, "ListInstances").values[0]
        assert f.service.poll() is None


def case_part_of_a_file():
    """offset and length give that part of the file"""
    with Fixture() as f:
        client = f.client()
        backup = client.begin()
        path = client.files(backup)[0][0]
        whole, *_ = client.fetch(backup, path)
        number, fd, size = client.open(backup, path, offset=("t", 8 * 4096), length=("t", 4 * 4096))
        with os.fdopen(fd, "rb") as stream:
            part = stream.read()
        assert size == len(part) == 4 * 4096 and part == whole[8 * 4096:12 * 4096]
        client.on(backup, "CloseFile", "u", [number])
        client.on(backup, "End", "u", [1])


def case_stop():
    """a stop while the client does not read returns at once; then BackupAbortByServer, CloseFile -801, End, and the next backup works"""
    with Fixture() as f:
        client, admin = f.client(), f.client()
        instance = client.instance()
        admin.match(f"type='signal',interface='{BACKUP}'")
        backup = client.begin()
        number, fd, size = client.open(backup, client.files(backup)[0][0])
        assert admin.on(instance, "StopBackups", "s", ["night is over"], timeout=10).values == [1]
        assert admin.on(instance, "StopBackups", "s", ["again"], timeout=10).values == [0]
        expect_error("BackupAbortByServer", client.files, backup)
        expect_error("BackupAbortByServer", client.on, backup, "GetLogInfo", "u", [0])
        expect_error("BackupAbortByServer", client.on, backup, "TruncateLog")
        with os.fdopen(fd, "rb") as stream:
            assert len(stream.read()) <= size
        sent, _, status = client.on(backup, "CloseFile", "u", [number]).values
        assert status == -801 or sent == size
        client.on(backup, "End", "u", [1])
        assert admin.pump(5, lambda: {"Stopped", "Ended"} <= {signal.member for signal in admin.signals}), admin.signals
        stopped = [signal for signal in admin.signals if signal.member == "Stopped"]
        assert len(stopped) == 1 and stopped[0].values == ["night is over", -801], stopped
        client.whole_backup()
        client.begin()
        assert admin.manager("StopAllBackups", "s", ["all"]).values == [1]


def case_properties():
    """properties: all of the XML, told when they change, read-only; objects come and go in ObjectManager"""
    with Fixture() as f:
        client, watcher = f.client(), f.client()
        watcher.match(f"type='signal',sender='{NAME}'")
        paths = [ROOT, client.instance()]
        backup = client.begin()
        paths.append(backup)
        snapshot_free = client.call(NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").values[0]
        assert set(snapshot_free) == set(paths[1:]), snapshot_free
        for path in paths:
            text = client.call(NAME, path, "org.freedesktop.DBus.Introspectable", "Introspect").values[0]
            ours = [one for one in tree.fromstring(text.split("\n", 2)[-1][text.split("\n", 2)[-1].index("<node"):]).findall("interface")
                    if one.get("name").startswith(NAME)]
            assert len(ours) == 1
            names = {one.get("name") for one in ours[0].findall("property")}
            assert names == set(client.get_all(path)), (path, names)
            expect_error(STANDARD_ERROR + "PropertyReadOnly", client.call, NAME, path, PROPERTIES, "Set", "ssv",
                         ["", sorted(names)[0], ("s", "x")])
            expect_error(STANDARD_ERROR + "UnknownProperty", client.get, path, "Nothing")
        client.on(backup, "End", "u", [1])
        wanted = {"InterfacesAdded", "InterfacesRemoved", "PropertiesChanged"}
        assert watcher.pump(5, lambda: wanted <= {signal.member for signal in watcher.signals})
        changed = [signal.values for signal in watcher.signals if signal.member == "PropertiesChanged"]
        assert any("ActiveBackup" in values[1] for values in changed), changed
        assert any(values[0] == MANAGER and "ActiveBackups" in values[1] for values in changed), changed


def case_introspection_of_folders():
    """the folders between objects can be introspected and name their children"""
    with Fixture() as f:
        client = f.client()
        for path, child in (("/", "org"), ("/org/coldstream", "Backup1"), (ROOT, "instance"), (ROOT + "/instance", "mail")):
            text = client.call(NAME, path, "org.freedesktop.DBus.Introspectable", "Introspect").values[0]
            assert f'<node name="{child}"/>' in text, (path, text)


def case_progress():
    """the signal Progress comes to the owner who asked for it, and to nobody else"""
    with Fixture() as f:
        client, other = f.client(), f.client()
        other.match(f"type='signal',interface='{BACKUP}',member='Progress'")
        backup = client.begin(progress=("b", True), **{"max-rate": ("t", 500000)})
        number, fd, size = client.open(backup, client.files(backup)[0][0])
        received = []
        wait_for(lambda: client.pump(0.05) or received.append(len(os.read(fd, 65536))) or
                 any(signal.member == "Progress" for signal in client.signals), 10)
        done, total, path = next(signal for signal in client.signals if signal.member == "Progress").values
        assert 0 < done <= total + 8192 and path.endswith(b"mail.edb"), (done, total, path)
        other.pump(0.3)
        assert not [signal for signal in other.signals if signal.interface == BACKUP]
        os.close(fd)
        sent, _, _ = client.on(backup, "CloseFile", "u", [number]).values
        assert sent < size


def case_idle_time_out():
    """a backup without a call and without a byte is stopped behind its time-out"""
    with Fixture() as f:
        client = f.client()
        backup = client.begin(**{"idle-timeout-ms": ("u", 1000)})
        wait_for(lambda: client.get(backup, "Phase") == "stopped", 10)
        client.on(backup, "End", "u", [1])


def case_socket():
    """transport=socket gives a stream socket"""
    with Fixture() as f:
        client = f.client()
        backup = client.begin(transport=("s", "socket"))
        number, fd, size = client.open(backup, client.files(backup)[0][0])
        assert os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
        with os.fdopen(fd, "rb") as stream:
            assert len(stream.read()) == size
        assert client.on(backup, "CloseFile", "u", [number]).values[2] == 0
        client.on(backup, "End", "u", [1])


run_cases(globals())
