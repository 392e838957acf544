/* SPDX-License-Identifier: MIT */
#include "jet/text_language.h"

#include <stdlib.h>
#include <string.h>

#include "os/os_collation.h"

enum { LCID_EN_US = 0x409 };

jet_err language_from_lcid(uint32_t lcid, char **ret_name)
{
    char name[OS_COLLATION_NAME_SIZE];
    *ret_name = NULL;
    jet_err err = lcid != 0 ? os_collation_name_of_lcid(lcid, name) : JET_errSuccess;
    if (err < JET_errSuccess || lcid == 0)
        return err;
    const size_t size = strlen(name) + 1;
    *ret_name = malloc(size);
    if (!*ret_name)
        return JET_errOutOfMemory;
    memcpy(*ret_name, name, size);
    return JET_errSuccess;
}

uint32_t language_to_lcid(const char *name)
{
    uint32_t lcid;
    return name && os_collation_lcid_of_name(name, &lcid) >= JET_errSuccess ? lcid : (uint32_t)LCID_EN_US;
}
