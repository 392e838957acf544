/* SPDX-License-Identifier: MIT */
/* sample_record.h - rows and their keys as bytes.
 *
 * Columns are given in the order of their ids. What is not given is absent: columns behind the last one, tagged columns
 * without a value. The contents come from this program, so sizes are promises and not checked beyond assertions.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_RECORD_H
#define COLDSTREAM_TOOL_SAMPLE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SAMPLE_COLUMN_VARIABLE_FIRST = 128,
    SAMPLE_COLUMN_TAGGED_FIRST = 256,
    SAMPLE_FIXED_MAX = 127,   /* bytes of all fixed columns */
    SAMPLE_VARIABLE_MAX = 12, /* columns */
    SAMPLE_TAGGED_MAX = 4,    /* columns */
    SAMPLE_DATA_MAX = 1500,   /* bytes of all variable, and of all tagged columns */
    SAMPLE_RECORD_MAX = 3400,

    SAMPLE_TAGGED_PLAIN = 0,      /* header byte of a tagged value: a type of limited size */
    SAMPLE_TAGGED_LONG_VALUE = 1, /* LongText, LongBinary */
};

struct sample_record {
    bool is_large_page; /* tagged columns are written in another way */
    uint8_t fixed[SAMPLE_FIXED_MAX];
    size_t fixed_size;
    unsigned count_fixed;
    uint8_t fixed_nulls[16]; /* bit n = column n + 1 is null */
    uint16_t variable_ends[SAMPLE_VARIABLE_MAX];
    uint8_t variable[SAMPLE_DATA_MAX];
    size_t variable_size;
    unsigned count_variable;
    struct sample_tagged {
        uint16_t id;
        uint16_t offset; /* in `tagged` */
        uint8_t header;
    } tagged_columns[SAMPLE_TAGGED_MAX];
    uint8_t tagged[SAMPLE_DATA_MAX];
    size_t tagged_size;
    unsigned count_tagged;
};

void sample_record_begin(struct sample_record *r, size_t page_size);

/* The next fixed column. */
void sample_record_fixed(struct sample_record *r, const void *bytes, size_t size);
void sample_record_fixed_null(struct sample_record *r, size_t size);
void sample_record_u8(struct sample_record *r, uint8_t value);
void sample_record_u16(struct sample_record *r, uint16_t value);
void sample_record_u32(struct sample_record *r, uint32_t value);
void sample_record_u64(struct sample_record *r, uint64_t value);

/* Variable column `id`; those that were left out become null. */
void sample_record_variable(struct sample_record *r, unsigned id, const void *bytes, size_t size);

/* Tagged column `id`. `header`: SAMPLE_TAGGED_... */
void sample_record_tagged(struct sample_record *r, unsigned id, unsigned header, const void *bytes, size_t size);

/* Writes the record (at most SAMPLE_RECORD_MAX bytes) and returns its size. */
size_t sample_record_encode(const struct sample_record *r, uint8_t *bytes);

enum { SAMPLE_KEY_MAX = 255 };

/* The key of an index entry, segment by segment, all ascending. */
struct sample_key {
    uint8_t bytes[SAMPLE_KEY_MAX];
    size_t size;
};

void sample_key_true(struct sample_key *key);
void sample_key_short(struct sample_key *key, int16_t value);
void sample_key_long(struct sample_key *key, int32_t value);
void sample_key_text(struct sample_key *key, const char *text); /* ASCII */
void sample_key_binary(struct sample_key *key, const void *bytes, size_t size);

#endif
