# SPDX-License-Identifier: MIT
"""bus_policy.py - who may call: the gate in the service, with an authority that says yes, no, challenge, nothing, or is not there.

Root is never asked, so the clients that are asked are another user: the test needs root for that, or is another user itself."""
import os
import pwd
import signal
import sys
import threading
import time

from dbus_wire import INTERACTIVE, Bus
from bus_service import (MANAGER, NAME, ROOT, STANDARD_ERROR, Client, Fixture, OtherUser, expect_error, run_cases, wait_for)

POLKIT = "org.freedesktop.PolicyKit1"
WRITER_PATH = f"{ROOT}/writer/1"
DENIED = STANDARD_ERROR + "AccessDenied"
STRANGER = os.getuid() or pwd.getpwnam("nobody").pw_uid


class Authority(threading.Thread):
    """The fake: `answer` is (allowed, challenge), None for silence, or the name of an error."""

    def __init__(self, address, answer=(True, False)):
        super().__init__(daemon=True)
        self.bus = Bus(address)
        assert self.bus.bus("RequestName", "su", [POLKIT, 4]).values == [1]
        self.answer, self.asked, self.cancelled, self.kept = answer, [], [], []
        self.start()

    def run(self):
        try:
            self.bus.serve(lambda message: self.handle(message))
        except Exception:
            pass  # closed by the test

    def handle(self, message):
        if message.member == "CancelCheckAuthorization":
            self.cancelled.append(message.values[0])
            self.bus.reply(message)
            return
        assert message.member == "CheckAuthorization" and message.signature == "(sa{sv})sa{ss}us", message.signature
        self.asked.append(message.values)
        if isinstance(self.answer, str):
            self.bus.error(message, self.answer, "made up")
        elif self.answer is None:
            self.kept.append(message)
        else:
            self.decide(message, self.answer)

    def decide(self, message, answer):
        self.bus.reply(message, "(bba{ss})", [(*answer, {})])


def stranger(f):
    client = OtherUser(f.address, STRANGER) if os.getuid() == 0 else Client(f.address)
    f.clients.append(client)
    return client


def open_folder(f):
    """Another user gets to the socket."""
    folder = f.folder
    while folder != "/" and os.stat(folder).st_uid == os.getuid():
        os.chmod(folder, os.stat(folder).st_mode | 0o055)
        folder = os.path.dirname(folder)


class Gate(Fixture):
    def __enter__(self):
        open_folder(self)
        return super().__enter__()


def case_absent():
    """without an authority on the bus, the policy of the bus has decided"""
    with Gate() as f:
        stranger(f).whole_backup()


def case_yes():
    """each class of calls is its own action, asked with the caller's name on the bus; owned objects are not asked for again"""
    with Gate() as f:
        authority = Authority(f.address)
        client = stranger(f)
        client.manager("ListInstances")
        client.whole_backup()
        client.manager("Freeze", "asa{sv}", [[], {}])
        client.manager("Thaw")
        client.manager("StopAllBackups", "s", [""])
        client.manager("Reload")
        actions = {asked[1] for asked in authority.asked}
        assert actions == {f"org.coldstream.backup1.{one}" for one in ("status", "backup", "truncate", "freeze", "stop", "admin")}, actions
        assert all(asked[0] == ("system-bus-name", {"name": ("s", client.name)}) and asked[3] == 0 for asked in authority.asked)
        assert sum(asked[1].endswith(".backup") for asked in authority.asked) == 1
        assert len({asked[4] for asked in authority.asked}) == len(authority.asked)


def case_root():
    """root is not asked"""
    if os.getuid() != 0:
        return "not root"
    with Gate() as f:
        authority = Authority(f.address, (False, False))
        f.client().whole_backup()
        assert not authority.asked
    return None


def case_no():
    """no is AccessDenied, and nothing has happened"""
    with Gate() as f:
        Authority(f.address, (False, False))
        client = stranger(f)
        expect_error(DENIED, client.manager, "Freeze", "asa{sv}", [[], {}])
        expect_error(DENIED, client.manager, "RegisterWriter", "soa{sv}", ["x", WRITER_PATH, {}])
        expect_error(DENIED, client.get, ROOT, "State")
        expect_error(DENIED, client.call, NAME, ROOT + "/instance/mail", f"{NAME}.Instance", "BeginBackup", "ua{sv}", [0, {}])
        assert "node" in client.call(NAME, ROOT, "org.freedesktop.DBus.Introspectable", "Introspect").values[0]
        assert f.client().get(ROOT, "State") == "running"


