/* SPDX-License-Identifier: MIT */
/* coldstream_recover.c - soft recovery of files that lie in a folder: an engine starts over them, and stops at once.
 *
 * The log knows databases by the paths they had. Here they are looked for by their names, in one folder, and nowhere
 * else: what a copied log names may be in use where it was.
 */
#include <stdlib.h>
#include <string.h>

#include "jet/coldstream.h"
#include "jet/coldstream_internal.h"
#include "log/log_set.h"
#include "log/log_startup.h"
#include "os/os_file.h"
#include "recovery/attachments.h"
#include "recovery/log_settings.h"
#include "recovery/startup.h"

enum {
    DATABASES_MOST = 64, /* places that one log can name in a row */
    CACHE_BYTES = 64 << 20,
    CACHE_PAGES_LEAST = 256,
};

struct recover {
    struct operation *o;
    const struct coldstream_recover_request *request;
    struct log_set logs;
    struct engine_config config;
    char *temporary; /* never made */
    char *paths[DATABASES_MOST];
    size_t path_count;
};

/* ---- where databases are ---- */

static void tell_missing(const struct recover *r, const char *path, const char *log_path)
{
    const struct finding finding = {
        .kind = FINDING_FILE,
        .severity = FINDING_WARNING,
        .err = JET_errFileNotFound,
        .file = path,
        .detail = log_path,
    };
    struct os_path_info info;
    if (os_path_stat(path, &info) == JET_errFileNotFound)
        finding_report(&r->o->found, &finding);
}

static jet_err place(void *context, const char *log_path, const char **ret_path)
{
    struct recover *r = context;
    char *path =
        os_path_join(r->request->databases ? r->request->databases : r->request->folder, attachment_name(log_path));
    if (!path)
        return JET_errOutOfMemory;
    size_t i = 0;
    while (i < r->path_count && strcmp(r->paths[i], path) != 0)
        i++;
    if (i < r->path_count) {
        free(path);
    } else if (r->path_count == DATABASES_MOST) {
        free(path);
        return JET_errTooManyAttachedDatabases;
    } else {
        tell_missing(r, path, log_path);
        r->paths[r->path_count++] = path;
    }
    *ret_path = r->paths[i];
    return JET_errSuccess;
}

/* ---- settings, as the files are ---- */

