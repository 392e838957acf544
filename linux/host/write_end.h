/* SPDX-License-Identifier: MIT */
/* write_end.h - the end of a pipe or socket that this process writes to, and no child of it.
 *
 * A stream ends for its reader when the last copy of its writing end is closed. Close-on-exec sees to programs that the
 * application starts; a child of fork() that goes on without exec would keep the end for as long as it lives. So all
 * ends are known here, and a child closes them before fork() returns in it. A fork waits while an end is being opened
 * or closed: none is missed, and no number that has become another file's is closed. */
#ifndef COLDSTREAM_LINUX_HOST_WRITE_END_H
#define COLDSTREAM_LINUX_HOST_WRITE_END_H

struct write_end {
    int fd; /* negative: not open */
    struct write_end *next;
};

/* `open_ends` fills {reader's, writer's}, close-on-exec, and answers 0; or it has opened nothing and answers something
 * else, as does this then. The reader's end is the caller's. */
int write_end_open(struct write_end *end, int (*open_ends)(int ends[2]), int *ret_reader);

/* One that is not open is left alone. */
void write_end_close(struct write_end *end);

#endif
