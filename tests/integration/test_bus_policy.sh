#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Who may call: the gate in the service, with a made-up authority.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
bus_cases bus_policy.py
