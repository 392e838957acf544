/* SPDX-License-Identifier: MIT */
/* The sample database against the rules of the format: every page, every tree, and every page of the file used exactly
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/checkpoint.h"
#include "format/dbheader.h"
#include "format/logheader.h"
#include "format/logsegment.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "os/os_file.h"
#include "support/temp_folder.h"
#include "tool/sample_database.h"
#include "tool/sample_log.h"
#include "tool/sample_record.h"
#include "tool/sample_schema.h"

struct image {
    uint8_t *bytes;
    size_t size;
    size_t page_size;
    pgno_t count_pages;
    uint8_t *owners; /* of each page: how many trees use it or have it available */
    uint32_t count_rows;
};

static struct image image_make(struct temp_folder *folder, uint32_t page_size, uint64_t size)
{
    struct image image = {.page_size = page_size};
    struct sample_database_info info;
    struct sample_database_request request = {
        .path = temp_folder_path(folder, "sample.edb"), .page_size = page_size, .size_bytes = size, .seed = 7};
    assert_int_equal(sample_database_write(&request, &info), JET_errSuccess);
    image.bytes = temp_file_read(request.path, &image.size);
    assert_int_equal(image.size, info.size_bytes);
    image.count_pages = info.count_pages;
    image.count_rows = info.count_rows;
    image.owners = calloc(info.count_pages + 1, 1);
    return image;
}

static void image_done(struct image *image)
{
    free(image->bytes);
    free(image->owners);
}

static uint8_t *image_page(const struct image *image, pgno_t pgno)
{
    assert_in_range(pgno, 1, image->count_pages);
    return image->bytes + page_offset(pgno, image->page_size);
}

static void own(struct image *image, pgno_t pgno)
{
    assert_in_range(pgno, 1, image->count_pages);
    image->owners[pgno]++;
}

/* Adds the extents of an OE or AE root to `ret_pages`; `is_available` also counts their pages as used. */
static uint64_t extents_walk(struct image *image, pgno_t root, enum space_tree which)
{
    const uint8_t *page = image_page(image, root);
    uint64_t pages = 0;
    own(image, root);
    assert_true(page_flags(page) & PAGE_FLAG_SPACE_TREE);
    for (unsigned tag = 1; tag < page_tag_count(page); tag++) {
        struct node node;
        struct space_extent extent;
        assert_int_equal(node_decode(page, image->page_size, tag, &node), JET_errSuccess);
        assert_int_equal(space_extent_decode(&node, which, &extent), JET_errSuccess);
        pages += extent.count_pages;
        for (uint32_t i = 0; which == SPACE_AVAILABLE && i < extent.count_pages; i++)
            own(image, extent.pgno_last - i);
    }
    return pages;
}

struct tree_walk {
    struct image *image;
    objid_t objid;
    uint32_t count_nodes;
    pgno_t previous_leaf;
    unsigned leaf_depth; /* 0: not known yet */
};

/* Checks a page and all below it. Every bookmark must be below `limit`, unless that is empty. */
static void page_walk(struct tree_walk *walk, pgno_t pgno, unsigned depth, const struct node *limit)
{
    const uint8_t *page = image_page(walk->image, pgno);
    size_t size = walk->image->page_size;
    bool is_leaf = (page_flags(page) & PAGE_FLAG_LEAF) != 0;
    own(walk->image, pgno);
    assert_int_equal(le32_get(page_header(page)->objid), walk->objid);
    if (is_leaf) {
        assert_int_equal(le32_get(page_header(page)->pgno_prev), walk->previous_leaf);
        if (walk->previous_leaf)
            assert_int_equal(le32_get(page_header(image_page(walk->image, walk->previous_leaf))->pgno_next), pgno);
        walk->previous_leaf = pgno;
        assert_true(walk->leaf_depth == 0 || walk->leaf_depth == depth);
        walk->leaf_depth = depth;
    }
    for (unsigned tag = 1; tag < page_tag_count(page); tag++) {
        struct node node;
        assert_int_equal(node_decode(page, size, tag, &node), JET_errSuccess);
        if (limit && node_key_size(limit) > 0 && node_key_size(&node) > 0)
            assert_true(node_key_compare(&node, limit) < (is_leaf ? 0 : 1));
        if (is_leaf) {
            walk->count_nodes++;
        } else {
            pgno_t child;
            assert_int_equal(node_child(&node, &child), JET_errSuccess);
            assert_int_equal((page_flags(page) & PAGE_FLAG_PARENT_OF_LEAF) != 0,
                             (page_flags(image_page(walk->image, child)) & PAGE_FLAG_LEAF) != 0);
            page_walk(walk, child, depth + 1, &node);
        }
    }
}

