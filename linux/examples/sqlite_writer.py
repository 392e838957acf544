#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sqlite_writer.py LABEL DATABASE... - lets SQLite databases take part in the freezes of coldstreamd.

Any daemon can: it registers an object with the service, and is called before and after every snapshot. This one holds what
other programs write to some SQLite databases. It needs python3-dbus and python3-gi of Debian 12, and must run as root, as a
member of the group coldstream, or as the user that coldstream.conf names for the label:

    writers: ( { label = "orders"; user = "shop"; } );

What a snapshot looks like from here (interface org.coldstream.Backup1.Writer; n is the number of the snapshot):

    Prepare(n, grbit)      time to do what may take long and can be undone: everything that will be needed is opened
    Freeze(n, timeout)     from the answer to Thaw nothing changes on the disk; what has been committed is on it. After timeout
                           milliseconds the freeze ends by itself, whoever has died meanwhile
    Thaw(n)                goes on; an error if the freeze had ended before, since then the image is not of one moment
    Abort(n)               as if nothing had been asked, in any state
    SnapshotEnd(n, grbit)  the snapshot is done with

and what goes wrong in practice:

 -  While frozen, this process must not write to any file, nor wait for anyone who may: the file system may be frozen, too.
 -  Only the service may call; on a bus everybody may try. Its name is owned by root or by the user coldstream.
 -  The service may be restarted at any moment. Whatever was held for it is let go, and the new one is registered with.
