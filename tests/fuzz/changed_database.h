/* SPDX-License-Identifier: MIT */
/* changed_database.h - the sample database in memory, with the changes that an input asks for.
 *
 * A list of changes is page number (u8; 0: the headers), offset (u16), count (u8) and so many bytes, each. What was
 * changed gets the checksum that it needs, or nothing behind it would ever be reached.
 */
#ifndef COLDSTREAM_TESTS_CHANGED_DATABASE_H
#define COLDSTREAM_TESTS_CHANGED_DATABASE_H

#include <stddef.h>
#include <stdint.h>

/* Makes it, once. */
void changed_database_init(void);

/* Changes it; `*ret_size` bytes, until changed_database_restore(). */
const uint8_t *changed_database_apply(const uint8_t *changes, size_t size, size_t *ret_size);

/* As it was. */
void changed_database_restore(void);

#endif
