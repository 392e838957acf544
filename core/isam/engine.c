/* SPDX-License-Identifier: MIT */
/* engine.c - making and ending the engine object, its databases' slots, and its failure. See engine.h. */
#include "isam/engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "isam/defragment.h"
#include "isam/page_scan.h"
#include "isam/session_internal.h"
#include "isam/transaction_internal.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"
#include "storage/database.h"

/* ---- config ---- */

/* The strings of a config, so that copying and freeing name them once. */
static const char **config_string(struct engine_config *config, unsigned i)
{
    const char **strings[] = {
        &config->system_path, &config->temporary_path, &config->log_path,
        &config->create_path, &config->event_source,   &config->index_locale,
    };
    return i < COUNT_OF(strings) ? strings[i] : NULL;
}

static char *string_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void config_free(struct engine_config *config)
{
    const char **string;
    for (unsigned i = 0; (string = config_string(config, i)) != NULL; i++) {
        free((char *)(uintptr_t)*string); /* config_copy() made it */
        *string = NULL;
    }
}

static jet_err config_copy(const struct engine_config *from, struct engine_config *ret_to)
{
    const char **string;
    *ret_to = *from;
    for (unsigned i = 0; (string = config_string(ret_to, i)) != NULL; i++)
        *string = NULL;
    struct engine_config source = *from;
    for (unsigned i = 0; (string = config_string(&source, i)) != NULL; i++) {
        if (!*string)
            continue;
        const char *copy = string_copy(*string);
        if (!copy)
            return JET_errOutOfMemory;
        *config_string(ret_to, i) = copy;
    }
    return JET_errSuccess;
}

static bool config_is_valid(const struct engine_config *config)
{
    uint32_t size = config->page_size;
    return memchr(config->base_name, 0, sizeof config->base_name) == config->base_name + 3 &&
           (size == 4096 || size == 8192 || size == 16384 || size == 32768);
}

/* ---- engine ---- */

jet_err engine_new(const struct engine_config *config, struct engine **ret_engine)
{
    if (!config_is_valid(config))
        return JET_errInvalidParameter;
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return JET_errOutOfMemory;
    atomic_init(&engine->phase, ENGINE_NEW);
    jet_err err = config_copy(config, &engine->config);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_ATTACH, &engine->attach_lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_TEMPORARY, &engine->temporary_lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_DATABASE_LIST, &engine->databases_lock);
    if (err >= JET_errSuccess)
        err = session_table_new(engine->config.sessions_max, &engine->sessions);
    if (err >= JET_errSuccess)
        err = transactions_new(&engine->transactions);
    if (err >= JET_errSuccess)
        err = version_store_new(engine, &engine->versions);
    if (err >= JET_errSuccess)
        err = defragmenters_new(&engine->defragmenters);
    if (err >= JET_errSuccess)
        err = page_scans_new(&engine->page_scans);
    if (err < JET_errSuccess) {
        engine_free(engine);
        return err;
    }
    *ret_engine = engine;
    return JET_errSuccess;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    if (engine->sessions)
        transaction_redo_forget(engine);
    page_scans_free(engine->page_scans);
    defragmenters_free(engine->defragmenters);
    version_store_free(engine->versions);
    transactions_free(engine->transactions);
    session_table_free(engine->sessions);
    os_mutex_free(engine->databases_lock);
    os_mutex_free(engine->temporary_lock);
    os_mutex_free(engine->attach_lock);
    config_free(&engine->config);
    free(engine);
}

jet_err engine_run(struct engine *engine)
{
    jet_err err = version_cleaner_start(engine->versions);
    if (err >= JET_errSuccess)
        engine_phase_set(engine, ENGINE_RUN);
    return err;
}

/* Cleans until nothing is left; without sessions only the disk is waited for. */
static jet_err clean_all(struct engine *engine)
{
    jet_err err = engine->log ? log_flush_to(engine->log, log_tip(engine->log)) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = version_clean(engine);
    return err;
}

jet_err engine_rest(struct engine *engine, bool clean)
{
    assert(session_count(engine) == 0);
    page_scans_stop(engine);
    defragmenters_stop(engine);
    if (engine->versions->cleaner.thread)
        version_cleaner_stop(engine->versions);
    jet_err err = clean ? clean_all(engine) : JET_errSuccess;
    engine_phase_set(engine, ENGINE_REST);
    return err;
}

void engine_fail(struct engine *engine, jet_err err)
{
    jet_err none = JET_errSuccess;
    if (atomic_compare_exchange_strong(&engine->failure, &none, err))
        engine_report(engine, ENGINE_EVENT_FAILED, err, 0, NULL);
}

jet_err engine_state(const struct engine *engine)
{
    switch (atomic_load_explicit(&engine->failure, memory_order_relaxed)) {
    case JET_errSuccess: return JET_errSuccess;
    case JET_errLogDiskFull: return JET_errInstanceUnavailableDueToFatalLogDiskFull;
    default: return JET_errInstanceUnavailable;
    }
}

jet_err engine_each_logged(struct engine *engine, jet_err (*visit)(struct database *db, void *context), void *context)
{
    jet_err err = JET_errSuccess;
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES && err == JET_errSuccess; dbid++) {
        struct database *db = engine_database_hold(engine, dbid);
        if (!db)
            continue;
        if (db->is_logged && !db->is_read_only)
            err = visit(db, context);
        engine_database_release(engine, dbid);
    }
    return err;
}

void engine_report(const struct engine *engine, enum engine_event event, jet_err err, uint64_t number, const char *text)
{
    const struct engine_callbacks *callbacks = &engine->config.callbacks;
    struct engine_event_info info = {event, err, number, text};
    if (callbacks->event)
        callbacks->event(callbacks->context, &info);
}

void engine_report_finding(const struct engine *engine, const struct finding *finding)
{
    const enum engine_event event =
        finding->severity == FINDING_WARNING ? ENGINE_EVENT_PAGE_MENDED : ENGINE_EVENT_PAGE_DAMAGED;

    if (finding->place == FINDING_AT_PAGE)
        engine_report(engine, event, finding->err, finding->where, finding->file);
}

/* ---- databases ---- */

void engine_database_put(struct engine *engine, unsigned dbid, struct database *db)
{
    assert(dbid < ENGINE_DATABASES);
    os_mutex_lock(engine->databases_lock);
    assert(!engine->databases[dbid].db);
    engine->databases[dbid] = (struct engine_database){.db = db};
    os_mutex_unlock(engine->databases_lock);
}

jet_err engine_database_take_out(struct engine *engine, unsigned dbid)
{
    assert(dbid < ENGINE_DATABASES);
    jet_err err = JET_errSuccess;
    os_mutex_lock(engine->databases_lock);
    if (engine->databases[dbid].users > 0)
        err = JET_errDatabaseInUse;
    else
        engine->databases[dbid] = (struct engine_database){0};
    os_mutex_unlock(engine->databases_lock);
    return err;
}

struct database *engine_database_hold(struct engine *engine, unsigned dbid)
{
    struct database *db = NULL;
    if (dbid >= ENGINE_DATABASES)
        return NULL;
    os_mutex_lock(engine->databases_lock);
    db = engine->databases[dbid].db;
    engine->databases[dbid].users += db != NULL;
    os_mutex_unlock(engine->databases_lock);
    return db;
}

void engine_database_release(struct engine *engine, unsigned dbid)
{
    os_mutex_lock(engine->databases_lock);
    assert(engine->databases[dbid].users > 0);
    engine->databases[dbid].users--;
    os_mutex_unlock(engine->databases_lock);
}
