# SPDX-License-Identifier: MIT
"""dbus_wire.py - the D-Bus protocol over a socket, in so many lines, without a library: tests must be able to send what no library
would, and to stop reading or die in the middle of a call.

    bus = Bus(address)                                  says Hello; bus.name is its unique name
    reply = bus.call(NAME, PATH, INTERFACE, "Member", "sa{sv}", ["x", {}])
    reply.values, reply.fds                             raises Error(name, text) for an error, Timeout
    serial = bus.send_call(...)                         without waiting; bus.wait(serial)
    bus.signals                                         those that came while something was waited for; bus.pump(seconds)
    bus.serve(handler)                                  handler(message) answers calls to us: see reply() and error()

Values: ay is bytes, h an index into fds, v a pair (signature, value), a{..} a dict.
"""
import array
import os
import select
import socket
import struct
import time

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
NO_REPLY, NO_AUTO_START, INTERACTIVE = 1, 2, 4
FIELDS = {1: "path", 2: "interface", 3: "member", 4: "error", 5: "reply_serial", 6: "destination", 7: "sender", 8: "signature", 9: "count_fds"}
FIELD_TYPES = {1: "o", 2: "s", 3: "s", 4: "s", 5: "u", 6: "s", 7: "s", 8: "g", 9: "u"}
SIZES = {"y": 1, "b": 4, "n": 2, "q": 2, "i": 4, "u": 4, "x": 8, "t": 8, "d": 8, "h": 4}
CODES = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}


class Error(Exception):
    def __init__(self, name, text=""):
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


class Timeout(Exception):
    pass


class Gone(Exception):
    pass


def one_type(signature, at=0):
    """The end of the complete type that begins at `at`."""
    kind = signature[at]
    if kind == "a":
        return one_type(signature, at + 1)
    if kind in "({":
        at += 1
        while signature[at] not in ")}":
            at = one_type(signature, at)
    return at + 1


def types_of(signature):
    types, at = [], 0
    while at < len(signature):
        end = one_type(signature, at)
        types.append(signature[at:end])
        at = end
    return types


def alignment(kind):
    return {"a": 4, "s": 4, "o": 4, "g": 1, "v": 1, "(": 8, "{": 8}.get(kind[0]) or SIZES[kind[0]]


def pad(data, to):
    data.extend(b"\0" * (-len(data) % to))


def put(data, kind, value):
    pad(data, alignment(kind))
    if kind in CODES:
        data.extend(struct.pack("<" + CODES[kind], value))
    elif kind in "so":
        raw = value if isinstance(value, bytes) else value.encode()
        data.extend(struct.pack("<I", len(raw)) + raw + b"\0")
    elif kind == "g":
        raw = value.encode()
        data.extend(struct.pack("<B", len(raw)) + raw + b"\0")
    elif kind == "v":
        put(data, "g", value[0])
        put(data, value[0], value[1])
    elif kind[0] == "a":
        put_array(data, kind[1:], value)
    else:
        for inner, item in zip(types_of(kind[1:-1]), value):
            put(data, inner, item)


def put_array(data, kind, value):
    length_at = len(data)
    data.extend(b"\0\0\0\0")
    pad(data, alignment(kind))
    begin = len(data)
    if kind == "y":
        data.extend(value)
    elif kind[0] == "{":
        for item in value.items():
            put(data, kind, item)
    else:
        for item in value:
            put(data, kind, item)
    struct.pack_into("<I", data, length_at, len(data) - begin)


def get(data, at, kind):
    at += -at % alignment(kind)
    if kind in CODES:
        return struct.unpack_from("<" + CODES[kind], data, at)[0], at + SIZES[kind]
    if kind in "so":
        length = struct.unpack_from("<I", data, at)[0]
        return bytes(data[at + 4:at + 4 + length]).decode(), at + 5 + length
    if kind == "g":
        length = data[at]
        return bytes(data[at + 1:at + 1 + length]).decode(), at + 2 + length
    if kind == "v":
        inner, at = get(data, at, "g")
        value, at = get(data, at, inner)
        return (inner, value), at
    if kind[0] == "a":
        return get_array(data, at, kind[1:])
    values = []
    for inner in types_of(kind[1:-1]):
        value, at = get(data, at, inner)
        values.append(value)
    return tuple(values), at


def get_array(data, at, kind):
    length = struct.unpack_from("<I", data, at)[0]
    at += 4
    at += -at % alignment(kind)
    end = at + length
    if kind == "y":
        return bytes(data[at:end]), end
    items = []
    while at < end:
        item, at = get(data, at, kind)
        items.append(item)
    return (dict(items) if kind[0] == "{" else items), end


class Message:
    def __init__(self, kind, serial, flags, fields, values, fds):
        self.kind, self.serial, self.flags, self.values, self.fds = kind, serial, flags, values, fds
        for name in FIELDS.values():
            setattr(self, name, fields.get(name))

    def fd(self, index=0):
        """Takes a descriptor: the caller closes it."""
        return self.fds[index]


def open_socket(address):
    kind, _, rest = address.split(";")[0].partition(":")
    options = dict(option.split("=", 1) for option in rest.split(","))
    path = options.get("path") or "\0" + options["abstract"]
    assert kind == "unix"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    return sock


