/* SPDX-License-Identifier: MIT */
/* actor.h - on whose behalf a tree is changed, and how the change is logged.
 *
 * The session layer fills one in for each change: what goes into the heads of log records, the log itself, and what has
 * to happen before nodes move to another page.
 */
#ifndef COLDSTREAM_BTREE_ACTOR_H
#define COLDSTREAM_BTREE_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct frame;
struct log_stream;

enum { BTREE_EXTENSION_PAGES_DEFAULT = 256 };

struct btree_actor {
    struct log_stream *log; /* NULL: nothing is logged (recovery is off, or the database is a temporary one) */
    uint16_t procid;
    uint32_t trx_begin0;
    uint8_t level;         /* of the session, 1 and up: the Begin0 record is in the log already */
    uint8_t head_flags;    /* LOGREC_FLAG_SYSTEM ...; what the tree and the change add is not needed here */
    uint64_t lgpos_begin0; /* where that Begin0 lies; 0: each page counts from the record that changes it */

    /* The database file grows by multiples of this; 0: BTREE_EXTENSION_PAGES_DEFAULT. */
    uint32_t extension_pages;
    bool may_exceed_limit; /* and by more than database.h's pages_max: what is undone must not fail for it */

    /* Called with a leaf latched exclusively before nodes leave it (split, merge): undo information that is pending
     * under this page must be logged now. An error ends the split or merge, nothing has changed then. NULL: there is
     * none. */
    jet_err (*before_move)(void *context, struct frame *leaf);
    void *before_move_context;
};

#endif
