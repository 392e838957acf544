/* SPDX-License-Identifier: MIT */
/* set_reader_tar.c - a set that is a tar, from a file or a pipe.
 *
 * libarchive parses; only the format tar, and no compression: a filter that swells a small input is not for hostile
 * bytes. We lend it our buffer through the read callback and get pointers into it back, so bytes are not copied.
 *
 * libarchive takes an archive that ends at any member's end for whole, and does not look behind the end. We do: the
 * callback counts the zeros at the end of what it gave out, and when libarchive has seen the end, everything behind the
 * last member must be zeros, at least two blocks of them.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/manifest.h"
#include "backup/set_reader_internal.h"
#include "backup/sink.h"
#include "base/corrupt.h"
#include "os/os_file.h"

enum { TAR_BLOCK = 512 };

struct set_reader_tar {
    struct set_reader reader; /* first */
    struct set_reader_origin origin;
    struct os_file *file;
    struct archive *archive;
    void *buffer;
    jet_err input_error;     /* why the read callback failed, and was reported */
    uint64_t total;          /* bytes that came in */
    uint64_t zeros;          /* of them, zeros at the end */
    uint64_t position, size; /* of the member */
    bool in_member;          /* it was not read to its end yet */
    uint64_t members_end;    /* offset behind the last member and its padding */
};

static struct set_reader_tar *from_reader(struct set_reader *reader)
{
    return (struct set_reader_tar *)reader;
}

/* ---- input ---- */

static void count_zeros(struct set_reader_tar *r, const uint8_t *bytes, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && bytes[size - 1 - zeros] == 0)
        zeros++;
    r->zeros = zeros == size ? r->zeros + size : zeros;
    r->total += size;
}

/* A file waits for nobody, but may be long: it is left at a stop just the same. */
static jet_err read_file(struct set_reader_tar *r, size_t *ret_size)
{
    if (r->origin.stop && os_event_wait(r->origin.stop, 0))
        return JET_errBackupAbortByServer;
    return os_file_read(r->file, r->total, r->buffer, SINK_BUFFER_SIZE, ret_size);
}

static jet_err read_input(struct set_reader_tar *r, size_t *ret_size)
{
    size_t size = 0;
    jet_err err = r->origin.path ? read_file(r, &size)
                                 : os_stream_read(r->origin.stream, r->buffer, SINK_BUFFER_SIZE, r->origin.stop, &size);
    if (err < JET_errSuccess) {
        if (err != JET_errBackupAbortByServer) /* who stopped says so */
            (void)failure_report_os(&r->origin.listener, r->origin.name, err);
        r->input_error = err;
        return err;
    }
    count_zeros(r, r->buffer, size);
    *ret_size = size;
    return JET_errSuccess;
}

static la_ssize_t read_callback(struct archive *archive, void *client, const void **ret_bytes)
{
    struct set_reader_tar *r = client;
    size_t size;
    if (read_input(r, &size) < JET_errSuccess) {
        archive_set_error(archive, EIO, "the input failed");
        return -1;
    }
    *ret_bytes = r->buffer;
    return (la_ssize_t)size;
}

static jet_err tar_error(struct set_reader_tar *r, jet_err err, const char *detail)
{
    return finding_report_error(&r->origin.listener, FINDING_ARCHIVE, r->origin.name, CORRUPT(err), detail);
}

/* libarchive gave up. At the end of the input that means that the archive was cut. */
static jet_err archive_failed(struct set_reader_tar *r)
{
    if (r->input_error < JET_errSuccess)
        return r->input_error;
    const char *text = archive_error_string(r->archive);
    if (text && strstr(text, "runcated"))
        return tar_error(r, JET_errFileIOBeyondEOF, "the archive was cut short");
    return tar_error(r, JET_errFileInvalidType, text);
}

/* ---- the end ---- */

/* Reads to the end, or to the first byte that must not be there. */
static jet_err drain(struct set_reader_tar *r)
{
    size_t size;
    jet_err err;
    do {
        err = read_input(r, &size);
    } while (err >= JET_errSuccess && size > 0 && r->zeros >= r->total - r->members_end);
    return err;
}

static jet_err check_end(struct set_reader_tar *r)
{
    jet_err err = drain(r);
    if (err < JET_errSuccess)
        return err;
    uint64_t behind = r->total - r->members_end;
    if (behind % TAR_BLOCK != 0 || behind < 2 * TAR_BLOCK || r->zeros < behind)
        return tar_error(r, JET_errFileIOBeyondEOF, "the archive was cut short, or something follows its end");
    return JET_errSuccess;
}

/* ---- members ---- */

/* In the C locale a name outside ASCII has its UTF-8 form only. Who packs a folder as "." gets "./" before each
 * name. */
static const char *entry_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    if (!name)
        name = archive_entry_pathname_utf8(entry);
    return name && name[0] == '.' && name[1] == '/' ? name + 2 : name;
}

/* The folder itself, "." or "./", which such archives have as a member. */
static bool is_set_folder(struct archive_entry *entry)
{
    const char *name = entry_name(entry);
    return archive_entry_filetype(entry) == AE_IFDIR && archive_entry_size(entry) == 0 && name &&
           (name[0] == '\0' || strcmp(name, ".") == 0);
}

