/* SPDX-License-Identifier: MIT */
/* deep_catalog.c - the catalogue against its copy, and against the trees that it names.
 *
 * Both copies are read into memory: the records of one are compared with those of the other, and the schema is made of
 * the first one that is whole.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "isam/deep_internal.h"

/* ---- nodes in memory ---- */

static jet_err store_bytes(struct deep_store *store, const uint8_t *bytes, size_t size, size_t *ret_at)
{
    void *list = store->bytes;
    jet_err err = deep_grow(&list, store->size, &store->bytes_room, size, 1);
    if (err < JET_errSuccess)
        return err;
    store->bytes = list;
    *ret_at = store->size;
    if (size > 0)
        memcpy(store->bytes + store->size, bytes, size);
    store->size += size;
    return JET_errSuccess;
}

jet_err deep_store_add(struct deep_store *store, const struct deep_node *node)
{
    struct deep_stored stored = {.key_size = node->key_size, .data_size = node->data_size, .pgno = node->pgno};
    void *list = store->list;
    jet_err err = deep_grow(&list, store->count, &store->room, 1, sizeof stored);
    if (err < JET_errSuccess)
        return err;
    store->list = list;
    err = store_bytes(store, node->key, node->key_size, &stored.key);
    if (err == JET_errSuccess)
        err = store_bytes(store, node->data, node->data_size, &stored.data);
    if (err < JET_errSuccess)
        return err;
    store->list[store->count++] = stored;
    return JET_errSuccess;
}

void deep_store_node(const struct deep_store *store, size_t i, struct deep_node *ret_node)
{
    const struct deep_stored *stored = &store->list[i];
    *ret_node = (struct deep_node){
        .key = store->bytes + stored->key,
        .key_size = stored->key_size,
        .data = store->bytes + stored->data,
        .data_size = stored->data_size,
        .pgno = stored->pgno,
    };
}

static jet_err visit_store(void *context, const struct deep_node *node)
{
    return deep_store_add(context, node);
}

/* ---- the copy ---- */

static int compare_keys(const struct deep_node *a, const struct deep_node *b)
{
    const size_t common = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = common > 0 ? memcmp(a->key, b->key, common) : 0;
    return order != 0 ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static bool has_same_data(const struct deep_node *a, const struct deep_node *b)
{
    return a->data_size == b->data_size && (a->data_size == 0 || memcmp(a->data, b->data, a->data_size) == 0);
}

static void copy_problem(struct deep *d, const struct deep_node *node, const char *text)
{
    deep_report(d, FINDING_CATALOG_CONTENT, DEEP_BETWEEN, JET_errCatalogCorrupted, node->pgno, "%s", text);
}

/* Both are in order. */
static void compare_copies(struct deep *d)
{
    size_t i = 0, k = 0;
    while (i < d->catalog.count || k < d->shadow.count) {
        struct deep_node a = {0}, b = {0};
        int order = i == d->catalog.count ? 1 : k == d->shadow.count ? -1 : 0;
        if (i < d->catalog.count)
            deep_store_node(&d->catalog, i, &a);
        if (k < d->shadow.count)
            deep_store_node(&d->shadow, k, &b);
        if (order == 0)
            order = compare_keys(&a, &b);
        if (order < 0)
            copy_problem(d, &a, "a record that the copy of the catalogue does not have");
        else if (order > 0)
            copy_problem(d, &b, "a record that only the copy of the catalogue has");
        else if (!has_same_data(&a, &b))
            copy_problem(d, &a, "a record that is another in the copy of the catalogue");
        i += order <= 0;
        k += order >= 0;
    }
}

static jet_err read_copy(struct deep *d, pgno_t fdp, objid_t objid, struct deep_store *store)
{
    const struct deep_tree tree = {
        .fdp = fdp,
        .objid = objid,
        .kind = DEEP_TREE_TABLE,
        .pgno_parent = DEEP_ROOT_FDP,
        .level = 1,
        .table = SIZE_MAX,
    };
    size_t number;
    jet_err err = deep_tree_add(d, &tree, &number);
    if (err < JET_errSuccess)
        return err;
    return deep_tree_and_space(d, number, visit_store, store);
}

/* ---- ids and root pages ---- */

jet_err deep_tree_add(struct deep *d, const struct deep_tree *tree, size_t *ret_tree)
{
    void *list = d->trees;
    jet_err err = deep_grow(&list, d->tree_count, &d->tree_room, 1, sizeof *tree);
    if (err < JET_errSuccess)
        return err;
    d->trees = list;
    *ret_tree = d->tree_count;
    d->trees[d->tree_count++] = *tree;
    return JET_errSuccess;
}

static int compare_objids(const void *a, const void *b)
{
    const struct deep_objid *x = a, *y = b;
    return (x->objid > y->objid) - (x->objid < y->objid);
}

static jet_err sort_objids(struct deep *d)
{
    d->by_objid = malloc(d->tree_count * sizeof *d->by_objid);
    if (!d->by_objid)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < d->tree_count; i++)
        d->by_objid[i] = (struct deep_objid){d->trees[i].objid, i};
    qsort(d->by_objid, d->tree_count, sizeof *d->by_objid, compare_objids);
    return JET_errSuccess;
}

