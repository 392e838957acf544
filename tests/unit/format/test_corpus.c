/* SPDX-License-Identifier: MIT */
/* The decoders of format/ on real databases that Windows wrote. The environment variable COLDSTREAM_CORPUS names their
 * folder; without it, or without a file, the tests skip and say so. What is known of each file is one row of a
 * table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/dbheader.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "pattern.h"

static const struct known_file {
    const char *name;
    size_t page_size;
    enum dbheader_state state;
    uint32_t update_major;
    unsigned pages_whole, pages_zero;
} known_files[] = {
    {"basic.edb",   4096,  DBHEADER_CLEAN, 20,  23,  231},
    {"binary.edb",  4096,  DBHEADER_CLEAN, 20,  25,  229},
    {"current.mdb", 4096,  DBHEADER_DIRTY, 20,  53,  201},
    {"default.edb", 4096,  DBHEADER_CLEAN, 20,  23,  231},
    {"index.edb",   4096,  DBHEADER_CLEAN, 20,  47,  207},
    {"large.edb",   32768, DBHEADER_CLEAN, 20,  381, 385},
    {"multi.edb",   4096,  DBHEADER_CLEAN, 20,  34,  220},
    {"qmgr.db",     16384, DBHEADER_DIRTY, 300, 43,  35 },
    {"srudb.dat",   4096,  DBHEADER_CLEAN, 110, 663, 135},
    {"text.edb",    4096,  DBHEADER_CLEAN, 20,  32,  222},
};

static struct database {
    const struct known_file *known;
    uint8_t *bytes;
    size_t size;
    struct dbheader_selection header;
} databases[COUNT_OF(known_files)];

static uint8_t *file_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size = 0;

    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)size);
    if (bytes && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        free(bytes);
        bytes = NULL;
    }
    (void)fclose(file); /* it was only read */
    *ret_size = (size_t)size;
    return bytes;
}

static int corpus_open(void **state)
{
    const char *folder = getenv("COLDSTREAM_CORPUS");

    if (!folder)
        print_message("COLDSTREAM_CORPUS is not set: no real databases to test with\n");
    for (size_t i = 0; i < COUNT_OF(databases) && folder; i++) {
        struct database *d = &databases[i];
        char path[1024];

        (void)snprintf(path, sizeof path, "%s/%s", folder, known_files[i].name);
        d->known = &known_files[i];
        d->bytes = file_read(path, &d->size);
        if (!d->bytes)
            print_message("%s is not there\n", path);
        else if (dbheader_select(d->bytes, d->size < DBHEADER_PREFIX_SIZE ? d->size : DBHEADER_PREFIX_SIZE,
                                 &d->header) < JET_errSuccess)
            return -1;
    }
    return 0;
}

static int corpus_close(void **state)
{
    for (size_t i = 0; i < COUNT_OF(databases); i++)
        free(databases[i].bytes);
    return 0;
}

static pgno_t page_count(const struct database *d)
{
    return (pgno_t)(d->size / d->header.page_size - 2);
}

static uint8_t *page_at(const struct database *d, pgno_t pgno)
{
    return d->bytes + page_offset(pgno, d->header.page_size);
}

/* Calls `check` for every file, or skips if there is none. */
static void for_each_database(void (*check)(const struct database *d))
{
    unsigned count = 0;

    for (size_t i = 0; i < COUNT_OF(databases); i++)
        if (databases[i].bytes) {
            check(&databases[i]);
            count++;
        }
    if (count == 0)
        skip();
}

/* Calls `check` for every page that was written and not freed. */
static void for_each_page(const struct database *d, void (*check)(const struct database *d, pgno_t pgno, void *page))
{
    for (pgno_t pgno = 1; pgno <= page_count(d); pgno++) {
        uint8_t *page = page_at(d, pgno);

        if (!page_is_zero(page, d->header.page_size) && !(page_flags(page) & PAGE_FLAG_EMPTY))
            check(d, pgno, page);
    }
}

static void fail_page(const struct database *d, pgno_t pgno, unsigned tag, const char *text)
{
    fail_msg("%s, page %u, tag %u: %s", d->known->name, (unsigned)pgno, tag, text);
}

