/* SPDX-License-Identifier: MIT */
/* peer.h - whoever is at the other end: a unique name on the bus, who that is, and whether it is still there.
 *
 * A peer is known while it has a call under way or owns an object. The bus is asked to tell of its end first, then who
 * it is: when the answer comes, the rule is in place, so an end cannot be missed (a client may die before its first
 * call is handled). */
#ifndef COLDSTREAM_LINUX_SERVICE_PEER_H
#define COLDSTREAM_LINUX_SERVICE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dbus/dbus.h>

#include "call.h"

struct service;

struct peer {
    struct peer *next;
    struct service *service;
    char *name; /* ":1.42" */
    unsigned holds;
    unsigned count_calls; /* under way */
    size_t bytes_of_calls;
    unsigned count_objects; /* that it owns, or is about to */
    bool is_known;          /* who it is was answered: uid, pid, gids are set */
    bool is_gone;           /* from the bus */
    uint32_t uid, pid;
    uint32_t *gids;
    size_t count_gids;
    DBusPendingCall *question;
};

/* The peer of a name, held; JET_errOutOfMemory or too many: NULL. */
struct peer *peer_get(struct service *service, const char *name);

void peer_hold(struct peer *peer);
void peer_release(struct peer *peer); /* takes NULL; the last one forgets it */

/* NameOwnerChanged: the name has no owner any more. What it owned ends. */
void peer_is_gone(struct service *service, const char *name);

/* Is the peer's user, or one of its groups, of this name? (the user database is read once, at the start: config.h) */
bool peer_has_gid(const struct peer *peer, uint32_t gid);

/* Room for one more object? Then it is counted, and the peer held, until peer_drop_object(). */
bool peer_take_object(struct peer *peer);
void peer_drop_object(struct peer *peer); /* takes NULL */

#endif
