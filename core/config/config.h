/* SPDX-License-Identifier: MIT */
/* config.h - the configuration of the services: coldstream.conf and, beside it, instances.d, whose files *.conf are
 * read in the order of their names.
 *
 *      service: { log_level = "info"; max_backups = 16; };
 *      instance: { label = "mail"; system_path = "/srv/mail"; databases = ( "/srv/mail/a.edb" ); };
 *      writers: ( { label = "shop"; user = "shop"; } );
 *
 * Either file may hold any of the three; `instance` may also be a list of groups named `instances`. Strict: an unknown
 * or repeated key, another type, a value out of range is an error with file and line. Files are UTF-8, with or without
 * a byte order mark; texts may hold other bytes (\xNN). What a platform has no use for is taken, and means nothing
 * there. The only file that knows libconfig is config.c. */
#ifndef COLDSTREAM_CONFIG_CONFIG_H
#define COLDSTREAM_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum { CONFIG_DATABASES_MAX = 6, CONFIG_LABEL_MAX = 64, CONFIG_ERROR_SIZE = 512 };

/* What is worth a line in the log; numbers of syslog. */
enum config_log_level {
    CONFIG_LOG_ERROR = 3,
    CONFIG_LOG_WARNING = 4,
    CONFIG_LOG_NOTICE = 5,
    CONFIG_LOG_INFO = 6,
    CONFIG_LOG_DEBUG = 7,
};

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
    uint32_t uid; /* of the user: struct config_platform */
};

struct config_file {
    struct config_file *next;
    char *path;
};

struct config {
    int log_level; /* enum config_log_level */
    uint32_t freeze_timeout_ms;
    uint32_t idle_timeout_ms; /* of backups */
    uint32_t max_backups, max_writers, max_objects_of_client;
    /* Of the whole process, looked at when it starts only; 0: the engine's defaults. */
    uint32_t max_instances, page_size, cache_pages_max;
    char *runtime_path;                /* folder of the freeze marker; NULL: $RUNTIME_DIRECTORY */
    struct config_instance *instances; /* in the order of the files */
    struct config_writer *writers;
    struct config_file *files; /* that were read */
    /* For the platform, which may keep here what it looked up once. */
    bool has_group; /* is there a group coldstream, and which */
    uint32_t gid;
};

/* What only the platform knows of what is written there. */
struct config_platform {
    /* False: there is no such user. NULL: applications cannot lend instances, and writers are an error. */
    bool (*find_user)(const char *name, uint32_t *ret_uid);
    /* What else labels of instances must be, as words for "the label must ..."; NULL: this one is good. NULL: all
     * are. */
    const char *(*label_fault)(const char *label);
    /* Does the platform take one for the other? NULL: only if they are equal. */
    bool (*labels_are_one)(const char *a, const char *b);
};

/* Reads `path` and the folder instances.d beside it. JET_errOutOfMemory, JET_errInvalidParameter; `error` then
 * says "FILE:LINE: what is wrong". A missing folder is as good as an empty one. */
MUST_CHECK jet_err config_read_files(const char *path, const struct config_platform *platform,
                                     struct config **ret_config, char error[CONFIG_ERROR_SIZE]);

/* What an empty file gives. JET_errOutOfMemory. */
MUST_CHECK jet_err config_defaults(struct config **ret_config);

void config_free(struct config *config); /* takes NULL */

/* Do two describe the same instance, opened the same way? */
bool config_instance_equal(const struct config_instance *a, const struct config_instance *b);

#endif
