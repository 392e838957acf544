/* SPDX-License-Identifier: MIT */
/* log.c - see log.h.
 *
 * Standard error may be a socket (the journal), a pipe, a terminal or a file, and others may write through the same
 * open file: so its O_NONBLOCK is not ours to change. A socket takes MSG_DONTWAIT; for the rest poll() is asked first,
 * which for a pipe means that a line (less than PIPE_BUF) fits.
 */
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 2048, RING_LINES = 4096 };

static struct {
    enum log_level level;
    bool has_prefix; /* "<6>" in front: standard error is the journal's */
    bool is_socket;
    bool is_held;
    char *ring[RING_LINES];
    size_t first, count;
    unsigned long dropped;
} state = {.level = LOG_LEVEL_INFO};

/* systemd says which file its journal stream is: "device:inode". */
static bool is_journal(const struct stat *status)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    (void)snprintf(own, sizeof own, "%llu:%llu", (unsigned long long)status->st_dev,
                   (unsigned long long)status->st_ino);
    return stream && strcmp(stream, own) == 0;
}

void service_log_start(enum log_level level)
{
    struct stat status;
    state.level = level;
    if (fstat(STDERR_FILENO, &status) != 0)
        return;
    state.is_socket = S_ISSOCK(status.st_mode);
    state.has_prefix = is_journal(&status);
}

void service_log_set_level(enum log_level level)
{
    state.level = level;
}

/* True: it was taken, or never will be (nobody is there). False: it would have to wait. */
static bool write_line(const char *line)
{
    const size_t length = strlen(line);
    if (state.is_socket)
        return send(STDERR_FILENO, line, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
               (errno != EAGAIN && errno != EWOULDBLOCK);
    struct pollfd standard_error = {STDERR_FILENO, POLLOUT, 0};
    if (poll(&standard_error, 1, 0) == 0)
        return false;
    return write(STDERR_FILENO, line, length) >= 0 || errno != EAGAIN;
}

static void keep(const char *line)
{
    char *copy = state.count < RING_LINES ? strdup(line) : NULL;
    if (!copy) {
        state.dropped++;
        return;
    }
    state.ring[(state.first + state.count++) % RING_LINES] = copy;
}

static bool tell_dropped(void)
{
    char line[128];
    if (state.dropped == 0)
        return true;
    (void)snprintf(line, sizeof line, "%slines of the log were lost dropped=%lu\n", state.has_prefix ? "<4>" : "",
                   state.dropped);
    if (!write_line(line))
        return false;
    state.dropped = 0;
    return true;
}

bool service_log_flush(void)
{
    while (!state.is_held && state.count > 0) {
        if (!write_line(state.ring[state.first]))
            return true;
        free(state.ring[state.first]);
        state.first = (state.first + 1) % RING_LINES;
        state.count--;
    }
    return state.is_held || state.count > 0 || !tell_dropped();
}

/* One event is one line, whatever the values in it are. */
static void make_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}

void service_log(enum log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list values;
    if (level > state.level)
        return;
    const int prefix = state.has_prefix ? snprintf(line, sizeof line, "<%d>", (int)level) : 0;
    va_start(values, format);
    (void)vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, values);
    va_end(values);
    make_one_line(line);
    memcpy(line + strlen(line), "\n", 2);
    if (service_log_flush() || !write_line(line))
        keep(line);
}

void service_log_hold(bool hold)
{
    state.is_held = hold;
    (void)service_log_flush();
}

void service_log_end(void)
{
    state.is_held = false;
    (void)service_log_flush();
    while (state.count > 0) {
        free(state.ring[state.first]);
        state.first = (state.first + 1) % RING_LINES;
        state.count--;
    }
}
