/* SPDX-License-Identifier: MIT */
/* logname.c - names of log files, read and made from one table of what follows the base name.
 *
 *      base   middle   number          extension
 *      edb    (none)   5 or 8 digits   .log  .jtx        closed
 *      edb    (none)   -               .log  .jtx        current
 *      edb    tmp      -               .log  .jtx        temporary
 *      edb    res      5 digits        .jrs              reserve
 *      edb    (none)   -               .chk  .jcp        checkpoint
 */
#include "format/logname.h"

#include <stdio.h>
#include <string.h>

enum { EXTENSION_SIZE = 4 };

static const char *const extensions_log[] = {[LOGNAME_LOG_CHK] = ".log", [LOGNAME_JTX_JCP] = ".jtx"};
static const char *const extensions_checkpoint[] = {[LOGNAME_LOG_CHK] = ".chk", [LOGNAME_JTX_JCP] = ".jcp"};
static const char *const extensions_reserve[] = {[LOGNAME_LOG_CHK] = ".jrs", [LOGNAME_JTX_JCP] = ".jrs"};

static const struct {
    const char *middle;
    const char *const *extensions; /* by family */
    unsigned digits_short, digits_long;
} forms[] = {
    [LOGNAME_CURRENT] = {"",    extensions_log,        0,                    0                   },
    [LOGNAME_CLOSED] = {"",    extensions_log,        LOGNAME_DIGITS_SHORT, LOGNAME_DIGITS_LONG },
    [LOGNAME_TEMPORARY] = {"tmp", extensions_log,        0,                    0                   },
    [LOGNAME_RESERVE] = {"res", extensions_reserve,    LOGNAME_DIGITS_SHORT, LOGNAME_DIGITS_SHORT},
    [LOGNAME_CHECKPOINT] = {"",    extensions_checkpoint, 0,                    0                   },
};

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `size` bytes are the same but for the case of ASCII letters. */
static bool equal_ignoring_case(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (to_lower(a[i]) != to_lower(b[i]))
            return false;
    return true;
}

static bool base_is_valid(const char *base)
{
    for (size_t i = 0; i < LOGNAME_BASE_SIZE; i++)
        if ((unsigned char)base[i] <= ' ' || (unsigned char)base[i] >= 0x7F || strchr("/\\:*?\"<>|.", base[i]))
            return false;
    return true;
}

static bool parse_hex(const char *digits, unsigned count, uint32_t *ret_value)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++) {
        const char c = to_lower(digits[i]);

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret_value = value;
    return true;
}

/* Takes apart what is between base name and extension, as a name of this kind. */
static bool parse_stem(const char *stem, size_t size, enum logname_kind kind, struct logname *name)
{
    const size_t middle = strlen(forms[kind].middle);

    if (size < middle || !equal_ignoring_case(stem, forms[kind].middle, middle))
        return false;
    name->digits = (unsigned)(size - middle);
    if (name->digits != forms[kind].digits_short && name->digits != forms[kind].digits_long)
        return false;
    if (!parse_hex(stem + middle, name->digits, &name->number))
        return false;
    return name->digits == 0 || name->number != 0;
}

static bool parse_as(const char *text, size_t size, enum logname_kind kind, struct logname *name)
{
    const char *extension = text + size - EXTENSION_SIZE;
    const size_t stem_size = size - LOGNAME_BASE_SIZE - EXTENSION_SIZE;

    for (int family = LOGNAME_LOG_CHK; family <= LOGNAME_JTX_JCP; family++)
        if (equal_ignoring_case(extension, forms[kind].extensions[family], EXTENSION_SIZE)) {
            name->kind = kind;
            name->family = (enum logname_family)family;
            return parse_stem(text + LOGNAME_BASE_SIZE, stem_size, kind, name);
        }
    return false;
}

jet_err logname_parse(const char *text, struct logname *ret_name)
{
    struct logname name = {.digits = 0};
    const size_t size = strlen(text);

    if (size < LOGNAME_BASE_SIZE + EXTENSION_SIZE || size >= LOGNAME_SIZE_MAX || !base_is_valid(text))
        return JET_errInvalidName;
    memcpy(name.base, text, LOGNAME_BASE_SIZE);
    for (int kind = LOGNAME_CURRENT; kind <= LOGNAME_CHECKPOINT; kind++)
        if (parse_as(text, size, (enum logname_kind)kind, &name)) {
            *ret_name = name;
            return JET_errSuccess;
        }
    return JET_errInvalidName;
}

static bool number_fits(const struct logname *name)
{
    if (name->digits != forms[name->kind].digits_short && name->digits != forms[name->kind].digits_long)
        return false;
    if (name->digits == 0)
        return name->number == 0;
    return name->number != 0 && (name->digits == LOGNAME_DIGITS_LONG || name->number <= LOGNAME_SHORT_MAX);
}

jet_err logname_format(const struct logname *name, char text[LOGNAME_SIZE_MAX])
{
    const char *extension = forms[name->kind].extensions[name->family];

    if (strlen(name->base) != LOGNAME_BASE_SIZE || !base_is_valid(name->base) || !number_fits(name))
        return JET_errInvalidParameter;
    if (name->digits == 0)
        (void)snprintf(text, LOGNAME_SIZE_MAX, "%s%s%s", name->base, forms[name->kind].middle, extension);
    else
        (void)snprintf(text, LOGNAME_SIZE_MAX, "%s%s%0*lX%s", name->base, forms[name->kind].middle, (int)name->digits,
                       (unsigned long)name->number, extension);
    return JET_errSuccess;
}

bool logname_same_base(const struct logname *a, const struct logname *b)
{
    return equal_ignoring_case(a->base, b->base, LOGNAME_BASE_SIZE);
}
