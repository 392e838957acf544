#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Too many descriptors, bytes, clients, objects, calls: the service stays on the bus.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
bus_cases bus_limits.py
