/* SPDX-License-Identifier: MIT */
/* commit_hold.h - commits that are not durable yet hold the checkpoint.
 *
 * A transaction whose commit is lost has to be undone, and recovery undoes only what it has seen begin. So the
 * checkpoint stays at or before the Begin0 of a transaction until its Commit0 is on stable storage, however long ago
 * its session left it; also of one whose session is waiting for that.
 *
 * There is room for some. If there are more, the newest share a place, with the lowest begin and the highest end of
 * them: they hold the checkpoint longer than they had to, never shorter. Guarded by whoever owns it.
 */
#ifndef COLDSTREAM_ISAM_COMMIT_HOLD_H
#define COLDSTREAM_ISAM_COMMIT_HOLD_H

#include <stdint.h>

enum { COMMIT_HOLDS_MAX = 64 };

/* Starts with zeroes. */
struct commit_holds {
    struct commit_hold {
        uint64_t begin0; /* start of the Begin0 record */
        uint64_t end;    /* end of the Commit0 record */
    } list[COMMIT_HOLDS_MAX];
    unsigned count;
};

/* `durable`: the log is on stable storage up to there. */
void commit_holds_add(struct commit_holds *holds, struct commit_hold hold, uint64_t durable);

/* The lowest begin of all whose end lies behind `durable`; the others are forgotten. UINT64_MAX: there is none. */
uint64_t commit_holds_oldest(struct commit_holds *holds, uint64_t durable);

#endif
