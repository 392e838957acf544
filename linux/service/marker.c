/* SPDX-License-Identifier: MIT */
#include "marker.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { SPREAD_MAX = 1000 };

void marker_write(const char *path, const struct marker *marker)
{
    char line[80];
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (fd < 0)
        return;
    const int length = snprintf(line, sizeof line, "%" PRIu32 " %" PRIu32 " %" PRIu64 "\n", marker->first, marker->last,
                                marker->until_us);
    (void)!write(fd, line, (size_t)length);
    (void)close(fd);
}

void marker_remove(const char *path)
{
    if (path)
        (void)unlink(path);
}

bool marker_read(const char *path, struct marker *ret_marker)
{
    struct marker marker;
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    const int fields = fscanf(file, "%" SCNu32 " %" SCNu32 " %" SCNu64, &marker.first, &marker.last, &marker.until_us);
    (void)fclose(file);
    if (fields != 3 || marker.first > marker.last || marker.last - marker.first > SPREAD_MAX)
        return false;
    *ret_marker = marker;
    return true;
}
