/* SPDX-License-Identifier: MIT */
/* engine_database_log.c - CreateDB, CreateDBFinish, AttachDB, DetachDB, ShrinkDB: what recovery will know of a
 * database. */
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "format/logrecord_database.h"
#include "isam/engine_database_internal.h"
#include "log/log_stream.h"
#include "log/log_time.h"

enum { CREATE_OVERWRITE = 0x200 }; /* JET_bitDbOverwriteExisting */

/* A path as records have it. */
struct log_path {
    le16 *units; /* with their NUL; for free() */
    struct logrec_span span;
};

static jet_err log_path_make(const char *path, struct log_path *ret_path)
{
    const size_t size = strlen(path);
    uint16_t *units = malloc((size + 1) * sizeof *units);
    le16 *disk = malloc((size + 1) * sizeof *disk);
    size_t count = 0;
    jet_err err = units && disk ? JET_errSuccess : JET_errOutOfMemory;

    if (err >= JET_errSuccess && (!utf16_from_utf8(path, size, units, &count) || count >= UINT16_MAX / 2))
        err = JET_errInvalidPath;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        disk[i] = le16_make(units[i]);
    free(units);
    if (err < JET_errSuccess) {
        free(disk);
        return err;
    }
    disk[count] = le16_make(0);
    *ret_path = (struct log_path){
        disk, {(const uint8_t *)disk, (count + 1) * sizeof *disk}
    };
    return JET_errSuccess;
}

static jet_err append(struct log_stream *log, const void *fixed, size_t size, const struct logrec_span *path,
                      uint64_t *ret_start)
{
    const struct log_piece pieces[2] = {
        {fixed,                     size                 },
        {path ? path->bytes : NULL, path ? path->size : 0}
    };
    const struct log_record record = {pieces, path ? 2 : 1};
    uint64_t start, end;
    jet_err err = log_append(log, &record, 1, NULL, &start, &end);

    if (err >= JET_errSuccess)
        err = log_flush_to(log, end);
    if (err >= JET_errSuccess && ret_start)
        *ret_start = start;
    return err;
}

jet_err database_log_create(struct log_stream *log, const struct database_log_create *create, uint64_t *ret_start)
{
    struct logrec_create_db_disk disk;
    struct log_path path;
    jet_err err = log_path_make(create->path, &path);

    if (err < JET_errSuccess)
        return err;
    const struct logrec_create_db record = {
        .procid = create->procid,
        .dbid = create->dbid,
        .options = create->overwrite ? CREATE_OVERWRITE : 0,
        .count_pages_max = create->pages_max,
        .signature = *create->signature,
        .scheme = LOGREC_CREATE_DB_SCHEME,
        .path_is_utf16 = true,
        .path = path.span,
    };
    logrec_create_db_encode(&record, &disk);
    err = append(log, &disk, sizeof disk, &path.span, ret_start);
    free(path.units);
    return err;
}

jet_err database_log_create_finish(struct log_stream *log, uint8_t dbid, uint16_t procid)
{
    const struct logrec_create_db_finish record = {.procid = procid, .dbid = dbid};
    struct logrec_create_db_finish_disk disk;

    logrec_create_db_finish_encode(&record, &disk);
    return append(log, &disk, sizeof disk, NULL, NULL);
}

jet_err database_log_attach(struct log_stream *log, const struct database *db, const struct dbheader_disk *header,
                            uint16_t procid, uint32_t pages_max, uint64_t *ret_start)
{
    struct logrec_attach_db_disk disk;
    struct log_path path;
    jet_err err = log_path_make(db->path, &path);

    if (err < JET_errSuccess)
        return err;
    const struct logrec_attach_db record = {
        .procid = procid,
        .dbid = db->dbid,
        .count_pages_max = pages_max,
        .consistent = lgpos_get(header->lgpos_consistent),
        .signature = header->signature,
        .log_signature = header->log_signature,
        .path_is_utf16 = true,
        .path = path.span,
    };
    logrec_attach_db_encode(&record, &disk);
    err = append(log, &disk, sizeof disk, &path.span, ret_start);
    free(path.units);
    return err;
}

jet_err database_log_detach(struct log_stream *log, const char *path, uint8_t dbid, uint16_t procid,
                            uint64_t *ret_start)
{
    struct logrec_detach_db_disk disk;
    struct log_path name;
    jet_err err = log_path_make(path, &name);

    if (err < JET_errSuccess)
        return err;
    const struct logrec_detach_db record = {.procid = procid, .dbid = dbid, .path_is_utf16 = true, .path = name.span};
    logrec_detach_db_encode(&record, &disk);
    err = append(log, &disk, sizeof disk, &name.span, ret_start);
    free(name.units);
    return err;
}

jet_err database_log_shrink(struct log_stream *log, struct database *db, pgno_t last, uint64_t *ret_start)
{
    const uint32_t version = log_update_major(log);
    struct logrec_shrink_db_disk disk;
    struct logrec_shrink_db shrink = {
        .type = LOGREC_SHRINK_DB,
        .dbid = db->dbid,
        .pgno = last,
        .count_pages = database_last_page(db) - last,
    };

    if (version >= LOGREC_SHRINK_DB3_UPDATE_MAJOR) {
        shrink.type = LOGREC_SHRINK_DB3;
        shrink.dbtime = database_next_dbtime(db);
    } else if (version >= LOGREC_SHRINK_DB2_UPDATE_MAJOR) {
        shrink.type = LOGREC_SHRINK_DB2;
    }
    const size_t size = logrec_shrink_db_encode(&shrink, &disk);
    return append(log, &disk, size, NULL, ret_start);
}

struct dbheader_attach database_log_place(struct engine *engine, uint8_t dbid, uint64_t start)
{
    struct dbheader_attach place = {.now = log_time_now(), .dbid = dbid};

    if (engine->log) {
        lgen_t generation;
        const struct logtime_disk created = log_generation_created(engine->log, &generation);

        place.lgpos = lgpos_unpack(start);
        place.log_signature = log_signature(engine->log);
        if (generation == place.lgpos.generation)
            place.generation_created = created;
    }
    return place;
}
