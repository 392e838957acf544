/* SPDX-License-Identifier: MIT */
/* btree.h - the map of this folder: B+ trees on the pages of a database.
 *
 *   scan.h       the nodes of one tree in key order, read only, of a file that is not attached
 *
 *   tree.h       a tree of an attached database; making and deleting trees
 *   position.h   searching and moving
 *   modify.h     changing a node
 *   cleanup.h    leaves that are not full enough
 *   space.h      whose pages are whose
 *   redo.h       log records applied again
 *   actor.h      on whose behalf things change
 *
 * What a node is, format/node.h knows; how pages become a tree, this folder. It knows no transactions: isam/ decides
 * who sees what, and may undo it.
 *
 * How a change happens, always: latch the pages; take the next dbtime; log the record; apply it with a function of
 * apply.h; mark the pages dirty. Redo applies the same record with the same function. If logging fails nothing has
 * changed.
 */
#ifndef COLDSTREAM_BTREE_BTREE_H
#define COLDSTREAM_BTREE_BTREE_H

#include "btree/actor.h"
#include "btree/cleanup.h"
#include "btree/modify.h"
#include "btree/position.h"
#include "btree/redo.h"
#include "btree/scan.h"
#include "btree/space.h"
#include "btree/tree.h"

#endif
