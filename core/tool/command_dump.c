/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jet/inspect.h"
#include "tool/command.h"
#include "tool/dump_log.h"
#include "tool/dump_page.h"
#include "tool/json_line.h"

static const struct option dump_options[] = {
    {OPTION_PAGE, "page", 'p', "N",  "page number, from 1 on; or 'header', 'shadow' for the two header pages"},
    {OPTION_END,  NULL,   0,   NULL, NULL                                                                    },
};

static const char dump_description[] =
    "Prints one page of a database: what its checksum says, its header, its tags and nodes, and its bytes. A\n"
    "damaged page is taken apart as far as that goes (exit status 7).\n"
    "Of a log file, prints the records, one on a line, up to its end or to damage (exit status 7); with --json, an\n"
    "object each.\n";

/* As inspect_database_read_page() counts. */
enum { PAGE_HEADER = -1, PAGE_SHADOW = 0 };

static bool page_parse(const char *text, int64_t *ret_page)
{
    unsigned long long number;
    if (strcmp(text, "header") == 0)
        *ret_page = PAGE_HEADER;
    else if (strcmp(text, "shadow") == 0)
        *ret_page = PAGE_SHADOW;
    else if (options_number(text, 1, PGNO_MAX, &number))
        *ret_page = (int64_t)number;
    else
        return false;
    return true;
}

/* `*ret_verdict`: what is wrong with the page. */
static jet_err dump(struct tool *tool, struct sheet *sheet, const char *path, int64_t page, jet_err *ret_verdict)
{
    struct finding_listener listener = report_listener(&tool->report);
    struct inspect_database *database = NULL;
    struct inspect_database_info info;
    enum inspect_kind kind;
    uint8_t *bytes = malloc(PAGE_SIZE_MAX);
    /* Any kind will do: a damaged database may be none. But looking finds nothing where opening finds a bad path. */
    jet_err err = bytes ? inspect_path_kind(path, &listener, &kind) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = inspect_database_open(path, &listener, &database);
    if (err < JET_errSuccess)
        goto out;
    inspect_database_info(database, &info);
    err = inspect_database_read_page(database, page, bytes, &listener);
    if (err == JET_errFileIOBeyondEOF)
        report_error(&tool->report, "%s: there is no page %lld; the last one of the file is %llu", path,
                     (long long)page, (unsigned long long)info.file_pages);
    if (err < JET_errSuccess)
        goto out;
    if (page > 0)
        *ret_verdict = dump_page(sheet, bytes, info.page_size, (pgno_t)page);
    else
        *ret_verdict = dump_header(sheet, bytes, info.page_size);
out:
    inspect_database_close(database);
    free(bytes);
    return err;
}

static int dump_log_run(struct tool *tool, const char *path)
{
    report_begin(&tool->report, path);
    jet_err err = dump_log(&tool->report, &tool->out, path);
    report_outcome(&tool->report, path, err);
    int status = tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);
    tool_summary(tool, json_line_new("summary"), status);
    return status;
}

static bool is_log(const char *path)
{
    static const struct finding_listener nobody = {0};
    enum inspect_kind kind;
    return inspect_path_kind(path, &nobody, &kind) >= JET_errSuccess && kind == INSPECT_LOG;
}

static int dump_run(struct tool *tool)
{
    const char *path = tool->options.operands[0];
    const char *page_text = tool->options.value[OPTION_PAGE];
    char title[1024];
    int64_t page;
    struct sheet sheet;
    if (!page_text && is_log(path))
        return dump_log_run(tool, path);
    if (!page_text)
        return tool_usage(tool, "which page? give --page N");
    if (!page_parse(page_text, &page))
        return tool_usage(tool, "--page takes a number from 1 on, 'header' or 'shadow'");
    report_begin(&tool->report, path);
    json_t *answer = tool_option(tool, OPTION_JSON) ? json_line_new("page") : NULL;
    if (answer)
        json_line_add_path(answer, "path", path);
    snprintf(title, sizeof title, "%s: page %s", path, page_text);
    sheet_begin(&sheet, title, &tool->out, answer);
    jet_err verdict = JET_errSuccess;
    jet_err err = dump(tool, &sheet, path, page, &verdict);
    report_outcome(&tool->report, path, err);
    if (err >= JET_errSuccess)
        report_json(&tool->report, answer);
    else
        json_decref(answer);
    int status = tool_exit_status(tool, err < JET_errSuccess ? err : verdict, EXIT_STATUS_DAMAGE);
    tool_summary(tool, json_line_new("summary"), status);
    return status;
}

const struct command command_dump = {
    .name = "dump",
    .synopsis = "DATABASE --page N|header|shadow | LOG [--json]",
    .summary = "one page of a database: header, tags, nodes, bytes; the records of a log",
    .description = dump_description,
    .options = dump_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = dump_run,
};
