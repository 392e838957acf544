#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""whole_backup.py LABEL FOLDER [--max-rate BYTES] - backs up a running instance over the bus, with nothing but python3-dbus.

The calls are those of ESENT's streaming backup, in its order: begin, list and read the databases, list and read the logs, allow
the engine to drop the logs it does not need any more, end. `coldstream recover FOLDER` makes clean databases of what it leaves.

Exit status 4: the server has ended the backup, by JetStopBackupInstance, `coldstream stop LABEL` or a freeze. What came so far is
no backup. One connection makes all calls: the backup belongs to it, and ends when it leaves the bus, however that comes.
"""
import argparse
import os
import shutil
import sys

import dbus

SERVICE = "org.coldstream.Backup1"
ABORTED = f"{SERVICE}.Error.BackupAbortByServer"
ABORTED_CODE = -801
END_NORMAL, END_ABORT = 1, 2
CALL_SECONDS = 600  # a begin may wait for a checkpoint


def copy_file(backup, path, folder):
    """The end of a pipe proves nothing: the file is whole when CloseFile says so."""
    number, fd, size = backup.OpenFile(path, dbus.Dictionary({}, signature="sv"), timeout=CALL_SECONDS)
    target = os.path.join(folder, os.path.basename(bytes(path).decode("utf-8", "surrogateescape")))
    with os.fdopen(fd.take(), "rb") as stream, open(target, "wb") as file:
        shutil.copyfileobj(stream, file, 1 << 16)
        os.fsync(file.fileno())
    sent, _, status = backup.CloseFile(number, timeout=CALL_SECONDS)
    if status == ABORTED_CODE:
        raise dbus.exceptions.DBusException("stopped", name=ABORTED)
    if status != 0 or sent != size or os.path.getsize(target) != size:
        sys.exit(f"{target}: {sent} of {size} bytes, status {status}")
    print(f"{target}: {size} bytes")


def copy_all(backup, folder):
    databases, _ = backup.GetAttachInfo(dbus.UInt32(0), timeout=CALL_SECONDS)
    for path, _ in databases:
        copy_file(backup, path, folder)
    logs, _, first, last = backup.GetLogInfo(dbus.UInt32(0), timeout=CALL_SECONDS)
    for path, _ in logs:
        copy_file(backup, path, folder)
    backup.TruncateLog(timeout=CALL_SECONDS)
    print(f"log generations {first} to {last}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("label")
    parser.add_argument("folder", help="empty, or to be made")
    parser.add_argument("--max-rate", type=int, default=0, help="bytes a second")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    if os.listdir(arguments.folder):
        sys.exit(f"{arguments.folder}: not empty")
    options = {"max-rate": dbus.UInt64(arguments.max_rate)} if arguments.max_rate else {}

    bus = dbus.SystemBus()
    manager = dbus.Interface(bus.get_object(SERVICE, "/org/coldstream/Backup1"), f"{SERVICE}.Manager")
    instance = dbus.Interface(bus.get_object(SERVICE, manager.GetInstance(arguments.label)), f"{SERVICE}.Instance")
    path = instance.BeginBackup(dbus.UInt32(0), dbus.Dictionary(options, signature="sv"), timeout=CALL_SECONDS)
    backup = dbus.Interface(bus.get_object(SERVICE, path, introspect=False), f"{SERVICE}.Backup")
    try:
        copy_all(backup, arguments.folder)
        backup.End(dbus.UInt32(END_NORMAL), timeout=CALL_SECONDS)
    except dbus.exceptions.DBusException as error:
        if error.get_dbus_name() != ABORTED:
            raise
        backup.End(dbus.UInt32(END_ABORT))  # works after a stop as well
        print("the server has stopped the backup", file=sys.stderr)
        sys.exit(4)


if __name__ == "__main__":
    main()
