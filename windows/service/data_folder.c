/* SPDX-License-Identifier: MIT */
/* data_folder.c - the folder of the configuration.
 *
 * Everybody may make files and folders below %ProgramData%, and links to elsewhere. Who writes the configuration of a
 * service with the rights of the system decides which files it writes: so this folder takes no rights from above. One
 * that was there before we came is taken over only if it, and all that lies in it, is an administrator's: an owner may
 * change what he owns for ever, and what he has written already would be obeyed. */
#include "data_folder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

#include "../os/os_owner.h"

enum { PATH_UNITS = 1024 };

static const wchar_t *const parts[] = {L"Coldstream", L"Coldstream\\instances.d"};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* Owned by administrators; the system and administrators may do everything, users read. */
static const wchar_t rights[] = L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)";

struct rights {
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner, group;
    PACL list;
};

static DWORD rights_init(struct rights *to)
{
    BOOL is_present, is_default;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, SDDL_REVISION_1, &to->descriptor, NULL))
        return GetLastError();
    if (GetSecurityDescriptorOwner(to->descriptor, &to->owner, &is_default) &&
        GetSecurityDescriptorGroup(to->descriptor, &to->group, &is_default) &&
        GetSecurityDescriptorDacl(to->descriptor, &is_present, &to->list, &is_default))
        return ERROR_SUCCESS;
    const DWORD status = GetLastError();
    LocalFree(to->descriptor);
    return status;
}

/* `folder`\`name`; false: too long. */
static bool path_join(const wchar_t *folder, const wchar_t *name, wchar_t path[PATH_UNITS])
{
    const size_t length = wcslen(folder);
    if (length + wcslen(name) + 2 > PATH_UNITS)
        return false;
    wcscpy(path, folder);
    path[length] = L'\\';
    wcscpy(path + length + 1, name);
    return true;
}

static bool folder_path(const wchar_t *part, wchar_t path[PATH_UNITS])
{
    wchar_t base[PATH_UNITS];
    const DWORD length = GetEnvironmentVariableW(L"ProgramData", base, PATH_UNITS);
    return length > 0 && length < PATH_UNITS && path_join(base, part, path);
}

/* ---- what is there already ---- */

/* Itself, and not what it leads to. */
static HANDLE open_itself(const wchar_t *path, DWORD access)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* ERROR_INVALID_OWNER: neither the system's nor an administrator's, or a link. */
static DWORD handle_check(HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION info;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    if (!GetFileInformationByHandle(handle, &info))
        return GetLastError();
    if (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return ERROR_INVALID_OWNER;
    const DWORD status =
        GetSecurityInfo(handle, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
    const bool is_trusted = status == ERROR_SUCCESS && owner && os_owner_is_trusted(owner);
    LocalFree(descriptor);
    return status != ERROR_SUCCESS ? status : is_trusted ? ERROR_SUCCESS : ERROR_INVALID_OWNER;
}

static DWORD file_check(const wchar_t *folder, const wchar_t *name)
{
    wchar_t path[PATH_UNITS];
    if (!path_join(folder, name, path))
        return ERROR_FILENAME_EXCED_RANGE;
    const HANDLE handle = open_itself(path, READ_CONTROL | FILE_READ_ATTRIBUTES);
    if (handle == INVALID_HANDLE_VALUE)
        return GetLastError();
    const DWORD status = handle_check(handle);
    CloseHandle(handle);
    return status;
}

static DWORD files_check(const wchar_t *folder)
{
    wchar_t pattern[PATH_UNITS];
    WIN32_FIND_DATAW found;
    DWORD status = ERROR_SUCCESS;
    if (!path_join(folder, L"*", pattern))
        return ERROR_FILENAME_EXCED_RANGE;
    const HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : GetLastError();
    do
        if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            status = file_check(folder, found.cFileName);
    while (status == ERROR_SUCCESS && FindNextFileW(search, &found));
    FindClose(search);
    return status;
}

/* Since an installation before: then nobody else can have put anything there. */
static bool has_rights(HANDLE folder, const struct rights *wanted)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    PACL list = NULL;
    if (GetSecurityInfo(folder, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
                        &list, NULL, &descriptor) != ERROR_SUCCESS)
        return false;
    const bool has = owner && EqualSid(owner, wanted->owner) && list && list->AclSize == wanted->list->AclSize &&
                     memcmp(list, wanted->list, list->AclSize) == 0;
    LocalFree(descriptor);
    return has;
}

/* First nobody can put anything in any more, then what is in it is looked at. */
static DWORD folder_take(HANDLE folder, const wchar_t *path, const struct rights *wanted)
{
    DWORD status = handle_check(folder);
    if (status != ERROR_SUCCESS || has_rights(folder, wanted))
        return status;
    status =
        SetSecurityInfo(folder, SE_FILE_OBJECT,
                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                        wanted->owner, wanted->group, wanted->list, NULL);
    return status == ERROR_SUCCESS ? files_check(path) : status;
}

/* ---- making it ---- */

static DWORD folder_make(const wchar_t *path, const struct rights *wanted)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, wanted->descriptor, FALSE};
    if (CreateDirectoryW(path, &attributes))
        return ERROR_SUCCESS;
    DWORD status = GetLastError();
    if (status != ERROR_ALREADY_EXISTS)
        return status;
    const HANDLE folder =
        open_itself(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES | FILE_LIST_DIRECTORY);
    if (folder == INVALID_HANDLE_VALUE)
        return GetLastError();
    status = folder_take(folder, path, wanted);
    CloseHandle(folder);
    return status;
}

unsigned long data_folder_make(void)
{
    wchar_t path[PATH_UNITS];
    struct rights wanted;
    DWORD status = rights_init(&wanted);
    if (status != ERROR_SUCCESS)
        return status;
    for (unsigned i = 0; i < PARTS && status == ERROR_SUCCESS; i++)
        status = folder_path(parts[i], path) ? folder_make(path, &wanted) : ERROR_PATH_NOT_FOUND;
    LocalFree(wanted.descriptor);
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
