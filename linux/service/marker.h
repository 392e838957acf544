/* SPDX-License-Identifier: MIT */
/* marker.h - a file in the runtime folder (in memory: never on a frozen disk) while something is frozen, for the next
 * run of the service if this one is killed: it then has applications thawed as they register again, and a late Thaw
 * told. */
#ifndef COLDSTREAM_LINUX_SERVICE_MARKER_H
#define COLDSTREAM_LINUX_SERVICE_MARKER_H

#include <stdbool.h>
#include <stdint.h>

struct marker {
    uint32_t first, last; /* numbers of the snapshots */
    uint64_t until_us;    /* the last deadline, CLOCK_BOOTTIME */
};

/* A path of NULL: there is no such folder, nothing happens. A file that cannot be written is not told: the engine's own
 * deadline thaws. */
void marker_write(const char *path, const struct marker *marker);
void marker_remove(const char *path);
bool marker_read(const char *path, struct marker *ret_marker); /* false: none, or nonsense */

#endif
