/* SPDX-License-Identifier: MIT */
/* log_reader.c - walks segments and generations, puts fragments together.
 *
 * A record whose tail is missing is legal in one place: where an engine crashed while it was being written, and the
 * next one continued in a fresh segment. What follows is then the first record of that segment, and of a type that
 * recovery begins with. The half record never was; it is dropped. The same at the very end of the log.
 */
#include "log/log_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/logrecord.h"
#include "format/logsegment.h"
#include "format/page.h"
#include "log/log_path.h"
#include "log/log_reader_internal.h"
#include "os/os_file.h"

struct log_reader {
    struct log_reader_source source;
    struct log_config config; /* strings borrowed: the reader is short-lived */
    struct log_generation generation;
    jet_err damage;  /* code for damage in this generation */
    bool is_current; /* it is <base>.log */

    unsigned isec; /* where the next record is looked for */
    unsigned offset;
    bool may_begin_in_fragment; /* nothing has been read yet */

    uint8_t *record; /* a record put together from fragments */
    size_t capacity;
    size_t size; /* of the whole; 0: none is being put together */
    size_t done;
    uint64_t start; /* of the record */

    jet_err failed; /* every further call returns it */
    bool has_ended;
    bool ends_in_fragment;
};

/* ---- generations ---- */

/* What the source of a generation means for its errors. */
static struct log_generation_rules rules_of(const struct log_reader *reader, lgen_t generation, bool is_current)
{
    struct log_generation_rules rules = {
        .is_current = is_current, .damage = JET_errLogFileCorrupt, .listener = reader->source.listener};
    if (!reader->source.restore_folder)
        return rules;
    if (generation <= reader->source.restore_last) {
        rules.is_current = true; /* it may look torn, but must not be mended */
        rules.damage = JET_errLogCorruptDuringHardRestore;
        rules.torn = JET_errLogTornWriteDuringHardRestore;
    } else {
        rules.damage = JET_errLogCorruptDuringHardRecovery;
    }
    return rules;
}

static const char *folder_of(const struct log_reader *reader, lgen_t generation)
{
    const bool is_restored = reader->source.restore_folder && generation <= reader->source.restore_last;
    return is_restored ? reader->source.restore_folder : reader->config.log_folder;
}

static jet_err load_path(struct log_reader *reader, const char *path, lgen_t generation, bool is_current,
                         struct log_generation *ret_generation)
{
    const struct log_generation_rules rules = rules_of(reader, generation, is_current);
    jet_err err = log_generation_load(path, &rules, ret_generation);
    reader->damage = rules.damage;
    return err == JET_errFileNotFound ? JET_errMissingLogFile : err;
}

/* <base>.log, if it is this generation. */
static jet_err load_current(struct log_reader *reader, lgen_t generation, struct log_generation *ret_generation)
{
    char *path;
    jet_err err = log_path_make(&reader->config, LOGNAME_CURRENT, &path);
    if (err < JET_errSuccess)
        return err;
    err = load_path(reader, path, generation, true, ret_generation);
    free(path);
    if (err == JET_errSuccess && ret_generation->generation != generation) {
        log_generation_done(ret_generation);
        err = JET_errMissingLogFile;
    }
    return err;
}

static jet_err load(struct log_reader *reader, lgen_t generation, struct log_generation *ret_generation,
                    bool *ret_is_current)
{
    char *path;
    jet_err err = log_path_find_closed(&reader->config, folder_of(reader, generation), generation, &path);
    *ret_is_current = err == JET_errFileNotFound;
    if (*ret_is_current)
        return load_current(reader, generation, ret_generation);
    if (err < JET_errSuccess)
        return err;
    err = load_path(reader, path, generation, false, ret_generation);
    free(path);
    if (err == JET_errSuccess && ret_generation->generation != generation) {
        log_generation_done(ret_generation);
        err = CORRUPT(JET_errLogGenerationMismatch);
    }
    return err;
}

