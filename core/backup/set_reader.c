/* SPDX-License-Identifier: MIT */
#include "backup/set_reader.h"

#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/manifest.h"
#include "backup/set_reader_internal.h"
#include "base/corrupt.h"
#include "os/os_file.h"

void set_reader_report(const struct set_reader *reader, const struct finding_listener *listener,
                       const struct finding *finding)
{
    struct finding named = *finding;
    char *path = NULL;
    bool is_member = finding->file != reader->name;
    if (is_member && reader->manifest_first) /* a folder */
        path = os_path_join(reader->name, finding->file);
    else if (is_member)
        named.archive = reader->name;
    if (path) /* out of memory: the bare name will have to do */
        named.file = path;
    finding_report(listener, &named);
    free(path);
}

jet_err set_reader_report_error(const struct set_reader *reader, const struct finding_listener *listener,
                                enum finding_kind kind, const char *member, jet_err err, const char *detail)
{
    const struct finding finding = {
        .kind = kind,
        .severity = FINDING_ERROR,
        .err = err,
        .file = member,
        .place = FINDING_WHOLE_FILE,
        .detail = detail,
    };
    set_reader_report(reader, listener, &finding);
    return err;
}

jet_err set_reader_check_name(const struct set_reader *reader, const struct finding_listener *listener,
                              const char *name)
{
    if (strcmp(name, MANIFEST_NAME) == 0 || manifest_check_name(name) >= JET_errSuccess)
        return JET_errSuccess;
    return set_reader_report_error(reader, listener, FINDING_MEMBER, name, CORRUPT(JET_errFileInvalidType),
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
