/* SPDX-License-Identifier: MIT */
/* command.h - what a command is, and what it finds when it runs.
 *
 * A file for each, command_info.c and so on; those that only ask the service share two: command_status.c (list, status)
 * and command_freeze.c (stop, freeze, thaw). A platform may have more. tool.c reads the arguments by the command's
 * table, opens the report, and runs it.
 */
#ifndef COLDSTREAM_TOOL_COMMAND_H
#define COLDSTREAM_TOOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "jet/coldstream.h"
#include "tool/exit_status.h"
#include "tool/interrupt.h"
#include "tool/options.h"
#include "tool/output.h"
#include "tool/report.h"

struct service;
struct tool_platform;

struct tool {
    const struct tool_platform *platform;
    const struct command *command;
    struct options options;
    struct output out;
    struct report report;
    struct os_event *stop;   /* set by an interrupt */
    struct service *service; /* between tool_service_begin() and tool_service_end() */

    /* Between tool_job_begin() and tool_job_end(). */
    struct coldstream_job *job;
    struct interrupt_targets targets;        /* while the job runs */
    struct interrupt_targets output_targets; /* afterwards */
};

struct command {
    const char *name;
    const char *synopsis;    /* behind the name: "FILE --page N" */
    const char *summary;     /* one line, for the list of commands */
    const char *description; /* lines for --help */
    const struct option *options;
    size_t operands_min, operands_max;
    bool findings_are_data; /* see struct report_settings */
    bool correctable_is_damage;
    int (*run)(struct tool *tool); /* the exit status of the process */
};

extern const struct command command_info;
extern const struct command command_verify;
extern const struct command command_dump;
extern const struct command command_backup;
extern const struct command command_restore;
extern const struct command command_recover;
extern const struct command command_compact;
extern const struct command command_demo;
extern const struct command command_list;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_freeze;
extern const struct command command_thaw;
extern const struct command command_snapshot;

/* From here on interrupts stop the job and set tool->stop. `callbacks`: NULL for the report's. */
MUST_CHECK jet_err tool_job_begin(struct tool *tool, const struct coldstream_callbacks *callbacks);

/* Interrupts still set tool->stop, so that nothing waits for somebody who does not read the output. */
void tool_job_end(struct tool *tool);

/* Says what is wrong with the arguments, and how the command is used. Returns the exit status. */
PRINTF_LIKE(2, 3) int tool_usage(struct tool *tool, const char *format, ...);

/* The exit status for an operation that ended with `err`: an interrupt's own, if that was the reason. Success with
 * findings is EXIT_STATUS_WARNINGS, or `status_of_damage` if damage is among them. Findings are those since the last
 * report_begin(). */
int tool_exit_status(const struct tool *tool, jet_err err, enum exit_status status_of_damage);

/* With --json the last line: the sum of all operations of the command. `object` comes from json_line_new("summary") and
 * may have members; it is freed. */
void tool_summary(struct tool *tool, json_t *object, int exit_status);

/* The members of a summary that come from the library. */
void tool_summary_add(json_t *object, const struct coldstream_summary *summary);

static inline bool tool_option(const struct tool *tool, enum option_id id)
{
    return tool->options.count[id] > 0;
}

#endif
