/* SPDX-License-Identifier: MIT */
/* The whole check on damaged databases: each defect is planted in a sound one, the checksum put right again, and must
 * be found, with its code and where it lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "isam/deep.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

/* Where things are in the sample database. */
enum {
    ROOT = 1,
    ROOT_AVAILABLE = 3,
    CATALOG = 4,
    CATALOG_OBJID = 2,
    CATALOG_NAME_OBJID = 4,
    SHADOW_OBJID = 3,
    OBJIDS = 29,
    FOLDERS = 31,
    FOLDERS_BY_NAME = 32,
    MESSAGES = 33,
    MESSAGES_AVAILABLE = 35,
    MESSAGES_LEAF = 37, /* the second */
    MESSAGES_OBJID = 10,
    SIZE = 4096,
    LEAF_NODE = 2, /* some node in the middle of a leaf */
};

struct defect {
    const char *name;
    void (*plant)(struct database_image *image);
    jet_err err;
    enum finding_kind kind;
    pgno_t pgno; /* where it is found; 0: not looked at */
};

/* ---- tools ---- */

static struct page_header_disk *header_of(struct database_image *image, pgno_t pgno)
{
    return (void *)database_image_page(image, pgno);
}

static void flags_change(struct database_image *image, pgno_t pgno, uint32_t clear, uint32_t set)
{
    struct page_header_disk *header = header_of(image, pgno);
    header->flags = le32_make((le32_get(header->flags) & ~clear) | set);
    database_image_seal(image, pgno);
}

/* The first page of that object that has all of `flags` and none of `without`. */
static pgno_t page_find(struct database_image *image, objid_t objid, uint32_t flags, uint32_t without)
{
    for (pgno_t pgno = 1; pgno <= image->count_pages; pgno++) {
        const uint8_t *page = database_image_page(image, pgno);
        if (le32_get(page_header(page)->objid) == objid && (page_flags(page) & flags) == flags &&
            !(page_flags(page) & without))
            return pgno;
    }
    fail_msg("no page of object %u", (unsigned)objid);
    return 0;
}

static struct node node_get(struct database_image *image, pgno_t pgno, unsigned tag)
{
    struct node node;
    assert_int_equal(node_decode(database_image_page(image, pgno), image->page_size, tag, &node), JET_errSuccess);
    return node;
}

/* The bytes of a node's data, to be changed in place. */
static uint8_t *node_data(struct database_image *image, pgno_t pgno, unsigned tag)
{
    struct node node = node_get(image, pgno, tag);
    return database_image_page(image, pgno) + (node.data - database_image_page(image, pgno));
}

static uint8_t *node_suffix(struct database_image *image, pgno_t pgno, unsigned tag)
{
    struct node node = node_get(image, pgno, tag);
    return database_image_page(image, pgno) + (node.suffix - database_image_page(image, pgno));
}

static void node_insert(struct database_image *image, pgno_t pgno, unsigned tag, const uint8_t *key, size_t key_size,
                        const uint8_t *data, size_t data_size)
{
    uint8_t bytes[PAGE_SIZE_MAX];
    size_t size;
    const struct node node = {.suffix = key, .suffix_size = key_size, .data = data, .data_size = data_size};
    assert_int_equal(node_encode(&node, bytes, sizeof bytes, &size), JET_errSuccess);
    assert_int_equal(page_insert(database_image_page(image, pgno), image->page_size, tag, 0, bytes, size),
                     JET_errSuccess);
    database_image_seal(image, pgno);
}

static void node_remove(struct database_image *image, pgno_t pgno, unsigned tag)
{
    page_delete(database_image_page(image, pgno), image->page_size, tag);
    database_image_seal(image, pgno);
}

