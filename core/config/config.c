/* SPDX-License-Identifier: MIT */
/* config.c - see config.h. Each group has a table of its keys: type, range, where the value goes. */
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/utf16.h"
#include "os/os_error.h"
#include "os/os_file.h"

enum { FILE_SIZE_MAX = 1 << 20 };

enum kind { KIND_TEXT, KIND_PATH, KIND_NUMBER, KIND_FLAG, KIND_CHOICE, KIND_PATHS };

struct key {
    const char *name;
    enum kind kind;
    size_t offset; /* of the value in its struct */
    bool is_required;
    uint32_t min, max; /* of a number; of the length of a text */
};

/* The words of a choice, by their number; the only one is the level of the log. */
static const char *const log_levels[] = {
    [CONFIG_LOG_ERROR] = "error", [CONFIG_LOG_WARNING] = "warning", [CONFIG_LOG_NOTICE] = "notice",
    [CONFIG_LOG_INFO] = "info",   [CONFIG_LOG_DEBUG] = "debug",
};

#define AT(type, field) offsetof(struct type, field)
/* clang-format off */
static const struct key service_keys[] = {
    {"log_level",              KIND_CHOICE, AT(config, log_level),             false, 0, 0},
    {"freeze_timeout_ms",      KIND_NUMBER, AT(config, freeze_timeout_ms),     false, 1000, 600000},
    {"idle_timeout_ms",        KIND_NUMBER, AT(config, idle_timeout_ms),       false, 1000, 86400000},
    {"max_backups",            KIND_NUMBER, AT(config, max_backups),           false, 1, 1000},
    {"max_writers",            KIND_NUMBER, AT(config, max_writers),           false, 0, 100},
    {"max_objects_of_client",  KIND_NUMBER, AT(config, max_objects_of_client), false, 1, 1000},
    {"max_instances",          KIND_NUMBER, AT(config, max_instances),         false, 1, 2048},
    {"page_size",              KIND_NUMBER, AT(config, page_size),             false, 2048, 32768},
    {"cache_pages_max",        KIND_NUMBER, AT(config, cache_pages_max),       false, 64, 1 << 30},
    {"runtime_path",           KIND_PATH,   AT(config, runtime_path),          false, 1, 4000},
};
static const struct key instance_keys[] = {
    {"label",            KIND_TEXT,   AT(config_instance, label),            true,  1, 64},
    {"system_path",      KIND_PATH,   AT(config_instance, system_path),      true,  1, 4000},
    {"log_path",         KIND_PATH,   AT(config_instance, log_path),         false, 1, 4000},
    {"temporary_path",   KIND_PATH,   AT(config_instance, temporary_path),   false, 1, 4000},
    {"base_name",        KIND_TEXT,   AT(config_instance, base_name),        false, 3, 3},
    {"databases",        KIND_PATHS,  AT(config_instance, databases),        true,  1, CONFIG_DATABASES_MAX},
    {"circular_logging", KIND_FLAG,   AT(config_instance, circular_logging), false, 0, 0},
    {"make_missing",     KIND_FLAG,   AT(config_instance, make_missing),     false, 0, 0},
    {"log_file_kib",     KIND_NUMBER, AT(config_instance, log_file_kib),     false, 128, 32768},
};
static const struct key writer_keys[] = {
    {"label", KIND_TEXT, AT(config_writer, label), true, 1, 64},
    {"user",  KIND_TEXT, AT(config_writer, user),  true, 1, 256},
};
/* clang-format on */

/* One file being read. */
struct reading {
    const struct config_platform *platform;
    struct config *config;
    const char *file; /* owned by the configuration */
    char *error;      /* CONFIG_ERROR_SIZE */
};

static bool fault(struct reading *reading, const config_setting_t *setting, const char *format, ...) PRINTF_LIKE(3, 4);

/* Always false. */
static bool fault(struct reading *reading, const config_setting_t *setting, const char *format, ...)
{
    char text[CONFIG_ERROR_SIZE / 2];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const unsigned line = setting ? config_setting_source_line(setting) : 0;
    (void)snprintf(reading->error, CONFIG_ERROR_SIZE, "%s:%u: %s", reading->file, line, text);
    return false;
}

/* NULL: no memory. */
static char *copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *made = malloc(size);
    return made ? memcpy(made, text, size) : NULL;
}

/* --- values --- */

static bool take_text(struct reading *reading, const struct key *key, const config_setting_t *setting, char **to)
{
    const char *text = config_setting_get_string(setting);
    if (!text)
        return fault(reading, setting, "%s must be a text in quotation marks", key->name);
    const size_t length = strlen(text);
    if (length < key->min || length > key->max)
        return fault(reading, setting, "%s must have %lu to %lu bytes", key->name, (unsigned long)key->min,
                     (unsigned long)key->max);
    if (key->kind == KIND_PATH && !os_path_is_absolute(text))
        return fault(reading, setting, "%s must be an absolute path", key->name);
    *to = copy(text);
    return *to || fault(reading, setting, "out of memory");
}

