/* SPDX-License-Identifier: MIT */
/* version.c - chains of versions: making, finding, looking through them. See version.h.
 *
 * A bucket's latch guards the list of its chains and the versions of each. What a chain and a version say about
 * themselves (bookmark, kind, image) is constant once it can be found, so a reader needs the latch only while he walks.
 *
 * A bucket that is empty is seen so without its latch: versions of a node come while its page is latched exclusively,
 * and whoever asks has it latched, so what he may not miss was stored before he got the latch.
 */
#include "isam/version.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"
#include "os/os_word.h"
#include "storage/database.h"

enum {
    BUCKETS_MIN = 4096,
    BUCKETS_MAX = 1 << 18,
    BYTES_PER_BUCKET = 512, /* of the memory allowed: a version and its chain take about as much */
    PENDING_LISTS = 1024,
    PASSES_WITHOUT_EFFECT = 3, /* of the clean-up, before a change that waits for room gives up, */
    SNAPSHOT_PATIENCE = 200,   /* ... and if somebody else's snapshot is in the way */
    SNAPSHOT_WAIT_MS = 5,      /* between such passes, which are over at once */
};

/* ---- store ---- */

static size_t bucket_count(uint64_t bytes_max)
{
    size_t count = BUCKETS_MIN;
    while (count < BUCKETS_MAX && count * BYTES_PER_BUCKET < bytes_max)
        count *= 2;
    return count;
}

jet_err version_store_new(struct engine *engine, struct version_store **ret_store)
{
    struct version_store *store = calloc(1, sizeof *store);
    if (!store)
        return JET_errOutOfMemory;
    store->engine = engine;
    store->bytes_max = (uint64_t)engine->config.version_pages_max * ENGINE_VERSION_PAGE;
    store->bytes_preferred = (uint64_t)engine->config.version_pages_preferred * ENGINE_VERSION_PAGE;
    if (store->bytes_preferred == 0 || store->bytes_preferred > store->bytes_max)
        store->bytes_preferred = store->bytes_max / 2;
    size_t buckets = bucket_count(store->bytes_max);
    store->bucket_mask = buckets - 1;
    store->pending_mask = PENDING_LISTS - 1;
    store->buckets = calloc(buckets, sizeof *store->buckets); /* zeros are empty lists and free latches */
    store->pending = calloc(PENDING_LISTS, sizeof *store->pending);
    jet_err err = store->buckets && store->pending ? version_cleaner_init(store) : JET_errOutOfMemory;
    if (err < JET_errSuccess) {
        version_store_free(store);
        return err;
    }
    *ret_store = store;
    return JET_errSuccess;
}

static void free_trx_list(struct version_store *store, struct trx **list)
{
    while (*list) {
        struct trx *trx = *list;
        *list = trx->next;
        version_free_trx(store, trx);
    }
}

void version_store_free(struct version_store *store)
{
    if (!store)
        return;
    struct transactions *transactions = store->engine->transactions;
    if (transactions) {
        free_trx_list(store, &transactions->queue_first);
        transactions->queue_last = NULL;
        free_trx_list(store, &transactions->abandoned);
    }
    assert(atomic_load(&store->count) == 0);
    version_cleaner_destroy(store);
    free(store->pending);
    free(store->buckets);
    free(store);
}

void version_statistics(const struct engine *engine, struct version_statistics *ret_statistics)
{
    const struct version_store *store = engine->versions;
    *ret_statistics = (struct version_statistics){
        .count = atomic_load_explicit(&store->count, memory_order_relaxed),
        .bytes = atomic_load_explicit(&store->bytes, memory_order_relaxed),
        .bytes_max = store->bytes_max,
        .nodes_removed = atomic_load_explicit(&store->cleaner.removed, memory_order_relaxed),
    };
}

static bool has_room(const struct version_store *store, size_t size)
{
    return atomic_load_explicit(&store->bytes, memory_order_relaxed) + size <= store->bytes_max;
}