static void check_header(const struct database *d)
{
    const struct dbheader_disk *header = d->header.header;
    const bool is_clean = d->known->state == DBHEADER_CLEAN;

    assert_int_equal(d->header.page_size, d->known->page_size);
    assert_int_equal(d->header.used, DBHEADER_PRIMARY);
    assert_int_equal(d->header.copies[DBHEADER_SHADOW], DBHEADER_COPY_VALID);
    assert_false(d->header.copies_differ);
    assert_int_equal(le32_get(header->state), d->known->state);
    assert_int_equal(le32_get(header->update_major), d->known->update_major);
    assert_int_equal(dbheader_check_attach(&d->header, d->known->page_size),
                     is_clean ? JET_errSuccess : JET_errDatabaseDirtyShutdown);
    assert_true(logtime_is_plausible(header->signature.created));
    assert_true(logtime_is_plausible(header->logtime_attach));
    assert_int_equal(logtime_is_set(header->logtime_detach), is_clean);
    assert_int_equal(le32_get(header->generation_max_required) == 0, is_clean);
    assert_int_equal(le64_get(header->sort_version), UINT64_MAX);
    for (size_t i = DBHEADER_BYTE_COUNT; i < d->header.page_size; i++)
        assert_int_equal(d->bytes[i], 0);
}

static void headers_are_as_known(void **state)
{
    for_each_database(check_header);
}

static void check_verify(const struct database *d)
{
    unsigned counts[PAGE_WRONG_PGNO + 1] = {0};

    for (pgno_t pgno = 1; pgno <= page_count(d); pgno++) {
        struct page_verdict verdict;
        const jet_err err = page_verify(page_at(d, pgno), d->header.page_size, pgno, &verdict);

        assert_int_equal(err == JET_errSuccess, verdict.state == PAGE_OK);
        counts[verdict.state]++;
    }
    assert_int_equal(counts[PAGE_OK], d->known->pages_whole);
    assert_int_equal(counts[PAGE_ZERO], d->known->pages_zero);
    assert_int_equal(counts[PAGE_OK] + counts[PAGE_ZERO], page_count(d));
}

static void every_page_verifies(void **state)
{
    for_each_database(check_verify);
}

static void check_deep_page(const struct database *d, pgno_t pgno, void *page)
{
    struct page_problem problem;

    if (page_check_flags(page, &problem) < JET_errSuccess ||
        page_check_tags(page, d->header.page_size, &problem) < JET_errSuccess ||
        node_check_page(page, d->header.page_size, &problem) < JET_errSuccess)
        fail_page(d, pgno, problem.tag, problem.text);
    assert_true(le64_get(page_header(page)->dbtime) <= le64_get(d->header.header->dbtime));
    assert_true(le32_get(page_header(page)->objid) <= le32_get(d->header.header->objid_last));
}

static void check_deep(const struct database *d)
{
    for_each_page(d, check_deep_page);
}

static void every_page_passes_the_deep_checks(void **state)
{
    for_each_database(check_deep);
}

static void check_node_bytes(const struct database *d, pgno_t pgno, void *page)
{
    static uint8_t encoded[PAGE_SIZE_MAX];

    for (unsigned tag = page_first_node(page); tag < page_tag_count(page); tag++) {
        const uint8_t *bytes;
        size_t size, encoded_size;
        unsigned flags;
        struct node node;

        assert_int_equal(page_tag_get(page, d->header.page_size, tag, &bytes, &size, &flags), JET_errSuccess);
        assert_int_equal(node_decode(page, d->header.page_size, tag, &node), JET_errSuccess);
        assert_int_equal(node_encode(&node, encoded, sizeof encoded, &encoded_size), JET_errSuccess);
        if (page_is_large(d->header.page_size))
            encoded[1] = (uint8_t)(encoded[1] | flags << 5);
        if (encoded_size != size || memcmp(encoded, bytes, size) != 0)
            fail_page(d, pgno, tag, "the node encodes to other bytes");
    }
}

static void check_nodes(const struct database *d)
{
    for_each_page(d, check_node_bytes);
}

static void every_node_encodes_to_the_bytes_it_came_from(void **state)
{
    for_each_database(check_nodes);
}

