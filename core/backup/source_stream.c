/* SPDX-License-Identifier: MIT */
/* source_stream.c - a source whose bytes somebody else sends (base/sender.h): the backup of an instance in another
 * process.
 *
 * The machine and the pump take it for any other source, so a set that came over a wire is made, checked and described
 * as one of local files is. What the server has verified is verified again here, page by page and segment by segment:
 * between the two lies a way that neither of them knows.
 *
 *      | two headers | pages 1 .. last_page | trailer |       the stream of a database; its size tells last_page
 *      | header | segments ...              |                 ... of a log
 *
 * Rules.
 *   1. Bytes are taken in order, once. The first of a file are read when it is opened, into `head`: they say what it is.
 *   2. The read that takes the last byte also asks the sender whether that was all (base/sender.h). So a file that is short,
 *      or that the server gave up, fails while it is read, and never becomes a member of a set.
 *   3. Once the sender has failed, the end is told as an abort, whatever the machine believes: it has not seen the stop of
 *      a server.
 */
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/source.h"
#include "base/corrupt.h"
#include "base/sender.h"
#include "format/logheader.h"
#include "format/logname.h"
#include "format/logsegment.h"
#include "format/page.h"
#include "format/patchpage.h"
#include "format/verdict_finding.h"
#include "os/os_file.h"

/* Of an instance that we cannot ask. All smaller ones divide it. */
enum { UNIT_BYTES = 32768 };

struct source_stream {
    struct backup_source source; /* first */
    struct sender sender;
    const struct backup_terms *terms; /* of the running backup */
    bool has_failed;                  /* rule 3 */

    /* The lists as the machine wants them. */
    struct sender_list databases, logs;
    const char **database_paths, **log_paths;
    struct backup_log_info info;

    /* the open file */
    const struct sender_file *file; /* NULL: none */
    uint64_t size, taken;           /* bytes; `taken`: from the sender */
    bool is_confirmed;              /* rule 2: the sender has closed it */
    uint8_t *head;                  /* the first bytes: two headers, or that of a log */
    size_t head_size;
    struct backup_database_view view;
    const struct logheader_disk *log_header;
};

static struct source_stream *from_source(struct backup_source *source)
{
    return (struct source_stream *)source;
}

/* ---- errors ---- */

/* The sender has failed: says why, of the open file or of the backup. A stop is told by who asked for the backup. */
static jet_err sender_failed(struct source_stream *s, jet_err err)
{
    const char *reason = s->sender.reason(s->sender.context);
    s->has_failed = true;
    if (err == JET_errBackupAbortByServer)
        return err;
    (void)finding_report_error(&s->terms->found, FINDING_SERVICE, s->file ? s->file->path : s->sender.name, err,
                               reason ? reason : jet_err_text(err));
    return err;
}

static jet_err sent(struct source_stream *s, jet_err err)
{
    return err < JET_errSuccess ? sender_failed(s, err) : JET_errSuccess;
}

static jet_err bad_file(struct source_stream *s, enum finding_kind kind, jet_err err, const char *detail)
{
    s->has_failed = true;
    return finding_report_error(&s->terms->found, kind, s->file->path, CORRUPT(err), detail);
}

/* ---- begin, lists ---- */

static jet_err condition(struct backup_source *source, enum backup_condition asked, const struct backup_terms *terms)
{
    (void)source; /* the server asks itself */
    (void)terms;
    return asked == BACKUP_CONDITION_SURROGATE_RANGE ? JET_errInvalidParameter : JET_errSuccess;
}

static void occupy(struct backup_source *source, jet_err refusal)
{
    (void)source; /* the server's instance is the server's business */
    (void)refusal;
}

static jet_err begin(struct backup_source *source, const struct backup_terms *terms)
{
    struct source_stream *s = from_source(source);
    s->terms = terms;
    s->has_failed = false;
    jet_err err = s->sender.begin(s->sender.context, terms->stop);
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    err = sender_failed(s, err);
    s->terms = NULL;
    return err;
}

/* An array of the paths, at least one long. */
static jet_err make_paths(const struct sender_list *list, const char ***paths)
{
    const char **made = calloc(list->count + 1, sizeof *made);
    if (!made)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < list->count; i++)
        made[i] = list->files[i].path;
    free(*paths);
    *paths = made;
    return JET_errSuccess;
}

