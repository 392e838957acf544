#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fake_manager.py LOG BEHAVIOUR - owns org.coldstream.Backup1 and answers Freeze and Thaw as it is told to.

BEHAVIOUR is one of
    good        Freeze gives a snapshot, Thaw the number of instances
    refuse      Freeze is OSSnapshotNotAllowed
    late        Thaw is OSSnapshotTimeOut
    silent      Freeze is never answered
Each call is a line of LOG: its name and its arguments.
"""
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.coldstream.Backup1"
PATH = "/org/coldstream/Backup1"


def error(name, text):
    return dbus.exceptions.DBusException(text, name=f"{NAME}.Error.{name}")


class Manager(dbus.service.Object):
    def __init__(self, bus, log, behaviour):
        super().__init__(bus, PATH)
        self.log, self.behaviour = log, behaviour

    def note(self, *words):
        with open(self.log, "a", encoding="utf-8") as log:
            print(*words, file=log)

    @dbus.service.method(f"{NAME}.Manager", in_signature="asa{sv}", out_signature="o", async_callbacks=("answer", "fail"))
    def Freeze(self, instances, options, answer, fail):
        self.note("Freeze", f"instances={len(instances)}", *(f"{key}={options[key]}" for key in sorted(options)))
        if self.behaviour == "refuse":
            fail(error("OSSnapshotNotAllowed", "JET_errOSSnapshotNotAllowed (-2403): recovery runs"))
        elif self.behaviour != "silent":
            answer(dbus.ObjectPath(f"{PATH}/snapshot/1"))

    @dbus.service.method(f"{NAME}.Manager", in_signature="", out_signature="u")
    def Thaw(self):
        self.note("Thaw")
        if self.behaviour == "late":
            raise error("OSSnapshotTimeOut", "JET_errOSSnapshotTimeOut (-2402): the freeze had ended")
        return dbus.UInt32(1)


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    manager = Manager(bus, sys.argv[1], sys.argv[2])
    name = dbus.service.BusName(NAME, bus)
    GLib.MainLoop().run()
    del manager, name


main()
