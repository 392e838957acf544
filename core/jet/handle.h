/* SPDX-License-Identifier: MIT */
/* handle.h - what the API hands out for instances, sessions and tables: numbers, never addresses.
 *
 *      handle = generation | index | kind          kind is never 0, so no handle is 0; none is ~0, the API's "nil"
 *
 * A client may pass anything. A handle that was closed, belongs to another kind or was made up is recognised without
 * touching the object; the generation of a slot changes with each use. There is one table for the process, and it is
 * the only global state besides the process itself (process.h).
 *
 * Looking up takes no lock: slots are in chunks that are never freed, and a slot's `handle` is written last when it
 * opens and first when it closes. What keeps an object alive while it is used is the claim.
 *
 * Claims. handle_claim() makes the caller the only one inside an object until handle_release(). Entry points claim the
 * session (JET_errSessionSharingViolation if somebody else is inside); tables belong to a session and are safe with
 * it; ending an instance claims all its sessions, waiting for those that are inside a call. So the hot path costs one
 * compare-and-swap on a word that no other thread touches.
 *
 * Locks: LOCK_RANK_HANDLES guards the list of free slots.
 */
#ifndef COLDSTREAM_JET_HANDLE_H
#define COLDSTREAM_JET_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum handle_kind {
    HANDLE_INSTANCE = 1,
    HANDLE_SESSION = 2,
    HANDLE_TABLE = 3,
};

/* A handle for `object`. `owner`: handle of what it belongs to, 0 for instances. JET_errOutOfMemory. */
MUST_CHECK jet_err handle_new(enum handle_kind kind, void *object, uintptr_t owner, uintptr_t *ret_handle);

/* Makes the handle invalid and its slot free. The caller has it claimed, or knows that nobody can be inside. */
void handle_free(uintptr_t handle);

/* The object; NULL: there is no such handle. It stays what it is only while something keeps it from being closed. */
void *handle_object(uintptr_t handle, enum handle_kind kind);

/* The same, with the owner that handle_new() was given. */
void *handle_object_of(uintptr_t handle, enum handle_kind kind, uintptr_t *ret_owner);

/* The owner that handle_new() was given; 0: there is no such handle. */
uintptr_t handle_owner(uintptr_t handle, enum handle_kind kind);

enum handle_claim {
    HANDLE_CLAIMED,
    HANDLE_ABSENT, /* no such handle */
    HANDLE_BUSY,   /* somebody else has it; handle_claim_wait() does not return this */
};

/* Claims the object of a handle. `ret_object` is written if claimed. */
MUST_CHECK enum handle_claim handle_claim(uintptr_t handle, enum handle_kind kind, void **ret_object);

/* The same, waiting for whoever is inside. */
MUST_CHECK enum handle_claim handle_claim_wait(uintptr_t handle, enum handle_kind kind, void **ret_object);

/* Ends the claim; not after handle_free(), which ends it too. */
void handle_release(uintptr_t handle);

#endif
