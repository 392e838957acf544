/* SPDX-License-Identifier: MIT */
/* text_order_locales.h - MSysLocales: which orders of text the indexes of a database have. */
#ifndef COLDSTREAM_ISAM_TEXT_ORDER_LOCALES_H
#define COLDSTREAM_ISAM_TEXT_ORDER_LOCALES_H

#include "isam/text_order.h"

struct schema_cache;
struct session;

/* Counts an index, in the session's transaction; the row is made in one of its own if it is not there, and stays.
 * Nothing is done if the database has no such table. */
MUST_CHECK jet_err text_order_count(struct session *session, struct schema_cache *cache, const char *locale,
                                    const struct os_collation_version *version);

/* Visits every order that an index may have, until an error, which is returned; a page is latched meanwhile.
 * JET_errObjectNotFound: the database has no such table. */
typedef jet_err text_order_visit(void *context, const char *locale, const struct os_collation_version *version);
MUST_CHECK jet_err text_order_locales(struct session *session, struct schema_cache *cache, text_order_visit *visit,
                                      void *context);

#endif
