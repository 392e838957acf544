/* SPDX-License-Identifier: MIT */
/* change_log.c - see change_log.h. */
#include "btree/change_log.h"

#include "btree/apply.h"

jet_err change_append(const struct btree_actor *actor, const struct log_record *records, unsigned count,
                      struct change_place *ret_place)
{
    *ret_place = (struct change_place){0, 0};
    if (!actor->log)
        return JET_errSuccess;
    return log_append(actor->log, records, count, NULL, &ret_place->start, &ret_place->end);
}

jet_err change_append_pieces(const struct btree_actor *actor, const struct log_piece pieces[4],
                             struct change_place *ret_place)
{
    struct log_piece used[4];
    unsigned count = 0;

    for (unsigned i = 0; i < 4; i++)
        if (pieces[i].size > 0)
            used[count++] = pieces[i];
    const struct log_record record = {used, count};
    return change_append(actor, &record, 1, ret_place);
}

void change_finish(struct frame *frame, const struct btree_actor *actor, dbtime_t dbtime,
                   const struct change_place *place)
{
    apply_dbtime(frame->page, dbtime);
    atomic_store_explicit(&frame->is_checked, true, memory_order_relaxed);
    page_dirty(frame, place->end, place->end == 0 ? 0 : actor->lgpos_begin0 ? actor->lgpos_begin0 : place->start);
}

struct logrec_page_head change_page_head(const struct tree *tree, const struct btree_actor *actor, uint8_t type,
                                         const struct frame *frame, dbtime_t dbtime, unsigned line)
{
    const unsigned flags = actor->head_flags | (tree_is_unique(tree) ? (unsigned)LOGREC_FLAG_UNIQUE : 0) |
                           (tree_is_space(tree) ? (unsigned)LOGREC_FLAG_SPACE : 0);
    return (struct logrec_page_head){
        .type = type,
        .procid = actor->procid,
        .dbid = tree->db->dbid,
        .pgno = frame->pgno,
        .dbtime = dbtime,
        .dbtime_before = page_dbtime(frame->page),
        .trx_begin0 = actor->trx_begin0,
        .level = actor->level,
        .iline = (uint16_t)line,
        .flags = (uint8_t)flags,
    };
}

struct logrec_node_head change_node_head(const struct tree *tree, const struct btree_actor *actor, uint8_t type,
                                         const struct frame *frame, dbtime_t dbtime, unsigned line, uint32_t rceid)
{
    return (struct logrec_node_head){
        .page = change_page_head(tree, actor, type, frame, dbtime, line),
        .rceid = rceid,
        .pgno_fdp = tree->fdp,
        .objid = tree->objid,
    };
}
