/* SPDX-License-Identifier: MIT */
/* vss_instance.h - the instances that run, with the names under which VSS knows them and the places of their files.
 *
 *      logical path   the instance's name
 *      components     one for each database, named like its file, and "Logs" for logs and checkpoint */
#ifndef COLDSTREAM_WINDOWS_VSS_INSTANCE_H
#define COLDSTREAM_WINDOWS_VSS_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "jet/instance_list.h"
#include "vss_writer.h"

#define VSS_LOGS_COMPONENT L"Logs"

struct vss_database {
    wchar_t *component;
    wchar_t *folder; /* absolute, no backslash at the end */
    wchar_t *file;
};

struct vss_instance {
    JET_INSTANCE handle;
    wchar_t *name;
    wchar_t *system_path, *log_path;            /* as the folders above */
    wchar_t *temporary_folder, *temporary_file; /* NULL: none */
    wchar_t *log_pattern, *checkpoint_pattern;  /* "edb*.log" */
    struct vss_database databases[INSTANCE_DATABASES_MOST];
    size_t database_count;
};

struct vss_instances {
    struct vss_instance *items;
    size_t count;
};

/* Names of components, as VSS compares them. */
bool vss_name_equal(const wchar_t *a, const wchar_t *b);

/* Those that the host names and that run. JET_errOutOfMemory, JET_errInvalidPath; the host's. Waits for nobody. On
 * success the caller ends it with vss_instances_done(). */
MUST_CHECK jet_err vss_instances_init(struct vss_instances *instances, const struct vss_writer_host *host);

/* Those for which `is_kept` is false go. */
void vss_instances_keep(struct vss_instances *instances, const bool *is_kept);
void vss_instances_done(struct vss_instances *instances);

#endif
