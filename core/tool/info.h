/* SPDX-License-Identifier: MIT */
/* info.h - the answers of 'coldstream info', one for each kind of file. */
#ifndef COLDSTREAM_TOOL_INFO_H
#define COLDSTREAM_TOOL_INFO_H

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "format/attachlist.h"
#include "format/dbheader.h"
#include "format/stamp.h"
#include "tool/sheet.h"

/* Each writes what it knows of the file to the sheet. Errors are reported to the listener. `is_verbose`: columns and
 * indexes, too (JSON always has them). */
MUST_CHECK jet_err info_database(struct sheet *sheet, const char *path, bool is_verbose,
                                 const struct finding_listener *listener);
MUST_CHECK jet_err info_log(struct sheet *sheet, const char *path, const struct finding_listener *listener);
MUST_CHECK jet_err info_checkpoint(struct sheet *sheet, const char *path, const struct finding_listener *listener);
MUST_CHECK jet_err info_manifest(struct sheet *sheet, const char *path, const struct finding_listener *listener);

/* The fields of a database header. */
void info_dbheader(struct sheet *sheet, const struct dbheader_disk *header);

/* What several of them have. Values that are not set are left out. */
void info_lgpos(struct sheet *sheet, const char *key, const char *label, struct lgpos_disk disk);
void info_logtime(struct sheet *sheet, const char *key, const char *label, struct logtime_disk logtime);
void info_signature(struct sheet *sheet, const char *key, const char *label, const struct signature_disk *signature);

enum { INFO_NAME_SIZE = 3 * ATTACHLIST_SIZE };

/* A path of a header or a log as bytes of this program, up to its NUL or `size`; what exceeds INFO_NAME_SIZE is cut.
 * Half a surrogate pair becomes three bytes that are no UTF-8, and is shown as such. Returns `name`. */
const char *info_name(const uint8_t *bytes, size_t size, bool is_utf16, char name[INFO_NAME_SIZE]);

void info_attachments(struct sheet *sheet, const uint8_t list[ATTACHLIST_SIZE]);

#endif
