/* SPDX-License-Identifier: MIT */
/* coldstream_writer.h - an application lends its instance to those who make backups and snapshots of the machine: to
 * the backup service org.coldstream.Backup1 on Linux, to VSS on Windows.
 *
 *     struct cs_writer *writer;
 *     JetInit(&instance); ...
 *     cs_writer_register(instance, "mail", NULL, &writer);
 *     ...
 *     JetTerm(instance);
 *     cs_writer_unregister(writer);
 *
 * Nothing is registered by itself. The application needs no bus, no VSS, no main loop and no permission for any of this
 * to return success: it works as ever where one of them is missing, and the state says so. One thread serves all
 * instances of the process.
 *
 * ON LINUX the service can from then on back the instance up and freeze it, as `coldstream backup mail` and the freeze
 * hooks of hypervisors ask it to; bytes go straight from this process to whoever takes the backup. A registration is
 * pending until there is a bus, a service and its consent, and is tried again whenever one of them comes. The thread
 * has all signals blocked, and one connection. A call is obeyed only if it comes from the owner of the service's name,
 * and that runs as root or as the user "coldstream" (or, on a bus that was named in the options, as ourselves). After
 * fork() the child has no registrations: its copies of them can only be thrown away.
 *
 * ON WINDOWS the process is a VSS writer from its first registration to the end of its last ("Coldstream ESE Writer" in
 * `vssadmin list writers`), called like the label of the first. In every shadow copy of their volumes the instances are
 * frozen, streaming backups of them are stopped before, and a requester that says that all was saved has their logs
 * truncated. The account must be one that may have writers: Local System, an administrator, a backup operator, or one
 * that is entered for it. 64 bit only: a 32-bit library does not have these functions, as Windows has no writers in
 * such processes. The security of COM is the application's.
 *
 * The end of an instance: JetTerm ends what is done with it (but JetTerm2 without JET_bitTermAbrupt,
 * JET_bitTermStopBackup and JET_bitTermDirty is refused while a backup runs, as ever), and takes back the registration;
 * it waits 5 seconds at most for that.
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
    /* Linux: of another bus than the system's, "unix:path=..."; NULL: the system's. One bus for a process: the first
     * registration decides. Windows: NULL. */
    const char *bus_address;
};

enum cs_writer_state {
    CS_WRITER_PENDING,    /* Linux: no bus or no service, or not asked yet */
    CS_WRITER_REGISTERED, /* the service, or VSS, knows the instance */
    CS_WRITER_REFUSED, /* or does not want it: cs_writer_error(). Tried again: next service; on Windows, next registration */
    CS_WRITER_ENDED, /* the instance was terminated, or this is a child of fork() */
};

/* Registers a running instance under `label`, 1 to 64 bytes of UTF-8, without control characters and, on Windows,
 * backslashes. `options` may be NULL. On Windows it waits for VSS. JET_errInvalidParameter: a label or option that
 * cannot be, another bus than that of the first registration, the instance is registered already, or on Windows another
 * one under this label; JET_errNotInitialized and others of an instance that does not run; JET_errOutOfMemory,
 * JET_errOutOfThreads. */
JET_ERR cs_writer_register(JET_INSTANCE instance, const char *label, const struct cs_writer_options *options,
                           struct cs_writer **ret_writer);

/* Takes the registration back, and frees it. What is done with the instance is ended; the instance runs on. Waits 5
 * seconds at most, on Windows for VSS. NULL is allowed. Always JET_errSuccess. */
JET_ERR cs_writer_unregister(struct cs_writer *writer);

enum cs_writer_state cs_writer_state(struct cs_writer *writer);

/* Why it was refused last, or what is in the way: text for people, "" if nothing is. At most `size` bytes with its
 * NUL. */
void cs_writer_error(struct cs_writer *writer, char *text, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