/* As long as the clean-up gets on, it is only behind. What it must not take yet because its commit is lazy becomes
 * durable first. A pass may have begun before that: so one without any effect says nothing. */
static bool wait_for_room(const struct session *session, size_t size)
{
    struct version_store *store = session->engine->versions;
    struct version_cleaner *cleaner = &store->cleaner;
    _Atomic uint32_t nobody = 0;
    unsigned idle = 0;

    while (idle < SNAPSHOT_PATIENCE && !has_room(store, size)) {
        const uint64_t settled = atomic_load_explicit(&cleaner->settled, memory_order_relaxed);
        const uint64_t bytes = atomic_load_explicit(&store->bytes, memory_order_relaxed);
        struct log_stream *log = store->engine->log;
        if (log && log_flush_to(log, log_tip(log)) < JET_errSuccess)
            return false;
        version_cleaner_wait(store);
        const bool gets_on = atomic_load_explicit(&cleaner->settled, memory_order_relaxed) != settled ||
                             atomic_load_explicit(&store->bytes, memory_order_relaxed) < bytes;
        idle = gets_on ? 0 : idle + 1;
        if (idle < PASSES_WITHOUT_EFFECT)
            continue;
        if (session->trx_begin0 == transaction_oldest(session->engine))
            return false; /* our own snapshot is, and will be */
        os_word_wait(&nobody, 0, SNAPSHOT_WAIT_MS);
    }
    return has_room(store, size);
}

jet_err version_make_room(struct session *session, size_t size)
{
    struct version_store *store = session->engine->versions;
    uint64_t wanted = atomic_load_explicit(&store->bytes, memory_order_relaxed) + size;
    if (wanted <= store->bytes_preferred || session->is_system)
        return JET_errSuccess;
    version_cleaner_wake(store);
    if (wanted <= store->bytes_max || wait_for_room(session, size))
        return JET_errSuccess;
    engine_report(session->engine, ENGINE_EVENT_VERSIONS_FULL, JET_errVersionStoreOutOfMemory, session->procid, NULL);
    return JET_errVersionStoreOutOfMemory;
}

/* ---- chains ---- */

/* 64-bit FNV-1a over eight bytes at a time where that is possible, mixed at the end. */
static uint64_t hash_bytes(uint64_t hash, const uint8_t *bytes, size_t size)
{
    const uint64_t prime = UINT64_C(0x100000001B3);
    while (size >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 29;
        bytes += 8;
        size -= 8;
    }
    while (size-- > 0)
        hash = (hash ^ *bytes++) * prime;
    return hash;
}

/* The last byte is added, not mixed in: keys that follow each other are in buckets that follow each other. */
uint64_t version_key_hash(const struct version_key *key)
{
    const size_t data_size = key->data_size > 0 ? key->data_size - 1 : 0;
    const size_t key_size = key->data_size == 0 && key->key_size > 0 ? key->key_size - 1 : key->key_size;
    const uint8_t last = key->data_size > 0 ? key->data[data_size] : key->key_size > 0 ? key->key[key_size] : 0;
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ ((uint64_t)key->objid << 8) ^ key->db->dbid;
    hash = hash_bytes(hash, key->key, key_size);
    hash = hash_bytes(hash, key->data, data_size);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9E3779B97F4A7C15);
    return (hash ^ (hash >> 29)) + last;
}

static struct version_bucket *bucket_of(const struct version_store *store, uint64_t hash)
{
    return &store->buckets[hash & store->bucket_mask];
}

static bool chain_is(const struct version_chain *chain, uint64_t hash, const struct version_key *key)
{
    return chain->hash == hash && chain->db == key->db && chain->objid == key->objid &&
           chain->key_size == key->key_size && chain->data_size == key->data_size &&
           memcmp(chain->bytes, key->key, key->key_size) == 0 &&
           (key->data_size == 0 || memcmp(chain->bytes + key->key_size, key->data, key->data_size) == 0) &&
           !atomic_load_explicit(&chain->is_forgotten, memory_order_relaxed);
}