static struct space_header_disk *space_of(struct database_image *image, pgno_t pgno)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    uint8_t *page = database_image_page(image, pgno);
    assert_int_equal(page_tag_get(page, image->page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    return (void *)(page + (bytes - page));
}

/* ---- pages ---- */

static void plant_swapped_nodes(struct database_image *image)
{
    struct page_tag_disk *tags = (void *)(database_image_page(image, MESSAGES_LEAF) + SIZE);
    const struct page_tag_disk one = tags[-2];
    tags[-2] = tags[-3];
    tags[-3] = one;
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_overlapping_tags(struct database_image *image)
{
    struct page_tag_disk *tags = (void *)(database_image_page(image, MESSAGES_LEAF) + SIZE);
    tags[-3].offset = le16_make((uint16_t)(le16_get(tags[-3].offset) - 1));
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_uncommitted_space(struct database_image *image)
{
    header_of(image, MESSAGES_LEAF)->uncommitted_size = le16_make(1);
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_wrong_objid(struct database_image *image)
{
    header_of(image, MESSAGES_LEAF)->objid = le32_make(SHADOW_OBJID);
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_late_dbtime(struct database_image *image)
{
    const uint64_t last = le64_get(database_image_header(image, 0)->dbtime);
    header_of(image, MESSAGES_LEAF)->dbtime = le64_make(last + 1);
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_wrong_kind(struct database_image *image)
{
    flags_change(image, MESSAGES_LEAF, 0, PAGE_FLAG_INDEX);
}

static void plant_second_root(struct database_image *image)
{
    flags_change(image, MESSAGES_LEAF, 0, PAGE_FLAG_ROOT);
}

static void plant_no_root(struct database_image *image)
{
    flags_change(image, FOLDERS, PAGE_FLAG_ROOT, 0);
}

static void plant_emptied_page(struct database_image *image)
{
    flags_change(image, MESSAGES_LEAF, 0, PAGE_FLAG_EMPTY);
}

static void plant_leaf_without_nodes(struct database_image *image)
{
    while (page_tag_count(database_image_page(image, MESSAGES_LEAF)) > 1)
        node_remove(image, MESSAGES_LEAF, 1);
}

static void plant_page_never_written(struct database_image *image)
{
    memset(database_image_page(image, MESSAGES_LEAF), 0, SIZE);
}

static void plant_bad_checksum(struct database_image *image)
{
    memset(database_image_page(image, MESSAGES_LEAF) + 1000, 0x55, 13);
}

/* ---- trees ---- */

static void plant_wrong_right_link(struct database_image *image)
{
    header_of(image, MESSAGES_LEAF)->pgno_next = le32_make(MESSAGES_LEAF + 2);
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_wrong_left_link(struct database_image *image)
{
    header_of(image, MESSAGES_LEAF)->pgno_prev = le32_make(0);
    database_image_seal(image, MESSAGES_LEAF);
}

static void plant_link_behind_the_last_leaf(struct database_image *image)
{
    const pgno_t root = MESSAGES;
    const unsigned last = page_tag_count(database_image_page(image, root)) - 1;
    const pgno_t leaf = node_data(image, root, last)[0] | (pgno_t)node_data(image, root, last)[1] << 8;
    header_of(image, leaf)->pgno_next = le32_make(MESSAGES_LEAF);
    database_image_seal(image, leaf);
}

static void plant_link_of_internal_page(struct database_image *image)
{
    header_of(image, MESSAGES)->pgno_next = le32_make(MESSAGES_LEAF);
    database_image_seal(image, MESSAGES);
}

/* The separator becomes the last key to its left. */
static void plant_low_separator(struct database_image *image)
{
    node_suffix(image, MESSAGES, LEAF_NODE)[4]--;
    database_image_seal(image, MESSAGES);
}

/* The separator comes behind the first key to its right. */
static void plant_high_separator(struct database_image *image)
{
    node_suffix(image, MESSAGES, LEAF_NODE)[4]++;
    database_image_seal(image, MESSAGES);
}

static void plant_page_reached_twice(struct database_image *image)
{
    memcpy(node_data(image, MESSAGES, LEAF_NODE + 1), node_data(image, MESSAGES, LEAF_NODE), 4);
    database_image_seal(image, MESSAGES);
}

static void plant_cycle(struct database_image *image)
{
    const le32 root = le32_make(MESSAGES);
    memcpy(node_data(image, MESSAGES, LEAF_NODE), &root, sizeof root);
    database_image_seal(image, MESSAGES);
}

static void plant_page_outside(struct database_image *image)
{
    const le32 far = le32_make(100000);
    memcpy(node_data(image, MESSAGES, LEAF_NODE), &far, sizeof far);
    database_image_seal(image, MESSAGES);
}

/* A leaf becomes a page above another leaf. */
static void plant_other_depth(struct database_image *image)
{
    const le32 child = le32_make(MESSAGES_LEAF + 1);
    uint8_t *page = database_image_page(image, MESSAGES_LEAF);
    uint8_t key[5];
    memcpy(key, node_suffix(image, MESSAGES, LEAF_NODE), sizeof key);
    page_init(page, SIZE, (page_flags(page) & ~(uint32_t)PAGE_FLAG_LEAF) | PAGE_FLAG_PARENT_OF_LEAF, MESSAGES_LEAF,
              MESSAGES_OBJID, 0x50);
    node_insert(image, MESSAGES_LEAF, 1, key, sizeof key, child.b, sizeof child);
}

/* ---- space ---- */

/* The tree's available extent: what the sample leaves of the second one. */
static void plant_leaked_page(struct database_image *image)
{
    node_data(image, ROOT_AVAILABLE, 1)[0]--;
    database_image_seal(image, ROOT_AVAILABLE);
}

static void plant_available_page_in_use(struct database_image *image)
{
    node_data(image, ROOT_AVAILABLE, 1)[0]++;
    database_image_seal(image, ROOT_AVAILABLE);
}

static void plant_extent_owned_twice(struct database_image *image)
{
    space_of(image, FOLDERS)->count_pages = le32_make(3);
    database_image_seal(image, FOLDERS);
}

static void plant_available_extent_of_nobody(struct database_image *image)
{
    const struct space_extent extent = {.pgno_last = MESSAGES - 1, .count_pages = 1}; /* of another table */
    struct space_extent_disk disk;
    struct node node;
    space_extent_encode(&extent, &disk, &node);
    node_insert(image, MESSAGES_AVAILABLE, 1, node.suffix, node.suffix_size, node.data, node.data_size);
}

static void plant_available_extent_outside(struct database_image *image)
{
    const struct space_extent extent = {.pgno_last = 5000, .count_pages = 1};
    struct space_extent_disk disk;
    struct node node;
    space_extent_encode(&extent, &disk, &node);
    node_insert(image, ROOT_AVAILABLE, page_tag_count(database_image_page(image, ROOT_AVAILABLE)), node.suffix,
                node.suffix_size, node.data, node.data_size);
}

static void plant_wrong_parent(struct database_image *image)
{
    space_of(image, FOLDERS_BY_NAME)->pgno_parent = le32_make(ROOT);
    database_image_seal(image, FOLDERS_BY_NAME);
}

static void plant_wide_mask(struct database_image *image)
{
    space_of(image, FOLDERS_BY_NAME)->space = le32_make(1);
    database_image_seal(image, FOLDERS_BY_NAME);
}

static void plant_gap_in_the_root(struct database_image *image)
{
    node_data(image, ROOT + 1, 1)[0]--;
    database_image_seal(image, ROOT + 1);
}

/* ---- catalogue ---- */

static void plant_other_copy(struct database_image *image)
{
    const pgno_t leaf = page_find(image, SHADOW_OBJID, PAGE_FLAG_LEAF, PAGE_FLAG_SPACE_TREE);
    node_data(image, leaf, 3)[18] ^= 1; /* column SpaceUsage */
    database_image_seal(image, leaf);
}

static void plant_record_missing_in_copy(struct database_image *image)
{
    node_remove(image, page_find(image, SHADOW_OBJID, PAGE_FLAG_LEAF, PAGE_FLAG_SPACE_TREE), 4);
}

static void plant_entry_missing_in_name_index(struct database_image *image)
{
    node_remove(image, page_find(image, CATALOG_NAME_OBJID, PAGE_FLAG_LEAF, PAGE_FLAG_SPACE_TREE), 3);
}

static void plant_key_of_catalog(struct database_image *image)
{
    const pgno_t leaf = page_find(image, CATALOG_OBJID, PAGE_FLAG_LEAF, PAGE_FLAG_SPACE_TREE);
    const le32 id = le32_make(77); /* column Id */
    memcpy(node_data(image, leaf, 3) + 10, &id, sizeof id);
    database_image_seal(image, leaf);
}

static void plant_low_objid_last(struct database_image *image)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(image, copy)->objid_last = le32_make(MESSAGES_OBJID - 1);
    database_image_seal_headers(image);
}

static void plant_logs_in_clean_header(struct database_image *image)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(image, copy)->generation_min_required = le32_make(1);
    database_image_seal_headers(image);
}

/* ---- records and indexes ---- */

static void plant_null(struct database_image *image)
{
    node_data(image, FOLDERS, 1)[8] |= 1; /* the bitmap behind the only fixed column */
    database_image_seal(image, FOLDERS);
}

static void plant_broken_record(struct database_image *image)
{
    node_data(image, FOLDERS, 1)[2] = 0xFF; /* the end of the fixed columns */
    database_image_seal(image, FOLDERS);
}

static void plant_moved_bitmap(struct database_image *image)
{
    node_data(image, FOLDERS, 1)[0] = 0; /* no fixed column, so nothing that must end there */
    database_image_seal(image, FOLDERS);
}

static void plant_wrong_primary_key(struct database_image *image)
{
    const unsigned last = page_tag_count(database_image_page(image, FOLDERS)) - 1;
    node_suffix(image, FOLDERS, last)[4]++;
    database_image_seal(image, FOLDERS);
}

static void plant_missing_entry(struct database_image *image)
{
    node_remove(image, FOLDERS_BY_NAME, 1);
}

static void plant_extra_entry(struct database_image *image)
{
    static const uint8_t key[] = {0x7F, 0xF0, 0}, bookmark[] = {0x7F, 0x80, 0, 0, 1};
    node_insert(image, FOLDERS_BY_NAME, page_tag_count(database_image_page(image, FOLDERS_BY_NAME)), key, sizeof key,
                bookmark, sizeof bookmark);
}

static void plant_wrong_bookmark(struct database_image *image)
{
    node_data(image, FOLDERS_BY_NAME, 1)[4] ^= 0x40;
    database_image_seal(image, FOLDERS_BY_NAME);
}

static void plant_wrong_entry_key(struct database_image *image)
{
    const unsigned last = page_tag_count(database_image_page(image, FOLDERS_BY_NAME)) - 1;
    node_suffix(image, FOLDERS_BY_NAME, last)[2]++;
    database_image_seal(image, FOLDERS_BY_NAME);
}

/* ---- the tests ---- */

/* clang-format off */
static const struct defect defects[] = {
    {"swapped nodes",           plant_swapped_nodes,               JET_errBadParentPageLink,       FINDING_PAGE_STRUCTURE,  MESSAGES_LEAF    },
    {"overlapping tags",        plant_overlapping_tags,            JET_errBadLineCount,            FINDING_PAGE_STRUCTURE,  MESSAGES_LEAF    },
    {"uncommitted space",       plant_uncommitted_space,           JET_errBadLineCount,            FINDING_PAGE_STRUCTURE,  MESSAGES_LEAF    },
    {"wrong objid",             plant_wrong_objid,                 JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES_LEAF    },
    {"late dbtime",             plant_late_dbtime,                 JET_errDbTimeCorrupted,         FINDING_TREE,            MESSAGES_LEAF    },
    {"page of another kind",    plant_wrong_kind,                  JET_errDatabaseCorrupted,       FINDING_TREE,            MESSAGES_LEAF    },
    {"second root",             plant_second_root,                 JET_errDatabaseCorrupted,       FINDING_TREE,            MESSAGES_LEAF    },
    {"no root",                 plant_no_root,                     JET_errDatabaseCorrupted,       FINDING_TREE,            FOLDERS          },
    {"emptied page",            plant_emptied_page,                JET_errBadEmptyPage,            FINDING_TREE,            MESSAGES_LEAF    },
    {"leaf without nodes",      plant_leaf_without_nodes,          JET_errBadEmptyPage,            FINDING_TREE,            MESSAGES_LEAF    },
    {"page never written",      plant_page_never_written,          JET_errPageNotInitialized,      FINDING_TREE,            MESSAGES_LEAF    },
    {"bad checksum",            plant_bad_checksum,                JET_errReadVerifyFailure,       FINDING_PAGE_CHECKSUM,   MESSAGES_LEAF    },
    {"wrong right link",        plant_wrong_right_link,            JET_errBadPageLink,             FINDING_TREE,            MESSAGES_LEAF    },
    {"wrong left link",         plant_wrong_left_link,             JET_errBadPageLink,             FINDING_TREE,            MESSAGES_LEAF    },
    {"link behind the last",    plant_link_behind_the_last_leaf,   JET_errBadPageLink,             FINDING_TREE,            0                },
    {"link of internal page",   plant_link_of_internal_page,       JET_errBadPageLink,             FINDING_TREE,            MESSAGES         },
    {"low separator",           plant_low_separator,               JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES_LEAF    },
    {"high separator",          plant_high_separator,              JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES_LEAF + 1},
    {"page reached twice",      plant_page_reached_twice,          JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES_LEAF    },
    {"cycle",                   plant_cycle,                       JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES         },
    {"page outside",            plant_page_outside,                JET_errBadParentPageLink,       FINDING_TREE,            100000           },
    {"other depth",             plant_other_depth,                 JET_errBadParentPageLink,       FINDING_TREE,            MESSAGES_LEAF    },
    {"available page in use",   plant_available_page_in_use,       JET_errSPAvailExtCorrupted,     FINDING_SPACE,           0                },
    {"extent owned twice",      plant_extent_owned_twice,          JET_errSPOwnExtCorrupted,       FINDING_SPACE,           MESSAGES         },
    {"available, not owned",    plant_available_extent_of_nobody,  JET_errSPAvailExtCorrupted,     FINDING_SPACE,           MESSAGES - 1     },
    {"available outside",       plant_available_extent_outside,    JET_errSPAvailExtCorrupted,     FINDING_SPACE,           ROOT_AVAILABLE   },
    {"wrong parent",            plant_wrong_parent,                JET_errSPOwnExtCorrupted,       FINDING_SPACE,           FOLDERS_BY_NAME  },
    {"wide mask",               plant_wide_mask,                   JET_errSPAvailExtCorrupted,     FINDING_SPACE,           FOLDERS_BY_NAME  },
    {"gap in the root",         plant_gap_in_the_root,             JET_errSPOwnExtCorrupted,       FINDING_SPACE,           2                },
    {"other copy",              plant_other_copy,                  JET_errCatalogCorrupted,        FINDING_CATALOG_CONTENT, 0                },
    {"missing in copy",         plant_record_missing_in_copy,      JET_errCatalogCorrupted,        FINDING_CATALOG_CONTENT, 0                },
    {"missing catalog entry",   plant_entry_missing_in_name_index, JET_errCatalogCorrupted,        FINDING_INDEX,           7                },
    {"key of catalog",          plant_key_of_catalog,              JET_errCatalogCorrupted,        FINDING_CATALOG_CONTENT, 0                },
    {"low objid last",          plant_low_objid_last,              JET_errCatalogCorrupted,        FINDING_CATALOG_CONTENT, MESSAGES         },
    {"logs in clean header",    plant_logs_in_clean_header,        JET_errDatabaseCorrupted,       FINDING_HEADER,          0                },
    {"null",                    plant_null,                        JET_errDatabaseCorrupted,       FINDING_RECORD,          FOLDERS          },
    {"broken record",           plant_broken_record,               JET_errDatabaseCorrupted,       FINDING_RECORD,          FOLDERS          },
    {"moved bitmap",            plant_moved_bitmap,                JET_errDatabaseCorrupted,       FINDING_RECORD,          FOLDERS          },
    {"wrong primary key",       plant_wrong_primary_key,           JET_errPrimaryIndexCorrupted,   FINDING_INDEX,           FOLDERS          },
    {"missing entry",           plant_missing_entry,               JET_errSecondaryIndexCorrupted, FINDING_INDEX,           FOLDERS_BY_NAME  },
    {"its record",              plant_missing_entry,               JET_errSecondaryIndexCorrupted, FINDING_INDEX,           FOLDERS          },
    {"extra entry",             plant_extra_entry,                 JET_errSecondaryIndexCorrupted, FINDING_INDEX,           FOLDERS_BY_NAME  },
    {"wrong bookmark",          plant_wrong_bookmark,              JET_errSecondaryIndexCorrupted, FINDING_INDEX,           FOLDERS_BY_NAME  },
    {"wrong entry key",         plant_wrong_entry_key,             JET_errSecondaryIndexCorrupted, FINDING_INDEX,           FOLDERS_BY_NAME  },
};
/* clang-format on */

static jet_err check(const char *path, uint32_t findings_max, struct finding_list *findings,
                     struct deep_counts *ret_counts)
{
    struct finding_listener listener = finding_list_listener(findings);
    const struct deep_options options = {.findings_max = findings_max};
    struct database_file *file = NULL;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    jet_err err = deep_verify(file, &options, &listener, ret_counts);
    database_file_close(file);
    return err;
}

static bool is_among(const struct finding_list *findings, const struct defect *defect)
{
    for (size_t i = 0; i < findings->count && i < FINDING_LIST_MAX; i++) {
        const struct finding *finding = &findings->list[i];
        if (finding->kind == defect->kind && finding->err == defect->err &&
            (defect->pgno == 0 || finding->where == defect->pgno))
            return true;
    }
    return false;
}

static void expect_found(const struct defect *defect, const struct database_image *image, struct temp_folder *folder)
{
    struct finding_list findings = {0};
    struct deep_counts counts;
    const char *path = database_image_store(image, folder, "db.edb", image->size);
    if (check(path, 0, &findings, &counts) == JET_errSuccess)
        fail_msg("'%s' is not found", defect->name);
    if (!is_among(&findings, defect))
        fail_msg("'%s': %zu findings, the first of kind %s at %llu with %d", defect->name, findings.count,
                 findings.count > 0 ? finding_kind_name(findings.list[0].kind) : "none",
                 findings.count > 0 ? (unsigned long long)findings.list[0].where : 0,
                 findings.count > 0 ? (int)findings.list[0].err : 0);
}

/* The same for each, so that a defect leaves nothing for the next. */
static void every_planted_defect_is_found(void **state)
{
    struct database_image sound, image;
    database_image_make(&sound, *state, SIZE);
    image = sound;
    image.bytes = malloc(sound.size);
    assert_non_null(image.bytes);
    for (size_t i = 0; i < COUNT_OF(defects); i++) {
        memcpy(image.bytes, sound.bytes, sound.size);
        defects[i].plant(&image);
        expect_found(&defects[i], &image, *state);
    }
    database_image_done(&image);
    database_image_done(&sound);
}

static void one_bad_page_is_one_finding(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    plant_bad_checksum(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 0, &findings, &counts), JET_errReadVerifyFailure);
    assert_int_equal(findings.count, 1);
    database_image_done(&image);
}

/* The engine leaves some when it dies between taking a page and using it. */
static void pages_neither_used_nor_free_are_a_warning(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    plant_leaked_page(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 0, &findings, &counts), JET_errSuccess);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].severity, FINDING_WARNING);
    assert_int_equal(findings.list[0].kind, FINDING_SPACE);
    assert_int_equal(findings.list[0].err, JET_errSPAvailExtCorrupted);
    assert_int_equal(counts.pages_lost, 1);
    database_image_done(&image);
}

static void a_missing_row_of_msysobjids_is_a_warning(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    node_remove(&image, OBJIDS, 3);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 0, &findings, &counts), JET_errSuccess);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].severity, FINDING_WARNING);
    assert_int_equal(findings.list[0].kind, FINDING_CATALOG_CONTENT);
    assert_int_equal(counts.warnings, 1);
    database_image_done(&image);
}

