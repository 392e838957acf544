#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Freezes over the bus: deadlines, detached ones, failures half-way.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
bus_cases bus_freeze.py also-sanitized