static struct version_chain *chain_find(struct version_bucket *bucket, uint64_t hash, const struct version_key *key)
{
    struct version_chain *chain = atomic_load_explicit(&bucket->first, memory_order_acquire);
    while (chain && !chain_is(chain, hash, key))
        chain = chain->next;
    return chain;
}

static size_t chain_size(const struct version_key *key)
{
    return sizeof(struct version_chain) + key->key_size + key->data_size;
}

static void chain_init(struct version_chain *chain, const struct version_key *key, uint64_t hash, struct version *home)
{
    memset(chain, 0, sizeof *chain);
    chain->hash = hash;
    chain->home = home;
    chain->db = key->db;
    chain->dbid = key->db->dbid;
    chain->fdp = key->fdp;
    chain->objid = key->objid;
    chain->is_unique = key->is_unique;
    chain->key_size = (uint32_t)key->key_size;
    chain->data_size = (uint32_t)key->data_size;
    chain->charged = (uint32_t)chain_size(key);
    if (key->key_size > 0)
        memcpy(chain->bytes, key->key, key->key_size);
    if (key->data_size > 0)
        memcpy(chain->bytes + key->key_size, key->data, key->data_size);
}

/* The bucket is latched exclusively. The memory stays. */
static void chain_unhook(struct version_store *store, struct version_bucket *bucket, struct version_chain *chain)
{
    struct version_chain *first = atomic_load_explicit(&bucket->first, memory_order_relaxed);
    if (first == chain) {
        atomic_store_explicit(&bucket->first, chain->next, memory_order_release);
    } else {
        while (first->next != chain)
            first = first->next;
        first->next = chain->next;
    }
    atomic_fetch_sub_explicit(&store->bytes, chain->charged, memory_order_relaxed);
}

void version_chain_key(const struct version_chain *chain, struct version_key *ret_key)
{
    *ret_key = (struct version_key){
        .db = chain->db,
        .fdp = chain->fdp,
        .objid = chain->objid,
        .is_unique = chain->is_unique,
        .key = chain->bytes,
        .key_size = chain->key_size,
        .data = chain->bytes + chain->key_size,
        .data_size = chain->data_size,
    };
}

/* ---- making and unmaking ---- */

/* Of a version with its image; what comes behind is aligned. */
static size_t version_size(size_t image_size)
{
    const size_t alignment = _Alignof(struct version_chain);
    return (sizeof(struct version) + image_size + alignment - 1) / alignment * alignment;
}

/* With room for `more` bytes behind version_size(). */
static struct version *version_make(const struct version_new *what, size_t more)
{
    struct version *v = malloc(version_size(what->image_size) + more);
    if (!v)
        return NULL;
    memset(v, 0, sizeof *v);
    v->kind = (uint8_t)what->kind;
    atomic_init(&v->level, (uint8_t)what->level);
    v->delta = what->delta;
    v->delta_offset = what->delta_offset;
    v->image = (uint8_t *)(v + 1);
    v->image_size = (uint32_t)what->image_size;
    v->charged = what->is_free_of_charge ? 0 : (uint32_t)(sizeof *v + what->image_size);
    v->has_image = what->kind != VERSION_REPLACE || what->image;
    if (what->image_size > 0)
        memcpy(v->image, what->image, what->image_size);
    return v;
}

/* A version, and a chain that it may need: in one piece of memory if it will need it, which is mostly so. */
static jet_err version_make_chained(const struct version_new *what, const struct version_key *key, uint64_t hash,
                                    bool in_one, struct version **ret_version, struct version_chain **ret_chain)
{
    struct version *v = version_make(what, in_one ? chain_size(key) : 0);
    struct version_chain *chain = NULL;
    if (v && in_one)
        chain = (void *)((uint8_t *)v + version_size(what->image_size));
    else if (v)
        chain = malloc(chain_size(key));
    if (!chain) {
        free(v);
        return JET_errOutOfMemory;
    }
    chain_init(chain, key, hash, in_one ? v : NULL);
    if (what->is_free_of_charge)
        chain->charged = 0;
    *ret_version = v;
    *ret_chain = chain;
    return JET_errSuccess;
}

