/* SPDX-License-Identifier: MIT */
#include "os/os_alarm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "os_error_internal.h"

struct os_alarm {
    int bell;  /* eventfd */
    int timer; /* timerfd on CLOCK_BOOTTIME */
};

jet_err os_alarm_new(struct os_alarm **ret_alarm)
{
    struct os_alarm *alarm = calloc(1, sizeof *alarm);
    if (!alarm)
        return os_error_from(ENOMEM);
    alarm->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    alarm->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (alarm->bell < 0 || alarm->timer < 0) {
        os_alarm_free(alarm);
        return os_error_from(ENOMEM); /* descriptors, which are memory of the system's */
    }
    *ret_alarm = alarm;
    return JET_errSuccess;
}

void os_alarm_free(struct os_alarm *alarm)
{
    if (!alarm)
        return;
    if (alarm->bell >= 0)
        (void)close(alarm->bell);
    if (alarm->timer >= 0)
        (void)close(alarm->timer);
    free(alarm);
}

void os_alarm_ring(struct os_alarm *alarm)
{
    const int kept_errno = errno;
    (void)eventfd_write(alarm->bell, 1);
    errno = kept_errno;
}

static void timer_set(const struct os_alarm *alarm, uint64_t when_us)
{
    const struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(when_us / 1000000), .tv_nsec = (long)(when_us % 1000000 * 1000)}
    };
    (void)timerfd_settime(alarm->timer, TFD_TIMER_ABSTIME, &at, NULL); /* 0: none */
}

void os_alarm_wait(struct os_alarm *alarm, uint64_t until_us)
{
    struct pollfd fds[] = {
        {.fd = alarm->bell,  .events = POLLIN},
        {.fd = alarm->timer, .events = POLLIN},
    };
    uint64_t count;
    timer_set(alarm, until_us);
    if (poll(fds, COUNT_OF(fds), -1) <= 0)
        return; /* a signal */
    if (fds[0].revents != 0)
        (void)!read(alarm->bell, &count, sizeof count);
    if (fds[1].revents != 0)
        (void)!read(alarm->timer, &count, sizeof count);
}
