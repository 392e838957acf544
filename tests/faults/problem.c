/* SPDX-License-Identifier: MIT */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char text[PROBLEM_SIZE];

const char *problem_text(void)
{
    return text;
}

void problem_copy(char copy[PROBLEM_SIZE])
{
    memcpy(copy, text, sizeof text);
}

bool problem_set(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return false;
}

bool problem_none(jet_err err, const char *what)
{
    const char *name = jet_err_name(err);
    return err >= JET_errSuccess || problem_set("%s: %s (%d)", what, name ? name : "?", (int)err);
}
