/* SPDX-License-Identifier: MIT */
/* command_freeze.c - `stop`, `freeze` and `thaw`: what an operator asks of the service. */
#include <inttypes.h>

#include "tool/json_line.h"
#include "tool/tool_service.h"

enum { FREEZE_SECONDS_DEFAULT = 60, FREEZE_SECONDS_MAX = 600 };

static const struct option stop_options[] = {
    {OPTION_ALL,    "all",    0, NULL,   "the backups of all instances"        },
    {OPTION_REASON, "reason", 0, "TEXT", "what the owner of the backup is told"},
    TOOL_SERVICE_OPTION,
    {OPTION_END,    NULL,     0, NULL,   NULL                                  },
};

static const char stop_description[] =
    "Ends the backup of the instance NAME that is under way, whoever makes it, and returns when it can move no more\n"
    "bytes. Its owner is told that the server stopped it: 'coldstream backup' then exits with 4. The next backup may\n"
    "begin at once. Nothing happens, with success, if there is none.\n";

static const struct option freeze_options[] = {
    {OPTION_TIMEOUT, "timeout", 0, "SECONDS", "after which everything thaws by itself, 1 to 600 (default: 60)"},
    TOOL_SERVICE_OPTION,
    {OPTION_END,     NULL,      0, NULL,      NULL                                                            },
};

static const char freeze_description[] =
    "Freezes the instances named NAME, or all: until 'coldstream thaw', or until the time is over, no byte of their\n"
    "files changes, so that any tool that copies volumes can take an image of them. Readers go on reading, commits\n"
    "wait. Backups that are under way are stopped first. All or none: if one cannot be frozen, none is.\n";

static const struct option thaw_options[] = {
    TOOL_SERVICE_OPTION,
    {OPTION_END, NULL, 0, NULL, NULL},
};

static const char thaw_description[] =
    "Thaws what 'coldstream freeze' or a hook froze. Success also if nothing is frozen; exit status 10 if a freeze "
    "had\n"
    "ended by itself before: an image that was finished after that is only as good as one of a crashed machine.\n";

static int finish(struct tool *tool, const char *what, jet_err err, const char *count_name, uint32_t count)
{
    const int status = err < JET_errSuccess ? tool_service_failed(tool, what, err) : EXIT_STATUS_DONE;
    json_t *object = json_line_new("summary");
    if (err >= JET_errSuccess && count_name)
        json_line_add_u64(object, count_name, count);
    tool_summary(tool, object, status);
    tool_service_end(tool);
    return status;
}

static int stop_run(struct tool *tool)
{
    const bool is_all = tool_option(tool, OPTION_ALL);
    const char *label = tool->options.operand_count > 0 ? tool->options.operands[0] : NULL;
    const char *reason = tool->options.value[OPTION_REASON];
    uint32_t count = 0;
    int status;
    if (is_all == (label != NULL))
        return tool_usage(tool, "whose backup? give NAME or --all");
    if (!tool_service_begin(tool, &status))
        return status;
    jet_err err = tool->service->ops->stop_backups(tool->service, label,
                                                   reason ? reason : "asked for by coldstream stop", &count);
    if (err >= JET_errSuccess)
        report_say(&tool->report, count == 0 ? "no backup was under way" : "stopped: %" PRIu32 " backup%s", count,
                   count == 1 ? "" : "s");
    return finish(tool, label, err, "stopped", count);
}

static int freeze_run(struct tool *tool)
{
    const char *value = tool->options.value[OPTION_TIMEOUT];
    unsigned long long seconds = FREEZE_SECONDS_DEFAULT;
    int status;
    if (value && !options_number(value, 1, FREEZE_SECONDS_MAX, &seconds))
        return tool_usage(tool, "--timeout takes a number of seconds from 1 to %d", FREEZE_SECONDS_MAX);
    if (!tool_service_begin(tool, &status))
        return status;
    const struct service_freeze_request request = {
        .labels = tool->options.operands,
        .label_count = tool->options.operand_count,
        .timeout_ms = (uint32_t)seconds * 1000,
        .is_detached = true,
    };
    jet_err err = tool->service->ops->freeze(tool->service, &request);
    if (err >= JET_errSuccess)
        report_say(&tool->report, "frozen; thaws by itself in %llu s", seconds);
    return finish(tool, NULL, err, "timeout_seconds", (uint32_t)seconds);
}

static int thaw_run(struct tool *tool)
{
    uint32_t count = 0;
    int status;
    if (!tool_service_begin(tool, &status))
        return status;
    jet_err err = tool->service->ops->thaw(tool->service, &count);
    if (err >= JET_errSuccess && count == 0)
        report_say(&tool->report, "nothing was frozen");
    else if (err >= JET_errSuccess)
        report_say(&tool->report, "thawed: %" PRIu32 " instance%s", count, count == 1 ? "" : "s");
    return finish(tool, NULL, err, "thawed", count);
}

const struct command command_stop = {
    .name = "stop",
    .synopsis = "NAME | --all [--reason TEXT] [--bus-address ADDRESS]",
    .summary = "end a backup that is under way",
    .description = stop_description,
    .options = stop_options,
    .operands_min = 0,
    .operands_max = 1,
    .run = stop_run,
};

const struct command command_freeze = {
    .name = "freeze",
    .synopsis = "[NAME...] [--timeout SECONDS] [--bus-address ADDRESS]",
    .summary = "keep the files of instances still",
    .description = freeze_description,
    .options = freeze_options,
    .operands_min = 0,
    .operands_max = (size_t)-1,
    .run = freeze_run,
};

const struct command command_thaw = {
    .name = "thaw",
    .synopsis = "[--bus-address ADDRESS]",
    .summary = "let frozen instances go on",
    .description = thaw_description,
    .options = thaw_options,
    .operands_min = 0,
    .operands_max = 0,
    .run = thaw_run,
};
