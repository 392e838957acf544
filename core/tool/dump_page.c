/* SPDX-License-Identifier: MIT */
/* dump_page.c - header, tags and nodes of any bytes.
 *
 * The page may be damaged: nothing here believes a length. What decodes is shown; what does not is named and left to
 * the hexadecimal part, which shows everything.
 */
#include "tool/dump_page.h"

#include <inttypes.h>
#include <stdio.h>

#include "format/checksum.h"
#include "format/dbheader.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "tool/info.h"

static const struct {
    uint32_t flag;
    const char *name;
} page_flag_names[] = {
    {PAGE_FLAG_ROOT,           "root"          },
    {PAGE_FLAG_LEAF,           "leaf"          },
    {PAGE_FLAG_PARENT_OF_LEAF, "parent of leaf"},
    {PAGE_FLAG_EMPTY,          "empty"         },
    {PAGE_FLAG_REPAIR,         "repaired"      },
    {PAGE_FLAG_SPACE_TREE,     "space tree"    },
    {PAGE_FLAG_INDEX,          "index"         },
    {PAGE_FLAG_LONG_VALUE,     "long values"   },
    {PAGE_FLAG_NON_UNIQUE,     "non-unique"    },
    {PAGE_FLAG_NEW_RECORD,     "new records"   },
    {PAGE_FLAG_NEW_CHECKSUM,   "new checksum"  },
    {PAGE_FLAG_SCRUBBED,       "scrubbed"      },
    {PAGE_FLAG_PREINIT,        "pre-init"      },
    {PAGE_FLAG_FDP_DELETE,     "FDP delete"    },
};

static void show_flags(struct sheet *sheet, uint32_t flags)
{
    char names[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < COUNT_OF(page_flag_names); i++)
        if (flags & page_flag_names[i].flag)
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", page_flag_names[i].name);
    sheet_u64(sheet, "flags", NULL, flags);
    sheet_note(sheet, "flags", "0x%" PRIx32 " (%s)", flags, names);
}

static void show_checksum(struct sheet *sheet, const char *title, uint64_t stored, uint64_t computed)
{
    sheet_row_begin(sheet, "checksums", title);
    sheet_hex(sheet, "stored", "stored", stored);
    sheet_hex(sheet, "computed", "computed", computed);
    sheet_bool(sheet, "differs", "DIFFERENT", stored != computed);
    sheet_row_end(sheet);
}

static void show_checksums(struct sheet *sheet, const uint8_t *page, size_t page_size, pgno_t pgno)
{
    const struct page_header_large_disk *header = (const struct page_header_large_disk *)page;
    uint64_t stored = le64_get(header->base.checksum);
    size_t block_size = page_is_large(page_size) ? page_size / PAGE_BLOCKS_MAX : page_size;
    if (!(page_flags(page) & PAGE_FLAG_NEW_CHECKSUM)) {
        show_checksum(sheet, "checksum XOR-32", stored & 0xFFFFFFFFu, checksum_xor32(page, page_size));
        return;
    }
    show_checksum(sheet, "checksum 1", stored, checksum_headed_block(page, block_size, pgno));
    for (unsigned block = 1; page_is_large(page_size) && block < PAGE_BLOCKS_MAX; block++) {
        char title[32];
        snprintf(title, sizeof title, "checksum %u", block + 1);
        show_checksum(sheet, title, le64_get(header->checksums[block - 1]),
                      checksum_block(page + block * block_size, block_size, pgno));
    }
}

static void show_verdict(struct sheet *sheet, const struct page_verdict *verdict)
{
    sheet_text(sheet, "verdict", "verdict", page_state_name(verdict->state));
    if (verdict->pgno_found != verdict->pgno_expected)
        sheet_u64(sheet, "belongs_to", "belongs to page", verdict->pgno_found);
    for (unsigned i = 0; verdict->state == PAGE_CORRECTABLE && i < verdict->count_bits; i++)
        sheet_note(sheet, "flipped bit", "%" PRIu32 " (byte 0x%" PRIx32 ", bit %" PRIu32 ")", verdict->bits[i],
                   verdict->bits[i] / 8, verdict->bits[i] % 8);
}

static void show_page_header(struct sheet *sheet, const uint8_t *page, size_t page_size)
{
    const struct page_header_disk *header = page_header(page);
    sheet_hex(sheet, "dbtime", "dbtime", le64_get(header->dbtime));
    sheet_u64(sheet, "objid", "objid", le32_get(header->objid));
    show_flags(sheet, le32_get(header->flags));
    sheet_u64(sheet, "previous_page", "previous page", le32_get(header->pgno_prev));
    sheet_u64(sheet, "next_page", "next page", le32_get(header->pgno_next));
    if (page_is_large(page_size))
        sheet_u64(sheet, "pgno", "own page number", le32_get(((const struct page_header_large_disk *)header)->pgno));
    sheet_u64(sheet, "free_bytes", "free bytes", le16_get(header->free_size));
    sheet_u64(sheet, "uncommitted_free_bytes", "  not committed", le16_get(header->uncommitted_size));
    sheet_u64(sheet, "free_offset", "data ends at", le16_get(header->free_offset));
    sheet_u64(sheet, "tag_count", "tags", page_tag_count(page));
}

static void show_space_header(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct space_header header;
    if (space_header_decode(bytes, size, &header) < JET_errSuccess)
        return;
    sheet_text(sheet, NULL, "", "space header");
    sheet_u64(sheet, "primary_pages", "pages", header.count_pages);
    sheet_u64(sheet, "parent_fdp", "parent", header.pgno_parent);
    if (header.flags & SPACE_FLAG_MULTIPLE)
        sheet_u64(sheet, "owned_extents_root", "owned extents at page", header.pgno_owned);
    else
        sheet_hex(sheet, "available_mask", "available", header.mask_available);
}

