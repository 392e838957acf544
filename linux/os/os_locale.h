/* SPDX-License-Identifier: MIT */
/* os_locale.h - names of languages: Windows' on one side, ICU's on the other. */
#ifndef COLDSTREAM_LINUX_OS_LOCALE_H
#define COLDSTREAM_LINUX_OS_LOCALE_H

#include "base/compiler.h"
#include "base/jet_err.h"

enum { OS_LOCALE_ICU_SIZE = 160 };

/* JET_errInvalidLanguageId: it is no language and country that ICU knows, or an order of a language that it lacks. */
MUST_CHECK jet_err os_locale_to_icu(const char *name, char ret_icu[OS_LOCALE_ICU_SIZE]);

#endif
