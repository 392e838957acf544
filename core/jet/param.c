/* SPDX-License-Identifier: MIT */
#include "jet/param.h"

#include <stdlib.h>
#include <string.h>

#include "isam/text_order.h"
#include "jet/param_table.h"
#include "jet/text_language.h"
#include "os/os_file.h"

#define ANY      UINTPTR_MAX
#define INT_MOST 0x7FFFFFFF
#define XX(name, kind, use, least, most, value, small, text)                                                           \
    [JET_param##name] = {                                                                                              \
        "JET_param" #name, PARAM_KIND_##kind, PARAM_USE_##use, (least), (most), (uintptr_t)(value), (small), text},
static const struct param_info params[PARAM_COUNT] = {PARAM_TABLE(XX)};
#undef XX

const struct param_info *param_info(uint32_t id)
{
    return id < PARAM_COUNT && params[id].kind != PARAM_KIND_NONE ? &params[id] : NULL;
}

void param_set_init(struct param_set *set)
{
    memset(set, 0, sizeof *set);
    for (uint32_t id = 0; id < PARAM_COUNT; id++)
        set->values[id].number = params[id].value;
}

static char *string_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

jet_err param_set_copy(struct param_set *set, const struct param_set *from)
{
    *set = *from;
    for (uint32_t id = 0; id < PARAM_COUNT; id++)
        set->values[id].text = NULL;
    for (uint32_t id = 0; id < PARAM_COUNT; id++) {
        if (!from->values[id].text)
            continue;
        set->values[id].text = string_copy(from->values[id].text);
        if (!set->values[id].text) {
            param_set_done(set);
            return JET_errOutOfMemory;
        }
    }
    return JET_errSuccess;
}

void param_set_done(struct param_set *set)
{
    for (uint32_t id = 0; id < PARAM_COUNT; id++) {
        free(set->values[id].text);
        set->values[id].text = NULL;
    }
}

uintptr_t param_number(const struct param_set *set, uint32_t id)
{
    return set->values[id].number;
}

const char *param_text(const struct param_set *set, uint32_t id)
{
    const char *text = set->values[id].text ? set->values[id].text : params[id].text;
    return text ? text : "";
}

/* Characters of UTF-8: bytes that do not continue one. */
static size_t text_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += ((unsigned char)*text & 0xC0u) != 0x80u;
    return length;
}

/* Absolute; "." and "./" are the current folder itself. */
static jet_err path_absolute(const char *text, char **ret_path)
{
    if (text[0] == '.' && (text[1] == '\0' || strcmp(text, "./") == 0))
        text = ".";
    char *path;
    jet_err err = os_path_absolute(text, &path);
    if (err < JET_errSuccess)
        return err;
    size_t length = strlen(path);
    if (strcmp(text, ".") == 0 && length > 2 && strcmp(path + length - 2, "/.") == 0)
        path[length - 1] = '\0';
    *ret_path = path;
    return JET_errSuccess;
}

/* The limits are of the text that the client gives; a path may be longer once it is absolute. */
static jet_err text_set(struct param_value *value, const struct param_info *info, const char *text)
{
    char *copy = NULL;
    size_t length = text_length(text);
    if (length < info->least || length > info->most)
        return JET_errInvalidParameter;
    if (info->kind == PARAM_KIND_STRING || length == 0) {
        copy = string_copy(text);
        if (!copy)
            return JET_errOutOfMemory;
    } else {
        jet_err err = path_absolute(text, &copy);
        if (err < JET_errSuccess)
            return err;
    }
    free(value->text);
    value->text = copy;
    return JET_errSuccess;
}

static bool is_within(const struct param_info *info, uintptr_t number)
{
    if (info->kind == PARAM_KIND_BOOLEAN || info->kind == PARAM_KIND_POINTER)
        return true;
    if (info->kind == PARAM_KIND_POWER && (number & (number - 1)) != 0)
        return false;
    return number >= info->least && number <= info->most;
}

