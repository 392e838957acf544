/* SPDX-License-Identifier: MIT */
#include "jet/database_compact.h"

#include <stdlib.h>

#include "isam/compact.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "jet/database_open.h"
#include "jet/jet_session.h"
#include "os/os_file.h"

struct status {
    JET_SESID sesid;
    JET_PFNSTATUS function; /* NULL: nobody listens */
    uint32_t done, total;
};

static jet_err status_call(const struct status *status, JET_SNT snt, void *what)
{
    return status->function ? status->function(status->sesid, JET_snpCompact, snt, what) : JET_errSuccess;
}

static jet_err status_progress(void *context, uint32_t done, uint32_t total)
{
    struct status *status = context;
    JET_SNPROG progress = {.cbStruct = sizeof progress, .cunitDone = done, .cunitTotal = total};

    status->done = done;
    status->total = total;
    return status_call(status, JET_sntProgress, &progress);
}

/* Its result has come about already. */
static void status_end(struct status *status, jet_err err)
{
    if (err >= JET_errSuccess && status->done < status->total)
        jet_err_ignore(status_progress(status, status->total, status->total));
    jet_err_ignore(status_call(status, err >= JET_errSuccess ? JET_sntComplete : JET_sntFail, NULL));
}

static jet_err copy(struct jet_session *session, unsigned from, const char *to, struct status *status)
{
    const struct engine_database_new options = {.path = to};
    struct compact_job job = {
        .session = session->session, .from = from, .progress = status_progress, .context = status};
    jet_err err = engine_database_create(session->session, &options, &job.to);

    if (err < JET_errSuccess)
        return err;
    err = compact_tables(&job);
    engine_database_close(session->session, job.to);
    jet_err detach_err = engine_database_detach(session->session, to);
    if (err >= JET_errSuccess)
        err = detach_err;
    if (err < JET_errSuccess)
        jet_err_ignore(os_file_remove(to)); /* the first error counts */
    return err;
}

static jet_err compact(struct jet_session *session, const char *from, const char *to, struct status *status)
{
    const struct engine_database_open_options how = {.is_read_only = true, .is_exclusive = true};
    unsigned dbid = 0;
    jet_err err = engine_database_open(session->session, from, &how, &dbid);

    if (err < JET_errSuccess)
        return err;
    err = status_call(status, JET_sntBegin, NULL);
    if (err >= JET_errSuccess) {
        err = copy(session, dbid, to, status);
        status_end(status, err);
    }
    engine_database_close(session->session, dbid);
    return err < JET_errSuccess ? err : JET_errSuccess;
}

jet_err database_compact(JET_SESID sesid, const char *from, const char *to, JET_PFNSTATUS status, JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitCompactStats | JET_bitCompactRepair | JET_bitCompactPreserveOriginal;
    struct status called = {.sesid = sesid, .function = status};
    struct jet_session *session;
    char *absolute_from;
    char *absolute_to;

    if ((grbit & ~known) != 0)
        return JET_errInvalidGrbit;
    if (!to || to[0] == '\0')
        return JET_errDatabaseInvalidPath;
    jet_err err = os_path_absolute(to, &absolute_to);
    if (err < JET_errSuccess)
        return err;
    err = database_enter_named(sesid, from, &session, &absolute_from);
    if (err >= JET_errSuccess) {
        err =
            session->session->level > 0 ? JET_errInTransaction : compact(session, absolute_from, absolute_to, &called);
        jet_session_leave(session);
        free(absolute_from);
    }
    free(absolute_to);
    return err;
}
