/* SPDX-License-Identifier: MIT */
/* coldstream_internal.h - one operation of a job, as coldstream.c frames it and coldstream_backup.c,
 * coldstream_verify.c and coldstream_restore.c carry it out. */
#ifndef COLDSTREAM_JET_COLDSTREAM_INTERNAL_H
#define COLDSTREAM_JET_COLDSTREAM_INTERNAL_H

#include "backup/set_verify.h"
#include "jet/coldstream.h"
#include "os/os_thread.h"
#include "storage/database_file.h"

struct backup;
struct backup_source;
struct deep_counts;

struct operation {
    struct coldstream_job *job;
    struct coldstream_summary *summary;
    struct finding_listener found;       /* counts, and passes on to the job's callback */
    struct coldstream_progress progress; /* of the file at work */
    uint64_t told_ns;                    /* when progress was last told; 0: never */
    struct backup_source *stream;        /* of coldstream_receive(), for its extent; NULL: the source is another */
    const struct deep_counts *deep;      /* of the file that operation_file() tells next; NULL: nobody looked into it */
};

/* Starts: the summary is zero, findings are counted. */
void operation_begin(struct operation *o, struct coldstream_job *job, const char *phase,
                     struct coldstream_summary *summary);

/* Ends: makes sure that somebody said why it failed, of `name`; a stop that took effect is used up. Returns `err`. */
jet_err operation_end(struct operation *o, const char *name, jet_err err);

/* What operations wait on and look at. */
struct os_event *operation_stop(struct operation *o);

/* The machine whose backup a stop has to reach, from publish to unpublish. */
void operation_publish(struct operation *o, struct backup *machine);
void operation_unpublish(struct operation *o);

/* Tells progress, but not more often than is of use to anybody. */
void operation_progress(struct operation *o, const char *file, unsigned index, uint64_t bytes_done);

/* A file was dealt with. `digest`: NULL if none was made. */
void operation_file(struct operation *o, const char *name, enum backup_file_kind role, uint64_t size,
                    const struct database_page_counts *counts, const uint8_t *digest);

/* For set_verify() and set_restore(): options that report to the operation, which is their context. */
struct set_verify_options operation_set_options(struct operation *o);

/* What a set says about itself goes into the summary. */
void operation_set_result(struct operation *o, struct set_verify_result *result);

#endif
