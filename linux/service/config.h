/* SPDX-License-Identifier: MIT */
/* config.h - the configuration: coldstream.conf and, beside it, instances.d, whose files *.conf are read in the order of their names.
 *
 *      service: { log_level = "info"; max_backups = 16; };
 *      instance: { label = "mail"; system_path = "/srv/mail"; databases = ( "/srv/mail/a.edb" ); };
 *      writers: ( { label = "shop"; user = "shop"; } );
 *
 * Either file may hold any of the three; `instance` may also be a list of groups named `instances`. Strict: an unknown or repeated key,
 * another type, a value out of range is an error with file and line. The only file that knows libconfig is config.c. */
#ifndef COLDSTREAM_LINUX_SERVICE_CONFIG_H
#define COLDSTREAM_LINUX_SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

#define CONFIG_DEFAULT_PATH "/etc/coldstream/coldstream.conf"

enum { CONFIG_DATABASES_MAX = 6, CONFIG_ERROR_SIZE = 512 };

struct config_instance {
    struct config_instance *next;
    char *label, *system_path;
    char *log_path, *temporary_path; /* NULL: as system_path */
    char *base_name;                 /* three characters */
    char *databases[CONFIG_DATABASES_MAX];
    size_t count_databases;
    bool circular_logging, make_missing;
    uint32_t log_file_kib; /* 0: what is there, or the engine's default */
    const char *file;      /* it stands in; borrowed from the configuration */
    unsigned line;
};

/* Who may register under a label, other than root and group coldstream. */
struct config_writer {
    struct config_writer *next;
    char *label, *user;
    uint32_t uid; /* of the user */
};

struct config_file {
    struct config_file *next;
    char *path;
};

struct config {
    int log_level; /* enum log_level */
    uint32_t freeze_timeout_ms;
    uint32_t idle_timeout_ms; /* of backups */
    uint32_t max_backups, max_writers, max_objects_of_client;
    /* Of the whole process, looked at when it starts only; 0: the engine's defaults. */
    uint32_t max_instances, page_size, cache_pages_max;
    char *runtime_path;                /* folder of the freeze marker; NULL: $RUNTIME_DIRECTORY */
    struct config_instance *instances; /* in the order of the files */
    struct config_writer *writers;
    struct config_file *files; /* that were read */
    bool has_group;            /* is there a group coldstream, and which: looked up once, as that may read files */
    uint32_t gid;
};

/* Reads `path` and the folder instances.d beside it. JET_errOutOfMemory, JET_errInvalidParameter; `error` then
 * says "FILE:LINE: what is wrong". A missing folder is as good as an empty one. */
MUST_CHECK jet_err config_read_files(const char *path, struct config **ret_config, char error[CONFIG_ERROR_SIZE]);
void config_free(struct config *config); /* takes NULL */

/* Do two describe the same instance, opened the same way? */
bool config_instance_equal(const struct config_instance *a, const struct config_instance *b);

#endif
