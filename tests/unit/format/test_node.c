/* SPDX-License-Identifier: MIT */
/* Tests of nodes: the format's worked examples, key order across pieces, and the deep check of a page. */
#include "format/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pattern.h"

enum {
    LEAF = PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM,
    INTERNAL = PAGE_FLAG_PARENT_OF_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM,
    INDEX_LEAF = LEAF | PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE,
};

static uint8_t page[PAGE_SIZE_MAX];
static struct page_problem problem;
static struct node node;

static void start(size_t page_size, uint32_t flags, const char *prefix)
{
    page_init(page, page_size, flags, 5, 5, 5);
    assert_int_equal(page_replace(page, page_size, 0, 0, prefix, strlen(prefix)), JET_errSuccess);
}

/* Appends a tag with these very bytes. */
static void append_bytes(size_t page_size, unsigned flags, const void *bytes, size_t size)
{
    assert_int_equal(page_insert(page, page_size, page_tag_count(page), flags, bytes, size), JET_errSuccess);
}

static void append(size_t page_size, unsigned flags, size_t prefix_size, const char *suffix, const char *data)
{
    const struct node of = {
        .flags = flags,
        .prefix_size = prefix_size,
        .suffix = (const void *)suffix,
        .suffix_size = strlen(suffix),
        .data = (const void *)data,
        .data_size = strlen(data),
    };
    uint8_t bytes[100];
    size_t size;

    assert_int_equal(node_encode(&of, bytes, sizeof bytes, &size), JET_errSuccess);
    append_bytes(page_size, flags, bytes, size);
}

static void append_child(size_t page_size, const char *key, uint32_t child)
{
    const le32 disk = le32_make(child);
    const struct node of = {
        .suffix = (const void *)key, .suffix_size = strlen(key), .data = disk.b, .data_size = sizeof disk};
    uint8_t bytes[100];
    size_t size;

    assert_int_equal(node_encode(&of, bytes, sizeof bytes, &size), JET_errSuccess);
    append_bytes(page_size, 0, bytes, size);
}

static void the_worked_example_of_a_small_page_decodes(void **state)
{
    static const uint8_t prefix[] = {0x7F, 0x80, 0, 0, 2, 0x7F, 0x80, 2, 0x7F, 0x80, 0, 0, 1};
    static const uint8_t bytes[] = {7, 0, 6, 0, 1, 0x7F, 0x80, 0, 0, 2, 8, 0x80};
    static const uint8_t expected[] = {0x7F, 0x80, 0, 0, 2, 0x7F, 0x80, 1, 0x7F, 0x80, 0, 0, 2};
    uint8_t key[32];
    size_t size;

    page_init(page, 4096, LEAF, 5, 5, 5);
    assert_int_equal(page_replace(page, 4096, 0, 0, prefix, sizeof prefix), JET_errSuccess);
    append_bytes(4096, NODE_FLAG_VERSION | NODE_FLAG_COMPRESSED, bytes, sizeof bytes);
    assert_int_equal(node_decode(page, 4096, 1, &node), JET_errSuccess);
    assert_int_equal(node.flags, 5);
    assert_int_equal(node_key_size(&node), 13);
    assert_int_equal(node_key_copy(&node, key, sizeof key, &size), JET_errSuccess);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(key, expected, sizeof expected);
    assert_int_equal(node.data_size, 2);
    assert_memory_equal(node.data, "\x08\x80", 2);
    assert_int_equal(node_key_copy(&node, key, 12, &size), JET_errBufferTooSmall);
}

static void the_worked_example_of_a_large_page_has_its_flags_in_the_length(void **state)
{
    static const uint8_t bytes[] = {4, 0x80, 3, 0, 2, 0x7F, 0x80, 'd'};

    start(16384, LEAF, "abcdef");
    append_bytes(16384, NODE_FLAG_COMPRESSED, bytes, sizeof bytes);
    assert_int_equal(node_decode(page, 16384, 1, &node), JET_errSuccess);
    assert_int_equal(node.flags, NODE_FLAG_COMPRESSED);
    assert_int_equal(node.prefix_size, 4);
    assert_memory_equal(node.prefix, "abcd", 4);
    assert_int_equal(node.suffix_size, 3);
    assert_int_equal(node.data_size, 1);
}

