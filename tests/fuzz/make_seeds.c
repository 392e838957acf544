/* SPDX-License-Identifier: MIT */
/* make_seeds.c - writes the seeds of the fuzz targets for format/: `make_seeds FOLDER`, where FOLDER has a folder for
 * each target. The seeds in the tree are its output; a test compares nothing with them, they only save the fuzzer
 * time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/checkpoint.h"
#include "format/dbheader.h"
#include "format/logheader.h"
#include "format/logrecord.h"
#include "format/logsegment.h"
#include "format/node.h"
#include "format/page.h"
#include "format/page_image.h"

struct seed {
    uint8_t bytes[4096];
    size_t size;
};

static void put(struct seed *seed, const void *bytes, size_t size)
{
    memcpy(seed->bytes + seed->size, bytes, size);
    seed->size += size;
}

static void put_byte(struct seed *seed, unsigned byte)
{
    seed->bytes[seed->size++] = (uint8_t)byte;
}

static void put_u32(struct seed *seed, uint32_t value)
{
    const le32 disk = le32_make(value);

    put(seed, &disk, sizeof disk);
}

static void save(const char *folder, const char *target, const char *name, const struct seed *seed)
{
    char path[1024];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    file = fopen(path, "wb");
    if (!file || fwrite(seed->bytes, 1, seed->size, file) != seed->size || fclose(file) != 0) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(EXIT_FAILURE);
    }
}

static void seed_dbheader(const char *folder)
{
    static const char *const names[] = {"2k", "4k", "8k", "16k", "32k"};
    struct dbheader_disk header = {
        .magic = le32_make(DBHEADER_MAGIC),
        .version = le32_make(DBHEADER_VERSION),
        .update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE),
        .state = le32_make(DBHEADER_DIRTY),
        .filetype = le32_make(DBHEADER_FILETYPE_DATABASE),
    };

    for (unsigned i = 0; i < 5; i++) {
        struct seed seed = {.size = 0};

        put_byte(&seed, i | 0x18);
        put(&seed, &header, sizeof header);
        save(folder, "dbheader", names[i], &seed);
    }
}

/* A leaf with a prefix and four nodes; on large pages too. */
static void seed_page(const char *folder)
{
    static const char *const names[] = {"2k", "4k", "8k", "16k", "32k"};
    static uint8_t page[PAGE_SIZE_MAX];

    for (unsigned i = 0; i < 5; i++) {
        const size_t page_size = (size_t)PAGE_SIZE_MIN << i;
        const uint32_t flags = PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM;
        struct seed seed = {.size = 0};

        page_init(page, page_size, flags, 5, 3, 0x100);
        if (page_replace(page, page_size, 0, 0, "prefix", 6) < JET_errSuccess)
            exit(EXIT_FAILURE);
        for (unsigned k = 1; k <= 4; k++) {
            const uint8_t node[] = {3, 0, 2, 0, 'k', (uint8_t)('0' + k), 'd', 'a', 't', 'a'};

            if (page_insert(page, page_size, k, NODE_FLAG_COMPRESSED, node, sizeof node) < JET_errSuccess)
                exit(EXIT_FAILURE);
        }
        put_byte(&seed, i | 8);
        put_u32(&seed, 5);
        put_byte(&seed, 20); /* five tags */
        put_byte(&seed, 0);
        put(&seed, page + page_size - 20, 20);
        put(&seed, page, 512);
        put(&seed, "\0\12\1\1\24\2\2\0\1\3\0\0", 12); /* an edit of each kind */
        save(folder, "page", names[i], &seed);
    }
}

