/* SPDX-License-Identifier: MIT */
#include "isam/text_order.h"

#include <string.h>

#include "base/byteorder.h"
#include "format/system_tables.h"
#include "isam/engine.h"

jet_err text_order_check(const char *locale, uint32_t *flags)
{
    struct os_collation_version version;
    jet_err err = os_collation_version(locale, &version);

    if (err < JET_errSuccess)
        return err;
    if (*flags & OS_COLLATION_UPPERCASE)
        return JET_errEngineFormatVersionParamTooLowForRequestedFeature;
    if (*flags & ~(uint32_t)(OS_COLLATION_FLAGS_KNOWN | OS_COLLATION_SORT_KEY))
        return JET_errInvalidLCMapStringFlags;
    *flags |= OS_COLLATION_SORT_KEY;
    return JET_errSuccess;
}

static jet_err make_sort_key(const void *context, const uint8_t *text, size_t size, uint8_t *key, size_t room,
                             size_t *ret_size)
{
    return os_collation_key(context, text, size, key, room, ret_size);
}

static jet_err open_current(struct text_order *order, const char *locale, uint32_t flags)
{
    jet_err err = os_collation_open(locale, flags, &order->collation);

    if (err < JET_errSuccess)
        return err;
    order->keys = (struct keynorm_collation){.sort_key = make_sort_key, .context = order->collation};
    order->state = TEXT_ORDER_CURRENT;
    return JET_errSuccess;
}

jet_err text_order_new(struct text_order *order, const char *locale, uint32_t flags)
{
    jet_err err = os_collation_version(locale, &order->version);

    return err < JET_errSuccess ? err : open_current(order, locale, flags);
}

const char *text_order_locale_default(const struct engine_config *config)
{
    return config->index_locale ? config->index_locale : SYSTEM_LOCALE;
}

uint32_t text_order_flags_default(const struct engine_config *config)
{
    return config->index_sort_flags ? config->index_sort_flags : SYSTEM_SORT_FLAGS;
}

jet_err text_order_new_default(struct text_order *order, const struct engine_config *config)
{
    return text_order_new(order, text_order_locale_default(config), text_order_flags_default(config));
}

static enum text_order_state state_of(const char *locale, uint32_t flags, const struct os_collation_version *version)
{
    if (flags & OS_COLLATION_UPPERCASE)
        return TEXT_ORDER_FOREIGN;
    switch (os_collation_age(locale, version)) {
    case OS_COLLATION_CURRENT: return TEXT_ORDER_CURRENT;
    case OS_COLLATION_OUTDATED: return TEXT_ORDER_OUTDATED;
    case OS_COLLATION_FOREIGN: break;
    }
    return TEXT_ORDER_FOREIGN;
}

jet_err text_order_load(struct text_order *order, const char *locale, uint32_t flags,
                        const struct os_collation_version *version)
{
    order->state = TEXT_ORDER_FOREIGN;
    if (!version)
        return JET_errSuccess;
    order->version = *version;
    order->state = state_of(locale, flags, version);
    if (order->state != TEXT_ORDER_CURRENT)
        return JET_errSuccess;
    jet_err err = open_current(order, locale, flags);
    if (err >= JET_errSuccess || err == JET_errOutOfMemory)
        return err;
    order->state = TEXT_ORDER_FOREIGN;
    return JET_errSuccess;
}

void text_order_close(struct text_order *order)
{
    os_collation_close(order->collation);
    *order = (struct text_order){.state = TEXT_ORDER_NONE};
}

struct version_disk {
    le32 defined; /* +0 */
    le32 order;   /* +4 */
};
_Static_assert(sizeof(struct version_disk) == TEXT_ORDER_VERSION_SIZE, "file format");

void text_order_version_put(const struct os_collation_version *version, uint8_t ret_version[TEXT_ORDER_VERSION_SIZE])
{
    const struct version_disk disk = {le32_make(version->defined), le32_make(version->order)};

    memcpy(ret_version, &disk, sizeof disk);
}

void text_order_version_get(const uint8_t version[TEXT_ORDER_VERSION_SIZE], const uint8_t id[TEXT_ORDER_ID_SIZE],
                            struct os_collation_version *ret_version)
{
    struct version_disk disk;

    memcpy(&disk, version, sizeof disk);
    *ret_version = (struct os_collation_version){.order = le32_get(disk.order), .defined = le32_get(disk.defined)};
    memcpy(ret_version->id, id, sizeof ret_version->id);
}