/* A new configuration gives every parameter that nobody has set the value that goes with it. */
static void configuration_apply(struct param_set *set, uintptr_t configuration)
{
    bool is_small = (configuration & JET_configDefault) == 0 || (configuration & JET_configLowMemory) != 0;
    for (uint32_t id = 0; id < PARAM_COUNT; id++)
        if (!set->values[id].is_set && id != JET_paramConfiguration)
            set->values[id].number = is_small ? params[id].small : params[id].value;
    if ((configuration & JET_configRunSilent) != 0) {
        set->values[JET_paramNoInformationEvent].number = 1;
        set->values[JET_paramEventLoggingLevel].number = JET_EventLoggingDisable;
    }
}

jet_err param_set_value(struct param_set *set, uint32_t id, uintptr_t number, const char *text)
{
    const struct param_info *info = param_info(id);
    if (!info || info->use == PARAM_USE_RO)
        return JET_errInvalidParameter;
    struct param_value *value = &set->values[id];
    if (param_is_text(info)) {
        jet_err err = text_set(value, info, text ? text : "");
        if (err < JET_errSuccess)
            return err;
    } else {
        if (!is_within(info, number))
            return JET_errInvalidParameter;
        value->number = info->kind == PARAM_KIND_BOOLEAN ? number != 0 : number;
    }
    value->is_set = true;
    if (id == JET_paramConfiguration)
        configuration_apply(set, number);
    return JET_errSuccess;
}

void param_path_strip(char *path)
{
    size_t length = strlen(path);
    while (length > 1 && param_path_separates(path[length - 1]) && path[length - 2] != ':')
        path[--length] = '\0';
}

static jet_err order_check(const JET_UNICODEINDEX *order, struct param_value *ret_value)
{
    uint32_t flags = order->dwMapFlags;
    char *name;
    jet_err err = order->lcid != 0 ? language_from_lcid(order->lcid, &name) : JET_errInvalidLanguageId;
    if (err < JET_errSuccess)
        return err;
    err = text_order_check(name, &flags);
    if (err < JET_errSuccess) {
        free(name);
        return err;
    }
    *ret_value = (struct param_value){.number = flags, .text = name, .is_set = true};
    return JET_errSuccess;
}

jet_err param_set_order(struct param_set *set, const JET_UNICODEINDEX *order)
{
    struct param_value value = {.number = params[JET_paramUnicodeIndexDefault].value};
    jet_err err = order ? order_check(order, &value) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err == JET_errOutOfMemory ? err : JET_errInvalidParameter;
    free(set->values[JET_paramUnicodeIndexDefault].text);
    set->values[JET_paramUnicodeIndexDefault] = value;
    return JET_errSuccess;
}

void param_order(const struct param_set *set, JET_UNICODEINDEX *ret_order)
{
    const struct param_value *value = &set->values[JET_paramUnicodeIndexDefault];
    *ret_order = (JET_UNICODEINDEX){
        .lcid = language_to_lcid(value->text ? value->text : params[JET_paramUnicodeIndexDefault].text),
        .dwMapFlags = (uint32_t)value->number,
    };
}

jet_err param_text_absolute(const struct param_set *set, uint32_t id, char **ret_text)
{
    const char *text = param_text(set, id);
    char *copy = NULL;
    if (params[id].kind == PARAM_KIND_STRING || text[0] == '\0') {
        copy = string_copy(text);
        if (!copy)
            return JET_errOutOfMemory;
    } else {
        jet_err err = path_absolute(text, &copy);
        if (err < JET_errSuccess)
            return err;
    }
    if (params[id].kind == PARAM_KIND_FOLDER && copy[0] != '\0') {
        param_path_strip(copy);
        char *folder = os_path_join(copy, "");
        free(copy);
        if (!folder)
            return JET_errOutOfMemory;
        copy = folder;
    }
    *ret_text = copy;
    return JET_errSuccess;
}
