/* SPDX-License-Identifier: MIT */
/* tree_model.h - random work on a tree, and what must come of it: a sorted array with the same nodes. */
#ifndef COLDSTREAM_TESTS_TREE_MODEL_H
#define COLDSTREAM_TESTS_TREE_MODEL_H

#include "tree_fixture.h"

struct model_options {
    uint64_t seed;
    size_t key_max; /* bytes; keys have one length each and so none begins another */
    size_t data_max;
    size_t prefix; /* bytes that all keys begin with */
    bool few_keys; /* non-unique trees: keys repeat */
};

struct model;

struct model *model_new(struct tree_fixture *fixture, struct tree *tree, const struct model_options *options);
void model_free(struct model *model);

/* That many changes: inserts, replaces, deletes, flag-deletes and back; more of one kind for a while, then of
 * another. */
void model_work(struct model *model, unsigned count);

/* Structure of the tree; all nodes forwards, backwards, and found by their bookmarks. */
void model_check(struct model *model);

#endif