static jet_err check_entry(struct set_reader_tar *r, struct archive_entry *entry)
{
    const char *name = entry_name(entry);
    bool is_plain = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
                    !archive_entry_symlink(entry) && archive_entry_size_is_set(entry) &&
                    archive_entry_size(entry) >= 0 && archive_entry_sparse_count(entry) == 0;
    if (!name || !is_plain)
        return set_reader_report_error(&r->reader, &r->origin.listener, FINDING_MEMBER, name ? name : r->reader.name,
                                       CORRUPT(JET_errFileInvalidType), "a backup set holds nothing but plain files");
    return set_reader_check_name(&r->reader, &r->origin.listener, name);
}

static jet_err read_bytes(struct set_reader *reader, const void **ret_bytes, size_t *ret_size)
{
    struct set_reader_tar *r = from_reader(reader);
    size_t size = 0;
    la_int64_t offset = 0;
    int status;
    do {
        status = archive_read_data_block(r->archive, ret_bytes, &size, &offset);
    } while (status == ARCHIVE_OK && size == 0); /* 0 bytes are not the end yet */
    if (status == ARCHIVE_EOF)
        size = 0;
    else if (status != ARCHIVE_OK)
        return archive_failed(r);
    bool is_gap = size > 0 && (uint64_t)offset != r->position;
    if (is_gap || size > r->size - r->position || (size == 0 && r->position != r->size))
        return tar_error(r, JET_errFileIOBeyondEOF, "a member does not have the size that its header names");
    r->position += size;
    if (size == 0) {
        r->in_member = false;
        r->members_end = (uint64_t)archive_filter_bytes(r->archive, 0); /* libarchive has taken the padding */
    }
    *ret_size = size;
    return JET_errSuccess;
}

/* `*ret_entry` is NULL at the end of the archive. */
static jet_err next_entry(struct set_reader_tar *r, struct archive_entry **ret_entry)
{
    while (r->in_member) {
        const void *bytes;
        size_t size;
        jet_err err = read_bytes(&r->reader, &bytes, &size);
        if (err < JET_errSuccess)
            return err;
    }
    int status = archive_read_next_header(r->archive, ret_entry);
    if (status == ARCHIVE_EOF) {
        *ret_entry = NULL;
        return check_end(r);
    }
    if (status != ARCHIVE_OK &&
        status != ARCHIVE_WARN) /* a warning is about what we do not use, or the name, which we check */
        return archive_failed(r);
    r->position = 0;
    r->size = 0;
    r->in_member = true;
    return JET_errSuccess;
}

static jet_err next(struct set_reader *reader, struct set_member *ret_member)
{
    struct set_reader_tar *r = from_reader(reader);
    struct archive_entry *entry;
    jet_err err;
    *ret_member = (struct set_member){0};
    do {
        err = next_entry(r, &entry);
    } while (err >= JET_errSuccess && entry && is_set_folder(entry));
    if (err < JET_errSuccess || !entry)
        return err;
    err = check_entry(r, entry);
    if (err < JET_errSuccess)
        return err;
    const char *name = entry_name(entry);
    r->size = (uint64_t)archive_entry_size(entry);
    *ret_member = (struct set_member){name, r->size, strcmp(name, MANIFEST_NAME) == 0};
    return JET_errSuccess;
}

static void close_reader(struct set_reader *reader)
{
    struct set_reader_tar *r = from_reader(reader);
    if (r->archive)
        (void)archive_read_free(r->archive);
    os_file_close(r->file);
    os_pages_free(r->buffer, SINK_BUFFER_SIZE);
    free(r);
}

static const struct set_reader_ops tar_ops = {
    .next = next,
    .read = read_bytes,
    .close = close_reader,
};

static jet_err open_file(struct set_reader_tar *r)
{
    if (!r->origin.path)
        return JET_errSuccess;
    jet_err err = os_file_open(r->origin.path, OS_FILE_READ, &r->file);
    if (err >= JET_errSuccess)
        err = os_file_size(r->file, &r->reader.bytes);
    if (err < JET_errSuccess)
        return failure_report_os(&r->origin.listener, r->origin.path, err);
    os_file_will_read_in_order(r->file);
    return JET_errSuccess;
}

static jet_err open_archive(struct set_reader_tar *r)
{
    r->archive = archive_read_new();
    if (!r->archive)
        return JET_errOutOfMemory;
    if (archive_read_support_format_tar(r->archive) == ARCHIVE_OK &&
        archive_read_open(r->archive, r, NULL, read_callback, NULL) == ARCHIVE_OK)
        return JET_errSuccess;
    if (r->input_error < JET_errSuccess)
        return r->input_error;
    return tar_error(r, r->total == 0 ? JET_errFileIOBeyondEOF : JET_errFileInvalidType,
                     r->total == 0 ? "it is empty" : "not a tar archive; if it is compressed, decompress it first");
}

jet_err set_reader_open_tar(const struct set_reader_origin *origin, struct set_reader **ret_reader)
{
    struct set_reader_tar *r = calloc(1, sizeof *r);
    if (!r)
        return JET_errOutOfMemory;
    r->reader = (struct set_reader){.ops = &tar_ops, .name = origin->name};
    r->origin = *origin;
    r->buffer = os_pages_alloc(SINK_BUFFER_SIZE);
    jet_err err = r->buffer ? JET_errSuccess : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = open_file(r);
    if (err >= JET_errSuccess)
        err = open_archive(r);
    if (err < JET_errSuccess) {
        close_reader(&r->reader);
        return err;
    }
    *ret_reader = &r->reader;
    return JET_errSuccess;
}