static bool take_number(struct reading *reading, const struct key *key, const config_setting_t *setting, uint32_t *to)
{
    const int type = config_setting_type(setting);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
        return fault(reading, setting, "%s must be a number", key->name);
    const long long number = config_setting_get_int64(setting);
    if (number < (long long)key->min || number > (long long)key->max)
        return fault(reading, setting, "%s must be %lu to %lu", key->name, (unsigned long)key->min,
                     (unsigned long)key->max);
    *to = (uint32_t)number;
    return true;
}

static bool take_flag(struct reading *reading, const struct key *key, const config_setting_t *setting, bool *to)
{
    if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
        return fault(reading, setting, "%s must be true or false", key->name);
    *to = config_setting_get_bool(setting) != 0;
    return true;
}

static bool take_choice(struct reading *reading, const struct key *key, const config_setting_t *setting, int *to)
{
    const char *word = config_setting_get_string(setting);
    for (size_t i = 0; word && i < COUNT_OF(log_levels); i++) {
        if (!log_levels[i] || strcmp(word, log_levels[i]) != 0)
            continue;
        *to = (int)i;
        return true;
    }
    return fault(reading, setting, "%s must be \"error\", \"warning\", \"notice\", \"info\" or \"debug\"", key->name);
}

static bool take_paths(struct reading *reading, const struct key *key, const config_setting_t *setting,
                       struct config_instance *instance)
{
    static const struct key one = {"databases", KIND_PATH, 0, true, 1, 4000};
    if (!config_setting_is_list(setting) && !config_setting_is_array(setting))
        return fault(reading, setting, "%s must be a list: ( \"/path\", ... )", key->name);
    const int count = config_setting_length(setting);
    if (count < (int)key->min || count > (int)key->max)
        return fault(reading, setting, "%s must be %lu to %lu", key->name, (unsigned long)key->min,
                     (unsigned long)key->max);
    for (int i = 0; i < count; i++) {
        if (!take_text(reading, &one, config_setting_get_elem(setting, (unsigned)i), &instance->databases[i]))
            return false;
        instance->count_databases++;
    }
    return true;
}

static bool take(struct reading *reading, const struct key *key, const config_setting_t *setting, void *to)
{
    char *at = (char *)to + key->offset;
    switch (key->kind) {
    case KIND_TEXT:
    case KIND_PATH: return take_text(reading, key, setting, (char **)(void *)at);
    case KIND_NUMBER: return take_number(reading, key, setting, (uint32_t *)(void *)at);
    case KIND_FLAG: return take_flag(reading, key, setting, (bool *)at);
    case KIND_CHOICE: return take_choice(reading, key, setting, (int *)(void *)at);
    case KIND_PATHS: return take_paths(reading, key, setting, to);
    }
    return false;
}

/* --- groups --- */

