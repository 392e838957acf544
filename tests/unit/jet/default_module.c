/* SPDX-License-Identifier: MIT */
#include "default_module.h"

#include <stdio.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

static retrieve_column retrieve;
static JET_COLUMNID id_column;

EXPORTED void bind_engine(retrieve_column function, JET_COLUMNID column);
EXPORTED void bind_engine(retrieve_column function, JET_COLUMNID column)
{
    retrieve = function;
    id_column = column;
}

EXPORTED JET_ERR JET_API from_id(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *pvArg1,
                                 void *pvArg2, void *pvContext, JET_API_PTR ulUnused);
EXPORTED JET_ERR JET_API from_id(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *pvArg1,
                                 void *pvArg2, void *pvContext, JET_API_PTR ulUnused)
{
    char text[64];
    int id;
    uint32_t *size = pvArg2;
    JET_ERR err = retrieve(sesid, tableid, id_column, &id, sizeof id, NULL, JET_bitNil, NULL);
    if (err < JET_errSuccess)
        return err;
    if (cbtyp != JET_cbtypUserDefinedDefaultValue || dbid == JET_dbidNil || ulUnused == 0)
        return JET_errInvalidParameter;
    const int length = snprintf(text, sizeof text, "%s %d", pvContext ? (const char *)pvContext : "none", id);
    if (*size > 0)
        memcpy(pvArg1, text, (uint32_t)length < *size ? (uint32_t)length : *size);
    *size = (uint32_t)length;
    return JET_errSuccess;
}

EXPORTED JET_ERR JET_API refuse(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *pvArg1,
                                void *pvArg2, void *pvContext, JET_API_PTR ulUnused);
EXPORTED JET_ERR JET_API refuse(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *pvArg1,
                                void *pvArg2, void *pvContext, JET_API_PTR ulUnused)
{
    (void)sesid;
    (void)dbid;
    (void)tableid;
    (void)cbtyp;
    (void)pvArg1;
    (void)pvArg2;
    (void)pvContext;
    (void)ulUnused;
    return JET_errPermissionDenied;
}
