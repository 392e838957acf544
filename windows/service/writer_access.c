/* SPDX-License-Identifier: MIT */
#include "writer_access.h"

#include <stdbool.h>

#include <windows.h>

enum { ACCOUNT_UNITS = 512, PATH_UNITS = 256, ALLOWED = 1 };

static const wchar_t access_list[] = L"SYSTEM\\CurrentControlSet\\Services\\VSS\\VssAccessControl";
static const wchar_t remembered[] = L"VssAccount";

static bool parameters_path(const wchar_t *name, wchar_t path[PATH_UNITS])
{
    const int length = swprintf(path, PATH_UNITS, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Parameters", name);
    return length > 0 && length < PATH_UNITS;
}

/* A key that has nothing in it is as good as none. */
static void key_remove_if_empty(const wchar_t *path)
{
    HKEY key;
    DWORD values = 1, keys = 1;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
        return;
    const LSTATUS status = RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    (void)RegCloseKey(key);
    if (status == ERROR_SUCCESS && values == 0 && keys == 0)
        (void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
}

/* False: not ours. */
static bool account_recall(const wchar_t *path, wchar_t account[ACCOUNT_UNITS])
{
    DWORD size = ACCOUNT_UNITS * sizeof *account;
    return RegGetValueW(HKEY_LOCAL_MACHINE, path, remembered, RRF_RT_REG_SZ, NULL, account, &size) == ERROR_SUCCESS;
}

static LSTATUS value_remove(const wchar_t *path, const wchar_t *name)
{
    const LSTATUS status = RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, path, name);
    if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND)
        return status;
    key_remove_if_empty(path);
    return ERROR_SUCCESS;
}

unsigned long writer_access_forbid(const wchar_t *name)
{
    wchar_t path[PATH_UNITS], account[ACCOUNT_UNITS];
    if (!parameters_path(name, path) || !account_recall(path, account))
        return ERROR_SUCCESS;
    const LSTATUS status = value_remove(access_list, account);
    return (unsigned long)(status == ERROR_SUCCESS ? value_remove(path, remembered) : status);
}

unsigned long writer_access_allow(const wchar_t *name, const wchar_t *account)
{
    wchar_t path[PATH_UNITS];
    const DWORD allowed = ALLOWED;
    unsigned long forbidden = writer_access_forbid(name);
    if (forbidden != ERROR_SUCCESS || _wcsicmp(account, L"LocalSystem") == 0)
        return forbidden;
    if (!parameters_path(name, path) || wcslen(account) >= ACCOUNT_UNITS)
        return ERROR_INVALID_NAME;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, access_list, account, RRF_RT_ANY, NULL, NULL, NULL) == ERROR_SUCCESS)
        return ERROR_SUCCESS; /* somebody has decided about it already */
    LSTATUS status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, remembered, REG_SZ, account,
                                     (DWORD)((wcslen(account) + 1) * sizeof *account));
    if (status == ERROR_SUCCESS)
        status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, access_list, account, REG_DWORD, &allowed, sizeof allowed);
    return (unsigned long)status;
}
