/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../client/client.h"
#include "tool/tool.h"

/* A standard descriptor that the caller closed must not become the number of the next file we open: messages would be
 * written into a backup. It is taken by one that fails in the same way: standard input cannot be read, the others
 * cannot be written. */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* Lower numbers are taken, so open() gives this one. */
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _Exit(1); /* nothing can be said to anybody */
    }
}

static const struct tool_platform platform = {.service = &client_door, .commands = client_commands};

/* Arguments are bytes and stay as they are given. A reader that goes away and a file-size limit that is met are errors
 * to report, not ways to die. */
int main(int argc, char **argv)
{
    occupy_standard_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    return coldstream_main(argc, argv, &platform);
}
