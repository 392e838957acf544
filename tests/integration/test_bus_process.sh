#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The service as a process: log, notifications, watchdog, command line.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
bus_cases bus_process.py
