/* SPDX-License-Identifier: MIT */
/* api_reference.c - values outside their records by reference, and records as a stream. */
#include "isam/session.h"
#include "isam/table_reference.h"
#include "isam/table_stream.h"
#include "isam/transaction.h"
#include "jet/esent.h"
#include "jet/jet_table.h"

/* One call sees one state. `*ret_is_own`: in a transaction that it has for itself. */
static jet_err moment_begin(struct jet_table *table, bool *ret_is_own)
{
    struct session *session = table->session->session;
    *ret_is_own = session->level == 0;
    return *ret_is_own ? transaction_begin(session, true) : JET_errSuccess;
}

static void moment_end(struct jet_table *table, bool is_own)
{
    if (is_own) {
        const jet_err end = transaction_commit(table->session->session, 0, NULL);
        (void)end; /* it has changed nothing */
    }
}

JET_ERR JET_API JetRetrieveColumnByReference(const JET_SESID sesid, const JET_TABLEID tableid,
                                             const void *const pvReference, const uint32_t cbReference,
                                             const uint32_t ibData, void *const pvData, const uint32_t cbData,
                                             uint32_t *const pcbActual, const JET_GRBIT grbit)
{
    struct jet_table *table;
    size_t available = 0;
    bool is_own;
    const bool measures = (grbit & JET_bitRetrievePhysicalSize) != 0;
    const struct table_reference_read read = {pvReference, cbReference, ibData, pvData, cbData, measures};
    if (pcbActual)
        *pcbActual = 0;
    if (!pvData && (cbData > 0 || !pcbActual))
        return JET_errInvalidParameter;
    if (measures && (ibData > 0 || pvData || !pcbActual))
        return JET_errInvalidParameter;
    if ((grbit & ~(JET_GRBIT)JET_bitRetrievePhysicalSize) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = moment_begin(table, &is_own);
    if (err >= JET_errSuccess) {
        err = table_reference_read(table->cursor, &read, &available);
        moment_end(table, is_own);
    }
    jet_table_leave(table);
    if (err >= JET_errSuccess && pcbActual)
        *pcbActual = (uint32_t)available;
    return err;
}

/* There is no least number of pages that could be kept: all that are read are. */
JET_ERR JET_API JetPrereadColumnsByReference(const JET_SESID sesid, const JET_TABLEID tableid,
                                             const void *const *const rgpvReferences,
                                             const uint32_t *const rgcbReferences, const uint32_t cReferences,
                                             const uint32_t cPageCacheMin, const uint32_t cPageCacheMax,
                                             uint32_t *const pcReferencesPreread, const JET_GRBIT grbit)
{
    struct jet_table *table;
    uint32_t done = 0;
    const struct table_reference_preread preread = {
        .references = rgpvReferences,
        .sizes = rgcbReferences,
        .count = cReferences,
        .pages_max = cPageCacheMax,
        .first_page_only = (grbit & JET_bitPrereadFirstPage) != 0,
    };
    if (pcReferencesPreread)
        *pcReferencesPreread = 0;
    if (!rgpvReferences || !rgcbReferences || cPageCacheMin > cPageCacheMax)
        return JET_errInvalidParameter;
    if ((grbit & ~(JET_GRBIT)JET_bitPrereadFirstPage) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_reference_preread(table->cursor, &preread, &done);
    jet_table_leave(table);
    if (pcReferencesPreread)
        *pcReferencesPreread = done;
    return err;
}

/* ---- streams ---- */

static jet_err stream_check(uint32_t count, const JET_COLUMNID *columns, const void *buffer, uint32_t size,
                            const uint32_t *actual, JET_GRBIT grbit)
{
    const JET_GRBIT directions = JET_bitStreamForward | JET_bitStreamBackward;
    if ((count > 0) != (columns != NULL) || (!buffer && (size > 0 || !actual)))
        return JET_errInvalidParameter;
    if ((grbit & ~(directions | JET_bitStreamColumnReferences)) != 0 || (grbit & directions) == directions ||
        (grbit & directions) == 0)
        return JET_errInvalidGrbit;
    return JET_errSuccess;
}

JET_ERR JET_API JetStreamRecords(JET_SESID sesid, JET_TABLEID tableid, const uint32_t ccolumnid,
                                 const JET_COLUMNID *const rgcolumnid, void *const pvData, const uint32_t cbData,
                                 uint32_t *const pcbActual, const JET_GRBIT grbit)
{
    struct jet_table *table;
    size_t size = 0;
    bool is_own;
    const struct table_stream_options options = {
        .columns = rgcolumnid,
        .count = ccolumnid,
        .forward = (grbit & JET_bitStreamForward) != 0,
        .references = (grbit & JET_bitStreamColumnReferences) != 0,
    };
    if (pcbActual)
        *pcbActual = 0;
    jet_err err = stream_check(ccolumnid, rgcolumnid, pvData, cbData, pcbActual, grbit);
    if (err >= JET_errSuccess)
        err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = moment_begin(table, &is_own);
    if (err >= JET_errSuccess) {
        err = table_stream(table->cursor, &options, pvData, cbData, &size);
        moment_end(table, is_own);
    }
    jet_table_leave(table);
    if (err >= JET_errSuccess && pcbActual)
        *pcbActual = (uint32_t)size;
    return err;
}

JET_ERR JET_API JetRetrieveColumnFromRecordStream(void *const pvData, const uint32_t cbData, uint32_t *const piRecord,
                                                  JET_COLUMNID *const pcolumnid, uint32_t *const pitagSequence,
                                                  uint32_t *const pibValue, uint32_t *const pcbValue)
{
    struct record_stream_value value;
    if (!piRecord || !pcolumnid || !pitagSequence || !pibValue || !pcbValue)
        return JET_errInvalidParameter;
    const jet_err err = record_stream_next(pvData, cbData, &value);
    if (err < JET_errSuccess || err == JET_wrnNoMoreRecords)
        return err;
    *piRecord = value.record;
    *pcolumnid = value.column;
    *pitagSequence = value.itag;
    *pibValue = value.offset;
    *pcbValue = value.size;
    return err;
}
