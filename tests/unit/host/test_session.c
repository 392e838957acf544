/* SPDX-License-Identifier: MIT */
/* test_session.c - clients and the service of core/host, with nothing between them but the bytes of wire/wire.h: what a
 * client of the command line asks (tool/service_wire.h) is answered by a session over live instances. */
#include "host/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/instance_use.h"
#include "support/temp_folder.h"
#include "tool/service_wire.h"

#define OK(call) assert_int_equal((call), JET_errSuccess)

enum { PATIENCE_MS = 60000, LOOK_MS = 20 };

/* ---- the service ---- */

struct world {
    struct temp_folder *folder;
    struct config *config;
    struct hosting *hosting;
    atomic_int holders;  /* freezing without a released */
    atomic_int stopped;  /* backups that ended as stopped */
    atomic_int deadline; /* freezes that a deadline has ended */
};

static char *own(const char *text)
{
    char *made;
    assert_true(text_copy(text, &made));
    return made;
}

static void add_instance(struct world *world, const char *label)
{
    struct config_instance *instance = calloc(1, sizeof *instance);
    char name[40];
    assert_non_null(instance);
    instance->next = world->config->instances;
    world->config->instances = instance;
    instance->label = own(label);
    instance->system_path = own(temp_folder_path(world->folder, label));
    (void)snprintf(name, sizeof name, "%s/a.edb", label);
    instance->databases[0] = own(temp_folder_path(world->folder, name));
    instance->count_databases = 1;
    instance->base_name = own("edb");
    instance->make_missing = true;
    instance->log_file_kib = 128;
    instance->file = "test";
}

static void freezing(void *context)
{
    atomic_fetch_add(&((struct world *)context)->holders, 1);
}

static void released(void *context)
{
    atomic_fetch_sub(&((struct world *)context)->holders, 1);
}

static void thawed(void *context, uint32_t count, jet_err err)
{
    (void)count;
    if (err == JET_errOSSnapshotTimeOut)
        atomic_fetch_add(&((struct world *)context)->deadline, 1);
}

static void backup_ended(void *context, const char *label, jet_err err, const char *reason)
{
    (void)label;
    (void)reason;
    if (err == JET_errBackupAbortByServer)
        atomic_fetch_add(&((struct world *)context)->stopped, 1);
}

static int setup(void **state)
{
    static struct world world;
    void *folder;
    if (temp_folder_setup(&folder) != 0)
        return -1;
    world = (struct world){.folder = folder};
    const struct hosting_listener listener = {&world, .freezing = freezing, .released = released, .thawed = thawed,
                                              .backup_ended = backup_ended};
    OK(config_defaults(&world.config));
    add_instance(&world, "shop");
    add_instance(&world, "mail");
    OK(hosting_open(world.config, &listener, &world.hosting));
    assert_true(hosting_wait_opened(world.hosting, PATIENCE_MS));
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    hosting_close(world->hosting, NULL, NULL);
    assert_int_equal(atomic_load(&world->holders), 0);
    config_free(world->config);
    return temp_folder_teardown(&folder);
}

/* ---- a client ---- */

/* Both ends of a connection. */
struct loop {
    struct session *session;
    uint8_t *asked, *reply;
    size_t asked_size, reply_size, reply_at;
};

static void add_bytes(uint8_t **to, size_t *to_size, const void *bytes, size_t size)
{
    uint8_t *grown = realloc(*to, *to_size + size + 1);
    assert_non_null(grown);
    if (size > 0)
        memcpy(grown + *to_size, bytes, size);
    *to = grown;
    *to_size += size;
}

static void take_reply(struct loop *loop, const struct wire_reply *reply)
{
    uint8_t *frame, header[WIRE_HEADER_SIZE];
    size_t size;
    loop->reply_size = loop->reply_at = 0;
    if (reply->kind != WIRE_REPLY_DATA) {
        OK(wire_reply_encode(reply, &frame, &size));
        add_bytes(&loop->reply, &loop->reply_size, frame, size);
        free(frame);
        return;
    }
    const void *bytes = session_data(loop->session, &size);
    wire_header_encode((uint32_t)size, WIRE_REPLY_DATA, header);
    add_bytes(&loop->reply, &loop->reply_size, header, sizeof header);
    add_bytes(&loop->reply, &loop->reply_size, bytes, size);
}

