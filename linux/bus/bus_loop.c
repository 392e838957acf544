/* SPDX-License-Identifier: MIT */
/* bus_loop.c - see bus_loop.h.
 *
 * Rules of libdbus that shape this file.
 *   1. It makes two watches, for reading and writing, on one descriptor: poll() does not mind.
 *   2. A handler may remove any watch, timeout, timer or source: what poll() found is looked up again before it is used.
 *   3. Dispatch only from here, until nothing is left, also in front of the first poll(): a reply may be in memory already.
 *   4. The interval of a timeout is read again whenever it is toggled.
 */
#include "bus_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "os/os_thread.h"

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* A timeout of libdbus is one of our timers. */
struct timeout {
    struct bus_timer timer;
    struct bus_loop *loop;
    DBusTimeout *timeout;
};

struct bus_loop {
    DBusConnection *connection; /* NULL: none */
    DBusWatch **watches;
    size_t count_watches, max_watches;
    struct bus_timer *timers; /* unordered: there are few */
    struct bus_source *sources;
    struct pollfd *polled;
    size_t max_polled;
    void (*idle)(void *context);
    void *idle_context;
    int wake_fd, timer_fd;
    struct os_mutex *lock; /* guards the jobs and quit */
    struct bus_job *first_job, **last_job;
    bool quit;
};

uint64_t bus_loop_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* --- jobs --- */

static void wake(struct bus_loop *loop)
{
    /* Fails only when the counter is full, and then the loop wakes anyway. */
    (void)eventfd_write(loop->wake_fd, 1);
}

void bus_loop_post(struct bus_loop *loop, struct bus_job *job)
{
    job->next = NULL;
    os_mutex_lock(loop->lock);
    *loop->last_job = job;
    loop->last_job = &job->next;
    /* Inside the lock: whoever posts the last job of all may find the loop gone right behind it. */
    wake(loop);
    os_mutex_unlock(loop->lock);
}

void bus_loop_quit(struct bus_loop *loop)
{
    os_mutex_lock(loop->lock);
    loop->quit = true;
    wake(loop);
    os_mutex_unlock(loop->lock);
}

static bool must_quit(struct bus_loop *loop)
{
    os_mutex_lock(loop->lock);
    const bool quit = loop->quit;
    os_mutex_unlock(loop->lock);
    return quit;
}

static void run_jobs(struct bus_loop *loop)
{
    eventfd_t count;
    (void)eventfd_read(loop->wake_fd, &count);
    os_mutex_lock(loop->lock);
    struct bus_job *job = loop->first_job;
    loop->first_job = NULL;
    loop->last_job = &loop->first_job;
    os_mutex_unlock(loop->lock);
    while (job) {
        struct bus_job *next = job->next;
        job->run(job);
        job = next;
    }
}

/* --- timers --- */

void bus_timer_set(struct bus_loop *loop, struct bus_timer *timer, uint64_t due_ns)
{
    timer->due_ns = due_ns;
    if (timer->is_set)
        return;
    timer->is_set = true;
    timer->next = loop->timers;
    loop->timers = timer;
}

void bus_timer_clear(struct bus_loop *loop, struct bus_timer *timer)
{
    for (struct bus_timer **link = &loop->timers; *link; link = &(*link)->next) {
        if (*link != timer)
            continue;
        *link = timer->next;
        break;
    }
    timer->is_set = false;
}

static struct bus_timer *nearest_timer(const struct bus_loop *loop)
{
    struct bus_timer *nearest = loop->timers;
    for (struct bus_timer *timer = nearest; timer; timer = timer->next)
        if (timer->due_ns < nearest->due_ns)
            nearest = timer;
    return nearest;
}