/* A root page of OE or AE that is a leaf. */
static void check_extents(const struct database *d, pgno_t pgno, enum space_tree tree)
{
    const void *page = page_at(d, pgno);
    const uint8_t *bytes;
    struct space_extent reserve[2];
    size_t size;
    unsigned flags;

    assert_true(page_flags(page) & PAGE_FLAG_SPACE_TREE);
    assert_int_equal(page_tag_get(page, d->header.page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    assert_int_equal(space_split_buffer_decode(bytes, size, tree, reserve), JET_errSuccess);
    for (unsigned tag = page_first_node(page); tag < page_tag_count(page) && page_flags(page) & PAGE_FLAG_LEAF; tag++) {
        struct space_extent extent;
        struct node node;

        assert_int_equal(node_decode(page, d->header.page_size, tag, &node), JET_errSuccess);
        if (space_extent_decode(&node, tree, &extent) < JET_errSuccess)
            fail_page(d, pgno, tag, "the extent does not decode");
        assert_true(extent.pgno_last <= page_count(d));
    }
}

static void check_space_header(const struct database *d, pgno_t pgno, void *page)
{
    const uint8_t *bytes;
    struct space_header header;
    size_t size;
    unsigned flags;

    if (!(page_flags(page) & PAGE_FLAG_ROOT) || page_flags(page) & PAGE_FLAG_SPACE_TREE)
        return;
    assert_int_equal(page_tag_get(page, d->header.page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    if (space_header_decode(bytes, size, &header) < JET_errSuccess)
        fail_page(d, pgno, 0, "the space header does not decode");
    assert_true(header.pgno_parent <= page_count(d));
    assert_int_equal(header.pgno_parent == 0, pgno == 1);
    if (header.flags & SPACE_FLAG_MULTIPLE) {
        check_extents(d, header.pgno_owned, SPACE_OWNED);
        check_extents(d, header.pgno_owned + 1, SPACE_AVAILABLE);
    }
}

static void check_space(const struct database *d)
{
    for_each_page(d, check_space_header);
}

static void every_root_has_a_space_header_and_sound_extents(void **state)
{
    for_each_database(check_space);
}

static void check_seal_page(const struct database *d, pgno_t pgno, void *page)
{
    static uint8_t copy[PAGE_SIZE_MAX];

    memcpy(copy, page, d->header.page_size);
    memset(copy, 0, 8);
    if (page_is_large(d->header.page_size))
        memset(copy + 40, 0, 28); /* the other checksums and the page number */
    page_seal(copy, d->header.page_size, pgno);
    assert_memory_equal(copy, page, d->header.page_size);
}

static void check_seal(const struct database *d)
{
    for_each_page(d, check_seal_page);
}

static void sealing_a_page_gives_its_own_checksums(void **state)
{
    for_each_database(check_seal);
}

static void check_reorganise_page(const struct database *d, pgno_t pgno, void *page)
{
    static uint8_t copy[PAGE_SIZE_MAX];
    const size_t page_size = d->header.page_size;
    struct page_problem problem;

    memcpy(copy, page, page_size);
    page_reorganise(copy, page_size);
    if (page_check_tags(copy, page_size, &problem) < JET_errSuccess)
        fail_page(d, pgno, problem.tag, problem.text);
    for (unsigned tag = 0; tag < page_tag_count(page); tag++) {
        const uint8_t *before, *after;
        size_t size_before, size_after;
        unsigned flags_before, flags_after;

        assert_int_equal(page_tag_get(page, page_size, tag, &before, &size_before, &flags_before), JET_errSuccess);
        assert_int_equal(page_tag_get(copy, page_size, tag, &after, &size_after, &flags_after), JET_errSuccess);
        assert_int_equal(size_after, size_before);
        assert_int_equal(flags_after, flags_before);
        assert_memory_equal(after, before, size_before);
    }
}

static void check_reorganise(const struct database *d)
{
    for_each_page(d, check_reorganise_page);
}

static void reorganising_a_real_page_changes_no_tag(void **state)
{
    for_each_database(check_reorganise);
}

static void check_flips(const struct database *d)
{
    const uint32_t bits = (uint32_t)d->header.page_size * 8;
    uint32_t seed = 77;

    for (unsigned i = 0; i < 1000; i++) {
        const pgno_t pgno = 1 + pattern_next(&seed) % page_count(d);
        const uint32_t bit = pattern_next(&seed) % bits;
        uint8_t *page = page_at(d, pgno);
        const bool was_zero = page_is_zero(page, d->header.page_size);
        struct page_verdict verdict;

        pattern_flip(page, bit);
        assert_int_equal(page_verify(page, d->header.page_size, pgno, &verdict), JET_errReadVerifyFailure);
        if (verdict.state == PAGE_CORRECTABLE)
            page_correct(page, &verdict);
        else
            pattern_flip(page, bit);
        assert_int_equal(page_verify(page, d->header.page_size, pgno, &verdict),
                         was_zero ? JET_errPageNotInitialized : JET_errSuccess);
    }
}

static void one_flipped_bit_anywhere_is_found_and_undone(void **state)
{
    for_each_database(check_flips);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_as_known),
        cmocka_unit_test(every_page_verifies),
        cmocka_unit_test(every_page_passes_the_deep_checks),
        cmocka_unit_test(every_node_encodes_to_the_bytes_it_came_from),
        cmocka_unit_test(every_root_has_a_space_header_and_sound_extents),
        cmocka_unit_test(sealing_a_page_gives_its_own_checksums),
        cmocka_unit_test(reorganising_a_real_page_changes_no_tag),
        cmocka_unit_test(one_flipped_bit_anywhere_is_found_and_undone),
    };
    return cmocka_run_group_tests(tests, corpus_open, corpus_close);
}
