# SPDX-License-Identifier: MIT
"""bus_service.py - a bus of the test's own and a coldstreamd on it; cases as functions. Used by bus_*.py, which test_bus_*.sh run in
their scratch folder.

    with Fixture(instances=["mail"]) as f:
        client = f.client()                       a Client of the service
        ...
    run_cases(globals())                          every function case_..., its docstring is the sentence

From the environment: COLDSTREAMD, the program.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from dbus_wire import Bus, Error

NAME = "org.coldstream.Backup1"
ROOT = "/org/coldstream/Backup1"
MANAGER, INSTANCE, BACKUP, SNAPSHOT, WRITER = (f"{NAME}.{one}" for one in ("Manager", "Instance", "Backup", "Snapshot", "Writer"))
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR = f"{NAME}.Error."
STANDARD_ERROR = "org.freedesktop.DBus.Error."

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_connections_per_user">1000</limit>
  <limit name="max_replies_per_connection">2000</limit>
  <limit name="max_incoming_unix_fds">1000</limit>
  <limit name="max_message_unix_fds">{fds}</limit>
</busconfig>
"""


class Client(Bus):
    """Calls to the service by the names of its methods; `last` properties by get()."""

    def manager(self, member, signature="", values=(), **more):
        return self.call(NAME, ROOT, MANAGER, member, signature, values, **more)

    def on(self, path, member, signature="", values=(), **more):
        kind = path.rsplit("/", 2)[-2].capitalize()
        return self.call(NAME, path, f"{NAME}.{kind}", member, signature, values, **more)

    def get(self, path, name):
        return self.call(NAME, path, PROPERTIES, "Get", "ss", ["", name]).values[0][1]

    def get_all(self, path):
        values = self.call(NAME, path, PROPERTIES, "GetAll", "s", [""]).values[0]
        return {name: value for name, (_, value) in values.items()}

    def instance(self, label="mail"):
        return self.manager("GetInstance", "s", [label]).values[0]

    def begin(self, label="mail", grbit=0, **options):
        return self.on(self.instance(label), "BeginBackup", "ua{sv}", [grbit, options]).values[0]

    def files(self, backup, verb="GetAttachInfo"):
        return self.on(backup, verb, "u", [0]).values[0]

    def open(self, backup, path, **options):
        """Number, descriptor, size."""
        message = self.on(backup, "OpenFile", "aya{sv}", [path, options])
        number, index, size = message.values
        return number, message.fds[index], size

    def fetch(self, backup, path, into=None):
        number, fd, size = self.open(backup, path)
        content = read_all(fd)
        if into:
            with open(os.path.join(into, os.path.basename(os.fsdecode(path))), "wb") as file:
                file.write(content)
        sent, crc, status = self.on(backup, "CloseFile", "u", [number]).values
        return content, size, sent, crc, status

    def whole_backup(self, label="mail", grbit=0, into=None):
        backup = self.begin(label, grbit)
        fetched = [self.fetch(backup, path, into) for path, _ in self.files(backup)]
        fetched += [self.fetch(backup, path, into) for path, _ in self.files(backup, "GetLogInfo")]
        self.on(backup, "TruncateLog")
        self.on(backup, "End", "u", [1])
        return fetched


class OtherUser(Client):
    """Of another user, which takes root: authenticated in a thread that has changed its user, and its groups if they are given. That is
    done by system calls, which are the thread's own, other than what libc makes of them."""
    SETGROUPS, SETRESUID = 116, 117

    def __init__(self, address, user, groups=None):
        self.failure = None
        worker = threading.Thread(target=self.connect, args=(address, user, groups))
        worker.start()
        worker.join()
        if self.failure:
            raise self.failure

    def connect(self, address, user, groups):
        libc = ctypes.CDLL(None, use_errno=True)
        saved = os.getuid
        try:
            if groups is not None:
                gids = (ctypes.c_uint32 * max(1, len(groups)))(*groups)
                assert libc.syscall(self.SETGROUPS, len(groups), gids) == 0
            assert libc.syscall(self.SETRESUID, -1, user, -1) == 0
            os.getuid = lambda: user
            super().__init__(address)
        except Exception as error:
            self.failure = error
        finally:
            os.getuid = saved


def read_all(fd):
    with os.fdopen(fd, "rb") as stream:
        return stream.read()


