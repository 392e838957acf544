/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_stream.h"
#include "tool/command.h"
#include "tool/json_line.h"
#include "tool/text.h"

static const struct option restore_options[] = {
    {OPTION_OUTPUT,       "output",       'o', "DIR", "folder for the files; made if it is missing"       },
    {OPTION_ALLOW_DAMAGE, "allow-damage", 0,   NULL,  "also restore a set that was made with --keep-going"},
    {OPTION_END,          NULL,           0,   NULL,  NULL                                                },
};

static const char restore_description[] =
    "Restores a backup set: a folder, a tar archive, or with '-' an archive from standard input. Everything is\n"
    "verified on its way; the files get their names, all of them, only when the whole set has proved sound. Existing\n"
    "files are never overwritten. A set that was stopped, failed, cut short or changed is refused.\n"
    "\n"
    "The databases are then as they were when they were backed up: those that were not closed cleanly still need\n"
    "'coldstream recover', with the log files that lie beside them.\n";

static void tell_success(struct tool *tool, const char *folder, double seconds,
                         const struct coldstream_summary *summary)
{
    char size[TEXT_SIZE_MAX];
    text_size_format(summary->bytes, size);
    report_say(&tool->report, "%s: restored %" PRIu64 " file%s, %s in %.1f s", folder, summary->files,
               summary->files == 1 ? "" : "s", size, seconds);
    if (!summary->recoverable)
        report_say(&tool->report, "%s: log files that recovery needs were not in the set", folder);
}

static void tell_failure(struct tool *tool, const char *source, const char *folder, jet_err err)
{
    report_outcome(&tool->report, source, err);
    report_say(&tool->report, "coldstream: nothing was restored into %s", folder);
    if (exit_status_of(err) == EXIT_STATUS_DAMAGE)
        report_say(&tool->report, "coldstream: 'coldstream verify' tells all that is wrong with the set%s",
                   tool_option(tool, OPTION_ALLOW_DAMAGE) ? "" : "; one made with --keep-going needs --allow-damage");
}

static jet_err restore(struct tool *tool, const char *source, const char *folder, struct coldstream_summary *summary)
{
    struct os_stream *stream = NULL;
    jet_err err = JET_errSuccess;
    if (strcmp(source, "-") == 0)
        err = os_stream_open_stdin(&stream);
    if (err < JET_errSuccess)
        return err;
    struct coldstream_restore_request request = {
        .source = stream ? "standard input" : source,
        .stream = stream,
        .folder = folder,
        .allow_damage = tool_option(tool, OPTION_ALLOW_DAMAGE),
    };
    err = coldstream_restore(tool->job, &request, summary);
    os_stream_close(stream);
    return err;
}

static int restore_run(struct tool *tool)
{
    const char *source = tool->options.operands[0];
    const char *folder = tool->options.value[OPTION_OUTPUT];
    struct coldstream_summary summary = {0};
    if (!folder || !*folder)
        return tool_usage(tool, "where to? give -o DIR");
    jet_err err = tool_job_begin(tool, NULL);
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    uint64_t begin_ns = os_clock_monotonic_ns();
    report_begin(&tool->report, source);
    err = restore(tool, source, folder, &summary);
    report_end(&tool->report);
    double seconds = (double)(os_clock_monotonic_ns() - begin_ns) / 1e9;
    if (err >= JET_errSuccess)
        tell_success(tool, folder, seconds, &summary);
    else
        tell_failure(tool, source, folder, err);

    int status = tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    json_t *object = json_line_new("summary");
    json_line_add_path(object, "source", source);
    json_line_add_path(object, "folder", folder);
    tool_summary_add(object, &summary);
    json_line_add(object, "seconds", json_real(seconds));
    json_line_add_text(object, "result", jet_err_name(err) ? jet_err_name(err) : "");
    tool_summary(tool, object, status);
    tool_job_end(tool);
    return status;
}

const struct command command_restore = {
    .name = "restore",
    .synopsis = "SET|TAR|- -o DIR [--allow-damage]",
    .summary = "restore a backup set, verifying it on the way",
    .description = restore_description,
    .options = restore_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = restore_run,
};
