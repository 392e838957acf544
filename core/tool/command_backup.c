/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "tool/command.h"
#include "tool/json_line.h"
#include "tool/text.h"

static const struct option backup_options[] = {
    {OPTION_OUTPUT,       "output",       'o', "DIR", "write the set to the new folder DIR"                       },
    {OPTION_STDOUT,       "stdout",       0,   NULL,  "write the set as a tar archive to standard output"         },
    {OPTION_KEEP_GOING,   "keep-going",   0,   NULL,  "go on after damaged pages; they are listed in the manifest"},
    {OPTION_KEEP_PARTIAL, "keep-partial", 0,   NULL,  "leave DIR.partial behind after a failure, for a look"      },
    {OPTION_END,          NULL,           0,   NULL,  NULL                                                        },
};

static const char backup_description[] =
    "Backs up a database that no engine has open, or a folder of them with their log files and checkpoint. Every\n"
    "page is verified on its way. The set is DIR, or a tar archive: the files and, last, coldstream-manifest.json\n"
    "with their sizes and digests. DIR is written as DIR.partial and gets its name only when it is whole.\n"
    "\n"
    "A damaged page ends the backup (exit status 7), unless --keep-going is given. A single flipped bit is mended in\n"
    "the copy and reported (exit status 3); the database itself is never written to. Ctrl-C stops the backup at once\n"
    "and leaves nothing under the name DIR (exit status 130). An archive that was cut short has no manifest, and\n"
    "restore and verify refuse it: if this command fails, what came out of it is no backup.\n";

static void tell_success(struct tool *tool, const char *source, const char *set, double seconds,
                         const struct coldstream_summary *summary)
{
    char size[TEXT_SIZE_MAX], rate[TEXT_SIZE_MAX], logs[64] = "";
    text_size_format(summary->bytes, size);
    text_size_format(seconds > 0 ? (uint64_t)((double)summary->bytes / seconds) : summary->bytes, rate);
    if (summary->last_generation > 0)
        snprintf(logs, sizeof logs, ", log generations %" PRIu32 " to %" PRIu32, summary->first_generation,
                 summary->last_generation);
    report_say(&tool->report, "%s: backed up to %s: %" PRIu64 " file%s, %s%s in %.1f s (%s/s)", source, set,
               summary->files, summary->files == 1 ? "" : "s", size, logs, seconds, rate);
    if (tool->report.damages > 0 && tool_option(tool, OPTION_KEEP_GOING)) /* without it nothing damaged is passed on */
        report_say(&tool->report,
                   "%s: damaged pages are in the set as they are; 'restore' takes it with --allow-damage", set);
    if (!summary->recoverable)
        report_say(&tool->report, "%s: the set lacks log files that recovery will need", set);
}

/* What became of the copy, where that is not plain from the error. */
static void tell_rest(struct tool *tool, const char *set, jet_err err)
{
    if (!set)
        report_say(&tool->report, "coldstream: the archive is not whole; do not keep it");
    else if (tool_option(tool, OPTION_KEEP_PARTIAL))
        report_say(&tool->report, "coldstream: what was written is in %s.partial and is no backup", set);
    else if (err == JET_errBackupAbortByServer || err == JET_errDiskFull || tool->report.damages > 0)
        report_say(&tool->report, "coldstream: nothing was left behind");
}

static void tell_failure(struct tool *tool, const char *source, const char *set, jet_err err)
{
    report_outcome(&tool->report, source, err);
    if (exit_status_of(err) == EXIT_STATUS_DAMAGE && !tool->report.is_other_kind)
        report_say(&tool->report,
                   "coldstream: 'coldstream verify' tells all that is damaged; --keep-going backs up what is there");
    if (err == JET_errFileAccessDenied)
        report_say(&tool->report, "coldstream: is it open in an engine, or somebody else's?");
    tell_rest(tool, set, err);
}

static int backup_to(struct tool *tool, const char *source, const char *set)
{
    struct coldstream_summary summary = {0};
    struct coldstream_backup_request request = {
        .source = source,
        .set = set,
        .stream = set ? NULL : tool->out.stream,
        .keep_going = tool_option(tool, OPTION_KEEP_GOING),
        .keep_partial = tool_option(tool, OPTION_KEEP_PARTIAL),
    };
    jet_err err = tool_job_begin(tool, NULL);
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    uint64_t begin_ns = os_clock_monotonic_ns();
    report_begin(&tool->report, source);
    err = coldstream_backup(tool->job, &request, &summary);
    report_end(&tool->report);
    double seconds = (double)(os_clock_monotonic_ns() - begin_ns) / 1e9;
    if (err >= JET_errSuccess)
        tell_success(tool, source, set ? set : "standard output", seconds, &summary);
    else
        tell_failure(tool, source, set, err);

    int status = tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    json_t *object = json_line_new("summary");
    json_line_add_path(object, "source", source);
    if (set)
        json_line_add_path(object, "set", set);
    tool_summary_add(object, &summary);
    json_line_add(object, "seconds", json_real(seconds));
    json_line_add_text(object, "result", jet_err_name(err) ? jet_err_name(err) : "");
    tool_summary(tool, object, status);
    tool_job_end(tool);
    return status;
}

static int backup_run(struct tool *tool)
{
    const char *source = tool->options.operands[0];
    const char *set = tool->options.value[OPTION_OUTPUT];
    if (!set && !tool_option(tool, OPTION_STDOUT))
        return tool_usage(tool, "where to? give -o DIR or --stdout");
    if (set && tool_option(tool, OPTION_STDOUT))
        return tool_usage(tool, "-o and --stdout exclude each other");
    if (set && !*set)
        return tool_usage(tool, "-o needs the name of a folder to make");
    if (!set && !tool->out.stream) {
        report_error(&tool->report, "standard output: %s", tool->out.reason);
        return EXIT_STATUS_FAILED;
    }
    if (!set && os_stream_is_terminal(tool->out.stream))
        return tool_usage(tool, "a tar archive is no sight for a terminal: redirect it to a file or a program");
    return backup_to(tool, source, set);
}

const struct command command_backup = {
    .name = "backup",
    .synopsis = "PATH -o DIR | --stdout [--keep-going] [--keep-partial]",
    .summary = "back up a database, or a folder with databases and logs",
    .description = backup_description,
    .options = backup_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = backup_run,
};