/* A chain that was not needed. */
static void chain_spare_free(struct version_chain *spare)
{
    if (spare && !spare->home)
        free(spare);
}

static void count_in(struct version_store *store, const struct version *v)
{
    atomic_fetch_add_explicit(&store->bytes, v->charged, memory_order_relaxed);
    atomic_fetch_add_explicit(&store->count, 1, memory_order_relaxed);
}

/* Which version is to be the next newer one: none, but for one that redo makes late (UndoInfo lies behind changes that
 * came later): versions of one transaction are in the order of their numbers. */
static struct version *newer_of(const struct version_chain *chain, const struct version *v)
{
    struct version *newer = NULL;
    for (struct version *w = chain->newest; w; w = w->older) {
        if (w->trx == v->trx && trx_is_before(v->rceid, w->rceid))
            newer = w;
    }
    return newer;
}

/* Hangs it into the chain, as the older neighbour of `newer`; NULL: as the newest. */
static void chain_hang(struct version_chain *chain, struct version *v, struct version *newer)
{
    struct version **link = newer ? &newer->older : &chain->newest;
    v->chain = chain;
    v->newer = newer;
    v->older = *link;
    if (v->older)
        v->older->newer = v;
    *link = v;
    chain->refs++;
    v->is_in_chain = true;
}

/* Puts it into the chain of its node; the bucket is latched. Takes over `spare` if there is no chain yet. */
static void chain_push(struct version_store *store, struct version_bucket *bucket, struct version *v,
                       const struct version_key *key, struct version_chain **spare, bool is_late)
{
    struct version_chain *chain = chain_find(bucket, (*spare)->hash, key);
    if (!chain) {
        chain = *spare;
        *spare = NULL;
        chain->next = atomic_load_explicit(&bucket->first, memory_order_relaxed);
        atomic_store_explicit(&bucket->first, chain, memory_order_release);
        atomic_fetch_add_explicit(&store->bytes, chain->charged, memory_order_relaxed);
    }
    chain_hang(chain, v, is_late ? newer_of(chain, v) : NULL);
}

/* Out of the list of versions of its node; the bucket is latched exclusively. */
static void chain_take_out(struct version *v)
{
    struct version_chain *chain = v->chain;
    if (v->newer)
        v->newer->older = v->older;
    else
        chain->newest = v->older;
    if (v->older)
        v->older->newer = v->newer;
    v->older = NULL;
    v->newer = NULL;
    v->is_in_chain = false;
}

static void trx_list_add(struct trx *trx, struct version *v, bool is_late)
{
    struct version **link = &trx->newest;
    while (is_late && *link && trx_is_before(v->rceid, (*link)->rceid))
        link = &(*link)->trx_older;
    v->trx_older = *link;
    *link = v;
}

jet_err version_add(struct session *session, const struct version_key *key, const struct version_new *what,
                    struct version **ret_version)
{
    struct version_store *store = session->engine->versions;
    uint64_t hash = version_key_hash(key);
    struct trx *trx;
    jet_err err = trx_get(session, &trx);
    if (err < JET_errSuccess)
        return err;
    struct version_bucket *bucket = bucket_of(store, hash);
    const bool is_first = !atomic_load_explicit(&bucket->first, memory_order_acquire);
    struct version_chain *spare;
    struct version *v;
    err = version_make_chained(what, key, hash, is_first, &v, &spare);
    if (err < JET_errSuccess)
        return err;
    v->trx = trx;
    v->rceid = what->rceid ? what->rceid : version_next_rceid(store);
    latch_exclusive(&bucket->latch);
    chain_push(store, bucket, v, key, &spare, what->rceid != 0);
    latch_unlock_exclusive(&bucket->latch);
    chain_spare_free(spare);
    trx_list_add(trx, v, what->rceid != 0);
    count_in(store, v);
    *ret_version = v;
    return JET_errSuccess;
}

