/* SPDX-License-Identifier: MIT */
/* database_defragment.h - JetDefragment in all its forms.
 *
 * JET_bitDefragmentBatchStart starts a thread for the database and returns; it does as many passes as `passes` says
 * (NULL or 0: goes on until it is stopped) in at most so many seconds. JET_bitDefragmentBatchStop ends it and says how
 * many passes and seconds that were; whoever detaches the database or ends the instance ends it too. The callback is
 * called by the thread when it has ended by itself, with JET_cbtypOnlineDefragCompleted and no session (JET_sesidNil):
 * it may call the API, but not end the instance, which waits for it.
 *
 * JET_bitDefragmentBTree does one table, here and now. JET_bitDefragmentBTreeBatch has nothing to go on with, because
 * of that. JET_bitDefragmentAvailSpaceTreesOnly does nothing: the trees of extents are as small as they can be.
 * NoPartialMerges is how it always is.
 */
#ifndef COLDSTREAM_JET_DATABASE_DEFRAGMENT_H
#define COLDSTREAM_JET_DATABASE_DEFRAGMENT_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

struct defragment_call {
    const char *table; /* NULL: none */
    uint32_t *passes, *seconds;
    JET_CALLBACK callback;
    JET_GRBIT grbit;
};

/* JET_wrnDefragAlreadyRunning, JET_wrnDefragNotRunning; JET_errInvalidGrbit, JET_errInvalidDatabaseId,
 * JET_errInvalidName (BTree without a table), JET_errDatabaseFileReadOnly, JET_errInvalidParameter,
 * JET_errInTransaction (BTree). */
MUST_CHECK jet_err database_defragment(JET_SESID sesid, JET_DBID dbid, const struct defragment_call *call);

/* The same for a database by its name, which need not be open. */
MUST_CHECK jet_err database_defragment_named(JET_SESID sesid, const char *path, const struct defragment_call *call);

#endif
