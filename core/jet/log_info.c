/* SPDX-License-Identifier: MIT */
#include "jet/log_info.h"

#include <string.h>

#include "jet/info_stamp.h"
#include "log/log_file.h"

/* What all levels have; the first two name the versions otherwise. */
static JET_LOGINFOMISC3 misc_of(const struct logheader_disk *header)
{
    return (JET_LOGINFOMISC3){
        .ulGeneration = le32_get(header->generation),
        .signLog = info_signature(&header->signature),
        .logtimeCreate = info_logtime(header->created),
        .logtimePreviousGeneration = info_logtime(header->prev_created),
        .ulFlags = header->flags,
        .ulVersionMajor = le32_get(header->version_major),
        .ulVersionUpdateMajor = le32_get(header->update_major),
        .ulVersionUpdateMinor = le32_get(header->update_minor),
        .cbSectorSize = le16_get(header->segment_size),
        .cbHeader = le16_get(header->header_segments),
        .cbFile = le16_get(header->segment_count),
        .cbDatabasePageSize = le16_get(header->page_size),
        .lgposCheckpoint = info_lgpos(header->checkpoint),
        .ulVersionMinorDeprecated = le32_get(header->version_minor),
        .checksumPrevLogAllSegments = le64_get(header->prev_checksum),
    };
}

_Static_assert(offsetof(JET_LOGINFOMISC2, lgposCheckpoint) == offsetof(JET_LOGINFOMISC3, lgposCheckpoint) &&
                   offsetof(JET_LOGINFOMISC2, ulVersionMinor) == offsetof(JET_LOGINFOMISC3, ulVersionUpdateMajor) &&
                   offsetof(JET_LOGINFOMISC2, ulVersionUpdate) == offsetof(JET_LOGINFOMISC3, ulVersionUpdateMinor) &&
                   offsetof(JET_LOGINFOMISC, cbDatabasePageSize) == offsetof(JET_LOGINFOMISC3, cbDatabasePageSize),
               "each begins with the one before");

static void give(const struct logheader_disk *header, uint32_t level, void *result, uint32_t size)
{
    JET_LOGINFOMISC3 misc = misc_of(header);
    if (level != JET_LogInfoMisc3) {
        misc.ulVersionUpdateMajor = le32_get(header->version_minor);
        misc.ulVersionUpdateMinor = le32_get(header->update_major);
    }
    memcpy(result, &misc, size);
}

jet_err log_info_get(const char *path, uint32_t level, void *result, uint32_t size)
{
    static const size_t sizes[] = {
        [JET_LogInfoMisc] = sizeof(JET_LOGINFOMISC),
        [JET_LogInfoMisc2] = sizeof(JET_LOGINFOMISC2),
        [JET_LogInfoMisc3] = sizeof(JET_LOGINFOMISC3),
    };
    const struct finding_listener nobody = {0};
    struct log_file *file;
    jet_err err = log_file_open(path, &nobody, &file);
    if (err < JET_errSuccess)
        return err;
    if (level > JET_LogInfoMisc3 || !result)
        err = JET_errInvalidParameter;
    else if (size != sizes[level])
        err = JET_errInvalidBufferSize;
    else
        give(log_file_info(file)->header, level, result, size);
    log_file_close(file);
    return err;
}
