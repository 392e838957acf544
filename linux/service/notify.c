/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The exact length of the address matters for an abstract one, which begins with '@' here and with a zero there. */
static socklen_t fill_address(struct sockaddr_un *address, const char *path)
{
    const size_t length = strlen(path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length < 2 || length >= sizeof address->sun_path || (*path != '/' && *path != '@'))
        return 0;
    memcpy(address->sun_path, path, length);
    if (*path == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

void notify_send(const char *text)
{
    struct sockaddr_un address;
    const char *path = getenv("NOTIFY_SOCKET");
    const socklen_t length = path ? fill_address(&address, path) : 0;
    if (length == 0)
        return;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    /* A manager that does not read in time is told again by the next ping. */
    (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    (void)close(fd);
}

static uint64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;
    if (!text || *text < '0' || *text > '9')
        return 0;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' ? number : 0;
}

uint64_t notify_watchdog_ns(void)
{
    const uint64_t limit_us = number_of("WATCHDOG_USEC");
    const uint64_t pid = number_of("WATCHDOG_PID");
    if (limit_us == 0 || limit_us > UINT64_MAX / 1000 || (getenv("WATCHDOG_PID") && pid != (uint64_t)getpid()))
        return 0;
    return limit_us * 1000 / 2;
}
