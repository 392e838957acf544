/* SPDX-License-Identifier: MIT */
/* Log records, the differences that ReplaceD holds, and the page images of splits and merges.
 *
 * Input: a byte for the page size (2048 << n), then a record, which is cut to the size that it says of itself. Whatever
 * decodes is encoded again; the fixed part must be the same where nothing in it is ignored.
 */
#include "format/logdiff.h"
#include "format/logrecord.h"
#include "format/page.h"
#include "format/page_image.h"

#include "fuzz_input.h"

static uint8_t page[PAGE_SIZE_MAX];

static void touch(struct logrec_span span)
{
    fuzz_touch(span.bytes, span.size);
}

/* An image that unpacks is a page, and the page an image. */
static void look_at_image(struct logrec_span image, uint32_t flags, size_t page_size)
{
    static uint8_t packed[PAGE_SIZE_MAX], again[PAGE_SIZE_MAX];
    struct page_problem problem;
    size_t size;

    touch(image);
    if (page_image_unpack(image.bytes, image.size, flags, page, page_size) < JET_errSuccess)
        return;
    fuzz_expect(page_check_tags(page, page_size, &problem) == JET_errSuccess);
    size = page_image_pack(page, page_size, packed, &flags);
    fuzz_expect(page_image_unpack(packed, size, flags, again, page_size) == JET_errSuccess);
    fuzz_expect(page_check_tags(again, page_size, &problem) == JET_errSuccess);
}

static void look_at_structure(const uint8_t *bytes, size_t size, size_t page_size)
{
    struct logrec_split split;
    struct logrec_merge merge;
    struct logrec_page_move move;
    struct logrec_root_page_move root;
    struct logrec_create_fdp create;
    struct logrec_convert_fdp convert;
    struct logrec_empty_tree empty;
    struct logrec_split_disk split_disk;
    struct logrec_merge_disk merge_disk;

    if (logrec_split_decode(bytes, size, &split) == JET_errSuccess && split.image.size <= UINT16_MAX) {
        logrec_split_encode(&split, &split_disk);
        fuzz_expect(memcmp(&split_disk, bytes, sizeof split_disk) == 0);
        touch(split.separator);
        touch(split.old_prefix);
        touch(split.new_prefix);
        look_at_image(split.image, split.flags, page_size);
    }
    if (logrec_merge_decode(bytes, size, &merge) == JET_errSuccess && merge.image.size <= UINT16_MAX) {
        logrec_merge_encode(&merge, &merge_disk);
        fuzz_expect(memcmp(&merge_disk, bytes, sizeof merge_disk) == 0);
        touch(merge.separator);
        look_at_image(merge.image, merge.flags, page_size);
    }
    if (logrec_page_move_decode(bytes, size, &move) == JET_errSuccess) {
        touch(move.front);
        touch(move.back);
        fuzz_expect(move.back.bytes + move.back.size == bytes + size);
    }
    if (logrec_empty_tree_decode(bytes, size, &empty) == JET_errSuccess)
        fuzz_touch(empty.pages, empty.count * sizeof *empty.pages);
    (void)!logrec_root_page_move_decode(bytes, size, &root);
    (void)!logrec_create_fdp_decode(bytes, size, &create);
    (void)!logrec_convert_fdp_decode(bytes, size, &convert);
}

/* Old data is the page with whatever it holds. */
static void look_at_replace(const uint8_t *bytes, size_t size)
{
    static uint8_t data[UINT16_MAX], difference[UINT16_MAX], again[UINT16_MAX];
    struct logrec_replace replace;
    size_t difference_size;

    if (logrec_replace_decode(bytes, size, &replace) < JET_errSuccess)
        return;
    touch(replace.data);
    if (replace.head.page.type != LOGREC_REPLACE_D || replace.old_size > sizeof page)
        return;
    if (logdiff_apply(replace.data.bytes, replace.data.size, replace.is_wide, page, replace.old_size, data,
                      replace.new_size) < JET_errSuccess)
        return;
    if (!logdiff_make(page, replace.old_size, data, replace.new_size, replace.is_wide, difference, sizeof difference,
                      &difference_size))
        return;
    fuzz_expect(logdiff_apply(difference, difference_size, replace.is_wide, page, replace.old_size, again,
                              replace.new_size) == JET_errSuccess);
    fuzz_expect(memcmp(again, data, replace.new_size) == 0);
}

