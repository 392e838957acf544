/* SPDX-License-Identifier: MIT */
/* patchpage.h - the trailer: the page that a streaming backup appends to its copy of a database.
 *
 * It is one page beyond the end of the database and ties the copy to its logs: which generations a restore needs is
 * known only when the last page has been read. A restore takes what it says into the header and makes it zeros. Not
 * seen in a real file: from the engine's definitions.
 */
#ifndef COLDSTREAM_FORMAT_PATCHPAGE_H
#define COLDSTREAM_FORMAT_PATCHPAGE_H

#include <stddef.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/page.h"
#include "format/stamp.h"

struct patchpage_disk {
    le32 checksum;                             /* +0    XOR-32 of the page */
    uint8_t page_header[36];                   /* +4    as struct page_header_disk */
    struct bkinfo_disk backup;                 /* +40 */
    struct signature_disk signature;           /* +64   of the database */
    struct signature_disk log_signature;       /* +92 */
    le32 generation_min_required;              /* +120 */
    le32 generation_max_required;              /* +124 */
    le32 generation_max_committed;             /* +128 */
    struct logtime_disk logtime_max_required;  /* +132 */
    struct logtime_disk logtime_max_committed; /* +140 */
};
_Static_assert(sizeof(struct patchpage_disk) == 148, "file format");
_Static_assert(offsetof(struct patchpage_disk, generation_min_required) == 120, "file format");

/* Makes a whole page of it, with its checksum. `checksum` and `page_header` of `content` are not looked at. */
void patchpage_make(const struct patchpage_disk *content, void *page, size_t page_size);

/* Verifies the checksum, and that the signatures are those of the database. JET_errBadPatchPage: not such a page;
 * JET_errDatabasePatchFileMismatch: the patch page of another database. */
MUST_CHECK jet_err patchpage_verify(const void *page, size_t page_size, const struct signature_disk *signature);

#endif