static jet_err databases(struct backup_source *source, struct backup_list *ret_list)
{
    struct source_stream *s = from_source(source);
    jet_err err = sent(s, s->sender.databases(s->sender.context, &s->databases));
    if (err >= JET_errSuccess)
        err = make_paths(&s->databases, &s->database_paths);
    if (err >= JET_errSuccess)
        *ret_list = (struct backup_list){s->database_paths, s->databases.count};
    return err;
}

/* The base name is that of the first log; a stranger's list is none of ours. */
static jet_err name_logs(struct source_stream *s)
{
    struct logname name;
    if (s->logs.count == 0)
        return JET_errSuccess;
    if (logname_parse(os_path_name(s->logs.files[0].path), &name) < JET_errSuccess)
        return finding_report_error(&s->terms->found, FINDING_FILE, s->logs.files[0].path, JET_errInvalidName,
                                    "not the name of a log file");
    memcpy(s->info.base_name, name.base, sizeof s->info.base_name);
    return JET_errSuccess;
}

/* A full backup has all the logs that its databases need: the server chose them so. One of logs alone has none of the
 * databases. */
static jet_err prepare_logs(struct backup_source *source, struct backup_log_info *ret_info)
{
    struct source_stream *s = from_source(source);
    lgen_t first = 0, last = 0;
    jet_err err = sent(s, s->sender.logs(s->sender.context, &s->logs, &first, &last));
    if (err >= JET_errSuccess)
        err = make_paths(&s->logs, &s->log_paths);
    if (err >= JET_errSuccess)
        err = name_logs(s);
    if (err < JET_errSuccess)
        return err;
    s->info.copy_first = first;
    s->info.copy_end = last > 0 ? last + 1 : 0;
    s->info.recoverable = !s->terms->incremental;
    s->info.reason = s->terms->incremental ? "it holds log files only: restore the full backup before it first" : NULL;
    *ret_info = s->info;
    return JET_errSuccess;
}

static jet_err logs(struct backup_source *source, struct backup_list *ret_list)
{
    struct source_stream *s = from_source(source);
    *ret_list = (struct backup_list){s->log_paths, s->logs.count};
    return JET_errSuccess;
}

static jet_err deletable_logs(struct backup_source *source, struct backup_list *ret_list)
{
    (void)source; /* the server knows them, and who asks for truncation need not */
    *ret_list = (struct backup_list){NULL, 0};
    return JET_errSuccess;
}

static bool find_in(const struct sender_list *list, const char *path, size_t *ret_index)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->files[i].path, path) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static jet_err find(struct backup_source *source, const char *path, struct backup_file_id *ret_id)
{
    struct source_stream *s = from_source(source);
    size_t index;
    *ret_id = (struct backup_file_id){.kind = BACKUP_FILE_NONE};
    if (find_in(&s->databases, path, &index))
        *ret_id = (struct backup_file_id){BACKUP_FILE_DATABASE, index};
    else if (find_in(&s->logs, path, &index))
        *ret_id = (struct backup_file_id){BACKUP_FILE_LOG, index};
    return JET_errSuccess;
}

/* ---- bytes ---- */

/* Rule 2. */
static jet_err confirm(struct source_stream *s)
{
    if (s->is_confirmed)
        return JET_errSuccess;
    s->is_confirmed = true;
    return sent(s, s->sender.close(s->sender.context));
}

/* The stream ended before its size: what the server says about it, or else that it is short. */
static jet_err ended_early(struct source_stream *s)
{
    jet_err err = confirm(s);
    return err < JET_errSuccess ? err
                                : bad_file(s, FINDING_FILE_SIZE, JET_errFileIOBeyondEOF, "the stream ended early");
}

/* Exactly so many bytes. */
static jet_err take(struct source_stream *s, void *buffer, size_t size)
{
    uint8_t *next = buffer;
    while (size > 0) {
        size_t actual = 0;
        jet_err err = sent(s, s->sender.read(s->sender.context, next, size, &actual));
        if (err < JET_errSuccess)
            return err;
        if (actual == 0)
            return ended_early(s);
        next += actual;
        size -= actual;
        s->taken += actual;
    }
    return s->taken == s->size ? confirm(s) : JET_errSuccess;
}

