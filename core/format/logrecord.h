/* SPDX-License-Identifier: MIT */
/* logrecord.h - the records of the transaction log: bytes of the log <-> what happened.
 *
 * A record is a fixed part, which begins with the type, and after it payloads whose lengths the fixed part holds:
 *
 *      type | fixed part | key | data ...
 *
 * There is one struct ..._disk for each layout of a fixed part, and one host-order struct for its meaning, with
 * payloads as spans. The functions for a record X:
 *
 *      logrec_X_decode(bytes, size, &x)   of one whole record; spans are borrowed from `bytes`
 *      logrec_X_encode(&x, &disk)         the fixed part only; the payloads follow it as pieces of their own, in the order
 *                                         in which the spans stand in the struct
 *
 * Decoders and sizes are safe on any bytes; damage is JET_errLogFileCorrupt. What every decoder guarantees on success:
 *   1. the record is of a type that the decoder is for;
 *   2. it takes exactly `size` bytes: fixed part and payloads together;
 *   3. all spans lie inside the record, one behind the other, and the last ends where the record ends.
 * Each adds what it says above it. Numbers (page, level, line, type of split) are handed on as they are: whether they
 * fit the page and the tree is what redo asks.
 *
 * Types, names and sizes: logrecord_type.h. Transactions, macros, fillers, backup: logrecord_transaction.h. Instances
 * and databases: logrecord_database.h. Changes of nodes: logrecord_node.h. Splits, merges, trees, space:
 * logrecord_tree.h. The difference that ReplaceD holds: logdiff.h; the before images of splits and merges:
 * page_image.h.
 *
 * Facts: format major 8 (Windows 8 and later); the layouts of major 7 are the same where both have the record.
 */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_H
#define COLDSTREAM_FORMAT_LOGRECORD_H

#include "format/logrecord_database.h"
#include "format/logrecord_node.h"
#include "format/logrecord_transaction.h"
#include "format/logrecord_tree.h"
#include "format/logrecord_type.h"

#endif
