/* SPDX-License-Identifier: MIT */
/* vss_writer_internal.h - the writer, for its thread (vss_writer.c) and for the methods that VSS calls
 * (vss_event.c). */
#ifndef COLDSTREAM_WINDOWS_VSS_WRITER_INTERNAL_H
#define COLDSTREAM_WINDOWS_VSS_WRITER_INTERNAL_H

#include <stdatomic.h>

#include "jet/freezer.h"
#include "os/os_thread.h"
#include "vss_choice.h"
#include "vss_object.h"
#include "vss_report.h"
#include "vss_writer.h"

struct vss_writer {
    /* fixed when it is opened */
    struct vss_writer_host host;
    wchar_t *name, *service_name, *library_path;
    bool sets_security;
    struct freezer *freezer;
    struct vss_reports reports;
    struct os_thread *thread;
    struct os_event *started; /* `start_error` and `text` are there */
    struct os_event *wake;    /* the thread: is something due, or to be ended? */
    _Atomic bool is_ending;
    jet_err start_error;
    char text[VSS_WRITER_TEXT_SIZE];
    /* the thread's, and its methods' */
    struct vss_library library;
    struct vss_object object;
    SRWLOCK lock;
    /* guarded by lock, which is held for some instructions */
    struct vss_choice *choice;  /* of what is announced or held; NULL: none, or in the hands of a method */
    VSS_ID set_id, last_set_id; /* of the set that is being made or was made; of the one before */
    bool has_set_id, has_last_set_id;
};

extern const struct vss_methods vss_methods;

/* The choice changes hands: whoever takes it puts it back, or ends it. */
struct vss_choice *vss_writer_take_choice(struct vss_writer *w);
void vss_writer_put_choice(struct vss_writer *w, struct vss_choice *choice); /* in place of the former; NULL: none */

/* Nothing is held any more. */
void vss_writer_forget_set(struct vss_writer *w);

/* Everything is given back, whoever runs; what was held back is told. */
void vss_writer_abort(struct vss_writer *w);

#endif
