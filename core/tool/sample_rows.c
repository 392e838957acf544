/* SPDX-License-Identifier: MIT */
#include "tool/sample_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "tool/sample_schema.h"

static MUST_CHECK jet_err add_row(struct sample_tree *tree, const struct sample_key *key,
                                  const struct sample_record *record)
{
    uint8_t bytes[SAMPLE_RECORD_MAX];
    struct node node = {.suffix = key->bytes, .suffix_size = key->size, .data = bytes};
    node.data_size = sample_record_encode(record, bytes);
    return sample_tree_add(tree, &node);
}

static MUST_CHECK jet_err add_objid(struct sample_tree *tree, objid_t objid, objid_t table,
                                    enum sample_catalog_type type)
{
    struct sample_record record;
    struct sample_key key = {.size = 0};
    le32 objid_disk = le32_make(objid);
    le32 table_disk = le32_make(table);
    le16 type_disk = le16_make((uint16_t)type);

    sample_record_begin(&record, tree->file->page_size);
    sample_record_tagged(&record, 256, SAMPLE_TAGGED_PLAIN, &objid_disk, sizeof objid_disk);
    sample_record_tagged(&record, 257, SAMPLE_TAGGED_PLAIN, &table_disk, sizeof table_disk);
    sample_record_tagged(&record, 258, SAMPLE_TAGGED_PLAIN, &type_disk, sizeof type_disk);
    sample_key_long(&key, (int32_t)objid);
    return add_row(tree, &key, &record);
}

/* The primary index has the objid of its table and no row of its own. */
jet_err sample_rows_objids(struct sample_tree *tree)
{
    struct {
        objid_t table;
        enum sample_catalog_type type;
    } owners[SAMPLE_OBJID_MESSAGES + 1] = {0};
    for (size_t i = 0; i < sample_table_count; i++) {
        const struct system_table *table = sample_tables[i];
        for (size_t k = 0; k < table->index_count; k++) {
            owners[table->indexes[k].id].table = table->id;
            owners[table->indexes[k].id].type = SAMPLE_CATALOG_INDEX;
        }
        owners[table->id].table = table->id;
        owners[table->id].type = SAMPLE_CATALOG_TABLE;
    }
    jet_err err = JET_errSuccess;
    for (objid_t objid = SYSTEM_OBJID_CATALOG; err >= JET_errSuccess && objid <= SAMPLE_OBJID_MESSAGES; objid++)
        err = add_objid(tree, objid, owners[objid].table, owners[objid].type);
    return err;
}

/* UTF-16, little-endian, of ASCII text. */
static size_t widen(const char *text, size_t size, uint8_t *wide)
{
    for (size_t i = 0; i < size; i++) {
        wide[2 * i] = (uint8_t)text[i];
        wide[2 * i + 1] = 0;
    }
    return 2 * size;
}

jet_err sample_rows_locales(struct sample_tree *tree)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; err >= JET_errSuccess && i < SYSTEM_LOCALES; i++) {
        struct sample_record record;
        struct sample_key key = {.size = 0};
        uint8_t wide[64];
        size_t wide_size = widen(system_locales[i].key, strlen(system_locales[i].key) + 1, wide);
        sample_record_begin(&record, tree->file->page_size);
        sample_record_u8(&record, system_locales[i].type);
        sample_record_u32(&record, system_locales[i].value);
        sample_record_variable(&record, SAMPLE_COLUMN_VARIABLE_FIRST, wide, wide_size);
        sample_key_binary(&key, wide, wide_size);
        err = add_row(tree, &key, &record);
    }
    return err;
}

static const char *const folder_names[] = {"Inbox", "Sent", "Drafts", "Archive", "Invoices", "Travel", "Recipes"};

jet_err sample_rows_folders(struct sample_tree *tree, struct sample_entries *by_name)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; err >= JET_errSuccess && i < COUNT_OF(folder_names); i++) {
        struct sample_record record;
        struct sample_key primary = {.size = 0};
        struct sample_key name = {.size = 0};
        sample_record_begin(&record, tree->file->page_size);
        sample_record_u32(&record, (uint32_t)i + 1);
        sample_record_variable(&record, SAMPLE_COLUMN_VARIABLE_FIRST, folder_names[i], strlen(folder_names[i]));
        sample_key_long(&primary, (int32_t)i + 1);
        err = add_row(tree, &primary, &record);
        sample_key_text(&name, folder_names[i]);
        if (err >= JET_errSuccess)
            err = sample_entries_add(by_name, &name, &primary);
    }
    return err;
}

