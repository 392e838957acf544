/* SPDX-License-Identifier: MIT */
/* main.c - coldstreamd.exe. The manager starts it by a word of its own, and then its dispatcher is called before all
 * else; for a person's command it is not even asked, as it may take its time (ten seconds, under Wine) to say that
 * nobody waits for a service. */
#include <stdio.h>

#include <windows.h>

#include "../os/os_text.h"
#include "arguments.h"
#include "control.h"
#include "install.h"
#include "os/os_console.h"
#include "service.h"

int wmain(int count, wchar_t **values);

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_WRONG = 2 };

/* Ctrl-C, or the window or the session closes: the process is given some seconds then, and uses them. */
static void end_run(enum os_interrupt which, void *interrupted)
{
    (void)which;
    os_event_set(interrupted);
}

static void tell_nobody(void *context, enum service_phase phase)
{
    (void)context;
    (void)phase;
}

static int run_here(const struct arguments *arguments)
{
    const struct event_writer writer = event_writer_console();
    struct event_log *log;
    struct os_event *interrupted;
    if (os_event_new(&interrupted) < JET_errSuccess || event_log_new(&writer, &log) < JET_errSuccess)
        return STATUS_FAILED;
    jet_err_ignore(os_interrupt_watch(end_run, interrupted)); /* then it is ended as any program is */
    const struct service_order order = {arguments->name, arguments->config, log, interrupted, NULL, tell_nobody};
    const enum service_exit status = service_run(&order);
    event_log_free(log); /* the event stays for the handler */
    return (int)status;
}

static int finish(const char *what, DWORD status)
{
    wchar_t *words = NULL;
    char text[512] = "";
    if (status == ERROR_SUCCESS)
        return STATUS_DONE;
    if (status == ERROR_INVALID_OWNER) {
        (void)fprintf(stderr,
                      "coldstreamd: %s: %%ProgramData%%\\Coldstream, or something in it, is a link or belongs to a "
                      "user who is no "
                      "administrator: look at it, and remove it or take it over\n",
                      what);
        return STATUS_FAILED;
    }
    const DWORD length = FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM |
                                            FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                        NULL, status, 0, (wchar_t *)(void *)&words, 0, NULL);
    if (length > 0)
        (void)os_text_copy(words, length, text, sizeof text);
    LocalFree(words);
    (void)fprintf(stderr, "coldstreamd: %s: error %lu: %s\n", what, status, text);
    return STATUS_FAILED;
}

static int run(const struct arguments *arguments)
{
    switch (arguments->command) {
    case ARGUMENTS_SERVICE:
        return finish("this is for the service manager", control_dispatch(arguments) ? ERROR_SUCCESS : GetLastError());
    case ARGUMENTS_RUN: return run_here(arguments);
    case ARGUMENTS_INSTALL: return finish("the service cannot be installed", install_service(arguments));
    case ARGUMENTS_STOP: return finish("the service cannot be stopped", install_stop(arguments->name));
    case ARGUMENTS_REMOVE: return finish("the service cannot be removed", install_remove(arguments->name));
    case ARGUMENTS_CHECK_CONFIG: return (int)service_check_config(arguments->config);
    case ARGUMENTS_VERSION: printf("coldstreamd %s\n", COLDSTREAM_VERSION); break;
    case ARGUMENTS_HELP: (void)fputs(arguments_usage, stdout); break;
    }
    return fflush(stdout) == 0 ? STATUS_DONE : STATUS_FAILED;
}

int wmain(int count, wchar_t **values)
{
    struct arguments arguments;
    SetErrorMode(SEM_FAILCRITICALERRORS); /* a drive without a disk is an error: there is nobody to ask */
    if (!arguments_parse(count, values, &arguments)) {
        (void)fputs(arguments_usage, stderr);
        return STATUS_WRONG;
    }
    return run(&arguments);
}
