/* SPDX-License-Identifier: MIT */
/* tool.c - from arguments to a command and back to an exit status.
 *
 *      coldstream [OPTION ...] COMMAND [OPTION or OPERAND ...]
 *
 * Options that every command has may stand before or behind its name. All help comes from the tables that the parser
 * reads: it cannot name an option that does not exist.
 */
#include "tool/tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_console.h"
#include "os/os_error.h"
#include "tool/command.h"
#include "tool/json_line.h"

static const struct command *const commands[] = {
    &command_info,    &command_verify,  &command_dump,     &command_backup, &command_restore,
    &command_recover, &command_compact, &command_list,     &command_status, &command_stop,
    &command_freeze,  &command_thaw,    &command_snapshot, &command_demo,
};

/* Those of the platform come behind. NULL: there are no more. */
static const struct command *command_at(const struct tool *tool, size_t index)
{
    if (index < COUNT_OF(commands))
        return commands[index];
    if (!tool->platform || !tool->platform->commands)
        return NULL;
    /* The list ends with NULL, and is asked in order. */
    return tool->platform->commands[index - COUNT_OF(commands)];
}

static const struct option global_options[] = {
    {OPTION_JSON,     "json",     0,   NULL,   "one JSON object per line; 'coldstream --help' says which"},
    {OPTION_QUIET,    "quiet",    'q', NULL,   "only damage and errors"                                  },
    {OPTION_VERBOSE,  "verbose",  'v', NULL,   "more details"                                            },
    {OPTION_PROGRESS, "progress", 0,   "WHEN", "auto (on a terminal it moves), always, never"            },
    {OPTION_NO_COLOR, "no-color", 0,   NULL,   "accepted for the sake of scripts: nothing has a colour"  },
    {OPTION_VERSION,  "version",  0,   NULL,   "print the version"                                       },
    {OPTION_HELP,     "help",     'h', NULL,   "print this; behind a command: its own help"              },
    {OPTION_END,      NULL,       0,   NULL,   NULL                                                      },
};

static const char json_help[] =
    "With --json each line is an object with \"type\" and \"time\". Types: \"file\" (a file was dealt with); "
    "\"note\",\n"
    "\"warning\", \"damage\" and \"error\" (a finding, with kind, path, page, expected, found, error, code, message);\n"
    "\"progress\" (every second); \"info\" and \"page\" (answers of info and dump); \"service\" and \"instance\" (of\n"
    "list and status); \"hook\" (of hook); \"step\", \"result\", \"ok\" and \"failure\" (of demo); and last of all\n"
    "\"summary\", with exit_code. They go to standard output, with 'backup --stdout' to standard error. A path that "
    "is\n"
    "not UTF-8 is also given as path_hex. Members may be added, never changed.\n";

static void print_options(struct output *out, const char *title, const struct option *table)
{
    char line[160];
    if (table->id == OPTION_END)
        return;
    output_print(out, "\n%s\n", title);
    for (; table->id != OPTION_END; table++) {
        options_help_line(table, line, sizeof line);
        output_print(out, "%s\n", line);
    }
}

static void print_exit_statuses(struct output *out)
{
    output_print(out, "\nExit status\n");
#define XX(name, number, meaning) output_print(out, "  %3d  %s\n", (number), (meaning));
    EXIT_STATUS_MAP(XX)
#undef XX
    output_print(out, "  130  interrupted (Ctrl-C); 143: asked to terminate\n");
}

static void print_help(struct tool *tool)
{
    struct output *out = &tool->out;
    const struct command *command;
    output_print(out,
                 "coldstream %s - looks into, verifies, backs up and restores ESE (ESENT, Jet Blue) databases\n\n"
                 "usage: coldstream [OPTION...] COMMAND ...\n\nCommands\n",
                 coldstream_version());
    for (size_t i = 0; (command = command_at(tool, i)) != NULL; i++)
        output_print(out, "  %-8s %s\n", command->name, command->summary);
    output_print(out, "\n'coldstream COMMAND --help' says more about one.\n");
    print_options(out, "Options", global_options);
    print_exit_statuses(out);
    output_print(out, "\n%s", json_help);
}

static void print_command_help(struct output *out, const struct command *command)
{
    output_print(out, "usage: coldstream %s %s\n\n%s", command->name, command->synopsis, command->description);
    print_options(out, "Options", command->options);
    print_options(out, "Options of all commands", global_options);
}

