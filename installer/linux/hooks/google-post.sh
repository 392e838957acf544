#!/bin/sh
# /etc/google/snapshots/post.sh: run when the snapshot has been taken.
exec /usr/libexec/coldstream/freeze-hook thaw
