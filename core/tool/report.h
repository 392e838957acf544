/* SPDX-License-Identifier: MIT */
/* report.h - what a command says: to a person, or with --json to a program.
 *
 * Standard output is data, standard error is talk. Data are the answers of info and dump, and what verify finds; with
 * --json all lines. Everything else is talk: messages, progress, what backup and restore meet. With --stdout the
 * data are the archive, so JSON goes to standard error.
 *
 * Every function may be called from any thread.
 */
#ifndef COLDSTREAM_TOOL_REPORT_H
#define COLDSTREAM_TOOL_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "jet/coldstream.h"
#include "tool/output.h"
#include "tool/progress.h"

struct report_settings {
    bool is_json;
    bool is_quiet;   /* only damage and errors */
    bool is_verbose; /* notes, too */
    enum progress_mode progress;
    bool findings_are_data;     /* verify: findings and results go to standard output */
    bool output_is_taken;       /* --stdout: JSON goes to standard error */
    bool correctable_is_damage; /* verify: a flipped bit on disk is damage, even if it can be mended */
};

struct report {
    struct report_settings settings;
    struct output *out; /* borrowed */
    struct os_mutex *lock;
    struct progress *progress;
    const char *subject; /* of the operation under way; borrowed */

    /* Counted since the last report_begin(). Lock. */
    uint64_t notes, warnings, damages, errors;
    /* Written by findings, read afterwards. */
    jet_err first_damage; /* the code of the first damage, if there was any */
    bool is_other_kind;   /* the file is not damaged, it is something else */
    bool has_damage;      /* found, or met as the reason why a file cannot be used */
};

MUST_CHECK jet_err report_open(struct report *report, const struct report_settings *settings, struct output *out);
void report_close(struct report *report);

/* A new operation on `subject` (a path, borrowed): counts and clock begin again. */
void report_begin(struct report *report, const char *subject);
void report_end(struct report *report); /* takes the progress line away */

/* For a job and for the functions of inspect.h. */
struct coldstream_callbacks report_callbacks(struct report *report);
struct finding_listener report_listener(struct report *report);

/* The error that ended an operation: told now, if nobody has told an error, or the damage that it stands for, since
 * report_begin(). `subject`: a path. */
void report_outcome(struct report *report, const char *subject, jet_err err);

/* An error of the command itself, and what to do next; without "coldstream: " and line feed. JSON: type "error". */
PRINTF_LIKE(2, 3) void report_error(struct report *report, const char *format, ...);

/* Something a person may want to know; not with -q or --json. */
PRINTF_LIKE(2, 3) void report_say(struct report *report, const char *format, ...);

/* A line of results, for a person: standard output if findings are data, else like report_say(). */
PRINTF_LIKE(2, 3) void report_result(struct report *report, const char *format, ...);

/* With --json writes the object as a line and frees it, else only frees it. */
void report_json(struct report *report, json_t *object);

#endif