static void make_dirty(struct database_image *image)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(image, copy)->state = le32_make(DBHEADER_DIRTY);
    database_image_seal_headers(image);
}

/* Recovery may yet bring pages of different times together. A page that is wrong by itself it cannot mend. */
static void what_does_not_fit_together_in_a_dirty_database_is_a_warning(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    make_dirty(&image);
    plant_wrong_right_link(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 0, &findings, &counts), JET_errSuccess);
    assert_true(findings.count > 0);
    assert_int_equal(finding_list_count_severity(&findings, FINDING_WARNING), findings.count);

    plant_overlapping_tags(&image);
    path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 0, &findings, &counts), JET_errBadLineCount);
    database_image_done(&image);
}

static void two_header_copies_that_differ_are_told_at_open(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    database_image_header(&image, 1)->repair_count = le32_make(1);
    database_image_seal_headers(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    (void)check(path, 0, &findings, &counts); /* only the finding counts */
    assert_int_equal(finding_list_count(&findings, FINDING_HEADER_DIFFER), 1);
    database_image_done(&image);
}

static void a_cut_file_is_damage(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    const char *path = database_image_store(&image, *state, "db.edb", image.size - 100 * SIZE);
    assert_true(check(path, 0, &findings, &counts) < JET_errSuccess);
    assert_int_equal(finding_list_count(&findings, FINDING_FILE_SIZE), 1);
    database_image_done(&image);
}

static void no_more_findings_are_listed_than_asked_for(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    database_image_make(&image, *state, SIZE);
    for (pgno_t pgno = MESSAGES_LEAF; pgno < MESSAGES_LEAF + 20; pgno++) {
        header_of(&image, pgno)->uncommitted_size = le16_make(1);
        database_image_seal(&image, pgno);
    }
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, 5, &findings, &counts), JET_errBadLineCount);
    assert_int_equal(counts.damages, 20);
    assert_int_equal(findings.count, 6); /* the last says how many there are */
    assert_int_equal(findings.list[5].severity, FINDING_NOTE);
    database_image_done(&image);
}