/* A whole tree with its space. Returns how many nodes its leaves have, and how many pages it owns. */
static uint32_t tree_walk(struct image *image, pgno_t fdp, objid_t objid, uint64_t *ret_owned)
{
    struct tree_walk walk = {.image = image, .objid = objid};
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    struct space_header header;
    const uint8_t *root = image_page(image, fdp);
    assert_int_equal(page_tag_get(root, image->page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    assert_int_equal(space_header_decode(bytes, size, &header), JET_errSuccess);
    assert_true(page_flags(root) & PAGE_FLAG_ROOT);
    page_walk(&walk, fdp, 1, NULL);
    if (walk.previous_leaf)
        assert_int_equal(le32_get(page_header(image_page(image, walk.previous_leaf))->pgno_next), 0);
    if (header.flags & SPACE_FLAG_MULTIPLE) {
        *ret_owned = extents_walk(image, header.pgno_owned, SPACE_OWNED);
        (void)extents_walk(image, header.pgno_owned + 1, SPACE_AVAILABLE);
    } else {
        *ret_owned = header.count_pages;
        for (unsigned i = 0; i < SPACE_MASK_PAGES_MAX; i++)
            if (header.mask_available & 1u << i)
                own(image, fdp + 1 + i);
    }
    return walk.count_nodes;
}

static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};

static void every_page_is_sound(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct image image = image_make(*state, page_sizes[i], 300 * (uint64_t)page_sizes[i]);
        pgno_t count_zero = 0;
        for (pgno_t pgno = 1; pgno <= image.count_pages; pgno++) {
            struct page_verdict verdict;
            struct page_problem problem;
            const uint8_t *page = image_page(&image, pgno);
            jet_err err = page_verify(page, image.page_size, pgno, &verdict);
            if (err == JET_errPageNotInitialized) {
                count_zero++;
                continue;
            }
            assert_int_equal(err, JET_errSuccess);
            assert_int_equal(page_check_tags(page, image.page_size, &problem), JET_errSuccess);
            assert_int_equal(page_check_flags(page, &problem), JET_errSuccess);
            assert_int_equal(node_check_page(page, image.page_size, &problem), JET_errSuccess);
        }
        assert_in_range(count_zero, 16, 60);
        image_done(&image);
        temp_tree_remove(temp_folder_path(*state, "sample.edb"));
    }
}

static void every_page_has_one_owner(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        /* The smallest file has one extent; four levels of tree need many small pages. */
        uint64_t size = i == 0 ? 24 << 20 : (i == 1 ? 256 : 400) * (uint64_t)page_sizes[i];
        struct image image = image_make(*state, page_sizes[i], size);
        uint64_t owned;
        (void)tree_walk(&image, SAMPLE_FDP_ROOT, SAMPLE_OBJID_ROOT, &owned);
        assert_int_equal(owned, image.count_pages);
        for (size_t t = 0; t < sample_table_count; t++) {
            const struct system_table *table = sample_tables[t];
            uint32_t nodes = tree_walk(&image, table->fdp, table->id, &owned);
            if (table->id == SAMPLE_OBJID_MESSAGES)
                assert_int_equal(nodes, image.count_rows);
            for (size_t k = 0; k < table->index_count; k++)
                if (table->indexes[k].fdp != table->fdp)
                    assert_true(tree_walk(&image, table->indexes[k].fdp, table->indexes[k].id, &owned) <= nodes);
        }
        for (pgno_t pgno = 1; pgno <= image.count_pages; pgno++)
            assert_int_equal(image.owners[pgno], 1);
        image_done(&image);
        temp_tree_remove(temp_folder_path(*state, "sample.edb"));
    }
}

static void both_headers_say_clean_shutdown(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct image image = image_make(*state, page_sizes[i], 0);
        struct dbheader_selection selection;
        assert_int_equal(image.size, 256 * page_sizes[i]);
        assert_int_equal(dbheader_select(image.bytes, DBHEADER_PREFIX_SIZE, &selection), JET_errSuccess);
        assert_int_equal(selection.page_size, page_sizes[i]);
        assert_int_equal(selection.copies[DBHEADER_SHADOW], DBHEADER_COPY_VALID);
        assert_false(selection.copies_differ);
        assert_int_equal(dbheader_check_attach(&selection, page_sizes[i]), JET_errSuccess);
        image_done(&image);
        temp_tree_remove(temp_folder_path(*state, "sample.edb"));
    }
}

static void highest_page_dbtime_is_that_of_the_header(void **state)
{
    struct image image = image_make(*state, 4096, 2 << 20);
    dbtime_t highest = 0;
    for (pgno_t pgno = 1; pgno <= image.count_pages; pgno++) {
        dbtime_t dbtime = le64_get(page_header(image_page(&image, pgno))->dbtime);
        highest = dbtime > highest ? dbtime : highest;
    }
    assert_int_equal(highest, le64_get(((const struct dbheader_disk *)image.bytes)->dbtime));
    image_done(&image);
}

