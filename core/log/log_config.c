/* SPDX-License-Identifier: MIT */
#include "log/log_config.h"

struct log_config log_config_default(const char *log_folder, const char *system_folder)
{
    return (struct log_config){
        .log_folder = log_folder,
        .system_folder = system_folder,
        .base_name = "edb",
        .family = LOGNAME_LOG_CHK,
        .has_short_names = true,
        .segments = LOG_SEGMENTS_DEFAULT,
        .buffer_segments = LOG_BUFFER_SEGMENTS_MIN,
        .page_size = 4096,
        .reserve_count = LOG_RESERVE_COUNT_DEFAULT,
    };
}
