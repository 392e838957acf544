/* SPDX-License-Identifier: MIT */
/* coldstream_writer.h - an application lends its instance to the backup service of the machine, org.coldstream.Backup1.
 *
 *     struct cs_writer *writer;
 *     JetInit(&instance); ...
 *     cs_writer_register(instance, "mail", NULL, &writer);
 *     ...
 *     JetTerm(instance);
 *     cs_writer_unregister(writer);
 *
 * From then on the service can back the instance up and freeze it, as `coldstream backup mail` and the freeze hooks of hypervisors ask
 * it to; bytes go straight from this process to whoever takes the backup. Nothing is registered by itself.
 *
 * The application needs no bus, no main loop and no permission for any of this to return success: a registration is pending until
 * there is a bus, a service and its consent, and is tried again whenever one of them comes. One thread and one connection serve all
 * instances of the process; the thread has all signals blocked. A call is obeyed only if it comes from the owner of the
 * service's name, and that runs as root or as the user "coldstream" (or, on a bus that was named in the options, as ourselves).
 *
 * The end of an instance: JetTerm ends what the service does with it (but JetTerm2 without JET_bitTermAbrupt, JET_bitTermStopBackup and
 * JET_bitTermDirty is refused while a backup runs, as ever), and takes back the registration; it waits 5 seconds at most for that.
 * After fork() the child has no registrations: its copies of them can only be thrown away.
 *
 * All functions may be called by any thread. */
#ifndef COLDSTREAM_WRITER_H
#define COLDSTREAM_WRITER_H

#include <stdint.h>

#include <esent.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cs_writer;

struct cs_writer_options {
    uint32_t cbStruct; /* sizeof(struct cs_writer_options) */
    const char *
        bus_address; /* of another bus than the system's, "unix:path=..."; NULL: the system's. One bus for a process: the first
                              * registration decides. */
};

enum cs_writer_state {
    CS_WRITER_PENDING,    /* no bus or no service, or not asked yet */
    CS_WRITER_REGISTERED, /* the service knows the instance */
    CS_WRITER_REFUSED,    /* the service does not want it: cs_writer_error(). Tried again with the next service. */
    CS_WRITER_ENDED,      /* the instance was terminated, or this is a child of fork() */
};

/* Registers a running instance under `label`, 1 to 64 bytes of UTF-8. `options` may be NULL. JET_errInvalidParameter: a label or option
 * that cannot be, another bus than that of the first registration, the instance is registered already; JET_errNotInitialized and
 * others of an instance that does not run; JET_errOutOfMemory, JET_errOutOfThreads. */
JET_ERR cs_writer_register(JET_INSTANCE instance, const char *label, const struct cs_writer_options *options,
                           struct cs_writer **ret_writer);

/* Takes the registration back, and frees it. What the service does with the instance is ended; the instance runs on. Waits 5 seconds at
 * most. NULL is allowed. Always JET_errSuccess. */
JET_ERR cs_writer_unregister(struct cs_writer *writer);

enum cs_writer_state cs_writer_state(struct cs_writer *writer);

/* Why the service refused it last, or what is in the way: text for people, "" if nothing is. At most `size` bytes with its NUL. */
void cs_writer_error(struct cs_writer *writer, char *text, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
