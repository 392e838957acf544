/* SPDX-License-Identifier: MIT */
/* demo.c - the steps of the demonstration.
 *
 * A step says what it does, does it, and checks that the outcome is the one that the documentation promises; a stranger
 * reads the title, what happened, and "ok". A step that did something else says so, and the demonstration fails.
 *
 * Files, all in demo->folder: demo.edb; backup/ (a set); restored/demo.edb, which is damaged afterwards; stopped
 * (a set that never comes to be). Three times the size of the database at most. The steps on a running instance are in
 * demo_live.c.
 */
#include "tool/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/dbheader.h"
#include "format/page.h"
#include "jet/inspect.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_stream.h"
#include "tool/demo_live.h"
#include "tool/demo_step.h"
#include "tool/sample_database.h"
#include "tool/text.h"

enum {
    DEMO_PAGE_SIZE = 4096,
    DAMAGED_PAGE = 700,     /* in the table Messages of any size of file */
    BIT_IN_PAGE = 8 * 1000, /* not in the page's header */
    STUCK_MS = 100,         /* how long the writer of a full pipe is left waiting */
};

static char *path_of(const struct demo *demo, const char *name)
{
    return os_path_join(demo->folder, name);
}

static bool exists(const char *path)
{
    struct os_path_info info;
    return path && os_path_stat(path, &info) >= JET_errSuccess;
}

static double ms_since(uint64_t begin_ns)
{
    return (double)(os_clock_monotonic_ns() - begin_ns) / 1e6;
}

/* ---- what the job tells ---- */

static void on_finding(void *context, const struct finding *finding)
{
    struct demo_watch *watch = &((struct demo *)context)->watch;
    char raw[sizeof watch->text];
    if (finding->severity == FINDING_NOTE || watch->count_findings++ > 0)
        return;
    struct finding short_name = *finding;
    short_name.file = os_path_name(finding->file);
    watch->kind = finding->kind;
    watch->place = finding->place;
    watch->where = finding->where;
    text_for_screen(finding_describe(&short_name, raw, sizeof raw), watch->text, sizeof watch->text);
}

static void on_file(void *context, const struct coldstream_file *file)
{
    ((struct demo *)context)->watch.pages_checked += file->pages_checked;
}

/* Lets the other thread call the stop before the backup goes on. Progress is told only now and then, so the backup is
 * slowed down until enough is done. */
static void on_progress(void *context, const struct coldstream_progress *progress)
{
    enum { SLOW_MS = 60, STOP_CALL_MAX_MS = 10000 };
    struct demo *demo = context;
    demo->watch.bytes_done = progress->bytes_done;
    demo->watch.bytes_total = progress->bytes_total;
    if (!demo->far_enough)
        return;
    if (progress->bytes_done < progress->bytes_total / 8) {
        (void)os_event_wait(demo->stop_called, SLOW_MS);
        return;
    }
    os_event_set(demo->far_enough);
    (void)os_event_wait(demo->stop_called, STOP_CALL_MAX_MS);
}

static void watch_begin(struct demo *demo)
{
    demo->watch = (struct demo_watch){.count_findings = 0};
}

/* ---- steps ---- */

static jet_err make_database(struct demo *demo, const char *database)
{
    char size[TEXT_SIZE_MAX];
    struct sample_database_info info;
    struct sample_database_request request = {
        .path = database,
        .page_size = DEMO_PAGE_SIZE,
        .size_bytes = demo->size_bytes,
        .seed = os_clock_monotonic_ns(),
        .cancel = demo->tool->stop,
    };
    demo_step_begin(demo, "Make a database");
    jet_err err = sample_database_write(&request, &info);
    if (err < JET_errSuccess)
        return err;
    demo_say(demo, "result", "demo.edb: %s, %" PRIu32 " pages, %" PRIu32 " messages in one of its tables",
             text_size_format(info.size_bytes, size), info.count_pages, info.count_rows);
    demo_step_end(demo, "there is something to work on, in the format that Windows programs use");
    return JET_errSuccess;
}

static void say_tables(struct demo *demo, const struct inspect_catalog *catalog)
{
    char names[512] = "";
    size_t used = 0;
    bool has_messages = false;
    for (size_t i = 0; i < catalog->table_count && used < sizeof names; i++) {
        const char *name = catalog->tables[i].name;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", name);
        has_messages = has_messages || strcmp(name, "Messages") == 0;
    }
    demo_say(demo, "result", "tables: %s", names);
    demo_expect(demo, has_messages, "the table Messages is missing");
}

