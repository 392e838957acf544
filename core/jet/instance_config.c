/* SPDX-License-Identifier: MIT */
/* instance_config.c - see the header. What a client leaves alone is chosen here for the machines of today, where the
 * reference engine's defaults are for those of long ago: the size of the cache and of the log's buffer. Asking for the
 * parameter still gives the default of the API. */
#include "jet/instance_config.h"

#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"

enum {
    CACHE_BYTES_DEFAULT = 256 << 20,
    CACHE_PAGES_LEAST = 32, /* a few for each thread that splits a page */
    CACHE_PAGES_MOST = 1 << 24,
    LOG_BUFFERS_DEFAULT = 4096, /* units of 512 bytes */
};

enum text_index {
    TEXT_SYSTEM,
    TEXT_TEMPORARY,
    TEXT_LOG,
    TEXT_ALTERNATE,
    TEXT_EVENT_SOURCE,
    TEXT_INDEX_LOCALE,
};

/* The engine wants paths without a separator at the end. */
static jet_err text_take(struct instance_config *config, const struct param_set *set, uint32_t id,
                         enum text_index index)
{
    jet_err err = param_text_absolute(set, id, &config->texts[index]);
    if (err >= JET_errSuccess && param_info(id)->kind == PARAM_KIND_FOLDER)
        param_path_strip(config->texts[index]);
    return err;
}

/* Nothing is the folder of the process. */
static jet_err folder_take(struct instance_config *config, const struct param_set *set, uint32_t id,
                           enum text_index index)
{
    jet_err err = text_take(config, set, id, index);
    if (err < JET_errSuccess || config->texts[index][0] != '\0')
        return err;
    free(config->texts[index]);
    config->texts[index] = NULL;
    return os_path_absolute(".", &config->texts[index]);
}

/* JET_paramTempPath is a file, or the folder where it is to be. */
static jet_err temporary_path_take(struct instance_config *config, const struct param_set *set)
{
    jet_err err = text_take(config, set, JET_paramTempPath, TEXT_TEMPORARY);
    if (err < JET_errSuccess)
        return err;
    char *path = config->texts[TEXT_TEMPORARY];
    size_t length = strlen(path);
    if (length > 0 && !param_path_separates(path[length - 1]))
        return JET_errSuccess;
    param_path_strip(path);
    char *file = os_path_join(path, "tmp.edb");
    if (!file)
        return JET_errOutOfMemory;
    free(path);
    config->texts[TEXT_TEMPORARY] = file;
    return JET_errSuccess;
}

static jet_err locale_take(struct instance_config *config, const struct param_set *set)
{
    const char *locale = param_text(set, JET_paramUnicodeIndexDefault);
    const size_t size = strlen(locale) + 1;
    config->texts[TEXT_INDEX_LOCALE] = malloc(size);
    if (!config->texts[TEXT_INDEX_LOCALE])
        return JET_errOutOfMemory;
    memcpy(config->texts[TEXT_INDEX_LOCALE], locale, size);
    return JET_errSuccess;
}