static void show_external_header(struct sheet *sheet, const uint8_t *page, size_t page_size)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    uint32_t kind = page_flags(page) & (PAGE_FLAG_ROOT | PAGE_FLAG_SPACE_TREE);
    sheet_row_begin(sheet, "tags", "0");
    if (page_tag_get(page, page_size, 0, &bytes, &size, &flags) < JET_errSuccess) {
        sheet_text(sheet, "problem", "", "not inside the page");
    } else {
        sheet_u64(sheet, "size", "size", size);
        if (kind == PAGE_FLAG_ROOT)
            show_space_header(sheet, bytes, size);
        sheet_bytes(sheet, "data", "bytes", bytes, size);
    }
    sheet_row_end(sheet);
}

static void show_node_data(struct sheet *sheet, const uint8_t *page, const struct node *node)
{
    pgno_t child;
    struct space_extent extent;
    uint32_t flags = page_flags(page);
    if (!(flags & PAGE_FLAG_LEAF) && node_child(node, &child) >= JET_errSuccess)
        sheet_u64(sheet, "child", "child page", child);
    else if (flags & PAGE_FLAG_SPACE_TREE && space_extent_decode(node, SPACE_AVAILABLE, &extent) >= JET_errSuccess)
        sheet_note(sheet, "pages", "%" PRIu32 " to %" PRIu32, extent.pgno_last - extent.count_pages + 1,
                   extent.pgno_last);
    else
        sheet_bytes(sheet, NULL, "data", node->data, node->data_size < 16 ? node->data_size : 16);
    if (node->data_size > 16)
        sheet_note(sheet, "...", "%zu bytes", node->data_size);
    sheet_bytes(sheet, "data", NULL, node->data, node->data_size);
}

static void show_node(struct sheet *sheet, const uint8_t *page, size_t page_size, unsigned tag)
{
    char title[16];
    uint8_t key[2 * NODE_KEY_PART_MAX];
    size_t key_size;
    struct node node;
    snprintf(title, sizeof title, "%u", tag);
    sheet_row_begin(sheet, "tags", title);
    jet_err err = node_decode(page, page_size, tag, &node);
    if (err >= JET_errSuccess)
        err = node_key_copy(&node, key, sizeof key, &key_size);
    if (err < JET_errSuccess) {
        sheet_text(sheet, "problem", "", jet_err_text(err));
    } else {
        sheet_bool(sheet, "is_deleted", "deleted", node.flags & NODE_FLAG_DELETED);
        sheet_bool(sheet, "has_version", "version", node.flags & NODE_FLAG_VERSION);
        sheet_u64(sheet, "prefix_size", node.flags & NODE_FLAG_COMPRESSED ? "prefix" : NULL, node.prefix_size);
        if (key_size == 0)
            sheet_text(sheet, NULL, "", "empty key");
        sheet_bytes(sheet, "key", key_size > 0 ? "key" : NULL, key, key_size);
        show_node_data(sheet, page, &node);
    }
    sheet_row_end(sheet);
}

static void show_problems(struct sheet *sheet, const uint8_t *page, size_t page_size)
{
    struct page_problem problem;
    jet_err err = page_check_flags(page, &problem);
    if (err >= JET_errSuccess)
        err = page_check_tags(page, page_size, &problem);
    if (err >= JET_errSuccess)
        err = node_check_page(page, page_size, &problem);
    if (err >= JET_errSuccess)
        return;
    sheet_text(sheet, "problem", "problem", problem.text);
    sheet_u64(sheet, "problem_tag", "  at tag", problem.tag);
}

jet_err dump_page(struct sheet *sheet, const void *page, size_t page_size, pgno_t pgno)
{
    struct page_verdict verdict;
    jet_err err = page_verify(page, page_size, pgno, &verdict);
    sheet_u64(sheet, "page", NULL, pgno);
    sheet_u64(sheet, "offset", "offset in the file", page_offset(pgno, page_size));
    show_verdict(sheet, &verdict);
    if (verdict.state == PAGE_ZERO)
        return JET_errSuccess;
    show_checksums(sheet, page, page_size, pgno);
    show_page_header(sheet, page, page_size);
    show_problems(sheet, page, page_size);
    sheet_section_begin(sheet, "content", "Tags");
    show_external_header(sheet, page, page_size);
    for (unsigned tag = page_first_node(page); tag < page_tag_count(page); tag++)
        show_node(sheet, page, page_size, tag);
    sheet_section_end(sheet);
    sheet_note(sheet, "Bytes", "%zu", page_size);
    sheet_bytes(sheet, "bytes", NULL, page, page_size);
    return err;
}

jet_err dump_header(struct sheet *sheet, const void *header, size_t page_size)
{
    const struct dbheader_disk *disk = header;
    jet_err err = dbheader_verify(header, page_size);
    sheet_text(sheet, "verdict", "verdict", err >= JET_errSuccess ? "ok" : jet_err_text(err));
    show_checksum(sheet, "checksum XOR-32", le32_get(disk->checksum), checksum_xor32(header, page_size));
    sheet_section_begin(sheet, "fields", "Fields");
    info_dbheader(sheet, disk);
    sheet_section_end(sheet);
    sheet_note(sheet, "Bytes", "%u; all that follow are not used", (unsigned)DBHEADER_BYTE_COUNT);
    sheet_bytes(sheet, "bytes", NULL, header, sheet->out ? DBHEADER_BYTE_COUNT : page_size);
    return err;
}
