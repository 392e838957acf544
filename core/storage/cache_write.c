/* SPDX-License-Identifier: MIT */
/* cache_write.c - dirty pages to their files, several at a time.
 *
 *      frame (held shared) --copy--> batch --log durable, seal, header covers--> double-write file --> file --> frame is clean
 *                                                                              \ error --> frame is dirty again
 *
 * A copy belongs to the batch from then on, and the frame is free to be used and changed; only another copy may not be
 * made until this one is written (FRAME_WRITING), or the file might get the older one last. The log is waited for once
 * for each batch. Copies that were added in the order of the file go out in one write. A batch goes out in parts, if
 * the double-write file does not take all of it at a time.
 *
 * In a freeze (cache.h) a batch waits behind the log, before it touches a file; one that must not wait gives its pages
 * back.
 *
 * The flush type in the flags of a page turns with each write (1, 2, 3, 1, ...): the reference engine's flush map,
 * which we do not keep, tells lost writes by it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/double_write.h"
#include "format/page.h"
#include "log/log_stream.h"
#include "os/os_word.h"
#include "storage/cache_internal.h"
#include "storage/database_internal.h"

struct write_item {
    struct frame *frame;
    uint64_t lgpos; /* up to which the log must be durable */
    jet_err err;    /* why it cannot be written, or was not */
    bool is_put;    /* its image is in the double-write file */
};

struct write_batch {
    struct cache *cache;
    size_t pages_max;
    bool waits; /* for the end of a freeze */
    size_t count;
    size_t written;           /* pages, of all batches so far */
    struct write_item *items; /* copy i belongs to item i */
    uint8_t *copies;
};

static size_t copies_size(const struct write_batch *batch)
{
    return batch->pages_max * batch->cache->config.page_size;
}

jet_err write_batch_new(struct cache *cache, size_t pages_max, bool waits, struct write_batch **ret_batch)
{
    struct write_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return JET_errOutOfMemory;
    batch->cache = cache;
    batch->pages_max = pages_max;
    batch->waits = waits;
    batch->items = calloc(pages_max, sizeof *batch->items);
    batch->copies = os_pages_alloc(copies_size(batch));
    if (!batch->items || !batch->copies) {
        write_batch_free(batch);
        return JET_errOutOfMemory;
    }
    *ret_batch = batch;
    return JET_errSuccess;
}

void write_batch_free(struct write_batch *batch)
{
    if (!batch)
        return;
    assert(batch->count == 0);
    os_pages_free(batch->copies, copies_size(batch));
    free(batch->items);
    free(batch);
}

bool write_batch_is_full(const struct write_batch *batch)
{
    return batch->count == batch->pages_max;
}

/* ---- into the batch ---- */

/* From dirty to being written; false if it is neither dirty nor free to be written. */
static bool claim(struct frame *frame)
{
    uint32_t seen = atomic_load(&frame->state);
    do {
        if (!(seen & FRAME_DIRTY) || (seen & FRAME_WRITING))
            return false;
    } while (!atomic_compare_exchange_weak(&frame->state, &seen, (seen & ~(uint32_t)FRAME_DIRTY) | FRAME_WRITING));
    return true;
}

/* The frame is not being written any more. Nothing of its database is touched behind this. */
static void settle(struct frame *frame)
{
    atomic_store(&frame->begin0_written, BEGIN0_NONE);
    uint32_t before = atomic_fetch_and(&frame->state, ~(uint32_t)(FRAME_WRITING | FRAME_AWAITED));
    if (before & FRAME_AWAITED)
        os_word_wake_all(&frame->state);
}

/* Back to dirty; the caller holds the frame, so nobody has changed it meanwhile. */
static void unclaim(struct frame *frame)
{
    atomic_fetch_or(&frame->state, FRAME_DIRTY);
    settle(frame);
}

static uint32_t flush_type_next(uint32_t type)
{
    const uint32_t step = PAGE_FLAG_FLUSH_TYPE & ~(PAGE_FLAG_FLUSH_TYPE << 1);
    return type == PAGE_FLAG_FLUSH_TYPE ? step : type + step;
}

static void copy_page(const struct write_batch *batch, struct frame *frame)
{
    uint8_t *copy = batch->copies + batch->count * batch->cache->config.page_size;
    struct page_header_disk *header = (void *)copy;
    memcpy(copy, frame->page, batch->cache->config.page_size);
    frame->flush_type = flush_type_next(frame->flush_type);
    header->flags = le32_make((le32_get(header->flags) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE) | frame->flush_type);
}

