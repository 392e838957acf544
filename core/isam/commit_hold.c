/* SPDX-License-Identifier: MIT */
#include "isam/commit_hold.h"

static void forget_durable(struct commit_holds *holds, uint64_t durable)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < holds->count; i++)
        if (holds->list[i].end > durable)
            holds->list[kept++] = holds->list[i];
    holds->count = kept;
}

void commit_holds_add(struct commit_holds *holds, struct commit_hold hold, uint64_t durable)
{
    if (hold.end <= durable)
        return;
    if (holds->count == COMMIT_HOLDS_MAX)
        forget_durable(holds, durable);
    if (holds->count < COMMIT_HOLDS_MAX) {
        holds->list[holds->count++] = hold;
        return;
    }
    struct commit_hold *last = &holds->list[COMMIT_HOLDS_MAX - 1];
    if (hold.begin0 < last->begin0)
        last->begin0 = hold.begin0;
    if (hold.end > last->end)
        last->end = hold.end;
}

uint64_t commit_holds_oldest(struct commit_holds *holds, uint64_t durable)
{
    uint64_t oldest = UINT64_MAX;

    forget_durable(holds, durable);
    for (unsigned i = 0; i < holds->count; i++)
        if (holds->list[i].begin0 < oldest)
            oldest = holds->list[i].begin0;
    return oldest;
}