static jet_err loop_send(void *context, const void *bytes, size_t size, struct os_event *stop)
{
    struct loop *loop = context;
    struct wire_request request;
    (void)stop;
    loop->asked_size = 0;
    add_bytes(&loop->asked, &loop->asked_size, bytes, size);
    const struct wire_header header = wire_header_decode(loop->asked);
    assert_int_equal(header.size, size - WIRE_HEADER_SIZE);
    OK(wire_request_decode(&header, loop->asked + WIRE_HEADER_SIZE, &request));
    take_reply(loop, session_answer(loop->session, &request));
    wire_request_done(&request);
    return JET_errSuccess;
}

static jet_err loop_receive(void *context, void *bytes, size_t size, struct os_event *stop)
{
    struct loop *loop = context;
    (void)stop;
    assert_true(size <= loop->reply_size - loop->reply_at);
    memcpy(bytes, loop->reply + loop->reply_at, size);
    loop->reply_at += size;
    return JET_errSuccess;
}

static void loop_close(void *context)
{
    struct loop *loop = context;
    session_free(loop->session);
    free(loop->asked);
    free(loop->reply);
    free(loop);
}

static struct service *connect_to(struct world *world, struct loop **ret_loop)
{
    struct loop *loop = calloc(1, sizeof *loop);
    struct service *service;
    assert_non_null(loop);
    OK(session_new(world->hosting, &loop->session));
    const struct service_transport transport = {loop, loop_send, loop_receive, loop_close};
    OK(service_wire_new(&transport, NULL, &service));
    if (ret_loop)
        *ret_loop = loop;
    return service;
}

static void leave(struct service *service)
{
    service->ops->free(service);
}

static struct sender begin(struct service *client, const char *label)
{
    const struct service_backup_request request = {.label = label};
    struct sender sender = client->ops->backup(client, &request);
    OK(sender.begin(sender.context, NULL));
    return sender;
}

/* Begun, with its first database open. */
static struct sender begin_and_open(struct service *client, const char *label)
{
    struct sender sender = begin(client, label);
    struct sender_list list;
    uint64_t size;
    OK(sender.databases(sender.context, &list));
    assert_int_equal(list.count, 1);
    OK(sender.open(sender.context, list.files[0].path, &size));
    return sender;
}

static bool is_frozen(struct service *client)
{
    struct service_status status;
    OK(client->ops->status(client, NULL, &status));
    const bool frozen = status.is_frozen;
    assert_int_equal(strcmp(status.state, "frozen") == 0, frozen);
    service_status_done(&status);
    return frozen;
}

static uint32_t thaw(struct service *client)
{
    uint32_t count = 99;
    OK(client->ops->thaw(client, &count));
    return count;
}

/* ---- tests ---- */

static void status_tells_of_every_instance(void **state)
{
    struct service *client = connect_to(*state, NULL);
    struct service_status status;
    OK(client->ops->status(client, NULL, &status));
    assert_string_equal(status.state, "running");
    assert_int_equal(status.instance_count, 2);
    assert_string_equal(status.instances[0].label, "mail");
    assert_string_equal(status.instances[0].state, "running");
    assert_string_equal(status.instances[0].kind, "configured");
    assert_int_equal(status.instances[0].database_count, 1);
    assert_true(status.instances[0].current_generation > 0);
    assert_false(status.instances[0].backup.is_there);
    service_status_done(&status);
    OK(client->ops->status(client, "shop", &status));
    assert_int_equal(status.instance_count, 1);
    assert_string_equal(status.instances[0].label, "shop");
    service_status_done(&status);
    leave(client);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct service *client = connect_to(*state, NULL);
    struct service_status status;
    char *labels[] = {own("nobody")};
    const struct service_freeze_request freeze = {labels, 1, 1000, false, false};
    const struct service_backup_request request = {.label = "nobody"};
    const struct sender sender = client->ops->backup(client, &request);
    uint32_t count;
    assert_int_equal(client->ops->status(client, "nobody", &status), JET_errInvalidInstance);
    service_status_done(&status);
    assert_int_equal(client->failure.status, EXIT_STATUS_NOT_FOUND);
    assert_int_equal(client->ops->stop_backups(client, "nobody", "", &count), JET_errInvalidInstance);
    assert_int_equal(client->ops->freeze(client, &freeze), JET_errInvalidInstance);
    assert_int_equal(sender.begin(sender.context, NULL), JET_errInvalidInstance);
    assert_int_equal(client->failure.status, EXIT_STATUS_NOT_FOUND);
    free(labels[0]);
    leave(client);
}

static void read_file(const struct sender *sender, const struct sender_file *file)
{
    static uint8_t buffer[65536];
    uint64_t size, came = 0;
    size_t actual = 1;
    OK(sender->open(sender->context, file->path, &size));
    assert_true(size > 0);
    while (actual > 0) {
        OK(sender->read(sender->context, buffer, sizeof buffer, &actual));
        came += actual;
    }
    assert_int_equal(came, size);
    OK(sender->close(sender->context));
}

