/* SPDX-License-Identifier: MIT */
/* private_bus.h - a bus of our own for a test, and a service on it that says yes to everything.
 *
 * The service's connection is used by the test's thread alone. Include <cmocka.h> with what it needs before this. */
#ifndef TESTS_PRIVATE_BUS_H
#define TESTS_PRIVATE_BUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <dbus/dbus.h>

struct private_bus {
    pid_t pid; /* 0: it does not run */
    char folder[40], address[80];
};

/* False: there is no dbus-daemon. */
bool private_bus_start(struct private_bus *bus);
void private_bus_stop(struct private_bus *bus);    /* also one that does not run */
void private_bus_restart(struct private_bus *bus); /* at the same address */
void private_bus_free(struct private_bus *bus);

/* A connection to it; the test fails if there is none. */
DBusConnection *private_bus_connect(const struct private_bus *bus);
void private_bus_disconnect(DBusConnection *connection);

/* ---- the service ---- */

struct fake_service {
    DBusConnection *connection;
    /* what the writers have said */
    unsigned registrations, withdrawals, stops, progress;
    char label[80], writer[80], sender[80]; /* of the last registration */
    char state[20];                         /* of the last StateChanged */
    char reason[160];                       /* of the last Stopped */
    bool refuses;
};

void fake_service_start(struct fake_service *service, const struct private_bus *bus);
void fake_service_stop(struct fake_service *service);

/* Serves until `*number` is at least `least`, or the patience is over: then the test fails. */
void fake_service_wait(struct fake_service *service, const unsigned *number, unsigned least);
/* ... for so long */
void fake_service_serve(struct fake_service *service, int ms);

/* Calls the writer; arguments as for dbus_message_append_args(). The reply, which may be an error; it serves
 * meanwhile. */
DBusMessage *fake_service_call(struct fake_service *service, const char *method, int first_type, ...);

/* "" if it is none */
const char *error_name(DBusMessage *reply);

#endif
