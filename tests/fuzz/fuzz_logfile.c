/* SPDX-License-Identifier: MIT */
/* A whole log file, opened and streamed. The first byte of the input says how it is read and whether header and
 * segments get the checksums that they need; the rest is the file, padded with zeros to the size that its header
 * tells. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/logheader.h"
#include "format/logsegment.h"
#include "log/log_file.h"
#include "support/memory_file.h"

enum {
    SEGMENTS = 8,
    FILE_SIZE = SEGMENTS * LOGSEGMENT_SIZE,
    HOW_SEAL_HEADER = 1,
    HOW_SEAL_SEGMENTS = 2,
    HOW_CURRENT = 4,
    HOW_LARGE_READS = 8,
    HOW_REAL_SIZE = 16,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(uint8_t *bytes, unsigned how)
{
    struct logheader_disk *header = (void *)bytes;
    for (uint16_t i = 1; (how & HOW_SEAL_SEGMENTS) && i < SEGMENTS; i++) {
        uint8_t *segment = bytes + (size_t)i * LOGSEGMENT_SIZE;
        if (segment[LOGSEGMENT_DATA_OFFSET] != 0) /* the input chooses which */
            logsegment_seal(segment, i, le32_get(header->generation));
    }
    if (how & HOW_SEAL_HEADER)
        logheader_seal(header);
}

static void stream(unsigned how)
{
    static const struct finding_listener nobody = {0};
    static uint8_t buffer[FILE_SIZE];
    const size_t piece = how & HOW_LARGE_READS ? sizeof buffer : LOGSEGMENT_SIZE;
    struct log_segment_counts counts = {0};
    struct log_file *file = NULL;
    size_t actual = 1;
    if (log_file_open("input", &nobody, &file) < JET_errSuccess)
        return;
    for (uint64_t offset = 0; actual > 0; offset += actual) {
        jet_err err = log_file_read(file, offset, buffer, piece, how & HOW_CURRENT, &nobody, &counts, &actual);
        assert(err == JET_errSuccess || err == JET_errLogReadVerifyFailure);
        assert(actual <= piece);
    }
    assert(counts.segments_damaged + counts.segments_correctable + counts.segments_zero <= counts.segments_checked);
    log_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[FILE_SIZE];
    if (size == 0)
        return 0;
    unsigned how = data[0];
    size_t given = size - 1 < sizeof bytes ? size - 1 : sizeof bytes;
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, data + 1, given);
    seal(bytes, how);
    memory_file_show(bytes, how & HOW_REAL_SIZE ? given : sizeof bytes);
    stream(how);
    memory_file_hide();
    return 0;
}
