/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <grp.h>
#include <pwd.h>

#include "../bus/bus_names.h"
#include "log.h"

_Static_assert((int)CONFIG_LABEL_MAX == (int)BUS_LABEL_MAX, "a label fits into a path of the bus");
_Static_assert((int)CONFIG_LOG_ERROR == (int)LOG_LEVEL_ERROR && (int)CONFIG_LOG_DEBUG == (int)LOG_LEVEL_DEBUG,
               "both are syslog's numbers");

static bool find_user(const char *name, uint32_t *ret_uid)
{
    const struct passwd *user = getpwnam(name);
    if (user)
        *ret_uid = user->pw_uid;
    return user != NULL;
}

jet_err config_read_here(const char *path, struct config **ret_config, char error[CONFIG_ERROR_SIZE])
{
    static const struct config_platform platform = {.find_user = find_user};
    jet_err err = config_read_files(path, &platform, ret_config, error);
    if (err < JET_errSuccess)
        return err;
    const struct group *group = getgrnam("coldstream");
    (*ret_config)->has_group = group != NULL;
    (*ret_config)->gid = group ? group->gr_gid : 0;
    return JET_errSuccess;
}
