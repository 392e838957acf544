# SPDX-License-Identifier: MIT
"""bus_system.py - the policy that is installed, on a bus whose other rules are those of a system bus: who may call, and who hears.

The account coldstream of the policy is root here, and its group one that every system has. Clients are users of their own, which takes
root."""
import os
import sys

from dbus_wire import Bus
from bus_service import MANAGER, NAME, ROOT, STANDARD_ERROR, Fixture, OtherUser, expect_error, run_cases, wait_for
from bus_writer import Writer

DENIED = STANDARD_ERROR + "AccessDenied"
MEMBERS, STRANGER = 1, 65534  # a group; a user, and one without members' groups

POLICY = os.path.join(os.path.dirname(__file__), "../../installer/linux/system/org.coldstream.Backup1.conf")
SYSTEM_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


class SystemBus(Fixture):
    def bus_config(self):
        policy = os.path.join(self.folder, "policy.conf")
        with open(POLICY, encoding="utf-8") as given, open(policy, "w", encoding="utf-8") as file:
            file.write(given.read().replace('user="coldstream"', 'user="root"').replace('group="coldstream"', f'group="{MEMBERS}"'))
        return SYSTEM_BUS.format(path=f"{self.folder}/socket", policy=policy)

    def __enter__(self):
        folder = self.folder
        while folder != "/" and os.stat(folder).st_uid == os.getuid():
            os.chmod(folder, os.stat(folder).st_mode | 0o055)
            folder = os.path.dirname(folder)
        return super().__enter__()

    def other_user(self, groups=()):
        """A client of a user that is not root."""
        client = OtherUser(self.address, STRANGER, groups)
        self.clients.append(client)
        return client


def listen(client):
    client.bus("AddMatch", "s", ["type='signal',path_namespace='/org/coldstream'"])
    client.bus("AddMatch", "s", [f"type='signal',sender='{NAME}'"])
    client.bus("AddMatch", "s", ["type='signal',member='NameOwnerChanged'"])


def heard(client):
    client.pump(0.2)
    return {message.member for message in client.signals}


def case_calls():
    """root and the group may call; a stranger may only look at what could be asked"""
    with SystemBus() as f:
        for client in (f.client(), f.other_user([MEMBERS])):
            assert client.manager("ListInstances").values[0]
        client = f.other_user()
        expect_error(DENIED, client.manager, "ListInstances")
        expect_error(DENIED, client.get, ROOT, "State")
        assert MANAGER in client.call(NAME, ROOT, "org.freedesktop.DBus.Introspectable", "Introspect").values[0]
        client.call(NAME, ROOT, "org.freedesktop.DBus.Peer", "Ping")


def case_signals():
    """signals name databases: root and the group hear them, a stranger hears none; replies and progress come to who called"""
    with SystemBus(instances=["mail"]) as f:
        root, member, stranger = f.client(), f.other_user([MEMBERS]), f.other_user()
        listeners = (root, member, stranger)
        for client in listeners:
            listen(client)
        writer = Writer(f.address).start()
        backup = member.begin(progress=("b", True))
        files = member.files(backup)
        member.open(backup, files[0][0])
        wait_for(lambda: "Progress" in heard(member))  # a stop that comes at once leaves none to tell
        member.manager("StopAllBackups", "s", ["for a test"])
        wait_for(lambda: "Stopped" in heard(member))
        member.on(backup, "End", "u", [2])
        member.manager("Freeze", "asa{sv}", [[], {}])
        member.manager("Thaw")
        told = {"InterfacesAdded", "InterfacesRemoved", "PropertiesChanged", "Stopped", "Ended"}
        for client in (root, member):
            wait_for(lambda: told <= heard(client))
        wait_for(lambda: "NameOwnerChanged" in heard(stranger))
        assert all(message.path == "/org/freedesktop/DBus" for message in stranger.signals), heard(stranger)
        writer.die()


def case_writer():
    """the service reaches an application that has registered; nobody else does"""
    with SystemBus(instances=[]) as f:
        writer = Writer(f.address).start()
        for client in (f.other_user([MEMBERS]), f.other_user()):
            expect_error(DENIED, client.call, writer.bus.name, writer.path, f"{NAME}.Writer", "Prepare", "uu", [1, 0])
        f.client().manager("Freeze", "asa{sv}", [[], {}])
        f.client().manager("Thaw")
        assert "Freeze" in writer.verbs()


def case_name():
    """nobody but the service's account takes its name"""
    with SystemBus(instances=[]) as f:
        for client in (f.other_user([MEMBERS]), f.other_user()):
            expect_error(DENIED, client.bus, "RequestName", "su", [NAME, 0])


if os.getuid() != 0 or os.uname().machine != "x86_64":
    print("skip - bus_system.py: users of their own take root, and the numbers of the calls are those of x86_64")
    sys.exit(0)
run_cases(globals())