static const struct key *find_key(const struct key *keys, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* Every setting of a group has a key, and every required key a setting. (libconfig refuses a name that is there
 * twice.) */
static bool take_group(struct reading *reading, const config_setting_t *group, const struct key *keys, size_t count,
                       void *to)
{
    if (!config_setting_is_group(group))
        return fault(reading, group, "expected a group: { key = value; ... }");
    const int length = config_setting_length(group);
    for (int i = 0; i < length; i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const struct key *key = find_key(keys, count, config_setting_name(setting));
        if (!key)
            return fault(reading, setting, "the key %s is not known here", config_setting_name(setting));
        if (!take(reading, key, setting, to))
            return false;
    }
    for (size_t i = 0; i < count; i++)
        if (keys[i].is_required && !config_setting_get_member(group, keys[i].name))
            return fault(reading, group, "the key %s is missing", keys[i].name);
    return true;
}

static bool take_service(struct reading *reading, const config_setting_t *setting)
{
    if (reading->config->runtime_path) {
        free(reading->config->runtime_path); /* a later file's counts */
        reading->config->runtime_path = NULL;
    }
    if (!take_group(reading, setting, service_keys, COUNT_OF(service_keys), reading->config))
        return false;
    if (reading->config->page_size & (reading->config->page_size - 1))
        return fault(reading, setting, "page_size must be 2048, 4096, 8192, 16384 or 32768");
    return true;
}

/* 1 to CONFIG_LABEL_MAX bytes of UTF-8 without control characters: labels are shown, and go over buses and pipes. */
static bool is_label(const char *label)
{
    size_t left = strlen(label);
    if (left < 1 || left > CONFIG_LABEL_MAX)
        return false;
    while (left > 0) {
        uint32_t code = 0;
        const size_t size = utf8_get(label, left, &code);
        if (size == 0 || code < 0x20 || code == 0x7F || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        label += size;
        left -= size;
    }
    return true;
}

static bool labels_are_one(const struct config_platform *platform, const char *a, const char *b)
{
    return platform->labels_are_one ? platform->labels_are_one(a, b) : strcmp(a, b) == 0;
}

static bool check_instance(struct reading *reading, const config_setting_t *setting,
                           const struct config_instance *instance)
{
    if (!is_label(instance->label))
        return fault(reading, setting, "the label must be 1 to 64 bytes of UTF-8 without control characters");
    const char *wrong = reading->platform->label_fault ? reading->platform->label_fault(instance->label) : NULL;
    if (wrong)
        return fault(reading, setting, "the label must %s", wrong);
    for (const struct config_instance *other = reading->config->instances; other; other = other->next)
        if (other != instance && labels_are_one(reading->platform, other->label, instance->label))
            return fault(reading, setting, "the label %s stands in %s:%u already", other->label, other->file,
                         other->line);
    return true;
}

static bool take_instance(struct reading *reading, const config_setting_t *setting)
{
    struct config_instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return fault(reading, setting, "out of memory");
    struct config_instance **last = &reading->config->instances;
    while (*last)
        last = &(*last)->next;
    *last = instance; /* owned from here on */
    instance->file = reading->file;
    instance->line = config_setting_source_line(setting);
    if (!take_group(reading, setting, instance_keys, COUNT_OF(instance_keys), instance) ||
        !check_instance(reading, setting, instance))
        return false;
    if (!instance->base_name)
        instance->base_name = copy("edb");
    return instance->base_name || fault(reading, setting, "out of memory");
}

static bool take_writer(struct reading *reading, const config_setting_t *setting)
{
    struct config_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return fault(reading, setting, "out of memory");
    writer->next = reading->config->writers;
    reading->config->writers = writer;
    if (!take_group(reading, setting, writer_keys, COUNT_OF(writer_keys), writer))
        return false;
    if (!is_label(writer->label))
        return fault(reading, setting, "the label must be 1 to 64 bytes of UTF-8 without control characters");
    if (!reading->platform->find_user)
        return fault(reading, setting, "on this platform applications cannot lend instances");
    return reading->platform->find_user(writer->user, &writer->uid) ||
           fault(reading, setting, "there is no user %s", writer->user);
}

static bool take_list(struct reading *reading, const config_setting_t *list,
                      bool (*take_one)(struct reading *, const config_setting_t *))
{
    if (!config_setting_is_list(list))
        return fault(reading, list, "expected a list: ( { ... }, ... )");
    const int count = config_setting_length(list);
    for (int i = 0; i < count; i++)
        if (!take_one(reading, config_setting_get_elem(list, (unsigned)i)))
            return false;
    return true;
}

static bool take_setting(struct reading *reading, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    if (strcmp(name, "service") == 0)
        return take_service(reading, setting);
    if (strcmp(name, "instance") == 0)
        return take_instance(reading, setting);
    if (strcmp(name, "instances") == 0)
        return take_list(reading, setting, take_instance);
    if (strcmp(name, "writers") == 0)
        return take_list(reading, setting, take_writer);
    return fault(reading, setting, "the key %s is not known here", name);
}

/* --- files --- */

static bool file_fault(struct reading *reading)
{
    char words[128];
    (void)snprintf(reading->error, CONFIG_ERROR_SIZE, "%s: %s", reading->file, os_last_error_text(words, sizeof words));
    return false;
}

/* The whole file with a NUL behind it; the caller frees. NULL: it was told why not. */
static char *read_whole(struct reading *reading)
{
    char *text = malloc(FILE_SIZE_MAX + 1);
    size_t size = 0;
    uint64_t file_size;
    if (!text)
        return NULL;
    if (os_file_read_start(reading->file, text, FILE_SIZE_MAX, &size, &file_size) < JET_errSuccess)
        (void)file_fault(reading);
    else if (file_size > FILE_SIZE_MAX || memchr(text, '\0', size))
        (void)fault(reading, NULL, "this is no text of up to %d bytes", FILE_SIZE_MAX);
    else {
        text[size] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

static bool parse(struct reading *reading, config_t *parsed)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* some editors put one there */
    char *text = read_whole(reading);
    if (!text)
        return false;
    const bool has_mark = strncmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0;
    const bool good = config_read_string(parsed, text + (has_mark ? sizeof byte_order_mark - 1 : 0)) == CONFIG_TRUE;
    if (!good)
        (void)snprintf(reading->error, CONFIG_ERROR_SIZE, "%s:%d: %s", reading->file, config_error_line(parsed),
                       config_error_text(parsed));
    free(text);
    return good;
}

static bool take_file(const struct config_platform *platform, struct config *config, const char *path, char *error)
{
    struct config_file *file = calloc(1, sizeof *file);
    if (!file)
        return false;
    file->next = config->files;
    config->files = file;
    file->path = copy(path);
    if (!file->path)
        return false;
    struct reading reading = {platform, config, file->path, error};
    config_t parsed;
    config_init(&parsed);
    bool good = parse(&reading, &parsed);
    const config_setting_t *root = config_root_setting(&parsed);
    for (int i = 0; good && i < config_setting_length(root); i++)
        good = take_setting(&reading, config_setting_get_elem(root, (unsigned)i));
    config_destroy(&parsed);
    return good;
}

static bool is_config_file(const char *name)
{
    const size_t length = strlen(name);
    return name[0] != '.' && length > strlen(".conf") && strcmp(name + length - strlen(".conf"), ".conf") == 0;
}

static bool take_in_folder(const struct config_platform *platform, struct config *config, const char *folder,
                           const char *name, char *error)
{
    char *path = os_path_join(folder, name);
    const bool good = path && take_file(platform, config, path, error);
    free(path);
    return good;
}

static bool take_names(const struct config_platform *platform, struct config *config, const char *folder, char *error)
{
    struct os_folder_list list;
    struct os_path_info info;
    char words[128];
    jet_err err = os_path_stat(folder, &info);
    if (err == JET_errFileNotFound)
        return true;
    if (err >= JET_errSuccess)
        err = os_folder_list(folder, &list);
    if (err < JET_errSuccess) {
        (void)snprintf(error, CONFIG_ERROR_SIZE, "%.300s: %s", folder, os_last_error_text(words, sizeof words));
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < list.count && good; i++)
        good = !is_config_file(list.names[i]) || take_in_folder(platform, config, folder, list.names[i], error);
    os_folder_list_free(&list);
    return good;
}

static bool take_folder(const struct config_platform *platform, struct config *config, const char *main_path,
                        char *error)
{
    char *parent = os_path_parent(main_path);
    char *folder = parent ? os_path_join(parent, "instances.d") : NULL;
    const bool good = folder && take_names(platform, config, folder, error);
    free(parent);
    free(folder);
    return good;
}

static struct config *new_config(void)
{
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return NULL;
    config->log_level = CONFIG_LOG_INFO;
    config->freeze_timeout_ms = 60000;
    config->idle_timeout_ms = 600000;
    config->max_backups = 16;
    config->max_writers = 64;
    config->max_objects_of_client = 32;
    return config;
}

jet_err config_read_files(const char *path, const struct config_platform *platform, struct config **ret_config,
                          char error[CONFIG_ERROR_SIZE])
{
    (void)snprintf(error, CONFIG_ERROR_SIZE, "out of memory");
    struct config *config = new_config();
    if (!config)
        return JET_errOutOfMemory;
    if (!take_file(platform, config, path, error) || !take_folder(platform, config, path, error)) {
        config_free(config);
        return JET_errInvalidParameter;
    }
    *error = '\0';
    *ret_config = config;
    return JET_errSuccess;
}

jet_err config_defaults(struct config **ret_config)
{
    struct config *config = new_config();
    if (!config)
        return JET_errOutOfMemory;
    *ret_config = config;
    return JET_errSuccess;
}

static void free_instance(struct config_instance *instance)
{
    for (size_t i = 0; i < CONFIG_DATABASES_MAX; i++)
        free(instance->databases[i]);
    free(instance->label);
    free(instance->system_path);
    free(instance->log_path);
    free(instance->temporary_path);
    free(instance->base_name);
    free(instance);
}

static void free_lists(struct config *config)
{
    for (struct config_instance *instance = config->instances, *next; instance; instance = next) {
        next = instance->next;
        free_instance(instance);
    }
    for (struct config_writer *writer = config->writers, *next; writer; writer = next) {
        next = writer->next;
        free(writer->label);
        free(writer->user);
        free(writer);
    }
    for (struct config_file *file = config->files, *next; file; file = next) {
        next = file->next;
        free(file->path);
        free(file);
    }
}

void config_free(struct config *config)
{
    if (!config)
        return;
    free_lists(config);
    free(config->runtime_path);
    free(config);
}

static bool equal_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool config_instance_equal(const struct config_instance *a, const struct config_instance *b)
{
    bool equal = equal_text(a->label, b->label) && equal_text(a->system_path, b->system_path) &&
                 equal_text(a->log_path, b->log_path) && equal_text(a->temporary_path, b->temporary_path) &&
                 equal_text(a->base_name, b->base_name) && a->count_databases == b->count_databases &&
                 a->circular_logging == b->circular_logging && a->make_missing == b->make_missing &&
                 a->log_file_kib == b->log_file_kib;
    for (size_t i = 0; equal && i < a->count_databases; i++)
        equal = equal_text(a->databases[i], b->databases[i]);
    return equal;
}
