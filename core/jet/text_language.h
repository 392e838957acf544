/* SPDX-License-Identifier: MIT */
/* text_language.h - the language of an index, as clients name it: a number in old structures, a name in new ones. */
#ifndef COLDSTREAM_JET_TEXT_LANGUAGE_H
#define COLDSTREAM_JET_TEXT_LANGUAGE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* A new string for free(). 0, which stands for the instance's default, gives NULL. JET_errInvalidLanguageId,
 * JET_errOutOfMemory. */
MUST_CHECK jet_err language_from_lcid(uint32_t lcid, char **ret_name);

/* 1033 (English) for NULL, and for a name that has no number here. */
uint32_t language_to_lcid(const char *name);

#endif