static void same_seed_gives_the_same_rows(void **state)
{
    struct image first = image_make(*state, 8192, 0);
    temp_tree_remove(temp_folder_path(*state, "sample.edb"));
    struct image second = image_make(*state, 8192, 0);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes + 2 * 8192, second.bytes + 2 * 8192, first.size - 2 * 8192);
    image_done(&first);
    image_done(&second);
}

static void existing_file_is_left_alone(void **state)
{
    const char *path = temp_folder_write(*state, "taken.edb", "mine", 4);
    struct sample_database_info info;
    struct sample_database_request request = {.path = path, .page_size = 4096};
    assert_int_equal(sample_database_write(&request, &info), JET_errFileAlreadyExists);
    size_t size;
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, 4);
    free(bytes);
}

static void cancelled_write_leaves_no_file(void **state)
{
    struct os_event *cancel;
    struct sample_database_info info;
    struct os_path_info path_info;
    assert_int_equal(os_event_new(&cancel), JET_errSuccess);
    os_event_set(cancel);
    struct sample_database_request request = {
        .path = temp_folder_path(*state, "sample.edb"), .page_size = 4096, .size_bytes = 8 << 20, .cancel = cancel};
    assert_int_equal(sample_database_write(&request, &info), JET_errBackupAbortByServer);
    assert_int_equal(os_path_stat(request.path, &path_info), JET_errFileNotFound);
    os_event_free(cancel);
}

static void page_sizes_that_do_not_exist_are_refused(void **state)
{
    static const uint32_t wrong[] = {0, 1, 2048, 4095, 5000, 65536};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sample_database_info info;
        struct sample_database_request request = {.path = temp_folder_path(*state, "x.edb"), .page_size = wrong[i]};
        assert_int_equal(sample_database_write(&request, &info), JET_errInvalidParameter);
    }
}

/* database-file.md, 6.4 and A.4: a row and keys of the catalogue as the engine writes them. */
static void records_and_keys_are_those_of_the_engine(void **state)
{
    static const uint8_t table_row[] = {0x08, 0x80, 0x20, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02, 0x00,
                                        0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x00, 0x00,
                                        0x00, 0xc0, 0x14, 0x00, 0x00, 0x00, 0xff, 0x00, 0x0b, 0x00, 'M',  'S',
                                        'y',  's',  'O',  'b',  'j',  'e',  'c',  't',  's'};
    struct sample_record record;
    uint8_t bytes[SAMPLE_RECORD_MAX];
    sample_record_begin(&record, 4096);
    sample_record_u32(&record, 2);
    sample_record_u16(&record, 1);
    sample_record_u32(&record, 2);
    sample_record_u32(&record, 4);
    sample_record_u32(&record, 80);
    sample_record_u32(&record, 0xC0000000u);
    sample_record_u32(&record, 20);
    sample_record_u8(&record, 0xFF);
    sample_record_variable(&record, 128, "MSysObjects", 11);
    assert_int_equal(sample_record_encode(&record, bytes), sizeof table_row);
    assert_memory_equal(bytes, table_row, sizeof table_row);

    static const uint8_t binary_key[] = {0x7f, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 9, 'I', 0, 0, 0, 0, 0, 0, 0, 1};
    struct sample_key key = {.size = 0};
    sample_key_binary(&key, "ABCDEFGHI", 9);
    assert_int_equal(key.size, sizeof binary_key);
    assert_memory_equal(key.bytes, binary_key, sizeof binary_key);

    static const uint8_t other_key[] = {0x7f, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0x7f, 0xfe,
                                        0x7f, 0xff, 0x7f, 'A',  '1',  'Z',  0x00};
    key.size = 0;
    sample_key_long(&key, -1);
    sample_key_short(&key, -2);
    sample_key_true(&key);
    sample_key_text(&key, "a1Z");
    assert_int_equal(key.size, sizeof other_key);
    assert_memory_equal(key.bytes, other_key, sizeof other_key);
}

