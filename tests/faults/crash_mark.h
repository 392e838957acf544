/* SPDX-License-Identifier: MIT */
/* crash_mark.h - what a load tells of its progress. States are numbered in the order in which they come; 0 is the
 * first. */
#ifndef COLDSTREAM_TESTS_CRASH_MARK_H
#define COLDSTREAM_TESTS_CRASH_MARK_H

enum crash_mark {
    CRASH_ASKED,    /* what leads to this state is about to be asked for: from now on it may be found */
    CRASH_PROMISED, /* nothing older may be found any more */
};

#endif