/* What became due while others fire waits for the next turn: a timer that sets itself anew does not starve the rest. */
static void fire_timers(struct bus_loop *loop)
{
    uint64_t expirations;
    (void)!read(loop->timer_fd, &expirations, sizeof expirations);
    const uint64_t now = bus_loop_now_ns();
    for (struct bus_timer *timer = nearest_timer(loop); timer && timer->due_ns <= now; timer = nearest_timer(loop)) {
        bus_timer_clear(loop, timer);
        timer->fire(timer);
    }
}

static void arm_timer_fd(struct bus_loop *loop)
{
    const struct bus_timer *nearest = nearest_timer(loop);
    struct itimerspec when = {
        {0, 0},
        {0, 0}
    }; /* off */
    if (nearest) {
        const uint64_t due = nearest->due_ns ? nearest->due_ns : 1;
        when.it_value.tv_sec = (time_t)(due / NS_PER_S);
        when.it_value.tv_nsec = (long)(due % NS_PER_S);
    }
    (void)timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* --- descriptors --- */

void bus_source_add(struct bus_loop *loop, struct bus_source *source)
{
    source->next = loop->sources;
    loop->sources = source;
}

void bus_source_remove(struct bus_loop *loop, struct bus_source *source)
{
    for (struct bus_source **link = &loop->sources; *link; link = &(*link)->next) {
        if (*link != source)
            continue;
        *link = source->next;
        return;
    }
}

static struct bus_source *find_source(struct bus_loop *loop, int fd)
{
    struct bus_source *source = loop->sources;
    while (source && source->fd != fd)
        source = source->next;
    return source;
}

/* --- what libdbus asks for --- */

static dbus_bool_t add_watch(DBusWatch *watch, void *context)
{
    struct bus_loop *loop = context;
    if (loop->count_watches == loop->max_watches) {
        const size_t more = loop->max_watches + 8;
        DBusWatch **grown = realloc(loop->watches, more * sizeof *grown);
        if (!grown)
            return FALSE;
        loop->watches = grown;
        loop->max_watches = more;
    }
    loop->watches[loop->count_watches++] = watch;
    return TRUE;
}

static void remove_watch(DBusWatch *watch, void *context)
{
    struct bus_loop *loop = context;
    for (size_t i = 0; i < loop->count_watches; i++) {
        if (loop->watches[i] != watch)
            continue;
        loop->watches[i] = loop->watches[--loop->count_watches];
        return;
    }
}

static void toggle_watch(DBusWatch *watch, void *context)
{
    /* Whether it is enabled is asked in every turn. */
    (void)watch;
    (void)context;
}

static void timeout_fires(struct bus_timer *timer)
{
    struct timeout *timeout = (struct timeout *)timer;
    /* Again after its interval, until libdbus removes or disables it: in front of the handler, which may free it. */
    bus_timer_set(timeout->loop, timer,
                  bus_loop_now_ns() + (uint64_t)dbus_timeout_get_interval(timeout->timeout) * NS_PER_MS);
    (void)dbus_timeout_handle(timeout->timeout); /* FALSE: no memory; it comes again */
}

static void toggle_timeout(DBusTimeout *dbus_timeout, void *context)
{
    struct bus_loop *loop = context;
    struct timeout *timeout = dbus_timeout_get_data(dbus_timeout);
    if (dbus_timeout_get_enabled(dbus_timeout))
        bus_timer_set(loop, &timeout->timer,
                      bus_loop_now_ns() + (uint64_t)dbus_timeout_get_interval(dbus_timeout) * NS_PER_MS);
    else
        bus_timer_clear(loop, &timeout->timer);
}

static dbus_bool_t add_timeout(DBusTimeout *dbus_timeout, void *context)
{
    struct timeout *timeout = calloc(1, sizeof *timeout);
    if (!timeout)
        return FALSE;
    timeout->timer.fire = timeout_fires;
    timeout->loop = context;
    timeout->timeout = dbus_timeout;
    dbus_timeout_set_data(dbus_timeout, timeout, NULL);
    toggle_timeout(dbus_timeout, context);
    return TRUE;
}

static void remove_timeout(DBusTimeout *dbus_timeout, void *context)
{
    struct timeout *timeout = dbus_timeout_get_data(dbus_timeout);
    if (!timeout)
        return;
    bus_timer_clear(context, &timeout->timer);
    dbus_timeout_set_data(dbus_timeout, NULL, NULL);
    free(timeout);
}

jet_err bus_loop_attach(struct bus_loop *loop, DBusConnection *connection)
{
    if (!dbus_connection_set_watch_functions(connection, add_watch, remove_watch, toggle_watch, loop, NULL) ||
        !dbus_connection_set_timeout_functions(connection, add_timeout, remove_timeout, toggle_timeout, loop, NULL)) {
        (void)dbus_connection_set_watch_functions(connection, NULL, NULL, NULL, NULL, NULL);
        return JET_errOutOfMemory;
    }
    loop->connection = dbus_connection_ref(connection);
    return JET_errSuccess;
}

void bus_loop_detach(struct bus_loop *loop)
{
    if (!loop->connection)
        return;
    (void)dbus_connection_set_watch_functions(loop->connection, NULL, NULL, NULL, NULL, NULL);
    (void)dbus_connection_set_timeout_functions(loop->connection, NULL, NULL, NULL, NULL, NULL);
    dbus_connection_unref(loop->connection);
    loop->connection = NULL;
}

/* --- a turn --- */

static short watch_events(DBusWatch *watch)
{
    const unsigned flags = dbus_watch_get_flags(watch);
    return (short)((flags & DBUS_WATCH_READABLE ? POLLIN : 0) | (flags & DBUS_WATCH_WRITABLE ? POLLOUT : 0));
}

static unsigned watch_flags(short events)
{
    return (events & POLLIN ? (unsigned)DBUS_WATCH_READABLE : 0) |
           (events & POLLOUT ? (unsigned)DBUS_WATCH_WRITABLE : 0) |
           (events & POLLERR ? (unsigned)DBUS_WATCH_ERROR : 0) |
           (events & (POLLHUP | POLLNVAL) ? (unsigned)DBUS_WATCH_HANGUP : 0);
}

static size_t count_sources(const struct bus_loop *loop)
{
    size_t count = 0;
    for (const struct bus_source *source = loop->sources; source; source = source->next)
        count++;
    return count;
}

/* Room for what is to be polled. Without memory, as much is polled as there was room for. */
static void make_room(struct bus_loop *loop, size_t count)
{
    if (count <= loop->max_polled)
        return;
    struct pollfd *grown = realloc(loop->polled, count * sizeof *grown);
    if (!grown)
        return;
    loop->polled = grown;
    loop->max_polled = count;
}

static void poll_also(struct bus_loop *loop, size_t *count, int fd, short events)
{
    if (*count < loop->max_polled)
        loop->polled[(*count)++] = (struct pollfd){fd, events, 0};
}

enum { POLLED_WAKE, POLLED_TIMER, POLLED_OWN };

static size_t fill_polled(struct bus_loop *loop, size_t *ret_first_watch)
{
    size_t count = 0;
    make_room(loop, POLLED_OWN + count_sources(loop) + loop->count_watches);
    poll_also(loop, &count, loop->wake_fd, POLLIN);
    poll_also(loop, &count, loop->timer_fd, POLLIN);
    for (const struct bus_source *source = loop->sources; source; source = source->next)
        poll_also(loop, &count, source->fd, source->events);
    *ret_first_watch = count;
    for (size_t i = 0; i < loop->count_watches; i++)
        if (dbus_watch_get_enabled(loop->watches[i]))
            poll_also(loop, &count, dbus_watch_get_unix_fd(loop->watches[i]), watch_events(loop->watches[i]));
    return count;
}

/* The enabled watches of a descriptor, by its number: a handler may have removed any. What was found for one of two
 * watches on a descriptor is offered to both; each takes what it waits for. */
static void handle_watches(struct bus_loop *loop, const struct pollfd *found)
{
    for (size_t i = 0; i < loop->count_watches; i++) {
        DBusWatch *watch = loop->watches[i];
        if (dbus_watch_get_unix_fd(watch) != found->fd || !dbus_watch_get_enabled(watch))
            continue;
        const unsigned flags =
            watch_flags(found->revents) & (dbus_watch_get_flags(watch) | DBUS_WATCH_ERROR | DBUS_WATCH_HANGUP);
        if (flags)
            (void)dbus_watch_handle(watch, flags); /* FALSE: no memory; poll() finds it again */
    }
}

static void handle_polled(struct bus_loop *loop, size_t count, size_t first_watch)
{
    if (loop->polled[POLLED_WAKE].revents)
        run_jobs(loop);
    if (loop->polled[POLLED_TIMER].revents)
        fire_timers(loop);
    for (size_t i = POLLED_OWN; i < first_watch; i++) {
        struct bus_source *source = loop->polled[i].revents ? find_source(loop, loop->polled[i].fd) : NULL;
        if (source)
            source->ready(source, loop->polled[i].revents);
    }
    for (size_t i = first_watch; i < count; i++)
        if (loop->polled[i].revents)
            handle_watches(loop, &loop->polled[i]);
}

static void dispatch(struct bus_loop *loop)
{
    while (loop->connection && dbus_connection_dispatch(loop->connection) == DBUS_DISPATCH_DATA_REMAINS) {
    }
}

/* What is sent in the idle call may read, too, or find that the bus is gone: then there is a message that poll() knows
 * nothing of. */
static bool has_messages(const struct bus_loop *loop)
{
    return loop->connection && dbus_connection_get_dispatch_status(loop->connection) == DBUS_DISPATCH_DATA_REMAINS;
}

static void turn(struct bus_loop *loop)
{
    dispatch(loop);
    if (loop->idle)
        loop->idle(loop->idle_context);
    arm_timer_fd(loop);
    size_t first_watch = 0;
    const size_t count = fill_polled(loop, &first_watch);
    if (poll(loop->polled, (nfds_t)count, has_messages(loop) ? 0 : -1) > 0)
        handle_polled(loop, count, first_watch);
}

void bus_loop_run(struct bus_loop *loop)
{
    while (!must_quit(loop))
        turn(loop);
}

void bus_loop_set_idle(struct bus_loop *loop, void (*idle)(void *context), void *context)
{
    loop->idle = idle;
    loop->idle_context = context;
}

/* --- life --- */

static jet_err open_descriptors(struct bus_loop *loop)
{
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    return loop->wake_fd >= 0 && loop->timer_fd >= 0 ? JET_errSuccess : JET_errOutOfFileHandles;
}

jet_err bus_loop_new(struct bus_loop **ret_loop)
{
    jet_err err = JET_errOutOfMemory;
    struct bus_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return JET_errOutOfMemory;
    loop->wake_fd = loop->timer_fd = -1;
    loop->last_job = &loop->first_job;
    loop->max_polled = 16;
    loop->polled = calloc(loop->max_polled, sizeof *loop->polled);
    if (!loop->polled)
        goto fail;
    err = os_mutex_new(LOCK_RANK_LEAF, &loop->lock);
    if (err < JET_errSuccess)
        goto fail;
    err = open_descriptors(loop);
    if (err < JET_errSuccess)
        goto fail;
    *ret_loop = loop;
    return JET_errSuccess;
fail:
    bus_loop_free(loop);
    return err;
}

void bus_loop_free(struct bus_loop *loop)
{
    if (!loop)
        return;
    bus_loop_detach(loop);
    if (loop->wake_fd >= 0)
        (void)close(loop->wake_fd);
    if (loop->timer_fd >= 0)
        (void)close(loop->timer_fd);
    os_mutex_free(loop->lock);
    free(loop->watches);
    free(loop->polled);
    free(loop);
}
