/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "jet/inspect.h"
#include "log/log_reader.h"

struct inspect_log {
    struct log_reader *reader;
};

jet_err inspect_log_open(const char *path, const struct finding_listener *listener, struct inspect_log **ret_log)
{
    struct inspect_log *log = calloc(1, sizeof *log);
    if (!log)
        return finding_report_error(listener, FINDING_FILE, path, JET_errOutOfMemory, NULL);
    jet_err err = log_reader_open_file(path, listener, &log->reader);
    if (err < JET_errSuccess) {
        inspect_log_close(log);
        return err;
    }
    *ret_log = log;
    return JET_errSuccess;
}

void inspect_log_close(struct inspect_log *log)
{
    if (!log)
        return;
    log_reader_close(log->reader);
    free(log);
}

jet_err inspect_log_next(struct inspect_log *log, struct inspect_log_record *ret_record)
{
    struct log_reader_record record;
    jet_err err = log_reader_next(log->reader, &record);
    if (err < JET_errSuccess)
        return err;
    *ret_record = (struct inspect_log_record){record.bytes, record.size, lgpos_unpack(record.lgpos)};
    return JET_errSuccess;
}