static void look_at_node(const uint8_t *bytes, size_t size)
{
    struct logrec_insert insert;
    struct logrec_flag_insert flag_insert;
    struct logrec_flag_insert_replace flag_replace;
    struct logrec_undo_info info;
    struct logrec_undo undo;
    struct logrec_delta delta;
    struct logrec_external_header header;
    struct logrec_scrub scrub;
    struct logrec_insert_disk insert_disk;

    if (logrec_insert_decode(bytes, size, &insert) == JET_errSuccess) {
        logrec_insert_encode(&insert, &insert_disk);
        fuzz_expect(memcmp(&insert_disk, bytes, sizeof insert_disk) == 0);
        touch(insert.prefix);
        touch(insert.suffix);
        touch(insert.data);
    }
    if (logrec_flag_insert_decode(bytes, size, &flag_insert) == JET_errSuccess)
        touch(flag_insert.data);
    if (logrec_flag_insert_replace_decode(bytes, size, &flag_replace) == JET_errSuccess)
        touch(flag_replace.data);
    if (logrec_undo_info_decode(bytes, size, &info) == JET_errSuccess)
        touch(info.data);
    if (logrec_undo_decode(bytes, size, &undo) == JET_errSuccess)
        touch(undo.bookmark);
    if (logrec_delta_decode(bytes, size, &delta) == JET_errSuccess)
        touch(delta.bookmark);
    if (logrec_external_header_decode(bytes, size, &header) == JET_errSuccess)
        touch(header.data);
    if (logrec_scrub_decode(bytes, size, &scrub) == JET_errSuccess)
        fuzz_touch(scrub.data.bytes, scrub.count);
}

static void look_at_stream(const uint8_t *bytes, size_t size)
{
    struct logrec_begin begin;
    struct logrec_commit commit;
    struct logrec_macro macro;
    struct logrec_macro_info info;
    struct logrec_fragment fragment;
    struct logrec_note note;
    struct logrec_backup backup;

    (void)!logrec_begin_decode(bytes, size, &begin);
    (void)!logrec_commit_decode(bytes, size, &commit);
    (void)!logrec_macro_decode(bytes, size, &macro);
    if (logrec_macro_info_decode(bytes, size, &info) == JET_errSuccess)
        fuzz_touch(info.pages, info.count * sizeof *info.pages);
    if (logrec_fragment_decode(bytes, size, &fragment) == JET_errSuccess)
        touch(fragment.piece);
    if (logrec_note_decode(bytes, size, &note) == JET_errSuccess)
        touch(note.text);
    if (logrec_backup_decode(bytes, size, &backup) == JET_errSuccess)
        touch(backup.path);
}

static void look_at_databases(const uint8_t *bytes, size_t size)
{
    struct logrec_init init;
    struct logrec_term term;
    struct logrec_create_db create;
    struct logrec_attach_db attach;
    struct logrec_detach_db detach;
    struct logrec_extend_db extend;
    struct logrec_shrink_db shrink;

    if (logrec_init_decode(bytes, size, &init) == JET_errSuccess)
        fuzz_touch(init.dbms, sizeof *init.dbms);
    (void)!logrec_term_decode(bytes, size, &term);
    if (logrec_create_db_decode(bytes, size, &create) == JET_errSuccess)
        fuzz_expect(create.path.bytes[create.path.size - 1] == 0);
    if (logrec_attach_db_decode(bytes, size, &attach) == JET_errSuccess)
        fuzz_expect(attach.path.bytes[attach.path.size - 1] == 0);
    if (logrec_detach_db_decode(bytes, size, &detach) == JET_errSuccess)
        fuzz_expect(detach.path.bytes[detach.path.size - 1] == 0);
    (void)!logrec_extend_db_decode(bytes, size, &extend);
    (void)!logrec_shrink_db_decode(bytes, size, &shrink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const size_t page_size = (size_t)PAGE_SIZE_MIN << fuzz_byte(&input) % 5;
    size_t expected = 0, found = 0;
    uint8_t *record;

    if (logrec_size(input.bytes, input.left, &found) < JET_errSuccess)
        return 0;
    fuzz_expect(found > 0 && found <= input.left);
    fuzz_expect(logrec_size_expected(input.bytes, input.left, &expected) == JET_errSuccess && expected == found);
    record = malloc(found); /* of its own, so that a read behind it is seen */
    if (!record)
        return 0;
    memcpy(record, input.bytes, found);
    look_at_structure(record, found, page_size);
    look_at_replace(record, found);
    look_at_node(record, found);
    look_at_stream(record, found);
    look_at_databases(record, found);
    free(record);
    return 0;
}