static jet_err read_last_header(const struct recover *r, struct logheader_disk *ret_header)
{
    uint64_t file_size;
    size_t actual;
    char *path = os_path_join(r->request->folder, r->logs.files[r->logs.count - 1].name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_file_read_start(path, ret_header, sizeof *ret_header, &actual, &file_size);
    if (err == JET_errSuccess)
        err = logheader_verify(ret_header, actual);
    free(path);
    return err;
}

/* Bits of JET_paramLegacyFileNames: names go on as they are. */
static uint32_t legacy_names(const struct log_set *logs)
{
    enum { OLD_EXTENSIONS = 1, SHORT_NUMBERS = 2 };
    uint32_t bits = SHORT_NUMBERS;
    for (size_t i = 0; i < logs->count; i++) {
        struct logname name;
        if (logname_parse(logs->files[i].name, &name) < JET_errSuccess)
            continue;
        if (name.family == LOGNAME_LOG_CHK)
            bits |= OLD_EXTENSIONS;
        if (name.digits == LOGNAME_DIGITS_LONG)
            bits &= ~(uint32_t)SHORT_NUMBERS;
    }
    return bits;
}

static jet_err make_config(struct recover *r)
{
    struct logheader_disk header;
    jet_err err = read_last_header(r, &header);
    r->temporary = os_path_join(r->request->folder, "tmp.edb");
    if (err == JET_errSuccess && !r->temporary)
        err = JET_errOutOfMemory;
    if (err < JET_errSuccess)
        return err;
    const uint32_t page_size = logheader_page_size(&header);
    r->config = (struct engine_config){
        .system_path = r->request->folder,
        .log_path = r->request->folder,
        .temporary_path = r->temporary,
        .event_source = "",
        .page_size = page_size,
        .cache_pages_min = CACHE_PAGES_LEAST,
        .cache_pages_max = CACHE_BYTES / page_size,
        .extension_pages = 256,
        .log_buffers = 1024,
        .checkpoint_depth = 20 << 20,
        .legacy_names = legacy_names(&r->logs),
        .sessions_max = 16,
        .open_tables_max = 300,
        .cursors_max = 1024,
        .version_pages_max = 65536,
        .version_pages_preferred = 4096,
        .recovery_on = true,
    };
    memcpy(r->config.base_name, r->logs.base_name, sizeof r->config.base_name);
    return JET_errSuccess;
}

/* ---- recovery ---- */

/* What has been replayed by then is replayed again by the next one. */
static jet_err hear_progress(void *context, unsigned permille)
{
    struct recover *r = context;
    (void)permille;
    return os_event_wait(operation_stop(r->o), 0) ? JET_errBackupAbortByServer : JET_errSuccess;
}

static jet_err start_and_stop(struct recover *r)
{
    const unsigned flags = RECOVERY_ALLOW_MISSING_CURRENT | RECOVERY_ALLOW_BACKUP_DB |
                           (r->request->ignore_missing ? RECOVERY_IGNORE_MISSING_DB : 0);
    const struct recovery_options options = {
        .flags = flags,
        .place = place,
        .listener = &r->o->found,
        .progress = hear_progress,
        .context = r,
    };
    struct engine *engine;
    jet_err err = engine_start(&r->config, &options, &engine);
    return err < JET_errSuccess ? err : engine_stop(engine, ENGINE_STOP_CLEAN);
}

static void tell_files(const struct recover *r)
{
    static const struct database_page_counts nothing_counted;
    for (size_t i = 0; i < r->path_count; i++) {
        struct os_path_info info;
        if (os_path_stat(r->paths[i], &info) == JET_errSuccess)
            operation_file(r->o, r->paths[i], BACKUP_FILE_DATABASE, info.size_bytes, &nothing_counted, NULL);
    }
}

static jet_err recover_logs(struct recover *r, bool *ret_was_needed)
{
    struct log_startup startup;
    jet_err err = make_config(r);
    if (err < JET_errSuccess)
        return err;
    const struct log_config config = log_settings(&r->config);
    err = log_startup_look(&config, LOG_STARTUP_ALLOW_MISSING_CURRENT, &r->o->found, &startup);
    if (err < JET_errSuccess)
        return err;
    *ret_was_needed = startup.kind == LOG_STARTUP_RECOVER;
    r->o->summary->first_generation = lgpos_unpack(startup.start).generation;
    r->o->summary->last_generation = startup.resume.generation;
    if (!*ret_was_needed)
        return JET_errSuccess;
    err = start_and_stop(r);
    if (err == JET_errSuccess)
        tell_files(r);
    return err;
}

static jet_err recover(struct operation *o, const struct coldstream_recover_request *request, bool *ret_was_needed)
{
    struct recover r = {.o = o, .request = request};
    jet_err err = log_set_read(request->folder, request->base_name, &o->found, &r.logs);
    if (err == JET_errSuccess && r.logs.count == 0)
        err = finding_report_error(&o->found, FINDING_FILE, request->folder, JET_errFileNotFound, "no log files");
    if (err == JET_errSuccess)
        err = recover_logs(&r, ret_was_needed);
    log_set_done(&r.logs);
    free(r.temporary);
    for (size_t i = 0; i < r.path_count; i++)
        free(r.paths[i]);
    return err;
}

jet_err coldstream_recover(struct coldstream_job *job, const struct coldstream_recover_request *request,
                           bool *ret_was_needed, struct coldstream_summary *ret_summary)
{
    struct operation o;
    *ret_was_needed = false;
    operation_begin(&o, job, "recover", ret_summary);
    jet_err err = recover(&o, request, ret_was_needed);
    ret_summary->recoverable = err == JET_errSuccess;
    return operation_end(&o, request->folder, err);
}
