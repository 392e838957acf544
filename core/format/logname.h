/* SPDX-License-Identifier: MIT */
/* logname.h - names of the files of a log stream.
 *
 *      edb.log  edb.jtx                current generation
 *      edb0001A.log  edb0000001A.log   closed generation: 5 or 8 hexadecimal digits
 *      edbtmp.log                      next generation in preparation
 *      edbres00001.jrs                 disk space set aside
 *      edb.chk  edb.jcp                checkpoint
 *
 * The base name is always three characters. Names are compared without regard to case of ASCII letters, because the
 * files come from Windows; those that we make have upper-case digits and a lower-case extension.
 */
#ifndef COLDSTREAM_FORMAT_LOGNAME_H
#define COLDSTREAM_FORMAT_LOGNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

enum logname_kind {
    LOGNAME_CURRENT,
    LOGNAME_CLOSED,
    LOGNAME_TEMPORARY,
    LOGNAME_RESERVE,
    LOGNAME_CHECKPOINT,
};

/* The two families of extensions. Reserve logs have .jrs in both. */
enum logname_family {
    LOGNAME_LOG_CHK,
    LOGNAME_JTX_JCP,
};

enum {
    LOGNAME_BASE_SIZE = 3,
    LOGNAME_DIGITS_SHORT = 5,
    LOGNAME_DIGITS_LONG = 8,
    LOGNAME_SHORT_MAX = 0xFFFFF, /* highest generation that five digits can say */
    LOGNAME_SIZE_MAX = 16,       /* buffer for any such name with its NUL: "edb0000001A.log" */
};

struct logname {
    char base[LOGNAME_BASE_SIZE + 1];
    enum logname_kind kind;
    enum logname_family family; /* of a reserve log: LOGNAME_LOG_CHK */
    lgen_t number;              /* closed: generation; reserve: its number; else 0 */
    unsigned digits;            /* closed: 5 or 8; reserve: 5; else 0 */
};

/* Takes a file name (without folders) apart. JET_errInvalidName: not a name of a log stream. */
MUST_CHECK jet_err logname_parse(const char *name, struct logname *ret_name);

/* The inverse; the family's own spelling. JET_errInvalidParameter: fields that make no name. */
MUST_CHECK jet_err logname_format(const struct logname *name, char text[LOGNAME_SIZE_MAX]);

/* Same stream: the base names are equal. */
bool logname_same_base(const struct logname *a, const struct logname *b);

#endif
