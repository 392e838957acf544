/* SPDX-License-Identifier: MIT */
/* change_log.h - writing the log records of changes, and what a changed page gets. Private to btree/. */
#ifndef COLDSTREAM_BTREE_CHANGE_LOG_H
#define COLDSTREAM_BTREE_CHANGE_LOG_H

#include "btree/tree_internal.h"
#include "format/logrecord.h"
#include "log/log_stream.h"

/* Where the records of a change lie in the log; zeros: not logged. */
struct change_place {
    uint64_t start, end;
};

/* Appends the records; all of them or none. Does nothing for an actor without a log. */
MUST_CHECK jet_err change_append(const struct btree_actor *actor, const struct log_record *records, unsigned count,
                                 struct change_place *ret_place);

/* One record of up to four pieces; pieces of size 0 are none. */
MUST_CHECK jet_err change_append_pieces(const struct btree_actor *actor, const struct log_piece pieces[4],
                                        struct change_place *ret_place);

/* The page has its new content: it gets the dbtime and is dirty. */
void change_finish(struct frame *frame, const struct btree_actor *actor, dbtime_t dbtime,
                   const struct change_place *place);

/* Heads of the records of a tree. `dbtime_before` is taken from the page. */
struct logrec_page_head change_page_head(const struct tree *tree, const struct btree_actor *actor, uint8_t type,
                                         const struct frame *frame, dbtime_t dbtime, unsigned line);
struct logrec_node_head change_node_head(const struct tree *tree, const struct btree_actor *actor, uint8_t type,
                                         const struct frame *frame, dbtime_t dbtime, unsigned line, uint32_t rceid);

static inline struct log_piece piece_of(struct logrec_span span)
{
    return (struct log_piece){span.bytes, span.size};
}

static inline struct logrec_span span_of(const void *bytes, size_t size)
{
    return (struct logrec_span){bytes, size};
}

#endif
