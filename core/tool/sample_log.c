/* SPDX-License-Identifier: MIT */
/* sample_log.c - headers and padding of a log stream.
 *
 * Closed generations are full: segments 1 to count - 2 carry a header and a checksum, and zeros, which are padding
 * records. The current one has a few such segments and zeros behind them. The last segment of a file never holds data.
 * The header of a generation carries the accumulated checksum of the one before: the XOR of its segments' checksums.
 */
#include "tool/sample_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/checkpoint.h"
#include "format/logheader.h"
#include "format/logname.h"
#include "format/logsegment.h"
#include "os/os_file.h"
#include "tool/sample_time.h"

enum {
    CURRENT_SEGMENTS = 8, /* with data, in the log that was being written */
    UPDATE_MAJOR = 5,     /* 8.4000.5.14 goes with databases of 1568,20,0 */
    UPDATE_MINOR = 14,
};

static const char base_name[] = "edb";

jet_err sample_log_stream_make(lgen_t first, lgen_t last, struct sample_log_stream *ret_stream)
{
    struct sample_log_stream stream = {
        .generation_min = first,
        .generation_max = last,
        .generation_max_created = sample_time_now(),
    };
    jet_err err = sample_signature_make(&stream.signature);
    if (err >= JET_errSuccess)
        *ret_stream = stream;
    return err;
}

/* The database as the lists of attached databases name it. */
static void attachments_fill(const struct sample_log_request *request, uint8_t list[ATTACHLIST_SIZE])
{
    size_t name_size = strlen(request->database_path) + 1;
    assert(name_size < ATTACHLIST_SIZE - sizeof(struct attachlist_entry_disk));
    struct attachlist_entry_disk entry = {
        .dbid = 1,
        .name_size = le16_make((uint16_t)name_size),
        .dbtime = le64_make(request->database->dbtime),
        .lgpos_attach = lgpos_make((struct lgpos){.generation = request->stream->generation_min, .isec = 1}),
        .signature = request->database->signature,
    };
    memcpy(list, &entry, sizeof entry);
    memcpy(list + sizeof entry, request->database_path, name_size);
}

static void header_fill(const struct sample_log_request *request, lgen_t generation, uint64_t prev_checksum,
                        struct logheader_disk *header)
{
    const struct sample_log_stream *stream = request->stream;
    *header = (struct logheader_disk){
        .generation = le32_make(generation),
        .segment_size = le16_make(LOGSEGMENT_SIZE),
        .header_segments = le16_make(1),
        .segment_count = le16_make(request->count_segments),
        .page_size = le16_make((uint16_t)request->page_size),
        .created = stream->generation_max_created,
        .version_major = le32_make(LOGHEADER_MAJOR),
        .version_minor = le32_make(LOGHEADER_MINOR),
        .update_major = le32_make(UPDATE_MAJOR),
        .signature = stream->signature,
        .checkpoint = lgpos_make((struct lgpos){.generation = stream->generation_min, .isec = 1}),
        .update_minor = le32_make(UPDATE_MINOR),
        .filetype = le32_make(LOGHEADER_FILETYPE),
    };
    header->dbms.log_file_segments = le32_make(request->count_segments);
    if (generation > 1) { /* nothing can be attached before the stream exists */
        header->prev_created = stream->generation_max_created;
        header->prev_checksum = le64_make(prev_checksum);
        attachments_fill(request, header->attachments);
    }
    logheader_seal(header);
}

/* The bytes of a whole log file; returns the accumulated checksum of its segments. */
static uint64_t generation_fill(const struct sample_log_request *request, lgen_t generation, uint64_t prev_checksum,
                                uint8_t *bytes)
{
    bool is_current = generation == request->stream->generation_max;
    uint16_t count = is_current ? CURRENT_SEGMENTS : (uint16_t)(request->count_segments - 2);
    uint64_t checksum = 0;
    memset(bytes, 0, (size_t)request->count_segments * LOGSEGMENT_SIZE);
    header_fill(request, generation, prev_checksum, (struct logheader_disk *)bytes);
    for (uint16_t isec = 1; isec <= count; isec++) {
        struct logsegment_header_disk *segment =
            (struct logsegment_header_disk *)(bytes + (size_t)isec * LOGSEGMENT_SIZE);
        segment->written = request->stream->generation_max_created;
        logsegment_seal(segment, isec, generation);
        checksum ^= le64_get(segment->checksum);
    }
    return checksum;
}

static MUST_CHECK jet_err file_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    struct os_file *file;
    char *path = os_path_join(folder, name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_file_open(path, OS_FILE_CREATE_NEW, &file);
    free(path);
    if (err < JET_errSuccess)
        return err;
    err = os_file_write(file, 0, bytes, size);
    os_file_close(file);
    return err;
}

static MUST_CHECK jet_err generation_name(const struct sample_log_request *request, lgen_t generation,
                                          char name[LOGNAME_SIZE_MAX])
{
    struct logname parts = {.kind = LOGNAME_CURRENT, .family = LOGNAME_LOG_CHK};
    memcpy(parts.base, base_name, sizeof base_name);
    if (generation < request->stream->generation_max) {
        parts.kind = LOGNAME_CLOSED;
        parts.number = generation;
        parts.digits = LOGNAME_DIGITS_SHORT;
    }
    return logname_format(&parts, name);
}

static MUST_CHECK jet_err checkpoint_write(const struct sample_log_request *request)
{
    struct checkpoint_disk copies[2] = {0};
    struct checkpoint_disk *checkpoint = &copies[0];
    checkpoint->checkpoint = lgpos_make((struct lgpos){.generation = request->stream->generation_min, .isec = 1});
    checkpoint->signature = request->stream->signature;
    checkpoint->dbms.log_file_segments = le32_make(request->count_segments);
    checkpoint->flags = CHECKPOINT_FLAG_ATTACHMENTS;
    checkpoint->filetype = le32_make(CHECKPOINT_FILETYPE);
    attachments_fill(request, checkpoint->attachments);
    checkpoint_seal(checkpoint);
    copies[1] = copies[0];
    return file_write(request->folder, "edb.chk", copies, sizeof copies);
}

jet_err sample_log_write(const struct sample_log_request *request)
{
    size_t size = (size_t)request->count_segments * LOGSEGMENT_SIZE;
    uint8_t *bytes = malloc(size);
    uint64_t checksum = 0;
    jet_err err = bytes ? JET_errSuccess : JET_errOutOfMemory;
    lgen_t last = request->stream->generation_max;
    for (lgen_t generation = request->stream->generation_min; err >= JET_errSuccess && generation <= last;
         generation++) {
        char name[LOGNAME_SIZE_MAX];
        checksum = generation_fill(request, generation, checksum, bytes);
        err = generation_name(request, generation, name);
        if (err >= JET_errSuccess)
            err = file_write(request->folder, name, bytes, size);
    }
    free(bytes);
    if (err >= JET_errSuccess)
        err = checkpoint_write(request);
    return err;
}
