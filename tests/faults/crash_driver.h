/* SPDX-License-Identifier: MIT */
/* crash_driver.h - the machine fails at any moment of a load, or of the recovery from that: nothing that was promised
 * is lost.
 *
 * A load is recorded (disk_record.h). Then for many points of the record the folder is made what the disk may hold if
 * the machine fails there (disk_image.h), the subject is started on it, and what it finds must be one of the states
 * that come into question. Some of these recoveries are recorded, too, and cut short in the same way; others are
 * repeated, and the second must not change a page of a database (".edb"). Most loads meet a disk that fails while the
 * machine still works: a write or flush is refused, once or from then on; the load may then end with an error, and the
 * machine fails as well.
 *
 * Environment:
 *      COLDSTREAM_CRASH_SEED   of everything; printed. Threads make a load differ from one run to the next all the same
 *      COLDSTREAM_CRASH_CASES  recoveries to do in each program; the long form is 20000 or so
 *      COLDSTREAM_CRASH_KEEP   a folder for what the disk held in each case that failed; the last changes are printed, too
 */
#ifndef COLDSTREAM_TESTS_CRASH_DRIVER_H
#define COLDSTREAM_TESTS_CRASH_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "crash_mark.h"

/* What is to survive. Functions return false when something is wrong, and `problem` then says what. */
struct crash_subject {
    void *context;
    const char *folder; /* empty, and only for this */
    uint32_t page_size;
    unsigned cases;                            /* recoveries to do if nobody asks for more or less */
    bool (*prepare)(void *context);            /* before anything is recorded; NULL: nothing to do */
    bool (*run)(void *context, uint64_t seed); /* the load; tells crash_mark() of its progress */
    /* Recovers what is in the folder and looks: it must be as in one of the states `low` to `high` of the last load.
     * Then ends in good order or, `abruptly`, as it is. */
    bool (*check)(void *context, uint32_t low, uint32_t high, bool abruptly);
    const char *(*problem)(void);
};

/* For loads. */
void crash_mark(enum crash_mark mark, uint32_t state);

/* All of it; the exit status of the program. */
int crash_drive(const struct crash_subject *subject);

#endif