/* Grows `head` to `size` bytes. */
static jet_err take_head(struct source_stream *s, size_t size)
{
    if (size > s->size)
        return bad_file(s, FINDING_FILE_SIZE, JET_errFileIOBeyondEOF, "too short for what it is");
    uint8_t *head = realloc(s->head, size);
    if (!head)
        return JET_errOutOfMemory;
    s->head = head;
    jet_err err = take(s, head + s->head_size, size - s->head_size);
    if (err >= JET_errSuccess)
        s->head_size = size;
    return err;
}

static void close_all(struct source_stream *s)
{
    if (s->file && !s->is_confirmed)
        failure_drop(s->sender.close(s->sender.context)); /* it was left before its end */
    free(s->head);
    s->head = NULL;
    s->head_size = 0;
    s->file = NULL;
    s->log_header = NULL;
}

static void close_file(struct backup_source *source, enum backup_close how)
{
    (void)how; /* rule 2 has asked */
    close_all(from_source(source));
}

static jet_err open_file(struct source_stream *s, const struct sender_file *file)
{
    s->size = s->taken = 0;
    s->is_confirmed = false;
    s->head_size = 0;
    jet_err err = s->sender.open(s->sender.context, file->path, &s->size);
    s->file = file; /* for the report */
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    err = sender_failed(s, err);
    s->file = NULL; /* nothing is open */
    return err;
}

/* ---- databases ---- */

/* The smallest page tells the size of the others. */
static jet_err take_headers(struct source_stream *s, struct dbheader_selection *selection)
{
    jet_err err = take_head(s, sizeof(struct dbheader_disk));
    if (err < JET_errSuccess)
        return err;
    const uint32_t page_size = dbheader_page_size((const void *)s->head);
    if (!page_size_is_valid(page_size))
        return bad_file(s, FINDING_HEADER, JET_errReadVerifyFailure, "no page size in the header");
    err = take_head(s, 2 * (size_t)page_size);
    if (err < JET_errSuccess)
        return err;
    err = dbheader_select(s->head, s->head_size, selection);
    /* Both copies come from one header in memory. */
    if (err >= JET_errSuccess &&
        (selection->page_size != page_size || memcmp(s->head, s->head + page_size, page_size) != 0))
        err = JET_errReadVerifyFailure;
    return err < JET_errSuccess ? bad_file(s, FINDING_HEADER, err, "the header is damaged") : JET_errSuccess;
}

static jet_err look_at_database(struct source_stream *s)
{
    enum { AROUND = 3 }; /* pages that are none of the database's: headers and trailer */
    struct dbheader_selection selection;
    jet_err err = take_headers(s, &selection);
    if (err < JET_errSuccess)
        return err;
    const uint64_t pages = s->size / selection.page_size;
    if (s->size % selection.page_size != 0 || pages <= AROUND || pages - AROUND > PGNO_MAX)
        return bad_file(s, FINDING_FILE_SIZE, JET_errDatabaseCorrupted, "no stream of a database has this size");
    s->view = (struct backup_database_view){
        .page_size = (uint32_t)selection.page_size,
        .last_page = (pgno_t)(pages - AROUND),
        .last_page_owned = (pgno_t)(pages - AROUND),
        .has_trailer = true,
        .headers = s->head,
        .header = selection.header,
    };
    s->info.signature = selection.header->log_signature;
    return JET_errSuccess;
}

static jet_err open_database(struct backup_source *source, size_t index, struct backup_database_view *ret_view)
{
    struct source_stream *s = from_source(source);
    jet_err err = open_file(s, &s->databases.files[index]);
    if (err >= JET_errSuccess)
        err = look_at_database(s);
    if (err < JET_errSuccess)
        close_all(s);
    else
        *ret_view = s->view;
    return err;
}

static void report_page(const struct source_stream *s, enum finding_kind kind, enum finding_severity severity,
                        const struct page_verdict *verdict, uint32_t bit)
{
    struct finding finding = page_verdict_finding(verdict, kind, severity, bit);
    finding.file = s->file->path;
    finding.detail = "it came so from the service";
    finding_report(&s->terms->found, &finding);
}

static void mend_page(const struct source_stream *s, uint8_t *page, const struct page_verdict *verdict,
                      struct database_page_counts *counts)
{
    page_correct(page, verdict);
    for (unsigned i = 0; i < verdict->count_bits; i++)
        report_page(s, FINDING_PAGE_CORRECTABLE, FINDING_WARNING, verdict, verdict->bits[i]);
    counts->pages_correctable++;
}