jet_err write_batch_add(struct write_batch *batch, struct frame *frame)
{
    const struct cache_hooks hooks = cache_hooks_get(batch->cache);
    const uint64_t key = atomic_load_explicit(&frame->key, memory_order_relaxed);
    assert(!write_batch_is_full(batch) && latch_is_held(&frame->latch));
    if (!page_is_dirty(frame))
        return JET_errSuccess;
    if (cache_range_is_locked(batch->cache, key))
        return JET_errTaskDropped; /* before anything is logged for it */
    jet_err err = hooks.before_write ? hooks.before_write(hooks.context, frame) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    const uint64_t lgpos = atomic_load(&frame->modified); /* behind the hook, which may have raised it */
    if (!claim(frame))
        return JET_errSuccess;
    if (cache_range_is_locked(batch->cache, key)) { /* this look, behind the claim, is the one that counts */
        unclaim(frame);
        return JET_errTaskDropped;
    }
    atomic_store(&frame->begin0_written, atomic_load(&frame->begin0));
    atomic_store(&frame->begin0, BEGIN0_NONE);
    atomic_fetch_sub_explicit(&batch->cache->dirty_count, 1, memory_order_relaxed);
    copy_page(batch, frame);
    batch->items[batch->count++] = (struct write_item){.frame = frame, .lgpos = lgpos};
    return JET_errSuccess;
}

/* ---- out of the batch ---- */

static void note_written(const struct frame *frame)
{
    struct database *db = frame->db;
    atomic_lower(&db->begin0_unflushed, atomic_load(&frame->begin0_written));
    atomic_store(&db->needs_flush, true);
}

static void note_failed(struct cache *cache, struct frame *frame)
{
    frame_begin0_lower(frame, atomic_load(&frame->begin0_written));
    if (!(atomic_fetch_or(&frame->state, FRAME_DIRTY) & FRAME_DIRTY))
        atomic_fetch_add_explicit(&cache->dirty_count, 1, memory_order_relaxed);
}

void cache_frame_wait(struct frame *frame)
{
    uint32_t seen = atomic_load(&frame->state);
    while (seen & FRAME_WRITING) {
        if (atomic_compare_exchange_weak(&frame->state, &seen, seen | FRAME_AWAITED))
            os_word_wait(&frame->state, seen | FRAME_AWAITED, OS_WAIT_FOREVER);
        seen = atomic_load(&frame->state);
    }
}

/* Items that follow each other in one file, from `first` on, before `end`. */
static size_t run_length(const struct write_batch *batch, size_t first, size_t end)
{
    size_t i = first + 1;
    while (i < end && batch->items[i].frame->db == batch->items[first].frame->db &&
           batch->items[i].frame->pgno == batch->items[i - 1].frame->pgno + 1)
        i++;
    return i - first;
}

static uint8_t *copy_of(const struct write_batch *batch, size_t index)
{
    return batch->copies + index * batch->cache->config.page_size;
}

static void tell_failed(const struct write_batch *batch, struct database *db, jet_err err)
{
    const struct cache_hooks hooks = cache_hooks_get(batch->cache);
    if (hooks.write_failed)
        hooks.write_failed(hooks.context, db, err);
}

static void set_err(struct write_batch *batch, size_t first, size_t count, jet_err err)
{
    for (size_t i = first; i < first + count; i++)
        batch->items[i].err = err;
}

/* What must be before a copy of these pages may be anywhere. */
static void prepare_run(struct write_batch *batch, size_t first, size_t count)
{
    struct database *db = batch->items[first].frame->db;
    lgen_t generation = 0;
    for (size_t i = first; i < first + count; i++) {
        lgen_t needed = (lgen_t)(batch->items[i].lgpos >> 32);
        generation = needed > generation ? needed : generation;
        page_seal(copy_of(batch, i), db->page_size, batch->items[i].frame->pgno);
    }
    jet_err err = database_require_generation_gated(db, generation, NULL);
    if (err < JET_errSuccess)
        tell_failed(batch, db, err);
    set_err(batch, first, count, err);
}