static void what_is_encoded_is_decoded_on_every_page_size(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        start(page_size, LEAF, "prefix");
        append(page_size, NODE_FLAG_DELETED, 0, "key", "data");
        append(page_size, NODE_FLAG_COMPRESSED | NODE_FLAG_VERSION, 4, "", "more data");
        assert_int_equal(node_decode(page, page_size, 1, &node), JET_errSuccess);
        assert_int_equal(node.flags, NODE_FLAG_DELETED);
        assert_int_equal(node.prefix_size, 0);
        assert_memory_equal(node.suffix, "key", 3);
        assert_int_equal(node.data_size, 4);
        assert_memory_equal(node.data, "data", 4);
        assert_int_equal(node_decode(page, page_size, 2, &node), JET_errSuccess);
        assert_int_equal(node.flags, NODE_FLAG_COMPRESSED | NODE_FLAG_VERSION);
        assert_memory_equal(node.prefix, "pref", 4);
        assert_int_equal(node.suffix_size, 0);
        assert_memory_equal(node.data, "more data", 9);
    }
}

static void bytes_that_are_no_node_are_refused(void **state)
{
    static const struct {
        unsigned flags;
        size_t size;
        uint8_t bytes[8];
    } rows[] = {
        {0,                    1, {0}                   }, /* no length */
        {0,                    2, {0}                   }, /* no data */
        {0,                    5, {3, 0, 'k', 'e', 'y'} }, /* no data */
        {0,                    5, {4, 0, 'k', 'e', 'y'} }, /* suffix longer than the node */
        {0,                    5, {255, 0x1F, 'k'}      }, /* suffix far too long */
        {NODE_FLAG_COMPRESSED, 3, {1, 0, 0}             }, /* half a length */
        {NODE_FLAG_COMPRESSED, 7, {7, 0, 1, 0, 'k', 'd'}}, /* prefix longer than tag 0 */
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t page_size = 4096; page_size <= 16384; page_size *= 4) {
            start(page_size, LEAF, "prefix");
            append_bytes(page_size, rows[i].flags, rows[i].bytes, rows[i].size);
            assert_int_equal(node_decode(page, page_size, 1, &node), JET_errNodeCorrupted);
            assert_int_equal(node_check_page(page, page_size, &problem), JET_errNodeCorrupted);
            assert_int_equal(problem.tag, 1);
        }
    start(4096, LEAF, "prefix");
    assert_int_equal(node_decode(page, 4096, 0, &node), JET_errBadLineCount);
    assert_int_equal(node_decode(page, 4096, 1, &node), JET_errBadLineCount);
}

static void nodes_of_a_root_take_no_prefix_from_the_space_header(void **state)
{
    start(4096, LEAF | PAGE_FLAG_ROOT, "prefix");
    append(4096, NODE_FLAG_COMPRESSED, 3, "x", "data");
    assert_int_equal(node_decode(page, 4096, 1, &node), JET_errNodeCorrupted);
}

static void encoding_refuses_what_no_length_can_say(void **state)
{
    static const uint8_t bytes[9000] = {0};
    uint8_t buffer[9100];
    struct node of = {.suffix = bytes, .suffix_size = NODE_KEY_PART_MAX + 1, .data = bytes, .data_size = 1};
    size_t size;

    assert_int_equal(node_encode(&of, buffer, sizeof buffer, &size), JET_errKeyTooBig);
    of.suffix_size = NODE_KEY_PART_MAX;
    assert_int_equal(node_encode(&of, buffer, sizeof buffer, &size), JET_errSuccess);
    assert_int_equal(size, 2 + NODE_KEY_PART_MAX + 1);
    assert_int_equal(node_encode(&of, buffer, size - 1, &size), JET_errBufferTooSmall);
    assert_int_equal(node_encode(&of, buffer, 1, &size), JET_errBufferTooSmall);
    of.flags = NODE_FLAG_COMPRESSED;
    of.prefix_size = NODE_KEY_PART_MAX + 1;
    assert_int_equal(node_encode(&of, buffer, sizeof buffer, &size), JET_errKeyTooBig);
}

/* A node whose key is cut into prefix and suffix at `cut`. */
static struct node cut_key(const char *key, size_t cut)
{
    return (struct node){.prefix = (const void *)key,
                         .prefix_size = cut,
                         .suffix = (const uint8_t *)key + cut,
                         .suffix_size = strlen(key) - cut,
                         .data = (const void *)"d",
                         .data_size = 1};
}