/* ---- long values, which the sample does not have ---- */

static pgno_t long_value_leaf(struct database_image *image)
{
    for (pgno_t pgno = 1; pgno <= image->count_pages; pgno++) {
        const uint8_t *page = database_image_page(image, pgno);
        if ((page_flags(page) & (PAGE_FLAG_LONG_VALUE | PAGE_FLAG_LEAF | PAGE_FLAG_EMPTY | PAGE_FLAG_SPACE_TREE)) ==
                (PAGE_FLAG_LONG_VALUE | PAGE_FLAG_LEAF) &&
            page_tag_count(page) >= 3)
            return pgno;
    }
    fail_msg("no page of long values");
    return 0;
}

static void plant_missing_chunk(struct database_image *image)
{
    node_remove(image, long_value_leaf(image), 2);
}

static void plant_missing_long_value(struct database_image *image)
{
    const pgno_t leaf = long_value_leaf(image);
    node_remove(image, leaf, 2);
    node_remove(image, leaf, 1);
}

static void plant_wrong_reference_count(struct database_image *image)
{
    node_data(image, long_value_leaf(image), 1)[0]++;
    database_image_seal(image, long_value_leaf(image));
}

static void plant_no_reference(struct database_image *image)
{
    node_data(image, long_value_leaf(image), 1)[0] = 0;
    database_image_seal(image, long_value_leaf(image));
}

