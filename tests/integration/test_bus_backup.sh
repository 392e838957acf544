#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Streaming backups over the bus: a whole one, every method at the wrong time, by the wrong client, with wrong arguments.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
bus_cases bus_backup.py
