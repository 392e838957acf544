/* SPDX-License-Identifier: MIT */
/* main.c - coldstreamd: the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "config.h"
#include "log.h"
#include "service.h"
#include "unit_dropin.h"

enum { STATUS_WRONG = 2 };

static const char usage[] =
    "usage: coldstreamd [--config FILE] [--bus-address ADDRESS]\n"
    "       coldstreamd --check-config [FILE]      reads the configuration; 0: good, 2: not\n"
    "       coldstreamd --print-unit-dropin        the folders that the unit must be allowed to write to\n"
    "       coldstreamd --version | --help\n"
    "FILE is " CONFIG_DEFAULT_PATH " if it is not given; instances.d is looked for beside it.\n";

enum what { SERVE, CHECK, DROPIN, VERSION, HELP };

struct arguments {
    const char *config, *address;
    enum what what;
};

/* The value behind an option, NULL: there is none. */
static char *value_of(char **arguments, int count, int *at)
{
    return *at + 1 < count ? arguments[++*at] : NULL;
}

static bool take_option(struct arguments *parsed, char **arguments, int count, int *at)
{
    const char *option = arguments[*at];
    if (strcmp(option, "--config") == 0)
        return (parsed->config = value_of(arguments, count, at)) != NULL;
    if (strcmp(option, "--bus-address") == 0)
        return (parsed->address = value_of(arguments, count, at)) != NULL;
    if (strcmp(option, "--check-config") == 0) {
        parsed->what = CHECK;
        if (*at + 1 < count && arguments[*at + 1][0] != '-')
            parsed->config = arguments[++*at];
        return true;
    }
    static const struct {
        const char *name;
        enum what what;
    } plain[] = {
        {"--print-unit-dropin", DROPIN },
        {"--version",           VERSION},
        {"--help",              HELP   }
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        if (strcmp(option, plain[i].name) != 0)
            continue;
        parsed->what = plain[i].what;
        return true;
    }
    return false;
}

static bool parse(struct arguments *parsed, char **arguments, int count)
{
    *parsed = (struct arguments){CONFIG_DEFAULT_PATH, NULL, SERVE};
    for (int at = 1; at < count; at++)
        if (!take_option(parsed, arguments, count, &at))
            return false;
    return true;
}

static int check(const struct config *config)
{
    for (const struct config_file *file = config->files; file; file = file->next)
        printf("file %s\n", file->path);
    for (const struct config_instance *instance = config->instances; instance; instance = instance->next)
        printf("instance %s (%s:%u)\n", instance->label, instance->file, instance->line);
    return fflush(stdout) == 0 ? 0 : STATUS_WRONG;
}

static int run(const struct arguments *arguments)
{
    char error[CONFIG_ERROR_SIZE];
    struct config *config = NULL;
    if (config_read_here(arguments->config, &config, error) < JET_errSuccess) {
        (void)fprintf(stderr, "coldstreamd: %s\n", error);
        return STATUS_WRONG;
    }
    if (arguments->what == SERVE) {
        service_log_start((enum log_level)config->log_level);
        return service_run(config, arguments->config, arguments->address);
    }
    const int status = arguments->what == CHECK ? check(config) : unit_dropin_print(config, stdout);
    config_free(config);
    return status;
}

int main(int count, char **values)
{
    struct arguments arguments;
    if (!parse(&arguments, values, count)) {
        (void)fputs(usage, stderr);
        return STATUS_WRONG;
    }
    switch (arguments.what) {
    case VERSION: printf("coldstreamd %s\n", COLDSTREAM_VERSION); return 0;
    case HELP: (void)fputs(usage, stdout); return 0;
    default: return run(&arguments);
    }
}
