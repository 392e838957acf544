# SPDX-License-Identifier: MIT
"""bus_freeze.py - freezes over the bus: detached and not, deadlines, failures half-way, a service that is killed."""
import hashlib
import os
import signal
import time

from bus_service import (NAME, ROOT, STANDARD_ERROR, WRITER, Fixture, expect_error, run_cases, wait_for)
from bus_writer import Writer


def freeze(client, labels=(), **options):
    return client.manager("Freeze", "asa{sv}", [list(labels), options]).values[0]


DETACHED = {"detached": ("b", True)}


def state_of_files(folder):
    """Content and times of all files."""
    seen = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            seen[name] = hashlib.sha256(file.read()).hexdigest()
    return seen


def case_freeze_thaw():
    """a freeze holds all instances, the thaw says how many; nothing changes meanwhile, and a backup is refused"""
    with Fixture(instances=["mail", "news"]) as f:
        client = f.client()
        snapshot = freeze(client)
        assert client.get(ROOT, "State") == "frozen" and client.get(ROOT, "FreezeDeadline") > time.clock_gettime(time.CLOCK_BOOTTIME) * 1e6
        values = client.get_all(snapshot)
        assert values["State"] == "frozen" and not values["Detached"] and len(values["Instances"]) == 2, values
        assert client.get(client.instance("news"), "State") == "frozen"
        before = state_of_files(f"{f.folder}/mail")
        expect_error("Frozen", client.begin)
        expect_error("OSSnapshotInvalidSequence", freeze, client, ["mail"])
        expect_error("Frozen", client.manager, "Reload")
        time.sleep(0.3)
        assert state_of_files(f"{f.folder}/mail") == before
        assert client.manager("Thaw").values == [2]
        assert client.manager("Thaw").values == [0]
        assert client.get(ROOT, "State") == "running" and client.get(ROOT, "FreezeDeadline") == 0
        client.whole_backup()


def case_backup_gives_way():
    """a freeze ends running backups at once, without waiting for their clients"""
    with Fixture() as f:
        client, other = f.client(), f.client()
        backup = other.begin()
        other.open(backup, other.files(backup)[0][0])
        begin = time.monotonic()
        freeze(client)
        assert time.monotonic() - begin < 5
        wait_for(lambda: other.get(backup, "Phase") == "stopped")
        client.manager("Thaw")
        client.whole_backup()  # it was released, although its client has not noticed
        expect_error("BackupAbortByServer", other.files, backup)
        other.on(backup, "End", "u", [1])
        other.whole_backup()


def case_snapshot_verbs():
    """thaw, truncate, end in their order; abort from anywhere; a snapshot is its client's"""
    with Fixture() as f:
        client, other = f.client(), f.client()
        snapshot = freeze(client, grbit=("u", 4))
        for member in ("Thaw", "Abort", "TruncateLog"):
            expect_error(STANDARD_ERROR + "AccessDenied", other.on, snapshot, member)
        expect_error("OSSnapshotInvalidSequence", client.on, snapshot, "TruncateLog")
        expect_error("OSSnapshotInvalidSequence", client.on, snapshot, "End", "u", [0])
        client.on(snapshot, "Thaw")
        assert client.get(snapshot, "State") == "thawed"
        expect_error("OSSnapshotInvalidSequence", client.on, snapshot, "Thaw")
        client.on(snapshot, "TruncateLog")
        assert client.get(snapshot, "State") == "truncated"
        expect_error("InvalidGrbit", client.on, snapshot, "End", "u", [77])
        client.on(snapshot, "End", "u", [0])
        expect_error(STANDARD_ERROR + "UnknownObject", client.on, snapshot, "End", "u", [0])
        wait_for(lambda: client.get(client.instance(), "LastFullBackup")[0] > 0)
        client.on(freeze(client), "Abort")
        snapshot = freeze(client, grbit=("u", 4))
        client.on(snapshot, "Thaw")
        client.on(snapshot, "Abort")
        client.on(freeze(client), "Thaw")


def case_only_some():
    """an instance that is not part of a freeze can be backed up meanwhile"""
    with Fixture(instances=["mail", "news"]) as f:
        client = f.client()
        freeze(client, ["news"])
        client.whole_backup("mail")
        expect_error("Frozen", client.begin, "news")
        overlapping = ["mail", "news"]
        expect_error("OSSnapshotInvalidSequence", freeze, client, overlapping)
        freeze(client, ["mail"])
        assert client.manager("Thaw").values == [2]


