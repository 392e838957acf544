/* SPDX-License-Identifier: MIT */
/* deep_long_values.c - the long values of one table: roots, chunks, and who refers to them.
 *
 *      key of a root    the id, 4 or 8 bytes big-endian (8: the top bit is set)
 *      key of a chunk   the id, then the offset of the chunk, 4 bytes big-endian
 *
 * The tree is in order of the ids, so it is read side by side with the sorted ids that the records refer to.
 *
 * A chunk that is shorter than what it stands for is compressed; there is no flag.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/byteorder.h"
#include "format/compressed.h"
#include "isam/deep_internal.h"

enum {
    ROOT_SIZE = 8,
    ROOT_SIZE_FLAGS = 9, /* encrypted */
    COUNT_PARTLY_DELETED = -1,
};

struct root_disk {
    le32 references; /* +0 */
    le32 size;       /* +4  bytes, uncompressed */
};
_Static_assert(sizeof(struct root_disk) == ROOT_SIZE, "file format");

/* What a key is the key of. */
struct lv_key {
    uint64_t lid;
    bool is_root;
    uint32_t offset;
};

struct lv_check {
    struct deep *d;
    const struct deep_table *table;
    const struct deep_references *references; /* sorted */
    size_t next;                              /* of them */
    bool references_are_known;
    bool has_root; /* the one below was met */
    uint64_t lid;
    uint32_t size, done; /* bytes of the value, and of the chunks met so far */
    bool is_partly_deleted, is_encrypted;
    pgno_t pgno;
};

static void lv_problem(struct lv_check *c, pgno_t pgno, uint64_t lid, const char *text)
{
    char name[DEEP_NAME_SIZE];
    deep_report(c->d, FINDING_LONG_VALUE, DEEP_BETWEEN, JET_errLVCorrupted, pgno, "%s, id %" PRIu64 ": %s",
                deep_tree_name(c->d, &c->d->trees[c->table->long_values_tree], name), lid, text);
}

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool read_key(const struct deep_node *node, struct lv_key *ret_key)
{
    const bool is_long = node->key_size > 0 && node->key[0] & 0x80;
    const size_t id_size = is_long ? 8 : 4;
    if (node->key_size != id_size && node->key_size != id_size + 4)
        return false;
    *ret_key = (struct lv_key){
        .lid = big_endian(node->key, id_size),
        .is_root = node->key_size == id_size,
    };
    if (!ret_key->is_root)
        ret_key->offset = (uint32_t)big_endian(node->key + id_size, 4);
    return true;
}

/* ---- references ---- */

/* References to values below `lid` that were not met. */
static void skip_dangling(struct lv_check *c, uint64_t lid, bool to_the_end)
{
    char name[DEEP_NAME_SIZE];
    while (c->next < c->references->count && (to_the_end || c->references->lids[c->next] < lid)) {
        const uint64_t missing = c->references->lids[c->next];
        while (c->next < c->references->count && c->references->lids[c->next] == missing)
            c->next++;
        deep_report(c->d, FINDING_LONG_VALUE, DEEP_BETWEEN, JET_errLVCorrupted, c->table->fdp,
                    "%s: a record refers to the long value %" PRIu64 ", which does not exist",
                    deep_tree_name(c->d, &c->d->trees[c->table->tree], name), missing);
    }
}

static void check_references(struct lv_check *c, const struct deep_node *node, uint64_t lid, uint32_t stored)
{
    char text[120];
    size_t count = 0;
    skip_dangling(c, lid, false);
    for (; c->next < c->references->count && c->references->lids[c->next] == lid; c->next++)
        count++;
    if (!c->references_are_known)
        return;
    if (count == 0 && (stored == 0 || stored == (uint32_t)COUNT_PARTLY_DELETED)) {
        if (c->d->is_clean) /* else somebody may have been about to remove it */
            lv_problem(c, node->pgno, lid, "no record refers to it, and it was not removed");
    } else if (count != stored) {
        (void)snprintf(text, sizeof text, "it says that it is referred to %" PRIu32 " times, and it is %zu times",
                       stored, count);
        lv_problem(c, node->pgno, lid, text);
    }
}

/* ---- values ---- */

static void finish_value(struct lv_check *c)
{
    if (c->has_root && c->done < c->size && !c->is_partly_deleted)
        lv_problem(c, c->pgno, c->lid, "its last chunks are missing");
    c->has_root = false;
}