static jet_err check_page_size(const struct log_reader *reader, const struct log_generation *generation)
{
    const uint32_t wanted = reader->config.page_size;
    return wanted == 0 || logheader_page_size(generation->header) == wanted ? JET_errSuccess : JET_errPageSizeMismatch;
}

/* Whether `next` was made behind `last`. */
static jet_err check_sequence(const struct log_generation *last, const struct log_generation *next)
{
    const struct logheader_disk *header = next->header;
    if (!signature_equal(&header->signature, &last->header->signature))
        return CORRUPT(JET_errBadLogSignature);
    if (!logtime_equal(header->prev_created, last->header->created))
        return CORRUPT(JET_errInvalidLogSequence);
    if (next->segments != last->segments)
        return CORRUPT(JET_errRedoAbruptEnded);
    if (le32_get(header->update_minor) >= LOGHEADER_UPDATE_PREV_CHECKSUM &&
        le64_get(header->prev_checksum) != last->checksum)
        return CORRUPT(JET_errLogSequenceChecksumMismatch);
    return JET_errSuccess;
}

static void enter(struct log_reader *reader, struct log_generation *generation, bool is_current)
{
    log_generation_done(&reader->generation);
    reader->generation = *generation;
    reader->is_current = is_current;
    reader->isec = 1;
    reader->offset = LOGSEGMENT_DATA_OFFSET;
}

/* There is no file of generation `wanted`: does a later one prove that there was? */
static jet_err check_end(struct log_reader *reader, lgen_t wanted)
{
    struct log_folder look;
    if (reader->source.restore_folder && wanted <= reader->source.restore_last)
        return JET_errMissingLogFile;
    jet_err err = log_folder_look(&reader->config, reader->config.log_folder, &look);
    if (err < JET_errSuccess)
        return err;
    if (look.newest > wanted || (look.has_current && !reader->is_current && !reader->source.restore_folder))
        return CORRUPT(JET_errMissingLogFile);
    return JET_errSuccess;
}

static jet_err move_on(struct log_reader *reader)
{
    const lgen_t wanted = reader->generation.generation + 1;
    struct log_generation next;
    bool is_current;
    if (reader->source.last != 0 && wanted > reader->source.last) {
        reader->has_ended = true;
        return reader->generation.damage;
    }
    jet_err err = load(reader, wanted, &next, &is_current);
    if (err == JET_errMissingLogFile) {
        reader->has_ended = true;
        return check_end(reader, wanted);
    }
    if (err < JET_errSuccess)
        return err;
    err = check_sequence(&reader->generation, &next);
    if (err < JET_errSuccess) {
        log_generation_done(&next);
        return err;
    }
    enter(reader, &next, is_current);
    return JET_errSuccess;
}

/* ---- records ---- */

static jet_err damaged(const struct log_reader *reader)
{
    return CORRUPT(reader->damage);
}

static const uint8_t *here(const struct log_reader *reader)
{
    return reader->generation.bytes + (size_t)reader->isec * LOGSEGMENT_SIZE + reader->offset;
}

static size_t room(const struct log_reader *reader)
{
    return LOGSEGMENT_SIZE - (size_t)reader->offset;
}

static uint64_t position(const struct log_reader *reader, unsigned offset)
{
    return lgpos_pack((struct lgpos){reader->generation.generation, (uint16_t)reader->isec, (uint16_t)offset});
}

static uint64_t start_here(const struct log_reader *reader)
{
    return position(reader, reader->offset == LOGSEGMENT_DATA_OFFSET ? 0 : reader->offset);
}

static void next_segment(struct log_reader *reader)
{
    reader->isec++;
    reader->offset = LOGSEGMENT_DATA_OFFSET;
}

static void give(const struct log_reader *reader, const uint8_t *bytes, size_t size, uint64_t start,
                 struct log_reader_record *ret_record)
{
    *ret_record = (struct log_reader_record){
        .bytes = bytes, .size = size, .lgpos = start, .lgpos_end = position(reader, reader->offset)};
}

