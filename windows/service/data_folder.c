/* SPDX-License-Identifier: MIT */
/* data_folder.c - the folder of the configuration.
 *
 * Everybody may make files in a new folder below %ProgramData%. Who writes the configuration of a service with the rights of the
 * system decides which files it writes: so this folder takes no rights from above.
 */
#include "data_folder.h"

#include <stdbool.h>

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

enum { PATH_UNITS = 512 };

static const wchar_t *const parts[] = {L"Coldstream", L"Coldstream\\instances.d"};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* Owned by administrators; the system and administrators may do everything, users read. */
static const wchar_t rights[] = L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)";

static bool folder_path(const wchar_t *part, wchar_t path[PATH_UNITS])
{
    const DWORD length = GetEnvironmentVariableW(L"ProgramData", path, PATH_UNITS);
    if (length == 0 || length + wcslen(part) + 2 > PATH_UNITS)
        return false;
    path[length] = L'\\';
    wcscpy(path + length + 1, part);
    return true;
}

/* Of a folder that somebody has made before. What lies in it inherits the rights; what has some of its own keeps them. */
static DWORD rights_set(wchar_t *path, PSECURITY_DESCRIPTOR descriptor)
{
    PSID owner, group;
    PACL acl;
    BOOL is_present, is_default;
    if (!GetSecurityDescriptorOwner(descriptor, &owner, &is_default) ||
        !GetSecurityDescriptorGroup(descriptor, &group, &is_default) ||
        !GetSecurityDescriptorDacl(descriptor, &is_present, &acl, &is_default))
        return GetLastError();
    return SetNamedSecurityInfoW(path, SE_FILE_OBJECT,
                                 OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                     PROTECTED_DACL_SECURITY_INFORMATION,
                                 owner, group, acl, NULL);
}

static DWORD folder_make(wchar_t *path, PSECURITY_DESCRIPTOR descriptor)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, descriptor, FALSE};
    if (CreateDirectoryW(path, &attributes))
        return ERROR_SUCCESS;
    const DWORD status = GetLastError();
    return status == ERROR_ALREADY_EXISTS ? rights_set(path, descriptor) : status;
}

unsigned long data_folder_make(void)
{
    wchar_t path[PATH_UNITS];
    PSECURITY_DESCRIPTOR descriptor;
    DWORD status = ERROR_SUCCESS;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, SDDL_REVISION_1, &descriptor, NULL))
        return GetLastError();
    for (unsigned i = 0; i < PARTS && status == ERROR_SUCCESS; i++)
        status = folder_path(parts[i], path) ? folder_make(path, descriptor) : ERROR_PATH_NOT_FOUND;
    LocalFree(descriptor);
    return status;
}

unsigned long data_folder_remove(void)
{
    wchar_t path[PATH_UNITS];
    for (unsigned i = PARTS; i-- > 0;) {
        if (!folder_path(parts[i], path))
            return ERROR_PATH_NOT_FOUND;
        if (RemoveDirectoryW(path))
            continue;
        const DWORD status = GetLastError();
        if (status != ERROR_DIR_NOT_EMPTY && status != ERROR_FILE_NOT_FOUND && status != ERROR_PATH_NOT_FOUND)
            return status;
    }
    return ERROR_SUCCESS;
}
