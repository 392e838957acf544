/* SPDX-License-Identifier: MIT */
#include "backup/set_reader.h"

#include <string.h>

#include "backup/failure.h"
#include "backup/manifest.h"
#include "backup/set_reader_internal.h"
#include "base/corrupt.h"
#include "os/os_file.h"

jet_err set_reader_check_name(const struct finding_listener *listener, const char *name)
{
    if (strcmp(name, MANIFEST_NAME) == 0 || manifest_check_name(name) >= JET_errSuccess)
        return JET_errSuccess;
    return finding_report_error(listener, FINDING_MEMBER, name, CORRUPT(JET_errFileInvalidType),
                                "a file of a backup set cannot have this name");
}

jet_err set_reader_open(const char *path, struct os_event *stop, const struct finding_listener *listener,
                        struct set_reader **ret_reader)
{
    const struct set_reader_origin origin = {.name = path, .path = path, .stop = stop, .listener = *listener};
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err < JET_errSuccess)
        return failure_report_os(listener, path, err);
    if (info.kind == OS_PATH_FOLDER)
        return set_reader_open_folder(path, listener, ret_reader);
    return set_reader_open_tar(&origin, ret_reader);
}

jet_err set_reader_open_stream(struct os_stream *stream, const char *name, struct os_event *stop,
                               const struct finding_listener *listener, struct set_reader **ret_reader)
{
    const struct set_reader_origin origin = {.name = name, .stream = stream, .stop = stop, .listener = *listener};
    return set_reader_open_tar(&origin, ret_reader);
}

void set_reader_close(struct set_reader *reader)
{
    if (reader)
        reader->ops->close(reader);
}