enum {
    POOL_SIZE = 1 << 14,
    BODY_SIZE_MIN = 100,
    BODY_SIZE_RANGE = 900,
    SUBJECT_SIZE_MIN = 8,
    SUBJECT_SIZE_RANGE = 32,
    SLICE_SIZE_MAX = BODY_SIZE_MIN + BODY_SIZE_RANGE,
};

/* Makes messages: numbers from a generator, texts as slices of a pool of words. */
struct message_writer {
    uint64_t random;
    struct sample_record record;
    char pool[POOL_SIZE];
};

/* xorshift64*, by Vigna. */
static uint64_t random_next(struct message_writer *w)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return w->random * 0x2545F4914F6CDD1Du;
}

static size_t random_below(struct message_writer *w, size_t limit)
{
    return (size_t)((random_next(w) >> 32) * limit >> 32);
}

static void pool_fill(struct message_writer *w)
{
    static const char *const words[] = {"cold ",   "stream ",  "river ", "winter ",  "ferry ", "lantern ", "morning ",
                                        "letter ", "harbour ", "to ",    "and ",     "the ",   "of ",      "under ",
                                        "bridge ", "return ",  "snow ",  "signal ",  "north ", "keeper ",  "quiet ",
                                        "window ", "is ",      "was ",   "journey ", "page ",  "salt ",    "paper "};
    size_t used = 0;
    while (used < sizeof w->pool) {
        const char *word = words[random_below(w, COUNT_OF(words))];
        size_t size = strlen(word);
        if (size > sizeof w->pool - used)
            size = sizeof w->pool - used;
        memcpy(w->pool + used, word, size);
        used += size;
    }
}

static const char *pool_slice(struct message_writer *w)
{
    return w->pool + random_below(w, sizeof w->pool - SLICE_SIZE_MAX);
}

static void put_random_fixed(struct message_writer *w, uint32_t id, size_t body_size)
{
    double received = 43831.0 + id / 1440.0; /* days; one message a minute from 2020 on */
    uint64_t received_bits;
    uint64_t ticket[2] = {random_next(w), random_next(w)};
    memcpy(&received_bits, &received, sizeof received_bits);

    sample_record_u32(&w->record, id);
    if (random_below(w, 16) == 0)
        sample_record_fixed_null(&w->record, 4);
    else
        sample_record_u32(&w->record, (uint32_t)random_below(w, COUNT_OF(folder_names)) + 1);
    sample_record_u64(&w->record, received_bits);
    sample_record_u32(&w->record, (uint32_t)body_size);
    sample_record_u8(&w->record, random_below(w, 2) ? 0xFF : 0);
    sample_record_fixed(&w->record, ticket, sizeof ticket);
}

static void message_make(struct message_writer *w, uint32_t id, size_t page_size)
{
    static const char *const senders[] = {"ana@example.org", "Zo\xEB <zoe@example.net>", "j\xF6rg@example.com",
                                          "newsletter@example.org"};
    size_t body_size = BODY_SIZE_MIN + random_below(w, BODY_SIZE_RANGE);
    const char *sender = senders[random_below(w, COUNT_OF(senders))];
    uint8_t subject[2 * (SUBJECT_SIZE_MIN + SUBJECT_SIZE_RANGE)];
    size_t subject_size = widen(pool_slice(w), SUBJECT_SIZE_MIN + random_below(w, SUBJECT_SIZE_RANGE), subject);
    uint64_t digest[4] = {random_next(w), random_next(w), random_next(w), random_next(w)};

    sample_record_begin(&w->record, page_size);
    put_random_fixed(w, id, body_size);
    sample_record_variable(&w->record, 128, sender, strlen(sender));
    sample_record_variable(&w->record, 129, subject, subject_size);
    if (random_below(w, 4))
        sample_record_variable(&w->record, 130, digest, sizeof digest);
    sample_record_tagged(&w->record, 256, SAMPLE_TAGGED_LONG_VALUE, pool_slice(w), body_size);
}

jet_err sample_rows_messages(struct sample_tree *tree, uint64_t seed, uint32_t *ret_count)
{
    struct message_writer *w = malloc(sizeof *w);
    if (!w)
        return JET_errOutOfMemory;
    w->random = seed | 1u << 31; /* zero would stay zero */
    pool_fill(w);

    jet_err err = JET_errSuccess;
    uint32_t count = 0;
    while (err >= JET_errSuccess && sample_space_left(tree->space) >= SAMPLE_TREE_RESERVE && count < INT32_MAX) {
        struct sample_key key = {.size = 0};
        count++;
        message_make(w, count, tree->file->page_size);
        sample_key_long(&key, (int32_t)count);
        err = add_row(tree, &key, &w->record);
    }
    free(w);
    if (err >= JET_errSuccess)
        *ret_count = count;
    return err;
}
