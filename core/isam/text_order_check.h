/* SPDX-License-Identifier: MIT */
/* text_order_check.h - are the indexes over Unicode text of a database that was just attached of use here? */
#ifndef COLDSTREAM_ISAM_TEXT_ORDER_CHECK_H
#define COLDSTREAM_ISAM_TEXT_ORDER_CHECK_H

#include "base/compiler.h"
#include "base/jet_err.h"

struct session;
struct table;

enum text_order_check_flag {
    TEXT_ORDER_DELETE_OTHERS = 0x1, /* secondary indexes whose keys are not made here go */
    TEXT_ORDER_DELETE_ALL = 0x2,    /* all secondary ones go */
};

/* Nobody else uses the database yet. An index without entries gets the order of today. Of others:
 *
 *      OUTDATED    JET_errPrimaryIndexCorrupted, JET_errSecondaryIndexCorrupted
 *      FOREIGN     is left alone
 *
 * unless they are to be deleted: JET_wrnCorruptIndexDeleted, if there was one of them. What was done before an error
 * stays done. JET_errIndexMustStay (DELETE_ALL, and one is primary). */
MUST_CHECK jet_err text_order_check_database(struct session *session, unsigned dbid, unsigned flags);

/* The same errors for one table that is open, whose indexes are left as they are. */
MUST_CHECK jet_err text_order_check_table(struct session *session, struct table *table);

#endif