static void key_order_does_not_depend_on_where_the_keys_are_cut(void **state)
{
    static const char *const ascending[] = {"", "a", "ab", "abc", "abd", "ac", "b", "ba"};

    for (size_t i = 0; i < COUNT_OF(ascending); i++)
        for (size_t k = 0; k < COUNT_OF(ascending); k++)
            for (size_t cut_i = 0; cut_i <= strlen(ascending[i]); cut_i++)
                for (size_t cut_k = 0; cut_k <= strlen(ascending[k]); cut_k++) {
                    const struct node a = cut_key(ascending[i], cut_i), b = cut_key(ascending[k], cut_k);
                    const int order = node_key_compare(&a, &b);

                    assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
                }
}

static void equal_keys_are_ordered_by_data(void **state)
{
    struct node a = cut_key("key", 1), b = cut_key("key", 2);

    assert_int_equal(node_bookmark_compare(&a, &b), 0);
    b.data = (const void *)"dd";
    b.data_size = 2;
    assert_true(node_bookmark_compare(&a, &b) < 0);
    b.data = (const void *)"c";
    b.data_size = 1;
    assert_true(node_bookmark_compare(&a, &b) > 0);
}

static void nodes_out_of_order_are_found(void **state)
{
    start(4096, LEAF, "");
    append(4096, 0, 0, "a", "1");
    append(4096, 0, 0, "b", "1");
    assert_int_equal(node_check_page(page, 4096, &problem), JET_errSuccess);
    append(4096, 0, 0, "b", "2");
    assert_int_equal(node_check_page(page, 4096, &problem), JET_errBadParentPageLink);
    assert_int_equal(problem.tag, 3);
}

static void leaves_of_non_unique_trees_ascend_by_key_and_data(void **state)
{
    start(4096, INDEX_LEAF, "");
    append(4096, 0, 0, "a", "1");
    append(4096, 0, 0, "a", "2");
    assert_int_equal(node_check_page(page, 4096, &problem), JET_errSuccess);
    append(4096, 0, 0, "a", "2");
    assert_int_equal(node_check_page(page, 4096, &problem), JET_errBadParentPageLink);
}

static void an_emptied_page_is_not_looked_into(void **state)
{
    start(4096, LEAF | PAGE_FLAG_EMPTY, "");
    append(4096, 0, 0, "b", "1");
    append(4096, 0, 0, "a", "1");
    assert_int_equal(node_check_page(page, 4096, &problem), JET_errSuccess);
}

static void internal_nodes_name_children_and_only_the_last_has_no_key(void **state)
{
    pgno_t child = 0;

    start(8192, INTERNAL, "");
    append_child(8192, "a", 40);
    append_child(8192, "", 41);
    assert_int_equal(node_check_page(page, 8192, &problem), JET_errSuccess);
    assert_int_equal(node_decode(page, 8192, 2, &node), JET_errSuccess);
    assert_int_equal(node_child(&node, &child), JET_errSuccess);
    assert_int_equal(child, 41);
    append_child(8192, "c", 42);
    assert_int_equal(node_check_page(page, 8192, &problem), JET_errBadParentPageLink);
    assert_int_equal(problem.tag, 2);
}

static void children_that_no_file_can_have_are_refused(void **state)
{
    static const uint32_t children[] = {0, PGNO_MAX + UINT32_C(1), UINT32_MAX};

    for (size_t i = 0; i < COUNT_OF(children); i++) {
        start(8192, INTERNAL, "");
        append_child(8192, "a", children[i]);
        assert_int_equal(node_check_page(page, 8192, &problem), JET_errNodeCorrupted);
    }
    start(8192, INTERNAL, "");
    append(8192, 0, 0, "a", "five!");
    assert_int_equal(node_check_page(page, 8192, &problem), JET_errNodeCorrupted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_of_a_small_page_decodes),
        cmocka_unit_test(the_worked_example_of_a_large_page_has_its_flags_in_the_length),
        cmocka_unit_test(what_is_encoded_is_decoded_on_every_page_size),
        cmocka_unit_test(bytes_that_are_no_node_are_refused),
        cmocka_unit_test(nodes_of_a_root_take_no_prefix_from_the_space_header),
        cmocka_unit_test(encoding_refuses_what_no_length_can_say),
        cmocka_unit_test(key_order_does_not_depend_on_where_the_keys_are_cut),
        cmocka_unit_test(equal_keys_are_ordered_by_data),
        cmocka_unit_test(nodes_out_of_order_are_found),
        cmocka_unit_test(leaves_of_non_unique_trees_ascend_by_key_and_data),
        cmocka_unit_test(an_emptied_page_is_not_looked_into),
        cmocka_unit_test(internal_nodes_name_children_and_only_the_last_has_no_key),
        cmocka_unit_test(children_that_no_file_can_have_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