static jet_err check_page(const struct source_stream *s, uint8_t *page, pgno_t pgno,
                          struct database_page_counts *counts)
{
    struct page_verdict verdict;
    jet_err err = page_verify(page, s->view.page_size, pgno, &verdict);
    counts->pages_checked++;
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    if (verdict.state == PAGE_ZERO) {
        counts->pages_zero++;
        return JET_errSuccess;
    }
    if (verdict.state == PAGE_CORRECTABLE) {
        mend_page(s, page, &verdict, counts);
        return JET_errSuccess;
    }
    const bool is_other = page_verdict_is_of_other_place(&verdict, s->view.last_page);
    report_page(s, is_other ? FINDING_PAGE_NUMBER : FINDING_PAGE_CHECKSUM, FINDING_DAMAGE, &verdict, 0);
    counts->pages_damaged++;
    return CORRUPT(err);
}

static jet_err read_pages(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          struct database_page_counts *counts)
{
    struct source_stream *s = from_source(source);
    const uint32_t page_size = s->view.page_size;
    if (s->taken != page_offset(first, page_size)) /* rule 1 */
        return JET_errInvalidParameter;
    jet_err err = take(s, buffer, (size_t)count * page_size);
    if (err < JET_errSuccess)
        return err;
    jet_err first_damage = JET_errSuccess;
    for (uint32_t i = 0; i < count; i++) {
        err = check_page(s, (uint8_t *)buffer + (size_t)i * page_size, first + i, counts);
        if (err < JET_errSuccess && first_damage >= JET_errSuccess)
            first_damage = err;
    }
    return first_damage;
}

static jet_err read_tail(struct backup_source *source, void *buffer)
{
    (void)source; /* pages only */
    (void)buffer;
    return JET_errInternalError;
}

/* The last page: the trailer, made by the server when it had read the others. */
static jet_err make_trailer(struct backup_source *source, void *page)
{
    struct source_stream *s = from_source(source);
    jet_err err = take(s, page, s->view.page_size);
    if (err < JET_errSuccess)
        return err;
    err = patchpage_verify(page, s->view.page_size, &s->view.header->signature);
    return err < JET_errSuccess ? bad_file(s, FINDING_PAGE_CHECKSUM, err, "the trailer behind the last page is damaged")
                                : JET_errSuccess;
}

/* ---- logs ---- */

static jet_err look_at_log(struct source_stream *s, struct backup_log_view *ret_view)
{
    jet_err err = take_head(s, LOGHEADER_SIZE);
    if (err < JET_errSuccess)
        return err;
    err = logheader_verify(s->head, s->head_size);
    if (err < JET_errSuccess)
        return bad_file(s, FINDING_FILE, err, "the header of the log file is damaged");
    s->log_header = (const void *)s->head;
    if (logheader_file_size(s->log_header) != s->size)
        return bad_file(s, FINDING_FILE_SIZE, JET_errLogFileSizeMismatch,
                        "the header of the log file tells another size");
    *ret_view = (struct backup_log_view){le32_get(s->log_header->generation), s->size};
    return JET_errSuccess;
}

static jet_err open_log(struct backup_source *source, size_t index, struct backup_log_view *ret_view)
{
    struct source_stream *s = from_source(source);
    jet_err err = open_file(s, &s->logs.files[index]);
    if (err >= JET_errSuccess)
        err = look_at_log(s, ret_view);
    if (err < JET_errSuccess)
        close_all(s);
    return err;
}

static void report_segment(const struct source_stream *s, enum finding_kind kind, enum finding_severity severity,
                           uint64_t index, const struct logsegment_verdict *verdict)
{
    struct finding finding = logsegment_verdict_finding(verdict, kind, severity, index);
    finding.file = s->file->path;
    finding.detail = "it came so from the service";
    finding_report(&s->terms->found, &finding);
}

