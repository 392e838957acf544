/* SPDX-License-Identifier: MIT */
/* command_config.c - `config check|unit-dropin`: what the service would make of its configuration. The service's
 * program is asked: it alone knows how to read it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "tool/json_line.h"

#define SERVICE_PROGRAM "coldstreamd"

static const struct option config_options[] = {
    {OPTION_CONFIG, "config", 0, "FILE", "another file than /etc/coldstream/coldstream.conf"},
    {OPTION_END,    NULL,     0, NULL,   NULL                                               },
};

static const char config_description[] =
    "  check         reads the configuration as the service would; each error is named by file and line (exit status "
    "2)\n"
    "  unit-dropin   prints a drop-in for the unit of the service that lets it write to the folders of its instances;\n"
    "                put it into /etc/systemd/system/coldstreamd.service.d/\n";

/* Beside this program in a build, else where it is installed. */
static bool find_program(char path[PATH_MAX])
{
    const ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (size > 0) {
        path[size] = '\0';
        char *name = strrchr(path, '/');
        const size_t room = name ? (size_t)(path + PATH_MAX - 1 - name) : 0;
        if (name && snprintf(name + 1, room, "%s", SERVICE_PROGRAM) < (int)room && access(path, X_OK) == 0)
            return true;
    }
    (void)snprintf(path, PATH_MAX, "%s", COLDSTREAM_LIBEXEC "/" SERVICE_PROGRAM);
    return access(path, X_OK) == 0;
}

static void tell_line(struct tool *tool, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (tool_option(tool, OPTION_JSON)) {
        json_t *object = json_line_new("note");
        json_line_add_text(object, "message", line);
        report_json(&tool->report, object);
    } else {
        output_print(&tool->out, "%s\n", line);
    }
}

static void tell_lines(struct tool *tool, int fd)
{
    char line[4096];
    FILE *lines = fdopen(fd, "r");
    if (!lines) {
        (void)close(fd);
        return;
    }
    while (fgets(line, sizeof line, lines))
        tell_line(tool, line);
    (void)fclose(lines);
}

/* What the program prints, on both ways, is told here. Its exit status; negative: it could not be run. */
static int run_program(struct tool *tool, char *const arguments[])
{
    posix_spawn_file_actions_t actions;
    int ends[2], status = 0;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    const int reason = posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (reason != 0) {
        (void)close(ends[0]);
        errno = reason;
        return -1;
    }
    tell_lines(tool, ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_STATUS_FAILED;
}

static int config_run(struct tool *tool)
{
    const char *action = tool->options.operands[0];
    char check[] = "--check-config", print[] = "--print-unit-dropin", config[] = "--config";
    char program[PATH_MAX];
    const bool is_check = strcmp(action, "check") == 0;
    if (!is_check && strcmp(action, "unit-dropin") != 0)
        return tool_usage(tool, "check or unit-dropin, not '%s'", action);
    if (!find_program(program)) {
        report_error(&tool->report, "%s: the service is not installed", program);
        return EXIT_STATUS_NO_SERVICE;
    }
    char *file = tool->options.value[OPTION_CONFIG] ? strdup(tool->options.value[OPTION_CONFIG]) : NULL;
    char *arguments[] = {program, is_check ? check : print, file ? config : NULL, file, NULL};
    const int result = run_program(tool, arguments);
    if (result < 0)
        report_error(&tool->report, "%s: %s", program, strerror(errno));
    free(file);
    const int status = result < 0 ? (int)EXIT_STATUS_FAILED : result;
    tool_summary(tool, json_line_new("summary"), status);
    return status;
}

const struct command command_config = {
    .name = "config",
    .synopsis = "check | unit-dropin [--config FILE]",
    .summary = "check the configuration of the service",
    .description = config_description,
    .options = config_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = config_run,
};
