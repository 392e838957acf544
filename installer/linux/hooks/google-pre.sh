#!/bin/sh
# /etc/google/snapshots/pre.sh: run by the guest agent of Compute Engine before a snapshot with guest flush. An error means that
# no snapshot is taken.
exec /usr/libexec/coldstream/freeze-hook freeze
