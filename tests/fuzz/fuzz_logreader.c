/* SPDX-License-Identifier: MIT */
/* The records of one generation, read one after another. The first bytes of the input say where reading begins and
 * which segments get a checksum; the rest is what lies behind the file header, which is always good. */
#include <string.h>

#include "format/logheader.h"
#include "format/logrecord.h"
#include "format/logsegment.h"
#include "fuzz_input.h"
#include "log/log_reader.h"
#include "support/memory_file.h"

enum {
    SEGMENTS = 8,
    FILE_SIZE = SEGMENTS * LOGSEGMENT_SIZE,
    GENERATION = 1,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_file(struct fuzz_input *input, uint8_t *bytes)
{
    const uint8_t sealed = fuzz_byte(input); /* a bit for each segment */
    const uint8_t flags = fuzz_byte(input);
    struct logheader_disk *header = (void *)bytes;
    memset(bytes, 0, FILE_SIZE);
    *header = (struct logheader_disk){
        .generation = le32_make(GENERATION),
        .segment_size = le16_make(LOGSEGMENT_SIZE),
        .header_segments = le16_make(1),
        .segment_count = le16_make(SEGMENTS),
        .page_size = le16_make(4096),
        .version_major = le32_make(LOGHEADER_MAJOR),
        .version_minor = le32_make(LOGHEADER_MINOR),
        .update_major = le32_make(5),
        .update_minor = le32_make(14),
        .filetype = le32_make(LOGHEADER_FILETYPE),
        .flags = flags,
    };
    logheader_seal(header);
    for (uint16_t isec = 1; isec < SEGMENTS; isec++) {
        uint8_t *segment = bytes + (size_t)isec * LOGSEGMENT_SIZE;
        const size_t given = fuzz_byte(input) * (size_t)16 + fuzz_byte(input) % 16;
        (void)fuzz_take(input, segment + LOGSEGMENT_DATA_OFFSET,
                        given % (LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET + 1));
        if (sealed & 1u << isec)
            logsegment_seal(segment, isec, GENERATION);
    }
}

static void read_all(uint64_t start)
{
    const struct log_config config = log_config_default("no such folder", "no such folder");
    const struct log_reader_source source = {.config = &config};
    struct log_reader *reader;
    struct log_reader_record record = {0};
    uint64_t before = 0;
    if (log_reader_open(&source, start, &reader) < JET_errSuccess)
        return;
    while (log_reader_next(reader, &record) == JET_errSuccess && record.bytes) {
        size_t expected;
        fuzz_expect(record.lgpos >= before && record.lgpos_end > record.lgpos);
        fuzz_expect(logrec_size(record.bytes, record.size, &expected) == JET_errSuccess && expected == record.size);
        fuzz_touch(record.bytes, record.size);
        before = record.lgpos_end;
    }
    log_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[FILE_SIZE];
    struct fuzz_input input = {.bytes = data, .left = size};
    const struct lgpos start = {.generation = GENERATION,
                                .isec = (uint16_t)(1 + fuzz_byte(&input) % SEGMENTS),
                                .ib = (uint16_t)(fuzz_byte(&input) * 17)};
    make_file(&input, bytes);
    memory_file_show(bytes, sizeof bytes);
    read_all(lgpos_pack(start));
    memory_file_hide();
    return 0;
}
