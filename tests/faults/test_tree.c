/* SPDX-License-Identifier: MIT */
/* test_tree.c - B+ trees on machines that fail (crash_driver.h), without transactions: `test_tree PAGE_SIZE
 * circular|linear`.
 *
 * Some trees, whose nodes come, change and go, so that pages split and merge and trees grow beyond one extent. Each
 * operation is one change of one node; what is found after a crash must be the trees after some operation, not older
 * than the last that the log was flushed for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btree/modify.h"
#include "btree/position.h"
#include "btree/redo.h"
#include "btree/tree.h"
#include "crash_driver.h"
#include "disk_image.h"
#include "format/logrecord.h"
#include "format/node.h"
#include "format/page.h"
#include "problem.h"
#include "store.h"

enum {
    CASES = 150,
    PAGES = 60,
    FRAMES = 24,
    TREES = 2,
    KEYS = 250,
    KEY_SIZE_MAX = 60,
    OPERATIONS = 900,
    CHECKPOINT_EVERY = 40,
    DATA_MAX = 1200,
    OBJID_FIRST = 2,
    MACRO_MAX = 64,
};

/* What operation n did: the node of this key gets data by the number, or goes. */
struct operation {
    uint8_t tree;
    uint8_t key;
    bool removes;
};

static struct store store;
static struct operation operations[OPERATIONS + 1]; /* of the last load */
static pgno_t fdps[TREES];                          /* the same after every preparation */
static struct tree *trees[TREES];

/* Records of the macro that is being read. */
static struct {
    bool is_open;
    struct btree_redo_record records[MACRO_MAX];
    unsigned count;
} macro;

static size_t make_key(unsigned number, uint8_t key[KEY_SIZE_MAX])
{
    struct disk_random random = {.state = number / 8}; /* neighbours have much in common */
    size_t size = 3 + (size_t)disk_random_below(&random, KEY_SIZE_MAX - 3);
    memset(key, (int)(number / 8), size);
    key[size - 1] = (uint8_t)number;
    return size;
}

static size_t make_data(uint32_t operation, uint8_t data[DATA_MAX])
{
    struct disk_random random = {.state = operation};
    size_t size = 4 + (size_t)disk_random_below(&random, disk_random_below(&random, 4) ? 100 : DATA_MAX - 4);
    for (size_t i = 4; i < size; i++)
        data[i] = (uint8_t)disk_random_next(&random);
    memcpy(data, &operation, 4);
    return size;
}

/* ---- start and end ---- */

static struct btree_actor actor_of_test(void)
{
    return (struct btree_actor){.log = store.log, .procid = 1, .trx_begin0 = 4, .level = 1, .extension_pages = 16};
}

static bool make_trees(void)
{
    struct tree *root;
    const struct btree_actor actor = actor_of_test();
    TRY(tree_create_database_root(store.db, &actor, PAGES));
    TRY(tree_open(store.db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root));
    for (unsigned i = 0; i < TREES; i++) {
        const struct tree_new options = {.objid = OBJID_FIRST + i, .pages = 1 + 3 * i, .multiple_extent = i > 0};
        TRY(tree_create(root, &actor, &options, &fdps[i]));
    }
    tree_close(root);
    TRY(database_flush(store.db));
    return store_checkpoint(&store);
}

static void drop(void)
{
    for (unsigned i = 0; i < TREES; i++) {
        tree_close(trees[i]);
        trees[i] = NULL;
    }
    store_drop(&store);
}

static bool prepare(void *context)
{
    (void)context;
    bool is_good = store_create(&store) && make_trees();
    drop();
    return is_good;
}

static bool start(void)
{
    macro.is_open = false;
    if (!store_start(&store))
        return false;
    for (unsigned i = 0; i < TREES; i++)
        TRY(tree_open(store.db, fdps[i], OBJID_FIRST + i, &trees[i]));
    return true;
}

/* ---- redo ---- */

static void macro_forget(void)
{
    while (macro.count > 0)
        free((void *)(uintptr_t)macro.records[--macro.count].bytes);
    macro.is_open = false;
}

static bool macro_add(const struct btree_redo_record *record)
{
    uint8_t *copy = malloc(record->size);
    if (!copy || macro.count == MACRO_MAX)
        return problem_set("a macro of more than %u records", macro.count);
    memcpy(copy, record->bytes, record->size);
    macro.records[macro.count] = *record;
    macro.records[macro.count++].bytes = copy;
    return true;
}

static bool redo(struct store *of, const struct log_reader_record *record)
{
    const struct btree_redo how = {.db = of->db, .is_required = (lgen_t)(record->lgpos >> 32) <= of->required};
    const struct btree_redo_record one = {
        .bytes = record->bytes, .size = record->size, .lgpos = record->lgpos, .lgpos_end = record->lgpos_end};
    switch (record->bytes[0]) {
    case LOGREC_MACRO_BEGIN:
        macro_forget();
        macro.is_open = true;
        return true;
    case LOGREC_MACRO_COMMIT:
        TRY(btree_redo_macro(&how, macro.records, macro.count, NULL));
        macro_forget();
        return true;
    case LOGREC_MACRO_ABORT: macro_forget(); return true;
    default:
        if (macro.is_open)
            return macro_add(&one);
        TRY(btree_redo(&how, &one, NULL));
        return true;
    }
}

/* ---- the load ---- */

/* What the trees hold after the first `count` operations: the number of the operation for each node, 0 for none. */
static void state_after(uint32_t count, uint32_t state[TREES][KEYS])
{
    memset(state, 0, sizeof(uint32_t) * TREES * KEYS);
    for (uint32_t number = 1; number <= count; number++) {
        const struct operation *operation = &operations[number];
        state[operation->tree][operation->key] = operation->removes ? 0 : number;
    }
}