static void complain(const char *format, ...) PRINTF_LIKE(1, 2);

/* To standard error, when there is no report yet or no more. */
static void complain(const char *format, ...)
{
    char line[1024];
    va_list values;
    va_start(values, format);
    int size = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (size > 0)
        os_console_write_stderr(line, strlen(line));
}

int tool_usage(struct tool *tool, const char *format, ...)
{
    char problem[512];
    va_list values;
    va_start(values, format);
    vsnprintf(problem, sizeof problem, format, values);
    va_end(values);
    const struct command *command = tool->command;
    if (command)
        complain("coldstream %s: %s\nusage: coldstream %s %s\nTry 'coldstream %s --help'.\n", command->name, problem,
                 command->name, command->synopsis, command->name);
    else
        complain("coldstream: %s\nusage: coldstream [OPTION...] COMMAND ...\nTry 'coldstream --help'.\n", problem);
    return EXIT_STATUS_USAGE;
}

jet_err tool_job_begin(struct tool *tool, const struct coldstream_callbacks *callbacks)
{
    struct coldstream_callbacks reporting = report_callbacks(&tool->report);
    jet_err err = coldstream_job_new(callbacks ? callbacks : &reporting, &tool->job);
    if (err < JET_errSuccess)
        return err;
    tool->output_targets =
        (struct interrupt_targets){.stop = tool->stop, .status = progress_status_event(tool->report.progress)};
    tool->targets = tool->output_targets;
    tool->targets.job = tool->job;
    err = interrupt_begin(&tool->targets);
    if (err < JET_errSuccess)
        tool_job_end(tool);
    return err;
}

void tool_job_end(struct tool *tool)
{
    interrupt_retarget(&tool->output_targets);
    coldstream_job_free(tool->job);
    tool->job = NULL;
}

int tool_exit_status(const struct tool *tool, jet_err err, enum exit_status status_of_damage)
{
    int interrupted;
    if (err == JET_errBackupAbortByServer && interrupt_happened(&interrupted))
        return interrupted;
    if (err < JET_errSuccess && tool->report.is_other_kind)
        return EXIT_STATUS_FAILED; /* the API calls it a damaged database */
    if (err != JET_errSuccess)
        return (int)exit_status_of(err);
    if (tool->report.damages > 0)
        return (int)status_of_damage;
    return tool->report.warnings > 0 ? EXIT_STATUS_WARNINGS : EXIT_STATUS_DONE;
}

void tool_summary(struct tool *tool, json_t *object, int exit_status)
{
    json_line_add_text(object, "command", tool->command->name);
    json_line_add(object, "exit_code", json_integer(exit_status));
    report_json(&tool->report, object);
}

void tool_summary_add(json_t *object, const struct coldstream_summary *summary)
{
    json_line_add_u64(object, "files", summary->files);
    json_line_add_u64(object, "bytes", summary->bytes);
    json_line_add_u64(object, "notes", summary->notes);
    json_line_add_u64(object, "warnings", summary->warnings);
    json_line_add_u64(object, "damages", summary->damages);
    json_line_add_u64(object, "errors", summary->errors);
    json_line_add_u64(object, "first_generation", summary->first_generation);
    json_line_add_u64(object, "last_generation", summary->last_generation);
    if (!summary->set_digest[0])
        return; /* no whole set */
    json_line_add(object, "recoverable", json_boolean(summary->recoverable));
    json_line_add_text(object, "set_digest", summary->set_digest);
}

static const struct command *command_find(const struct tool *tool, const char *name)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(tool, i)) != NULL; i++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* The progress that the options ask for; false if they make no sense. */
static bool progress_mode(const struct tool *tool, enum progress_mode *ret_mode)
{
    const char *when = tool->options.value[OPTION_PROGRESS];
    if (when && strcmp(when, "auto") != 0 && strcmp(when, "always") != 0 && strcmp(when, "never") != 0)
        return false;
    bool is_always = when && strcmp(when, "always") == 0;
    bool is_never = when && strcmp(when, "never") == 0;
    if (is_never || (tool_option(tool, OPTION_QUIET) && !is_always))
        *ret_mode = PROGRESS_NONE;
    else if (tool_option(tool, OPTION_JSON))
        *ret_mode = PROGRESS_JSON;
    else
        *ret_mode = is_always || os_console_stderr_is_terminal() ? PROGRESS_TERMINAL : PROGRESS_LINES;
    return true;
}

