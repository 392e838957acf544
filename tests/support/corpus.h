/* SPDX-License-Identifier: MIT */
/* corpus.h - real databases made by Windows, for tests that have more than a decoder to test.
 *
 * The environment variable COLDSTREAM_CORPUS names their folder. Without it, or without a file, a test skips and says
 * so. Include <cmocka.h> with what it needs before this.
 */
#ifndef COLDSTREAM_TESTS_CORPUS_H
#define COLDSTREAM_TESTS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/types.h"

/* What is known of a file. */
struct corpus_file {
    const char *name;
    unsigned page_size;
    bool is_dirty;
    pgno_t file_pages, last_page;
    unsigned pages_zero;
    unsigned catalog_records; /* of MSysObjects */
};

extern const struct corpus_file corpus_files[];
extern const size_t corpus_count;

/* The path of a file of the corpus, for free(). Skips the test if there is no corpus; NULL, with a message, if just
 * this file is missing. */
char *corpus_path(const struct corpus_file *file);

#endif
