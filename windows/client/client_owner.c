/* SPDX-License-Identifier: MIT */
#include "client_owner.h"

#include <stdlib.h>

#include <aclapi.h>

#include "../os/os_owner.h"

/* ---- the account of the service ---- */

/* ".\NAME" is what the service manager says of an account of this machine, and nobody else. */
static bool is_of_account(PSID owner, const wchar_t *account)
{
    if (wcsncmp(account, L".\\", 2) == 0)
        account += 2;
    BYTE sid[SECURITY_MAX_SID_SIZE];
    wchar_t domain[256];
    DWORD sid_size = sizeof sid, domain_units = sizeof domain / sizeof *domain;
    SID_NAME_USE use;
    return LookupAccountNameW(NULL, account, sid, &sid_size, domain, &domain_units, &use) && EqualSid(owner, sid);
}

static bool is_account_of(SC_HANDLE service, PSID owner)
{
    enum { CONFIG_MOST = 8192 /* Windows' own limit */ };
    DWORD size;
    QUERY_SERVICE_CONFIGW *config = malloc(CONFIG_MOST);
    const bool is = config && QueryServiceConfigW(service, config, CONFIG_MOST, &size) && config->lpServiceStartName &&
                    is_of_account(owner, config->lpServiceStartName);
    free(config);
    return is;
}

/* "NT SERVICE\NAME" needs no service manager, which does not tell every backup operator of the account. */
static bool is_virtual_account(PSID owner, const wchar_t *service)
{
    wchar_t account[300];
    const int length = swprintf(account, sizeof account / sizeof *account, L"NT SERVICE\\%ls", service);
    return length > 0 && is_of_account(owner, account);
}

static bool is_service_account(PSID owner, const wchar_t *name)
{
    static const wchar_t prefix[] = L"\\\\.\\pipe\\";
    const size_t length = sizeof prefix / sizeof *prefix - 1;
    if (_wcsnicmp(name, prefix, length) != 0)
        return false;
    if (is_virtual_account(owner, name + length))
        return true;
    const SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    const SC_HANDLE service = manager ? OpenServiceW(manager, name + length, SERVICE_QUERY_CONFIG) : NULL;
    const bool is = service && is_account_of(service, owner);
    if (service)
        (void)CloseServiceHandle(service);
    if (manager)
        (void)CloseServiceHandle(manager);
    return is;
}

/* ---- the pipe ---- */

bool client_owner_is_trusted(HANDLE pipe, const wchar_t *name)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor) !=
        ERROR_SUCCESS)
        return false;
    const bool is = owner && (os_owner_is_trusted(owner) || is_service_account(owner, name));
    LocalFree(descriptor);
    return is;
}
