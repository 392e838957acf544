/* SPDX-License-Identifier: MIT */
/* os_file.c - regular files by position, and pages of memory.
 *
 * Opening. A name that somebody else chose may be a FIFO (open() waits for a partner), a tape or a watchdog (open()
 * alone has effects). So: look with stat() first and refuse what is not a regular file; open with O_NONBLOCK, because
 * the name may have changed hands since; look again at what was opened; then clear O_NONBLOCK, which file systems with
 * slow storage behind them take as "fail rather than fetch".
 *
 * Transfers. pread() and pwrite() may do less than they were asked for (a signal, 2 GiB, a disk that is nearly full):
 * the loops here go on until all is done, the file ends, or the system says why not. Offsets are unsigned in the
 * contract and signed in the system: beyond INT64_MAX there is nothing to read and no room to write.
 *
 * No locks: a struct os_file never changes after it was opened.
 */
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os_error.h"
#include "os_error_internal.h"

struct os_file {
    int fd;
};

static jet_err check_regular(const struct stat *info)
{
    if (S_ISREG(info->st_mode))
        return JET_errSuccess;
    return os_error_found(JET_errInvalidPath, S_ISDIR(info->st_mode) ? EISDIR : ENOTSUP);
}

static int open_uninterrupted(const char *path, int flags)
{
    int fd;
    do {
        fd = open(path, flags, 0600);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static jet_err open_regular(const char *path, int flags, int *ret_fd)
{
    struct stat info;
    if (!(flags & O_CREAT)) {
        if (stat(path, &info) != 0)
            return os_error_from_path(errno, path);
        jet_err err = check_regular(&info);
        if (err < JET_errSuccess)
            return err;
    }
    int fd = open_uninterrupted(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return os_error_from_path(errno, path);
    jet_err err = fstat(fd, &info) == 0 ? check_regular(&info) : os_error_from(errno);
    if (err >= JET_errSuccess && fcntl(fd, F_SETFL, 0) != 0)
        err = os_error_from(errno);
    if (err < JET_errSuccess) {
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return JET_errSuccess;
}

jet_err os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    static const int flags[] = {
        [OS_FILE_READ] = O_RDONLY,
        [OS_FILE_READ_WRITE] = O_RDWR,
        [OS_FILE_CREATE_NEW] = O_RDWR | O_CREAT | O_EXCL,
    };
    struct os_file *file = malloc(sizeof *file);
    if (!file)
        return os_error_from(ENOMEM);
    jet_err err = open_regular(path, flags[mode], &file->fd);
    if (err < JET_errSuccess) {
        free(file);
        return err;
    }
    *ret_file = file;
    return JET_errSuccess;
}

void os_file_close(struct os_file *file)
{
    if (!file)
        return;
    /* Late write errors are os_file_flush()'s to tell. After EINTR the descriptor is gone all the same. */
    (void)close(file->fd);
    free(file);
}

jet_err os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    unsigned char *bytes = buffer;
    size_t done = 0;
    if (offset > INT64_MAX)
        size = 0;
    else if (size > INT64_MAX - offset)
        size = (size_t)(INT64_MAX - offset);
    while (done < size) {
        ssize_t got = pread(file->fd, bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return os_error_from(errno);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_actual = done;
    return JET_errSuccess;
}

jet_err os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    const unsigned char *bytes = buffer;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return os_error_from(EFBIG);
    while (size > 0) {
        ssize_t put = pwrite(file->fd, bytes, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) /* 0 is not supposed to happen, and must not become an endless loop */
            return os_error_from(put < 0 ? errno : EIO);
        bytes += put;
        size -= (size_t)put;
        offset += (uint64_t)put;
    }
    return JET_errSuccess;
}

jet_err os_file_size(struct os_file *file, uint64_t *ret_size)
{
    struct stat info;
    if (fstat(file->fd, &info) != 0)
        return os_error_from(errno);
    *ret_size = (uint64_t)info.st_size;
    return JET_errSuccess;
}

jet_err os_file_set_size(struct os_file *file, uint64_t size)
{
    if (size > INT64_MAX)
        return os_error_from(EFBIG);
    while (ftruncate(file->fd, (off_t)size) != 0)
        if (errno != EINTR)
            return os_error_from(errno);
    return JET_errSuccess;
}

jet_err os_file_flush(struct os_file *file)
{
    while (fsync(file->fd) != 0)
        if (errno != EINTR)
            return os_error_from(errno);
    return JET_errSuccess;
}

jet_err os_file_flush_data(struct os_file *file)
{
    while (fdatasync(file->fd) != 0)
        if (errno != EINTR)
            return os_error_from(errno);
    return JET_errSuccess;
}

/* Blocks that are reserved and not written count as "never written" to the file system, which notes it when they are:
 * hence the zeros. The reservation before is only to have the blocks together, and to fail at once if there are not
 * enough; not every file system can. */
jet_err os_file_allocate(struct os_file *file, uint64_t size)
{
    static const unsigned char zeros[64 * 1024];
    uint64_t before;
    jet_err err = os_file_size(file, &before);
    if (err < JET_errSuccess || before >= size)
        return err;
    if (size > INT64_MAX)
        return os_error_from(EFBIG);
    if (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, (off_t)before, (off_t)(size - before)) != 0 && errno == ENOSPC)
        return os_error_from(errno);
    for (uint64_t at = before; at < size && err >= JET_errSuccess;) {
        size_t count = size - at < sizeof zeros ? (size_t)(size - at) : sizeof zeros;
        err = os_file_write(file, at, zeros, count);
        at += count;
    }
    if (err < JET_errSuccess) {
        int number = os_last_error();
        if (ftruncate(file->fd, (off_t)before) != 0)
            number = errno;
        return os_error_from(number);
    }
    return JET_errSuccess;
}

jet_err os_file_lock(struct os_file *file, enum os_file_share share)
{
    int how = share == OS_FILE_SHARE_NOBODY ? LOCK_EX : LOCK_SH;
    while (flock(file->fd, how | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return os_error_found(JET_errFileAccessDenied, errno);
        if (errno != EINTR)
            return os_error_from(errno);
    }
    return JET_errSuccess;
}

void os_file_will_read_in_order(struct os_file *file)
{
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

void *os_pages_alloc(size_t size)
{
    void *pages = mmap(NULL, size > 0 ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void os_pages_free(void *pages, size_t size)
{
    if (pages)
        (void)munmap(pages, size > 0 ? size : 1);
}