static void check_objids(struct deep *d)
{
    char name[DEEP_NAME_SIZE], other[DEEP_NAME_SIZE];
    for (size_t i = 0; i < d->tree_count; i++) {
        const struct deep_tree *tree = &d->trees[d->by_objid[i].tree];
        if (i > 0 && d->by_objid[i - 1].objid == tree->objid)
            deep_report(d, FINDING_CATALOG_CONTENT, DEEP_BETWEEN, JET_errCatalogCorrupted, tree->fdp,
                        "%s and %s have the same object id",
                        deep_tree_name(d, &d->trees[d->by_objid[i - 1].tree], other), deep_tree_name(d, tree, name));
        if (d->is_clean && tree->objid > d->objid_last)
            deep_report(d, FINDING_CATALOG_CONTENT, DEEP_BETWEEN, JET_errCatalogCorrupted, tree->fdp,
                        "%s has object id %" PRIu32 ", above the last that the header names, %" PRIu32,
                        deep_tree_name(d, tree, name), tree->objid, d->objid_last);
    }
}

/* A database whose sort version is "see MSysLocales" has that table. */
static void check_locales(struct deep *d)
{
    static const char locales[] = "MSysLocales";
    if (le64_get(d->info->header->sort_version) != UINT64_MAX)
        return;
    for (size_t i = 0; i < d->schema.table_count; i++) {
        const struct deep_bytes *name = &d->schema.tables[i].name;
        if (name->size == sizeof locales - 1 && memcmp(name->bytes, locales, sizeof locales - 1) == 0)
            return;
    }
    deep_report(d, FINDING_CATALOG_CONTENT, DEEP_WARNING, JET_errCatalogCorrupted, 0,
                "the header refers to the table MSysLocales, which does not exist");
}

static bool catalog_is_described(const struct deep *d)
{
    return d->trees[1].table != SIZE_MAX && d->trees[2].table != SIZE_MAX;
}

jet_err deep_catalog(struct deep *d)
{
    jet_err err = read_copy(d, DEEP_CATALOG_FDP, DEEP_CATALOG_OBJID, &d->catalog);
    if (err == JET_errSuccess)
        err = read_copy(d, DEEP_SHADOW_FDP, DEEP_SHADOW_OBJID, &d->shadow);
    if (err < JET_errSuccess)
        return err;
    const bool first_is_whole = d->trees[1].is_whole, second_is_whole = d->trees[2].is_whole;
    if (first_is_whole && second_is_whole)
        compare_copies(d);
    d->used = first_is_whole || !second_is_whole ? &d->catalog : &d->shadow;
    err = deep_schema_make(d, d->used);
    if (err < JET_errSuccess)
        return err;
    if (!catalog_is_described(d))
        deep_report(d, FINDING_CATALOG_CONTENT, DEEP_BETWEEN, JET_errCatalogCorrupted, DEEP_CATALOG_FDP,
                    "the catalogue does not describe itself and its copy");
    if (d->trees[1].is_whole || d->trees[2].is_whole)
        check_locales(d);
    err = sort_objids(d);
    if (err == JET_errSuccess)
        check_objids(d);
    return err;
}

/* ---- MSysObjids ---- */

enum { OBJIDS_TABLE = 1, OBJIDS_INDEX = 3, OBJIDS_LONG_VALUES = 4 };

static uint32_t objids_kind(const struct deep_tree *tree)
{
    switch (tree->kind) {
    case DEEP_TREE_TABLE: return OBJIDS_TABLE;
    case DEEP_TREE_INDEX: return OBJIDS_INDEX;
    case DEEP_TREE_LONG_VALUES: return OBJIDS_LONG_VALUES;
    case DEEP_TREE_ROOT: break;
    }
    return 0;
}

static void objids_problem(struct deep *d, pgno_t pgno, const char *what, const char *text)
{
    deep_report(d, FINDING_CATALOG_CONTENT, DEEP_WARNING, JET_errCatalogCorrupted, pgno, "table MSysObjids: %s%s", what,
                text);
}

void deep_objids_row(struct deep *d, const struct deep_node *node, objid_t objid, objid_t table, uint32_t kind)
{
    const struct deep_objid key = {objid, 0};
    const struct deep_objid *found = bsearch(&key, d->by_objid, d->tree_count, sizeof key, compare_objids);
    if (!found || d->trees[found->tree].kind == DEEP_TREE_ROOT) {
        objids_problem(d, node->pgno, "", "a row of an object that does not exist");
        return;
    }
    struct deep_tree *tree = &d->trees[found->tree];
    tree->has_row = true;
    if (objids_kind(tree) != kind || tree->table == SIZE_MAX || d->schema.tables[tree->table].objid != table)
        objids_problem(d, node->pgno, "", "a row that says something else than the catalogue");
}

void deep_objids_end(struct deep *d, pgno_t pgno)
{
    char name[DEEP_NAME_SIZE];
    for (size_t i = 1; i < d->tree_count; i++) {
        if (!d->trees[i].has_row)
            objids_problem(d, pgno, "no row of ", deep_tree_name(d, &d->trees[i], name));
    }
}
