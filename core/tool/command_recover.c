/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "os/os_clock.h"
#include "tool/command.h"
#include "tool/json_line.h"

static const struct option recover_options[] = {
    {OPTION_DATABASES,      "databases",      0, "DIR",  "where the databases are, if not beside their logs"  },
    {OPTION_BASE_NAME,      "base-name",      0, "NAME", "of the logs, three characters, if there are several"},
    {OPTION_IGNORE_MISSING, "ignore-missing", 0, NULL,   "recover the others if a database is not there"      },
    {OPTION_END,            NULL,             0, NULL,   NULL                                                 },
};

static const char recover_description[] =
    "Recovers databases that were not closed cleanly: a crashed instance, a copy of its files, a restored backup. DIR\n"
    "holds the log files, and the checkpoint if there is one. What was committed is replayed, what was not is rolled\n"
    "back, and the databases are clean afterwards. Nothing else may use the files meanwhile.\n"
    "\n"
    "Databases are looked for by their names, in DIR or in that of --databases, wherever the logs say that they were.\n"
    "Work that is cut short is done again by the next call. Make a copy first if you may need the files as they are.\n";

static void tell_result(struct tool *tool, const char *folder, bool was_needed,
                        const struct coldstream_summary *summary)
{
    if (!was_needed)
        report_say(&tool->report, "%s: closed cleanly, nothing to recover", folder);
    else
        report_say(&tool->report, "%s: recovered %" PRIu64 " database%s, from log 0x%" PRIX32 " to 0x%" PRIX32, folder,
                   summary->files, summary->files == 1 ? "" : "s", summary->first_generation, summary->last_generation);
}

static int recover_run(struct tool *tool)
{
    const char *folder = tool->options.operands[0];
    const struct coldstream_recover_request request = {
        .folder = folder,
        .databases = tool->options.value[OPTION_DATABASES],
        .base_name = tool->options.value[OPTION_BASE_NAME],
        .ignore_missing = tool_option(tool, OPTION_IGNORE_MISSING),
    };
    struct coldstream_summary summary = {0};
    bool was_needed;
    jet_err err = tool_job_begin(tool, NULL);
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    const uint64_t begin_ns = os_clock_monotonic_ns();
    report_begin(&tool->report, folder);
    err = coldstream_recover(tool->job, &request, &was_needed, &summary);
    report_end(&tool->report);
    const double seconds = (double)(os_clock_monotonic_ns() - begin_ns) / 1e9;
    if (err >= JET_errSuccess)
        tell_result(tool, folder, was_needed, &summary);
    else
        report_outcome(&tool->report, folder, err);

    const int status = tool_exit_status(tool, err, EXIT_STATUS_WARNINGS);
    json_t *object = json_line_new("summary");
    json_line_add_path(object, "folder", folder);
    json_line_add(object, "was_needed", json_boolean(was_needed));
    tool_summary_add(object, &summary);
    json_line_add(object, "seconds", json_real(seconds));
    json_line_add_text(object, "result", jet_err_name(err) ? jet_err_name(err) : "");
    tool_summary(tool, object, status);
    tool_job_end(tool);
    return status;
}

const struct command command_recover = {
    .name = "recover",
    .synopsis = "DIR [--databases DIR] [--base-name NAME] [--ignore-missing]",
    .summary = "make databases clean that were not closed cleanly",
    .description = recover_description,
    .options = recover_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = recover_run,
};