static int run_with_report(struct tool *tool, enum progress_mode mode)
{
    struct report_settings settings = {
        .is_json = tool_option(tool, OPTION_JSON),
        .is_quiet = tool_option(tool, OPTION_QUIET),
        .is_verbose = tool_option(tool, OPTION_VERBOSE),
        .progress = mode,
        .findings_are_data = tool->command->findings_are_data,
        .correctable_is_damage = tool->command->correctable_is_damage,
        .output_is_taken = tool_option(tool, OPTION_STDOUT),
    };
    jet_err err = os_event_new(&tool->stop);
    if (err >= JET_errSuccess)
        err = report_open(&tool->report, &settings, &tool->out);
    if (err < JET_errSuccess) {
        complain("coldstream: %s\n", jet_err_text(err));
        os_event_free(tool->stop);
        return EXIT_STATUS_FAILED;
    }
    tool->out.stop = tool->stop;
    int status = tool->command->run(tool);
    output_flush(&tool->out);
    interrupt_end();
    report_close(&tool->report);
    tool->out.stop = NULL;
    os_event_free(tool->stop);
    return status;
}

static int run_command(struct tool *tool)
{
    enum progress_mode mode;
    size_t count = tool->options.operand_count;
    if (tool_option(tool, OPTION_HELP)) {
        print_command_help(&tool->out, tool->command);
        return EXIT_STATUS_DONE;
    }
    if (count < tool->command->operands_min)
        return tool_usage(tool, "an argument is missing");
    if (count > tool->command->operands_max)
        return tool_usage(tool, "unexpected argument '%s'", tool->options.operands[tool->command->operands_max]);
    if (!progress_mode(tool, &mode))
        return tool_usage(tool, "--progress takes auto, always or never");
    return run_with_report(tool, mode);
}

/* The place of the command's name: the first argument that is no option. Global options have values behind a '=' or
 * as the next argument. */
static int command_place(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--progress") == 0)
            i++;
        else if (argv[i][0] != '-')
            return i;
    }
    return argc;
}

static int parse_and_run(struct tool *tool, int argc, char **argv)
{
    static const struct option no_options[] = {
        {OPTION_END, NULL, 0, NULL, NULL}
    };
    char problem[OPTIONS_PROBLEM_SIZE];
    int place = command_place(argc, argv);
    if (place < argc) {
        tool->command = command_find(tool, argv[place]);
        if (!tool->command)
            return tool_usage(tool, "there is no command '%s'", argv[place]);
        /* Take the name out: what stood before it now stands behind it. */
        memmove(&argv[1 + 1], &argv[1], (size_t)(place - 1) * sizeof *argv);
    }
    const struct option *tables[] = {global_options, tool->command ? tool->command->options : no_options, NULL};
    int first = tool->command ? 2 : 1;
    if (!options_parse(tables, argc > first ? argc - first : 0, argv + first, &tool->options, problem))
        return tool_usage(tool, "%s", problem);
    if (tool_option(tool, OPTION_VERSION)) {
        output_print(&tool->out, "coldstream %s\n", coldstream_version());
        return EXIT_STATUS_DONE;
    }
    if (tool->command)
        return run_command(tool);
    if (!tool_option(tool, OPTION_HELP))
        return tool_usage(tool, "which command?");
    print_help(tool);
    return EXIT_STATUS_DONE;
}

int coldstream_main(int argc, char **argv, const struct tool_platform *platform)
{
    struct tool *tool = calloc(1, sizeof *tool);
    if (!tool)
        return EXIT_STATUS_FAILED;
    tool->platform = platform;
    output_open(&tool->out, NULL);
    int status = parse_and_run(tool, argc, argv);
    jet_err err = output_close(&tool->out);
    /* An interrupt cuts the output as well; it has its own status already. */
    if (err < JET_errSuccess && err != JET_errBackupAbortByServer) {
        complain("coldstream: standard output: %s\n", tool->out.reason[0] ? tool->out.reason : jet_err_text(err));
        if (status == EXIT_STATUS_DONE || status == EXIT_STATUS_WARNINGS)
            status = EXIT_STATUS_FAILED;
    }
    free(tool);
    return status;
}
