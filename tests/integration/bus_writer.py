# SPDX-License-Identifier: MIT
"""bus_writer.py - an application that registers an instance, as far as tests need one: made-up files, frozen by words only.

    writer = Writer(f.address, "shop"); writer.start()      serves in a thread of its own
    writer.calls                                            (verb, arguments) of all calls so far
    writer.answers["Freeze"] = "OSSnapshotNotAllowed"       an error instead, or None: no answer at all
"""
import os
import threading

from dbus_wire import Bus
from bus_service import ERROR, MANAGER, NAME, ROOT, WRITER, crc32c

FILES = {b"/app/shop.edb": b"database " * 5000, b"/app/edb00000007.log": b"log " * 1000}


class Writer(threading.Thread):
    def __init__(self, address, label="shop", path="/org/coldstream/Backup1/writer/1", properties=None):
        super().__init__(daemon=True)
        self.bus = Bus(address)
        self.label, self.path = label, path
        self.calls, self.answers, self.files, self.kept = [], {}, {}, []
        self.stopped = False
        self.properties = properties or {}

    def register(self):
        return self.bus.call(NAME, ROOT, MANAGER, "RegisterWriter", "soa{sv}", [self.label, self.path, self.properties]).values[0]

    def start(self):
        self.instance = self.register()
        super().start()
        return self

    def run(self):
        try:
            self.bus.serve(self.handle)
        except Exception:
            pass  # closed by the test

    def die(self):
        """As a killed application does: the connection goes, and its ends of pipes."""
        self.bus.socket.shutdown(2)
        for fd in self.kept:
            os.close(fd)
        self.kept.clear()

    def verbs(self):
        return [verb for verb, _ in self.calls]

    def handle(self, message):
        if message.path != self.path or message.interface != WRITER:
            self.bus.error(message, "org.freedesktop.DBus.Error.UnknownObject")
            return
        self.calls.append((message.member, message.values))
        answer = self.answers.get(message.member, True)
        if answer is None:
            return
        if answer is not True and not callable(answer):
            self.bus.error(message, ERROR + answer, f"JET_err{answer} (-1): made up")
            return
        (answer if callable(answer) else getattr(self, message.member))(message)

    def plain(self, message):
        self.bus.reply(message)

    Prepare = Freeze = Thaw = Abort = SnapshotEnd = End = plain

    def BeginBackup(self, message):
        self.stopped = False
        self.bus.reply(message)

    def Stop(self, message):
        self.stopped = True
        self.bus.reply(message)

    def refused(self, message):
        if self.stopped:
            self.bus.error(message, ERROR + "BackupAbortByServer", "JET_errBackupAbortByServer (-801): stopped")
        return self.stopped

    def of_kind(self, suffix):
        return [(path, len(content)) for path, content in FILES.items() if path.endswith(suffix)]

    def GetAttachInfo(self, message):
        if not self.refused(message):
            self.bus.reply(message, "a(ayt)u", [self.of_kind(b".edb"), 1])

    def GetLogInfo(self, message):
        if not self.refused(message):
            self.bus.reply(message, "a(ayt)uuu", [self.of_kind(b".log"), 1, 7, 7])

    def GetTruncateLogInfo(self, message):
        self.bus.reply(message, "a(ayt)u", [[], 0])

    def TruncateLog(self, message):
        self.bus.reply(message, "u", [3])

    def SnapshotTruncateLog(self, message):
        self.bus.reply(message, "u", [2])

    def OpenFile(self, message):
        if self.refused(message):
            return
        content = FILES[message.values[1]]
        read_end, write_end = os.pipe()
        number = len(self.files) + 1
        self.files[number] = content
        threading.Thread(target=write_all, args=(write_end, content), daemon=True).start()
        self.bus.reply(message, "uht", [number, 0, len(content)], fds=[read_end])
        os.close(read_end)

    def OpenStuck(self, message):
        """A stream that stops behind its first bytes."""
        content = FILES[message.values[1]]
        read_end, write_end = os.pipe()
        os.write(write_end, content[:1000])
        self.kept.append(write_end)
        self.bus.reply(message, "uht", [1, 0, len(content)], fds=[read_end])
        os.close(read_end)

    def OpenOrdinaryFile(self, message):
        fd = os.open("/dev/null", os.O_RDONLY)
        self.bus.reply(message, "uht", [1, 0, 5], fds=[fd])
        os.close(fd)

    def CloseFile(self, message):
        content = self.files[message.values[1]]
        self.bus.reply(message, "tui", [len(content), crc32c(content), 0])


def write_all(fd, content):
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(content)
    except BrokenPipeError:
        pass