static void write_run(struct write_batch *batch, size_t first, size_t count)
{
    const struct frame *frame = batch->items[first].frame;
    struct database *db = frame->db;
    jet_err err =
        os_file_write(db->file, page_offset(frame->pgno, db->page_size), copy_of(batch, first), count * db->page_size);
    set_err(batch, first, count, err);
    if (err < JET_errSuccess) {
        tell_failed(batch, db, err);
        return;
    }
    atomic_fetch_add_explicit(&batch->cache->writes, count, memory_order_relaxed);
    atomic_fetch_add_explicit(&batch->cache->write_runs, 1, memory_order_relaxed);
    batch->written += count;
}

/* ---- by way of the double-write file ---- */

/* Part of a batch, from its preparation until its frames are settled. */
struct part {
    struct write_batch *batch;
    size_t first, end;
    bool is_put; /* some pages are in the double-write file */
    unsigned area;
};

static bool is_written_twice(const struct write_batch *batch, const struct write_item *item)
{
    return batch->cache->double_write && item->frame->db->is_logged;
}

static void put(struct part *part)
{
    struct write_batch *batch = part->batch;
    struct double_write_page pages[DOUBLE_WRITE_PAGES_MAX];
    size_t count = 0;
    for (size_t i = part->first; i < part->end; i++) {
        const struct write_item *item = &batch->items[i];
        if (item->err >= JET_errSuccess && is_written_twice(batch, item))
            pages[count++] = (struct double_write_page){
                .db = item->frame->db, .pgno = item->frame->pgno, .lgpos = item->lgpos, .bytes = copy_of(batch, i)};
    }
    if (count == 0)
        return;
    jet_err err = double_write_put(batch->cache->double_write, pages, count, &part->area);
    part->is_put = err >= JET_errSuccess;
    if (!part->is_put)
        tell_failed(batch, pages[0].db, err);
    for (size_t i = part->first; i < part->end; i++) {
        struct write_item *item = &batch->items[i];
        if (item->err < JET_errSuccess || !is_written_twice(batch, item))
            continue;
        item->is_put = part->is_put;
        item->err = err;
    }
}

/* A page that was not written in place, or not as a whole, needs its image until it is. The newest will do: one that
 * has none in this area keeps that of its last attempt. */
static void settle_area(const struct part *part, const struct write_item *item)
{
    struct double_write *double_write = part->batch->cache->double_write;
    struct frame *frame = item->frame;
    if (!item->is_put)
        return;
    if (item->err < JET_errSuccess)
        double_write_hold(double_write, part->area);
    if (frame->unsafe_area > 0)
        double_write_release(double_write, frame->unsafe_area - 1);
    frame->unsafe_area = item->err < JET_errSuccess ? part->area + 1 : 0;
}

/* Frames are let go last of all: who has waited for them may close their database, and remove the double-write file. */
static void settle_part(const struct part *part)
{
    const struct write_batch *batch = part->batch;
    for (size_t i = part->first; i < part->end; i++) {
        const struct write_item *item = &batch->items[i];
        settle_area(part, item);
        if (item->err < JET_errSuccess)
            note_failed(batch->cache, item->frame);
        else
            note_written(item->frame);
    }
    if (part->is_put)
        double_write_done(batch->cache->double_write, part->area);
    for (size_t i = part->first; i < part->end; i++)
        settle(batch->items[i].frame);
}

/* The first error of the part. */
static jet_err write_part(struct part *part)
{
    struct write_batch *batch = part->batch;
    jet_err first_err = JET_errSuccess;
    for (size_t first = part->first, count; first < part->end; first += count) {
        count = run_length(batch, first, part->end);
        prepare_run(batch, first, count);
    }
    put(part);
    for (size_t first = part->first, count; first < part->end; first += count) {
        count = run_length(batch, first, part->end);
        if (batch->items[first].err >= JET_errSuccess)
            write_run(batch, first, count);
        if (first_err == JET_errSuccess)
            first_err = batch->items[first].err;
    }
    return first_err;
}

static jet_err log_covers(const struct write_batch *batch)
{
    uint64_t lgpos = 0;
    struct log_stream *log = atomic_load(&batch->cache->log);
    for (size_t i = 0; i < batch->count; i++)
        lgpos = batch->items[i].lgpos > lgpos ? batch->items[i].lgpos : lgpos;
    if (!log || lgpos <= log_durable(log))
        return JET_errSuccess;
    return batch->waits ? log_flush_to(log, lgpos) : log_try_flush_to(log, lgpos);
}

