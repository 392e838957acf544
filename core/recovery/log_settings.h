/* SPDX-License-Identifier: MIT */
/* log_settings.h - the settings of an engine as those of its log stream. */
#ifndef COLDSTREAM_RECOVERY_LOG_SETTINGS_H
#define COLDSTREAM_RECOVERY_LOG_SETTINGS_H

#include "isam/engine.h"
#include "log/log_config.h"

/* Strings are borrowed from `config`. */
struct log_config log_settings(const struct engine_config *config);

#endif
