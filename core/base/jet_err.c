/* SPDX-License-Identifier: MIT */
#include "base/jet_err.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

static const struct {
    jet_err err;
    const char *name;
    const char *text;
} known_errors[] = {
#define XX(name, number, text) {number, #name, text},
    JET_ERR_MAP(XX)
#undef XX
};

const char *jet_err_name(jet_err err)
{
    for (size_t i = 0; i < COUNT_OF(known_errors); i++)
        if (known_errors[i].err == err)
            return known_errors[i].name;
    return NULL;
}

bool jet_err_from_name(const char *name, jet_err *ret_err)
{
    for (size_t i = 0; i < COUNT_OF(known_errors); i++) {
        if (strcmp(known_errors[i].name, name) != 0)
            continue;
        *ret_err = known_errors[i].err;
        return true;
    }
    return false;
}

const char *jet_err_text(jet_err err)
{
    for (size_t i = 0; i < COUNT_OF(known_errors); i++)
        if (known_errors[i].err == err)
            return known_errors[i].text;
    return "unknown error";
}