/* Waits for what a write has to wait for; on success the gate is open, and the caller leaves it. */
static jet_err may_write(const struct write_batch *batch)
{
    jet_err err = log_covers(batch);
    if (err < JET_errSuccess)
        return err;
    if (batch->waits)
        cache_gate_enter(batch->cache);
    else if (!cache_gate_try_enter(batch->cache))
        return JET_errTaskDropped;
    return JET_errSuccess;
}

jet_err write_batch_run(struct write_batch *batch)
{
    const struct double_write *double_write = batch->cache->double_write;
    const size_t most = double_write ? double_write_pages_max(double_write) : batch->pages_max;
    if (batch->count == 0)
        return JET_errSuccess;
    const jet_err gate_err = may_write(batch);
    jet_err first_err = gate_err;
    for (size_t first = 0, end; first < batch->count; first = end) {
        end = batch->count - first < most ? batch->count : first + most;
        struct part part = {.batch = batch, .first = first, .end = end};
        set_err(batch, first, end - first, gate_err);
        jet_err err = gate_err < JET_errSuccess ? gate_err : write_part(&part);
        settle_part(&part);
        if (first_err == JET_errSuccess)
            first_err = err;
    }
    if (gate_err >= JET_errSuccess)
        cache_gate_leave(batch->cache);
    batch->count = 0;
    return first_err;
}

/* ---- which pages ---- */

struct chosen {
    uint64_t key;
    struct frame *frame;
};

