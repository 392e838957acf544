/* SPDX-License-Identifier: MIT */
/* demo.h - the demonstration: the main job on data that it makes itself, and damage done on purpose. */
#ifndef COLDSTREAM_TOOL_DEMO_H
#define COLDSTREAM_TOOL_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/command.h"

/* What the job told of its last operation. */
struct demo_watch {
    unsigned count_findings; /* warnings, damage and errors */
    enum finding_kind kind;  /* of the first of them */
    enum finding_place place;
    uint64_t where;
    char text[512];
    uint64_t pages_checked;
    uint64_t bytes_done, bytes_total;
};

struct demo {
    struct tool *tool;
    char *folder; /* everything is in it */
    uint64_t size_bytes;
    unsigned step;         /* number of the present one */
    unsigned count_failed; /* steps that did not do what they should */
    bool step_failed;
    struct demo_watch watch;

    /* For the step that stops a backup by its progress. NULL: nobody waits. */
    struct os_event *far_enough; /* set by the progress callback */
    struct os_event *stop_called;
};

/* All steps. JET_errBackupAbortByServer: interrupted. What a step shows is printed; count_failed says how it went. */
MUST_CHECK jet_err demo_run(struct demo *demo);

/* Removes a folder with all that is in it. */
MUST_CHECK jet_err demo_folder_remove(const char *path);

/* Flips one bit of a file; `bit` counts from bit 0 of the byte at `offset`. */
MUST_CHECK jet_err demo_flip_bit(const char *path, uint64_t offset, unsigned bit);

/* Whether two files have the same bytes. */
MUST_CHECK jet_err demo_compare(const char *path_a, const char *path_b, bool *ret_equal);

#endif
