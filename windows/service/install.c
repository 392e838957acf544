/* SPDX-License-Identifier: MIT */
#include "install.h"

#include <stdlib.h>

#include <windows.h>

#include "data_folder.h"
#include "writer_access.h"

enum {
    RESTART_AFTER_MS = 60000,
    FORGET_FAILURES_AFTER_S = 86400,
    PRESHUTDOWN_MS = 180000, /* instances are ended cleanly, which writes all that is in memory */
    STOP_MS = 300000,
    STOP_STEP_MS = 200, /* where Windows has nothing to wait on */
    LINE_UNITS = 4096,
};

static const wchar_t display_name[] = L"Coldstream";
static const wchar_t description[] =
    L"Hosts databases of the Extensible Storage Engine, and backs them up, stops their backups and freezes them for "
    L"snapshots.";
static const wchar_t event_sources[] = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\";

/* ---- the event source ---- */

static void source_key(const wchar_t *name, wchar_t key[LINE_UNITS])
{
    (void)swprintf(key, LINE_UNITS, L"%ls%ls", event_sources, name);
}

static DWORD source_register(const wchar_t *name, const wchar_t *program)
{
    wchar_t path[LINE_UNITS];
    const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    HKEY key;
    source_key(name, path);
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    if (status != ERROR_SUCCESS)
        return (DWORD)status;
    status = RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)program,
                            (DWORD)((wcslen(program) + 1) * sizeof *program));
    if (status == ERROR_SUCCESS)
        status = RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof types);
    (void)RegCloseKey(key);
    return (DWORD)status;
}

static DWORD source_remove(const wchar_t *name)
{
    wchar_t path[LINE_UNITS];
    source_key(name, path);
    const LSTATUS status = RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)status;
}

/* ---- installing ---- */

/* Quoted, whatever there is in the path: Windows would try C:\Program first. A quotation mark cannot be in a file's
 * name. */
static bool image_path(const struct arguments *arguments, const wchar_t *program, wchar_t line[LINE_UNITS])
{
    const wchar_t *config = arguments->config ? arguments->config : L"";
    const int length = swprintf(line, LINE_UNITS, L"\"%ls\" service --name \"%ls\"%ls%ls%ls", program, arguments->name,
                                *config ? L" --config \"" : L"", config, *config ? L"\"" : L"");
    return length > 0 && length < LINE_UNITS && wcschr(config, L'"') == NULL;
}

static DWORD settings_write(SC_HANDLE service)
{
    SC_ACTION action = {SC_ACTION_RESTART, RESTART_AFTER_MS};
    SERVICE_FAILURE_ACTIONSW failures = {
        .dwResetPeriod = FORGET_FAILURES_AFTER_S, .cActions = 1, .lpsaActions = &action};
    SERVICE_DESCRIPTIONW text = {(wchar_t *)(uintptr_t)description};
    SERVICE_PRESHUTDOWN_INFO preshutdown = {PRESHUTDOWN_MS};
    if (!ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &text) ||
        !ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failures))
        return GetLastError();
    /* A wish: Windows waits some seconds otherwise. */
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown);
    return ERROR_SUCCESS;
}

static SC_HANDLE service_register(SC_HANDLE manager, const struct arguments *arguments, const wchar_t *line)
{
    enum { ACCESS = SERVICE_CHANGE_CONFIG | SERVICE_QUERY_STATUS | SERVICE_START };
    SC_HANDLE service =
        CreateServiceW(manager, arguments->name, display_name, ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                       SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, arguments->account, arguments->password);
    if (service || GetLastError() != ERROR_SERVICE_EXISTS)
        return service;
    service = OpenServiceW(manager, arguments->name, ACCESS);
    if (service && ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                        line, NULL, NULL, NULL, arguments->account, arguments->password, display_name))
        return service;
    const DWORD status = GetLastError();
    if (service)
        (void)CloseServiceHandle(service);
    SetLastError(status);
    return NULL;
}

static DWORD install_with(SC_HANDLE manager, const struct arguments *arguments)
{
    wchar_t program[MAX_PATH * 2], line[LINE_UNITS];
    const DWORD length = GetModuleFileNameW(NULL, program, MAX_PATH * 2);
    if (length == 0 || length >= MAX_PATH * 2 || !image_path(arguments, program, line))
        return ERROR_BAD_PATHNAME;
    DWORD status = data_folder_make();
    if (status != ERROR_SUCCESS)
        return status; /* a service is not registered to obey whom it must not */
    const SC_HANDLE service = service_register(manager, arguments, line);
    if (!service)
        return GetLastError();
    status = settings_write(service);
    (void)CloseServiceHandle(service);
    if (status == ERROR_SUCCESS)
        status = source_register(arguments->name, program);
    if (status == ERROR_SUCCESS && arguments->account)
        status = writer_access_allow(arguments->name, arguments->account);
    return status;
}

