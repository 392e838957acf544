/* SPDX-License-Identifier: MIT */
/* service.h - coldstreamd: the D-Bus service org.coldstream.Backup1. This is the map of the folder.
 *
 *      main.c       options, start, end          config.c     the files in /etc      log.c, notify.c   the journal, systemd
 *      service.c    connection, name, signals, the order of stopping
 *      object.c     what is on the bus: paths, interfaces, properties, introspection, ObjectManager
 *      dispatch.c   a call: object, method, signature, who (peer.c), whether (policy.c), then its handler; call.c: its answer
 *      manager.c instance.c backup.c snapshot.c   the four kinds of objects, each with its table of methods and properties
 *      writer.c     applications that have registered, and what is forwarded to them
 *      answer.c     answers of linux/host, from its threads into the loop
 *
 * Rules.
 *   1. One thread, the loop's (linux/bus/bus_loop.h), owns all of this: there are no locks. Other threads hand in jobs.
 *   2. Nothing here waits, nor touches a disk that holds a database, after the start.
 *   3. What comes from the bus is hostile: a handler runs only behind the checks of dispatch.c, and checks values itself.
 *   4. Running out of memory fails the call, not the service.
 *   5. Who ends a backup or freeze does it by linux/host, which ends in the core's one routine.
 */
#ifndef COLDSTREAM_LINUX_SERVICE_SERVICE_H
#define COLDSTREAM_LINUX_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <dbus/dbus.h>

#include "../bus/bus_loop.h"
#include "../bus/bus_names.h"
#include "config.h"
#include "object.h"

struct call;
struct peer;
struct instance;
struct reload;
struct backup;
struct snapshot;
struct writer;

struct service {
    struct bus_loop *loop;
    DBusConnection *connection; /* NULL behind its end */
    struct config *config;
    char *config_path;
    char *marker_path; /* of the freeze marker; NULL: none */

    struct object root;     /* the Manager */
    struct object *objects; /* all of them, the root too */
    struct call *calls;     /* that have no answer yet */
    struct peer *peers;
    struct instance *instances;
    struct backup *backups;
    struct snapshot *snapshots;
    struct writer *writers;
    unsigned count_calls, count_peers, count_backups, count_writers;
    size_t bytes_of_calls;

    uint32_t last_backup, last_snapshot; /* numbers given so far */
    bool freeze_expired;                 /* a detached freeze has ended by its deadline since the last Thaw */
    bool thaw_writers;                   /* the last run of the service left a freeze behind: marker.h */
    uint64_t thaw_writers_until_us;
    uint32_t thaw_writers_first, thaw_writers_last; /* numbers of its snapshots */
    bool is_stopping;
    int exit_status;

    struct reload *reload; /* under way; NULL: none */
    struct bus_timer log_retry;
    struct bus_source signals; /* signalfd */
    struct bus_timer watchdog;
    struct bus_timer progress; /* runs while there are backups */
};

/* Connects, takes the name, begins to open the instances, and runs until it is told to end. The exit status. `address`
 * NULL: the system bus. The configuration is the service's from now on. */
int service_run(struct config *config, const char *config_path, const char *address);

/* Begins to end everything: freezes, backups, instances; then the loop ends. */
void service_stop(struct service *service, int exit_status);

/* Something is gone: if the service is stopping, the next step. */
void service_step(struct service *service);

/* The property State, from what there is. */
const char *service_state(const struct service *service);

/* Sends and forgets; takes the reference. NULL (no memory) is ignored. */
void service_send(struct service *service, DBusMessage *message);

#endif
