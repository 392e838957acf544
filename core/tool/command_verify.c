/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "jet/inspect.h"
#include "os/os_thread.h"
#include "tool/command.h"
#include "tool/json_line.h"

enum { JOBS_MAX = 64 };

static const struct option verify_options[] = {
    {OPTION_JOBS, "jobs", 'j', "N",  "threads that check pages (default: one for each processor, at most 4)"},
    {OPTION_DEEP, "deep", 0,   NULL, "look into databases, too: trees, space, catalogue, records, indexes"  },
    {OPTION_END,  NULL,   0,   NULL, NULL                                                                   },
};

static const char verify_description[] =
    "Reads every page and checks it. PATH is a database, a log file, a checkpoint, a folder of them, or a backup\n"
    "set (folder or tar), of which the manifest and the digest of every file are checked as well.\n"
    "\n"
    "Damage is printed on standard output, a line for each page: file, page number, and the checksum that the\n"
    "page carries (expected) and that its bytes give (found). A single flipped bit is damage too, although it can\n"
    "be mended. The exit status is 7 if there is damage, 3 if there are only warnings (such as pages behind the end "
    "of\n"
    "a database that cannot be checked), and 0 only if all is sound.\n"
    "\n"
    "With --deep the pages of a database are put together as well: that they make trees, that every page is used by\n"
    "one of them or free, that the catalogue agrees with its copy and with the trees, records with their columns and\n"
    "keys, indexes and long values with the records. Keys of Unicode text are not compared, only where they lead.\n"
    "In a database that was not closed cleanly, what recovery may yet mend is a warning.\n";

/* A line for what consists of several files. */
static void tell_whole(struct tool *tool, const char *path, jet_err err, const struct coldstream_summary *summary)
{
    struct finding_listener nobody = {0};
    enum inspect_kind kind;
    if (err < JET_errSuccess || inspect_path_kind(path, &nobody, &kind) < JET_errSuccess)
        return;
    const char *verdict = tool->report.damages > 0 ? "has damage" : "sound";
    if (kind == INSPECT_SET || kind == INSPECT_TAR)
        report_result(&tool->report, "%s: backup set, %llu file%s, %s%s", path, (unsigned long long)summary->files,
                      summary->files == 1 ? "" : "s", verdict,
                      summary->recoverable ? "" : ", but log files are missing for recovery");
    else if (kind == INSPECT_FOLDER)
        report_result(&tool->report, "%s: %llu file%s, %s", path, (unsigned long long)summary->files,
                      summary->files == 1 ? "" : "s", verdict);
}

static enum exit_status verify_one(struct tool *tool, const char *path, unsigned jobs, struct coldstream_summary *total)
{
    const bool is_deep = tool_option(tool, OPTION_DEEP);
    struct coldstream_summary summary = {0};
    report_begin(&tool->report, path);
    jet_err err = is_deep ? coldstream_verify_deep(tool->job, path, jobs, &summary)
                          : coldstream_verify(tool->job, path, jobs, &summary);
    report_end(&tool->report);
    report_outcome(&tool->report, path, err);
    tell_whole(tool, path, err, &summary);
    total->files += summary.files;
    total->bytes += summary.bytes;
    total->notes += tool->report.notes;
    total->warnings += tool->report.warnings;
    total->damages += tool->report.damages;
    total->errors += tool->report.errors;
    if (tool->options.operand_count == 1) {
        total->first_generation = summary.first_generation;
        total->last_generation = summary.last_generation;
        total->recoverable = summary.recoverable;
        memcpy(total->set_digest, summary.set_digest, sizeof total->set_digest);
    }
    if (err == JET_errBackupAbortByServer)
        return EXIT_STATUS_STOPPED;
    /* Of a folder `err` is only the first error: damage in another file counts for more. */
    enum exit_status status = (enum exit_status)tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);
    return tool->report.has_damage ? exit_status_worse(status, EXIT_STATUS_DAMAGE) : status;
}

static unsigned default_jobs(void)
{
    unsigned processors = os_processor_count();
    return processors < 4 ? processors : 4;
}

static int verify_run(struct tool *tool)
{
    unsigned long long jobs = default_jobs();
    const char *value = tool->options.value[OPTION_JOBS];
    if (value && !options_number(value, 1, JOBS_MAX, &jobs))
        return tool_usage(tool, "--jobs takes a number from 1 to %d", JOBS_MAX);
    jet_err err = tool_job_begin(tool, NULL);
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);

    struct coldstream_summary total = {0};
    enum exit_status status = EXIT_STATUS_DONE;
    for (size_t i = 0; i < tool->options.operand_count && status != EXIT_STATUS_STOPPED; i++)
        status = exit_status_worse(status, verify_one(tool, tool->options.operands[i], (unsigned)jobs, &total));

    int exit_status = (int)status;
    if (status == EXIT_STATUS_STOPPED)
        exit_status = tool_exit_status(tool, JET_errBackupAbortByServer, EXIT_STATUS_DAMAGE);
    json_t *object = json_line_new("summary");
    tool_summary_add(object, &total);
    tool_summary(tool, object, exit_status);
    tool_job_end(tool);
    return exit_status;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "PATH... [--deep] [--jobs N]",
    .summary = "check every page of databases, logs, backup sets",
    .description = verify_description,
    .options = verify_options,
    .operands_min = 1,
    .operands_max = (size_t)-1,
    .findings_are_data = true,
    .correctable_is_damage = true,
    .run = verify_run,
};
