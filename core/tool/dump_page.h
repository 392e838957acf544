/* SPDX-License-Identifier: MIT */
/* dump_page.h - a page of a database, taken apart as far as it goes. */
#ifndef COLDSTREAM_TOOL_DUMP_PAGE_H
#define COLDSTREAM_TOOL_DUMP_PAGE_H

#include <stddef.h>

#include "base/jet_err.h"
#include "base/types.h"
#include "tool/sheet.h"

/* The return values are not errors of the dump: they say what the page is, like those of page_verify() and
 * dbheader_verify(). */
jet_err dump_page(struct sheet *sheet, const void *page, size_t page_size, pgno_t pgno);
jet_err dump_header(struct sheet *sheet, const void *header, size_t page_size);

#endif
