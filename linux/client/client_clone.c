/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client_call.h"

/* What file systems say that cannot share blocks, or not between these two files. */
static bool means_unable(int reason)
{
    return reason == EOPNOTSUPP || reason == ENOTTY || reason == EXDEV || reason == EINVAL || reason == ENOSYS ||
           reason == ETXTBSY || reason == EPERM;
}

/* With `to` made by us and empty: gone again unless it was filled. */
static jet_err clone_into(int source, const char *to)
{
    const int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0)
        return JET_errFeatureNotAvailable; /* a copy will say why not */
    const int result = ioctl(target, FICLONE, source);
    const int reason = errno;
    (void)close(target);
    if (result == 0)
        return JET_errSuccess;
    (void)unlink(to);
    if (means_unable(reason))
        return JET_errFeatureNotAvailable;
    return reason == ENOSPC || reason == EDQUOT ? JET_errDiskFull : JET_errDiskIO;
}

jet_err client_clone_file(const char *from, const char *to)
{
    const int source = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (source < 0)
        return JET_errFeatureNotAvailable;
    jet_err err = clone_into(source, to);
    (void)close(source);
    return err;
}
