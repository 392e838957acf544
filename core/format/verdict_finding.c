/* SPDX-License-Identifier: MIT */
#include "format/verdict_finding.h"

struct finding page_verdict_finding(const struct page_verdict *verdict, enum finding_kind kind,
                                    enum finding_severity severity, uint32_t bit)
{
    const bool by_number = kind == FINDING_PAGE_NUMBER;
    return (struct finding){
        .kind = kind,
        .severity = severity,
        .err = verdict->state == PAGE_WRONG_PGNO ? JET_errReadPgnoVerifyFailure : JET_errReadVerifyFailure,
        .place = FINDING_AT_PAGE,
        .where = verdict->pgno_expected,
        .has_values = by_number || verdict->checksum_stored != verdict->checksum_computed,
        .expected = by_number ? verdict->pgno_expected : verdict->checksum_stored,
        .found = by_number ? verdict->pgno_found : verdict->checksum_computed,
        .bit = bit,
    };
}

struct finding logsegment_verdict_finding(const struct logsegment_verdict *verdict, enum finding_kind kind,
                                          enum finding_severity severity, uint64_t index)
{
    return (struct finding){
        .kind = kind,
        .severity = severity,
        .err = severity == FINDING_NOTE ? JET_errSuccess : JET_errLogReadVerifyFailure,
        .place = FINDING_AT_SEGMENT,
        .where = index,
        .has_values = true,
        .expected = verdict->checksum_stored,
        .found = verdict->checksum_computed,
        .bit = verdict->bit,
    };
}
