/* SPDX-License-Identifier: MIT */
/* snapshot.h - the objects .../snapshot/<n>: one freeze over any number of instances.
 *
 * Its parts: one for all instances of ours (a host_freeze), one for each registered instance. A freeze is all or
 * nothing: when one part cannot, the others are aborted before the caller is told. Each part has a deadline of its own,
 * and so has the snapshot. */
#ifndef COLDSTREAM_LINUX_SERVICE_SNAPSHOT_H
#define COLDSTREAM_LINUX_SERVICE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include <dbus/dbus.h>

struct call;
struct peer;
struct service;
struct writer;

/* Manager.Freeze, Manager.Thaw: answer the call. */
void served_snapshot_freeze(struct call *call, DBusMessageIter *args);
void served_snapshot_thaw_all(struct call *call);

bool served_snapshot_any_frozen(const struct service *service); /* or freezing */

/* The nearest deadline in microseconds of CLOCK_BOOTTIME; 0: nothing is frozen. */
uint64_t served_snapshot_deadline_us(const struct service *service);

void served_snapshot_peer_is_gone(struct service *service, struct peer *peer);
void served_snapshot_writer_is_gone(struct service *service, struct writer *writer);

/* At the end of the service: aborts all. */
void served_snapshot_close_all(struct service *service);

#endif
