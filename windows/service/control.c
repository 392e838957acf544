/* SPDX-License-Identifier: MIT */
/* control.c - one service in a process, and the manager keeps no pointer for us: hence the one object below.
 *
 * The handler runs on a thread of the manager's, which must come back at once: it sets an event. All else is done by
 * the thread that the manager starts service_main() on. While the service starts or stops, each report counts one up:
 * the manager takes a service that does not for hung. */
#include "control.h"

#include <windows.h>

#include "service.h"

enum { PENDING_MS = 30000 }; /* until the next report, at the latest */

static struct {
    const struct arguments *arguments;
    struct os_event *stop;
    SERVICE_STATUS_HANDLE handle;
    DWORD checkpoint;
} control;

static void report(DWORD state, DWORD win32_exit, DWORD own_exit)
{
    const bool is_pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_STOPPED ? 0 : SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN,
        .dwWin32ExitCode = win32_exit,
        .dwServiceSpecificExitCode = own_exit,
        .dwCheckPoint = is_pending ? ++control.checkpoint : 0,
        .dwWaitHint = is_pending ? PENDING_MS : 0,
    };
    (void)SetServiceStatus(control.handle, &status);
}

static DWORD WINAPI handle_control(DWORD what, DWORD type, void *data, void *context)
{
    (void)type;
    (void)data;
    (void)context;
    switch (what) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN: os_event_set(control.stop); return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE: return NO_ERROR;
    default: return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void tell(void *context, enum service_phase phase)
{
    static const DWORD states[] = {
        [SERVICE_PHASE_STARTING] = SERVICE_START_PENDING,
        [SERVICE_PHASE_RUNNING] = SERVICE_RUNNING,
        [SERVICE_PHASE_STOPPING] = SERVICE_STOP_PENDING,
    };
    (void)context;
    report(states[phase], NO_ERROR, 0);
}

static enum service_exit run(void)
{
    const struct arguments *arguments = control.arguments;
    const struct event_writer writer = event_writer_system(arguments->name);
    struct event_log *log;
    if (event_log_new(&writer, &log) < JET_errSuccess)
        return SERVICE_EXIT_FAILED;
    const struct service_order order = {arguments->name, arguments->config, log, control.stop, NULL, tell};
    const enum service_exit status = service_run(&order);
    event_log_free(log);
    return status;
}

static void WINAPI service_main(DWORD count, wchar_t **values)
{
    (void)count; /* those of a start by hand: we have none */
    if (os_event_new(&control.stop) < JET_errSuccess)
        return;
    control.handle = RegisterServiceCtrlHandlerExW(values[0], handle_control, NULL);
    if (!control.handle)
        return;
    report(SERVICE_START_PENDING, NO_ERROR, 0);
    const enum service_exit status = run();
    report(SERVICE_STOPPED, status == SERVICE_EXIT_DONE ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR, (DWORD)status);
    /* All is written and closed. The dispatcher would return, too, but some managers (Wine's) take their time, and as
     * long as the process is there its file cannot be replaced. */
    ExitProcess((UINT)status);
}

bool control_dispatch(const struct arguments *arguments)
{
    static wchar_t any_name[] = L""; /* the process has one service: it is not looked at */
    const SERVICE_TABLE_ENTRYW table[] = {
        {any_name, service_main},
        {NULL,     NULL        }
    };
    control.arguments = arguments;
    return StartServiceCtrlDispatcherW(table);
}
