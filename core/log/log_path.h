/* SPDX-License-Identifier: MIT */
/* log_path.h - paths of the files of a log stream, made from the configuration. Strings are for free(). */
#ifndef COLDSTREAM_LOG_LOG_PATH_H
#define COLDSTREAM_LOG_LOG_PATH_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logname.h"
#include "log/log_config.h"

/* The path of a kind of file that has no number. JET_errOutOfMemory, JET_errInvalidParameter (base name). */
MUST_CHECK jet_err log_path_make(const struct log_config *config, enum logname_kind kind, char **ret_path);

/* Of a closed log as it is named when it is made: five digits or eight. */
MUST_CHECK jet_err log_path_closed(const struct log_config *config, lgen_t generation, char **ret_path);

/* Of a closed log that exists, with whichever number of digits it has. JET_errFileNotFound. */
MUST_CHECK jet_err log_path_find_closed(const struct log_config *config, const char *folder, lgen_t generation,
                                        char **ret_path);

/* Of a reserve log, from 1 on. */
MUST_CHECK jet_err log_path_reserve(const struct log_config *config, unsigned number, char **ret_path);

/* The log files of the configured base name and family in a folder, by their names alone. */
struct log_folder {
    bool has_current, has_spare;
    lgen_t oldest, newest; /* closed ones; 0: none */
};
MUST_CHECK jet_err log_folder_look(const struct log_config *config, const char *folder, struct log_folder *ret_look);

struct os_file;

/* Opens a log for writing, by this instance alone; others may read it. JET_errLogFilePathInUse: another instance has
 * it. */
MUST_CHECK jet_err log_file_occupy(const char *path, struct os_file **ret_file);

#endif