static jet_err check_segment(const struct source_stream *s, uint8_t *segment, uint64_t index)
{
    struct logsegment_verdict verdict;
    /* The size of the file, which was compared with its header, bounds the index. */
    jet_err err = logsegment_verify(segment, (uint16_t)index, le32_get(s->log_header->generation), &verdict);
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    if (verdict.state == LOGSEGMENT_CORRECTABLE) {
        segment[verdict.bit / 8] ^= (uint8_t)(1u << verdict.bit % 8);
        report_segment(s, FINDING_LOG_SEGMENT_CORRECTABLE, FINDING_WARNING, index, &verdict);
        return JET_errSuccess;
    }
    report_segment(s, FINDING_LOG_SEGMENT, FINDING_DAMAGE, index, &verdict);
    return CORRUPT(JET_errLogReadVerifyFailure);
}

static jet_err check_segments(const struct source_stream *s, uint64_t offset, uint8_t *bytes, size_t size)
{
    jet_err first_damage = JET_errSuccess;
    if (!logheader_has_segments(s->log_header))
        return JET_errSuccess;
    for (size_t at = offset == 0 ? LOGHEADER_SIZE : 0; at + LOGSEGMENT_SIZE <= size; at += LOGSEGMENT_SIZE) {
        jet_err err = check_segment(s, bytes + at, (offset + at) / LOGSEGMENT_SIZE);
        if (err < JET_errSuccess && first_damage >= JET_errSuccess)
            first_damage = err;
    }
    return first_damage;
}

static jet_err read_log(struct backup_source *source, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    struct source_stream *s = from_source(source);
    uint8_t *bytes = buffer;
    const uint64_t left = s->size - offset;
    const size_t wanted = left < size ? (size_t)left : size;
    const size_t known = offset == 0 ? s->head_size : 0;
    if (s->taken != offset + known) /* rule 1 */
        return JET_errInvalidParameter;
    memcpy(bytes, s->head, known); /* a read is larger than the header */
    jet_err err = take(s, bytes + known, wanted - known);
    if (err < JET_errSuccess)
        return err;
    *ret_actual = wanted;
    return check_segments(s, offset, bytes, wanted);
}

/* ---- truncation, end ---- */

/* The set is safe when this is called. That the server keeps its old logs is something to know, not a failure. */
static jet_err truncate_logs(struct backup_source *source)
{
    struct source_stream *s = from_source(source);
    jet_err err = s->sender.truncate(s->sender.context);
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    const char *reason = s->sender.reason(s->sender.context);
    const struct finding finding = {
        .kind = FINDING_SERVICE,
        .severity = FINDING_WARNING,
        .err = err,
        .file = s->sender.name,
        .detail = reason ? reason : "log files that are superfluous were not deleted",
    };
    finding_report(&s->terms->found, &finding);
    return JET_errSuccess;
}

static void end(struct backup_source *source, const struct backup_ending *ending)
{
    struct source_stream *s = from_source(source);
    close_all(s);
    s->sender.end(s->sender.context, ending->outcome == BACKUP_OUTCOME_NORMAL && !s->has_failed);
    s->databases = s->logs = (struct sender_list){NULL, 0}; /* they lived until then */
    s->terms = NULL;
}

static void free_source(struct backup_source *source)
{
    struct source_stream *s = from_source(source);
    free(s->database_paths);
    free(s->log_paths);
    free(s->head);
    free(s);
}

static const struct backup_source_ops stream_ops = {
    .condition = condition,
    .occupy = occupy,
    .begin = begin,
    .databases = databases,
    .find = find,
    .open_database = open_database,
    .read_pages = read_pages,
    .read_tail = read_tail,
    .make_trailer = make_trailer,
    .prepare_logs = prepare_logs,
    .logs = logs,
    .deletable_logs = deletable_logs,
    .open_log = open_log,
    .read_log = read_log,
    .close = close_file,
    .truncate = truncate_logs,
    .end = end,
    .free = free_source,
};

jet_err source_stream_new(const struct sender *sender, struct backup_source **ret_source)
{
    struct source_stream *s = calloc(1, sizeof *s);
    if (!s)
        return JET_errOutOfMemory;
    s->source = (struct backup_source){.ops = &stream_ops, .page_size = UNIT_BYTES};
    s->sender = *sender;
    *ret_source = &s->source;
    return JET_errSuccess;
}

static uint64_t sum(const struct sender_list *list)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += list->files[i].size;
    return bytes;
}

struct source_extent source_stream_extent(const struct backup_source *source)
{
    const struct source_stream *s = (const struct source_stream *)source;
    return (struct source_extent){
        .files = s->databases.count + s->logs.count,
        .bytes = sum(&s->databases) + sum(&s->logs),
    };
}