uint32_t version_next_rceid(struct version_store *store)
{
    uint32_t rceid = atomic_fetch_add_explicit(&store->rceid_last, 1, memory_order_relaxed) + 1;
    return rceid ? rceid : version_next_rceid(store); /* 0 is "none" */
}

jet_err version_add_action(struct session *session, const struct transaction_action *action, void *context)
{
    struct trx *trx;
    jet_err err = trx_get(session, &trx);
    if (err < JET_errSuccess)
        return err;
    struct version *v = version_make(&(struct version_new){.kind = VERSION_ACTION, .level = session->level}, 0);
    if (!v)
        return JET_errOutOfMemory;
    v->trx = trx;
    v->action = (struct version_action){action, context};
    v->trx_older = trx->newest;
    trx->newest = v;
    count_in(session->engine->versions, v);
    return JET_errSuccess;
}

bool version_add_removal(struct version_store *store, const struct version_key *key, struct trx *trx)
{
    uint64_t hash = version_key_hash(key);
    const struct version_new what = {.kind = VERSION_REMOVE};
    struct version_bucket *bucket = bucket_of(store, hash);
    struct version_chain *spare;
    struct version *v;
    if (version_make_chained(&what, key, hash, true, &v, &spare) < JET_errSuccess)
        return false;
    latch_exclusive(&bucket->latch);
    const bool is_added = !chain_find(bucket, hash, key);
    if (is_added) {
        chain_push(store, bucket, v, key, &spare, false);
        chain_take_out(v);
    }
    latch_unlock_exclusive(&bucket->latch);
    if (!is_added) {
        free(v); /* and the chain with it */
        return false;
    }
    v->trx = trx;
    trx->newest = v;
    count_in(store, v);
    return true;
}

void version_unlink(struct version_store *store, struct version *v)
{
    version_pending_remove(store, v);
    if (!v->is_in_chain)
        return;
    struct version_bucket *bucket = bucket_of(store, v->chain->hash);
    latch_exclusive(&bucket->latch);
    chain_take_out(v);
    latch_unlock_exclusive(&bucket->latch);
}

/* The version leaves its chain; returns what of their memory nobody needs any more besides the version's own. */
static void *chain_leave(struct version_store *store, struct version *v)
{
    struct version_chain *chain = v->chain;
    struct version_bucket *bucket = bucket_of(store, chain->hash);
    latch_exclusive(&bucket->latch);
    if (v->is_in_chain)
        chain_take_out(v);
    const bool is_last = --chain->refs == 0;
    if (is_last)
        chain_unhook(store, bucket, chain);
    latch_unlock_exclusive(&bucket->latch);
    if (!is_last)
        return NULL;
    return chain->home ? (void *)chain->home : chain;
}

void version_free(struct version_store *store, struct version *v)
{
    void *freed = NULL; /* the chain, in the version that is its home */
    const bool is_home = v->chain && v->chain->home == v;
    version_pending_remove(store, v);
    if (v->chain)
        freed = chain_leave(store, v);
    if (v->kind == VERSION_ACTION && v->action.action->dispose)
        v->action.action->dispose(v->action.context);
    atomic_fetch_sub_explicit(&store->bytes, v->charged, memory_order_relaxed);
    atomic_fetch_sub_explicit(&store->count, 1, memory_order_relaxed);
    if (v->is_image_apart)
        free(v->image);
    free(freed);
    if (!is_home)
        free(v); /* else it goes with its chain, now or later */
}

void version_free_list(struct version_store *store, struct version *newest)
{
    while (newest) {
        struct version *v = newest;
        newest = v->trx_older;
        version_free(store, v);
    }
}