static void a_backup_comes_whole_and_is_recorded(void **state)
{
    struct service *client = connect_to(*state, NULL);
    struct sender sender = begin(client, "mail");
    struct service_status status;
    struct sender_list list;
    lgen_t first, last;
    OK(sender.databases(sender.context, &list));
    read_file(&sender, &list.files[0]);
    OK(sender.logs(sender.context, &list, &first, &last));
    assert_true(list.count > 0 && first > 0 && last >= first);
    for (size_t i = 0; i < list.count; i++)
        read_file(&sender, &list.files[i]);
    OK(client->ops->status(client, "mail", &status));
    assert_true(status.instances[0].backup.is_there);
    assert_string_equal(status.instances[0].backup.phase, "logs");
    assert_true(status.instances[0].backup.bytes_done > 0);
    service_status_done(&status);
    OK(sender.truncate(sender.context));
    sender.end(sender.context, true);
    do { /* the instance looks again when the backup has ended */
        service_status_done(&status);
        OK(client->ops->status(client, "mail", &status));
    } while (status.instances[0].last_full.time_us == 0);
    assert_int_equal(status.active_backups, 0);
    service_status_done(&status);
    leave(client);
}

static void only_listed_files_are_opened_and_one_at_a_time(void **state)
{
    struct service *client = connect_to(*state, NULL);
    struct sender sender = begin(client, "mail");
    uint64_t size;
    assert_int_equal(sender.open(sender.context, "/etc/passwd", &size), JET_errFileNotFound);
    sender.end(sender.context, false);
    sender = begin_and_open(client, "mail");
    assert_int_equal(sender.open(sender.context, "x", &size), JET_errInvalidBackupSequence);
    sender.end(sender.context, false);
    assert_true(sender.close(sender.context) < JET_errSuccess);
    leave(client);
}

static void a_stop_ends_the_backup_of_another_client(void **state)
{
    struct world *world = *state;
    struct service *client = connect_to(world, NULL), *other = connect_to(world, NULL);
    struct sender sender = begin_and_open(client, "mail");
    const struct service_backup_request request = {.label = "mail"};
    const struct sender late = other->ops->backup(other, &request);
    uint8_t buffer[4096];
    size_t actual;
    uint32_t count = 0;
    assert_int_equal(late.begin(late.context, NULL), JET_errBackupInProgress);
    assert_int_equal(other->failure.status, EXIT_STATUS_BUSY);
    OK(other->ops->stop_backups(other, "mail", "maintenance", &count));
    assert_int_equal(count, 1);
    assert_int_equal(sender.read(sender.context, buffer, sizeof buffer, &actual), JET_errBackupAbortByServer);
    assert_int_equal(client->failure.status, EXIT_STATUS_STOPPED);
    assert_string_equal(sender.reason(sender.context), "maintenance");
    assert_int_equal(sender.close(sender.context), JET_errBackupAbortByServer);
    OK(other->ops->stop_backups(other, NULL, "again", &count));
    assert_int_equal(count, 0);
    sender.end(sender.context, false);
    assert_int_equal(atomic_load(&world->stopped), 1);
    sender = begin(other, "mail");
    sender.end(sender.context, false);
    leave(client);
    leave(other);
}

static void the_backup_of_a_client_that_is_gone_is_over(void **state)
{
    struct service *client = connect_to(*state, NULL), *other = connect_to(*state, NULL);
    (void)begin_and_open(client, "mail");
    leave(client);
    struct sender sender = begin(other, "mail");
    sender.end(sender.context, false);
    leave(other);
}

/* The thread of a client's connection, which waits for the client and for the bell. */
struct sleeper {
    struct session *session;
    atomic_bool is_over;
};

static void sleep_at_bell(void *context)
{
    struct sleeper *sleeper = context;
    while (!atomic_load(&sleeper->is_over))
        if (os_event_wait(session_bell(sleeper->session), LOOK_MS))
            session_attend(sleeper->session);
}

