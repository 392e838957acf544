/* SPDX-License-Identifier: MIT */
/* logheader.h - the first 4096 bytes of a log file.
 *
 * A log file holds one generation: `segment_count` segments of `segment_size` bytes, the header among them. Format 8
 * (Windows 8 and later) has segments of 4096 bytes with a checksum each (logsegment.h); format 7 has sectors of the
 * disk's size. Both have this header. There is no second copy, and it is never written again once the file has its
 * name.
 */
#ifndef COLDSTREAM_FORMAT_LOGHEADER_H
#define COLDSTREAM_FORMAT_LOGHEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/attachlist.h"
#include "format/stamp.h"

struct logheader_disk {
    le32 checksum;                        /* +0    XOR-32 of the 4096 bytes */
    le32 generation;                      /* +4 */
    le16 segment_size;                    /* +8    4096; in format 7 the sector size of the disk */
    le16 header_segments;                 /* +10   segments that the header takes */
    le16 segment_count;                   /* +12   of the file, header included */
    le16 page_size;                       /* +14   of the databases; 0 = 4096 */
    struct logtime_disk created;          /* +16   this generation */
    struct logtime_disk prev_created;     /* +24   the generation before; zero in the first */
    le32 version_major;                   /* +32 */
    le32 version_minor;                   /* +36 */
    le32 update_major;                    /* +40 */
    struct signature_disk signature;      /* +44   of the log stream, the same in all generations */
    struct dbms_disk dbms;                /* +72 */
    uint8_t flags;                        /* +639  enum logheader_flag */
    struct lgpos_disk checkpoint;         /* +640  when the header was written */
    le32 update_minor;                    /* +648 */
    uint8_t sector_relation;              /* +652 */
    le64 prev_checksum;                   /* +653  XOR of all segment checksums of the generation before; unaligned */
    le32 engine_version;                  /* +661  information only */
    uint8_t reserved_665[2];              /* +665 */
    le32 filetype;                        /* +667  3 = log; 0 is accepted */
    uint8_t attachments[ATTACHLIST_SIZE]; /* +671 */
    uint8_t reserved_2719[1377];          /* +2719 zero */
};
_Static_assert(sizeof(struct logheader_disk) == 4096, "file format");
_Static_assert(offsetof(struct logheader_disk, signature) == 44, "file format");
_Static_assert(offsetof(struct logheader_disk, flags) == 639, "file format");
_Static_assert(offsetof(struct logheader_disk, prev_checksum) == 653, "file format");
_Static_assert(offsetof(struct logheader_disk, filetype) == 667, "file format");
_Static_assert(offsetof(struct logheader_disk, reserved_2719) == 2719, "file format");

enum {
    LOGHEADER_SIZE = 4096,
    LOGHEADER_FILETYPE = 3,
    LOGHEADER_MAJOR = 8, /* segments */
    LOGHEADER_MINOR = 4000,
    LOGHEADER_UPDATE_MAJOR_MAX = 130, /* newest update of major 8 that we know */
    LOGHEADER_MAJOR_SECTORS = 7,      /* the format before it: Windows 7 */
    LOGHEADER_MINOR_SECTORS = 3704,
    LOGHEADER_UPDATE_PREV_CHECKSUM = 13, /* update minor from which prev_checksum is kept */
    LOGHEADER_VERSION_TEXT_SIZE = 48,
};

enum logheader_flag {
    LOGHEADER_FLAG_FROM_RESERVE = 1 << 0, /* made from a reserve log */
    LOGHEADER_FLAG_CIRCULAR = 1 << 1,     /* circular logging is on */
    LOGHEADER_FLAG_WAS_CIRCULAR = 1 << 2, /* it was on in an earlier generation */
    LOGHEADER_FLAG_UNFLUSHED = 1 << 7, /* ours: segments tell what was durable when they were written (logsegment.h) */
};

/* Verifies a header by itself. `size`: bytes at `bytes`, at least LOGHEADER_SIZE or the file is too short.
 *      JET_errLogFileCorrupt    too short, checksum, generation 0, or sizes that cannot be
 *      JET_errFileInvalidType   another kind of file
 *      JET_errBadLogVersion     not 8.4000 up to the newest update known, nor 7.3704
 * Guarantees on success: the header takes exactly LOGHEADER_SIZE bytes of the file, segment_count is at least 3, format
 * 8 has segments of 4096 bytes, format 7 sectors of 512 to 4096. The attachment list is not verified: attachlist.h. */
MUST_CHECK jet_err logheader_verify(const void *bytes, size_t size);

/* Page size in bytes of the databases. */
uint32_t logheader_page_size(const struct logheader_disk *header);

/* Bytes that the file must have; another size is JET_errLogFileSizeMismatch. */
uint64_t logheader_file_size(const struct logheader_disk *header);

/* True for format 8: the file consists of segments with a checksum each. */
bool logheader_has_segments(const struct logheader_disk *header);

/* "8.4000.60.140". */
void logheader_version_format(const struct logheader_disk *header, char text[LOGHEADER_VERSION_TEXT_SIZE]);

/* Sets the checksum. */
void logheader_seal(struct logheader_disk *header);

#endif
