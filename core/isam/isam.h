/* SPDX-License-Identifier: MIT */
/* isam.h - the map of this folder: tables, made of trees.
 *
 *   record.h       the bytes of a row <-> the values of its columns, read only
 *   catalog.h      the table of all tables: MSysObjects and its shadow, read only
 *   codepage.h     text of columns as UTF-8
 *   deep.h         the whole check of a file, which shares nothing with the engine below
 *
 * and, of a running engine:
 *
 *   engine.h       the engine object and its settings
 *   session.h      a session
 *   transaction.h  snapshots, levels, commit, rollback; their redo
 *   version.h      before images, write conflicts, undo information, clean-up
 *   dir.h          the nodes of a tree as a session sees them
 *   long_value.h   values in the LV tree
 *   compact.h      all tables of a database written into a new one
 *   defragment.h   space that tables do not need goes back
 */
#ifndef COLDSTREAM_ISAM_ISAM_H
#define COLDSTREAM_ISAM_ISAM_H

#include "isam/catalog.h"
#include "isam/codepage.h"
#include "isam/deep.h"
#include "isam/dir.h"
#include "isam/engine.h"
#include "isam/long_value.h"
#include "isam/record.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"

#endif
