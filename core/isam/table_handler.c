/* SPDX-License-Identifier: MIT */
#include "isam/table_handler.h"

#include <stdlib.h>

#include "isam/table.h"

jet_err table_handler_add(struct table *table, uint32_t events, table_function function, void *context,
                          uint32_t *ret_id)
{
    struct table_handler *handler = calloc(1, sizeof *handler);

    if (!handler)
        return JET_errOutOfMemory;
    handler->events = events;
    handler->function = function;
    handler->context = context;
    latch_exclusive(&table->latch);
    handler->next = atomic_load(&table->handlers);
    handler->id = handler->next ? handler->next->id + 1 : 1;
    *ret_id = handler->id;
    atomic_store(&table->handlers, handler);
    latch_unlock_exclusive(&table->latch);
    return JET_errSuccess;
}

jet_err table_handler_remove(struct table *table, uint32_t id)
{
    struct table_handler *handler = atomic_load(&table->handlers);

    while (handler && handler->id != id)
        handler = handler->next;
    if (!handler || atomic_exchange(&handler->events, 0) == 0)
        return JET_errInvalidParameter;
    return JET_errSuccess;
}

const struct table_handler *table_handlers(const struct table *table)
{
    return atomic_load_explicit(&table->handlers, memory_order_acquire);
}

jet_err table_local_set(struct table *table, const struct table_local *local)
{
    jet_err err = JET_errSuccess;

    latch_exclusive(&table->latch);
    if (table->local.is_set)
        err = JET_errLSAlreadySet;
    else
        table->local = *local;
    latch_unlock_exclusive(&table->latch);
    return err;
}

jet_err table_local_get(struct table *table, bool take, uintptr_t *ret_value)
{
    latch_exclusive(&table->latch);
    const struct table_local local = table->local;
    if (take)
        table->local.is_set = false;
    latch_unlock_exclusive(&table->latch);
    if (!local.is_set)
        return JET_errLSNotSet;
    *ret_value = local.value;
    return JET_errSuccess;
}

void table_local_reset(struct table *table)
{
    latch_exclusive(&table->latch);
    table->local.is_set = false;
    latch_unlock_exclusive(&table->latch);
}

void table_handlers_done(struct table *table)
{
    struct table_handler *handler = atomic_load(&table->handlers);

    while (handler) {
        struct table_handler *next = handler->next;

        free(handler);
        handler = next;
    }
    if (table->local.is_set)
        table->local.release(table->local.function, table->local.value);
}