/* On large pages every tagged value has a header byte, on small ones only long values have. */
static void tagged_columns_depend_on_the_page_size(void **state)
{
    static const uint8_t small[] = {0x00, 0x01, 0x08, 0x00, 0x05, 0x01, 0x09, 0x40, 7, 1, 'x'};
    static const uint8_t large[] = {0x00, 0x01, 0x08, 0x00, 0x05, 0x01, 0x0A, 0x00, 0, 7, 1, 'x'};
    static const uint8_t seven[] = {7};
    for (int is_large = 0; is_large <= 1; is_large++) {
        struct sample_record record;
        uint8_t bytes[SAMPLE_RECORD_MAX];
        size_t expected_size = is_large ? sizeof large : sizeof small;
        sample_record_begin(&record, is_large ? 16384 : 8192);
        sample_record_tagged(&record, 256, SAMPLE_TAGGED_PLAIN, seven, 1);
        sample_record_tagged(&record, 261, SAMPLE_TAGGED_LONG_VALUE, "x", 1);
        assert_int_equal(sample_record_encode(&record, bytes), 4 + expected_size);
        assert_memory_equal(bytes + 4, is_large ? large : small, expected_size);
    }
}

static void log_is_sound(struct temp_folder *folder, const char *name, lgen_t generation, uint64_t *checksum)
{
    size_t size;
    uint8_t *bytes = temp_file_read(temp_folder_path(folder, name), &size);
    const struct logheader_disk *header = (const struct logheader_disk *)bytes;
    assert_int_equal(logheader_verify(bytes, size), JET_errSuccess);
    assert_int_equal(le32_get(header->generation), generation);
    assert_int_equal(logheader_file_size(header), size);
    assert_true(le64_get(header->prev_checksum) == *checksum);
    *checksum = 0;
    for (uint16_t isec = 1; isec < size / LOGSEGMENT_SIZE; isec++) {
        struct logsegment_verdict verdict;
        const uint8_t *segment = bytes + (size_t)isec * LOGSEGMENT_SIZE;
        assert_int_equal(logsegment_verify(segment, isec, generation, &verdict), JET_errSuccess);
        if (verdict.state == LOGSEGMENT_DATA)
            *checksum ^= verdict.checksum_stored;
    }
    free(bytes);
}

static void dirty_database_has_the_logs_that_it_needs(void **state)
{
    struct sample_log_stream stream;
    struct sample_database_info info;
    assert_int_equal(sample_log_stream_make(1, 3, &stream), JET_errSuccess);
    struct sample_database_request database = {
        .path = temp_folder_path(*state, "dirty.edb"), .page_size = 16384, .log = &stream};
    assert_int_equal(sample_database_write(&database, &info), JET_errSuccess);
    struct sample_log_request log = {
        .folder = temp_folder_root(*state),
        .stream = &stream,
        .page_size = 16384,
        .count_segments = 32,
        .database_path = "C:\\data\\dirty.edb",
        .database = &info,
    };
    assert_int_equal(sample_log_write(&log), JET_errSuccess);

    uint64_t checksum = 0;
    log_is_sound(*state, "edb00001.log", 1, &checksum);
    log_is_sound(*state, "edb00002.log", 2, &checksum);
    log_is_sound(*state, "edb.log", 3, &checksum);

    size_t size;
    uint8_t *bytes = temp_file_read(database.path, &size);
    struct dbheader_selection selection;
    assert_int_equal(dbheader_select(bytes, size, &selection), JET_errSuccess);
    assert_int_equal(dbheader_check_attach(&selection, 0), JET_errDatabaseDirtyShutdown);
    assert_int_equal(le32_get(selection.header->generation_min_required), 1);
    assert_int_equal(le32_get(selection.header->generation_max_required), 3);

    size_t checkpoint_size;
    uint8_t *checkpoint = temp_file_read(temp_folder_path(*state, "edb.chk"), &checkpoint_size);
    struct checkpoint_selection chosen;
    struct attachlist_walk walk;
    struct attachlist_entry entry;
    assert_int_equal(checkpoint_select(checkpoint, checkpoint_size, &chosen), JET_errSuccess);
    attachlist_begin(chosen.checkpoint->attachments, JET_errCheckpointCorrupt, &walk);
    assert_int_equal(attachlist_next(&walk, &entry), JET_errSuccess);
    assert_true(signature_equal(&entry.fixed->signature, &selection.header->signature));
    assert_memory_equal(entry.name, "C:\\data\\dirty.edb", entry.name_size);
    free(checkpoint);
    free(bytes);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_page_is_sound),
        IN_FOLDER(every_page_has_one_owner),
        IN_FOLDER(both_headers_say_clean_shutdown),
        IN_FOLDER(highest_page_dbtime_is_that_of_the_header),
        IN_FOLDER(same_seed_gives_the_same_rows),
        IN_FOLDER(existing_file_is_left_alone),
        IN_FOLDER(cancelled_write_leaves_no_file),
        IN_FOLDER(page_sizes_that_do_not_exist_are_refused),
        cmocka_unit_test(records_and_keys_are_those_of_the_engine),
        cmocka_unit_test(tagged_columns_depend_on_the_page_size),
        IN_FOLDER(dirty_database_has_the_logs_that_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
