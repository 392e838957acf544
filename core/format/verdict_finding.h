/* SPDX-License-Identifier: MIT */
/* verdict_finding.h - what somebody is told of a page or a log segment that did not verify: all of it but the file and
 * the details, which are the caller's to add. */
#ifndef COLDSTREAM_FORMAT_VERDICT_FINDING_H
#define COLDSTREAM_FORMAT_VERDICT_FINDING_H

#include "base/finding.h"
#include "format/logsegment.h"
#include "format/page.h"

/* `bit`: which was mended (FINDING_PAGE_CORRECTABLE), else 0. */
struct finding page_verdict_finding(const struct page_verdict *verdict, enum finding_kind kind,
                                    enum finding_severity severity, uint32_t bit);

/* `index`: of the segment in its file. A note has no error. */
struct finding logsegment_verdict_finding(const struct logsegment_verdict *verdict, enum finding_kind kind,
                                          enum finding_severity severity, uint64_t index);

#endif
