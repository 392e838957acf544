/* SPDX-License-Identifier: MIT */
/* param.h - the parameters of the engine and its instances: what exists, what it may be, what it is.
 *
 * A set holds a value for every parameter. The process has one (process.h): for parameters of the process it is the
 * truth, for those of instances the values that the next instance begins with; each instance copies it. All text is
 * UTF-8. Paths are made absolute when they are set, by joining, without resolving links.
 *
 * Who may set what when is decided by the caller, from `use`.
 */
#ifndef COLDSTREAM_JET_PARAM_H
#define COLDSTREAM_JET_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

enum { PARAM_COUNT = JET_paramMaxValueInvalid };

enum param_kind {
    PARAM_KIND_NONE, /* no such parameter */
    PARAM_KIND_INTEGER,
    PARAM_KIND_BOOLEAN,
    PARAM_KIND_POINTER,
    PARAM_KIND_POWER,
    PARAM_KIND_STRING,
    PARAM_KIND_FOLDER,
    PARAM_KIND_FILE,
    PARAM_KIND_SPECIAL,
};

enum param_use {
    PARAM_USE_RO,
    PARAM_USE_I,
    PARAM_USE_X,
    PARAM_USE_G,
    PARAM_USE_GX,
};

struct param_info {
    const char *name; /* "JET_paramSystemPath" */
    enum param_kind kind;
    enum param_use use;
    uintptr_t least, most;
    uintptr_t value, small;
    const char *text;
};

/* NULL: there is no such parameter. */
const struct param_info *param_info(uint32_t id);

static inline bool param_is_global(const struct param_info *info)
{
    return info->use == PARAM_USE_G || info->use == PARAM_USE_GX;
}

static inline bool param_is_fixed(const struct param_info *info)
{
    return info->use == PARAM_USE_X || info->use == PARAM_USE_GX;
}

static inline bool param_is_text(const struct param_info *info)
{
    return info->kind >= PARAM_KIND_STRING && info->kind <= PARAM_KIND_FILE;
}

struct param_value {
    uintptr_t number;
    char *text;  /* NULL: as in the table */
    bool is_set; /* by a client: JET_paramConfiguration leaves it alone */
};

struct param_set {
    struct param_value values[PARAM_COUNT];
};

/* Every parameter as in the table. */
void param_set_init(struct param_set *set);
/* A copy of another set. JET_errOutOfMemory. */
MUST_CHECK jet_err param_set_copy(struct param_set *set, const struct param_set *from);
void param_set_done(struct param_set *set);

/* Of the text order of indexes that do not say (JET_paramUnicodeIndexDefault) the language is the text of the value,
 * and the flags are its number: `order` NULL is as in the table. JET_errInvalidParameter: no such language, or flags
 * that do not go. */
MUST_CHECK jet_err param_set_order(struct param_set *set, const JET_UNICODEINDEX *order);
void param_order(const struct param_set *set, JET_UNICODEINDEX *ret_order);

/* Sets a parameter that is not read-only: `number` or `text` (NULL is ""), whichever its kind has.
 * JET_errInvalidParameter: no such parameter, a read-only one, or not within its limits; JET_errInvalidPath;
 * JET_errOutOfMemory. */
MUST_CHECK jet_err param_set_value(struct param_set *set, uint32_t id, uintptr_t number, const char *text);

/* The value of a number. */
uintptr_t param_number(const struct param_set *set, uint32_t id);

/* The value of a text, as it was set; borrowed. */
const char *param_text(const struct param_set *set, uint32_t id);

/* Does the character end a part of a path that a client gives? On every system that of both: programs for Windows put
 * theirs at the end of folders, wherever they run. */
static inline bool param_path_separates(char c)
{
    return c == '/' || c == '\\';
}

/* Takes separators from the end; a root ("/", "C:\") keeps its own. */
void param_path_strip(char *path);

/* A path made absolute, a folder's with a separator at the end ("" stays ""), or another text as it is: a new string
 * for free(). JET_errInvalidPath, JET_errOutOfMemory. */
MUST_CHECK jet_err param_text_absolute(const struct param_set *set, uint32_t id, char **ret_text);

#endif