static void visit_root(struct lv_check *c, const struct deep_node *node, uint64_t lid)
{
    const struct root_disk *disk = (const void *)node->data;
    finish_value(c);
    c->d->counts->long_values++;
    if (node->data_size != ROOT_SIZE && node->data_size != ROOT_SIZE_FLAGS) {
        lv_problem(c, node->pgno, lid, "a damaged root");
        c->lid = lid;
        return;
    }
    c->has_root = true;
    c->lid = lid;
    c->size = le32_get(disk->size);
    c->done = 0;
    c->is_partly_deleted = le32_get(disk->references) == (uint32_t)COUNT_PARTLY_DELETED;
    c->is_encrypted = node->data_size == ROOT_SIZE_FLAGS;
    c->pgno = node->pgno;
    check_references(c, node, lid, le32_get(disk->references));
}

/* Schemes that exist and are not known here; the older formats do not have those of the newer. */
static bool scheme_is_undecodable(const struct deep *d, uint8_t first)
{
    enum { SCHEME_SHIFT = 3, SCHEME_SCRUBBED = 4, SCHEME_LAST = 7, UPDATE_MAJOR_XPRESS9 = 40 };
    const unsigned scheme = first >> SCHEME_SHIFT;
    return scheme == SCHEME_SCRUBBED ||
           (scheme > SCHEME_SCRUBBED && scheme <= SCHEME_LAST && d->update_major >= UPDATE_MAJOR_XPRESS9);
}

/* The bytes of a chunk that stand for `size` bytes. */
static bool chunk_is_right(struct lv_check *c, const struct deep_node *node, uint32_t size)
{
    size_t decoded;
    if (node->data_size == size || c->is_encrypted)
        return true;
    if (node->data_size > size)
        return false;
    if (scheme_is_undecodable(c->d, node->data[0]))
        return true;
    return compressed_decode(node->data, node->data_size, c->d->scratch, DEEP_SCRATCH_SIZE, &decoded) ==
               JET_errSuccess &&
           decoded == size;
}

static void visit_chunk(struct lv_check *c, const struct deep_node *node, const struct lv_key *key)
{
    if (!c->has_root) {
        if (c->lid != key->lid)
            lv_problem(c, node->pgno, key->lid, "a chunk without a root");
        c->lid = key->lid;
        return;
    }
    if (c->lid != key->lid) {
        finish_value(c);
        lv_problem(c, node->pgno, key->lid, "a chunk without a root");
        c->lid = key->lid;
        return;
    }
    if (c->is_partly_deleted)
        return;
    const uint32_t left = c->size - c->done;
    if (key->offset != c->done || left == 0) {
        lv_problem(c, node->pgno, key->lid,
                   left == 0 ? "a chunk behind its end" : "its chunks do not follow each other");
        c->has_root = false;
        return;
    }
    const uint32_t size = left < c->table->chunk_size ? left : c->table->chunk_size;
    if (!chunk_is_right(c, node, size))
        lv_problem(c, node->pgno, key->lid, "a chunk that has not the size it should have, or cannot be decompressed");
    c->done += size;
}

static jet_err visit_node(void *context, const struct deep_node *node)
{
    struct lv_check *c = context;
    struct lv_key key;
    if (!read_key(node, &key))
        lv_problem(c, node->pgno, 0, "a node that is neither a root nor a chunk");
    else if (key.is_root)
        visit_root(c, node, key.lid);
    else
        visit_chunk(c, node, &key);
    return JET_errSuccess;
}

/* ---- the tree ---- */

static int compare_lids(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_references(struct deep_references *references)
{
    size_t i = 1;
    while (i < references->count && references->lids[i - 1] <= references->lids[i])
        i++;
    if (i < references->count)
        qsort(references->lids, references->count, sizeof *references->lids, compare_lids);
}

jet_err deep_long_values_check(struct deep *d, const struct deep_table *table, struct deep_references *references,
                               bool table_is_whole)
{
    struct lv_check c = {
        .d = d,
        .table = table,
        .references = references,
        .references_are_known = table_is_whole,
    };
    sort_references(references);
    if (table->long_values_tree == SIZE_MAX) {
        skip_dangling(&c, 0, true);
        return JET_errSuccess;
    }
    jet_err err = deep_tree_and_space(d, table->long_values_tree, visit_node, &c);
    if (err < JET_errSuccess)
        return err;
    if (!d->trees[table->long_values_tree].is_whole)
        return JET_errSuccess;
    finish_value(&c);
    skip_dangling(&c, 0, true);
    return JET_errSuccess;
}
