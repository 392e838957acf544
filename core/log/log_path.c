/* SPDX-License-Identifier: MIT */
#include "log/log_path.h"

#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"

static jet_err path_in(const char *folder, const struct log_config *config, struct logname name, char **ret_path)
{
    char text[LOGNAME_SIZE_MAX];
    memcpy(name.base, config->base_name, sizeof name.base);
    name.family = name.kind == LOGNAME_RESERVE ? LOGNAME_LOG_CHK : config->family;
    jet_err err = logname_format(&name, text);
    if (err < JET_errSuccess)
        return err;
    char *path = os_path_join(folder, text);
    if (!path)
        return JET_errOutOfMemory;
    *ret_path = path;
    return JET_errSuccess;
}

jet_err log_path_make(const struct log_config *config, enum logname_kind kind, char **ret_path)
{
    const char *folder = kind == LOGNAME_CHECKPOINT ? config->system_folder : config->log_folder;
    return path_in(folder, config, (struct logname){.kind = kind}, ret_path);
}

static struct logname closed_name(lgen_t generation, unsigned digits)
{
    return (struct logname){.kind = LOGNAME_CLOSED, .number = generation, .digits = digits};
}

static unsigned digits_of(const struct log_config *config, lgen_t generation)
{
    return config->has_short_names && generation <= LOGNAME_SHORT_MAX ? LOGNAME_DIGITS_SHORT : LOGNAME_DIGITS_LONG;
}

jet_err log_path_closed(const struct log_config *config, lgen_t generation, char **ret_path)
{
    return path_in(config->log_folder, config, closed_name(generation, digits_of(config, generation)), ret_path);
}

jet_err log_path_find_closed(const struct log_config *config, const char *folder, lgen_t generation, char **ret_path)
{
    static const unsigned lengths[] = {LOGNAME_DIGITS_SHORT, LOGNAME_DIGITS_LONG};
    for (size_t i = generation <= LOGNAME_SHORT_MAX ? 0 : 1; i < COUNT_OF(lengths); i++) {
        struct os_path_info info;
        char *path;
        jet_err err = path_in(folder, config, closed_name(generation, lengths[i]), &path);
        if (err < JET_errSuccess)
            return err;
        err = os_path_stat(path, &info);
        if (err == JET_errSuccess) {
            *ret_path = path;
            return JET_errSuccess;
        }
        free(path);
        if (err != JET_errFileNotFound)
            return err;
    }
    return JET_errFileNotFound;
}

jet_err log_path_reserve(const struct log_config *config, unsigned number, char **ret_path)
{
    const struct logname name = {.kind = LOGNAME_RESERVE, .number = number, .digits = LOGNAME_DIGITS_SHORT};
    return path_in(config->log_folder, config, name, ret_path);
}

static void look_at(const struct log_config *config, const char *text, struct log_folder *look)
{
    struct logname name, base = {.digits = 0};
    memcpy(base.base, config->base_name, sizeof base.base);
    if (logname_parse(text, &name) < JET_errSuccess || !logname_same_base(&name, &base) ||
        name.family != config->family)
        return;
    look->has_current = look->has_current || name.kind == LOGNAME_CURRENT;
    look->has_spare = look->has_spare || name.kind == LOGNAME_TEMPORARY;
    if (name.kind != LOGNAME_CLOSED)
        return;
    if (look->oldest == 0 || name.number < look->oldest)
        look->oldest = name.number;
    if (name.number > look->newest)
        look->newest = name.number;
}

jet_err log_folder_look(const struct log_config *config, const char *folder, struct log_folder *ret_look)
{
    struct os_folder_list names;
    *ret_look = (struct log_folder){0};
    jet_err err = os_folder_list(folder, &names);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < names.count; i++)
        look_at(config, names.names[i], ret_look);
    os_folder_list_free(&names);
    return JET_errSuccess;
}

jet_err log_file_occupy(const char *path, struct os_file **ret_file)
{
    struct os_file *file;
    jet_err err = os_file_open(path, OS_FILE_READ_WRITE, &file);
    if (err < JET_errSuccess)
        return err;
    err = os_file_lock(file, OS_FILE_SHARE_NOBODY); /* binds who asks, too; readers do not */
    if (err < JET_errSuccess) {
        os_file_close(file);
        return err == JET_errFileAccessDenied ? JET_errLogFilePathInUse : err;
    }
    *ret_file = file;
    return JET_errSuccess;
}