def case_wrong_options():
    """options of a freeze are checked, labels must exist"""
    with Fixture() as f:
        client = f.client()
        for options in ({"timeout-ms": ("u", 999)}, {"timeout-ms": ("u", 600001)}, {"detached": ("u", 1)}, {"odd": ("b", True)}):
            expect_error(STANDARD_ERROR + "InvalidArgs", freeze, client, **options)
        expect_error("InvalidGrbit", freeze, client, grbit=("u", 8))
        expect_error("NoSuchInstance", freeze, client, ["mail", "nobody"])
        assert client.get(ROOT, "State") == "running"
        client.on(freeze(client, ["mail", "mail"]), "Thaw")


def case_owner_gone():
    """a freeze that is not detached ends with its client"""
    with Fixture() as f:
        client, admin = f.client(), f.client()
        freeze(client)
        client.close()
        wait_for(lambda: admin.get(ROOT, "State") == "running")
        assert admin.manager("Thaw").values == [0]
        admin.whole_backup()


def case_detached():
    """a detached freeze outlives its client; anybody who may freeze thaws it"""
    with Fixture() as f:
        client, admin = f.client(), f.client()
        snapshot = freeze(client, **DETACHED)
        client.close()
        time.sleep(0.3)
        assert admin.get(snapshot, "State") == "frozen" and admin.get(snapshot, "Detached")
        assert admin.manager("Thaw").values == [1]
        expect_error(STANDARD_ERROR + "UnknownObject", admin.on, snapshot, "Thaw")


def case_deadline():
    """the deadline thaws a detached freeze; the late thaw is OSSnapshotTimeOut, once"""
    with Fixture() as f:
        client, admin = f.client(), f.client()
        freeze(client, **DETACHED, **{"timeout-ms": ("u", 1000)})
        client.close()
        wait_for(lambda: admin.get(ROOT, "State") == "running", 5)
        expect_error("OSSnapshotTimeOut", admin.manager, "Thaw")
        assert admin.manager("Thaw").values == [0]
        admin.whole_backup()
        own = freeze(admin, **{"timeout-ms": ("u", 1000)})
        wait_for(lambda: admin.get(own, "State") == "timed-out", 5)
        expect_error("OSSnapshotTimeOut", admin.on, own, "Thaw")
        admin.on(own, "End", "u", [0])
        admin.on(freeze(admin), "Thaw")


def case_timed_out_is_in_nobody_s_way():
    """a freeze that has timed out, and whose client still lives and does nothing, holds up no other; what it does later does no harm"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        idle, client = f.client(), f.client()
        late = freeze(idle, **{"timeout-ms": ("u", 1000)})
        wait_for(lambda: client.get(late, "State") == "timed-out" and client.get(client.instance(), "State") == "running", 5)
        snapshot = freeze(client)
        idle.on(late, "End", "u", [0])
        assert client.get(snapshot, "State") == "frozen" and client.get(client.instance(), "State") == "frozen"
        client.on(snapshot, "Thaw")
        numbers = [int(one.rsplit("/", 1)[1]) for one in (late, snapshot)]
        assert [numbers.index(values[0]) for _, values in writer.calls[:6]] == [0, 0, 0, 1, 1, 1], writer.calls
        assert all(verb == "Abort" and values[0] == numbers[1] for verb, values in writer.calls[6:]), writer.calls  # its end


def case_no_instances():
    """without an instance a freeze is a freeze of nothing: hooks of an idle package must not fail"""
    with Fixture(instances=[]) as f:
        client = f.client()
        freeze(client, **DETACHED)
        assert client.manager("Thaw").values == [0]


def case_writers():
    """registered instances take part: prepared, frozen, thawed, with the snapshot's number and time-out"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        client = f.client()
        snapshot = freeze(client, grbit=("u", 4), **{"timeout-ms": ("u", 5000)})
        number = int(snapshot.rsplit("/", 1)[1])
        client.on(snapshot, "Thaw")
        assert client.on(snapshot, "TruncateLog").values[0] >= 2
        client.on(snapshot, "End", "u", [0])
        assert writer.calls == [("Prepare", [number, 4]), ("Freeze", [number, 5000]), ("Thaw", [number]), ("SnapshotTruncateLog", [number]),
                                ("SnapshotEnd", [number, 0])], writer.calls
        writer.answers["Thaw"] = "OSSnapshotTimeOut"
        freeze(client, **DETACHED)
        expect_error("OSSnapshotTimeOut", client.manager, "Thaw")


