/* SPDX-License-Identifier: MIT */
#include "recovery/marks.h"

#include "format/logrecord.h"
#include "log/log_time.h"

static jet_err append(struct log_stream *log, const void *bytes, size_t size, uint64_t *ret_lgpos)
{
    const struct log_piece piece = {bytes, size};
    const struct log_record record = {&piece, 1};
    uint64_t start, end;
    jet_err err = log_append(log, &record, 1, NULL, &start, &end);
    if (err == JET_errSuccess)
        err = log_flush_to(log, end);
    if (err == JET_errSuccess)
        *ret_lgpos = start;
    return err;
}

jet_err mark_init(struct log_stream *log, uint64_t *ret_lgpos)
{
    const struct logrec_init init = {.dbms = &log_stream_config(log)->dbms, .time = log_time_now()};
    struct logrec_init_disk disk;
    logrec_init_encode(&init, &disk);
    return append(log, &disk, sizeof disk, ret_lgpos);
}

jet_err mark_shut_down(struct log_stream *log, uint64_t *ret_lgpos)
{
    const uint8_t type = LOGREC_SHUT_DOWN_MARK;
    return append(log, &type, sizeof type, ret_lgpos);
}

jet_err mark_recovery_undo(struct log_stream *log, uint64_t *ret_lgpos)
{
    struct logrec_recovery_undo_disk disk;
    logrec_recovery_undo_encode(log_time_now(), &disk);
    return append(log, &disk, sizeof disk, ret_lgpos);
}

jet_err mark_end(struct log_stream *log, const struct mark_end *end, uint64_t *ret_lgpos)
{
    const struct logrec_term term = {
        .type = end->type,
        .lgpos = lgpos_unpack(end->lgpos),
        .redo_from = lgpos_unpack(end->redo_from),
        .is_hard = end->is_hard,
        .time = log_time_now(),
    };
    struct logrec_term_disk disk;
    logrec_term_encode(&term, &disk);
    return append(log, &disk, sizeof disk, ret_lgpos);
}
