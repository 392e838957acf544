/* SPDX-License-Identifier: MIT */
/* config.h - the configuration (config/config.h), with what Linux knows of users and groups. */
#ifndef COLDSTREAM_LINUX_SERVICE_CONFIG_H
#define COLDSTREAM_LINUX_SERVICE_CONFIG_H

#include "config/config.h"

#define CONFIG_DEFAULT_PATH "/etc/coldstream/coldstream.conf"

/* config_read_files() with users and the group looked up, which may read files. */
MUST_CHECK jet_err config_read_here(const char *path, struct config **ret_config, char error[CONFIG_ERROR_SIZE]);

#endif