static void plant_wrong_long_value_size(struct database_image *image)
{
    node_data(image, long_value_leaf(image), 1)[4]++;
    database_image_seal(image, long_value_leaf(image));
}

static void plant_moved_chunk(struct database_image *image)
{
    uint8_t key[64], data[SIZE];
    size_t key_size;
    const pgno_t leaf = long_value_leaf(image);
    struct node node = node_get(image, leaf, 2);
    assert_int_equal(node_key_copy(&node, key, sizeof key, &key_size), JET_errSuccess);
    memcpy(data, node.data, node.data_size);
    key[key_size - 1] = 1; /* of its offset, which was 0 */
    node_remove(image, leaf, 2);
    node_insert(image, leaf, 2, key, key_size, data, node.data_size);
}

static const struct defect long_value_defects[] = {
    {"missing chunk",         plant_missing_chunk,         JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
    {"missing long value",    plant_missing_long_value,    JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
    {"wrong reference count", plant_wrong_reference_count, JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
    {"no reference",          plant_no_reference,          JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
    {"wrong size",            plant_wrong_long_value_size, JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
    {"moved chunk",           plant_moved_chunk,           JET_errLVCorrupted, FINDING_LONG_VALUE, 0},
};

static void every_defect_of_a_long_value_is_found(void **state)
{
    static const struct corpus_file text = {.name = "text.edb"};
    struct database_image sound = {.page_size = SIZE}, image;
    char *path = corpus_path(&text);
    if (!path)
        return;
    sound.bytes = temp_file_read(path, &sound.size);
    sound.count_pages = (pgno_t)(sound.size / SIZE - 2);
    image = sound;
    image.bytes = malloc(sound.size);
    assert_non_null(image.bytes);
    for (size_t i = 0; i < COUNT_OF(long_value_defects); i++) {
        memcpy(image.bytes, sound.bytes, sound.size);
        long_value_defects[i].plant(&image);
        expect_found(&long_value_defects[i], &image, *state);
    }
    database_image_done(&image);
    database_image_done(&sound);
    free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_planted_defect_is_found),
        TEST(one_bad_page_is_one_finding),
        TEST(pages_neither_used_nor_free_are_a_warning),
        TEST(a_missing_row_of_msysobjids_is_a_warning),
        TEST(what_does_not_fit_together_in_a_dirty_database_is_a_warning),
        TEST(two_header_copies_that_differ_are_told_at_open),
        TEST(a_cut_file_is_damage),
        TEST(no_more_findings_are_listed_than_asked_for),
        TEST(every_defect_of_a_long_value_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