def case_challenge():
    """a challenge is InteractiveAuthorizationRequired; with the caller's leave the authority may ask a person"""
    with Gate() as f:
        authority = Authority(f.address, (False, True))
        client = stranger(f)
        expect_error(STANDARD_ERROR + "InteractiveAuthorizationRequired", client.manager, "Thaw")
        authority.answer = (True, False)
        assert client.manager("Thaw", flags=INTERACTIVE).values == [0]
        assert [asked[3] for asked in authority.asked] == [0, 1]


def case_error():
    """an authority that fails is AccessDenied"""
    with Gate() as f:
        authority = Authority(f.address, "org.freedesktop.PolicyKit1.Error.Failed")
        client = stranger(f)
        expect_error(DENIED, client.manager, "Thaw")
        authority.handle = lambda message: authority.bus.reply(message, "s", ["odd"])
        expect_error(DENIED, client.manager, "Thaw")


def case_slow():
    """while an authority thinks, others are served; a caller that goes away has its question taken back"""
    with Gate() as f:
        authority = Authority(f.address, None)
        client, admin = stranger(f), f.client()
        client.send_call(NAME, ROOT, MANAGER, "Freeze", "asa{sv}", [[], {}])
        wait_for(lambda: authority.asked)
        begin = time.monotonic()
        admin.whole_backup()
        assert time.monotonic() - begin < 5
        client.close()
        wait_for(lambda: authority.cancelled == [authority.asked[0][4]])
        assert admin.get(ROOT, "State") == "running"


def case_object_gone_meanwhile():
    """an object that goes while the authority thinks is an unknown object, not another one"""
    with Gate() as f:
        authority = Authority(f.address, None)
        client, admin = stranger(f), f.client()
        backup = admin.begin()
        question = []
        authority.handle = lambda message: question.append(message) or authority.asked.append(message.values)
        serial = client.send_call(NAME, backup, f"{NAME}.Backup", "Stop", "s", ["x"])
        wait_for(lambda: question)
        admin.on(backup, "End", "u", [2])
        authority.bus.reply(question[0], "(bba{ss})", [(True, False, {})])
        expect_error(STANDARD_ERROR + "UnknownObject", client.wait, serial)


def case_too_late():
    """a yes that comes when the service is stopping is no yes any more: nothing is registered that nobody would end"""
    with Gate() as f:
        authority = Authority(f.address, None)
        client = stranger(f)
        serial = client.send_call(NAME, ROOT, MANAGER, "RegisterWriter", "soa{sv}", ["late", WRITER_PATH, {}])
        wait_for(lambda: authority.kept)
        f.service.send_signal(signal.SIGSTOP)
        f.service.send_signal(signal.SIGTERM)
        authority.decide(authority.kept[0], (True, False))
        time.sleep(0.1)  # the bus has passed it on: the service finds both when it wakes
        f.service.send_signal(signal.SIGCONT)
        expect_error("TermInProgress", client.wait, serial, timeout=10)
        assert f.service.wait(20) == 0


def case_writers_of_the_configuration():
    """a label that the configuration gives to a user is that user's and root's only"""
    user = pwd.getpwuid(STRANGER).pw_name
    with Gate(writers=f'{{ label = "theirs"; user = "{user}"; }}, {{ label = "daemons"; user = "daemon"; }}') as f:
        client = stranger(f)
        client.manager("RegisterWriter", "soa{sv}", ["theirs", WRITER_PATH, {}])
        expect_error(DENIED, client.manager, "RegisterWriter", "soa{sv}", ["daemons", WRITER_PATH, {}])
        expect_error(DENIED, client.manager, "RegisterWriter", "soa{sv}", ["other", WRITER_PATH, {}])


if os.uname().machine != "x86_64" and os.getuid() == 0:
    print("skip - bus_policy.py: the number of setresuid is that of x86_64")
    sys.exit(0)
run_cases(globals())
