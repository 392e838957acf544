/* SPDX-License-Identifier: MIT */
/* crash_engine.h - carries out a script (crash_script.h) through the JET API, and compares databases with its
 * states. */
#ifndef COLDSTREAM_TESTS_CRASH_ENGINE_H
#define COLDSTREAM_TESTS_CRASH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jet_err.h"
#include "crash_mark.h"
#include "crash_script.h"

struct crash_config {
    const char *folder; /* of databases, logs and checkpoint */
    uint32_t page_size; /* one for the whole process */
    bool is_circular;
    unsigned log_kib; /* size of a log file */
    unsigned cache_pages;
    unsigned checkpoint_kib;
};

/* Where the load tells of its progress. A state is that behind a commit. */
struct crash_marks {
    void (*mark)(void *context, enum crash_mark mark, uint32_t state);
    void *context;
};

/* Starts the engine in the folder, carries out the script, ends the engine. False: see problem_text(). */
bool crash_engine_run(const struct crash_config *config, const struct crash_script *script,
                      const struct crash_marks *marks);

/* Starts the engine in the folder, which recovers what is there, and finds the state from `low` to `high` that the
 * databases are in. Then ends the engine: cleanly, and has the files checked in every detail (isam/deep.h); or, with
 * `abruptly`, as it is. False: see problem_text(). */
bool crash_engine_check(const struct crash_config *config, const struct crash_script *script, uint32_t low,
                        uint32_t high, bool abruptly, uint32_t *ret_state);

/* The name of a database in the folder. */
const char *crash_database_name(unsigned database);

#endif
