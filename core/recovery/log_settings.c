/* SPDX-License-Identifier: MIT */
#include "recovery/log_settings.h"

#include <string.h>

#include "format/logsegment.h"

enum {
    LEGACY_EXTENSIONS = 1 << 0, /* JET_bitESE98FileNames */
    LEGACY_NUMBERS = 1 << 1,    /* JET_bitEightDotThreeSoftCompat */
    BUFFER_UNIT = 512,
    AT_LEAST_2_GIG = 0x7FFFFFFF, /* what a number that does not fit is written as */
    DBMS_CIRCULAR = 1,
};

static le32 number(uint64_t value)
{
    return le32_make(value < AT_LEAST_2_GIG ? (uint32_t)value : AT_LEAST_2_GIG);
}

/* A path of other characters than ASCII is cut before the first: nobody reads it. */
static void copy_path(uint8_t *to, size_t size, const char *from)
{
    for (size_t i = 0; i + 1 < size && from[i] != '\0' && (unsigned char)from[i] < 0x80; i++)
        to[i] = (uint8_t)from[i];
}

static void fill_dbms(const struct engine_config *config, uint16_t segments, struct dbms_disk *dbms)
{
    copy_path(dbms->system_path, sizeof dbms->system_path, config->system_path);
    copy_path(dbms->log_path, sizeof dbms->log_path, config->log_path);
    dbms->flags = config->circular_log ? DBMS_CIRCULAR : 0;
    dbms->sessions_max = number(config->sessions_max);
    dbms->open_tables_max = number(config->open_tables_max);
    dbms->version_pages = number(config->version_pages_max);
    dbms->cursors_max = number(config->cursors_max);
    dbms->log_buffers = number(config->log_buffers);
    dbms->log_file_segments = number(segments);
    dbms->cache_size_max = number(config->cache_pages_max);
}

static uint16_t segments_of(uint32_t log_file_kib)
{
    const uint64_t segments = (uint64_t)log_file_kib * 1024 / LOGSEGMENT_SIZE;
    if (log_file_kib == 0)
        return LOG_SEGMENTS_DEFAULT;
    if (segments < LOG_SEGMENTS_MIN)
        return LOG_SEGMENTS_MIN;
    return segments < UINT16_MAX ? (uint16_t)segments : UINT16_MAX;
}

static uint16_t buffer_segments_of(uint32_t log_buffers)
{
    const uint64_t segments = (uint64_t)log_buffers * BUFFER_UNIT / LOGSEGMENT_SIZE;
    return segments < UINT16_MAX ? (uint16_t)segments : UINT16_MAX;
}

struct log_config log_settings(const struct engine_config *config)
{
    struct log_config log = log_config_default(config->log_path, config->system_path);
    memcpy(log.base_name, config->base_name, sizeof log.base_name);
    log.family = config->legacy_names & LEGACY_EXTENSIONS ? LOGNAME_LOG_CHK : LOGNAME_JTX_JCP;
    log.has_short_names = config->legacy_names & LEGACY_NUMBERS;
    log.is_circular = config->circular_log;
    log.segments = segments_of(config->log_file_kib);
    log.buffer_segments = buffer_segments_of(config->log_buffers);
    log.page_size = config->page_size;
    log.is_prepared_late = !config->log_create_asynch;
    fill_dbms(config, log.segments, &log.dbms);
    return log;
}