static void a_freeze_takes_the_instance_from_a_client_that_sleeps(void **state)
{
    struct world *world = *state;
    struct loop *loop;
    struct service *client = connect_to(world, &loop), *other = connect_to(world, NULL);
    const struct service_freeze_request everything = {NULL, 0, 600000, false, false};
    struct sender sender = begin_and_open(client, "mail");
    struct sleeper sleeper = {.session = loop->session};
    struct os_thread *thread;
    uint8_t buffer[4096];
    size_t actual;
    OK(os_thread_start(sleep_at_bell, &sleeper, &thread));
    OK(other->ops->freeze(other, &everything));
    atomic_store(&sleeper.is_over, true);
    os_thread_join(thread);
    assert_true(is_frozen(other));
    assert_int_equal(atomic_load(&world->holders), 1);
    assert_int_equal(sender.read(sender.context, buffer, sizeof buffer, &actual), JET_errBackupAbortByServer);
    assert_int_equal(thaw(other), 2);
    assert_int_equal(atomic_load(&world->holders), 0);
    struct sender next = begin(other, "mail"); /* though the stopped client has not ended its own */
    sender.end(sender.context, false);
    next.end(next.context, false);
    leave(client);
    leave(other);
}

static void a_frozen_instance_begins_no_backup(void **state)
{
    struct service *client = connect_to(*state, NULL);
    const struct service_freeze_request everything = {NULL, 0, 600000, false, false};
    const struct service_backup_request request = {.label = "mail"};
    const struct sender sender = client->ops->backup(client, &request);
    OK(client->ops->freeze(client, &everything));
    assert_int_equal(sender.begin(sender.context, NULL), JET_errBackupNotAllowedYet);
    assert_int_equal(client->failure.status, EXIT_STATUS_BUSY);
    assert_int_equal(client->ops->freeze(client, &everything), JET_errOSSnapshotInvalidSequence);
    assert_int_equal(client->failure.status, EXIT_STATUS_BUSY);
    assert_int_equal(thaw(client), 2);
    assert_int_equal(thaw(client), 0);
    leave(client);
}

static void a_freeze_ends_with_its_client_unless_it_was_kept(void **state)
{
    struct world *world = *state;
    struct service *client = connect_to(world, NULL), *other = connect_to(world, NULL);
    struct service_freeze_request everything = {NULL, 0, 600000, false, false};
    OK(client->ops->freeze(client, &everything));
    assert_true(is_frozen(other));
    assert_int_equal(thaw(other), 0); /* it is another's */
    assert_true(is_frozen(other));
    leave(client);
    assert_false(is_frozen(other));
    client = connect_to(world, NULL);
    everything.is_detached = true;
    OK(client->ops->freeze(client, &everything));
    leave(client);
    assert_true(is_frozen(other));
    assert_int_equal(thaw(other), 2);
    assert_false(is_frozen(other));
    leave(other);
}

static void a_thaw_behind_the_deadline_says_so_once(void **state)
{
    struct world *world = *state;
    struct service *client = connect_to(world, NULL);
    const struct service_freeze_request short_one = {NULL, 0, 1000, true, false};
    uint32_t count;
    OK(client->ops->freeze(client, &short_one));
    while (atomic_load(&world->deadline) == 0)
        (void)is_frozen(client);
    assert_int_equal(client->ops->thaw(client, &count), JET_errOSSnapshotTimeOut);
    assert_int_equal(client->failure.status, EXIT_STATUS_FREEZE_TIMEOUT);
    assert_int_equal(thaw(client), 0);
    leave(client);
}

static void what_is_no_request_is_refused_and_the_session_goes_on(void **state)
{
    struct world *world = *state;
    struct session *session;
    OK(session_new(world->hosting, &session));
    assert_int_equal(session_refuse(session, "no")->kind, WIRE_REPLY_FAILED);
    static const enum wire_kind without_backup[] = {WIRE_DATABASES, WIRE_LOGS,     WIRE_READ,
                                                    WIRE_CLOSE,     WIRE_TRUNCATE, WIRE_END};
    for (size_t i = 0; i < COUNT_OF(without_backup); i++) {
        const struct wire_request request = {.kind = without_backup[i], .label = "", .text = ""};
        const struct wire_reply *reply = session_answer(session, &request);
        assert_int_equal(reply->kind, WIRE_REPLY_FAILED);
        assert_int_equal(reply->err, JET_errNoBackup);
    }
    session_free(session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(status_tells_of_every_instance),
        TEST(what_is_not_there_is_not_found),
        TEST(a_backup_comes_whole_and_is_recorded),
        TEST(only_listed_files_are_opened_and_one_at_a_time),
        TEST(a_stop_ends_the_backup_of_another_client),
        TEST(the_backup_of_a_client_that_is_gone_is_over),
        TEST(a_freeze_takes_the_instance_from_a_client_that_sleeps),
        TEST(a_frozen_instance_begins_no_backup),
        TEST(a_freeze_ends_with_its_client_unless_it_was_kept),
        TEST(a_thaw_behind_the_deadline_says_so_once),
        TEST(what_is_no_request_is_refused_and_the_session_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