static void seed_node_or_space(const char *folder)
{
    static const uint8_t header[16] = {16, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0};
    static const uint8_t extended[25] = {3, 16, 0, 0, 0, 1};
    static const uint8_t extent[] = {4, 0, 0, 0, 0, 17, 14, 0, 0, 0}, pool[] = {5, 0, 0x82, 0, 0, 0, 17, 4, 0, 0, 0};
    static const uint8_t compressed[] = {3, 0, 2, 0, 'k', '1', 'd'};
    static const struct {
        const char *name;
        unsigned choice;
        const void *tag0;
        size_t tag0_size;
        const uint8_t *node;
        size_t node_size;
    } rows[] = {
        {"root",       0x09, header,   sizeof header,   extent,     sizeof extent    },
        {"extended",   0x0B, extended, sizeof extended, extent,     sizeof extent    },
        {"extent",     0x01, "",       0,               extent,     sizeof extent    },
        {"pool",       0x04, "",       0,               pool,       sizeof pool      },
        {"compressed", 0x83, "prefix", 6,               compressed, sizeof compressed},
        {"internal",   0x11, "prefix", 6,               extent,     sizeof extent    },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seed seed = {.size = 0};

        put_byte(&seed, rows[i].choice);
        put_byte(&seed, (unsigned)rows[i].tag0_size);
        put(&seed, rows[i].tag0, rows[i].tag0_size);
        put(&seed, rows[i].node, rows[i].node_size);
        save(folder, "node_or_space", rows[i].name, &seed);
    }
}

/* A list of two databases, one of them with a UTF-16 name. */
static void put_attachments(struct seed *seed)
{
    struct attachlist_entry_disk entry = {.dbid = 1, .name_size = le16_make(9)};

    put(seed, &entry, sizeof entry);
    put(seed, "C:\\a.edb", 9);
    entry.dbid = 2;
    entry.flags = ATTACHLIST_FLAG_UTF16;
    entry.name_size = le16_make(6);
    put(seed, &entry, sizeof entry);
    put(seed, "D\0:\0\0\0", 6);
}

static void seed_log_files(const char *folder)
{
    struct seed header_seed = {.size = 0}, checkpoint_seed = {.size = 0};
    const struct logheader_disk header = {
        .generation = le32_make(1),
        .segment_size = le16_make(4096),
        .header_segments = le16_make(1),
        .segment_count = le16_make(1280),
        .version_major = le32_make(LOGHEADER_MAJOR),
        .version_minor = le32_make(LOGHEADER_MINOR),
        .update_major = le32_make(60),
        .update_minor = le32_make(140),
        .filetype = le32_make(LOGHEADER_FILETYPE),
    };
    const struct checkpoint_disk checkpoint = {
        .checkpoint = {.isec = le16_make(2), .generation = le32_make(7)},
        .flags = CHECKPOINT_FLAG_ATTACHMENTS,
        .filetype = le32_make(CHECKPOINT_FILETYPE),
    };

    put_byte(&header_seed, 1);
    put(&header_seed, &header, offsetof(struct logheader_disk, attachments));
    put_attachments(&header_seed);
    save(folder, "logheader", "two_databases", &header_seed);
    put_byte(&checkpoint_seed, 3);
    put(&checkpoint_seed, &checkpoint, offsetof(struct checkpoint_disk, attachments));
    put_attachments(&checkpoint_seed);
    save(folder, "checkpoint", "two_databases", &checkpoint_seed);
}

static void seed_logsegment(const char *folder)
{
    const struct logsegment_header_disk header = {
        .position = {.isec = le16_make(5), .generation = le32_make(7)},
        .flags = le32_make(LOGSEGMENT_FLAGS),
    };
    struct seed seed = {.size = 0};

    put_byte(&seed, 1);
    put_u32(&seed, 5);
    put_u32(&seed, 7);
    put_u32(&seed, 4000);
    put(&seed, &header, sizeof header);
    put(&seed, "\x08\x64\0\x10\x04\x10\0\0", 8);
    save(folder, "logsegment", "one_record", &seed);
}

static void seed_logname(const char *folder)
{
    static const char *const names[] = {"edb.log",         "edb0001A.log", "edb0000001A.jtx", "edbtmp.log",
                                        "edbres00001.jrs", "edb.chk",      "edb.jcp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct seed seed = {.size = 0};

        put(&seed, names[i], strlen(names[i]));
        save(folder, "logname", names[i], &seed);
    }
}

