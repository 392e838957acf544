/* SPDX-License-Identifier: MIT */
#include "jet/inspect.h"

#include <stdlib.h>

#include "backup/set_verify.h"
#include "jet/inspect_internal.h"

jet_err inspect_database_open(const char *path, const struct finding_listener *listener,
                              struct inspect_database **ret_database)
{
    struct inspect_database *database = calloc(1, sizeof *database);
    if (!database)
        return finding_report_error(listener, FINDING_FILE, path, JET_errOutOfMemory, NULL);
    jet_err err = database_file_open(path, listener, &database->file);
    if (err < JET_errSuccess)
        goto fail;
    *ret_database = database;
    return JET_errSuccess;
fail:
    inspect_database_close(database);
    return err;
}

void inspect_database_close(struct inspect_database *database)
{
    if (!database)
        return;
    database_file_close(database->file);
    free(database);
}

void inspect_database_info(const struct inspect_database *database, struct inspect_database_info *ret_info)
{
    const struct database_file_info *info = database_file_info(database->file);
    *ret_info = (struct inspect_database_info){
        .page_size = info->page_size,
        .file_size = info->file_size,
        .file_pages = info->file_pages,
        .last_page = info->last_page,
        .last_page_known = info->last_page_known,
        .first_copy_valid = info->first_copy_valid,
        .second_copy_valid = info->second_copy_valid,
        .header = info->header,
    };
}

jet_err inspect_database_read_page(struct inspect_database *database, int64_t pgno, void *buffer,
                                   const struct finding_listener *listener)
{
    return database_file_read_raw(database->file, pgno, buffer, listener);
}

jet_err inspect_manifest_read(const char *path, const struct finding_listener *listener, char **ret_json)
{
    return set_manifest_read(path, listener, ret_json);
}
