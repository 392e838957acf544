/* SPDX-License-Identifier: MIT */
#include "jet/info_stamp.h"

#include <string.h>

JET_LGPOS info_lgpos(struct lgpos_disk disk)
{
    struct lgpos lgpos = lgpos_get(disk);
    return (JET_LGPOS){lgpos.ib, lgpos.isec, (int32_t)lgpos.generation};
}

/* The same eight bytes in both worlds. */
JET_LOGTIME info_logtime(struct logtime_disk disk)
{
    JET_LOGTIME time;
    _Static_assert(sizeof time == sizeof disk, "the same bytes");
    memcpy(&time, &disk, sizeof time);
    return time;
}

JET_SIGNATURE info_signature(const struct signature_disk *disk)
{
    JET_SIGNATURE signature = {.ulRandom = le32_get(disk->random), .logtimeCreate = info_logtime(disk->created)};
    _Static_assert(sizeof signature.szComputerName == sizeof disk->computer_name, "the same bytes");
    memcpy(signature.szComputerName, disk->computer_name, sizeof disk->computer_name);
    return signature;
}
