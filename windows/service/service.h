/* SPDX-License-Identifier: MIT */
/* service.h - what coldstreamd.exe is when it runs, under the service control manager or in a console: from the
 * configuration to the clean end. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_SERVICE_H
#define COLDSTREAM_WINDOWS_SERVICE_SERVICE_H

#include "base/compiler.h"
#include "event.h"
#include "os/os_thread.h"

enum service_phase { SERVICE_PHASE_STARTING, SERVICE_PHASE_RUNNING, SERVICE_PHASE_STOPPING };

/* What a service's process says at its end; the manager shows it as the service's own exit code. */
enum service_exit {
    SERVICE_EXIT_DONE = 0,
    SERVICE_EXIT_FAILED = 1,        /* it could not start */
    SERVICE_EXIT_CONFIGURATION = 2, /* likewise: the configuration is wrong */
};

struct service_order {
    const wchar_t *name;
    const wchar_t *config; /* NULL: the usual file */
    struct event_log *log;
    struct os_event *stop; /* who sets it wants the service to end */
    void *context;
    /* Called by the thread that runs the service: at the beginning of each phase and, while it starts or stops, once a
     * second or so: it is alive. May be NULL. */
    void (*tell)(void *context, enum service_phase phase);
};

enum service_exit service_run(const struct service_order *order);

/* Reads the configuration, and says on the standard streams what is in it or what is wrong. */
enum service_exit service_check_config(const wchar_t *config);

#endif