static bool carry_out(uint32_t number, bool is_there)
{
    static uint8_t data[DATA_MAX];
    uint8_t key[KEY_SIZE_MAX];
    const struct operation *operation = &operations[number];
    const struct btree_actor actor = actor_of_test();
    const struct bookmark bookmark = {.key = key, .key_size = make_key(operation->key, key)};
    struct btree_change change = {.kind = BTREE_DELETE};
    if (!operation->removes) {
        change.kind = is_there ? BTREE_REPLACE : BTREE_INSERT;
        change.data = data;
        change.data_size = make_data(number, data);
    }
    TRY(btree_change(trees[operation->tree], &actor, &bookmark, &change));
    return true;
}

/* Times of growing and times of shrinking. */
static void choose_operation(uint32_t number, const uint32_t state[TREES][KEYS], struct disk_random *random)
{
    bool shrinks = number % 300 > 200;
    struct operation *operation = &operations[number];
    operation->tree = (uint8_t)disk_random_below(random, TREES);
    operation->key = (uint8_t)disk_random_below(random, KEYS);
    if (shrinks)
        for (unsigned i = 0; i < KEYS && state[operation->tree][operation->key] == 0; i++)
            operation->key = (uint8_t)((operation->key + 1u) % KEYS);
    operation->removes =
        state[operation->tree][operation->key] != 0 && disk_random_below(random, 10) < (shrinks ? 9u : 1u);
}

static bool work(struct disk_random *random)
{
    uint32_t state[TREES][KEYS] = {{0}};
    for (uint32_t number = 1; number <= OPERATIONS; number++) {
        const struct operation *operation = &operations[number];
        choose_operation(number, (const uint32_t(*)[KEYS])state, random);
        crash_mark(CRASH_ASKED, number);
        uint32_t *node = &state[operation->tree][operation->key];
        if (!carry_out(number, *node != 0))
            return false;
        *node = operation->removes ? 0 : number;
        if (disk_random_below(random, 4) == 0) {
            TRY(log_flush_to(store.log, log_tip(store.log)));
            crash_mark(CRASH_PROMISED, number);
        }
        if (number % CHECKPOINT_EVERY == 0 && !store_checkpoint(&store))
            return false;
    }
    return true;
}

static bool run(void *context, uint64_t seed)
{
    struct disk_random random = {.state = seed};
    (void)context;
    bool is_good = start() && work(&random);
    drop();
    return is_good;
}

/* ---- looking ---- */

static bool take_node(const struct btree_node_view *node, uint32_t state[KEYS], uint32_t *last)
{
    static uint8_t ought[DATA_MAX];
    uint8_t key[KEY_SIZE_MAX];
    uint32_t number = 0;
    if (node->flags & NODE_FLAG_DELETED)
        return true;
    memcpy(&number, node->data, node->data_size < 4 ? 0 : 4);
    if (number == 0 || number > OPERATIONS)
        return problem_set("a node of operation %u", number);
    unsigned which = operations[number].key;
    size_t size = make_key(which, key);
    if (size != node->key_size || memcmp(key, node->key, size) != 0)
        return problem_set("the node of operation %u has another key", number);
    size = make_data(number, ought);
    if (size != node->data_size || memcmp(ought, node->data, size) != 0)
        return problem_set("the node of operation %u has other data", number);
    if (state[which] != 0)
        return problem_set("key %u is there twice", which);
    state[which] = number;
    *last = number > *last ? number : *last;
    return true;
}

static bool take_tree(struct tree *tree, uint32_t state[KEYS], uint32_t *last)
{
    static struct btree_position position;
    struct btree_node_view node;
    jet_err err = btree_seek(tree, BTREE_FIRST, NULL, &position, NULL);
    while (err >= JET_errSuccess) {
        TRY(btree_node(&position, &node));
        if (!take_node(&node, state, last)) {
            btree_release(&position);
            return false;
        }
        err = btree_next(&position);
    }
    return err == JET_errNoCurrentRecord || problem_none(err, "btree_next");
}

/* The last operation may have removed a node: then several numbers come into question. */
static bool look(uint32_t low, uint32_t high)
{
    static uint32_t found[TREES][KEYS], ought[TREES][KEYS];
    uint32_t last = 0;
    memset(found, 0, sizeof found);
    for (unsigned i = 0; i < TREES; i++)
        if (!take_tree(trees[i], found[i], &last))
            return false;
    for (uint32_t count = low; count <= high; count++) {
        state_after(count, ought);
        if (memcmp(found, ought, sizeof found) == 0)
            return true;
    }
    return problem_set("the trees are as after none of operations %u to %u; the newest found is %u", low, high, last);
}

static bool check(void *context, uint32_t low, uint32_t high, bool abruptly)
{
    (void)context;
    bool is_good = start() && look(low, high);
    if (is_good && !abruptly)
        is_good = problem_none(database_flush(store.db), "database_flush") && store_checkpoint(&store);
    macro_forget();
    drop();
    return is_good;
}

int main(int argc, char **argv)
{
    store = (struct store){.pages = PAGES, .frames = FRAMES, .redo = redo};
    if (!store_init(&store, argc, argv))
        return 2;
    const struct crash_subject subject = {.folder = store.folder,
                                          .page_size = store.page_size,
                                          .cases = CASES,
                                          .prepare = prepare,
                                          .run = run,
                                          .check = check,
                                          .problem = problem_text};
    int status = crash_drive(&subject);
    return store_done(&store) ? status : 2;
}
