#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""manager_call.py freeze LABEL TIMEOUT_MS | thaw | writer UNIQUE_NAME - one call, as any client makes it.

Prints what it answers, or the name of the error, and then ends with 1. "writer" asks a Writer object for a freeze, which it is
not to accept from us.
"""
import sys

import dbus

NAME = "org.coldstream.Backup1"
PATH = "/org/coldstream/Backup1"


def call(bus, words):
    if words[0] == "freeze":
        options = dbus.Dictionary({"timeout-ms": dbus.UInt32(words[2]), "detached": True}, signature="sv")
        return bus.call_blocking(NAME, PATH, f"{NAME}.Manager", "Freeze", "asa{sv}", ([words[1]], options))
    if words[0] == "thaw":
        return bus.call_blocking(NAME, PATH, f"{NAME}.Manager", "Thaw", "", ())
    return bus.call_blocking(words[1], f"{PATH}/writer/1", f"{NAME}.Writer", "Prepare", "uu", (1, 0))


try:
    print(call(dbus.SystemBus(), sys.argv[1:]))
except dbus.exceptions.DBusException as failure:
    print(failure.get_dbus_name())
    sys.exit(1)
