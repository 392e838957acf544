/* SPDX-License-Identifier: MIT */
/* apply_space.c - root pages of new trees, and of trees that get space trees. See apply.h.
 *
 * A mask of available pages says of page FDP + 1 + i in bit i. Pages that it cannot speak of (FDP + 33 and above) count
 * as available.
 */
#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/node_at.h"
#include "format/space.h"

enum {
    NEW_PAGE_FLAGS = PAGE_FLAG_ROOT | PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM,
    KIND_FLAGS = PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE,
};

static jet_err extent_put(void *page, size_t page_size, pgno_t first, uint32_t count)
{
    const struct space_extent extent = {.pgno_last = first + count - 1, .count_pages = count};
    struct space_extent_disk disk;
    struct node node;
    unsigned line = 0;

    space_extent_encode(&extent, &disk, &node);
    for (struct node other; line + 1 < page_tag_count(page); line++) { /* where it belongs */
        node_at(page, page_size, line + 1, &other);
        if (node_key_compare(&other, &node) > 0)
            break;
    }
    const struct apply_node put = {
        .suffix = {node.suffix, node.suffix_size},
          .data = {node.data,   node.data_size  }
    };
    return apply_insert(page, page_size, line, &put);
}

static jet_err space_root_init(void *page, size_t page_size, pgno_t pgno, uint32_t kind, objid_t objid, dbtime_t dbtime)
{
    static const struct space_split_buffer_disk no_reserve;

    page_init(page, page_size, NEW_PAGE_FLAGS | PAGE_FLAG_SPACE_TREE | kind, pgno, objid, dbtime);
    return apply_external_header(page, page_size, &no_reserve, sizeof no_reserve);
}

static jet_err header_put(void *page, size_t page_size, const struct space_header *header)
{
    struct space_header_disk disk;
    jet_err err = space_header_encode(header, &disk);
    return err < JET_errSuccess ? err : apply_external_header(page, page_size, &disk, sizeof disk);
}

static bool run_is_valid(pgno_t first, uint32_t count)
{
    return first >= 1 && first <= PGNO_MAX && count >= 1 && count <= PGNO_MAX - first + 1;
}

static jet_err create_root(const struct logrec_create_fdp *create, size_t page_size, void *page)
{
    const uint32_t kind = create->page_flags & KIND_FLAGS;
    const uint32_t unique = kind & PAGE_FLAG_NON_UNIQUE ? (uint32_t)SPACE_FLAG_NON_UNIQUE : 0;
    const uint32_t free_pages = create->count_primary - 1;
    struct space_header header = {
        .count_pages = create->count_primary,
        .pgno_parent = create->pgno_parent,
        .flags = unique,
    };

    if (create->head.type == LOGREC_CREATE_MULTIPLE_FDP) {
        header.flags |= SPACE_FLAG_MULTIPLE;
        header.pgno_owned = create->pgno_owned;
    } else {
        header.mask_available = free_pages >= SPACE_MASK_PAGES_MAX ? UINT32_MAX : (UINT32_C(1) << free_pages) - 1;
    }
    page_init(page, page_size, NEW_PAGE_FLAGS | kind, create->head.pgno, create->objid, create->head.dbtime);
    return header_put(page, page_size, &header);
}

