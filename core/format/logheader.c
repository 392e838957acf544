/* SPDX-License-Identifier: MIT */
#include "format/logheader.h"

#include <stdio.h>

#include "base/corrupt.h"
#include "format/checksum.h"
#include "format/page.h"

enum {
    SECTOR_SIZE_MIN = 512,
    SEGMENT_COUNT_MIN = 3, /* header, one with data, one that never has any */
};

bool logheader_has_segments(const struct logheader_disk *header)
{
    return le32_get(header->version_major) == LOGHEADER_MAJOR;
}

static bool version_is_known(const struct logheader_disk *header)
{
    if (logheader_has_segments(header))
        return le32_get(header->version_minor) == LOGHEADER_MINOR &&
               le32_get(header->update_major) <= LOGHEADER_UPDATE_MAJOR_MAX;
    return le32_get(header->version_major) == LOGHEADER_MAJOR_SECTORS &&
           le32_get(header->version_minor) == LOGHEADER_MINOR_SECTORS;
}

/* The header takes its 4096 bytes in whole segments, and there is room for data. */
static bool sizes_are_possible(const struct logheader_disk *header)
{
    const unsigned size = le16_get(header->segment_size);

    if (size != LOGHEADER_SIZE &&
        (logheader_has_segments(header) || size < SECTOR_SIZE_MIN || (size & (size - 1)) != 0))
        return false;
    return (uint32_t)size * le16_get(header->header_segments) == LOGHEADER_SIZE &&
           le16_get(header->segment_count) >= le16_get(header->header_segments) + SEGMENT_COUNT_MIN - 1;
}

jet_err logheader_verify(const void *bytes, size_t size)
{
    const struct logheader_disk *header = bytes;
    uint32_t filetype;

    if (size < LOGHEADER_SIZE || le32_get(header->checksum) != checksum_xor32(bytes, LOGHEADER_SIZE))
        return CORRUPT(JET_errLogFileCorrupt);
    filetype = le32_get(header->filetype);
    if (filetype != LOGHEADER_FILETYPE && filetype != 0)
        return CORRUPT(JET_errFileInvalidType);
    if (!version_is_known(header))
        return CORRUPT(JET_errBadLogVersion);
    if (le32_get(header->generation) == 0 || !sizes_are_possible(header))
        return CORRUPT(JET_errLogFileCorrupt);
    return JET_errSuccess;
}

uint32_t logheader_page_size(const struct logheader_disk *header)
{
    const uint32_t size = le16_get(header->page_size);

    return size ? size : PAGE_SIZE_DEFAULT;
}

uint64_t logheader_file_size(const struct logheader_disk *header)
{
    return (uint64_t)le16_get(header->segment_size) * le16_get(header->segment_count);
}

void logheader_version_format(const struct logheader_disk *header, char text[LOGHEADER_VERSION_TEXT_SIZE])
{
    (void)snprintf(text, LOGHEADER_VERSION_TEXT_SIZE, "%lu.%lu.%lu.%lu", (unsigned long)le32_get(header->version_major),
                   (unsigned long)le32_get(header->version_minor), (unsigned long)le32_get(header->update_major),
                   (unsigned long)le32_get(header->update_minor));
}

void logheader_seal(struct logheader_disk *header)
{
    header->checksum = le32_make(checksum_xor32(header, sizeof *header));
}