static jet_err look_into(struct demo *demo, const char *database)
{
    const struct finding_listener listener = {.report = on_finding, .context = demo};
    struct inspect_database *file;
    struct inspect_database_info info;
    struct inspect_catalog catalog;
    demo_step_begin(demo, "Look into it");
    watch_begin(demo);
    jet_err err = inspect_database_open(database, &listener, &file);
    if (err < JET_errSuccess)
        return err;
    inspect_database_info(file, &info);
    uint32_t state = le32_get(info.header->state);
    demo_say(demo, "result", "state: %s, page size %" PRIu32, dbheader_state_name(state), info.page_size);
    demo_expect(demo, state == DBHEADER_CLEAN && info.page_size == DEMO_PAGE_SIZE, "the header says something else");
    err = inspect_catalog_read(file, &listener, &catalog);
    if (err >= JET_errSuccess) {
        say_tables(demo, &catalog);
        inspect_catalog_done(&catalog);
    }
    inspect_database_close(file);
    if (err >= JET_errSuccess)
        demo_step_end(demo, "header and catalogue can be read without the engine that wrote them");
    return err;
}

static jet_err verify(struct demo *demo, const char *path)
{
    struct coldstream_summary summary;
    watch_begin(demo);
    return coldstream_verify(demo->tool->job, path, 1, &summary);
}

static jet_err verify_sound(struct demo *demo, const char *path, const char *title, const char *proves)
{
    demo_step_begin(demo, title);
    uint64_t begin_ns = os_clock_monotonic_ns();
    jet_err err = verify(demo, path);
    if (err == JET_errBackupAbortByServer)
        return err;
    demo_say(demo, "result", "%" PRIu64 " pages checked in %.0f ms, %u findings", demo->watch.pages_checked,
             ms_since(begin_ns), demo->watch.count_findings);
    demo_expect(demo, err == JET_errSuccess && demo->watch.count_findings == 0, demo->watch.text);
    demo_expect(demo, demo->watch.pages_checked > 0, "no page was checked");
    demo_step_end(demo, proves);
    return JET_errSuccess;
}

/* Somebody else, who ends the backup. */
struct stopper {
    struct demo *demo;
    uint64_t called_ns;
};

static void stop_when_far_enough(void *context)
{
    struct stopper *stopper = context;
    struct demo *demo = stopper->demo;
    (void)os_event_wait(demo->far_enough, OS_WAIT_FOREVER);
    stopper->called_ns = os_clock_monotonic_ns();
    coldstream_job_stop(demo->tool->job);
    os_event_set(demo->stop_called);
}

static void check_stopped(struct demo *demo, jet_err err, const char *set)
{
    char *partial = path_of(demo, "stopped.partial");
    demo_expect(demo, err == JET_errBackupAbortByServer, "the backup did not end as stopped");
    demo_expect(demo, !exists(set), "there is something under the name of the set");
    demo_expect(demo, !exists(partial), "a partial set was left behind");
    free(partial);
}

static jet_err stop_backup(struct demo *demo, const char *database, const char *set)
{
    char done[TEXT_SIZE_MAX], total[TEXT_SIZE_MAX];
    struct stopper stopper = {.demo = demo};
    struct os_thread *thread;
    struct coldstream_summary summary;
    const struct coldstream_backup_request request = {.source = database, .set = set};
    demo_step_begin(demo, "Start a backup, and stop it from another thread");
    watch_begin(demo);
    jet_err err = os_thread_start(stop_when_far_enough, &stopper, &thread);
    if (err < JET_errSuccess)
        return err;
    err = coldstream_backup(demo->tool->job, &request, &summary);
    uint64_t returned_ns = os_clock_monotonic_ns();
    os_event_set(demo->far_enough); /* if it failed before */
    os_thread_join(thread);
    if (os_event_wait(demo->tool->stop, 0))
        return JET_errBackupAbortByServer;
    demo_say(demo, "result", "stopped after %s of %s: it ended %.1f ms after the call, with %s (%d)",
             text_size_format(demo->watch.bytes_done, done), text_size_format(demo->watch.bytes_total, total),
             (double)(returned_ns - stopper.called_ns) / 1e6, jet_err_name(err) ? jet_err_name(err) : "?", (int)err);
    check_stopped(demo, err, set);
    demo_step_end(demo, "a stop takes effect at once, and what is not whole never has the name of a backup");
    return JET_errSuccess;
}

static jet_err stop_by_progress(struct demo *demo, const char *database)
{
    char *set = path_of(demo, "stopped");
    jet_err err = set ? os_event_new(&demo->far_enough) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = os_event_new(&demo->stop_called);
    if (err >= JET_errSuccess)
        err = stop_backup(demo, database, set);
    os_event_free(demo->far_enough);
    os_event_free(demo->stop_called);
    demo->far_enough = demo->stop_called = NULL;
    free(set);
    return err;
}