def crc32c(data):
    """Castagnoli, by a table."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def crc_entry(value):
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


CRC_TABLE = [crc_entry(value) for value in range(256)]


def expect_error(name, function, *arguments, **more):
    """The call fails with that error; its text."""
    if "." not in name:
        name = ERROR + name
    try:
        result = function(*arguments, **more)
    except Error as error:
        assert error.name == name, f"{error.name} ({error.text}) instead of {name}"
        return error.text
    raise AssertionError(f"no error {name}, but {getattr(result, 'values', result)}")


def wait_for(condition, seconds=30, words="what was waited for did not come"):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, words
        time.sleep(0.01)


def is_broker():
    """Not the reference implementation, but dbus-broker is the bus."""
    return "dbus-broker" in sys.argv[1:]


class Fixture:
    def __init__(self, instances=("mail",), service="", writers="", max_fds=16, wrapper=(), environment=None, stderr=None):
        self.folder = tempfile.mkdtemp(prefix="bus.", dir=os.getcwd())
        os.chmod(self.folder, 0o755)
        self.address = f"unix:path={self.folder}/socket"
        self.labels, self.service_keys, self.writers, self.max_fds = list(instances), service, writers, max_fds
        self.wrapper, self.environment, self.stderr = list(wrapper), dict(environment or {}), stderr
        self.daemon = self.service = None
        self.clients = []

    def __enter__(self):
        try:
            self.start_bus()
            self.write_config()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        for client in self.clients:
            client.close()
        for process in (self.service, self.daemon):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in (self.service, self.daemon):
            try:
                if process:
                    process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kind = kind or AssertionError
                error = error or AssertionError("the service did not end at SIGTERM")
        if not kind and (self.service.returncode not in (0, 1) or "Sanitizer" in self.log()):
            error = AssertionError(f"the service ended with {self.service.returncode}")
        if kind or error:
            print("# log of the service:\n#   " + "\n#   ".join(self.log().splitlines()[-25:]))
        if not trace and error:
            raise error

    def bus_config(self):
        return BUS_CONFIG.format(path=f"{self.folder}/socket", fds=self.max_fds)

    def start_bus(self):
        config = os.path.join(self.folder, "bus.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(self.bus_config())
        if os.path.exists(f"{self.folder}/socket"):
            os.unlink(f"{self.folder}/socket")
        command = ["dbus-daemon", f"--config-file={config}", "--nofork"]
        if is_broker():
            command = ["unshare", "--mount", "python3", os.path.join(os.path.dirname(__file__), "bus_broker.py"), config, f"{self.folder}/socket"]
        self.daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(self.bus_answers)

    def bus_answers(self):
        try:
            Bus(self.address).close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def instance_text(self, label):
        folder = os.path.join(self.folder, label)
        return (f'instance: {{ label = "{label}"; system_path = "{folder}"; databases = ( "{folder}/{label}.edb" ); '
                "make_missing = true; log_file_kib = 128; };\n")

    def write_config(self):
        os.makedirs(f"{self.folder}/instances.d", exist_ok=True)
        os.makedirs(f"{self.folder}/run", exist_ok=True)
        with open(f"{self.folder}/coldstream.conf", "w", encoding="utf-8") as file:
            file.write(f'service: {{ runtime_path = "{self.folder}/run"; max_instances = 40; {self.service_keys} }};\n')
            file.write(f"writers: ( {self.writers} );\n")
        for label in self.labels:
            os.makedirs(f"{self.folder}/{label}", exist_ok=True)
            with open(f"{self.folder}/instances.d/{label}.conf", "w", encoding="utf-8") as file:
                file.write(self.instance_text(label))

    def start(self):
        command = self.wrapper + [os.environ["COLDSTREAMD"], "--config", f"{self.folder}/coldstream.conf", "--bus-address", self.address]
        environment = {**os.environ, **self.environment}
        with open(f"{self.folder}/log", "ab") as log:
            self.service = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.stderr or log, env=environment)
        probe = self.client()
        wait_for(lambda: self.service.poll() is not None or probe.bus("NameHasOwner", "s", [NAME]).values[0], 60)
        assert self.service.poll() is None, f"the service ended with {self.service.returncode}: {self.log()}"
        wait_for(lambda: all(state != "recovering" for _, _, state in probe.manager("ListInstances").values[0]), 60)
        self.clients.remove(probe)
        probe.close()

    def stop(self, number=signal.SIGTERM):
        self.service.send_signal(number)
        return self.service.wait(20)

    def client(self):
        client = Client(self.address)
        self.clients.append(client)
        return client

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def threads(self):
        return len(os.listdir(f"/proc/{self.service.pid}/task"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.service.pid}/fd"))

    def pipes(self):
        folder = f"/proc/{self.service.pid}/fd"
        links = []
        for fd in os.listdir(folder):
            try:
                links.append(os.readlink(f"{folder}/{fd}"))
            except FileNotFoundError:
                pass
        return sum(link.startswith("pipe:") for link in links)


def readable(fd, seconds):
    return bool(select.select([fd], [], [], seconds)[0])


def run_cases(names):
    failed = 0
    for name, function in list(names.items()):
        if not name.startswith("case_"):
            continue
        begin = time.monotonic()
        words = "".join(f"[{one}] " for one in sys.argv[1:]) + function.__doc__
        try:
            reason = function()
            if reason:
                print(f"skip - {words}: {reason}")
            else:
                print(f"ok - {words}")
        except Exception:
            failed += 1
            print(f"not ok - {words}")
            print("# " + "\n# ".join(traceback.format_exc().splitlines()[-12:]))
        print(f"# {time.monotonic() - begin:.1f} s", file=sys.stderr)
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
