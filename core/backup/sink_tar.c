/* SPDX-License-Identifier: MIT */
/* sink_tar.c - a backup set as a tar stream, for standard output, a pipe or a descriptor that somebody handed out.
 *
 * libarchive makes the headers: ustar, and pax extensions only where ustar does not reach (sizes from 8 GiB, long
 * names). Same files, same bytes: fixed order, mode 0600, no owner, whole seconds, nothing of this machine.
 *
 * Names are bytes and stay what they are. libarchive would translate a name outside ASCII from the locale, of which we
 * have none; the option hdrcharset=BINARY prevents that, but puts an extension before every member, at which other tar
 * programs grumble. So there are two writers, one with the option for such names and one without; they share
 * the stream, and since nothing is buffered between them and it, members may alternate.
 *
 * Bytes are not copied: with a block size of 0 libarchive hands our own buffer to write_bytes(), which gives it to the
 * stream, and the stream waits for "writable or stopped".
 *
 * A stream that broke off must not look whole: the two zero blocks that end an archive are not written then, and the
 * manifest, the last member, is not there either.
 */
#include "backup/sink.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "backup/failure.h"
#include "os/os_file.h"

struct sink_tar {
    struct sink sink;      /* first */
    struct archive *ascii; /* ends the archive */
    struct archive *binary;
    struct archive *archive; /* of the member at work: one of the two */
    struct archive_entry *entry;
    struct os_stream *stream;
    struct os_event *stop;
    bool discard;         /* nothing more goes to the stream */
    jet_err stream_error; /* why write_bytes() failed: libarchive does not carry our codes */
    struct finding_listener listener;
};

static struct sink_tar *from_sink(struct sink *sink)
{
    return (struct sink_tar *)sink;
}

/* libarchive's client callback: takes all bytes or fails. */
static la_ssize_t write_bytes(struct archive *archive, void *client, const void *bytes, size_t size)
{
    struct sink_tar *tar = client;
    if (tar->discard)
        return (la_ssize_t)size;
    jet_err err = os_stream_write(tar->stream, bytes, size, tar->stop);
    if (err >= JET_errSuccess)
        return (la_ssize_t)size;
    tar->stream_error = err;
    if (err != JET_errBackupAbortByServer) /* who stopped says so */
        (void)failure_report_os(&tar->listener, "the output stream", err);
    archive_set_error(archive, EIO, "the stream failed");
    return -1;
}

/* What libarchive's status means. A warning is as bad as an error: a header that is not what we meant. */
static jet_err tar_status(struct sink_tar *tar, la_ssize_t status)
{
    if (status >= ARCHIVE_OK)
        return JET_errSuccess;
    if (tar->stream_error < JET_errSuccess)
        return tar->stream_error;
    return finding_report_error(&tar->listener, FINDING_ARCHIVE, "the output stream", JET_errInternalError,
                                archive_error_string(tar->archive));
}

static bool is_ascii(const char *name)
{
    while (*name && (unsigned char)*name < 0x80)
        name++;
    return *name == '\0';
}

static jet_err begin_file(struct sink *sink, const struct sink_file *file)
{
    struct sink_tar *tar = from_sink(sink);
    tar->archive = is_ascii(file->name) ? tar->ascii : tar->binary;
    archive_entry_clear(tar->entry);
    archive_entry_set_pathname(tar->entry, file->name);
    archive_entry_set_filetype(tar->entry, AE_IFREG);
    archive_entry_set_perm(tar->entry, 0600);
    archive_entry_set_size(tar->entry, (la_int64_t)file->size);
    archive_entry_set_mtime(tar->entry, (time_t)file->modified_unix_s, 0);
    return tar_status(tar, archive_write_header(tar->archive, tar->entry));
}

static jet_err data(struct sink *sink, size_t size)
{
    struct sink_tar *tar = from_sink(sink);
    la_ssize_t written = archive_write_data(tar->archive, sink->buffer, size);
    if (written >= 0 && (size_t)written != size) /* more than the header said: the pump's error, not the reader's */
        return finding_report_error(&tar->listener, FINDING_ARCHIVE, "the output stream", JET_errInternalError,
                                    "more bytes than announced");
    return tar_status(tar, written);
}

static jet_err end_file(struct sink *sink, jet_err status)
{
    struct sink_tar *tar = from_sink(sink);
    if (status < JET_errSuccess)
        return status;
    return tar_status(tar, archive_write_finish_entry(tar->archive));
}

/* Frees an archive that is not to end. archive_write_fail() keeps libarchive from filling up the member at work,
 * which may be gigabytes of zeros; but after it archive_write_free() would not free all, so it is closed as well, and
 * the two zero blocks that it then writes go nowhere. */
static void archive_discard(struct archive *archive)
{
    if (!archive)
        return;
    (void)archive_write_fail(archive);
    (void)archive_write_close(archive);
    (void)archive_write_free(archive);
}

static void tar_free(struct sink_tar *tar)
{
    if (!tar)
        return;
    tar->discard = true;
    archive_discard(tar->ascii);
    archive_discard(tar->binary);
    archive_entry_free(tar->entry);
    os_pages_free(tar->sink.buffer, tar->sink.buffer_size);
    free(tar);
}

static jet_err finish(struct sink *sink, jet_err status)
{
    struct sink_tar *tar = from_sink(sink);
    if (status >= JET_errSuccess)
        status = tar_status(tar, archive_write_close(tar->ascii));
    if (status >= JET_errSuccess) {
        (void)archive_write_free(tar->ascii);
        tar->ascii = NULL;
    }
    tar_free(tar);
    return status;
}

static const struct sink_ops tar_ops = {
    .begin_file = begin_file,
    .data = data,
    .end_file = end_file,
    .finish = finish,
};

static bool open_archive(struct sink_tar *tar, struct archive *a, const char *charset)
{
    return archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
           (!charset || archive_write_set_format_option(a, NULL, "hdrcharset", charset) == ARCHIVE_OK) &&
           archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
           archive_write_open(a, tar, NULL, write_bytes, NULL) == ARCHIVE_OK;
}

jet_err sink_tar_new(struct os_stream *stream, struct os_event *stop, const struct finding_listener *listener,
                     struct sink **ret_sink)
{
    jet_err err = JET_errOutOfMemory;
    struct sink_tar *tar = calloc(1, sizeof *tar);
    if (!tar)
        goto fail;
    tar->sink = (struct sink){
        .ops = &tar_ops,
        .buffer = os_pages_alloc(SINK_BUFFER_SIZE),
        .buffer_size = SINK_BUFFER_SIZE,
    };
    tar->stream = stream;
    tar->stop = stop;
    tar->listener = *listener;
    tar->ascii = archive_write_new();
    tar->binary = archive_write_new();
    tar->entry = archive_entry_new();
    if (!tar->sink.buffer || !tar->ascii || !tar->binary || !tar->entry)
        goto fail;
    tar->archive = tar->ascii;
    if (!open_archive(tar, tar->ascii, NULL) || !open_archive(tar, tar->binary, "BINARY")) {
        err = tar_status(tar, ARCHIVE_FATAL);
        goto fail;
    }
    *ret_sink = &tar->sink;
    return JET_errSuccess;
fail:
    tar_free(tar);
    return err;
}