static int compare_chosen(const void *left, const void *right)
{
    const struct chosen *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static bool is_chosen(const struct write_choice *choice, struct frame *frame, uint64_t key)
{
    uint32_t wanted = FRAME_DIRTY | (choice->waits ? (uint32_t)FRAME_WRITING : 0);
    if (key == FRAME_KEY_NONE || !(atomic_load(&frame->state) & wanted))
        return false;
    if (choice->db && (key & ~(uint64_t)UINT32_MAX) != choice->db->key_base)
        return false;
    if (choice->begin0_limit == BEGIN0_NONE)
        return true;
    return atomic_load(&frame->begin0) < choice->begin0_limit ||
           atomic_load(&frame->begin0_written) < choice->begin0_limit;
}

/* The frames of the choice in the order of the files, for free(). */
static jet_err choose(struct cache *cache, const struct write_choice *choice, struct chosen **ret_list,
                      size_t *ret_count)
{
    struct chosen *list = NULL;
    size_t count = 0, room = 0;
    size_t frame_count = atomic_load(&cache->frame_count);
    for (size_t i = 0; i < frame_count; i++) {
        struct frame *frame = cache_frame(cache, i);
        uint64_t key = atomic_load_explicit(&frame->key, memory_order_relaxed);
        if (!is_chosen(choice, frame, key))
            continue;
        if (count == room) {
            room = room ? 2 * room : BATCH_PAGES;
            struct chosen *longer = realloc(list, room * sizeof *list);
            if (!longer) {
                free(list);
                return JET_errOutOfMemory;
            }
            list = longer;
        }
        list[count++] = (struct chosen){key, frame};
    }
    if (count > 0)
        qsort(list, count, sizeof *list, compare_chosen);
    *ret_list = list;
    *ret_count = count;
    return JET_errSuccess;
}

static void keep_worst(jet_err *first_err, jet_err err)
{
    if (err < JET_errSuccess && (*first_err == JET_errSuccess || *first_err == JET_errTaskDropped))
        *first_err = err;
}

/* Holds the frame shared if it still is that page. */
static bool hold(const struct chosen *chosen, bool waits)
{
    if (waits)
        return latch_shared_while(&chosen->frame->latch, &chosen->frame->key, chosen->key);
    if (!latch_try_shared(&chosen->frame->latch))
        return false;
    if (atomic_load_explicit(&chosen->frame->key, memory_order_relaxed) == chosen->key)
        return true;
    latch_unlock_shared(&chosen->frame->latch);
    return false;
}

static jet_err add_chosen(struct write_batch *batch, const struct chosen *chosen, bool waits)
{
    if (!hold(chosen, waits))
        return JET_errSuccess;
    jet_err err = write_batch_add(batch, chosen->frame);
    latch_unlock_shared(&chosen->frame->latch);
    return err;
}

static void write_chosen(struct write_batch *batch, const struct chosen *chosen, bool waits, jet_err *first_err)
{
    if (waits && (atomic_load(&chosen->frame->state) & FRAME_WRITING)) {
        /* Somebody else's batch, who may be waiting for a page of ours: write ours first. */
        keep_worst(first_err, write_batch_run(batch));
        cache_frame_wait(chosen->frame);
    }
    uint32_t ranges_gone;
    jet_err err;
    do {
        ranges_gone = atomic_load(&batch->cache->ranges_gone);
        err = add_chosen(batch, chosen, waits);
        if (err == JET_errTaskDropped && waits && cache_range_is_locked(batch->cache, chosen->key)) {
            keep_worst(first_err, write_batch_run(batch)); /* whoever reads there may be waiting for a page of ours */
            cache_range_wait(batch->cache, chosen->key);
        }
        /* Dropped because of a range that is gone by now: once more. Else it was the hook's wish. */
    } while (err == JET_errTaskDropped && waits && ranges_gone != atomic_load(&batch->cache->ranges_gone));
    keep_worst(first_err, err);
    if (write_batch_is_full(batch))
        keep_worst(first_err, write_batch_run(batch));
}

jet_err cache_write_chosen(struct cache *cache, const struct write_choice *choice, size_t *ret_written)
{
    struct chosen *list;
    size_t count;
    struct write_batch *batch;
    jet_err first_err = JET_errSuccess;
    *ret_written = 0;
    jet_err err = choose(cache, choice, &list, &count);
    if (err < JET_errSuccess || count == 0)
        return err;
    err = write_batch_new(cache, BATCH_PAGES, true, &batch);
    if (err < JET_errSuccess) {
        free(list);
        return err;
    }
    for (size_t i = 0; i < count; i++)
        write_chosen(batch, &list[i], choice->waits, &first_err);
    keep_worst(&first_err, write_batch_run(batch));
    *ret_written = batch->written;
    write_batch_free(batch);
    free(list);
    return first_err;
}

jet_err cache_write_older(struct cache *cache, uint64_t begin0_limit)
{
    size_t written;
    const struct write_choice choice = {.begin0_limit = begin0_limit, .waits = true};
    jet_err err = cache_write_chosen(cache, &choice, &written);
    os_mutex_lock(cache->list_lock);
    for (struct database *db = cache->databases; db; db = db->next)
        keep_worst(&err, database_flush_written(db));
    os_mutex_unlock(cache->list_lock);
    return err;
}

jet_err cache_flush_logged(void *context)
{
    struct cache *cache = context;
    jet_err err = JET_errSuccess;
    os_mutex_lock(cache->list_lock);
    for (struct database *db = cache->databases; db && err >= JET_errSuccess; db = db->next)
        err = db->is_logged ? database_flush_written(db) : JET_errSuccess;
    os_mutex_unlock(cache->list_lock);
    return err;
}

/* Adds what the clock comes by, at most one round; `usage_max` spares pages that are used. */
static void add_from_hand(struct write_batch *batch, uint32_t usage_max, jet_err *first_err)
{
    struct cache *cache = batch->cache;
    size_t count = atomic_load(&cache->frame_count);
    size_t hand = atomic_load(&cache->hand);
    for (size_t step = 0; step < count && !write_batch_is_full(batch); step++) {
        struct frame *frame = cache_frame(cache, (hand + step) % count);
        struct chosen chosen = {atomic_load_explicit(&frame->key, memory_order_relaxed), frame};
        if (chosen.key == FRAME_KEY_NONE || !page_is_dirty(frame) || atomic_load(&frame->usage) > usage_max ||
            !hold(&chosen, false))
            continue;
        keep_worst(first_err, write_batch_add(batch, frame));
        latch_unlock_shared(&frame->latch);
    }
}

jet_err cache_write_for_room(struct cache *cache, size_t *ret_written)
{
    struct write_batch *batch;
    jet_err first_err = JET_errSuccess;
    *ret_written = 0;
    if (cache_is_freezing(cache))
        return JET_errTaskDropped;
    jet_err err = write_batch_new(cache, BATCH_PAGES_NOW, false, &batch);
    if (err < JET_errSuccess)
        return err;
    add_from_hand(batch, 0, &first_err);
    if (batch->count == 0)
        add_from_hand(batch, UINT32_MAX, &first_err);
    keep_worst(&first_err, write_batch_run(batch));
    *ret_written = batch->written;
    write_batch_free(batch);
    return first_err;
}
