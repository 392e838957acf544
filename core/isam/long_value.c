/* SPDX-License-Identifier: MIT */
/* long_value.c - long values as nodes of the LV tree. See long_value.h.
 *
 * A change begins with a write lock on the root: from then on nobody else can take a reference, so a value that had one
 * keeps one until this transaction is over.
 *
 * Whatever makes or changes several nodes does all of it or nothing, in a transaction of its own inside the session's:
 * who is told that there is no room may commit what else there is.
 */
#include "isam/long_value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "btree/position.h"
#include "btree/read_ahead.h"
#include "btree/tree.h"
#include "format/compressed.h"
#include "isam/dir.h"
#include "isam/engine.h"
#include "isam/transaction.h"
#include "storage/database.h"

enum {
    LID_SIZE = 4, /* in keys, of those we make */
    LID64_SIZE = 8,
    OFFSET_SIZE = 4,
    KEY_MAX = LID64_SIZE + OFFSET_SIZE,
};

/* Data of a root. Encrypted values have a ninth byte. */
struct lvroot_disk {
    le32 references; /* +0 */
    le32 size;       /* +4  of the value, uncompressed */
};
_Static_assert(sizeof(struct lvroot_disk) == 8, "file format");

/* ---- keys ---- */

struct lv_key {
    uint8_t bytes[KEY_MAX];
    struct bookmark bookmark;
};

static bool lid_is_64(lid_t lid)
{
    return lid > UINT32_MAX;
}

static uint32_t be32_load(const uint8_t *bytes)
{
    return be32_get(*(const be32 *)bytes);
}

static void be32_store(uint32_t number, uint8_t *bytes)
{
    *(be32 *)bytes = be32_make(number);
}

static size_t lid_put(lid_t lid, uint8_t *bytes)
{
    size_t size = lid_is_64(lid) ? LID64_SIZE : LID_SIZE;
    if (size == LID64_SIZE)
        be32_store((uint32_t)(lid >> 32), bytes);
    be32_store((uint32_t)lid, bytes + size - 4);
    return size;
}

static void key_of_root(lid_t lid, struct lv_key *ret_key)
{
    ret_key->bookmark = (struct bookmark){.key = ret_key->bytes, .key_size = lid_put(lid, ret_key->bytes)};
}

static void key_of_chunk(lid_t lid, uint32_t offset, struct lv_key *ret_key)
{
    size_t size = lid_put(lid, ret_key->bytes);
    be32_store(offset, ret_key->bytes + size);
    ret_key->bookmark = (struct bookmark){.key = ret_key->bytes, .key_size = size + OFFSET_SIZE};
}

/* Does this key belong to the value, as one of its chunks; at which offset? */
static bool key_is_chunk(const struct dir_view *view, lid_t lid, uint32_t *ret_offset)
{
    uint8_t bytes[LID64_SIZE];
    size_t size = lid_put(lid, bytes);
    if (view->key_size != size + OFFSET_SIZE || memcmp(view->key, bytes, size) != 0)
        return false;
    *ret_offset = be32_load(view->key + size);
    return true;
}

/* ---- root ---- */

struct lv_root {
    uint32_t references;
    uint32_t size;
};

static jet_err root_get(struct session *session, const struct long_values *values, lid_t lid, struct lv_root *ret_root)
{
    struct dir_cursor *cursor;
    struct lv_key key;
    struct dir_view view;
    key_of_root(lid, &key);
    jet_err err = dir_open(session, values->tree, &cursor);
    if (err < JET_errSuccess)
        return err;
    err = dir_goto(cursor, &key.bookmark);
    if (err >= JET_errSuccess)
        err = dir_get(cursor, &view);
    if (err >= JET_errSuccess && view.data_size < sizeof(struct lvroot_disk))
        err = CORRUPT(JET_errLVCorrupted);
    if (err >= JET_errSuccess) {
        const struct lvroot_disk *disk = (const struct lvroot_disk *)view.data;
        *ret_root = (struct lv_root){le32_get(disk->references), le32_get(disk->size)};
        if (ret_root->size > LV_SIZE_MAX)
            err = CORRUPT(JET_errLVCorrupted);
    }
    dir_close(cursor);
    return err;
}

