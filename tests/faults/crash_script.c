/* SPDX-License-Identifier: MIT */
#include "crash_script.h"

#include <stdlib.h>
#include <string.h>

#include "disk_image.h"

enum { OPERATIONS_MAX = 6 };

/* A script being written. */
struct making {
    struct crash_script *script;
    bool has_indexes;
    size_t step_room, state_room;
    struct disk_random random;
    struct crash_state now;                  /* committed */
    bool is_open[CRASH_SESSIONS];            /* the session has a transaction */
    struct crash_state mine[CRASH_SESSIONS]; /* what it sees */
    unsigned operations_left[CRASH_SESSIONS];
    bool has_changed[CRASH_SESSIONS];
    bool has_touched[CRASH_SESSIONS][CRASH_DATABASES][CRASH_TABLES]; /* in its open transaction */
    uint32_t last_stamp;
};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static struct crash_step *add_step(struct making *making, struct crash_step step)
{
    struct crash_script *script = making->script;
    if (script->step_count == making->step_room) {
        making->step_room = making->step_room ? 2 * making->step_room : 256;
        script->steps = must(realloc(script->steps, making->step_room * sizeof *script->steps));
    }
    script->steps[script->step_count] = step;
    return &script->steps[script->step_count++];
}

static uint32_t add_state(struct making *making)
{
    struct crash_script *script = making->script;
    if (script->state_count == making->state_room) {
        making->state_room = making->state_room ? 2 * making->state_room : 64;
        script->states = must(realloc(script->states, making->state_room * sizeof *script->states));
    }
    script->states[script->state_count] = making->now;
    return (uint32_t)script->state_count++;
}

static unsigned choose(struct making *making, unsigned limit)
{
    return (unsigned)disk_random_below(&making->random, limit);
}

static bool somebody_is_open(const struct making *making)
{
    for (unsigned i = 0; i < CRASH_SESSIONS; i++)
        if (making->is_open[i])
            return true;
    return false;
}

/* Keys are dealt out to the sessions, so that none waits for, or conflicts with, another. */
static void merge(struct crash_state *into, const struct crash_state *mine, unsigned session)
{
    for (unsigned d = 0; d < CRASH_DATABASES; d++)
        for (unsigned t = 0; t < CRASH_TABLES; t++)
            for (unsigned key = session; key < CRASH_KEYS; key += CRASH_SESSIONS)
                into->tables[d][t].stamps[key] = mine->tables[d][t].stamps[key];
}

static void begin(struct making *making, unsigned session)
{
    add_step(making, (struct crash_step){.kind = CRASH_BEGIN, .session = session});
    making->is_open[session] = true;
    making->mine[session] = making->now;
    making->operations_left[session] = 1 + choose(making, OPERATIONS_MAX);
    making->has_changed[session] = false;
    memset(making->has_touched[session], 0, sizeof making->has_touched[session]);
}

static void end(struct making *making, unsigned session)
{
    unsigned how = choose(making, 8);
    struct crash_step *step = add_step(making, (struct crash_step){.kind = CRASH_ROLLBACK, .session = session});
    making->is_open[session] = false;
    if (how == 0)
        return;
    step->kind = how < 3 ? CRASH_COMMIT_LAZY : CRASH_COMMIT;
    step->is_empty = !making->has_changed[session];
    merge(&making->now, &making->mine[session], session);
    step->state = add_state(making);
}

static void change_row(struct making *making, unsigned session)
{
    struct crash_step step = {.session = session,
                              .database = choose(making, CRASH_DATABASES),
                              .table = choose(making, CRASH_TABLES),
                              .key = choose(making, CRASH_KEYS / CRASH_SESSIONS) * CRASH_SESSIONS + session};
    struct crash_table *table = &making->mine[session].tables[step.database][step.table];
    making->operations_left[session]--;
    if (!table->exists)
        return;
    if (table->stamps[step.key] != 0 && choose(making, 3) == 0) {
        step.kind = CRASH_DELETE;
    } else {
        step.kind = table->stamps[step.key] != 0 ? CRASH_REPLACE : CRASH_INSERT;
        step.stamp = ++making->last_stamp;
    }
    table->stamps[step.key] = step.stamp;
    making->has_changed[session] = true;
    making->has_touched[session][step.database][step.table] = true;
    add_step(making, step);
}

/* One step in a transaction of its own, which makes `after` of the table, or is rolled back. */
static void change_alone(struct making *making, const struct crash_step *step, const struct crash_table *after)
{
    add_step(making, (struct crash_step){.kind = CRASH_BEGIN});
    add_step(making, *step);
    struct crash_step *ending = add_step(making, (struct crash_step){.kind = CRASH_ROLLBACK});
    if (choose(making, 6) == 0)
        return;
    making->now.tables[step->database][step->table] = *after;
    ending->kind = CRASH_COMMIT;
    ending->state = add_state(making);
}