class Bus:
    def __init__(self, address=None):
        self.socket = open_socket(address or os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
        self.serial, self.buffer, self.fds = 0, bytearray(), []
        self.replies, self.signals, self.calls = {}, [], []
        self.handler = None
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.line(b"OK")
        self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
        self.line(b"AGREE_UNIX_FD")
        self.socket.sendall(b"BEGIN\r\n")
        self.name = self.bus("Hello").values[0]

    def line(self, expected):
        while b"\r\n" not in self.buffer:
            more = self.socket.recv(1)
            if not more:
                raise Gone("not authenticated")
            self.buffer += more
        assert bytes(self.buffer).startswith(expected), bytes(self.buffer)
        self.buffer.clear()

    def close(self):
        self.socket.close()

    # --- sending ---

    def send(self, kind, fields, signature="", values=(), flags=0, fds=()):
        body = bytearray()
        for one, value in zip(types_of(signature), values):
            put(body, one, value)
        return self.send_raw(kind, fields, signature, body, flags, fds)

    def send_raw(self, kind, fields, signature, body, flags=0, fds=()):
        self.serial += 1
        fields = dict(fields)
        if signature:
            fields["signature"] = signature
        if fds:
            fields["count_fds"] = len(fds)
        head = bytearray(struct.pack("<BBBBII", ord("l"), kind, flags, 1, len(body), self.serial))
        numbers = {name: number for number, name in FIELDS.items()}
        put(head, "a(yv)", [(numbers[name], (FIELD_TYPES[numbers[name]], value)) for name, value in fields.items()])
        pad(head, 8)
        data = bytes(head + body)
        sent = 0
        if fds:
            sent = self.socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
        self.socket.sendall(data[sent:])
        return self.serial

    def send_call(self, destination, path, interface, member, signature="", values=(), flags=0, fds=()):
        fields = {"destination": destination, "path": path, "member": member}
        if interface:
            fields["interface"] = interface
        return self.send(CALL, fields, signature, values, flags, fds)

    def call(self, destination, path, interface, member, signature="", values=(), flags=0, fds=(), timeout=25):
        return self.wait(self.send_call(destination, path, interface, member, signature, values, flags, fds), timeout)

    def bus(self, member, signature="", values=()):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, signature, values)

    def match(self, rule):
        self.bus("AddMatch", "s", [rule])

    def reply(self, call, signature="", values=(), fds=()):
        if not call.flags & NO_REPLY:
            self.send(RETURN, {"destination": call.sender, "reply_serial": call.serial}, signature, values, NO_REPLY, fds)

    def error(self, call, name, text=""):
        if not call.flags & NO_REPLY:
            self.send(ERROR, {"destination": call.sender, "reply_serial": call.serial, "error": name}, "s", [text], NO_REPLY)

    def signal(self, path, interface, member, signature="", values=(), destination=None):
        fields = {"path": path, "interface": interface, "member": member}
        if destination:
            fields["destination"] = destination
        self.send(SIGNAL, fields, signature, values, NO_REPLY)

    # --- receiving ---

    def wait(self, serial, timeout=25):
        end = time.monotonic() + timeout
        while serial not in self.replies:
            self.receive(end)
        message = self.replies.pop(serial)
        if message.kind == ERROR:
            raise Error(message.error, message.values[0] if message.values else "")
        return message

    def pump(self, seconds=0.0, until=None):
        """Takes what arrives in so many seconds, or until the condition holds; says whether it does."""
        end = time.monotonic() + seconds
        while not (until and until()):
            try:
                self.receive(end)
            except Timeout:
                return bool(until and until())
        return True

    def serve(self, handler, seconds=None):
        self.handler = handler
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            while self.calls:
                handler(self.calls.pop(0))
            try:
                self.receive(end if end is not None else time.monotonic() + 3600)
            except Timeout:
                if end is not None:
                    return

    def receive(self, end):
        message = self.take()
        while message is None:
            self.fill(end)
            message = self.take()
        if message.kind in (RETURN, ERROR):
            self.replies[message.reply_serial] = message
        elif message.kind == SIGNAL:
            self.signals.append(message)
        elif self.handler:
            self.handler(message)
        else:
            self.calls.append(message)

    def fill(self, end):
        left = end - time.monotonic()
        if not select.select([self.socket], [], [], max(left, 0))[0]:
            raise Timeout()
        data, ancillary, _, _ = self.socket.recvmsg(1 << 18, socket.CMSG_SPACE(253 * 4))
        if not data:
            raise Gone("the bus has closed the connection")
        self.buffer += data
        for level, kind, raw in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(raw[:len(raw) - len(raw) % fds.itemsize])
                self.fds += list(fds)

    def take(self):
        if len(self.buffer) < 16:
            return None
        _, kind, flags, _, length, serial, fields_length = struct.unpack_from("<BBBBIII", self.buffer)
        body_at = 16 + fields_length
        body_at += -body_at % 8
        if len(self.buffer) < body_at + length:
            return None
        pairs, _ = get(self.buffer, 12, "a(yv)")
        fields = {FIELDS[number]: value for number, (_, value) in pairs if number in FIELDS}
        body, values, at = bytes(self.buffer[body_at:body_at + length]), [], 0
        for one in types_of(fields.get("signature", "")):
            value, at = get(body, at, one)
            values.append(value)
        del self.buffer[:body_at + length]
        count = fields.get("count_fds", 0)
        fds, self.fds = self.fds[:count], self.fds[count:]
        return Message(kind, serial, flags, fields, values, fds)
