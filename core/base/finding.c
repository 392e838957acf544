/* SPDX-License-Identifier: MIT */
#include "base/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/compiler.h"

static const struct {
    const char *name;
    const char *words;
} kinds[] = {
#define XX(kind, name, words) [kind] = {name, words},
    FINDING_KIND_MAP(XX)
#undef XX
};

void finding_report(const struct finding_listener *listener, const struct finding *finding)
{
    if (listener->report)
        listener->report(listener->context, finding);
}

jet_err finding_report_error(const struct finding_listener *listener, enum finding_kind kind, const char *file,
                             jet_err err, const char *detail)
{
    const struct finding finding = {
        .kind = kind,
        .severity = FINDING_ERROR,
        .err = err,
        .file = file,
        .place = FINDING_WHOLE_FILE,
        .detail = detail && detail[0] ? detail : NULL,
    };
    finding_report(listener, &finding);
    return err;
}

const char *finding_kind_name(enum finding_kind kind)
{
    return kinds[kind].name;
}

const char *finding_severity_name(enum finding_severity severity)
{
    static const char *const names[] = {
        [FINDING_NOTE] = "note",
        [FINDING_WARNING] = "warning",
        [FINDING_DAMAGE] = "damage",
        [FINDING_ERROR] = "error",
    };
    return names[severity];
}

/* A line that grows to the right and silently stops at its end. */
struct line {
    char *text;
    size_t size;
    size_t used;
};

static PRINTF_LIKE(2, 3) void line_add(struct line *line, const char *format, ...)
{
    size_t left = line->size - line->used;
    va_list values;
    va_start(values, format);
    int wanted = vsnprintf(line->text + line->used, left, format, values);
    va_end(values);
    if (wanted > 0)
        line->used += (size_t)wanted < left ? (size_t)wanted : left - 1;
}

static void line_add_place(struct line *line, const struct finding *finding)
{
    switch (finding->place) {
    case FINDING_WHOLE_FILE: break;
    case FINDING_AT_PAGE: line_add(line, ": page %" PRIu64, finding->where); break;
    case FINDING_AT_COPY: line_add(line, ": %s header", finding->where == 0 ? "first" : "second"); break;
    case FINDING_AT_SEGMENT: line_add(line, ": segment %" PRIu64, finding->where); break;
    case FINDING_AT_OFFSET: line_add(line, ": offset %" PRIu64, finding->where); break;
    }
}

static void line_add_values(struct line *line, const struct finding *finding)
{
    if (finding->kind == FINDING_FILE_SIZE)
        line_add(line, ", expected %" PRIu64 " bytes, found %" PRIu64, finding->expected, finding->found);
    else
        line_add(line, ", expected 0x%016" PRIx64 ", found 0x%016" PRIx64, finding->expected, finding->found);
}

const char *finding_describe(const struct finding *finding, char *text, size_t size)
{
    if (size == 0)
        return text;
    struct line line = {text, size, 0};
    text[0] = '\0';
    if (finding->archive)
        line_add(&line, "%s: ", finding->archive);
    line_add(&line, "%s", finding->file);
    line_add_place(&line, finding);
    line_add(&line, ": %s", kinds[finding->kind].words);
    if (finding->kind == FINDING_PAGE_CORRECTABLE || finding->kind == FINDING_LOG_SEGMENT_CORRECTABLE)
        line_add(&line, " (bit %" PRIu32 ")", finding->bit);
    if (finding->has_values)
        line_add_values(&line, finding);
    if (finding->detail)
        line_add(&line, ": %s", finding->detail);
    if (finding->err != JET_errSuccess && jet_err_name(finding->err))
        line_add(&line, " [%s, %" PRId32 "]", jet_err_name(finding->err), finding->err);
    return text;
}
