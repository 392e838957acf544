/* SPDX-License-Identifier: MIT */
/* arguments.h - the command line of coldstreamd.exe, which the service control manager uses, too. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_ARGUMENTS_H
#define COLDSTREAM_WINDOWS_SERVICE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum arguments_command {
    ARGUMENTS_SERVICE, /* what install tells the service control manager to start */
    ARGUMENTS_RUN,
    ARGUMENTS_INSTALL,
    ARGUMENTS_STOP,
    ARGUMENTS_REMOVE,
    ARGUMENTS_CHECK_CONFIG,
    ARGUMENTS_VERSION,
    ARGUMENTS_HELP,
};

/* Borrowed from the command line. */
struct arguments {
    enum arguments_command command;
    const wchar_t *name;    /* of the service, of its event source and of its pipe */
    const wchar_t *config;  /* NULL: the usual file */
    const wchar_t *account; /* NULL: Local System */
    const wchar_t *password;
};

/* False: they make no sense. */
bool arguments_parse(int count, wchar_t *const *values, struct arguments *ret_arguments);

extern const char arguments_usage[];

#endif
