/* SPDX-License-Identifier: MIT */
/* member_scan.c - see member_scan.h.
 *
 * Bytes come in pieces of any size. The first DBHEADER_PREFIX_SIZE of them (or all, of a smaller member) are
 * collected; they say what the member is, hence the unit: a page, a log segment, or nothing. From then on whole units
 * are verified where they lie; only a unit that two pieces share is put together in `carry`.
 */
#include "backup/member_scan.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/array.h"
#include "format/logheader.h"
#include "format/logsegment.h"
#include "format/page.h"
#include "format/patchpage.h"

struct member_scan {
    XXH3_state_t *digest;
    uint8_t *prefix; /* DBHEADER_PREFIX_SIZE */
    size_t prefix_size;
    bool is_classified;
    size_t unit; /* bytes; 0: nothing to verify */
    uint64_t next_unit;
    struct signature_disk signature; /* of the database */
    uint64_t trailer;                /* page that is a trailer, if it is the last; 0: none */
    lgen_t generation;
    uint8_t *carry; /* PAGE_SIZE_MAX */
    size_t carry_size;
    struct scan_result result;
};

void scan_result_done(struct scan_result *result)
{
    free(result->runs);
    *result = (struct scan_result){0};
}

jet_err member_scan_new(struct member_scan **ret_scan)
{
    struct member_scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return JET_errOutOfMemory;
    scan->digest = XXH3_createState();
    scan->prefix = malloc(DBHEADER_PREFIX_SIZE);
    scan->carry = malloc(PAGE_SIZE_MAX);
    if (!scan->digest || !scan->prefix || !scan->carry) {
        member_scan_free(scan);
        return JET_errOutOfMemory;
    }
    *ret_scan = scan;
    return JET_errSuccess;
}

void member_scan_free(struct member_scan *scan)
{
    if (!scan)
        return;
    (void)XXH3_freeState(scan->digest);
    free(scan->prefix);
    free(scan->carry);
    scan_result_done(&scan->result);
    free(scan);
}

void member_scan_begin(struct member_scan *scan)
{
    scan_result_done(&scan->result);
    (void)XXH3_128bits_reset(scan->digest); /* fails for NULL only */
    scan->prefix_size = 0;
    scan->is_classified = false;
    scan->unit = 0;
    scan->next_unit = 0;
    scan->carry_size = 0;
    scan->trailer = 0;
    scan->signature = (struct signature_disk){.random = le32_make(0)};
}

/* ---- what a unit is ---- */

static jet_err add_run(struct scan_result *result, enum finding_kind kind, uint64_t where, uint64_t expected,
                       uint64_t found)
{
    struct scan_run *last = result->run_count > 0 ? &result->runs[result->run_count - 1] : NULL;
    result->counts.pages_damaged++;
    if (last && last->kind == kind && last->last + 1 == where) {
        last->last = where;
        return JET_errSuccess;
    }
    if (result->run_count >= MANIFEST_DAMAGES_MAX) {
        result->runs_overflow = true;
        return JET_errSuccess;
    }
    struct scan_run *runs = array_grow(result->runs, result->run_count, sizeof *runs);
    if (!runs)
        return JET_errOutOfMemory;
    result->runs = runs;
    runs[result->run_count++] = (struct scan_run){kind, where, where, expected, found};
    return JET_errSuccess;
}

static jet_err scan_header(struct member_scan *scan, const uint8_t *page)
{
    if (dbheader_verify(page, scan->unit) < JET_errSuccess)
        scan->result.headers_valid = false;
    else
        scan->signature = ((const struct dbheader_disk *)(const void *)page)->signature;
    return JET_errSuccess;
}

/* The trailer of a streaming backup is the last page, and is none of the database's. */
static bool may_be_trailer(struct member_scan *scan, const uint8_t *page, uint64_t pgno)
{
    if (patchpage_verify(page, scan->unit, &scan->signature) < JET_errSuccess)
        return false;
    scan->trailer = pgno;
    return true;
}

static jet_err scan_page(struct member_scan *scan, const uint8_t *page, uint64_t unit)
{
    struct scan_result *result = &scan->result;
    struct page_verdict verdict;
    jet_err err = JET_errSuccess;
    if (unit < 2)
        return scan_header(scan, page);
    if (scan->trailer != 0) /* it was not the last */
        err = add_run(result, FINDING_PAGE_NUMBER, scan->trailer, 0, 0);
    scan->trailer = 0;
    if (err < JET_errSuccess)
        return err;
    uint64_t pgno = unit - 1;
    result->counts.pages_checked++;
    if (pgno > PGNO_MAX)
        return add_run(result, FINDING_PAGE_NUMBER, pgno, 0, 0);
    err = page_verify(page, scan->unit, (pgno_t)pgno, &verdict);
    if (verdict.state == PAGE_ZERO)
        result->counts.pages_zero++;
    if (err >= JET_errSuccess || verdict.state == PAGE_ZERO || may_be_trailer(scan, page, pgno))
        return JET_errSuccess;
    bool is_number = verdict.state == PAGE_MISPLACED || verdict.state == PAGE_WRONG_PGNO;
    return add_run(result, is_number ? FINDING_PAGE_NUMBER : FINDING_PAGE_CHECKSUM, pgno, verdict.checksum_stored,
                   verdict.checksum_computed);
}