/* Reads half of the archive and then no more, like a backup program that hangs. */
struct stuck_reader {
    struct demo *demo;
    struct os_stream *stream;
    uint64_t bytes_read;
    uint64_t called_ns;
};

static void read_half_and_hang(void *context)
{
    struct stuck_reader *reader = context;
    uint8_t buffer[16384];
    size_t actual = 1;
    while (actual > 0 && reader->bytes_read < reader->demo->size_bytes / 2) {
        if (os_stream_read(reader->stream, buffer, sizeof buffer, NULL, &actual) < JET_errSuccess)
            break;
        reader->bytes_read += actual;
    }
    (void)os_event_wait(reader->demo->tool->stop, STUCK_MS); /* the pipe fills up meanwhile */
    reader->called_ns = os_clock_monotonic_ns();
    coldstream_job_stop(reader->demo->tool->job);
}

static jet_err stop_stuck_stream(struct demo *demo, const char *database, struct os_stream *writer,
                                 struct os_stream *stream)
{
    char done[TEXT_SIZE_MAX];
    struct stuck_reader reader = {.demo = demo, .stream = stream};
    struct os_thread *thread;
    struct coldstream_summary summary;
    const struct coldstream_backup_request request = {.source = database, .stream = writer};
    watch_begin(demo);
    jet_err err = os_thread_start(read_half_and_hang, &reader, &thread);
    if (err < JET_errSuccess)
        return err;
    err = coldstream_backup(demo->tool->job, &request, &summary);
    uint64_t returned_ns = os_clock_monotonic_ns();
    os_stream_close(writer); /* a reader that is still reading sees the end */
    os_thread_join(thread);
    if (os_event_wait(demo->tool->stop, 0))
        return JET_errBackupAbortByServer;
    demo_say(demo, "result", "the reader took %s and then hung; the backup ended %.1f ms after the stop",
             text_size_format(reader.bytes_read, done), (double)(returned_ns - reader.called_ns) / 1e6);
    demo_expect(demo, err == JET_errBackupAbortByServer, "the backup did not end as stopped");
    demo_step_end(demo, "nobody can hold up a stop, not even a program that no longer reads");
    return JET_errSuccess;
}

static jet_err stop_stuck(struct demo *demo, const char *database)
{
    struct os_stream *reader, *writer;
    demo_step_begin(demo, "Stop a backup into a pipe that nobody reads any more");
    jet_err err = os_stream_open_pipe(&reader, &writer);
    if (err < JET_errSuccess)
        return err;
    err = stop_stuck_stream(demo, database, writer, reader);
    os_stream_close(reader);
    return err;
}

static jet_err back_up(struct demo *demo, const char *database, const char *set)
{
    struct coldstream_summary summary;
    const struct coldstream_backup_request request = {.source = database, .set = set};
    demo_step_begin(demo, "Back up, this time to the end");
    watch_begin(demo);
    uint64_t begin_ns = os_clock_monotonic_ns();
    jet_err err = coldstream_backup(demo->tool->job, &request, &summary);
    if (err < JET_errSuccess)
        return err;
    demo_say(demo, "result", "backup/: %" PRIu64 " pages in %.0f ms; digest of the set %s", demo->watch.pages_checked,
             ms_since(begin_ns), summary.set_digest);
    demo_expect(demo, demo->watch.count_findings == 0, demo->watch.text);
    demo_expect(demo, exists(set), "there is no set");
    demo_step_end(demo, "stopped backups leave nothing behind that disturbs the next one");
    return JET_errSuccess;
}

static jet_err restore_and_compare(struct demo *demo, const char *set, const char *folder, const char *database,
                                   const char *restored)
{
    struct coldstream_summary summary;
    bool is_equal = false;
    const struct coldstream_restore_request request = {.source = set, .folder = folder};
    demo_step_begin(demo, "Restore it, and compare");
    watch_begin(demo);
    jet_err err = coldstream_restore(demo->tool->job, &request, &summary);
    if (err >= JET_errSuccess)
        err = demo_compare(database, restored, &is_equal);
    if (err < JET_errSuccess)
        return err;
    demo_say(demo, "result", "restored/demo.edb and demo.edb are %s",
             is_equal ? "the same, byte for byte" : "DIFFERENT");
    demo_expect(demo, is_equal, "the restored database is another one");
    demo_step_end(demo, "what comes back is what was backed up");
    return JET_errSuccess;
}

