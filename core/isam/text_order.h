/* SPDX-License-Identifier: MIT */
/* text_order.h - how an index over Unicode text orders it: language, flags, and the version of the order that made its
 * keys.
 *
 * The catalogue keeps the version with the index. If it is the one of this system, keys are made. If not, its entries
 * are read by the keys that they have, and what would need a new one is JET_errUnicodeNormalizationNotSupported: a
 * search by a key that is to be made, and a change of a record that has text in such an index.
 *
 *      FOREIGN     another system's, say Windows' on Linux: nothing else is wrong with it
 *      OUTDATED    this system's, of another version: it has to be deleted and made again, and an attach says so
 *
 * MSysLocales has a row for each order of the database's indexes, with the number of indexes that were made in it: so
 * an engine need not read the catalogue to find out whether a system has changed (text_order_check.h). A row that has
 * outlived its indexes costs that look.
 */
#ifndef COLDSTREAM_ISAM_TEXT_ORDER_H
#define COLDSTREAM_ISAM_TEXT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/keynorm.h"
#include "os/os_collation.h"

struct engine_config;

enum text_order_state {
    TEXT_ORDER_NONE, /* no Unicode text is in the key */
    TEXT_ORDER_CURRENT,
    TEXT_ORDER_OUTDATED,
    TEXT_ORDER_FOREIGN,
};

enum { TEXT_ORDER_VERSION_SIZE = 8, TEXT_ORDER_ID_SIZE = 16 };

/* Begins as {0}; stays where it is, as keys point into it. */
struct text_order {
    enum text_order_state state;
    struct os_collation_version version;
    struct os_collation *collation; /* of TEXT_ORDER_CURRENT */
    struct keynorm_collation keys;
};

/* What a client asks for: flags as they will be stored. JET_errInvalidLanguageId, JET_errInvalidLCMapStringFlags,
 * JET_errEngineFormatVersionParamTooLowForRequestedFeature (upper-cased text instead of sort keys). */
MUST_CHECK jet_err text_order_check(const char *locale, uint32_t *flags);

/* Today's order of that language. Errors of os_collation_open(). */
MUST_CHECK jet_err text_order_new(struct text_order *order, const char *locale, uint32_t flags);

/* Today's order of an index that does not say. */
MUST_CHECK jet_err text_order_new_default(struct text_order *order, const struct engine_config *config);
const char *text_order_locale_default(const struct engine_config *config);
uint32_t text_order_flags_default(const struct engine_config *config);

/* An order as the catalogue has it; `version` NULL: none is there. One that cannot be had here is TEXT_ORDER_FOREIGN.
 * JET_errOutOfMemory. */
MUST_CHECK jet_err text_order_load(struct text_order *order, const char *locale, uint32_t flags,
                                   const struct os_collation_version *version);

void text_order_close(struct text_order *order);

/* NULL: keys are not made. */
static inline const struct keynorm_collation *text_order_keys(const struct text_order *order)
{
    return order->state == TEXT_ORDER_CURRENT ? &order->keys : NULL;
}

/* There is text whose keys cannot be made. */
static inline bool text_order_is_lost(const struct text_order *order)
{
    return order->state == TEXT_ORDER_OUTDATED || order->state == TEXT_ORDER_FOREIGN;
}

/* As in the catalogue, and back. */
void text_order_version_put(const struct os_collation_version *version, uint8_t ret_version[TEXT_ORDER_VERSION_SIZE]);
void text_order_version_get(const uint8_t version[TEXT_ORDER_VERSION_SIZE], const uint8_t id[TEXT_ORDER_ID_SIZE],
                            struct os_collation_version *ret_version);

#endif
