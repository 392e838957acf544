# SPDX-License-Identifier: MIT
"""hostile_tars.py SET.TAR FOLDER - makes archives that look like SET.TAR but must not be restored, one fault each."""
import io
import json
import os
import sys
import tarfile

MANIFEST = "coldstream-manifest.json"


def read_members(path):
    with tarfile.open(path) as tar:
        return [(m, tar.extractfile(m).read()) for m in tar if m.isfile()]


def member(name, kind=tarfile.REGTYPE, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def write(path, members):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            info.size = len(data) if data is not None else 0
            tar.addfile(info, io.BytesIO(data) if data is not None else None)


def renamed(manifest, old, new):
    return manifest.replace(json.dumps(old).encode(), json.dumps(new).encode())


def main():
    members = read_members(sys.argv[1])
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    (database, pages), (manifest_info, manifest) = members[0], members[-1]
    name = database.name

    def archive(title, contents):
        write(os.path.join(folder, title + ".tar"), contents)

    def with_name(new):
        return [(member(new), pages), (member(MANIFEST), renamed(manifest, name, new))]

    archive("absolute-path", with_name(os.path.abspath("escaped")))
    archive("climbing-path", with_name("../../escaped"))
    archive("climbing-inside", with_name("a/../../../escaped"))
    archive("backslash-path", with_name("..\\..\\escaped"))
    archive("drive-letter", with_name("c:escaped"))
    archive("dot-name", with_name("."))
    archive("empty-folder-name", with_name("x/"))
    archive("symbolic-link", [(member(name, tarfile.SYMTYPE, "/etc/passwd"), None), (member(MANIFEST), manifest)])
    archive("hard-link", [(member(name, tarfile.LNKTYPE, "../../escaped"), None), (member(MANIFEST), manifest)])
    archive("fifo", [(member(name, tarfile.FIFOTYPE), None), (member(MANIFEST), manifest)])
    archive("device", [(member(name, tarfile.CHRTYPE), None), (member(MANIFEST), manifest)])
    archive("member-twice", [(member(name), pages), (member(name), pages), (member(MANIFEST), manifest)])
    archive("member-not-in-manifest", [(member(name), pages), (member("stranger"), b"x"), (member(MANIFEST), manifest)])
    archive("member-missing", [(member(MANIFEST), manifest)])
    archive("no-manifest", [(member(name), pages)])
    archive("manifest-empty", [(member(name), pages), (member(MANIFEST), b"")])
    archive("manifest-cut", [(member(name), pages), (member(MANIFEST), manifest[: len(manifest) // 2])])
    archive("manifest-not-json", [(member(name), pages), (member(MANIFEST), b"\0" * 1000)])
    archive("manifest-array", [(member(name), pages), (member(MANIFEST), b"[]")])
    archive("manifest-deep", [(member(name), pages), (member(MANIFEST), b"[" * 100000)])
    archive("manifest-huge", [(member(name), pages), (member(MANIFEST), b'{"a":"' + b"x" * (70 << 20) + b'"}')])
    archive("database-short", [(member(name), pages[:-4096]), (member(MANIFEST), manifest)])
    archive("database-long", [(member(name), pages + bytes(4096)), (member(MANIFEST), manifest)])
    archive("database-empty", [(member(name), b""), (member(MANIFEST), manifest)])
    swapped = bytearray(pages)
    swapped[3 * 4096 : 4 * 4096], swapped[4 * 4096 : 5 * 4096] = pages[4 * 4096 : 5 * 4096], pages[3 * 4096 : 4 * 4096]
    archive("pages-swapped", [(member(name), bytes(swapped)), (member(MANIFEST), manifest)])


main()
