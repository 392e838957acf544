/* SPDX-License-Identifier: MIT */
/* problem.h - what went wrong with a subject of crash tests, in words. */
#ifndef COLDSTREAM_TESTS_PROBLEM_H
#define COLDSTREAM_TESTS_PROBLEM_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum { PROBLEM_SIZE = 400 };

/* The last one; "": there is none. */
const char *problem_text(void);

/* For who cleans up first, which may have problems of its own: problem_set("%s", copy) then is the first one again. */
void problem_copy(char copy[PROBLEM_SIZE]);

/* Always false. */
PRINTF_LIKE(1, 2) bool problem_set(const char *format, ...);

/* True if the call worked; else `what` did not. */
bool problem_none(jet_err err, const char *what);

/* In a function that returns whether all went well. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if (!problem_none(call, #call))                                                                                \
            return false;                                                                                              \
    } while (0)

#endif