"""
import os
import pathlib
import pwd
import sqlite3
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

SERVICE = "org.coldstream.Backup1"
MANAGER_PATH = "/org/coldstream/Backup1"
WRITER = f"{SERVICE}.Writer"
WRITER_PATH = "/org/coldstream/Backup1/writer/1"
LOCK_WAIT_SECONDS = 5  # for a transaction that is open when the freeze comes


def error(name, text):
    return dbus.exceptions.DBusException(text, name=f"{SERVICE}.Error.{name}")


class Database:
    """One SQLite file. It is quiet while we hold the only lock under which others could write."""

    def __init__(self, path):
        self.path = path
        self.connection = None

    def open(self):
        if self.connection is None:
            # isolation_level None: transactions begin where we say so.
            self.connection = sqlite3.connect(f"{pathlib.Path(self.path).as_uri()}?mode=rw", uri=True, isolation_level=None,
                                              timeout=LOCK_WAIT_SECONDS)
            self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def hold(self):
        # With a write-ahead log this moves what is in it to the database, as far as that needs no waiting; else it does nothing.
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        # Readers go on. Nothing is changed in this transaction: ending it writes nothing.
        self.connection.execute("BEGIN IMMEDIATE")
        self._make_log_durable()

    def _make_log_durable(self):
        """Commits since the checkpoint may not be on the disk yet. The database itself must not be opened here: closing it
        would drop the locks that SQLite has on it in this process; those of a write-ahead log are on another file."""
        try:
            log = os.open(self.path + "-wal", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def release(self):
        if self.connection is not None and self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


class Writer(dbus.service.Object):
    """The object that the service calls: idle, prepared, frozen, or expired (the freeze ended before the thaw came)."""

    def __init__(self, bus, databases):
        super().__init__(bus, WRITER_PATH)
        self.bus, self.databases = bus, databases
        self.state, self.number = "idle", 0
        self.timer = None

    # --- what the service calls ---

    @dbus.service.method(WRITER, in_signature="uu", sender_keyword="sender")
    def Prepare(self, number, _grbit, sender):
        self._check_sender(sender)
        if self.state in ("prepared", "frozen"):
            raise error("OSSnapshotInvalidSequence", "another snapshot is under way")
        try:
            for database in self.databases:
                database.open()
        except sqlite3.Error as failure:
            self._end()
            raise error("OSSnapshotNotAllowed", f"{database.path}: {failure}") from failure
        self.state, self.number = "prepared", number

    @dbus.service.method(WRITER, in_signature="uu", sender_keyword="sender")
    def Freeze(self, number, timeout_ms, sender):
        self._check_sender(sender)
        if self.state != "prepared" or number != self.number:
            raise error("OSSnapshotInvalidSequence", "not prepared")
        try:
            for database in self.databases:
                database.hold()
        except (sqlite3.Error, OSError) as failure:
            self._end()
            raise error("OSSnapshotNotAllowed", f"{database.path}: {failure}") from failure
        self.state = "frozen"
        self.timer = GLib.timeout_add(timeout_ms, self._expire)

    @dbus.service.method(WRITER, in_signature="u", sender_keyword="sender")
    def Thaw(self, number, sender):
        self._check_sender(sender)
        state = self.state
        if number != self.number or state == "idle":
            raise error("OSSnapshotInvalidSnapId", "no such snapshot")
        if state == "prepared":
            raise error("OSSnapshotInvalidSequence", "not frozen")
        self._end()
        if state == "expired":
            raise error("OSSnapshotTimeOut", "the freeze had ended before")

    @dbus.service.method(WRITER, in_signature="u", sender_keyword="sender")
    def Abort(self, number, sender):
        self._check_sender(sender)
        if number == self.number:
            self._end()

    @dbus.service.method(WRITER, in_signature="u", out_signature="u", sender_keyword="sender")
    def SnapshotTruncateLog(self, _number, sender):
        self._check_sender(sender)
        return dbus.UInt32(0)  # SQLite keeps no logs for a backup

    @dbus.service.method(WRITER, in_signature="uu", sender_keyword="sender")
    def SnapshotEnd(self, number, _grbit, sender):
        self._check_sender(sender)
        if number == self.number:
            self._end()

    @dbus.service.method(WRITER, in_signature="uu", sender_keyword="sender")
    def BeginBackup(self, _number, _grbit, sender):
        self._check_sender(sender)
        raise error("FeatureNotAvailable", "SQLite databases are frozen, not streamed")

    @dbus.service.method(WRITER, in_signature="s", sender_keyword="sender")
    def Stop(self, _reason, sender):
        self._check_sender(sender)  # there is never a backup that could be stopped

    # --- the rest ---

    def _check_sender(self, sender):
        try:
            is_service = sender == self.bus.get_name_owner(SERVICE)
            user = self.bus.get_unix_user(sender)
        except dbus.exceptions.DBusException:
            is_service, user = False, None
        if not is_service or user not in trusted_users():
            raise dbus.exceptions.DBusException("only the backup service may call", name="org.freedesktop.DBus.Error.AccessDenied")

    def _expire(self):
        self.timer = None
        self._end()
        self.state = "expired"
        return GLib.SOURCE_REMOVE

    def _end(self):
        """Nothing is held any more. Connections stay open: closing the last one would remove the write-ahead log, and the
        disk may still be frozen."""
        if self.timer is not None:
            GLib.source_remove(self.timer)
            self.timer = None
        for database in self.databases:
            database.release()
        self.state = "idle"

    def service_is_gone(self):
        self._end()


def trusted_users():
    users = {0, os.getuid()}  # who runs as we do could do the same without us
    try:
        users.add(pwd.getpwnam("coldstream").pw_uid)
    except KeyError:
        pass
    return users


class Registration:
    """Tells each service that appears that we are here, again and again if it does not want to know yet."""

    def __init__(self, bus, label, writer):
        self.bus, self.label, self.writer = bus, label, writer
        self.delay_ms = 100
        self.present = False
        bus.watch_name_owner(SERVICE, self._owner_changed)

    def _owner_changed(self, owner):
        self.present = bool(owner)
        self.writer.service_is_gone()
        self.delay_ms = 100
        if self.present:
            self._register()

    def _register(self):
        if self.present:
            self.bus.call_async(
                SERVICE, MANAGER_PATH, f"{SERVICE}.Manager", "RegisterWriter", "soa{sv}",
                (self.label, dbus.ObjectPath(WRITER_PATH), dbus.Dictionary({}, signature="sv")), self._registered, self._refused)
        return GLib.SOURCE_REMOVE

    def _registered(self, instance):
        print(f"registered as {instance}", flush=True)

    def _refused(self, failure):
        print(f"not registered: {failure.get_dbus_message()}", file=sys.stderr, flush=True)
        GLib.timeout_add(self.delay_ms, self._register)
        self.delay_ms = min(2 * self.delay_ms, 5000)


def main():
    if len(sys.argv) < 3:
        print("usage: sqlite_writer.py LABEL DATABASE...", file=sys.stderr)
        return 2
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    writer = Writer(bus, [Database(os.path.abspath(path)) for path in sys.argv[2:]])
    registration = Registration(bus, sys.argv[1], writer)
    GLib.MainLoop().run()
    del registration
    return 0


if __name__ == "__main__":
    sys.exit(main())
