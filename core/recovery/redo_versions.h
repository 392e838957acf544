/* SPDX-License-Identifier: MIT */
/* redo_versions.h - what the version store learns from a record that is replayed. */
#ifndef COLDSTREAM_RECOVERY_REDO_VERSIONS_H
#define COLDSTREAM_RECOVERY_REDO_VERSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "btree/redo.h"
#include "recovery/recovery_internal.h"

struct session;

/* A record, and whose it is. In a macro, `bytes` is the one with the leaf operation. */
struct redo_target {
    struct redo_database *database;
    struct session *session;
    const uint8_t *bytes;
    size_t size;
};

/* Callbacks of btree_redo(); the context is a struct redo_target. */
MUST_CHECK jet_err redo_versions_before(void *context, const struct btree_redo_before *before);
MUST_CHECK jet_err redo_versions_undo(void *context, const struct logrec_undo *undo, struct btree_redo_undo *ret_undo);

/* Versions that the record alone describes; called before its page is redone. */
MUST_CHECK jet_err redo_versions_of_record(const struct redo_target *target);

MUST_CHECK jet_err redo_versions_undo_info(const struct redo_target *target);

/* Behind an Undo record: the version is gone. */
MUST_CHECK jet_err redo_versions_undone(const struct redo_target *target);

#endif
