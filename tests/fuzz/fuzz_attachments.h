/* SPDX-License-Identifier: MIT */
/* fuzz_attachments.h - walks the attachment list that log headers and checkpoints share. */
#ifndef COLDSTREAM_TESTS_FUZZ_ATTACHMENTS_H
#define COLDSTREAM_TESTS_FUZZ_ATTACHMENTS_H

#include "format/attachlist.h"

#include "fuzz_input.h"

static inline void fuzz_walk_attachments(const uint8_t list[ATTACHLIST_SIZE])
{
    struct attachlist_walk walk;
    struct attachlist_entry entry;

    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    while (attachlist_next(&walk, &entry) == JET_errSuccess && entry.fixed) {
        fuzz_touch(entry.fixed, sizeof *entry.fixed);
        fuzz_touch(entry.name, entry.name_size);
        fuzz_expect(entry.name + entry.name_size <= list + ATTACHLIST_SIZE);
    }
}

#endif
