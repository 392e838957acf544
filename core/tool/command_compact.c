/* SPDX-License-Identifier: MIT */
/* command_compact.c - a database is written anew, by an engine without logs: nothing else may use either file. */
#include <inttypes.h>
#include <stdlib.h>

#include "jet/esent.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "tool/command.h"
#include "tool/json_line.h"

static const struct option compact_options[] = {
    {OPTION_END, NULL, 0, NULL, NULL},
};

static const char compact_description[] =
    "Writes the tables of SRC, a database that was closed cleanly, into the new database DEST: densely, without what "
    "was\n"
    "deleted, with every row, index and long value. SRC is only read. If it is stopped or fails there is no DEST.\n"
    "\n"
    "Tables that are derived from a template cannot be copied yet.\n";

enum { VERSION_PAGES = 16384 };

struct compaction {
    struct tool *tool;
    const char *from, *to;
    JET_INSTANCE instance;
    JET_SESID session;
    uint32_t page_size;
    bool is_attached; /* SRC is: what then fails to be made is DEST */
};

/* The callback of the API has no context: there is one command in a process. */
static struct compaction *current;

static JET_ERR JET_API on_status(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv)
{
    const JET_SNPROG *progress = pv;

    (void)sesid;
    if (snp != JET_snpCompact || snt != JET_sntProgress || !progress)
        return JET_errSuccess;
    const struct coldstream_progress update = {
        .phase = "databases",
        .file = os_path_name(current->from),
        .file_index = 1,
        .file_count = 1,
        .bytes_done = (uint64_t)progress->cunitDone * current->page_size,
        .bytes_total = (uint64_t)progress->cunitTotal * current->page_size,
    };
    progress_update(current->tool->report.progress, &update);
    return os_event_wait(current->tool->stop, 0) ? JET_errBackupAbortByServer : JET_errSuccess;
}

static jet_err instance_begin(struct compaction *job)
{
    char *folder = os_path_parent(job->to);
    jet_err err = folder ? JET_errSuccess : JET_errOutOfMemory;

    if (err >= JET_errSuccess)
        err = JetGetDatabaseFileInfoA(job->from, &job->page_size, sizeof job->page_size, JET_DbInfoPageSize);
    if (err >= JET_errSuccess)
        err = JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, job->page_size, NULL);
    if (err >= JET_errSuccess)
        err = JetCreateInstanceA(&job->instance, "compact");
    if (err >= JET_errSuccess)
        err = JetSetSystemParameterA(&job->instance, 0, JET_paramRecovery, 0, "off");
    if (err >= JET_errSuccess)
        err = JetSetSystemParameterA(&job->instance, 0, JET_paramTempPath, 0, folder);
    /* The database may be a stranger's: no code that it names is loaded. */
    if (err >= JET_errSuccess)
        err = JetSetSystemParameterA(&job->instance, 0, JET_paramEnablePersistedCallbacks, 0, NULL);
    /* A table is made in one transaction, be it of 65,000 columns. */
    if (err >= JET_errSuccess)
        err = JetSetSystemParameterA(&job->instance, 0, JET_paramMaxVerPages, VERSION_PAGES, NULL);
    if (err >= JET_errSuccess)
        err = JetInit(&job->instance);
    if (err >= JET_errSuccess)
        err = JetBeginSessionA(job->instance, &job->session, NULL, NULL);
    free(folder);
    return err;
}

static jet_err compact(struct compaction *job)
{
    jet_err err = instance_begin(job);

    if (err >= JET_errSuccess)
        err = JetAttachDatabaseA(job->session, job->from, JET_bitDbReadOnly);
    job->is_attached = err >= JET_errSuccess;
    if (err >= JET_errSuccess)
        err = JetCompactA(job->session, job->from, job->to, on_status, NULL, 0);
    if (job->instance != 0) {
        const jet_err end_err = JetTerm2(job->instance, JET_bitTermComplete);
        if (err >= JET_errSuccess)
            err = end_err;
    }
    return err;
}

static bool is_of_a_new_file(jet_err err)
{
    return err == JET_errDatabaseDuplicate || err == JET_errDiskFull || err == JET_errInvalidPath ||
           err == JET_errFileAccessDenied;
}

static void tell_failure(const struct compaction *job, jet_err err)
{
    if (err == JET_errBackupAbortByServer)
        report_error(&job->tool->report, "%s: stopped; nothing was left behind", job->to);
    else
        report_outcome(&job->tool->report, job->is_attached && is_of_a_new_file(err) ? job->to : job->from, err);
}

static uint64_t size_of(const char *path)
{
    struct os_path_info info;

    return os_path_stat(path, &info) >= JET_errSuccess ? info.size_bytes : 0;
}

static int compact_run(struct tool *tool)
{
    struct compaction job = {.tool = tool, .from = tool->options.operands[0], .to = tool->options.operands[1]};
    jet_err err = tool_job_begin(tool, NULL);

    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    const uint64_t begin_ns = os_clock_monotonic_ns();
    report_begin(&tool->report, job.from);
    current = &job;
    err = compact(&job);
    report_end(&tool->report);
    if (err >= JET_errSuccess)
        report_say(&tool->report, "%s: %" PRIu64 " bytes; %s: %" PRIu64 " bytes", job.from, size_of(job.from), job.to,
                   size_of(job.to));
    else
        tell_failure(&job, err);

    const int status = tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    json_t *object = json_line_new("summary");
    json_line_add_path(object, "from", job.from);
    json_line_add_path(object, "to", job.to);
    json_line_add(object, "seconds", json_real((double)(os_clock_monotonic_ns() - begin_ns) / 1e9));
    json_line_add_text(object, "result", jet_err_name(err) ? jet_err_name(err) : "");
    tool_summary(tool, object, status);
    tool_job_end(tool);
    return status;
}

const struct command command_compact = {
    .name = "compact",
    .synopsis = "SRC DEST",
    .summary = "write a database anew, densely",
    .description = compact_description,
    .options = compact_options,
    .operands_min = 2,
    .operands_max = 2,
    .run = compact_run,
};
