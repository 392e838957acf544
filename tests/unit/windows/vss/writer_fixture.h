/* SPDX-License-Identifier: MIT */
/* writer_fixture.h - a running instance, "bank" to VSS, and a writer for it on a double of vssapi.dll. */
#ifndef TESTS_WRITER_FIXTURE_H
#define TESTS_WRITER_FIXTURE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "../../jet/backup_fixture.h"
#include "vssapi_double.h"
#include "../../../../windows/vss/vss_writer_internal.h"

enum { WRITER_EVENT_COUNT = VSS_EVENT_FAILED + 1, BANK_COMPONENTS = 2 };

struct writer_fixture {
    struct backup_fixture backup; /* first */
    const struct double_controls *vss;
    struct vss_writer *writer;
    struct vss_writer_host host;
    bool has_no_instance;
    const char *service_name; /* NULL: the writer is none of a service */
    bool has_helpers;         /* the double has the helpers of the class, or its interface */
    struct double_component components[BANK_COMPONENTS];
    atomic_uint reports[WRITER_EVENT_COUNT];
    atomic_bool is_held;
    atomic_bool is_wrong;          /* a report came while it was held */
    struct os_event *reported;     /* some report came */
    struct os_event *held, *go_on; /* if not NULL: a freeze that is about to begin waits there */
    char text[VSS_WRITER_TEXT_SIZE];
};

/* The double's file, beside the program; NULL: the system's vssapi.dll. Set by main(). */
extern const wchar_t *writer_fixture_library;

/* The writer is open, with the limits that are usual. Teardown wants the double to have found no fault. */
int writer_fixture_setup(void **state);
int writer_fixture_teardown(void **state);

/* Opens it (anew) with other limits; 0: usual. */
void writer_fixture_open(struct writer_fixture *fixture, uint32_t until_thaw_ms, uint32_t until_end_ms);

/* A new requester has selected all components of the instance, for a backup of this type. */
void writer_fixture_select(struct writer_fixture *fixture, VSS_BACKUP_TYPE type);

/* One event from beginning to end. */
bool writer_fixture_fire(struct writer_fixture *fixture, enum double_event event, HRESULT *ret_failure);

/* The event must be answered so. */
#define FIRE(fixture, event)                fire_well(fixture, event)
#define FIRE_BADLY(fixture, event, failure) fire_badly(fixture, event, failure)
void fire_well(struct writer_fixture *fixture, enum double_event event);
void fire_badly(struct writer_fixture *fixture, enum double_event event, HRESULT failure);

/* No gate, no freeze, no session: a streaming backup can be made, and a row committed. */
void assert_nothing_is_held(struct writer_fixture *fixture);

/* Commits a record. */
void writer_fixture_insert(struct writer_fixture *fixture, int id);

#endif