void version_free_trx(struct version_store *store, struct trx *trx)
{
    if (!trx)
        return;
    version_free_list(store, trx->newest);
    free(trx);
}

void version_revoke(struct session *session, struct version *version)
{
    assert(session->trx && session->trx->newest == version);
    session->trx->newest = version->trx_older;
    version_free(session->engine->versions, version);
}

/* ---- looking ---- */

static bool is_delta(unsigned kind)
{
    return kind == VERSION_DELTA || kind == VERSION_DELTA64;
}

static bool is_lock(unsigned kind)
{
    return kind == VERSION_WRITE_LOCK || kind == VERSION_READ_LOCK;
}

/* Does a version by somebody else, which is open or newer than the snapshot, forbid one of `kind`? */
static bool kinds_conflict(unsigned there, unsigned kind)
{
    if (is_delta(there) && is_delta(kind))
        return false;
    return !(there == VERSION_READ_LOCK && kind == VERSION_READ_LOCK);
}

/* Walks from the newest. A version of ours that is no delta and no read lock was itself checked against all before
 * it. */
static bool chain_conflicts(const struct version_chain *chain, const struct session *session, enum version_kind kind)
{
    for (const struct version *v = chain->newest; v; v = v->older) {
        bool is_visible = trx_is_visible(v->trx, session);
        if (!is_visible && kinds_conflict(v->kind, kind))
            return true;
        if (is_visible && !is_delta(v->kind) && v->kind != VERSION_READ_LOCK)
            return false;
    }
    return false;
}

jet_err version_check_conflict(struct session *session, const struct version_key *key, enum version_kind kind)
{
    struct version_store *store = session->engine->versions;
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    if (!atomic_load_explicit(&bucket->first, memory_order_acquire))
        return JET_errSuccess;
    latch_shared(&bucket->latch);
    const struct version_chain *chain = chain_find(bucket, hash, key);
    bool conflicts = chain && chain_conflicts(chain, session, kind);
    latch_unlock_shared(&bucket->latch);
    return conflicts ? JET_errWriteConflict : JET_errSuccess;
}

static bool chain_has_unseen(const struct version_chain *chain, const struct session *session)
{
    for (const struct version *v = chain->newest; v; v = v->older)
        if (!is_lock(v->kind) && !trx_is_visible(v->trx, session))
            return true;
    return false;
}

bool version_has_unseen(const struct session *session, const struct database *db, objid_t objid)
{
    struct version_store *store = session->engine->versions;
    bool has = false;
    for (size_t i = 0; i <= store->bucket_mask && !has; i++) {
        struct version_bucket *bucket = &store->buckets[i];
        if (!atomic_load_explicit(&bucket->first, memory_order_acquire))
            continue;
        latch_shared(&bucket->latch);
        for (const struct version_chain *chain = atomic_load_explicit(&bucket->first, memory_order_relaxed); chain;
             chain = chain->next)
            has |= chain->db == db && chain->objid == objid && chain_has_unseen(chain, session);
        latch_unlock_shared(&bucket->latch);
    }
    return has;
}

bool version_has_lock(const struct session *session, const struct version_key *key, enum version_kind lock)
{
    struct version_store *store = session->engine->versions;
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    bool has = false;
    latch_shared(&bucket->latch);
    const struct version_chain *chain = session->trx ? chain_find(bucket, hash, key) : NULL;
    for (const struct version *v = chain ? chain->newest : NULL; v && !has; v = v->older)
        has =
            v->trx == session->trx && !is_delta(v->kind) && (v->kind != VERSION_READ_LOCK || lock == VERSION_READ_LOCK);
    latch_unlock_shared(&bucket->latch);
    return has;
}

