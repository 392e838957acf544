#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# An application lends its live instance to the service.
. "$(dirname "$0")/lib.sh"
. "$TEST_FOLDER/bus_service.sh"
: "${LENT_ROWS:=$(dirname "$COLDSTREAM")/lent_rows}"
export LENT_ROWS
bus_cases bus_application.py
