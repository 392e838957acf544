/* SPDX-License-Identifier: MIT */
/* names_declared.c - every function of core/jet/exports.list, as esent.h declares it. */
#include "names_declared.h"

#include "jet/esent.h"

#define ALIAS(name, state, parameters, zeros)
#define DLL_FUNCTION(name, state, parameters, zeros)
#define FUNCTION(name, state, parameters, zeros) (void (*)(void))(name),
void (*const names_declared[])(void) = {
#include "esent_names.inc"
};
const size_t names_declared_count = sizeof names_declared / sizeof names_declared[0];