/* A record of a fixed part and its payloads, for pages of 2 KiB. */
static void save_record(const char *folder, const char *name, const void *fixed, size_t fixed_size, const void *payload,
                        size_t payload_size)
{
    struct seed seed = {.size = 0};

    put_byte(&seed, 0);
    put(&seed, fixed, fixed_size);
    put(&seed, payload, payload_size);
    save(folder, "logrecord", name, &seed);
}

static void seed_logrecord(const char *folder)
{
    static const uint8_t attach[75] = {LOGREC_ATTACH_DB, 1, 0, 1, [72] = 9};
    static const uint8_t undo_info[56] = {LOGREC_UNDO_INFO, [44] = 2, [46] = 1, [48] = 2, [54] = 4};
    static const uint8_t insert[50] = {LOGREC_INSERT, [44] = 2, [46] = 1, [48] = 4};
    static const uint8_t empty_tree[46] = {LOGREC_EMPTY_TREE, [44] = 16};
    static const uint8_t narrow[50] = {LOGREC_REPLACE_D, [44] = 9, [46] = 10, [48] = 10};
    static const uint8_t wide[50] = {LOGREC_REPLACE_D, [44] = 10, 0x80, [46] = 10, [48] = 11};
    static const uint8_t macro_info[10] = {LOGREC_MACRO_INFO2, 13, [6] = 2};
    static const uint8_t fragment[7] = {LOGREC_FRAGMENT_BEGIN, 20, [5] = 3};
    static const uint8_t compressed[96] = {LOGREC_MERGE, [86] = 1, [88] = LOGREC_IMAGE_COMPRESSED, [92] = 16};
    static const uint8_t xpress[] = {0,   0x18, 0x2C, 1, 0xFF, 0xFF, 0xFF, 0x1F, 'a',
                                     'b', 'c',  0x17, 0, 15,   0xFF, 0x26, 1};
    static uint8_t page[PAGE_SIZE_MIN], image[PAGE_SIZE_MIN];
    struct logrec_split split = {.head = {.type = LOGREC_SPLIT}};
    struct logrec_split_disk split_disk;

    save_record(folder, "attach", attach, sizeof attach, "C:\\a.edb", 9);
    save_record(folder, "undo_info", undo_info, sizeof undo_info, "kkbdata", 7);
    save_record(folder, "insert", insert, sizeof insert, "pkkdata", 7);
    save_record(folder, "empty_tree", empty_tree, sizeof empty_tree, "\1\0\0\0\0\0\0\0\5\0\0\0\2\0\0", 16);
    save_record(folder, "narrow", narrow, sizeof narrow, "\2\40\1X\4\100\1Y\6", 9);
    save_record(folder, "wide", wide, sizeof wide, "\2\0\40\1X\4\0\100\1Y", 10);
    save_record(folder, "macro_info", macro_info, sizeof macro_info, "\1\0\0\0\2\0\0", 8);
    save_record(folder, "fragment", fragment, sizeof fragment, "abc", 3);
    save_record(folder, "compressed", compressed, sizeof compressed, xpress, sizeof xpress);
    page_init(page, sizeof page, PAGE_FLAG_LEAF, 7, 30, 0x205);
    if (page_insert(page, sizeof page, 1, 0, "\1\0kdata", 7) < JET_errSuccess)
        exit(EXIT_FAILURE);
    split.image.size = page_image_pack(page, sizeof page, image, &split.flags);
    logrec_split_encode(&split, &split_disk);
    save_record(folder, "split", &split_disk, sizeof split_disk, image, split.image.size);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: make_seeds FOLDER\n", stderr);
        return EXIT_FAILURE;
    }
    seed_dbheader(argv[1]);
    seed_page(argv[1]);
    seed_node_or_space(argv[1]);
    seed_log_files(argv[1]);
    seed_logsegment(argv[1]);
    seed_logname(argv[1]);
    seed_logrecord(argv[1]);
    return EXIT_SUCCESS;
}
