/* SPDX-License-Identifier: MIT */
/* database_pages.c - JetGetDatabasePages: pages of an attached database as they lie on the disk. */
#include "jet/esent.h"
#include "jet/jet_session.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "storage/database_file.h"

enum { BUFFER_ALIGNMENT = 4096 };

struct request {
    pgno_t first;
    uint32_t count;
    void *buffer;
    uint32_t size;
};

static jet_err check(const struct request *request, uint32_t page_size, const uint32_t *actual, JET_GRBIT grbit)
{
    if (request->first == 0 || request->count > PGNO_MAX || request->first > PGNO_MAX - request->count ||
        (uintptr_t)request->buffer % BUFFER_ALIGNMENT != 0 || (request->size > 0 && !request->buffer))
        return JET_errInvalidParameter;
    if (request->size / page_size < request->count)
        return JET_errBufferTooSmall;
    if (!actual)
        return JET_errInvalidParameter;
    return grbit == JET_bitNil ? JET_errSuccess : JET_errInvalidGrbit;
}

static void found(void *context, const struct finding *finding)
{
    engine_report_finding(context, finding);
}

static uint32_t count_there(const struct request *request, pgno_t last)
{
    const uint32_t there = request->first <= last ? last - request->first + 1 : 0;
    return request->count < there ? request->count : there;
}

/* Of pages behind the end of the file none is read. Nobody writes to the others meanwhile, so that one that fails is
 * damaged. */
static jet_err read_pages(struct engine *engine, struct database *db, const struct request *request, uint32_t *ret_size)
{
    static const struct database_read_retry retry = {.reads = 2};
    const struct finding_listener listener = {found, engine};
    const pgno_t last = database_last_in_file(db);
    struct dbheader_disk header;
    struct database_file *file;
    struct page_range range;
    *ret_size = 0;
    uint32_t count = count_there(request, last);
    if (count == 0)
        return JET_errSuccess;
    database_header_get(db, &header);
    jet_err err = database_file_of(db, &header, last, &file);
    if (err < JET_errSuccess)
        return err;
    cache_range_lock(db, request->first, count, &range);
    const uint32_t still_there = count_there(request, database_last_in_file(db));
    count = count < still_there ? count : still_there;
    if (count > 0)
        err = database_file_read_pages(file, request->first, count, request->buffer, &retry, &listener, NULL);
    cache_range_unlock(&range);
    database_file_close(file);
    if (err >= JET_errSuccess)
        *ret_size = count * db->page_size;
    return err;
}

JET_ERR JET_API JetGetDatabasePages(JET_SESID sesid, JET_DBID dbid, uint32_t pgnoStart, uint32_t cpg, void *pv,
                                    uint32_t cb, uint32_t *pcbActual, JET_GRBIT grbit)
{
    struct jet_session *session;
    const struct request request = {pgnoStart, cpg, pv, cb};
    uint32_t size = 0;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    struct engine *engine = session->instance->engine;
    struct database *db = engine->databases[dbid].db;
    err = check(&request, db->page_size, pcbActual, grbit);
    if (err >= JET_errSuccess)
        err = read_pages(engine, db, &request, &size);
    jet_session_leave(session);
    if (err >= JET_errSuccess)
        *pcbActual = size;
    return err;
}