static jet_err scan_segment(struct member_scan *scan, const uint8_t *segment, uint64_t unit)
{
    struct logsegment_verdict verdict = {.state = LOGSEGMENT_DAMAGED};
    scan->result.counts.pages_checked++;
    if (unit == 0)
        return JET_errSuccess; /* the header, verified when it was recognised */
    if (unit <= UINT16_MAX &&
        logsegment_verify(segment, (uint16_t)unit, scan->generation, &verdict) >= JET_errSuccess) {
        if (verdict.state == LOGSEGMENT_ZERO)
            scan->result.counts.pages_zero++;
        return JET_errSuccess;
    }
    return add_run(&scan->result, FINDING_LOG_SEGMENT, unit, verdict.checksum_stored, verdict.checksum_computed);
}

static jet_err scan_unit(struct member_scan *scan, const uint8_t *bytes)
{
    uint64_t unit = scan->next_unit++;
    return scan->result.kind == BACKUP_FILE_DATABASE ? scan_page(scan, bytes, unit) : scan_segment(scan, bytes, unit);
}

/* ---- pieces to units ---- */

static jet_err scan_bytes(struct member_scan *scan, const uint8_t *bytes, size_t size)
{
    jet_err err = JET_errSuccess;
    if (scan->unit == 0)
        return JET_errSuccess;
    if (scan->carry_size > 0) {
        size_t wanted = scan->unit - scan->carry_size;
        size_t taken = size < wanted ? size : wanted;
        memcpy(scan->carry + scan->carry_size, bytes, taken);
        scan->carry_size += taken;
        bytes += taken;
        size -= taken;
        if (scan->carry_size < scan->unit)
            return JET_errSuccess;
        err = scan_unit(scan, scan->carry);
        scan->carry_size = 0;
    }
    for (; size >= scan->unit && err >= JET_errSuccess; bytes += scan->unit, size -= scan->unit)
        err = scan_unit(scan, bytes);
    if (err >= JET_errSuccess && size > 0) {
        memcpy(scan->carry, bytes, size);
        scan->carry_size = size;
    }
    return err;
}

/* The prefix is complete: says what the member is and lets the prefix through. */
static jet_err classify(struct member_scan *scan)
{
    struct dbheader_selection selection;
    scan->is_classified = true;
    if (dbheader_select(scan->prefix, scan->prefix_size, &selection) >= JET_errSuccess) {
        scan->result.kind = BACKUP_FILE_DATABASE;
        scan->result.page_size = dbheader_page_size(selection.header);
        scan->result.headers_valid = scan->prefix_size >= 2 * (size_t)scan->result.page_size;
        scan->unit = scan->result.page_size;
    } else if (logheader_verify(scan->prefix, scan->prefix_size) >= JET_errSuccess) {
        const struct logheader_disk *header = (const struct logheader_disk *)scan->prefix;
        scan->result.kind = BACKUP_FILE_LOG;
        scan->generation = le32_get(header->generation);
        scan->unit = logheader_has_segments(header) ? LOGSEGMENT_SIZE : 0;
    }
    return scan_bytes(scan, scan->prefix, scan->prefix_size);
}

jet_err member_scan_data(struct member_scan *scan, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    (void)XXH3_128bits_update(scan->digest, bytes, size);
    scan->result.size += size;
    if (!scan->is_classified) {
        size_t wanted = DBHEADER_PREFIX_SIZE - scan->prefix_size;
        size_t taken = size < wanted ? size : wanted;
        memcpy(scan->prefix + scan->prefix_size, next, taken);
        scan->prefix_size += taken;
        next += taken;
        size -= taken;
        if (scan->prefix_size < DBHEADER_PREFIX_SIZE)
            return JET_errSuccess;
        jet_err err = classify(scan);
        if (err < JET_errSuccess)
            return err;
    }
    return scan_bytes(scan, next, size);
}

jet_err member_scan_end(struct member_scan *scan, struct scan_result *ret_result)
{
    XXH128_canonical_t digest;
    if (!scan->is_classified) {
        jet_err err = classify(scan);
        if (err < JET_errSuccess)
            return err;
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(scan->digest));
    memcpy(scan->result.digest, digest.digest, sizeof scan->result.digest);
    *ret_result = scan->result;
    scan->result = (struct scan_result){0};
    return JET_errSuccess;
}