unsigned long install_service(const struct arguments *arguments)
{
    const SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return GetLastError();
    const DWORD status = install_with(manager, arguments);
    (void)CloseServiceHandle(manager);
    return status;
}

/* ---- stopping ---- */

static bool service_look(SC_HANDLE service, SERVICE_STATUS_PROCESS *ret_status)
{
    DWORD size;
    return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)ret_status, sizeof *ret_status, &size);
}

/* The service manager says that a service has stopped before its process is gone. */
static DWORD wait_for_end(SC_HANDLE service, HANDLE process)
{
    const ULONGLONG until = GetTickCount64() + STOP_MS;
    SERVICE_STATUS_PROCESS status = {.dwCurrentState = SERVICE_STOP_PENDING};
    if (process && WaitForSingleObject(process, STOP_MS) != WAIT_OBJECT_0)
        return ERROR_SERVICE_REQUEST_TIMEOUT;
    while (service_look(service, &status) && status.dwCurrentState != SERVICE_STOPPED && GetTickCount64() < until)
        Sleep(STOP_STEP_MS);
    return status.dwCurrentState == SERVICE_STOPPED ? ERROR_SUCCESS : ERROR_SERVICE_REQUEST_TIMEOUT;
}

/* The manager gives a service that starts or ends just now no word. The one that ends, somebody else has told. */
static DWORD ask_to_stop(SC_HANDLE service)
{
    const ULONGLONG until = GetTickCount64() + STOP_MS;
    for (;;) {
        SERVICE_STATUS asked;
        SERVICE_STATUS_PROCESS now;
        if (ControlService(service, SERVICE_CONTROL_STOP, &asked))
            return ERROR_SUCCESS;
        const DWORD status = GetLastError();
        if (status != ERROR_SERVICE_CANNOT_ACCEPT_CTRL || GetTickCount64() >= until)
            return status;
        if (service_look(service, &now) &&
            (now.dwCurrentState == SERVICE_STOP_PENDING || now.dwCurrentState == SERVICE_STOPPED))
            return ERROR_SUCCESS;
        Sleep(STOP_STEP_MS);
    }
}

static DWORD service_stop(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS before;
    if (!service_look(service, &before))
        return GetLastError();
    if (before.dwCurrentState == SERVICE_STOPPED)
        return ERROR_SUCCESS;
    const HANDLE process = before.dwProcessId != 0 ? OpenProcess(SYNCHRONIZE, FALSE, before.dwProcessId) : NULL;
    DWORD status = ask_to_stop(service);
    if (status == ERROR_SUCCESS || status == ERROR_SERVICE_NOT_ACTIVE)
        status = wait_for_end(service, process);
    if (process)
        CloseHandle(process);
    return status;
}

/* `act` on the service of that name. */
static DWORD with_service(const wchar_t *name, DWORD access, DWORD (*act)(SC_HANDLE service))
{
    const SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (!manager)
        return GetLastError();
    const SC_HANDLE service = OpenServiceW(manager, name, access);
    const DWORD status = service ? act(service) : GetLastError();
    if (service)
        (void)CloseServiceHandle(service);
    (void)CloseServiceHandle(manager);
    return status;
}

unsigned long install_stop(const wchar_t *name)
{
    return with_service(name, SERVICE_STOP | SERVICE_QUERY_STATUS, service_stop);
}

static DWORD service_delete(SC_HANDLE service)
{
    return DeleteService(service) || GetLastError() == ERROR_SERVICE_MARKED_FOR_DELETE ? ERROR_SUCCESS : GetLastError();
}

unsigned long install_remove(const wchar_t *name)
{
    DWORD status = with_service(name, SERVICE_STOP | SERVICE_QUERY_STATUS, service_stop);
    if (status == ERROR_SUCCESS)
        status = writer_access_forbid(name);
    if (status == ERROR_SUCCESS)
        status = with_service(name, DELETE, service_delete);
    if (status == ERROR_SERVICE_DOES_NOT_EXIST)
        status = ERROR_SUCCESS;
    const DWORD source = source_remove(name);
    if (status == ERROR_SUCCESS)
        status = source;
    return status == ERROR_SUCCESS ? data_folder_remove() : status;
}
