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
#include "tool/tool.h"
#include "tool/tool_service.h"

static const struct option backup_options[] = {
    {OPTION_OUTPUT,       "output",       'o', "DIR",  "write the set to the new folder DIR"                             },
    {OPTION_STDOUT,       "stdout",       0,   NULL,   "write the set as a tar archive to standard output"               },
    {OPTION_KEEP_PARTIAL, "keep-partial", 0,   NULL,   "leave DIR.partial behind after a failure, for a look"            },
    {OPTION_KEEP_GOING,   "keep-going",   0,   NULL,   "PATH: go on after damaged pages; they are listed in the manifest"},
    {OPTION_LIVE,         "live",         0,   NULL,   "take the operand for the NAME of an instance, whatever it is"    },
    {OPTION_INCREMENTAL,  "incremental",  0,   NULL,   "NAME: only the logs since the last backup"                       },
    {OPTION_COPY,         "copy",         0,   NULL,   "NAME: all of it, not recorded as a backup, no log is deleted"    },
    {OPTION_NO_TRUNCATE,  "no-truncate",  0,   NULL,   "NAME: no log is deleted"                                         },
    {OPTION_MAX_RATE,     "max-rate",     0,   "SIZE", "NAME: at most so many bytes a second (64M, 1G)"                  },
    TOOL_SERVICE_OPTION,
    {OPTION_END,          NULL,           0,   NULL,   NULL                                                              },
};

static const char backup_description[] =
    "Backs up the running instance NAME of the service, or, as PATH, a database that no engine has open, or a folder "
    "of\n"
    "them with their log files and checkpoint. An operand is a PATH if it contains a separator or if something of "
    "that\n"
    "name is there, else the NAME of an instance ('coldstream list' lists them); --live makes it a NAME.\n"
    "\n"
    "Every page is verified on its way. The set is DIR, or a tar archive: the files and, last, "
    "coldstream-manifest.json\n"
    "with their sizes and digests. DIR is written as DIR.partial and gets its name only when it is whole.\n"
    "\n"
    "A damaged page ends the backup (exit status 7), unless --keep-going is given. A single flipped bit is mended in\n"
    "the copy and reported (exit status 3); the database itself is never written to. Ctrl-C stops the backup at once\n"
    "and leaves nothing under the name DIR (exit status 130). An archive that was cut short has no manifest, and\n"
    "restore and verify refuse it: if this command fails, what came out of it is no backup.\n"
    "\n"
    "The backup of an instance is stopped by 'coldstream stop', by a freeze, and when the service ends: exit status "
    "4.\n"
    "When the set is safe, log files that it makes superfluous are deleted; that this is not allowed is a warning.\n";

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
    if (tool_option(tool, OPTION_INCREMENTAL))
        report_say(&tool->report, "%s: these are logs, for the databases of the full backup before", set);
    else if (!summary->recoverable)
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
    if (exit_status_of(err) == EXIT_STATUS_DAMAGE && !tool->report.is_other_kind && !tool->service)
        report_say(&tool->report,
                   "coldstream: 'coldstream verify' tells all that is damaged; --keep-going backs up what is there");
    if (err == JET_errFileAccessDenied && !tool->service)
        report_say(&tool->report, "coldstream: is it open in an engine, or somebody else's?");
    tell_rest(tool, set, err);
}

/* Made of files. */
static jet_err back_up_files(struct tool *tool, const char *source, const char *set, struct coldstream_summary *summary)
{
    const struct coldstream_backup_request request = {
        .source = source,
        .set = set,
        .stream = set ? NULL : tool->out.stream,
        .keep_going = tool_option(tool, OPTION_KEEP_GOING),
        .keep_partial = tool_option(tool, OPTION_KEEP_PARTIAL),
    };
    return coldstream_backup(tool->job, &request, summary);
}

/* Made by the service. */
static jet_err back_up_instance(struct tool *tool, const char *label, const char *set,
                                struct coldstream_summary *summary)
{
    const bool is_copy = tool_option(tool, OPTION_COPY);
    struct service_backup_request asked = {
        .label = label,
        .is_incremental = tool_option(tool, OPTION_INCREMENTAL),
        .is_copy = is_copy,
    };
    unsigned long long max_rate = 0;
    if (tool_option(tool, OPTION_MAX_RATE) && options_size(tool->options.value[OPTION_MAX_RATE], &max_rate))
        asked.max_rate = max_rate;
    const struct sender sender = tool->service->ops->backup(tool->service, &asked);
    const struct coldstream_receive_request request = {
        .sender = &sender,
        .set = set,
        .stream = set ? NULL : tool->out.stream,
        .incremental = asked.is_incremental,
        .truncate = !is_copy && !tool_option(tool, OPTION_NO_TRUNCATE),
        .keep_partial = tool_option(tool, OPTION_KEEP_PARTIAL),
    };
    return coldstream_receive(tool->job, &request, summary);
}

