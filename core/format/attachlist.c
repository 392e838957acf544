/* SPDX-License-Identifier: MIT */
#include "format/attachlist.h"

#include <string.h>

#include "base/corrupt.h"

void attachlist_begin(const uint8_t list[ATTACHLIST_SIZE], jet_err damage, struct attachlist_walk *ret_walk)
{
    *ret_walk = (struct attachlist_walk){.next = list, .left = ATTACHLIST_SIZE, .damage = damage};
}

/* A name ends with one NUL, of one or of two bytes, which is no part of it. */
static bool entry_set_name(struct attachlist_entry *entry, const uint8_t *name, size_t size)
{
    const size_t terminator = entry->name_is_utf16 ? 2 : 1;

    if (size < terminator || size % terminator != 0)
        return false;
    for (size_t i = 0; i < terminator; i++)
        if (name[size - 1 - i] != 0)
            return false;
    entry->name = name;
    entry->name_size = size - terminator;
    return true;
}

jet_err attachlist_next(struct attachlist_walk *walk, struct attachlist_entry *ret_entry)
{
    const struct attachlist_entry_disk *fixed = (const void *)walk->next;
    struct attachlist_entry entry = {.fixed = fixed};
    size_t name_size;

    if (walk->left < 1)
        return CORRUPT(walk->damage); /* the byte that ends the list is missing */
    if (fixed->dbid == 0) {
        *ret_entry = (struct attachlist_entry){0};
        return JET_errSuccess;
    }
    if (walk->left < sizeof *fixed)
        return CORRUPT(walk->damage);
    name_size = le16_get(fixed->name_size);
    entry.name_is_utf16 = fixed->flags & ATTACHLIST_FLAG_UTF16;
    if (name_size > walk->left - sizeof *fixed || !entry_set_name(&entry, walk->next + sizeof *fixed, name_size))
        return CORRUPT(walk->damage);
    walk->next += sizeof *fixed + name_size;
    walk->left -= sizeof *fixed + name_size;
    *ret_entry = entry;
    return JET_errSuccess;
}
