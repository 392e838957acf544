/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "tool/command.h"
#include "tool/demo.h"
#include "tool/json_line.h"
#include "tool/sample_database.h"
#include "tool/text.h"

enum { DEMO_SIZE_MIN = 4 << 20 };
static const unsigned long long demo_size_default = 64 << 20;
static const unsigned long long demo_size_max = 1ull << 40;

static const struct option demo_options[] = {
    {OPTION_KEEP,      "keep",      0, "DIR",   "work in the new folder DIR and leave everything there"},
    {OPTION_SIZE,      "size",      0, "SIZE",  "of the database: 64M (default), 2G ..."               },
    {OPTION_MAKE,      "make",      0, "FILE",  "only make a database, and do nothing else"            },
    {OPTION_PAGE_SIZE, "page-size", 0, "BYTES", "with --make: 4096 (default), 8192, 16384 or 32768"    },
    {OPTION_END,       NULL,        0, NULL,    NULL                                                   },
};

static const char demo_description[] =
    "Makes a database in a temporary folder and shows the main job on it: looks into it, verifies it, starts backups\n"
    "and stops them, backs it up, restores it, compares, damages it on purpose and finds the damage. Each step is "
    "checked;\n"
    "the exit status is 0 only if all did what they should. Needs three times SIZE on the disk, and removes "
    "everything\n"
    "at the end.\n"
    "\n"
    "With --make it writes a valid database of any size and page size, with tables full of made-up messages, for "
    "tests\n"
    "and measurements.\n";

static int make_only(struct tool *tool, const char *path, unsigned long long size)
{
    unsigned long long page_size = 4096;
    const char *value = tool->options.value[OPTION_PAGE_SIZE];
    char text[TEXT_SIZE_MAX];
    if (value && (!options_number(value, 4096, 32768, &page_size) || (page_size & (page_size - 1)) != 0))
        return tool_usage(tool, "--page-size takes 4096, 8192, 16384 or 32768");
    jet_err err = tool_job_begin(tool, NULL); /* for the interrupt */
    if (err < JET_errSuccess)
        return tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);
    struct sample_database_info info;
    struct sample_database_request request = {
        .path = path,
        .page_size = (uint32_t)page_size,
        .size_bytes = size,
        .seed = 1, /* the same file every time, but for signatures and times */
        .cancel = tool->stop,
    };
    report_begin(&tool->report, path);
    err = sample_database_write(&request, &info);
    report_outcome(&tool->report, path, err);
    if (err >= JET_errSuccess)
        report_say(&tool->report, "%s: %s, %lu pages, %lu rows in the table Messages", path,
                   text_size_format(info.size_bytes, text), (unsigned long)info.count_pages,
                   (unsigned long)info.count_rows);
    int status = tool_exit_status(tool, err, EXIT_STATUS_DAMAGE);
    tool_summary(tool, json_line_new("summary"), status);
    tool_job_end(tool);
    return status;
}

static jet_err folder_make(struct tool *tool, char **ret_folder)
{
    const char *keep = tool->options.value[OPTION_KEEP];
    if (!keep)
        return os_folder_create_temporary("coldstream-demo", ret_folder);
    jet_err err = os_folder_create(keep);
    if (err < JET_errSuccess) {
        report_outcome(&tool->report, keep, err);
        return err;
    }
    *ret_folder = malloc(strlen(keep) + 1);
    if (!*ret_folder)
        return JET_errOutOfMemory;
    strcpy(*ret_folder, keep);
    return JET_errSuccess;
}

static void tell_end(struct tool *tool, const struct demo *demo, jet_err err)
{
    if (err < JET_errSuccess)
        report_error(&tool->report, "step %u could not be finished: %s%s%s", demo->step,
                     demo->watch.text[0] ? demo->watch.text : jet_err_text(err), demo->watch.text[0] ? "" : " ",
                     demo->watch.text[0] || !jet_err_name(err) ? "" : jet_err_name(err));
    else if (demo->count_failed > 0)
        report_error(&tool->report, "%u of %u steps did not do what they should", demo->count_failed, demo->step);
    else
        report_result(&tool->report, "All %u steps did what they should.", demo->step);
}

static int demonstrate(struct tool *tool, unsigned long long size)
{
    struct demo demo = {.tool = tool, .size_bytes = size};
    char text[TEXT_SIZE_MAX];
    report_begin(&tool->report, "demo");
    jet_err err = folder_make(tool, &demo.folder);
    if (err < JET_errSuccess) {
        report_outcome(&tool->report, "temporary folder", err);
        return tool_exit_status(tool, err, EXIT_STATUS_FAILED);
    }
    report_result(&tool->report, "coldstream %s, a demonstration with a database of %s in %s", coldstream_version(),
                  text_size_format(size, text), demo.folder);
    err = demo_run(&demo);
    tell_end(tool, &demo, err);
    int status = tool_exit_status(tool, err, EXIT_STATUS_FAILED);
    if (status == EXIT_STATUS_DONE && demo.count_failed > 0)
        status = EXIT_STATUS_FAILED;
    if (!tool_option(tool, OPTION_KEEP)) {
        err = demo_folder_remove(demo.folder);
        if (err < JET_errSuccess)
            report_error(&tool->report, "%s could not be removed: %s", demo.folder, jet_err_text(err));
    }
    free(demo.folder);
    json_t *object = json_line_new("summary");
    json_line_add_u64(object, "steps", demo.step);
    json_line_add_u64(object, "steps_failed", demo.count_failed);
    tool_summary(tool, object, status);
    return status;
}

static int demo_command_run(struct tool *tool)
{
    const char *make = tool->options.value[OPTION_MAKE];
    const char *value = tool->options.value[OPTION_SIZE];
    unsigned long long size = demo_size_default;
    if (value && (!options_size(value, &size) || size > demo_size_max))
        return tool_usage(tool, "--size takes a number of bytes, with K, M, G or T behind it");
    if (make)
        return make_only(tool, make, size);
    if (tool_option(tool, OPTION_PAGE_SIZE))
        return tool_usage(tool, "--page-size goes with --make");
    if (size < DEMO_SIZE_MIN)
        return tool_usage(tool, "the demonstration needs a database of at least %d MiB", DEMO_SIZE_MIN >> 20);
    return demonstrate(tool, size);
}

const struct command command_demo = {
    .name = "demo",
    .synopsis = "[--size SIZE] [--keep DIR] | --make FILE [--size SIZE] [--page-size BYTES]",
    .summary = "show all this on a database made for the purpose",
    .description = demo_description,
    .options = demo_options,
    .operands_max = 0,
    .findings_are_data = true,
    .run = demo_command_run,
};