/* A service knows better what its refusal means. */
static int status_of(const struct tool *tool, jet_err err)
{
    const bool is_refusal = tool->service && err < JET_errSuccess && err != JET_errBackupAbortByServer &&
                            tool->service->failure.status != EXIT_STATUS_DONE;
    return is_refusal ? (int)tool->service->failure.status : tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
}

static void tell_who_stopped_it(struct tool *tool, jet_err err)
{
    int interrupted;
    if (tool->service && err == JET_errBackupAbortByServer && !interrupt_happened(&interrupted) &&
        tool->service->failure.text[0])
        report_say(&tool->report, "coldstream: the service says: %s", tool->service->failure.text);
}

static int run_job(struct tool *tool, const char *source, const char *set)
{
    struct coldstream_summary summary = {0};
    uint64_t begin_ns = os_clock_monotonic_ns();
    report_begin(&tool->report, source);
    jet_err err =
        tool->service ? back_up_instance(tool, source, set, &summary) : back_up_files(tool, source, set, &summary);
    report_end(&tool->report);
    double seconds = (double)(os_clock_monotonic_ns() - begin_ns) / 1e9;
    if (err >= JET_errSuccess)
        tell_success(tool, source, set ? set : "standard output", seconds, &summary);
    else
        tell_failure(tool, source, set, err);
    tell_who_stopped_it(tool, err);

    int status = status_of(tool, err);
    json_t *object = json_line_new("summary");
    if (tool->service)
        json_line_add_text(object, "instance", source);
    else
        json_line_add_path(object, "source", source);
    if (set)
        json_line_add_path(object, "set", set);
    tool_summary_add(object, &summary);
    json_line_add(object, "seconds", json_real(seconds));
    json_line_add_text(object, "result", jet_err_name(err) ? jet_err_name(err) : "");
    tool_summary(tool, object, status);
    return status;
}

static bool has_service(const struct tool *tool)
{
    return tool->platform && tool->platform->service;
}

static int backup_to(struct tool *tool, const char *source, const char *set, bool is_instance)
{
    int status;
    jet_err err = tool_job_begin(tool, NULL);
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    if (!is_instance || tool_service_open(tool, &status))
        status = run_job(tool, source, set);
    if (!is_instance && status == EXIT_STATUS_DAMAGE && has_service(tool) && os_path_name(source) == source)
        report_say(&tool->report,
                   "coldstream: %s is a file or folder here; with --live it is the instance of this name", source);
    if (is_instance && (status == EXIT_STATUS_NO_SERVICE || status == EXIT_STATUS_NOT_FOUND))
        report_say(&tool->report, "coldstream: nor is there a file or folder named %s", source);
    tool_service_end(tool);
    tool_job_end(tool);
    return status;
}

/* The rule of the description. Where there is no service everything is a path. */
static bool is_instance_name(const struct tool *tool, const char *operand)
{
    struct os_path_info info;
    if (tool_option(tool, OPTION_LIVE))
        return true;
    return has_service(tool) && *operand && os_path_name(operand) == operand &&
           os_path_stat(operand, &info) < JET_errSuccess;
}

/* NULL, or what is wrong with the options together. */
static const char *contradiction(const struct tool *tool, bool is_instance)
{
    static const enum option_id of_instances[] = {OPTION_INCREMENTAL, OPTION_COPY, OPTION_NO_TRUNCATE, OPTION_MAX_RATE};
    unsigned long long rate;
    for (size_t i = 0; i < COUNT_OF(of_instances); i++)
        if (!is_instance && tool_option(tool, of_instances[i]))
            return "--incremental, --copy, --no-truncate and --max-rate are for instances of the service, and this is "
                   "a path (--live makes it a name)";
    if (is_instance && tool_option(tool, OPTION_KEEP_GOING))
        return "--keep-going is for files: the service passes no damaged page on";
    if (tool_option(tool, OPTION_INCREMENTAL) && tool_option(tool, OPTION_COPY))
        return "--incremental and --copy exclude each other";
    if (tool_option(tool, OPTION_MAX_RATE) && (!options_size(tool->options.value[OPTION_MAX_RATE], &rate) || rate == 0))
        return "--max-rate takes a size, such as 64M";
    return NULL;
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
    const bool is_instance = is_instance_name(tool, source);
    const char *problem = contradiction(tool, is_instance);
    if (problem)
        return tool_usage(tool, "%s", problem);
    return backup_to(tool, source, set, is_instance);
}

const struct command command_backup = {
    .name = "backup",
    .synopsis = "NAME | PATH -o DIR | --stdout [OPTION...]",
    .summary = "back up a running instance, or the files of one that is not",
    .description = backup_description,
    .options = backup_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = backup_run,
};
