/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree_model.h"

#include <stdlib.h>
#include <string.h>

#include "format/node.h"

struct entry {
    uint8_t *key, *data;
    size_t key_size, data_size;
    bool is_deleted;
};

struct model {
    struct tree_fixture *fixture;
    struct tree *tree;
    struct model_options options;
    struct entry *entries;
    size_t count, capacity;
    bool is_unique;
};

struct model *model_new(struct tree_fixture *fixture, struct tree *tree, const struct model_options *options)
{
    struct model *model = calloc(1, sizeof *model);
    model->fixture = fixture;
    model->tree = tree;
    model->options = *options;
    model->is_unique = !(tree->page_flags & PAGE_FLAG_NON_UNIQUE);
    return model;
}

static void entry_free(struct entry *entry)
{
    free(entry->key);
    free(entry->data);
}

void model_free(struct model *model)
{
    for (size_t i = 0; i < model->count; i++)
        entry_free(&model->entries[i]);
    free(model->entries);
    free(model);
}

static uint32_t draw(struct model *model, uint32_t limit)
{
    return tree_fixture_random(&model->options.seed) % limit;
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int entry_compare(const struct model *model, const struct entry *a, const struct entry *b)
{
    int order = compare(a->key, a->key_size, b->key, b->key_size);
    return order || model->is_unique ? order : compare(a->data, a->data_size, b->data, b->data_size);
}

/* The first entry that is not below. */
static size_t find(const struct model *model, const struct entry *entry, bool *ret_exact)
{
    size_t low = 0, high = model->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entry_compare(model, &model->entries[middle], entry) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_exact = low < model->count && entry_compare(model, &model->entries[low], entry) == 0;
    return low;
}

static void data_draw(struct model *model, struct entry *entry)
{
    entry->data_size = 1 + draw(model, (uint32_t)model->options.data_max);
    entry->data = malloc(entry->data_size);
    for (size_t i = 0; i < entry->data_size; i++)
        entry->data[i] = (uint8_t)draw(model, 256);
}

/* The first byte says the length, so no key begins another. */
static struct entry entry_draw(struct model *model)
{
    struct entry entry = {.is_deleted = false};
    size_t prefix = model->options.prefix;
    size_t rest = 4 + draw(model, (uint32_t)(model->options.key_max - prefix));
    if (model->options.few_keys)
        rest = 2;
    entry.key_size = prefix + 2 + rest;
    entry.key = malloc(entry.key_size);
    memset(entry.key, 'p', prefix);
    entry.key[prefix] = (uint8_t)(rest >> 8);
    entry.key[prefix + 1] = (uint8_t)rest;
    for (size_t i = 0; i < rest; i++)
        entry.key[prefix + 2 + i] = (uint8_t)(model->options.few_keys ? draw(model, 4) : draw(model, 256));
    data_draw(model, &entry);
    return entry;
}

static struct bookmark bookmark_of(const struct model *model, const struct entry *entry)
{
    return (struct bookmark){
        .key = entry->key,
        .key_size = entry->key_size,
        .data = model->is_unique ? NULL : entry->data,
        .data_size = model->is_unique ? 0 : entry->data_size,
    };
}

static jet_err change(struct model *model, const struct entry *entry, enum btree_change_kind kind, const uint8_t *data,
                      size_t data_size)
{
    const struct bookmark bookmark = bookmark_of(model, entry);
    const struct btree_change change = {
        .kind = kind, .data = data, .data_size = data_size, .versioned = kind != BTREE_DELETE && draw(model, 2) == 0};
    return btree_change(model->tree, &model->fixture->actor, &bookmark, &change);
}

static bool is_too_big(const struct model *model, const struct entry *entry)
{
    return 2 + entry->key_size + entry->data_size > page_node_size_max(model->fixture->db->page_size) - 8;
}

static void do_insert(struct model *model)
{
    struct entry entry = entry_draw(model);
    bool exact;
    size_t at = find(model, &entry, &exact);
    if (is_too_big(model, &entry) || (exact && model->entries[at].is_deleted)) {
        entry_free(&entry);
        return;
    }
    jet_err err = change(model, &entry, BTREE_INSERT, entry.data, entry.data_size);
    assert_int_equal(err, exact ? JET_errKeyDuplicate : JET_errSuccess);
    if (exact) {
        entry_free(&entry);
        return;
    }
    if (model->count == model->capacity) {
        model->capacity = model->capacity ? 2 * model->capacity : 64;
        model->entries = realloc(model->entries, model->capacity * sizeof entry);
    }
    memmove(&model->entries[at + 1], &model->entries[at], (model->count - at) * sizeof entry);
    model->entries[at] = entry;
    model->count++;
}

static void do_replace(struct model *model, size_t at)
{
    struct entry *entry = &model->entries[at], changed = *entry;
    if (!model->is_unique)
        return;
    if (draw(model, 2) == 0) {
        data_draw(model, &changed);
    } else { /* a byte only, and maybe the length */
        changed.data_size = 1 + entry->data_size - draw(model, 2) * draw(model, (uint32_t)entry->data_size);
        changed.data = malloc(changed.data_size);
        memset(changed.data, 9, changed.data_size);
        memcpy(changed.data, entry->data, changed.data_size - 1);
        changed.data[draw(model, (uint32_t)changed.data_size)] ^= 1;
    }
    if (is_too_big(model, &changed)) {
        free(changed.data);
        return;
    }
    enum btree_change_kind kind = entry->is_deleted ? BTREE_FLAG_INSERT_REPLACE : BTREE_REPLACE;
    assert_int_equal(change(model, entry, kind, changed.data, changed.data_size), JET_errSuccess);
    free(entry->data);
    *entry = changed;
    entry->is_deleted = false;
}

static void do_delete(struct model *model, size_t at)
{
    struct entry *entry = &model->entries[at];
    const struct bookmark bookmark = bookmark_of(model, entry);
    assert_int_equal(change(model, entry, BTREE_DELETE, NULL, 0), JET_errSuccess);
    assert_int_equal(btree_cleanup(model->tree, &model->fixture->actor, &bookmark), JET_errSuccess);
    entry_free(entry);
    model->count--;
    memmove(entry, entry + 1, (model->count - at) * sizeof *entry);
}

static void do_flag(struct model *model, size_t at)
{
    struct entry *entry = &model->entries[at];
    enum btree_change_kind kind = entry->is_deleted ? BTREE_FLAG_INSERT : BTREE_FLAG_DELETE;
    assert_int_equal(change(model, entry, kind, entry->data, entry->data_size), JET_errSuccess);
    entry->is_deleted = !entry->is_deleted;
}

static void do_defragment(struct model *model)
{
    const struct btree_actor *actor = &model->fixture->actor;
    struct btree_walk walk = {0};
    bool freed;
    while (!walk.has_ended)
        assert_int_equal(btree_defragment_leaf(model->tree, actor, &walk, &freed), JET_errSuccess);
    (void)tree_fixture_return_extents(model->fixture, model->tree);
}

void model_work(struct model *model, unsigned count)
{
    const uint32_t inserts = draw(model, 8) == 0 ? 0 : 10 + draw(model, 80); /* of a hundred */
    for (unsigned i = 0; i < count; i++) {
        if (draw(model, 300) == 0)
            do_defragment(model);
        if (inserts == 0 ? model->count == 0 && draw(model, 100) == 0
                         : draw(model, 100) < inserts || model->count == 0) {
            do_insert(model);
            continue;
        }
        if (model->count == 0)
            continue;
        const size_t at = draw(model, (uint32_t)model->count);
        switch (draw(model, 4)) {
        case 0: do_replace(model, at); break;
        case 1: do_flag(model, at); break;
        default: do_delete(model, at);
        }
    }
}

static void node_check(const struct model *model, struct btree_position *position, size_t at)
{
    const struct entry *entry = &model->entries[at];
    struct btree_node_view view;
    assert_true(at < model->count);
    assert_int_equal(btree_node(position, &view), JET_errSuccess);
    assert_int_equal(view.key_size, entry->key_size);
    assert_memory_equal(view.key, entry->key, entry->key_size);
    assert_int_equal(view.data_size, entry->data_size);
    assert_memory_equal(view.data, entry->data, entry->data_size);
    assert_int_equal((view.flags & NODE_FLAG_DELETED) != 0, entry->is_deleted);
}

static void scan_check(struct model *model)
{
    struct btree_position position;
    size_t at = 0;
    jet_err err = btree_seek(model->tree, BTREE_FIRST, NULL, &position, NULL);
    for (; err == JET_errSuccess; err = btree_next(&position))
        node_check(model, &position, at++);
    assert_int_equal(err, JET_errNoCurrentRecord);
    assert_int_equal(at, model->count);
    err = btree_seek(model->tree, BTREE_LAST, NULL, &position, NULL);
    for (; err == JET_errSuccess; err = btree_previous(&position))
        node_check(model, &position, --at);
    assert_int_equal(err, JET_errNoCurrentRecord);
    assert_int_equal(at, 0);
}

static void seek_check(struct model *model, enum btree_seek seek, const struct bookmark *bookmark, size_t expected,
                       bool exact)
{
    struct btree_position position;
    struct btree_hint hint;
    bool is_exact = false, is_same;
    jet_err err = btree_seek(model->tree, seek, bookmark, &position, &is_exact);
    if (expected >= model->count) {
        assert_int_equal(err, JET_errNoCurrentRecord);
        return;
    }
    assert_int_equal(err, JET_errSuccess);
    node_check(model, &position, expected);
    assert_int_equal(is_exact, exact);
    btree_hint_get(&position, &hint);
    btree_release(&position);
    assert_int_equal(btree_resume(model->tree, &hint, &position, &is_same), JET_errSuccess);
    node_check(model, &position, expected);
    btree_release(&position);
}

static bool same_key(const struct entry *a, const struct entry *b)
{
    return compare(a->key, a->key_size, b->key, b->key_size) == 0;
}

/* Every way to search for what an entry names, whether it is there or not. */
static void searches_check(struct model *model, const struct entry *entry)
{
    bool exact;
    const size_t at = find(model, entry, &exact);
    size_t first = at, behind = at;
    const struct bookmark bookmark = bookmark_of(model, entry);
    const struct bookmark key = {entry->key, entry->key_size, NULL, 0};
    while (first > 0 && same_key(&model->entries[first - 1], entry))
        first--;
    while (behind < model->count && same_key(&model->entries[behind], entry))
        behind++;
    seek_check(model, BTREE_EXACT_OR_NEXT, &bookmark, at, exact);
    seek_check(model, BTREE_LAST_LESS, &bookmark, at - 1, false);
    seek_check(model, BTREE_EXACT_OR_NEXT, &key, first, behind > first);
    seek_check(model, BTREE_LAST_LESS, &key, first - 1, false);
    seek_check(model, BTREE_NEXT_KEY, &key, behind, false);
    seek_check(model, BTREE_LAST_OF_KEY, &key, behind - 1, behind > first);
}

void model_check(struct model *model)
{
    size_t live = 0;
    for (size_t i = 0; i < model->count; i++)
        live += !model->entries[i].is_deleted;
    assert_int_equal(tree_fixture_check(model->fixture, model->tree, NULL, 0), live);
    scan_check(model);
    for (unsigned i = 0; i < 100; i++) {
        struct entry entry = entry_draw(model);
        searches_check(model, &entry);
        entry_free(&entry);
        if (model->count > 0)
            searches_check(model, &model->entries[draw(model, (uint32_t)model->count)]);
    }
}
