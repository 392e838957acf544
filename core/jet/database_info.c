/* SPDX-License-Identifier: MIT */
#include "jet/database_info.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "jet/info_stamp.h"
#include "jet/instance_list.h"
#include "os/os_file.h"

static JET_BKINFO bkinfo_of(const struct bkinfo_disk *disk)
{
    return (JET_BKINFO){
        .lgposMark = info_lgpos(disk->lgpos),
        .logtimeMark = info_logtime(disk->logtime),
        .genLow = le32_get(disk->generation_low),
        .genHigh = le32_get(disk->generation_high),
    };
}

/* Each version of the structure is the one before with more at its end. */
static JET_DBINFOMISC7 misc_of(const struct dbheader_disk *header)
{
    return (JET_DBINFOMISC7){
        .ulVersion = le32_get(header->version),
        .ulUpdate = le32_get(header->update_major),
        .signDb = info_signature(&header->signature),
        .dbstate = le32_get(header->state),
        .lgposConsistent = info_lgpos(header->lgpos_consistent),
        .logtimeConsistent = info_logtime(header->logtime_consistent),
        .logtimeAttach = info_logtime(header->logtime_attach),
        .lgposAttach = info_lgpos(header->lgpos_attach),
        .logtimeDetach = info_logtime(header->logtime_detach),
        .lgposDetach = info_lgpos(header->lgpos_detach),
        .signLog = info_signature(&header->log_signature),
        .bkinfoFullPrev = bkinfo_of(&header->backup_full_prev),
        .bkinfoIncPrev = bkinfo_of(&header->backup_incremental_prev),
        .bkinfoFullCur = bkinfo_of(&header->backup_full_current),
        .dwMajorVersion = le32_get(header->os_major),
        .dwMinorVersion = le32_get(header->os_minor),
        .dwBuildNumber = le32_get(header->os_build),
        .lSPNumber = (int32_t)le32_get(header->os_service_pack),
        .cbPageSize = dbheader_page_size(header),
        .genMinRequired = le32_get(header->generation_min_required),
        .genMaxRequired = le32_get(header->generation_max_required),
        .logtimeGenMaxCreate = info_logtime(header->logtime_generation_max),
        .ulRepairCount = le32_get(header->repair_count),
        .logtimeRepair = info_logtime(header->logtime_repair),
        .ulRepairCountOld = le32_get(header->repair_count_old),
        .ulECCFixSuccess = le32_get(header->ecc_fix_success),
        .logtimeECCFixSuccess = info_logtime(header->logtime_ecc_fix_success),
        .ulECCFixSuccessOld = le32_get(header->ecc_fix_success_old),
        .ulECCFixFail = le32_get(header->ecc_fix_fail),
        .logtimeECCFixFail = info_logtime(header->logtime_ecc_fix_fail),
        .ulECCFixFailOld = le32_get(header->ecc_fix_fail_old),
        .ulBadChecksum = le32_get(header->bad_checksum),
        .logtimeBadChecksum = info_logtime(header->logtime_bad_checksum),
        .ulBadChecksumOld = le32_get(header->bad_checksum_old),
        .genCommitted = le32_get(header->generation_max_committed),
        .bkinfoCopyPrev = bkinfo_of(&header->backup_copy_prev),
        .bkinfoDiffPrev = bkinfo_of(&header->backup_differential_prev),
        .ulIncrementalReseedCount = le32_get(header->reseed_count),
        .logtimeIncrementalReseed = info_logtime(header->logtime_reseed),
        .ulIncrementalReseedCountOld = le32_get(header->reseed_count_old),
        .ulPagePatchCount = le32_get(header->page_patch_count),
        .logtimePagePatch = info_logtime(header->logtime_page_patch),
        .ulPagePatchCountOld = le32_get(header->page_patch_count_old),
        .logtimeChecksumPrev = info_logtime(header->logtime_scan_prev),
        .logtimeChecksumStart = info_logtime(header->logtime_scan_start),
        .cpgDatabaseChecked = le32_get(header->pgno_scan_highest_continuous),
        .logtimeLastReAttach = info_logtime(header->logtime_last_reattach),
        .lgposLastReAttach = info_lgpos(header->lgpos_last_reattach),
    };
}

jet_err database_info_misc(const struct dbheader_disk *header, void *result, uint32_t size)
{
    static const size_t sizes[] = {sizeof(JET_DBINFOMISC),  sizeof(JET_DBINFOMISC2), sizeof(JET_DBINFOMISC3),
                                   sizeof(JET_DBINFOMISC4), sizeof(JET_DBINFOMISC5), sizeof(JET_DBINFOMISC6),
                                   sizeof(JET_DBINFOMISC7)};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        if (size != sizes[i])
            continue;
        JET_DBINFOMISC7 misc = misc_of(header);
        memcpy(result, &misc, size);
        return JET_errSuccess;
    }
    return JET_errInvalidBufferSize;
}

jet_err info_number32(uint32_t number, void *result, uint32_t size)
{
    if (!result)
        return JET_errInvalidParameter;
    if (size != sizeof number)
        return JET_errInvalidBufferSize;
    memcpy(result, &number, sizeof number);
    return JET_errSuccess;
}

jet_err info_number64(uint64_t number, void *result, uint32_t size)
{
    if (!result)
        return JET_errInvalidParameter;
    if (size != sizeof number)
        return JET_errInvalidBufferSize;
    memcpy(result, &number, sizeof number);
    return JET_errSuccess;
}

static jet_err file_level(const struct dbheader_disk *header, uint64_t bytes, uint32_t level, void *result,
                          uint32_t size)
{
    switch (level) {
    case JET_DbInfoFilesize:
    case JET_DbInfoFilesizeOnDisk: return info_number64(bytes, result, size);
    case JET_DbInfoPageSize: return info_number32(dbheader_page_size(header), result, size);
    case JET_DbInfoFileType: return info_number32(JET_filetypeDatabase, result, size);
    case JET_DbInfoDBInUse: return info_number32(0, result, size);
    case JET_DbInfoMisc: return result ? database_info_misc(header, result, size) : JET_errInvalidParameter;
    default: return JET_errInvalidParameter;
    }
}

static jet_err is_attached_here(const char *path, bool *ret_is_attached)
{
    struct instance_list list;
    jet_err err = instance_list_init(&list);
    if (err < JET_errSuccess)
        return err;
    *ret_is_attached = false;
    for (size_t i = 0; i < list.count; i++)
        for (size_t j = 0; j < list.items[i].database_count; j++)
            *ret_is_attached |= strcmp(list.items[i].databases[j], path) == 0;
    instance_list_done(&list);
    return JET_errSuccess;
}

jet_err database_file_info_get(const char *path, uint32_t level, void *result, uint32_t size)
{
    struct dbheader_selection selection;
    size_t prefix_size = 0;
    uint64_t bytes = 0;
    bool is_attached = false;
    if (level == JET_DbInfoDBInUse) {
        jet_err err = is_attached_here(path, &is_attached);
        if (err < JET_errSuccess)
            return err;
        if (is_attached)
            return info_number32(1, result, size);
    }
    void *prefix = malloc(DBHEADER_PREFIX_SIZE);
    if (!prefix)
        return JET_errOutOfMemory;
    jet_err err = os_file_read_start(path, prefix, DBHEADER_PREFIX_SIZE, &prefix_size, &bytes);
    if (err >= JET_errSuccess)
        err = dbheader_select(prefix, prefix_size, &selection);
    if (err >= JET_errSuccess)
        err = file_level(selection.header, bytes, level, result, size);
    free(prefix);
    return err;
}
