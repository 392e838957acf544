/* SPDX-License-Identifier: MIT */
/* writer.h - applications that have registered an instance of their own, and questions to them.
 *
 * The service calls the Writer object on the application's unique name. What the application answers is as hostile as
 * what clients say. */
#ifndef COLDSTREAM_LINUX_SERVICE_WRITER_H
#define COLDSTREAM_LINUX_SERVICE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include <dbus/dbus.h>

#include "base/jet_err.h"
#include "../bus/bus_put.h"

struct call;
struct instance;
struct peer;
struct question;
struct service;

struct writer {
    struct writer *next;
    struct service *service;
    struct peer *peer; /* held */
    char *path;        /* of its object */
    struct instance *instance;
    struct question *questions; /* that wait for an answer */
    unsigned count_unanswered;  /* questions it has not answered, those among them that we have given up, too */
    unsigned count_lost;        /* the latter */
};

/* Why a question has no answer. `name` is an error name that clients may see. */
struct writer_error {
    const char *name, *text;
    jet_err code; /* the nearest */
};

/* `reply` has the signature that was asked for, and `error` is NULL; or the other way round. In the loop. */
typedef void writer_done(void *context, DBusMessage *reply, const struct writer_error *error);

/* A question, its first argument put: further ones go into *put. Then it is sent; `done` runs once, behind the return,
 * unless JET_errOutOfMemory is returned. `signature` of the answer; NULL: any. A writer that owes too many answers is
 * not asked: WriterLost. writer_tell(): no answer is wanted. Both take the message, which may be NULL. */
DBusMessage *writer_question(struct writer *writer, const char *verb, uint32_t number, struct bus_put *put);
DBusMessage *writer_question_bare(struct writer *writer, const char *verb, struct bus_put *put); /* without a number */
DBusMessage *writer_question_stop(struct writer *writer, const char *reason,
                                  struct bus_put *put); /* Stop; the reason is cut */
jet_err writer_send(struct writer *writer, DBusMessage *question, const struct bus_put *put, const char *signature,
                    int limit_ms, writer_done *done, void *context);
jet_err writer_tell(struct writer *writer, DBusMessage *message, const struct bus_put *put);

/* Manager.RegisterWriter, Manager.UnregisterWriter: answer the call. */
void writer_register(struct call *call, DBusMessageIter *args);
void writer_unregister(struct call *call, DBusMessageIter *args);

/* Instance.StopBackups of a registered instance: answers the call. */
void writer_stop(struct writer *writer, struct call *call, const char *reason);

/* Writer.Stop without a call that waits. */
void writer_stop_quietly(struct writer *writer, const char *reason);

/* A signal of the interface Writer, from whomever. */
void writer_signal(struct service *service, DBusMessage *signal);

void writer_peer_is_gone(struct service *service, struct peer *peer);

/* All of them, at the end of the service. */
void writer_close_all(struct service *service);

#endif