def case_half_way():
    """one writer refuses, at the prepare or at the freeze: everything is thawed before the caller is told why"""
    with Fixture() as f:
        good, bad = Writer(f.address, "good").start(), Writer(f.address, "bad").start()
        client = f.client()
        for verb in ("Prepare", "Freeze"):
            bad.answers = {verb: "OSSnapshotNotAllowed"}
            good.calls.clear()
            expect_error("OSSnapshotNotAllowed", freeze, client)
            assert good.verbs()[-1] == "Abort", good.verbs()
            assert client.get(ROOT, "State") == "running" and client.get(client.instance(), "State") == "running"
            assert client.manager("Thaw").values == [0]
        bad.answers = {"Freeze": None}
        serial = client.send_call(NAME, ROOT, f"{NAME}.Manager", "Freeze", "asa{sv}", [[], {}])
        wait_for(lambda: bad.verbs()[-1] == "Freeze")
        bad.die()
        expect_error("WriterLost", client.wait, serial)
        assert client.get(ROOT, "State") == "running"
        client.whole_backup()


def case_writer_lost():
    """an application that dies while frozen: the thaw says that it is no whole snapshot"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        client = f.client()
        freeze(client, **DETACHED)
        writer.die()
        wait_for(lambda: len(client.manager("ListInstances").values[0]) == 1)
        expect_error("WriterLost", client.manager, "Thaw")
        wait_for(lambda: client.get(ROOT, "State") == "running")


def case_terminated_while_freezing():
    """SIGTERM while one application prepares or freezes: those that are ready are aborted, and none is frozen behind it"""
    for verb in ("Prepare", "Freeze"):
        with Fixture(instances=[]) as f:
            ready, slow = Writer(f.address, "ready").start(), Writer(f.address, "slow").start()
            kept = []
            slow.answers[verb] = kept.append
            client = f.client()
            client.send_call(NAME, ROOT, f"{NAME}.Manager", "Freeze", "asa{sv}", [[], {}])
            wait_for(lambda: kept and ready.verbs()[-1:] == [verb])
            f.service.send_signal(signal.SIGTERM)
            wait_for(lambda: ready.verbs()[-1] == "Abort" and slow.verbs()[-1] == "Abort", words=f"{ready.verbs()}, {slow.verbs()}")
            slow.plain(kept[0])
            assert f.service.wait(5) == 0
            client.bus("GetId")
            assert ready.verbs()[-1] == "Abort" and slow.verbs()[-1] == "Abort", (ready.verbs(), slow.verbs())


def case_deadline_of_writers():
    """the deadline aborts at the writers, too"""
    with Fixture(instances=[]) as f:
        writer = Writer(f.address).start()
        client = f.client()
        freeze(client, **DETACHED, **{"timeout-ms": ("u", 1000)})
        wait_for(lambda: "Abort" in writer.verbs(), 5)
        expect_error("OSSnapshotTimeOut", client.manager, "Thaw")


def case_service_killed():
    """the service is killed while frozen: the next one has registering writers thawed and tells a late thaw; the marker is gone then"""
    with Fixture() as f:
        writer = Writer(f.address).start()
        client = f.client()
        freeze(client, **DETACHED)
        marker = f"{f.folder}/run/frozen"
        assert os.path.exists(marker)
        f.service.send_signal(signal.SIGKILL)
        f.service.wait()
        writer.calls.clear()
        f.start()
        assert os.path.exists(marker)
        again = Writer(f.address, "again").start()
        wait_for(lambda: again.verbs() == ["Abort"])
        expect_error("OSSnapshotTimeOut", client.manager, "Thaw")
        assert not os.path.exists(marker)
        assert client.manager("Thaw").values == [0]
        client.whole_backup()


run_cases(globals())