/* Flips `count` bits of a page and expects that verify finds it. */
static jet_err damage_page(struct demo *demo, const char *path, unsigned count, enum finding_kind expected,
                           const char *title, const char *proves)
{
    demo_step_begin(demo, title);
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; err >= JET_errSuccess && i < count; i++)
        err = demo_flip_bit(path, page_offset(DAMAGED_PAGE, DEMO_PAGE_SIZE), BIT_IN_PAGE + i * 100);
    if (err < JET_errSuccess)
        return err;
    err = verify(demo, path);
    if (err == JET_errBackupAbortByServer)
        return err;
    demo_say(demo, "result", "%s", demo->watch.text);
    demo_expect(demo, demo->watch.count_findings > 0 && demo->watch.kind == expected, "verify did not find it");
    demo_expect(demo, demo->watch.place == FINDING_AT_PAGE && demo->watch.where == DAMAGED_PAGE, "it is another page");
    demo_step_end(demo, proves);
    return JET_errSuccess;
}

/* The bits are flipped back afterwards: the next step flips others. */
static jet_err damage_database(struct demo *demo, const char *path)
{
    jet_err err = damage_page(demo, path, 1, FINDING_PAGE_CORRECTABLE, "Flip one bit of the restored database",
                              "a single bit is found, named, and could be mended");
    if (err >= JET_errSuccess)
        err = demo_flip_bit(path, page_offset(DAMAGED_PAGE, DEMO_PAGE_SIZE), BIT_IN_PAGE);
    if (err >= JET_errSuccess)
        err = damage_page(demo, path, 2, FINDING_PAGE_CHECKSUM, "Flip two bits of it",
                          "damage is found, with the page and both checksums");
    return err;
}

static jet_err damage_set(struct demo *demo, const char *set, const char *folder)
{
    struct coldstream_summary summary;
    char *member = os_path_join(set, "demo.edb");
    const struct coldstream_restore_request request = {.source = set, .folder = folder};
    demo_step_begin(demo, "Flip one bit of the backup set, and try to restore it");
    jet_err err =
        member ? demo_flip_bit(member, page_offset(DAMAGED_PAGE, DEMO_PAGE_SIZE), BIT_IN_PAGE) : JET_errOutOfMemory;
    free(member);
    if (err < JET_errSuccess)
        return err;
    watch_begin(demo);
    err = coldstream_restore(demo->tool->job, &request, &summary);
    if (err == JET_errBackupAbortByServer)
        return err;
    demo_say(demo, "result", "%s", demo->watch.text);
    demo_expect(demo, err < JET_errSuccess && demo->watch.count_findings > 0, "a changed set was restored");
    char *restored = os_path_join(folder, "demo.edb");
    demo_expect(demo, !exists(restored), "there is a file although the restore failed");
    free(restored);
    demo_step_end(demo, "a set that was changed is refused, and no file gets a name");
    return JET_errSuccess;
}

struct demo_paths {
    char *database, *set, *restored_folder, *restored, *refused_folder;
};

static jet_err run_steps(struct demo *demo, const struct demo_paths *p)
{
    jet_err err = make_database(demo, p->database);
    if (err >= JET_errSuccess)
        err = look_into(demo, p->database);
    if (err >= JET_errSuccess)
        err = verify_sound(demo, p->database, "Verify it", "every page is what was once written");
    if (err >= JET_errSuccess)
        err = stop_by_progress(demo, p->database);
    if (err >= JET_errSuccess)
        err = stop_stuck(demo, p->database);
    if (err >= JET_errSuccess)
        err = back_up(demo, p->database, p->set);
    if (err >= JET_errSuccess)
        err = verify_sound(demo, p->set, "Verify the backup set",
                           "the set is whole: its manifest, the digests of its files, every page");
    if (err >= JET_errSuccess)
        err = restore_and_compare(demo, p->set, p->restored_folder, p->database, p->restored);
    if (err >= JET_errSuccess)
        err = damage_database(demo, p->restored);
    if (err >= JET_errSuccess)
        err = damage_set(demo, p->set, p->refused_folder);
    if (err >= JET_errSuccess)
        err = demo_live_run(demo);
    return err;
}

jet_err demo_run(struct demo *demo)
{
    const struct coldstream_callbacks callbacks = {
        .context = demo, .finding = on_finding, .progress = on_progress, .file = on_file};
    struct demo_paths p = {
        .database = path_of(demo, "demo.edb"),
        .set = path_of(demo, "backup"),
        .restored_folder = path_of(demo, "restored"),
        .refused_folder = path_of(demo, "refused"),
    };
    p.restored = p.restored_folder ? os_path_join(p.restored_folder, "demo.edb") : NULL;
    jet_err err = JET_errOutOfMemory;
    if (p.database && p.set && p.restored && p.refused_folder)
        err = tool_job_begin(demo->tool, &callbacks);
    if (err >= JET_errSuccess) {
        err = run_steps(demo, &p);
        tool_job_end(demo->tool);
    }
    free(p.database);
    free(p.set);
    free(p.restored_folder);
    free(p.refused_folder);
    free(p.restored);
    return err;
}
