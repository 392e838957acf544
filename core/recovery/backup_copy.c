/* SPDX-License-Identifier: MIT */
#include "recovery/backup_copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/checksum.h"
#include "format/dbheader_state.h"
#include "format/patchpage.h"
#include "log/log_time.h"
#include "os/os_file.h"

struct copy {
    const struct backup_copy_terms *terms;
    struct os_file *file;
    uint64_t file_size;
    uint8_t *prefix; /* DBHEADER_PREFIX_SIZE bytes */
    struct dbheader_selection selection;
    uint8_t *trailer; /* the last page of the file */
    bool has_trailer; /* it is one */
    lgen_t low, high; /* that the copy needs */
};

static const struct patchpage_disk *trailer_of(const struct copy *copy)
{
    return (const void *)copy->trailer;
}

/* ---- reading ---- */

static jet_err read_header(struct copy *copy)
{
    size_t actual;
    jet_err err = os_file_read(copy->file, 0, copy->prefix, DBHEADER_PREFIX_SIZE, &actual);
    if (err < JET_errSuccess)
        return err;
    err = dbheader_select(copy->prefix, actual, &copy->selection);
    if (err == JET_errReadVerifyFailure)
        return CORRUPT(JET_errDatabaseCorrupted);
    if (err == JET_errSuccess && copy->selection.page_size != copy->terms->page_size)
        err = JET_errPageSizeMismatch;
    return err;
}

/* A file that was cut is one without a trailer. */
static jet_err read_trailer(struct copy *copy)
{
    const size_t page_size = copy->selection.page_size;
    size_t actual;
    jet_err err = os_file_size(copy->file, &copy->file_size);
    if (err < JET_errSuccess || copy->file_size % page_size != 0 || copy->file_size < 3 * (uint64_t)page_size)
        return err;
    err = os_file_read(copy->file, copy->file_size - page_size, copy->trailer, page_size, &actual);
    if (err == JET_errSuccess && actual == page_size)
        copy->has_trailer = le32_get(trailer_of(copy)->checksum) == checksum_xor32(copy->trailer, page_size);
    return err;
}

static jet_err copy_open(struct copy *copy, const char *path, enum os_file_mode mode,
                         const struct backup_copy_terms *terms)
{
    *copy = (struct copy){.terms = terms};
    copy->prefix = malloc(DBHEADER_PREFIX_SIZE);
    copy->trailer = calloc(1, terms->page_size);
    if (!copy->prefix || !copy->trailer)
        return JET_errOutOfMemory;
    jet_err err = os_file_open(path, mode, &copy->file);
    if (err == JET_errInvalidPath)
        return JET_errFileNotFound;
    if (err == JET_errSuccess)
        err = read_header(copy);
    return err == JET_errSuccess ? read_trailer(copy) : err;
}

static void copy_close(struct copy *copy)
{
    os_file_close(copy->file);
    free(copy->prefix);
    free(copy->trailer);
}

/* ---- checking ---- */

bool backup_copy_is_unpatched(const struct dbheader_disk *header)
{
    return le32_get(header->backup_full_current.generation_low) != 0 &&
           le32_get(header->backup_full_current.generation_high) == 0;
}

/* Header, trailer and logs name each other. */
static bool belongs_together(const struct copy *copy)
{
    const struct dbheader_disk *header = copy->selection.header;
    const struct patchpage_disk *trailer = trailer_of(copy);
    return signature_equal(&trailer->signature, &header->signature) &&
           signature_equal(&trailer->log_signature, &copy->terms->log_signature) &&
           lgpos_compare(lgpos_get(trailer->backup.lgpos), lgpos_get(header->backup_full_current.lgpos)) == 0;
}

static jet_err check_origin(struct copy *copy)
{
    const struct dbheader_disk *header = copy->selection.header;
    const struct bkinfo_disk *backup = &header->backup_full_current;
    if (le32_get(backup->generation_low) == 0)
        return JET_errRestoreOfNonBackupDatabase;
    if (backup_copy_is_unpatched(header)) {
        if (!copy->has_trailer)
            return CORRUPT(JET_errBadPatchPage);
        if (!belongs_together(copy))
            return CORRUPT(JET_errDatabasePatchFileMismatch);
        backup = &trailer_of(copy)->backup;
    }
    if (!signature_equal(&header->log_signature, &copy->terms->log_signature))
        return CORRUPT(JET_errDatabasePatchFileMismatch);
    copy->low = le32_get(backup->generation_low);
    copy->high = le32_get(backup->generation_high);
    return JET_errSuccess;
}

static jet_err check(struct copy *copy)
{
    jet_err err = check_origin(copy);
    if (err < JET_errSuccess || copy->terms->high == 0)
        return err;
    if (copy->low < copy->terms->low)
        return JET_errStartingRestoreLogTooHigh;
    return copy->high > copy->terms->high ? JET_errEndingRestoreLogTooLow : JET_errSuccess;
}

jet_err backup_copy_check(const char *path, const struct backup_copy_terms *terms)
{
    struct copy copy;
    jet_err err = copy_open(&copy, path, OS_FILE_READ, terms);
    if (err == JET_errSuccess)
        err = check(&copy);
    copy_close(&copy);
    return err;
}

/* ---- patching ---- */

static jet_err write_page(const struct copy *copy, uint64_t offset, const void *page)
{
    jet_err err = os_file_write(copy->file, offset, page, copy->selection.page_size);
    return err == JET_errSuccess ? os_file_flush(copy->file) : err;
}

/* One copy is safe before the other is touched. */
static jet_err write_header(const struct copy *copy)
{
    const size_t page_size = copy->selection.page_size;
    struct dbheader_disk *header = malloc(page_size);
    if (!header)
        return JET_errOutOfMemory;
    memcpy(header, copy->selection.header, page_size);
    dbheader_set_restoring(header, copy->terms->high ? copy->terms->high : copy->high);
    jet_err err = log_signature_new(&header->header_signature);
    dbheader_seal(header, page_size);
    if (err == JET_errSuccess)
        err = write_page(copy, 0, header);
    if (err == JET_errSuccess)
        err = write_page(copy, page_size, header);
    free(header);
    return err;
}

/* The database may grow into this page, which then has to be empty. A crash may have left it behind when the header was
 * patched. */
static jet_err wipe_trailer(const struct copy *copy)
{
    const size_t page_size = copy->selection.page_size;
    if (!copy->has_trailer || !signature_equal(&trailer_of(copy)->signature, &copy->selection.header->signature))
        return JET_errSuccess;
    memset(copy->trailer, 0, page_size);
    return write_page(copy, copy->file_size - page_size, copy->trailer);
}

jet_err backup_copy_patch(const char *path, const struct backup_copy_terms *terms)
{
    struct copy copy;
    jet_err err = copy_open(&copy, path, OS_FILE_READ_WRITE, terms);
    if (err == JET_errSuccess)
        err = check(&copy);
    if (err == JET_errSuccess)
        err = write_header(&copy);
    if (err == JET_errSuccess)
        err = wipe_trailer(&copy);
    copy_close(&copy);
    return err;
}
