/* SPDX-License-Identifier: MIT */
/* open.c - an engine gets its cache and its log, and they get what they ask of the engine. */
#include <stdio.h>
#include <stdlib.h>

#include "isam/version.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "recovery/attachments.h"
#include "recovery/checkpoint.h"
#include "recovery/recovery_internal.h"

enum { FRAMES_MIN = 64 };

static jet_err before_write(void *context, struct frame *frame)
{
    return version_before_write(context, frame);
}

/* A write may be repeated; a failed flush leaves a file of which nobody knows what is on the disk. */
static void write_failed(void *context, struct database *db, jet_err err)
{
    struct engine *engine = context;
    if (atomic_load(&db->flush_err) < JET_errSuccess)
        engine_fail(engine, err);
}

/* Beside the checkpoint file, and named like it. Without recovery there is no use for it. */
static jet_err double_write_path(const struct engine_config *config, char **ret_path)
{
    char name[sizeof config->base_name + sizeof ".dwb"];
    *ret_path = NULL;
    if (!config->recovery_on)
        return JET_errSuccess;
    (void)snprintf(name, sizeof name, "%s.dwb", config->base_name);
    *ret_path = os_path_join(config->system_path, name);
    return *ret_path ? JET_errSuccess : JET_errOutOfMemory;
}

jet_err open_cache(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    struct cache_config cache = {
        .page_size = config->page_size,
        .frames_min = config->cache_pages_min > FRAMES_MIN ? config->cache_pages_min : FRAMES_MIN,
        .frames_max = config->cache_pages_max,
        .checkpoint_depth = config->checkpoint_depth,
    };
    const struct cache_hooks hooks = {.context = engine, .before_write = before_write, .write_failed = write_failed};
    char *path;
    if (cache.frames_max < cache.frames_min)
        cache.frames_max = cache.frames_min;
    jet_err err = double_write_path(config, &path);
    if (err < JET_errSuccess)
        return err;
    cache.double_write_path = path;
    err = cache_new(&cache, &engine->cache);
    free(path);
    if (err < JET_errSuccess)
        return err;
    cache_set_hooks(engine->cache, &hooks);
    return JET_errSuccess;
}

static void attachments(void *context, uint8_t list[ATTACHLIST_SIZE])
{
    attachments_of_engine(context, list);
}

/* A header that cannot be written now is written before a page that needs it (storage/database.h). */
static void generation_begun(void *context, lgen_t generation, struct logtime_disk created)
{
    struct engine *engine = context;
    jet_err_ignore(cache_generation_begun(engine->cache, generation, created));
    engine_report(engine, ENGINE_EVENT_GENERATION_BEGUN, JET_errSuccess, generation, NULL);
    if (log_state(engine->log) == JET_errLogDiskFull)
        engine_report(engine, ENGINE_EVENT_LOG_DISK_FULL, JET_errLogDiskFull, generation, NULL);
    checkpoint_wish(engine);
}

static void durable(void *context, uint64_t lgpos_end)
{
    const struct engine_callbacks *callbacks = &((struct engine *)context)->config.callbacks;
    if (callbacks->durable)
        callbacks->durable(callbacks->context, lgpos_end);
}

static void failed(void *context, jet_err err)
{
    engine_fail(context, err);
}

jet_err open_log(struct engine *engine, const struct log_config *config, const struct log_resume *resume)
{
    const struct log_hooks hooks = {
        .context = engine,
        .attachments = attachments,
        .generation_begun = generation_begun,
        .durable = durable,
        .failed = failed,
    };
    lgen_t generation;
    jet_err err = log_stream_open(config, resume, &hooks, &engine->log);
    if (err < JET_errSuccess)
        return err;
    cache_set_log(engine->cache, engine->log);
    const struct logtime_disk created = log_generation_created(engine->log, &generation);
    return cache_generation_begun(engine->cache, generation, created);
}
