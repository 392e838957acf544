/* SPDX-License-Identifier: MIT */
#include "jet/database_param.h"

#include <string.h>

enum {
    CACHE_PRIORITY_MOST = 1000,
    TIME_QUOTA_MOST_MS = 7 * 24 * 60 * 60 * 1000, /* or -1: none */
};
static const uint32_t cache_priority_none = UINT32_MAX;

static const JET_GRBIT shrink_known =
    JET_bitShrinkDatabaseEofOnAttach | JET_bitShrinkDatabaseFullCategorizationOnAttach |
    JET_bitShrinkDatabaseDontMoveRootsOnAttach | JET_bitShrinkDatabaseDontTruncateLeakedPagesOnAttach |
    JET_bitShrinkDatabaseDontTruncateIndeterminatePagesOnAttach;

/* Values by their number, all of 32 bits. */
enum { PARAM_COUNT = JET_dbparamMaxValueInvalid - JET_dbparamDbSizeMaxPages };

struct values {
    uint32_t of[PARAM_COUNT];
};

#define OF(values, id) ((values)->of[(id)-JET_dbparamDbSizeMaxPages])

static const bool ignored_by_create[PARAM_COUNT] = {
    [JET_dbparamShrinkDatabaseOptions - JET_dbparamDbSizeMaxPages] = true,
    [JET_dbparamShrinkDatabaseTimeQuota - JET_dbparamDbSizeMaxPages] = true,
    [JET_dbparamShrinkDatabaseSizeLimit - JET_dbparamDbSizeMaxPages] = true,
    [JET_dbparamLeakReclaimerEnabled - JET_dbparamDbSizeMaxPages] = true,
    [JET_dbparamLeakReclaimerTimeQuota - JET_dbparamDbSizeMaxPages] = true,
};

static jet_err take(const JET_SETDBPARAM *param, enum database_param_use use, struct values *values)
{
    if (param->dbparamid < JET_dbparamDbSizeMaxPages || param->dbparamid >= JET_dbparamMaxValueInvalid)
        return JET_errInvalidDbparamId;
    const uint32_t i = param->dbparamid - JET_dbparamDbSizeMaxPages;
    if (use == DATABASE_IS_CREATED && ignored_by_create[i])
        return JET_errSuccess;
    if (param->cbParam != sizeof values->of[i] || !param->pvParam)
        return JET_errInvalidBufferSize;
    memcpy(&values->of[i], param->pvParam, sizeof values->of[i]);
    return JET_errSuccess;
}

static jet_err check(const struct values *values)
{
    const uint32_t priority = OF(values, JET_dbparamCachePriority);
    if (priority != cache_priority_none && priority > CACHE_PRIORITY_MOST)
        return JET_errInvalidParameter;
    if ((OF(values, JET_dbparamShrinkDatabaseOptions) & ~shrink_known) != 0)
        return JET_errInvalidGrbit;
    if ((int32_t)OF(values, JET_dbparamShrinkDatabaseTimeQuota) > TIME_QUOTA_MOST_MS ||
        (int32_t)OF(values, JET_dbparamLeakReclaimerTimeQuota) > TIME_QUOTA_MOST_MS ||
        (int32_t)OF(values, JET_dbparamShrinkDatabaseSizeLimit) < 0)
        return JET_errInvalidParameter;
    return JET_errSuccess;
}

jet_err database_params_parse(const JET_SETDBPARAM *list, uint32_t count, enum database_param_use use,
                              struct database_params *ret_params)
{
    struct values values = {.of = {0}};
    jet_err err = list || count == 0 ? JET_errSuccess : JET_errInvalidParameter;
    OF(&values, JET_dbparamCachePriority) = cache_priority_none;
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = take(&list[i], use, &values);
    if (err >= JET_errSuccess)
        err = check(&values);
    if (err < JET_errSuccess)
        return err;
    *ret_params = (struct database_params){.pages_max = OF(&values, JET_dbparamDbSizeMaxPages)};
    return JET_errSuccess;
}