jet_err apply_create_fdp(const struct logrec_create_fdp *create, size_t page_size, const struct apply_fdp_pages *pages)
{
    const pgno_t fdp = create->head.pgno;
    const uint32_t kind = create->page_flags & KIND_FLAGS;
    const bool is_multiple = create->head.type == LOGREC_CREATE_MULTIPLE_FDP;
    jet_err err = JET_errSuccess;

    if (!run_is_valid(fdp, create->count_primary) || (is_multiple && create->count_primary < 3))
        return CORRUPT(JET_errLogCorrupted);
    if (pages->root)
        err = create_root(create, page_size, pages->root);
    if (err >= JET_errSuccess && is_multiple && pages->owned) {
        err = space_root_init(pages->owned, page_size, create->pgno_owned, kind, create->objid, create->head.dbtime);
        if (err >= JET_errSuccess)
            err = extent_put(pages->owned, page_size, fdp, create->count_primary);
    }
    if (err >= JET_errSuccess && is_multiple && pages->available) {
        err = space_root_init(pages->available, page_size, create->pgno_available, kind, create->objid,
                              create->head.dbtime);
        if (err >= JET_errSuccess && create->count_primary > 3)
            err = extent_put(pages->available, page_size, fdp + 3, create->count_primary - 3);
    }
    return err;
}

/* The free pages of the primary extent, as runs. */
static jet_err primary_put(const struct logrec_convert_fdp *convert, size_t page_size, void *page)
{
    const pgno_t fdp = convert->head.pgno;
    uint32_t run = 0;
    jet_err err = JET_errSuccess;

    for (uint32_t i = 0; i < convert->count_primary && err >= JET_errSuccess;
         i++) { /* page FDP + 1 + i, one too many */
        const bool is_free =
            i + 1 < convert->count_primary && (i >= SPACE_MASK_PAGES_MAX || convert->mask_available >> i & 1);
        if (!is_free && run > 0)
            err = extent_put(page, page_size, fdp + 1 + i - run, run);
        run = is_free ? run + 1 : 0;
    }
    return err;
}

static jet_err convert_owned(const struct logrec_convert_fdp *convert, size_t page_size, uint32_t kind, void *page)
{
    jet_err err = space_root_init(page, page_size, convert->pgno_owned, kind, convert->objid, convert->head.dbtime);
    if (err >= JET_errSuccess)
        err = extent_put(page, page_size, convert->head.pgno, convert->count_primary);
    if (err >= JET_errSuccess)
        err = extent_put(page, page_size, convert->pgno_secondary, convert->count_secondary);
    return err;
}

static jet_err convert_available(const struct logrec_convert_fdp *convert, size_t page_size, uint32_t kind, void *page)
{
    jet_err err = space_root_init(page, page_size, convert->pgno_available, kind, convert->objid, convert->head.dbtime);
    if (err >= JET_errSuccess)
        err = primary_put(convert, page_size, page);
    if (err >= JET_errSuccess && convert->count_secondary > 2)
        err = extent_put(page, page_size, convert->pgno_secondary + 2, convert->count_secondary - 2);
    return err;
}

jet_err apply_convert_fdp(const struct logrec_convert_fdp *convert, size_t page_size,
                          const struct apply_fdp_pages *pages)
{
    const uint32_t kind = convert->page_flags & KIND_FLAGS;
    struct space_header header;
    jet_err err = JET_errSuccess;

    if (!run_is_valid(convert->head.pgno, convert->count_primary) ||
        !run_is_valid(convert->pgno_secondary, convert->count_secondary) || convert->count_secondary < 2 ||
        convert->pgno_owned != convert->pgno_secondary || convert->pgno_available != convert->pgno_secondary + 1)
        return CORRUPT(JET_errLogCorrupted);
    if (pages->root) {
        size_t size;
        const uint8_t *bytes = external_header_at(pages->root, page_size, &size);
        if (space_header_decode(bytes, size, &header) < JET_errSuccess || header.flags & SPACE_FLAG_MULTIPLE)
            return CORRUPT(JET_errLogCorrupted);
        header.flags |= SPACE_FLAG_MULTIPLE;
        header.mask_available = 0;
        header.pgno_owned = convert->pgno_owned;
        err = header_put(pages->root, page_size, &header);
    }
    if (err >= JET_errSuccess && pages->owned)
        err = convert_owned(convert, page_size, kind, pages->owned);
    if (err >= JET_errSuccess && pages->available)
        err = convert_available(convert, page_size, kind, pages->available);
    return err;
}
