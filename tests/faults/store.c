/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/logrecord.h"
#include "log/log_startup.h"
#include "problem.h"
#include "storage/double_write.h"

/* ---- start and end ---- */

bool store_init(struct store *store, int argc, char **argv)
{
    if (argc != 3 || os_folder_create_temporary("coldstream-store-", &store->folder) < JET_errSuccess) {
        fprintf(stderr, "usage: %s PAGE_SIZE circular|linear\n", argv[0]);
        return false;
    }
    store->path = os_path_join(store->folder, "store.edb");
    store->page_size = (uint32_t)strtoul(argv[1], NULL, 10);
    store->is_circular = strcmp(argv[2], "circular") == 0;
    return true;
}

bool store_done(struct store *store)
{
    jet_err err = os_folder_remove(store->folder);
    free(store->path);
    free(store->folder);
    return err >= JET_errSuccess;
}

static struct log_config log_config(const struct store *store)
{
    struct log_config config = log_config_default(store->folder, store->folder);
    config.page_size = store->page_size;
    config.segments = LOG_SEGMENTS_MIN;
    config.is_circular = store->is_circular;
    return config;
}

static void generation_begun(void *context, lgen_t generation, struct logtime_disk created)
{
    const struct store *store = context;
    jet_err err = cache_generation_begun(store->cache, generation, created);
    (void)err; /* pages of that generation will try again */
}

static bool new_cache(struct store *store)
{
    char *path = os_path_join(store->folder, "edb.dwb");
    const struct cache_config config = {.page_size = store->page_size,
                                        .frames_min = store->frames / 2,
                                        .frames_max = store->frames,
                                        .double_write_path = path};
    jet_err err = path ? cache_new(&config, &store->cache) : JET_errOutOfMemory;
    free(path);
    return problem_none(err, "cache_new");
}

void store_drop(struct store *store)
{
    database_close(store->db);
    store->db = NULL;
    if (store->cache)
        cache_set_log(store->cache, NULL);
    log_stream_close(store->log);
    store->log = NULL;
    cache_free(store->cache);
    store->cache = NULL;
}

static void make_dirty(struct dbheader_disk *header, void *context)
{
    le32 generation = le32_make(*(const lgen_t *)context);
    header->state = le32_make(DBHEADER_DIRTY);
    header->generation_min_required = header->generation_max_required = generation;
    header->generation_max_committed = header->generation_min_consistent = generation;
}

static bool open_log(struct store *store, const struct log_startup *startup)
{
    const struct log_config config = log_config(store);
    const struct log_hooks hooks = {.context = store, .generation_begun = generation_begun};
    TRY(log_stream_open(&config, &startup->resume, &hooks, &store->log));
    cache_set_log(store->cache, store->log);
    return true;
}

bool store_create(struct store *store)
{
    const struct log_config config = log_config(store);
    struct log_startup startup;
    TRY(log_startup_look(&config, 0, NULL, &startup));
    if (!new_cache(store) || !open_log(store, &startup))
        return false;
    lgen_t generation = log_generation(store->log);
    const struct database_new options = {.path = store->path,
                                         .dbid = 1,
                                         .pages = store->pages,
                                         .log_signature = log_signature(store->log),
                                         .generation = generation};
    TRY(database_create(store->cache, &options, &store->db));
    TRY(database_header_update(store->db, make_dirty, &generation));
    return true;
}

/* ---- recovery ---- */

static bool is_for_redo(uint8_t type)
{
    const struct logrec_info *info = logrec_info(type);
    enum logrec_class class = info ? info->class : LOGREC_CLASS_OBSOLETE;
    return class == LOGREC_CLASS_PAGE || class == LOGREC_CLASS_NODE || class == LOGREC_CLASS_TRANSACTION ||
           type == LOGREC_EXTEND_DB;
}

static bool redo(struct store *store, const struct log_startup *startup)
{
    struct log_reader *reader;
    struct log_reader_record record;
    struct dbheader_disk header;
    struct log_config config = log_config(store);
    config.family = startup->family;
    const struct log_reader_source source = {.config = &config};
    database_header_get(store->db, &header);
    store->required = le32_get(header.generation_max_required);
    TRY(log_reader_open(&source, startup->start, &reader));
    bool is_good = true;
    while (is_good && (is_good = problem_none(log_reader_next(reader, &record), "log_reader_next")) && record.bytes) {
        if (is_for_redo(record.bytes[0]))
            is_good = store->redo(store, &record);
    }
    lgen_t last = (lgen_t)(log_reader_end(reader) >> 32);
    log_reader_close(reader);
    if (is_good && store->required > last)
        return problem_set("the header requires generation %u, the log ends with %u", store->required, last);
    if (is_good && startup->start >> 32 > le32_get(header.generation_min_required))
        return problem_set("the checkpoint is in generation %u, the header requires %u",
                           (unsigned)(startup->start >> 32), le32_get(header.generation_min_required));
    return is_good;
}

bool store_start(struct store *store)
{
    const struct log_config config = log_config(store);
    struct log_startup startup;
    const struct database_open_options options = {.path = store->path, .dbid = 1, .is_logged = true};
    TRY(log_startup_look(&config, 0, NULL, &startup));
    if (startup.kind == LOG_STARTUP_NEW)
        return problem_set("there is no log");
    if (!new_cache(store))
        return false;
    struct double_write *double_write = cache_double_write(store->cache);
    TRY(database_open(store->cache, &options, &store->db));
    if (double_write) {
        TRY(double_write_load(double_write));
        TRY(double_write_restore(double_write, store->db, UINT64_MAX, NULL));
    }
    if (!redo(store, &startup))
        return false;
    TRY(log_startup_repair(&config, &startup));
    return open_log(store, &startup);
}

static void raise_min_required(struct dbheader_disk *header, void *context)
{
    le32 generation = le32_make(*(const lgen_t *)context);
    header->generation_min_required = header->generation_min_consistent = generation;
}

/* Writing a header flushes the pages, too: as in the engine it is only written when it changes, or nobody would notice
 * a checkpoint that moves ahead of pages that are not safe. */
static bool raise_header(struct store *store, lgen_t generation)
{
    struct dbheader_disk header;
    database_header_get(store->db, &header);
    if (le32_get(header.generation_min_required) < generation)
        TRY(database_header_update(store->db, raise_min_required, &generation));
    return true;
}

bool store_checkpoint(struct store *store)
{
    uint64_t next = log_next_start(store->log);
    TRY(database_flush_written(store->db));
    uint64_t oldest = cache_oldest_begin0(store->cache, store->db);
    const struct log_checkpoint position = {.checkpoint = oldest < next ? oldest : next,
                                            .has_attachments = store->is_exact}; /* else its header is asked for them */
    if (!raise_header(store, (lgen_t)(position.checkpoint >> 32)))
        return false;
    TRY(log_checkpoint_write(store->log, &position));
    return true;
}
