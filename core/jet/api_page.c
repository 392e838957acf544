/* SPDX-License-Identifier: MIT */
/* api_page.c - JetGetPageInfo: what pages that a client has in memory say of themselves. Page size is the process's. */
#include <string.h>

#include "format/checksum.h"
#include "format/dbheader.h"
#include "format/page.h"
#include "jet/esent.h"
#include "jet/process.h"

static jet_err page_size_of_process(uint32_t *ret_size)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    *ret_size = (uint32_t)param_number(&process->params, JET_paramDatabasePageSize);
    process_unlock(process);
    return JET_errSuccess;
}

/* As many structures as pages, and all whole. */
static jet_err check(const void *pages, uint32_t size, const void *info, uint32_t info_size, size_t info_one,
                     uint32_t page_size)
{
    return pages && size > 0 && info && info_size > 0 && size % page_size == 0 && info_size % info_one == 0 &&
                   size / page_size == info_size / info_one && (uintptr_t)pages % page_size == 0
               ? JET_errSuccess
               : JET_errInvalidParameter;
}

/* A header, or the trailer of a backup: neither has a number. */
static bool is_header(const void *page, pgno_t pgno)
{
    const struct page_header_disk *header = page_header(page);
    const uint64_t checksum = le64_get(header->checksum);
    return pgno == 0 || pgno == UINT32_MAX ||
           (checksum >> 32 == 0 && le64_get(header->dbtime) == 0 && le32_get(header->objid) == 0);
}

static jet_err header_info(const void *page, uint32_t page_size, bool is_digested, JET_PAGEINFO2 *info)
{
    const struct dbheader_disk *header = page;
    info->pageInfo.checksumExpected = le32_get(header->checksum);
    info->pageInfo.checksumActual = checksum_xor32(page, page_size);
    if (info->pageInfo.checksumExpected != info->pageInfo.checksumActual)
        return JET_errReadVerifyFailure;
    info->pageInfo.dbtime = le64_get(header->dbtime);
    info->pageInfo.structureChecksum = is_digested ? info->pageInfo.checksumActual : 0;
    return JET_errSuccess;
}

static void checksums_get(const void *page, uint32_t page_size, JET_PAGEINFO2 *info)
{
    uint64_t stored[PAGE_BLOCKS_MAX] = {0}, computed[PAGE_BLOCKS_MAX] = {0};
    (void)page_checksums(page, page_size, info->pageInfo.pgno, stored, computed); /* the others stay 0 */
    info->pageInfo.checksumExpected = stored[0];
    info->pageInfo.checksumActual = computed[0];
    memcpy(info->rgChecksumExpected, stored + 1, sizeof info->rgChecksumExpected);
    memcpy(info->rgChecksumActual, computed + 1, sizeof info->rgChecksumActual);
}

/* A bit that can be mended is, in the client's memory. */
static jet_err page_info(void *page, uint32_t page_size, bool is_digested, JET_PAGEINFO2 *info)
{
    struct page_verdict verdict;
    jet_err err = page_verify(page, page_size, info->pageInfo.pgno, &verdict);
    if (err < JET_errSuccess && verdict.state == PAGE_CORRECTABLE) {
        page_correct(page, &verdict);
        info->pageInfo.fCorrectableError = true;
        err = page_verify(page, page_size, info->pageInfo.pgno, &verdict);
    }
    checksums_get(page, page_size, info);
    if (err < JET_errSuccess && verdict.state != PAGE_WRONG_PGNO)
        return JET_errReadVerifyFailure;
    info->pageInfo.dbtime = le64_get(page_header(page)->dbtime);
    info->pageInfo.structureChecksum = is_digested ? page_logged_checksum(page, page_size) : 0;
    return JET_errSuccess;
}

static jet_err one_info(void *page, uint32_t page_size, bool is_digested, JET_PAGEINFO2 *info)
{
    *info = (JET_PAGEINFO2){
        .pageInfo = {.pgno = info->pageInfo.pgno, .dbtime = UINT64_MAX}
    };
    if (page_is_zero(page, page_size))
        return JET_errSuccess;
    info->pageInfo.fPageIsInitialized = true;
    return is_header(page, info->pageInfo.pgno) ? header_info(page, page_size, is_digested, info)
                                                : page_info(page, page_size, is_digested, info);
}

/* A page that is damaged is told as the result; the others are looked at all the same. */
static jet_err all_infos(void *pages, uint32_t size, void *infos, size_t info_one, uint32_t page_size, JET_GRBIT grbit)
{
    const bool is_digested = (grbit & JET_bitPageInfoNoStructureChecksum) == 0;
    jet_err result = JET_errSuccess;
    for (uint32_t i = 0; i < size / page_size; i++) {
        uint8_t *at = (uint8_t *)infos + i * info_one;
        JET_PAGEINFO2 info = {.pageInfo = {.pgno = 0}};
        memcpy(&info, at, info_one);
        const jet_err err = one_info((uint8_t *)pages + (size_t)i * page_size, page_size, is_digested, &info);
        memcpy(at, &info, info_one);
        if (err < JET_errSuccess)
            result = err;
    }
    return result;
}

JET_ERR JET_API JetGetPageInfo(void *const pvPages, uint32_t cbData, JET_PAGEINFO *rgPageInfo, uint32_t cbPageInfo,
                               JET_GRBIT grbit, uint32_t ulInfoLevel)
{
    return ulInfoLevel == JET_PageInfo ? JetGetPageInfo2(pvPages, cbData, rgPageInfo, cbPageInfo, grbit, JET_PageInfo)
                                       : JET_errInvalidParameter;
}

JET_ERR JET_API JetGetPageInfo2(void *const pvPages, uint32_t cbData, void *const rgPageInfo, uint32_t cbPageInfo,
                                JET_GRBIT grbit, uint32_t ulInfoLevel)
{
    const size_t info_one = ulInfoLevel == JET_PageInfo ? sizeof(JET_PAGEINFO) : sizeof(JET_PAGEINFO2);
    uint32_t page_size = 0;
    if (ulInfoLevel != JET_PageInfo && ulInfoLevel != JET_PageInfo2)
        return JET_errInvalidParameter;
    jet_err err = page_size_of_process(&page_size);
    if (err < JET_errSuccess)
        return err;
    if (!pvPages || cbData == 0 || !rgPageInfo || cbPageInfo == 0)
        return JET_errInvalidParameter;
    if ((grbit & ~(JET_GRBIT)JET_bitPageInfoNoStructureChecksum) != 0)
        return JET_errInvalidGrbit;
    err = check(pvPages, cbData, rgPageInfo, cbPageInfo, info_one, page_size);
    return err < JET_errSuccess ? err : all_infos(pvPages, cbData, rgPageInfo, info_one, page_size, grbit);
}
