/* SPDX-License-Identifier: MIT */
#include "isam/table_users.h"

#include "isam/schema_cache_internal.h"
#include "isam/table_cursor.h"

static bool denies(unsigned flags)
{
    return (flags & (TABLE_OPEN_DENY_READ | TABLE_OPEN_DENY_WRITE)) != 0;
}

static jet_err judge(const struct table *table, unsigned flags)
{
    const bool reads_only = (flags & TABLE_OPEN_READ_ONLY) != 0;

    if ((flags & TABLE_OPEN_READ_ONLY) && (flags & TABLE_OPEN_UPDATABLE))
        return JET_errInvalidGrbit;
    if (table->deny_read > 0 || (table->deny_write > 0 && !reads_only))
        return JET_errTableLocked;
    if ((flags & TABLE_OPEN_DENY_READ) && table->readers + table->writers > 0)
        return JET_errTableInUse;
    if ((flags & TABLE_OPEN_DENY_WRITE) && table->writers > 0)
        return JET_errTableInUse;
    return JET_errSuccess;
}

jet_err table_users_enter(struct table *table, unsigned flags)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    jet_err err = judge(table, flags);
    if (err >= JET_errSuccess) {
        table->deny_read += (flags & TABLE_OPEN_DENY_READ) != 0;
        table->deny_write += denies(flags);
        table->readers += (flags & TABLE_OPEN_READ_ONLY) != 0;
        table->writers += (flags & TABLE_OPEN_READ_ONLY) == 0;
    }
    os_mutex_unlock(lock);
    return err;
}

void table_users_leave(struct table *table, unsigned flags)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    table->deny_read -= (flags & TABLE_OPEN_DENY_READ) != 0;
    table->deny_write -= denies(flags);
    table->readers -= (flags & TABLE_OPEN_READ_ONLY) != 0;
    table->writers -= (flags & TABLE_OPEN_READ_ONLY) == 0;
    os_mutex_unlock(lock);
}

void table_users_hold(struct table *table)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    table->users++;
    os_mutex_unlock(lock);
}

unsigned table_users_count(struct table *table)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    const unsigned count = table->readers + table->writers;
    os_mutex_unlock(lock);
    return count;
}
