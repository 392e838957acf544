#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The packages on a clean Debian 12: installed, used, upgraded, removed, purged. The cases are in in_chroot_packages.sh.
. "$(dirname "$0")/lib.sh"
# shellcheck source=chroot.sh
. "$TEST_FOLDER/chroot.sh"

chroot_with_packages "the packages on a clean system" || finish

# The same packages as a later version, with another configuration by default.
mkdir root/test/later
dpkg-deb --raw-extract root/test/packages/coldstream_*.deb later
sed -i 's/^Version: .*/&.1/' later/DEBIAN/control
echo '# new' >>later/etc/coldstream/coldstream.conf
dpkg-deb --root-owner-group --build later root/test/later/coldstream.deb >/dev/null

cp "$TEST_FOLDER/lib.sh" "$TEST_FOLDER/in_chroot_packages.sh" "$TEST_FOLDER/in_chroot.sh" root/test/
cp "$TEST_FOLDER/manager_call.py" "$(dirname "$COLDSTREAM")/guests" root/test/
chroot_run root sh /test/in_chroot_packages.sh || cases_failed=1
finish
