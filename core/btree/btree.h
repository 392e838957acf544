/* SPDX-License-Identifier: MIT */
/* btree.h - the map of this folder: B+ trees on the pages of a database.
 *
 *   scan.h   the nodes of one tree in key order, read only
 *
 * What a node is, format/node.h knows; how pages become a tree, this folder.
 */
#ifndef COLDSTREAM_BTREE_BTREE_H
#define COLDSTREAM_BTREE_BTREE_H

#include "btree/scan.h"

#endif
