/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "jet/inspect.h"
#include "tool/command.h"
#include "tool/info.h"
#include "tool/json_line.h"

static const struct option info_options[] = {
    {OPTION_END, NULL, 0, NULL, NULL}
};

static const char info_description[] =
    "Says what FILE is, by its content, and what its header says: state, page size, versions, signatures,\n"
    "the log files that recovery needs, earlier backups. Of a database also the catalogue of tables; with -v\n"
    "their columns and indexes. Of a log file or checkpoint the attached databases; of a backup set (folder or\n"
    "tar) its manifest. Nothing is changed.\n";

static jet_err show(struct tool *tool, struct sheet *sheet, const char *path)
{
    struct finding_listener listener = report_listener(&tool->report);
    enum inspect_kind kind;
    jet_err err = inspect_path_kind(path, &listener, &kind);
    if (err < JET_errSuccess)
        return err;
    bool is_verbose = tool_option(tool, OPTION_VERBOSE) || tool_option(tool, OPTION_JSON);
    switch (kind) {
    case INSPECT_DATABASE: return info_database(sheet, path, is_verbose, &listener);
    case INSPECT_LOG: return info_log(sheet, path, &listener);
    case INSPECT_CHECKPOINT: return info_checkpoint(sheet, path, &listener);
    case INSPECT_SET:
    case INSPECT_TAR: return info_manifest(sheet, path, &listener);
    case INSPECT_FOLDER:
        return finding_report_error(&listener, FINDING_FILE_TYPE, path, JET_errFileInvalidType,
                                    "a folder, but no backup set: name a file in it");
    case INSPECT_UNKNOWN: break;
    }
    return finding_report_error(&listener, FINDING_FILE_TYPE, path, JET_errFileInvalidType,
                                "neither an ESE database, log or checkpoint, nor a backup set");
}

static int info_run(struct tool *tool)
{
    const char *path = tool->options.operands[0];
    struct sheet sheet;
    json_t *answer = tool_option(tool, OPTION_JSON) ? json_line_new("info") : NULL;
    report_begin(&tool->report, path);
    if (answer)
        json_line_add_path(answer, "path", path);
    sheet_begin(&sheet, path, &tool->out, answer);
    jet_err err = show(tool, &sheet, path);
    report_outcome(&tool->report, path, err);
    if (err >= JET_errSuccess)
        report_json(&tool->report, answer);
    else
        json_decref(answer);
    int status = tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);
    tool_summary(tool, json_line_new("summary"), status);
    return status;
}

const struct command command_info = {
    .name = "info",
    .synopsis = "FILE|SET [-v] [--json]",
    .summary = "what a database, log file or backup set is: header, state, tables",
    .description = info_description,
    .options = info_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = info_run,
};
