/* SPDX-License-Identifier: MIT */
#include "host/file_list.h"

#include <stdlib.h>
#include <string.h>

#include "host/instance_use.h"
#include "os/os_file.h"

void file_list_free(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->files[i].path);
    free(list->files);
    *list = (struct file_list){NULL, 0, false};
}

/* A list of the API: paths one after another, each with its NUL. */
static jet_err parse(const char *text, struct file_list *list)
{
    size_t count = 0;
    for (const char *at = text; *at; at += strlen(at) + 1)
        count++;
    list->files = calloc(count + 1, sizeof *list->files);
    if (!list->files)
        return JET_errOutOfMemory;
    for (const char *at = text; *at; at += strlen(at) + 1) {
        struct os_path_info info = {.size_bytes = 0};
        if (os_path_stat(at, &info) < JET_errSuccess)
            info.size_bytes = 0; /* opening it will tell */
        if (!text_copy(at, &list->files[list->count].path))
            return JET_errOutOfMemory;
        list->files[list->count++].size_bytes = info.size_bytes;
    }
    list->is_known = true;
    return JET_errSuccess;
}

typedef JET_ERR (*list_call)(JET_INSTANCE handle, char *list, uint32_t size, uint32_t *actual, void *info);

/* Asks for the size, then for the list; it may have grown in between. */
static jet_err take(JET_INSTANCE handle, list_call call, void *info, struct file_list *ret_list)
{
    struct file_list list = {NULL, 0, false};
    uint32_t size = 0, actual = 0;
    char *text = NULL;
    jet_err err = call(handle, NULL, 0, &size, info);
    while (err >= JET_errSuccess) {
        free(text);
        text = calloc(1, (size_t)size + 2);
        if (!text)
            return JET_errOutOfMemory;
        err = call(handle, text, size, &actual, info);
        if (err < JET_errSuccess || actual <= size)
            break;
        size = actual;
    }
    if (err >= JET_errSuccess)
        err = parse(text, &list);
    free(text);
    if (err < JET_errSuccess) {
        file_list_free(&list);
        return err;
    }
    file_list_free(ret_list);
    *ret_list = list;
    return JET_errSuccess;
}

static JET_ERR call_attach_info(JET_INSTANCE handle, char *list, uint32_t size, uint32_t *actual, void *info)
{
    (void)info;
    return JetGetAttachInfoInstanceA(handle, list, size, actual);
}

static JET_ERR call_log_info(JET_INSTANCE handle, char *list, uint32_t size, uint32_t *actual, void *info)
{
    return JetGetLogInfoInstance2A(handle, list, size, actual, info);
}

static JET_ERR call_truncate_info(JET_INSTANCE handle, char *list, uint32_t size, uint32_t *actual, void *info)
{
    (void)info;
    return JetGetTruncateLogInfoInstanceA(handle, list, size, actual);
}

uint64_t file_list_bytes(const struct file_list *list)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += list->files[i].size_bytes;
    return bytes;
}

jet_err file_list_databases(JET_INSTANCE handle, struct file_list *list)
{
    return take(handle, call_attach_info, NULL, list);
}

jet_err file_list_logs(JET_INSTANCE handle, JET_LOGINFO_A *info, struct file_list *list)
{
    return take(handle, call_log_info, info, list);
}

jet_err file_list_superfluous(JET_INSTANCE handle, struct file_list *list)
{
    return take(handle, call_truncate_info, NULL, list);
}

bool file_list_has(const struct file_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->files[i].path, path) == 0)
            return true;
    return false;
}
