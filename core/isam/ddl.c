/* SPDX-License-Identifier: MIT */
/* ddl.c - statements, and names. */
#include "isam/ddl.h"

#include "isam/ddl_internal.h"
#include "isam/session.h"
#include "isam/transaction.h"

/* ---- statements ---- */

jet_err ddl_begin(struct session *session, const struct database *db)
{
    if (db->is_read_only)
        return JET_errDatabaseFileReadOnly;
    if (session->level > 0 && transaction_is_read_only(session))
        return JET_errTransReadOnly;
    return transaction_begin_nested(session);
}

jet_err ddl_end(struct session *session, jet_err err)
{
    if (err >= JET_errSuccess) {
        err = transaction_commit(session, 0, NULL);
        if (err >= JET_errSuccess)
            return err;
    }
    if (session->level > 0)
        jet_err_ignore(transaction_rollback(session, false)); /* the first error counts; one of this ends the engine */
    return err;
}

/* ---- names ---- */

static bool may_be_in_name(char c)
{
    return c >= ' ' && c < 0x7F && c != '!' && c != '.' && c != '[' && c != ']';
}

jet_err ddl_check_name(const char *name)
{
    size_t size = 0;

    if (!name || name[0] == ' ')
        return JET_errInvalidName;
    for (; name[size] != '\0'; size++)
        if (size == TABLE_NAME_MAX || !may_be_in_name(name[size]))
            return JET_errInvalidName;
    return size > 0 ? JET_errSuccess : JET_errInvalidName;
}

jet_err ddl_check_density(uint32_t density)
{
    return density == 0 || (density >= DDL_DENSITY_MIN && density <= DDL_DENSITY_MAX) ? JET_errSuccess
                                                                                      : JET_errDensityInvalid;
}

jet_err ddl_check_alone(const struct table *table, const struct session *session)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = table->columns[i];

        if ((column->owner && column->owner != session) || (column->deleted_by && column->deleted_by != session))
            return JET_errWriteConflict;
    }
    for (size_t i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];

        if ((index->owner && index->owner != session) || (index->deleted_by && index->deleted_by != session))
            return JET_errWriteConflict;
    }
    return JET_errSuccess;
}
