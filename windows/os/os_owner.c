/* SPDX-License-Identifier: MIT */
#include "os_owner.h"

/* The user, or the group of theirs (administrators) that what this process makes belongs to. */
static bool is_of_token(HANDLE token, PSID owner)
{
    union {
        TOKEN_USER user;
        TOKEN_OWNER owner;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } found;
    DWORD size;
    if (GetTokenInformation(token, TokenUser, &found, sizeof found, &size) && EqualSid(owner, found.user.User.Sid))
        return true;
    return GetTokenInformation(token, TokenOwner, &found, sizeof found, &size) && EqualSid(owner, found.owner.Owner);
}

static bool is_ours(PSID owner)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    const bool is = is_of_token(token, owner);
    CloseHandle(token);
    return is;
}

bool os_owner_is_trusted(PSID owner)
{
    return IsWellKnownSid(owner, WinLocalSystemSid) || IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
           is_ours(owner);
}