static jet_err make_room(struct log_reader *reader, size_t size)
{
    if (reader->record && size <= reader->capacity)
        return JET_errSuccess;
    uint8_t *grown = realloc(reader->record, size);
    if (!grown)
        return JET_errOutOfMemory;
    reader->record = grown;
    reader->capacity = size;
    return JET_errSuccess;
}

/* The next piece of a record, `fixed` bytes behind the start of its header; it must fill the segment, unless it is the
 * last. */
static jet_err take_piece(struct log_reader *reader, size_t fixed, size_t size)
{
    const size_t left = reader->size - reader->done;
    if (size == 0 || size > left || size > room(reader) - fixed || (size < left && size < room(reader) - fixed))
        return damaged(reader);
    memcpy(reader->record + reader->done, here(reader) + fixed, size);
    reader->done += size;
    reader->offset += (unsigned)(fixed + size);
    return JET_errSuccess;
}

static jet_err begin_fragments(struct log_reader *reader)
{
    const struct logrec_fragment_begin_disk *begin = (const void *)here(reader);
    if (room(reader) < sizeof *begin)
        return damaged(reader);
    const size_t size = le32_get(begin->total_size);
    if (size == 0 || size > reader->generation.size)
        return damaged(reader);
    jet_err err = make_room(reader, size);
    if (err < JET_errSuccess)
        return err;
    reader->start = start_here(reader);
    reader->size = size;
    reader->done = 0;
    return take_piece(reader, sizeof *begin, le16_get(begin->size));
}

static jet_err continue_fragments(struct log_reader *reader, struct log_reader_record *ret_record)
{
    const struct logrec_fragment_disk *fragment = (const void *)here(reader);
    size_t expected;
    jet_err err = take_piece(reader, sizeof *fragment, le16_get(fragment->size));
    if (err < JET_errSuccess || reader->done < reader->size)
        return err;
    const size_t size = reader->size;
    reader->size = 0;
    if (logrec_size(reader->record, size, &expected) < JET_errSuccess || expected != size)
        return damaged(reader);
    give(reader, reader->record, size, reader->start, ret_record);
    return JET_errSuccess;
}

/* A record may be given up only for what recovery begins with. */
static bool may_replace_half_record(const struct log_reader *reader)
{
    const unsigned type = here(reader)[0];
    if (reader->offset != LOGSEGMENT_DATA_OFFSET)
        return false;
    if (type == LOGREC_FRAGMENT_BEGIN)
        return here(reader)[sizeof(struct logrec_fragment_begin_disk)] == LOGREC_UNDO_INFO;
    return type == LOGREC_RECOVERY_UNDO || type == LOGREC_RECOVERY_UNDO2 || type == LOGREC_UNDO_INFO;
}

static jet_err skip_padding(struct log_reader *reader)
{
    if (!page_is_zero(here(reader), room(reader)))
        return damaged(reader);
    next_segment(reader);
    return JET_errSuccess;
}

/* A fragment that nothing begins: where reading began, its record began earlier. */
static jet_err skip_stray_fragment(struct log_reader *reader)
{
    const struct logrec_fragment_disk *fragment = (const void *)here(reader);
    if (!reader->may_begin_in_fragment || reader->offset != LOGSEGMENT_DATA_OFFSET)
        return damaged(reader);
    const size_t size = le16_get(fragment->size);
    if (size == 0 || size > room(reader) - sizeof *fragment)
        return damaged(reader);
    reader->offset += (unsigned)(sizeof *fragment + size);
    return JET_errSuccess;
}

static jet_err take_whole(struct log_reader *reader, struct log_reader_record *ret_record)
{
    const uint8_t *bytes = here(reader);
    const uint64_t start = start_here(reader);
    size_t size;
    if (logrec_size(bytes, room(reader), &size) < JET_errSuccess)
        return damaged(reader);
    reader->offset += (unsigned)size;
    reader->may_begin_in_fragment = false;
    if (bytes[0] != LOGREC_NOP2)
        give(reader, bytes, size, start, ret_record);
    return JET_errSuccess;
}

