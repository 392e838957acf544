/* SPDX-License-Identifier: MIT */
/* default_module.h - what the module with functions that make defaults exports, for the test that loads it. */
#ifndef TESTS_DEFAULT_MODULE_H
#define TESTS_DEFAULT_MODULE_H

#include "jet/esent.h"

typedef JET_ERR(JET_API *retrieve_column)(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void *pvData,
                                          uint32_t cbData, uint32_t *pcbActual, JET_GRBIT grbit, JET_RETINFO *pretinfo);

/* The module is linked with no engine: the test says which. "bind_engine". */
typedef void (*default_module_bind)(retrieve_column retrieve, JET_COLUMNID id_column);

/* "from_id", "refuse": JET_CALLBACK. The first makes the data it is given, and the id of the record. */

#endif
