/* SPDX-License-Identifier: MIT */
#include "unit_dropin.h"

#include <stdlib.h>
#include <string.h>

/* Folders are few: a list without order. */
struct folders {
    char **names;
    size_t count;
};

static bool add(struct folders *folders, const char *path, size_t length)
{
    if (length == 0)
        length = 1; /* "/" */
    for (size_t i = 0; i < folders->count; i++)
        if (strlen(folders->names[i]) == length && memcmp(folders->names[i], path, length) == 0)
            return true;
    char **grown = realloc(folders->names, (folders->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    folders->names = grown;
    char *name = strndup(path, length);
    if (!name)
        return false;
    folders->names[folders->count++] = name;
    return true;
}

static bool add_whole(struct folders *folders, const char *path)
{
    return !path || add(folders, path, strlen(path));
}

static bool add_instance(struct folders *folders, const struct config_instance *instance)
{
    bool good = add_whole(folders, instance->system_path) && add_whole(folders, instance->log_path) &&
                add_whole(folders, instance->temporary_path);
    for (size_t i = 0; good && i < instance->count_databases; i++)
        good = add(folders, instance->databases[i],
                   (size_t)(strrchr(instance->databases[i], '/') - instance->databases[i]));
    return good;
}

/* In quotation marks, with the escapes of unit files; '%' begins a specifier there. */
static void print_quoted(const char *path, FILE *out)
{
    (void)fputs("ReadWritePaths=\"", out);
    for (const unsigned char *at = (const unsigned char *)path; *at; at++) {
        if (*at == '%')
            (void)fputs("%%", out);
        else if (*at < 0x20 || *at >= 0x7F || *at == '"' || *at == '\\')
            (void)fprintf(out, "\\x%02x", *at);
        else
            (void)fputc(*at, out);
    }
    (void)fputs("\"\n", out);
}

int unit_dropin_print(const struct config *config, FILE *out)
{
    struct folders folders = {NULL, 0};
    bool good = true;
    for (const struct config_instance *instance = config->instances; good && instance; instance = instance->next)
        good = add_instance(&folders, instance);
    (void)fputs("[Service]\n", out);
    for (size_t i = 0; i < folders.count; i++) {
        print_quoted(folders.names[i], out);
        free(folders.names[i]);
    }
    free(folders.names);
    return good && fflush(out) == 0 && !ferror(out) ? 0 : 2;
}
