/* SPDX-License-Identifier: MIT */
/* Pages: verdicts, tags, nodes, and edits of pages that pass the deep check.
 *
 * Input: a byte for the page size (2048 << n) and whether to seal (bit 3), a page number, the number of bytes at the
 * end of the page (u16; the tag array), these bytes, then up to FRONT_MAX from the start of the page; the rest drives
 * edits, three bytes each.
 */
#include "format/node.h"
#include "format/page.h"

#include "fuzz_input.h"

enum { FRONT_MAX = 512 };

static uint8_t page[PAGE_SIZE_MAX];
static uint8_t before[PAGE_SIZE_MAX];

static void look_at_tags(size_t page_size)
{
    for (unsigned tag = 0; tag <= page_tag_count(page); tag++) {
        const uint8_t *bytes;
        size_t size;
        unsigned flags;
        struct node node;

        if (page_tag_get(page, page_size, tag, &bytes, &size, &flags) == JET_errSuccess) {
            fuzz_expect(bytes >= page && size <= page_size && bytes + size <= page + page_size && flags < 8);
            fuzz_touch(bytes, size);
        }
        if (node_decode(page, page_size, tag, &node) == JET_errSuccess) {
            pgno_t child;

            fuzz_touch(node.prefix, node.prefix_size);
            fuzz_touch(node.suffix, node.suffix_size);
            fuzz_touch(node.data, node.data_size);
            fuzz_expect(node.data_size > 0);
            fuzz_expect(node_bookmark_compare(&node, &node) == 0);
            if (node_child(&node, &child) == JET_errSuccess)
                fuzz_expect(child >= 1 && child <= PGNO_MAX);
        }
    }
}

static void look_at_verdict(size_t page_size, pgno_t pgno)
{
    struct page_verdict verdict;
    const jet_err err = page_verify(page, page_size, pgno, &verdict);

    fuzz_expect((err == JET_errSuccess) == (verdict.state == PAGE_OK));
    fuzz_touch(page_state_name(verdict.state), 1);
    if (verdict.state == PAGE_CORRECTABLE) {
        memcpy(before, page, page_size);
        page_correct(page, &verdict);
        fuzz_expect(page_verify(page, page_size, pgno, &verdict) == JET_errSuccess);
        memcpy(page, before, page_size);
    }
}

static bool is_sound(size_t page_size)
{
    struct page_problem problem;

    return page_check_tags(page, page_size, &problem) == JET_errSuccess;
}

/* One edit; whatever it returns, the page must stay sound. */
static void edit(size_t page_size, struct fuzz_input *input)
{
    uint8_t bytes[300];
    const uint8_t choice = fuzz_byte(input);
    const unsigned flags = choice >> 5, first = page_first_node(page), count = page_tag_count(page);
    const size_t size = 3 + fuzz_byte(input);
    const unsigned at = fuzz_byte(input);

    memset(bytes, choice, sizeof bytes);
    if (choice % 4 == 0)
        (void)!page_insert(page, page_size, first + at % (count - first + 1), flags, bytes, size);
    else if (choice % 4 == 1 && count > first)
        (void)!page_replace(page, page_size, first + at % (count - first), flags, bytes, size);
    else if (choice % 4 == 2 && count > first)
        page_delete(page, page_size, first + at % (count - first));
    else
        page_reorganise(page, page_size);
    fuzz_expect(is_sound(page_size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input);
    const size_t page_size = (size_t)PAGE_SIZE_MIN << (choice & 7) % 5;
    const pgno_t pgno = fuzz_u32(&input);
    const size_t tail = (fuzz_byte(&input) | (size_t)fuzz_byte(&input) << 8) % (page_size + 1);
    const size_t front = page_size - tail < FRONT_MAX ? page_size - tail : FRONT_MAX;
    struct page_problem problem;

    memset(page, 0, sizeof page);
    (void)fuzz_take(&input, page + page_size - tail, tail);
    (void)fuzz_take(&input, page, front);
    look_at_verdict(page_size, pgno);
    if (choice & 8) {
        page_seal(page, page_size, pgno);
        look_at_verdict(page_size, pgno);
        page[pgno % page_size] ^= 4;
        look_at_verdict(page_size, pgno);
        page[pgno % page_size] ^= 4;
    }
    look_at_tags(page_size);
    if (page_check_flags(page, &problem) < JET_errSuccess)
        fuzz_touch(problem.text, 1);
    if (!is_sound(page_size))
        return 0;
    if (node_check_page(page, page_size, &problem) < JET_errSuccess)
        fuzz_touch(problem.text, 1);
    while (input.left > 0)
        edit(page_size, &input);
    return 0;
}
