/* SPDX-License-Identifier: MIT */
/* vss_writer.h - the VSS writer: the door between Windows' shadow copies and the instances of this process.
 *
 *   vss_writer.c       the writer's thread, its life, its limits
 *   vss_event.c        from the events of VSS to the steps of a freeze (jet/freezer.h): one function for each slot of the vtable
 *   vss_choice.c       which instances a backup means, and whether all of them were saved
 *   vss_metadata.c     what VSS is told of instances and files
 *   vss_instance.c     the instances and their files, as paths of Windows
 *   vss_object.c       the object that VSS calls: vtable and private word; the two ways to hand it to vssapi.dll
 *   vss_library.c      vssapi.dll, loaded at run time; every helper in it may be missing
 *   vss_report.c       what people are told, kept back while anything is frozen
 *
 * Hosts are the service, and windows/writer for applications.
 *
 * One writer for a process: one class of writers, whose id never changes, and an instance name that tells this process
 * from others and is the same after every start. x64 only: Windows has no writers under WOW64.
 *
 * THREADS. VSS calls on threads of its own. The writer's thread belongs to COM's multithreaded apartment, is there from
 * open to close, and ends what lasts too long. Callbacks come from any of them, with nothing locked, and never while an
 * instance is frozen.
 *
 * A writer that VSS does not want, or a system without VSS, is an error of the open, with a text; nothing else is then
 * different. */
#ifndef COLDSTREAM_WINDOWS_VSS_WRITER_H
#define COLDSTREAM_WINDOWS_VSS_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "os/os_event_log.h"

struct vss_writer;

/* An instance that may be in shadow copies. `handle` is the very one that instance_very_handle() gives. */
struct vss_named_instance {
    JET_INSTANCE handle;
    const char *name; /* UTF-8, the same after every start: backups name it so; no backslash in front or at the end */
};

/* What the writer has to tell people: for the event log. */
enum vss_event {
    VSS_EVENT_SUBSCRIBED,   /* the writer is known to VSS */
    VSS_EVENT_UNSUBSCRIBED, /* and is not any more */
    VSS_EVENT_PREPARED,     /* streaming backups were stopped for a shadow copy */
    VSS_EVENT_FROZEN,
    VSS_EVENT_THAWED,
    VSS_EVENT_COMPLETED, /* a backup was noted in the databases, and its logs were deleted where they may be */
    VSS_EVENT_NOT_SAVED, /* the requester did not say that everything was saved: nothing was noted or deleted */
    VSS_EVENT_ABORTED,
    VSS_EVENT_EXPIRED, /* nobody ended it: the writer did */
    VSS_EVENT_FAILED,  /* a step: `err` */
};

struct vss_report {
    enum vss_event event;
    enum os_event_severity severity;
    jet_err err;      /* JET_errSuccess: none */
    const char *text; /* one line of English, UTF-8; lives during the call */
};

struct vss_writer_host {
    void *context;
    /* Calls `visit` for every instance that runs now. May be called at any time, also while they are frozen; must not
     * wait for disks. What it gives lives during the call of `visit`, whose error ends it and is the result. */
    jet_err (*each)(void *context, jet_err (*visit)(void *visit_context, const struct vss_named_instance *instance),
                    void *visit_context);
    /* True: from now on nothing may be written that is not ours alone, also no log: volumes may be frozen, and who
     * waits for one may be waited for. False: again. Each true is followed by a false. NULL: nobody has to know. */
    void (*hold)(void *context, bool is_held);
    /* May write to disks: not called while held. NULL: nobody wants to know. */
    void (*report)(void *context, const struct vss_report *report);
};

/* All texts are copied; UTF-8. */
struct vss_writer_options {
    const char
        *name; /* of this process among the writers of the class: the service's name, or what the host persists */
    const char *
        service_name; /* the service that a restore has to stop and start; NULL: files can be replaced when nobody has them open */
    bool
        sets_security; /* the process leaves the security of COM to the writer: a service's writer; never a library's */
    uint32_t
        until_thaw_ms; /* how long streaming backups are held off for a shadow copy that does not come; 0: 30 minutes */
    uint32_t until_end_ms;  /* how long a shadow copy waits for the end of its backup; 0: 24 hours */
    const wchar_t *library; /* another vssapi.dll; NULL: the system's */
};

enum { VSS_WRITER_TEXT_SIZE = 256 };

/* Initialises the writer and subscribes it; waits for VSS. On failure `text` (of VSS_WRITER_TEXT_SIZE bytes) says why,
 * in one line; else it is "":
 *      JET_errFeatureNotAvailable   no VSS: not in this system, not in this mode of it (safe mode, set-up), not for a 32-bit process
 *      JET_errAccessDenied          the account may not have writers
 *      JET_errInvalidParameter      a name is missing; there is a writer already
 *      JET_errOutOfMemory, JET_errOutOfThreads, JET_errInternalError (VSS failed) */
MUST_CHECK jet_err vss_writer_open(const struct vss_writer_options *options, const struct vss_writer_host *host,
                                   char *text, struct vss_writer **ret_writer);

/* Unsubscribes, which waits for the events that are being worked on, and gives back whatever is held: gates, a freeze,
 * a session. Behind this no callback comes. Close it before the instances. Takes NULL. */
void vss_writer_close(struct vss_writer *w);

/* The instance is about to stop: a shadow copy that has chosen it is aborted, whole. Any thread; not from a
 * callback. */
void vss_writer_let_go(struct vss_writer *w, JET_INSTANCE handle);

/* Is anything held: from the announcement of a shadow copy to the end of its backup? */
bool vss_writer_is_busy(struct vss_writer *w);

#endif
