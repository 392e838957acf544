/* SPDX-License-Identifier: MIT */
/* Log headers. Input: bit 0 of the first byte: seal; the next 671 bytes are the header up to the attachment list, then
 * the list. */
#include "format/logheader.h"

#include "fuzz_attachments.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct logheader_disk header;
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input);
    char text[LOGHEADER_VERSION_TEXT_SIZE];

    memset(&header, 0, sizeof header);
    (void)fuzz_take(&input, &header, sizeof header);
    if (choice & 1)
        logheader_seal(&header);
    fuzz_walk_attachments(header.attachments);
    if (logheader_verify(&header, sizeof header) < JET_errSuccess)
        return 0;
    fuzz_expect(logheader_file_size(&header) >= LOGHEADER_SIZE);
    fuzz_expect(!logheader_has_segments(&header) || le16_get(header.segment_size) == LOGHEADER_SIZE);
    fuzz_expect(logheader_page_size(&header) > 0);
    logheader_version_format(&header, text);
    return 0;
}
