/* SPDX-License-Identifier: MIT */
/* database_param.h - parameters of one database (JET_SETDBPARAM), given when it is created or attached. */
#ifndef COLDSTREAM_JET_DATABASE_PARAM_H
#define COLDSTREAM_JET_DATABASE_PARAM_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* What is the value of one that is not given. */
struct database_params {
    uint32_t pages_max; /* JET_dbparamDbSizeMaxPages; 0: no limit */
};

/* Parameters that are about shrinking and leaks are looked at only by who attaches. */
enum database_param_use {
    DATABASE_IS_CREATED,
    DATABASE_IS_ATTACHED,
};

/* All are checked as ESENT checks them. Of what they ask, the limit of the size is done; the others are about how fast
 * or small a database is, and change nothing here. JET_errInvalidDbparamId, JET_errInvalidBufferSize,
 * JET_errInvalidParameter, JET_errInvalidGrbit. */
MUST_CHECK jet_err database_params_parse(const JET_SETDBPARAM *list, uint32_t count, enum database_param_use use,
                                         struct database_params *ret_params);

#endif