bool version_is_open_elsewhere(const struct session *session, const struct version_key *key)
{
    struct version_store *store = session->engine->versions;
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    bool is_open = false;
    latch_shared(&bucket->latch);
    const struct version_chain *chain = chain_find(bucket, hash, key);
    const struct version *newest = chain ? chain->newest : NULL;
    if (newest && newest->trx != session->trx)
        is_open = atomic_load_explicit(&newest->trx->commit0, memory_order_acquire) == TRX_OPEN;
    latch_unlock_shared(&bucket->latch);
    return is_open;
}

void version_image_free(struct version_image *image)
{
    free(image->bytes);
    *image = (struct version_image){0};
}

static jet_err image_set(struct version_image *image, const void *bytes, size_t size)
{
    if (image->capacity < size) {
        size_t capacity = size < 256 ? 256 : size * 2;
        uint8_t *grown = malloc(capacity);
        if (!grown)
            return JET_errOutOfMemory;
        free(image->bytes);
        image->bytes = grown;
        image->capacity = capacity;
    }
    if (size > 0)
        memmove(image->bytes, bytes, size);
    return JET_errSuccess;
}

/* Subtracts a delta from the data of the sight, in the image. */
static jet_err see_before_delta(const struct version *v, struct version_sight *sight, struct version_image *image)
{
    size_t width = v->kind == VERSION_DELTA ? 4 : 8;
    if (sight->size < width || v->delta_offset > sight->size - width)
        return JET_errSuccess; /* no such number: dir_delta() made sure there is one */
    if (sight->data != image->bytes) {
        jet_err err = image_set(image, sight->data, sight->size);
        if (err < JET_errSuccess)
            return err;
        sight->data = image->bytes;
    }
    uint8_t *number = image->bytes + v->delta_offset;
    if (width == 4)
        *(le32 *)number = le32_make(le32_get(*(le32 *)number) - (uint32_t)v->delta);
    else
        *(le64 *)number = le64_make(le64_get(*(le64 *)number) - (uint64_t)v->delta);
    return JET_errSuccess;
}

/* Takes back one version. */
static jet_err see_before(const struct version *v, struct version_sight *sight, struct version_image *image)
{
    switch (v->kind) {
    case VERSION_INSERT: sight->exists = false; return JET_errSuccess;
    case VERSION_FLAG_DELETE: sight->exists = true; return JET_errSuccess;
    case VERSION_REPLACE: {
        jet_err err = image_set(image, v->image, v->image_size);
        if (err >= JET_errSuccess) {
            sight->data = image->bytes;
            sight->size = v->image_size;
        }
        return err;
    }
    case VERSION_DELTA:
    case VERSION_DELTA64: return see_before_delta(v, sight, image);
    default: return JET_errSuccess;
    }
}