/* One step: a record, or something that is none. */
static jet_err step(struct log_reader *reader, struct log_reader_record *ret_record)
{
    if (room(reader) == 0) {
        next_segment(reader);
        return JET_errSuccess;
    }
    const unsigned type = here(reader)[0];
    if (reader->size > 0 && type == LOGREC_FRAGMENT)
        return continue_fragments(reader, ret_record);
    if (reader->size > 0 && !may_replace_half_record(reader))
        return damaged(reader);
    reader->size = 0;
    if (type == LOGREC_NOP)
        return skip_padding(reader);
    if (type == LOGREC_FRAGMENT)
        return skip_stray_fragment(reader);
    if (type == LOGREC_FRAGMENT_BEGIN) {
        reader->may_begin_in_fragment = false;
        return begin_fragments(reader);
    }
    return take_whole(reader, ret_record);
}

jet_err log_reader_next(struct log_reader *reader, struct log_reader_record *ret_record)
{
    struct log_reader_record record = {0};
    while (reader->failed == JET_errSuccess && !record.bytes && !reader->has_ended)
        reader->failed = reader->isec < reader->generation.end ? step(reader, &record) : move_on(reader);
    if (reader->failed < JET_errSuccess)
        return reader->failed;
    reader->ends_in_fragment = reader->has_ended && reader->size > 0;
    *ret_record = record;
    return JET_errSuccess;
}

/* ---- open and close ---- */

static jet_err stand_at(struct log_reader *reader, struct lgpos start)
{
    struct log_generation generation;
    bool is_current;
    const bool ib_fits = start.ib == 0 || (start.ib >= LOGSEGMENT_DATA_OFFSET && start.ib <= LOGSEGMENT_SIZE);
    if (start.generation == 0 || start.isec == 0 || !ib_fits)
        return CORRUPT(JET_errLogFileCorrupt);
    jet_err err = load(reader, start.generation, &generation, &is_current);
    if (err < JET_errSuccess)
        return err;
    enter(reader, &generation, is_current);
    reader->isec = start.isec;
    if (start.ib != 0)
        reader->offset = start.ib;
    reader->may_begin_in_fragment = start.ib == 0;
    return check_page_size(reader, &reader->generation);
}

jet_err log_reader_open(const struct log_reader_source *source, uint64_t start, struct log_reader **ret_reader)
{
    struct log_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return JET_errOutOfMemory;
    reader->source = *source;
    reader->config = *source->config;
    jet_err err = stand_at(reader, lgpos_unpack(start));
    if (err < JET_errSuccess) {
        log_reader_close(reader);
        return err;
    }
    *ret_reader = reader;
    return JET_errSuccess;
}

jet_err log_reader_open_file(const char *path, const struct finding_listener *listener, struct log_reader **ret_reader)
{
    const struct log_generation_rules rules = {
        .is_current = true, .damage = JET_errLogFileCorrupt, .ends_at_damage = true, .listener = listener};
    struct log_generation generation;
    struct log_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return JET_errOutOfMemory;
    jet_err err = log_generation_load(path, &rules, &generation);
    if (err < JET_errSuccess) {
        log_reader_close(reader);
        return err;
    }
    reader->damage = rules.damage;
    reader->source.last = generation.generation;
    reader->may_begin_in_fragment = true;
    enter(reader, &generation, true);
    *ret_reader = reader;
    return JET_errSuccess;
}

void log_reader_close(struct log_reader *reader)
{
    if (!reader)
        return;
    log_generation_done(&reader->generation);
    free(reader->record);
    free(reader);
}

const struct logheader_disk *log_reader_header(const struct log_reader *reader)
{
    return reader->generation.header;
}

uint64_t log_reader_end(const struct log_reader *reader)
{
    return lgpos_pack((struct lgpos){reader->generation.generation, reader->generation.end, 0});
}

const struct log_generation *log_reader_generation(const struct log_reader *reader)
{
    return &reader->generation;
}

bool log_reader_ends_in_fragment(const struct log_reader *reader)
{
    return reader->ends_in_fragment;
}