/* A table comes or goes, or an index of one that stays. */
static void change_schema(struct making *making)
{
    struct crash_step step = {.database = choose(making, CRASH_DATABASES), .table = choose(making, CRASH_TABLES)};
    const struct crash_table *table = &making->now.tables[step.database][step.table];
    struct crash_table after = *table;
    if (!making->now.exists[step.database])
        return;
    if (!table->exists || choose(making, 4) == 0) {
        step.kind = table->exists ? CRASH_DELETE_TABLE : CRASH_CREATE_TABLE;
        after = (struct crash_table){.exists = !table->exists};
    } else if (making->has_indexes && choose(making, 2) == 0) {
        step.kind = table->has_index ? CRASH_DELETE_INDEX : CRASH_CREATE_INDEX;
        after.has_index = !table->has_index;
    } else {
        return;
    }
    change_alone(making, &step, &after);
}

/* Of a table whose rows others may be about to change, and have not changed yet. */
static void change_index_beside(struct making *making)
{
    struct crash_step step = {.database = choose(making, CRASH_DATABASES), .table = choose(making, CRASH_TABLES)};
    const struct crash_table *table = &making->now.tables[step.database][step.table];
    struct crash_table after = *table;
    for (unsigned i = 0; i < CRASH_SESSIONS; i++)
        if (making->is_open[i] && making->has_touched[i][step.database][step.table])
            return;
    if (!table->exists)
        return;
    step.kind = table->has_index ? CRASH_DELETE_INDEX : CRASH_CREATE_INDEX;
    after.has_index = !table->has_index;
    change_alone(making, &step, &after);
}

/* Changes nothing that is in the databases. */
static void defragment(struct making *making, unsigned session)
{
    const struct crash_step step = {.kind = CRASH_DEFRAGMENT,
                                    .session = session,
                                    .database = choose(making, CRASH_DATABASES),
                                    .table = choose(making, CRASH_TABLES)};
    if (making->now.exists[step.database] && making->now.tables[step.database][step.table].exists)
        add_step(making, step);
}

static void create_database(struct making *making, unsigned database)
{
    struct crash_step *step =
        add_step(making, (struct crash_step){.kind = CRASH_CREATE_DATABASE, .database = database});
    making->now.exists[database] = true;
    step->state = add_state(making);
}

static void one_move(struct making *making)
{
    unsigned session = choose(making, CRASH_SESSIONS);
    if (!somebody_is_open(making)) {
        unsigned what = choose(making, 24);
        if (what < 3) {
            change_schema(making);
            return;
        }
        if (what == 3) {
            add_step(making, (struct crash_step){.kind = CRASH_RESTART});
            return;
        }
        if (what == 4 || what == 5) {
            const struct crash_step step = {.kind = what == 4 ? CRASH_REATTACH : CRASH_COMPACT,
                                            .database = choose(making, CRASH_DATABASES)};
            if (making->now.exists[step.database])
                add_step(making, step);
            return;
        }
    } else if (making->has_indexes && !making->is_open[0] && choose(making, 12) == 0) {
        change_index_beside(making);
        return;
    }
    if (!making->is_open[session] && making->has_indexes && choose(making, 4) == 0)
        defragment(making, session);
    else if (!making->is_open[session])
        begin(making, session);
    else if (making->operations_left[session] > 0)
        change_row(making, session);
    else
        end(making, session);
}

struct crash_script *crash_script_make(uint64_t seed, unsigned transactions, bool has_indexes)
{
    struct making *making = must(calloc(1, sizeof *making));
    struct crash_script *script = must(calloc(1, sizeof *script));
    script->seed = seed;
    making->script = script;
    making->has_indexes = has_indexes;
    making->random.state = seed;
    add_state(making);
    create_database(making, 0);
    for (unsigned i = 0; i < CRASH_TABLES; i++)
        change_schema(making);
    create_database(making, 1);
    for (unsigned i = 0; i < 2 * CRASH_TABLES; i++)
        change_schema(making);
    while (script->state_count < transactions)
        one_move(making);
    for (unsigned session = 0; session < CRASH_SESSIONS; session++)
        if (making->is_open[session])
            end(making, session);
    free(making);
    return script;
}

void crash_script_free(struct crash_script *script)
{
    if (!script)
        return;
    free(script->steps);
    free(script->states);
    free(script);
}

static void fill(struct disk_random *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)disk_random_next(random);
}

size_t crash_row_text(uint32_t stamp, uint8_t text[CRASH_TEXT_MAX])
{
    struct disk_random random = {.state = stamp};
    size_t size = (size_t)disk_random_below(&random, CRASH_TEXT_MAX);
    fill(&random, text, size);
    return size;
}

size_t crash_row_blob(uint32_t stamp, uint8_t blob[CRASH_BLOB_MAX])
{
    static const size_t limits[] = {1, 1, 100, 800, 800, 3000, 9000, CRASH_BLOB_MAX};
    struct disk_random random = {.state = ~(uint64_t)stamp};
    size_t limit = limits[disk_random_below(&random, sizeof limits / sizeof limits[0])];
    size_t size = (size_t)disk_random_below(&random, limit);
    fill(&random, blob, size);
    return size;
}

unsigned crash_row_tags(uint32_t stamp, int32_t tags[CRASH_TAGS_MAX])
{
    enum { APART = 7 };
    const unsigned count = stamp % (CRASH_TAGS_MAX + 1);
    for (unsigned i = 0; i < count; i++)
        tags[i] = (int32_t)(stamp % APART + i * APART);
    return count;
}