static jet_err chain_see(const struct version_chain *chain, const struct session *session, struct version_sight *sight,
                         struct version_image *image)
{
    for (const struct version *v = chain->newest; v; v = v->older) {
        if (trx_is_visible(v->trx, session)) {
            if (!is_delta(v->kind) && !is_lock(v->kind))
                break; /* whoever made it saw everything older */
            continue;
        }
        jet_err err = see_before(v, sight, image);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

jet_err version_see(const struct session *session, const struct version_key *key, struct version_sight *sight,
                    struct version_image *image)
{
    struct version_store *store = session->engine->versions;
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    if (!atomic_load_explicit(&bucket->first, memory_order_acquire))
        return JET_errSuccess;
    latch_shared(&bucket->latch);
    const struct version_chain *chain = chain_find(bucket, hash, key);
    jet_err err = chain ? chain_see(chain, session, sight, image) : JET_errSuccess;
    sight->has_versions = chain != NULL;
    latch_unlock_shared(&bucket->latch);
    return err;
}

/* Can nobody need this version any more, because every snapshot sees it? */
static bool version_is_old(const struct version_store *store, const struct version *v)
{
    uint32_t commit0 = atomic_load_explicit(&v->trx->commit0, memory_order_acquire);
    return commit0 != TRX_OPEN && transactions_is_settled(store->engine->transactions, commit0);
}

bool version_is_settled(struct version_store *store, const struct version_key *key, const struct trx *own)
{
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    bool settled = true;
    latch_shared(&bucket->latch);
    const struct version_chain *chain = chain_find(bucket, hash, key);
    for (const struct version *v = chain ? chain->newest : NULL; v && settled; v = v->older)
        settled = v->trx == own || version_is_old(store, v);
    latch_unlock_shared(&bucket->latch);
    return settled;
}

struct version *version_find_own(struct version_store *store, const struct version_key *key, const struct trx *trx,
                                 uint32_t rceid, enum version_kind kind)
{
    uint64_t hash = version_key_hash(key);
    struct version_bucket *bucket = bucket_of(store, hash);
    latch_shared(&bucket->latch);
    const struct version_chain *chain = chain_find(bucket, hash, key);
    struct version *v = chain ? chain->newest : NULL;
    while (v && !(v->trx == trx && (rceid ? v->rceid == rceid : v->kind == kind)))
        v = v->older;
    latch_unlock_shared(&bucket->latch);
    return v;
}

/* ---- end of a transaction ---- */

/* The list of a trx turned round, so that the oldest comes first; and back. */
static struct version *list_reverse(struct version *newest)
{
    struct version *reversed = NULL;
    while (newest) {
        struct version *older = newest->trx_older;
        newest->trx_older = reversed;
        reversed = newest;
        newest = older;
    }
    return reversed;
}

static unsigned reason_to_keep(const struct version *v)
{
    bool has_work = v->kind == VERSION_FLAG_DELETE || v->kind == VERSION_REMOVE ||
                    (v->kind == VERSION_ACTION && v->action.action->settled);
    bool is_pending = atomic_load_explicit(&v->pending_pgno, memory_order_acquire) != 0;
    return (has_work ? VERSION_KEEP_CLEANER : 0u) | (is_pending ? VERSION_KEEP_DURABLE : 0u);
}

/* The actions, oldest first. */
static void actions_commit(struct session *session, struct trx *trx)
{
    trx->newest = list_reverse(trx->newest);
    for (const struct version *v = trx->newest; v; v = v->trx_older)
        if (v->kind == VERSION_ACTION && v->action.action->committed)
            v->action.action->committed(session, v->action.context);
    trx->newest = list_reverse(trx->newest);
}

unsigned version_commit_trx(struct session *session, struct trx *trx)
{
    struct version_store *store = session->engine->versions;
    unsigned keep = 0;
    bool has_actions = false;
    for (struct version **link = &trx->newest; *link;) { /* once: the list may be long, and lies all over the memory */
        struct version *v = *link;
        has_actions |= v->kind == VERSION_ACTION;
        if (is_lock(v->kind)) {
            *link = v->trx_older;
            version_free(store, v);
            continue;
        }
        keep |= reason_to_keep(v);
        link = &v->trx_older;
    }
    if (has_actions)
        actions_commit(session, trx);
    return keep;
}

void version_forget_tree(struct engine *engine, const struct database *db, objid_t objid)
{
    struct version_store *store = engine->versions;
    os_mutex_lock(store->cleaner.tree_lock);
    for (size_t i = 0; i <= store->bucket_mask; i++) {
        struct version_bucket *bucket = &store->buckets[i];
        if (!atomic_load_explicit(&bucket->first, memory_order_acquire))
            continue;
        latch_exclusive(&bucket->latch);
        struct version_chain *chain = atomic_load_explicit(&bucket->first, memory_order_relaxed);
        for (; chain; chain = chain->next) {
            if (chain->db == db && (objid == 0 || chain->objid == objid))
                atomic_store_explicit(&chain->is_forgotten, true, memory_order_relaxed);
        }
        latch_unlock_exclusive(&bucket->latch);
    }
    os_mutex_unlock(store->cleaner.tree_lock);
}
