/* SPDX-License-Identifier: MIT */
#include "jet/coldstream.h"

#include "backup/restore.h"
#include "jet/coldstream_internal.h"

static jet_err restore(struct operation *o, const struct coldstream_restore_request *request)
{
    struct set_reader *reader;
    struct set_verify_result result;
    struct set_verify_options options = operation_set_options(o);
    options.allow_damage = request->allow_damage;
    jet_err err = request->stream
                      ? set_reader_open_stream(request->stream, request->source, options.stop, &o->found, &reader)
                      : set_reader_open(request->source, options.stop, &o->found, &reader);
    if (err < JET_errSuccess)
        return err;
    o->progress.bytes_total = reader->bytes;
    err = set_restore(reader, request->folder, &options, &result);
    operation_set_result(o, &result);
    set_reader_close(reader);
    return err;
}

jet_err coldstream_restore(struct coldstream_job *job, const struct coldstream_restore_request *request,
                           struct coldstream_summary *ret_summary)
{
    struct operation o;
    operation_begin(&o, job, "restore", ret_summary);
    return operation_end(&o, request->source, restore(&o, request));
}