static jet_err root_set_size(struct session *session, const struct long_values *values, lid_t lid,
                             const struct lv_root *root, uint32_t size)
{
    struct lv_key key;
    struct lvroot_disk disk;
    key_of_root(lid, &key);
    disk.references = le32_make(root->references);
    disk.size = le32_make(size);
    return dir_replace(session, values->tree, &key.bookmark, &disk, sizeof disk, 0);
}

/* Nobody else may touch the value, and it is ours alone. */
static jet_err root_lock(struct session *session, const struct long_values *values, lid_t lid, struct lv_root *ret_root)
{
    struct lv_key key;
    key_of_root(lid, &key);
    jet_err err = dir_lock(session, values->tree, &key.bookmark, DIR_LOCK_WRITE);
    return err < JET_errSuccess ? err : root_get(session, values, lid, ret_root);
}

static jet_err change_begin(struct session *session, const struct long_values *values)
{
    jet_err err = transaction_may_change(session, values->tree->db);
    return err < JET_errSuccess ? err : transaction_begin_nested(session);
}

/* ---- open, create ---- */

/* The highest LID32 of the tree, whatever becomes of its value. */
static jet_err lid_last_find(struct tree *tree, uint32_t *ret_lid)
{
    static const uint8_t lid64_first[] = {0x80};
    struct bookmark end = {.key = lid64_first, .key_size = sizeof lid64_first};
    struct btree_position position;
    struct btree_node_view node;
    jet_err err = btree_seek(tree, BTREE_LAST_LESS, &end, &position, NULL);
    if (err == JET_errNoCurrentRecord) {
        *ret_lid = 0;
        return JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return err;
    err = btree_node(&position, &node);
    if (err >= JET_errSuccess && node.key_size < LID_SIZE)
        err = CORRUPT(JET_errLVCorrupted);
    if (err >= JET_errSuccess)
        *ret_lid = be32_load(node.key);
    btree_release(&position);
    return err;
}

jet_err lv_open(struct tree *tree, uint32_t chunk_size, struct long_values *ret_values)
{
    uint32_t lid;
    jet_err err = lid_last_find(tree, &lid);
    if (err < JET_errSuccess)
        return err;
    uint32_t chunk_size_max = lv_chunk_size_default(tree->db->page_size);
    if (chunk_size > chunk_size_max)
        return CORRUPT(JET_errLVCorrupted);
    ret_values->tree = tree;
    ret_values->chunk_size = chunk_size ? chunk_size : chunk_size_max;
    atomic_init(&ret_values->lid_last, lid);
    return JET_errSuccess;
}

static jet_err lid_next(struct long_values *values, lid_t *ret_lid)
{
    uint32_t lid = atomic_load_explicit(&values->lid_last, memory_order_relaxed);
    do {
        if (lid >= LV_LID32_MAX)
            return JET_errOutOfLongValueIDs;
    } while (!atomic_compare_exchange_weak_explicit(&values->lid_last, &lid, lid + 1, memory_order_relaxed,
                                                    memory_order_relaxed));
    *ret_lid = lid + 1;
    return JET_errSuccess;
}

/* Room for a chunk that is compressed; NULL: it is not to be. */
static jet_err room_new(const struct long_values *values, unsigned flags, uint8_t **ret_room)
{
    *ret_room = flags & LV_COMPRESS ? malloc(values->chunk_size) : NULL;
    return *ret_room || !(flags & LV_COMPRESS) ? JET_errSuccess : JET_errOutOfMemory;
}

/* The bytes as they are stored: nothing says that they are compressed but that they are fewer. */
static void chunk_encode(const struct session *session, const void **bytes, size_t *size, uint8_t *room)
{
    size_t made;
    if (!room || !compressed_encode(*bytes, *size, session->engine->config.xpress_min, room, &made))
        return;
    *bytes = room;
    *size = made;
}

static jet_err chunk_insert(struct session *session, const struct long_values *values, lid_t lid, uint32_t offset,
                            const void *bytes, size_t size, uint8_t *room)
{
    struct lv_key key;
    key_of_chunk(lid, offset, &key);
    chunk_encode(session, &bytes, &size, room);
    key.bookmark.data = bytes;
    key.bookmark.data_size = size;
    return dir_insert(session, values->tree, &key.bookmark, 0);
}

static jet_err root_insert(struct session *session, const struct long_values *values, lid_t lid, uint32_t size)
{
    struct lv_key key;
    struct lvroot_disk disk;
    key_of_root(lid, &key);
    disk.references = le32_make(1);
    disk.size = le32_make(size);
    key.bookmark.data = (const uint8_t *)&disk;
    key.bookmark.data_size = sizeof disk;
    return dir_insert(session, values->tree, &key.bookmark, 0);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* New chunks for [offset, offset + size), offset at the beginning of a chunk; `bytes` NULL: zeros. */
static jet_err chunks_insert(struct session *session, const struct long_values *values, lid_t lid, uint32_t offset,
                             const uint8_t *bytes, uint32_t size, unsigned flags)
{
    uint8_t *zeros = bytes || size == 0 ? NULL : calloc(1, values->chunk_size), *room = NULL;
    jet_err err = !bytes && !zeros && size > 0 ? JET_errOutOfMemory : room_new(values, flags, &room);
    for (uint32_t done = 0; done < size && err >= JET_errSuccess;) {
        uint32_t count = smaller(size - done, values->chunk_size);
        err = chunk_insert(session, values, lid, offset + done, bytes ? bytes + done : zeros, count, room);
        done += count;
    }
    free(zeros);
    free(room);
    return err;
}

static jet_err create_parts(struct session *session, struct long_values *values, const void *bytes, uint32_t size,
                            unsigned flags, lid_t *ret_lid)
{
    jet_err err = lid_next(values, ret_lid);
    if (err >= JET_errSuccess)
        err = root_insert(session, values, *ret_lid, size);
    return err >= JET_errSuccess ? chunks_insert(session, values, *ret_lid, 0, bytes, size, flags) : err;
}

jet_err lv_create(struct session *session, struct long_values *values, const void *bytes, size_t size, unsigned flags,
                  lid_t *ret_lid)
{
    lid_t lid = 0;
    if (size > LV_SIZE_MAX)
        return JET_errColumnTooBig;
    jet_err err = change_begin(session, values);
    if (err < JET_errSuccess)
        return err;
    err = transaction_end_nested(session, create_parts(session, values, bytes, (uint32_t)size, flags, &lid));
    if (err >= JET_errSuccess)
        *ret_lid = lid;
    return err;
}

/* ---- read ---- */

/* The bytes of a chunk that is latched; `whole`: how many it must have. Compressed ones are decoded into `buffer` of a
 * chunk's size; `*ret_bytes` is borrowed from there or from the page. */
static jet_err chunk_decode(const struct dir_view *view, uint32_t whole, uint8_t *buffer, const uint8_t **ret_bytes)
{
    size_t size;
    if (view->data_size > whole)
        return CORRUPT(JET_errLVCorrupted);
    if (view->data_size == whole) {
        *ret_bytes = view->data;
        return JET_errSuccess;
    }
    jet_err err = compressed_decode(view->data, view->data_size, buffer, whole, &size);
    if (err == JET_errBufferTooSmall || (err >= JET_errSuccess && size != whole))
        return CORRUPT(JET_errLVCorrupted);
    if (err >= JET_errSuccess)
        *ret_bytes = buffer;
    return err;
}

/* Walks over the chunks of a value, in order. */
struct chunk_walk {
    const struct long_values *values;
    lid_t lid;
    uint32_t size; /* of the value */
    struct dir_cursor *cursor;
    uint8_t *buffer; /* one chunk; NULL until one is compressed */
};

static jet_err walk_open(struct session *session, const struct long_values *values, lid_t lid, uint32_t size,
                         struct chunk_walk *ret_walk)
{
    *ret_walk = (struct chunk_walk){.values = values, .lid = lid, .size = size};
    ret_walk->buffer = malloc(values->chunk_size);
    if (!ret_walk->buffer)
        return JET_errOutOfMemory;
    jet_err err = dir_open(session, values->tree, &ret_walk->cursor);
    if (err < JET_errSuccess)
        free(ret_walk->buffer);
    return err;
}

static void walk_close(struct chunk_walk *walk)
{
    dir_close(walk->cursor);
    free(walk->buffer);
}

/* The bytes of the chunk at `offset`: the next one if the cursor is on the one before. Borrowed until the walk goes
 * on. */
static jet_err walk_to(struct chunk_walk *walk, uint32_t offset, bool is_next, const uint8_t **ret_bytes)
{
    struct lv_key key;
    struct dir_view view;
    uint32_t found;
    jet_err err;
    if (is_next) {
        err = dir_move(walk->cursor, DIR_NEXT);
    } else {
        key_of_chunk(walk->lid, offset, &key);
        err = dir_goto(walk->cursor, &key.bookmark);
    }
    if (err >= JET_errSuccess)
        err = dir_get(walk->cursor, &view);
    if (err == JET_errNoCurrentRecord || err == JET_errRecordDeleted)
        return CORRUPT(JET_errLVCorrupted);
    if (err < JET_errSuccess)
        return err;
    if (!key_is_chunk(&view, walk->lid, &found) || found != offset)
        return CORRUPT(JET_errLVCorrupted);
    return chunk_decode(&view, smaller(walk->size - offset, walk->values->chunk_size), walk->buffer, ret_bytes);
}

static jet_err walk_read(struct chunk_walk *walk, uint32_t offset, uint8_t *buffer, uint32_t size)
{
    uint32_t chunk_size = walk->values->chunk_size;
    bool is_next = false;
    while (size > 0) {
        const uint8_t *bytes;
        uint32_t within = offset % chunk_size;
        uint32_t count = smaller(size, chunk_size - within);
        jet_err err = walk_to(walk, offset - within, is_next, &bytes);
        if (err < JET_errSuccess)
            return err;
        memcpy(buffer, bytes + within, count);
        offset += count;
        buffer += count;
        size -= count;
        is_next = true;
    }
    return JET_errSuccess;
}

jet_err lv_size(struct session *session, struct long_values *values, lid_t lid, uint32_t *ret_size)
{
    struct lv_root root;
    jet_err err = root_get(session, values, lid, &root);
    if (err >= JET_errSuccess)
        *ret_size = root.size;
    return err;
}

jet_err lv_references(struct session *session, struct long_values *values, lid_t lid, uint32_t *ret_count)
{
    struct lv_root root;
    jet_err err = root_get(session, values, lid, &root);
    if (err >= JET_errSuccess)
        *ret_count = root.references;
    return err;
}

jet_err lv_is_shared(struct session *session, struct long_values *values, lid_t lid, bool *ret_shared)
{
    struct lv_root root;
    jet_err err = root_get(session, values, lid, &root);
    if (err >= JET_errSuccess)
        *ret_shared = root.references > 1;
    return err;
}

jet_err lv_read(struct session *session, struct long_values *values, lid_t lid, uint32_t offset, void *buffer,
                size_t size, size_t *ret_actual)
{
    struct lv_root root;
    struct chunk_walk walk;
    jet_err err = root_get(session, values, lid, &root);
    if (err < JET_errSuccess)
        return err;
    uint32_t left = offset < root.size ? root.size - offset : 0;
    uint32_t count = size < left ? (uint32_t)size : left;
    if (count > 0) {
        err = walk_open(session, values, lid, root.size, &walk);
        if (err < JET_errSuccess)
            return err;
        err = walk_read(&walk, offset, buffer, count);
        walk_close(&walk);
    }
    if (err >= JET_errSuccess)
        *ret_actual = count;
    return err;
}

/* ---- change ---- */

/* Other bytes for a chunk: the first `kept` of what it has, with `size` new ones at `within`. The chunk then has
 * `new_size` bytes; where nothing was or comes, zeros. */
struct chunk_patch {
    uint32_t offset; /* of the chunk */
    uint32_t old_size;
    uint32_t new_size;
    uint32_t within;
    const uint8_t *bytes; /* NULL: zeros */
    uint32_t size;
};

static jet_err chunk_patch(struct session *session, const struct long_values *values, lid_t lid,
                           const struct chunk_patch *patch, unsigned flags)
{
    struct chunk_walk walk;
    struct lv_key key;
    const uint8_t *old;
    uint8_t *data = calloc(1, values->chunk_size), *room = NULL;
    jet_err err = data ? room_new(values, flags, &room) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = walk_open(session, values, lid, patch->offset + patch->old_size, &walk);
    if (err < JET_errSuccess) {
        free(data);
        free(room);
        return err;
    }
    err = walk_to(&walk, patch->offset, false, &old);
    if (err >= JET_errSuccess)
        memcpy(data, old, smaller(patch->old_size, patch->new_size));
    walk_close(&walk);
    if (err >= JET_errSuccess) {
        if (patch->bytes)
            memcpy(data + patch->within, patch->bytes, patch->size);
        else
            memset(data + patch->within, 0, patch->size);
        const void *stored = data;
        size_t stored_size = patch->new_size;
        chunk_encode(session, &stored, &stored_size, room);
        key_of_chunk(lid, patch->offset, &key);
        err = dir_replace(session, values->tree, &key.bookmark, stored, stored_size, 0);
    }
    free(data);
    free(room);
    return err;
}

/* Writes into chunks that exist: [offset, offset + size) begins inside the value, or at the end of its last chunk,
 * which may grow to the full chunk. `size_after` is the size the value will have. */
static jet_err chunks_patch(struct session *session, const struct long_values *values, lid_t lid,
                            const struct lv_root *root, uint32_t size_after, uint32_t offset, const uint8_t *bytes,
                            uint32_t size, unsigned flags)
{
    uint32_t chunk_size = values->chunk_size;
    jet_err err = JET_errSuccess;
    while (size > 0 && err >= JET_errSuccess) {
        struct chunk_patch patch = {.offset = offset - offset % chunk_size, .within = offset % chunk_size};
        patch.old_size = smaller(root->size - patch.offset, chunk_size);
        patch.new_size = smaller(size_after - patch.offset, chunk_size);
        patch.size = smaller(size, chunk_size - patch.within);
        patch.bytes = bytes;
        err = chunk_patch(session, values, lid, &patch, flags);
        offset += patch.size;
        size -= patch.size;
        bytes = bytes ? bytes + patch.size : NULL;
    }
    return err;
}

/* The value grows by zeros from its size to `size`, first in its last chunk. The root is left alone. */
static jet_err grow(struct session *session, const struct long_values *values, lid_t lid, struct lv_root *root,
                    uint32_t size, const uint8_t *bytes, unsigned flags)
{
    uint32_t chunk_size = values->chunk_size;
    uint32_t added = size - root->size;
    uint32_t room = root->size % chunk_size ? chunk_size - root->size % chunk_size : 0;
    uint32_t in_last = smaller(added, room);
    jet_err err = chunks_patch(session, values, lid, root, size, root->size, bytes, in_last, flags);
    if (err >= JET_errSuccess)
        err = chunks_insert(session, values, lid, root->size + in_last, bytes ? bytes + in_last : NULL, added - in_last,
                            flags);
    if (err >= JET_errSuccess)
        root->size = size;
    return err;
}

/* Deletes the chunks from `first` (an offset) on. */
static jet_err chunks_delete(struct session *session, const struct long_values *values, lid_t lid, uint32_t first,
                             uint32_t end)
{
    jet_err err = JET_errSuccess;
    for (uint64_t offset = first; offset < end && err >= JET_errSuccess; offset += values->chunk_size) {
        struct lv_key key;
        key_of_chunk(lid, (uint32_t)offset, &key);
        err = dir_delete(session, values->tree, &key.bookmark, 0);
    }
    return err == JET_errRecordDeleted ? CORRUPT(JET_errLVCorrupted) : err;
}

static jet_err shrink(struct session *session, const struct long_values *values, lid_t lid, const struct lv_root *root,
                      uint32_t size, unsigned flags)
{
    uint32_t chunk_size = values->chunk_size;
    uint32_t in_last = size % chunk_size;
    uint32_t last = size - in_last;
    jet_err err = chunks_delete(session, values, lid, in_last ? last + chunk_size : last, root->size);
    if (err < JET_errSuccess || in_last == 0)
        return err;
    struct chunk_patch patch = {
        .offset = last, .old_size = smaller(root->size - last, chunk_size), .new_size = in_last};
    return patch.old_size == patch.new_size ? JET_errSuccess : chunk_patch(session, values, lid, &patch, flags);
}

/* `root` is locked. */
static jet_err write_parts(struct session *session, const struct long_values *values, lid_t lid,
                           const struct lv_root *before, uint32_t offset, const uint8_t *from, size_t size,
                           unsigned flags)
{
    struct lv_root root = *before;
    jet_err err = JET_errSuccess;
    if (size > LV_SIZE_MAX || offset > LV_SIZE_MAX - size)
        return JET_errColumnTooBig;
    if (size == 0)
        return err;
    uint32_t end = offset + (uint32_t)size;
    uint32_t inside = offset < root.size ? smaller((uint32_t)size, root.size - offset) : 0;
    err = chunks_patch(session, values, lid, &root, root.size, offset, from, inside, flags);
    if (err >= JET_errSuccess && offset > root.size)
        err = grow(session, values, lid, &root, offset, NULL, flags);
    if (err >= JET_errSuccess && end > root.size)
        err = grow(session, values, lid, &root, end, from ? from + inside : NULL, flags);
    if (err >= JET_errSuccess && root.size != before->size)
        err = root_set_size(session, values, lid, &root, root.size);
    return err;
}

jet_err lv_write(struct session *session, struct long_values *values, lid_t lid, uint32_t offset, const void *bytes,
                 size_t size, unsigned flags)
{
    struct lv_root root;
    jet_err err = change_begin(session, values);
    if (err < JET_errSuccess)
        return err;
    err = root_lock(session, values, lid, &root);
    if (err >= JET_errSuccess)
        err = write_parts(session, values, lid, &root, offset, bytes, size, flags);
    return transaction_end_nested(session, err);
}

jet_err lv_append(struct session *session, struct long_values *values, lid_t lid, const void *bytes, size_t size,
                  unsigned flags)
{
    struct lv_root root;
    jet_err err = change_begin(session, values);
    if (err < JET_errSuccess)
        return err;
    err = root_lock(session, values, lid, &root);
    if (err >= JET_errSuccess)
        err = write_parts(session, values, lid, &root, root.size, bytes, size, flags);
    return transaction_end_nested(session, err);
}

static jet_err resize_parts(struct session *session, const struct long_values *values, lid_t lid, uint32_t size,
                            unsigned flags)
{
    struct lv_root root;
    jet_err err = root_lock(session, values, lid, &root);
    if (err < JET_errSuccess || size == root.size)
        return err;
    err = size < root.size ? shrink(session, values, lid, &root, size, flags)
                           : grow(session, values, lid, &root, size, NULL, flags);
    return err < JET_errSuccess ? err : root_set_size(session, values, lid, &root, size);
}

jet_err lv_resize(struct session *session, struct long_values *values, lid_t lid, uint32_t size, unsigned flags)
{
    jet_err err = size > LV_SIZE_MAX ? JET_errColumnTooBig : change_begin(session, values);
    if (err < JET_errSuccess)
        return err;
    return transaction_end_nested(session, resize_parts(session, values, lid, size, flags));
}

/* ---- copies and references ---- */

static jet_err copy_parts(struct session *session, struct long_values *values, lid_t from, unsigned flags,
                          lid_t *ret_lid)
{
    struct lv_root root;
    lid_t lid;
    uint8_t *buffer = NULL, *room = NULL;
    jet_err err = room_new(values, flags, &room);
    if (err >= JET_errSuccess)
        err = root_get(session, values, from, &root);
    if (err >= JET_errSuccess)
        err = lv_create(session, values, NULL, 0, 0, &lid);
    if (err >= JET_errSuccess && !(buffer = malloc(values->chunk_size)))
        err = JET_errOutOfMemory;
    for (uint32_t offset = 0; err >= JET_errSuccess && offset < root.size; offset += values->chunk_size) {
        size_t count;
        err = lv_read(session, values, from, offset, buffer, values->chunk_size, &count);
        if (err >= JET_errSuccess)
            err = chunk_insert(session, values, lid, offset, buffer, count, room);
    }
    free(room);
    if (err >= JET_errSuccess)
        err = root_set_size(session, values, lid, &(struct lv_root){.references = 1}, root.size);
    free(buffer);
    if (err >= JET_errSuccess)
        *ret_lid = lid;
    return err;
}

jet_err lv_copy(struct session *session, struct long_values *values, lid_t from, unsigned flags, lid_t *ret_lid)
{
    lid_t lid = 0;
    jet_err err = change_begin(session, values);
    if (err < JET_errSuccess)
        return err;
    err = transaction_end_nested(session, copy_parts(session, values, from, flags, &lid));
    if (err >= JET_errSuccess)
        *ret_lid = lid;
    return err;
}

jet_err lv_add_reference(struct session *session, struct long_values *values, lid_t lid)
{
    struct lv_key key;
    key_of_root(lid, &key);
    return dir_delta(session, values->tree, &key.bookmark, offsetof(struct lvroot_disk, references), 4, 1, NULL);
}

static jet_err release_parts(struct session *session, const struct long_values *values, lid_t lid)
{
    struct lv_root root;
    struct lv_key key;
    int64_t before;
    key_of_root(lid, &key);
    jet_err err = root_get(session, values, lid, &root);
    if (err >= JET_errSuccess)
        err = dir_delta(session, values->tree, &key.bookmark, offsetof(struct lvroot_disk, references), 4, -1, &before);
    if (err < JET_errSuccess || before > 1)
        return err;
    err = dir_delete(session, values->tree, &key.bookmark, 0);
    return err < JET_errSuccess ? err : chunks_delete(session, values, lid, 0, root.size);
}

jet_err lv_release(struct session *session, struct long_values *values, lid_t lid)
{
    jet_err err = change_begin(session, values);
    return err < JET_errSuccess ? err : transaction_end_nested(session, release_parts(session, values, lid));
}

/* ---- measuring ---- */

static jet_err chunks_measure(struct session *session, struct long_values *values, lid_t lid, struct lv_extent *extent)
{
    struct dir_cursor *cursor;
    struct dir_view view;
    struct lv_key key;
    uint32_t offset;
    jet_err err = dir_open(session, values->tree, &cursor);
    if (err < JET_errSuccess)
        return err;
    key_of_root(lid, &key);
    err = dir_goto(cursor, &key.bookmark);
    while (err >= JET_errSuccess) {
        err = dir_move(cursor, DIR_NEXT);
        if (err >= JET_errSuccess)
            err = dir_get(cursor, &view);
        if (err < JET_errSuccess || !key_is_chunk(&view, lid, &offset))
            break;
        extent->stored += view.data_size;
        extent->chunks++;
    }
    dir_close(cursor);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

jet_err lv_measure(struct session *session, struct long_values *values, lid_t lid, bool chunks,
                   struct lv_extent *ret_extent)
{
    *ret_extent = (struct lv_extent){0};
    jet_err err = lv_size(session, values, lid, &ret_extent->size);
    if (err >= JET_errSuccess && chunks)
        return chunks_measure(session, values, lid, ret_extent);
    ret_extent->stored = ret_extent->size;
    return err;
}

/* ---- reading ahead ---- */

jet_err lv_read_ahead(struct long_values *values, lid_t lid, uint32_t pages_max, uint32_t *ret_pages)
{
    struct lv_key first, last;
    key_of_root(lid, &first);
    key_of_chunk(lid, UINT32_MAX, &last);
    return btree_read_ahead(values->tree, &first.bookmark, &last.bookmark, pages_max, ret_pages);
}
