/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024, MESSAGE_MAX_BYTES = LINE_MAX_BYTES + 128 };

/* The journal's native protocol: NAME=value lines in one datagram. */
static void to_journal(enum journal_priority priority, const char *line)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    char message[MESSAGE_MAX_BYTES];
    const int size =
        snprintf(message, sizeof message, "MESSAGE=%.*s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=coldstream-freeze-hook\n",
                 LINE_MAX_BYTES - 1, line, (int)priority);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, message, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 sizeof address);
    (void)close(fd);
}

static void to_standard_error(const char *line)
{
    char text[LINE_MAX_BYTES + 32];
    struct stat info;
    struct pollfd poll_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (fstat(STDERR_FILENO, &info) < 0)
        return;
    if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode) && !isatty(STDERR_FILENO))
        return;
    if (poll(&poll_error, 1, 0) != 1 || !(poll_error.revents & POLLOUT))
        return;
    const int size = snprintf(text, sizeof text, "freeze-hook: %.*s\n", LINE_MAX_BYTES - 1, line);
    if (write(STDERR_FILENO, text, (size_t)size) < 0)
        return; /* there is nobody left to tell */
}

void journal_say(enum journal_priority priority, const char *line)
{
    to_journal(priority, line);
    to_standard_error(line);
}