static uint32_t number32(const struct param_set *set, uint32_t id)
{
    uintptr_t number = param_number(set, id);
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static bool flag(const struct param_set *set, uint32_t id)
{
    return param_number(set, id) != 0;
}

static uint32_t clamp(uint32_t number, uint32_t least, uint32_t most)
{
    return number < least ? least : number > most ? most : number;
}

/* JET_paramCacheSize is a wish for now, CacheSizeMax a limit; whichever was set counts. */
static void cache_take(struct engine_config *engine, const struct param_set *process)
{
    uint32_t most = CACHE_BYTES_DEFAULT / engine->page_size;
    if (process->values[JET_paramCacheSizeMax].is_set)
        most = number32(process, JET_paramCacheSizeMax);
    else if (process->values[JET_paramCacheSize].is_set)
        most = number32(process, JET_paramCacheSize);
    engine->cache_pages_max = clamp(most, CACHE_PAGES_LEAST, CACHE_PAGES_MOST);
    engine->cache_pages_min =
        clamp(number32(process, JET_paramCacheSizeMin), CACHE_PAGES_LEAST, engine->cache_pages_max);
}

static bool text_is(const char *text, const char *lower)
{
    for (; *text && *lower; text++, lower++)
        if ((*text | 0x20) != *lower)
            return false;
    return *text == *lower;
}

static void numbers_take(struct engine_config *engine, const struct param_set *set, const struct param_set *process)
{
    engine->page_size = number32(process, JET_paramDatabasePageSize);
    cache_take(engine, process);
    engine->extension_pages = number32(set, JET_paramDbExtensionSize);
    engine->temporary_pages = number32(set, JET_paramPageTempDBMin);
    engine->log_file_kib = number32(set, JET_paramLogFileSize);
    engine->log_buffers =
        set->values[JET_paramLogBuffers].is_set ? number32(set, JET_paramLogBuffers) : LOG_BUFFERS_DEFAULT;
    engine->circular_log = flag(set, JET_paramCircularLog);
    engine->checkpoint_depth = param_number(set, JET_paramCheckpointDepthMax);
    engine->checkpoint_too_deep = number32(set, JET_paramCheckpointTooDeep);
    engine->waypoint_latency = number32(set, JET_paramWaypointLatency);
    engine->legacy_names = number32(set, JET_paramLegacyFileNames);
    engine->log_create_asynch = flag(set, JET_paramLogFileCreateAsynch);
    engine->sessions_max = number32(set, JET_paramMaxSessions);
    engine->open_tables_max = number32(set, JET_paramMaxOpenTables);
    engine->cursors_max = number32(set, JET_paramMaxCursors);
    engine->version_pages_max = number32(set, JET_paramMaxVerPages);
    engine->version_pages_preferred = number32(set, JET_paramPreferredVerPages);
    engine->temporary_tables_max = number32(set, JET_paramMaxTemporaryTables);
    engine->recovery_on = text_is(param_text(set, JET_paramRecovery), "on");
    engine->delete_out_of_range_logs = flag(set, JET_paramDeleteOutOfRangeLogs);
    engine->ignore_log_version = flag(set, JET_paramIgnoreLogVersion);
    engine->one_database_per_session = flag(set, JET_paramOneDatabasePerSession);
    engine->event_logging_level = number32(set, JET_paramEventLoggingLevel);
    engine->no_events = flag(set, JET_paramNoInformationEvent);
    engine->index_sort_flags = number32(set, JET_paramUnicodeIndexDefault);
    engine->commit_default = number32(set, JET_paramCommitDefault);
    engine->xpress_min = number32(process, JET_paramMinDataForXpress);
    engine->tuples = (struct index_tuples){
        .length_min = (uint16_t)number32(set, JET_paramIndexTuplesLengthMin), /* all within 16 bits: param_table.h */
        .length_max = (uint16_t)number32(set, JET_paramIndexTuplesLengthMax),
        .count_max = (uint16_t)number32(set, JET_paramIndexTuplesToIndexMax),
        .step = (uint16_t)number32(set, JET_paramIndexTupleIncrement),
        .start = (uint16_t)number32(set, JET_paramIndexTupleStart),
    };
}

jet_err instance_config_init(struct instance_config *config, const struct param_set *instance,
                             const struct param_set *process)
{
    memset(config, 0, sizeof *config);
    jet_err err = folder_take(config, instance, JET_paramSystemPath, TEXT_SYSTEM);
    if (err >= JET_errSuccess)
        err = temporary_path_take(config, instance);
    if (err >= JET_errSuccess)
        err = folder_take(config, instance, JET_paramLogFilePath, TEXT_LOG);
    if (err >= JET_errSuccess)
        err = text_take(config, instance, JET_paramAlternateDatabaseRecoveryPath, TEXT_ALTERNATE);
    if (err >= JET_errSuccess)
        err = text_take(config, instance, JET_paramEventSource, TEXT_EVENT_SOURCE);
    if (err >= JET_errSuccess)
        err = locale_take(config, instance);
    if (err < JET_errSuccess)
        return err;
    struct engine_config *engine = &config->engine;
    engine->system_path = config->texts[TEXT_SYSTEM];
    engine->temporary_path = config->texts[TEXT_TEMPORARY];
    engine->log_path = config->texts[TEXT_LOG];
    engine->create_path = config->texts[TEXT_ALTERNATE][0] ? config->texts[TEXT_ALTERNATE] : NULL;
    engine->event_source = config->texts[TEXT_EVENT_SOURCE];
    engine->index_locale = config->texts[TEXT_INDEX_LOCALE];
    memcpy(engine->base_name, param_text(instance, JET_paramBaseName), sizeof engine->base_name - 1);
    numbers_take(engine, instance, process);
    return JET_errSuccess;
}

void instance_config_done(struct instance_config *config)
{
    for (size_t i = 0; i < sizeof config->texts / sizeof config->texts[0]; i++) {
        free(config->texts[i]);
        config->texts[i] = NULL;
    }
}

/* Not recursive: paths are clients', and as deep as they like. */
jet_err instance_make_folder(const char *path)
{
    struct os_path_info info;
    if (os_path_stat(path, &info) >= JET_errSuccess)
        return JET_errSuccess; /* whatever it is: who wants to use it as a folder will see */
    size_t size = strlen(path) + 1;
    char *part = malloc(size);
    if (!part)
        return JET_errOutOfMemory;
    memcpy(part, path, size);
    jet_err err = JET_errSuccess;
    for (size_t i = 1; i < size && err >= JET_errSuccess; i++) {
        if (path[i] != '\0' && !param_path_separates(path[i]))
            continue;
        part[i] = '\0';
        if (os_path_stat(part, &info) == JET_errFileNotFound) {
            err = os_folder_create(part);
            if (err == JET_errFileAlreadyExists)
                err = JET_errSuccess; /* somebody else was faster */
        }
        part[i] = path[i];
    }
    free(part);
    return err;
}

jet_err instance_make_folder_of(const char *file)
{
    char *folder = os_path_parent(file);
    if (!folder)
        return JET_errOutOfMemory;
    jet_err err = instance_make_folder(folder);
    free(folder);
    return err;
}

jet_err instance_config_make_folders(const struct instance_config *config)
{
    jet_err err = instance_make_folder(config->engine.system_path);
    if (err >= JET_errSuccess)
        err = instance_make_folder(config->engine.log_path);
    if (err >= JET_errSuccess)
        err = instance_make_folder_of(config->engine.temporary_path);
    return err;
}
