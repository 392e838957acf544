/* SPDX-License-Identifier: MIT */
/* service_wire.c - each call is a request and its reply. A call that is left in the middle leaves the connection
 * useless, and what it owns at the other end ends with it: so Ctrl-C during a freeze or a backup undoes it. */
#include "tool/service_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

struct wire_service {
    struct service service;
    struct service_transport transport;
    bool is_broken;
    uint8_t *payload;
    struct wire_reply reply; /* of the last call; its texts are in `payload` */
    struct service_backup_request request;
    struct os_event *stop; /* the backup's; NULL: the service's own */
    uint64_t size, received;
    struct sender_file *databases, *logs;
    size_t database_count, log_count;
};

static struct wire_service *of(struct service *service)
{
    return (struct wire_service *)(void *)service;
}

static jet_err fail(struct wire_service *wire, enum exit_status status, jet_err err, const char *text)
{
    wire->service.failure.status = status;
    (void)snprintf(wire->service.failure.text, sizeof wire->service.failure.text, "%s", text);
    return err;
}

/* ---- one call ---- */

static jet_err moved(struct wire_service *wire, jet_err err)
{
    if (err >= JET_errSuccess)
        return err;
    wire->is_broken = true;
    if (err == JET_errBackupAbortByServer)
        return fail(wire, EXIT_STATUS_STOPPED, err, "interrupted");
    return fail(wire, EXIT_STATUS_NO_SERVICE, JET_errInstanceUnavailable, "the connection to the service has gone");
}

static jet_err other_version(struct wire_service *wire)
{
    wire->is_broken = true;
    return fail(wire, EXIT_STATUS_FAILED, JET_errInternalError,
                "the service answers in another way than this version knows");
}

static jet_err failed_reply(struct wire_service *wire)
{
    const struct wire_reply *reply = &wire->reply;
    enum exit_status status = exit_status_of(reply->err);
    jet_err err = reply->err < JET_errSuccess ? reply->err : JET_errInternalError;
    if (*reply->name)
        err = service_error_named(reply->name, &status);
    return fail(wire, status, err, *reply->text ? reply->text : jet_err_text(err));
}

static jet_err receive_payload(struct wire_service *wire, const struct wire_header *header, struct os_event *stop)
{
    free(wire->payload);
    wire->payload = malloc(header->size > 0 ? header->size : 1);
    if (!wire->payload) {
        wire->is_broken = true;
        return fail(wire, EXIT_STATUS_FAILED, JET_errOutOfMemory, "out of memory");
    }
    return moved(wire, wire->transport.receive(wire->transport.context, wire->payload, header->size, stop));
}

static jet_err receive_header(struct wire_service *wire, struct wire_header *ret_header, struct os_event *stop)
{
    uint8_t bytes[WIRE_HEADER_SIZE];
    jet_err err = moved(wire, wire->transport.receive(wire->transport.context, bytes, sizeof bytes, stop));
    if (err < JET_errSuccess)
        return err;
    *ret_header = wire_header_decode(bytes);
    return ret_header->version == WIRE_VERSION && ret_header->size <= WIRE_REPLY_MAX ? JET_errSuccess
                                                                                     : other_version(wire);
}

/* The reply behind the header: of the kind that is wanted, or the failure it tells of. */
static jet_err receive_reply(struct wire_service *wire, const struct wire_header *header, enum wire_kind wanted,
                             struct os_event *stop)
{
    jet_err err = receive_payload(wire, header, stop);
    if (err < JET_errSuccess)
        return err;
    wire_reply_done(&wire->reply);
    if (wire_reply_decode(header, wire->payload, &wire->reply) < JET_errSuccess) {
        wire->reply = (struct wire_reply){.kind = WIRE_REPLY_DONE};
        return other_version(wire);
    }
    if (wire->reply.kind == WIRE_REPLY_FAILED)
        return failed_reply(wire);
    return wire->reply.kind == wanted ? JET_errSuccess : other_version(wire);
}

static jet_err send_request(struct wire_service *wire, const struct wire_request *request, struct os_event *stop)
{
    uint8_t *frame;
    size_t size;
    wire->service.failure = (struct service_failure){.status = EXIT_STATUS_DONE};
    if (wire->is_broken)
        return moved(wire, JET_errInstanceUnavailable);
    jet_err err = wire_request_encode(request, &frame, &size);
    if (err < JET_errSuccess)
        return fail(wire, EXIT_STATUS_FAILED, err, "the request is too large");
    err = moved(wire, wire->transport.send(wire->transport.context, frame, size, stop));
    free(frame);
    return err;
}

static jet_err ask_until(struct wire_service *wire, const struct wire_request *request, enum wire_kind wanted,
                         struct os_event *stop)
{
    struct wire_header header;
    jet_err err = send_request(wire, request, stop);
    if (err >= JET_errSuccess)
        err = receive_header(wire, &header, stop);
    return err >= JET_errSuccess ? receive_reply(wire, &header, wanted, stop) : err;
}

static struct os_event *stop_of(const struct wire_service *wire)
{
    return wire->stop ? wire->stop : wire->service.stop;
}

static jet_err ask(struct wire_service *wire, const struct wire_request *request, enum wire_kind wanted)
{
    return ask_until(wire, request, wanted, stop_of(wire));
}

/* ---- status ---- */

static char *copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *made = malloc(size);
    return made ? memcpy(made, text, size) : NULL;
}

static void put_text(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}

static void files_free(struct sender_file **files, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        free((void *)(uintptr_t)(*files)[i].path);
    free(*files);
    *files = NULL;
    *count = 0;
}

static bool files_copy(const struct wire_file *from, uint32_t count, struct sender_file **ret_files, size_t *ret_count)
{
    struct sender_file *files = calloc((size_t)count + 1, sizeof *files);
    size_t made = 0;
    for (; files && made < count; made++) {
        files[made] = (struct sender_file){copy(from[made].path), from[made].size};
        if (!files[made].path)
            break;
    }
    *ret_files = files;
    *ret_count = made;
    return files && made == count;
}

static struct service_last_backup last_of(const struct wire_last_backup *last)
{
    return (struct service_last_backup){last->time_us, last->first_generation, last->last_generation};
}

static bool take_instance(const struct wire_instance *from, struct service_instance *to)
{
    put_text(to->label, sizeof to->label, from->label);
    put_text(to->state, sizeof to->state, from->state);
    put_text(to->kind, sizeof to->kind, from->kind);
    put_text(to->base_name, sizeof to->base_name, from->base_name);
    to->err = from->err;
    to->system_path = copy(from->system_path);
    to->log_path = copy(from->log_path);
    to->is_circular = from->is_circular != 0;
    to->first_generation = from->first_generation;
    to->current_generation = from->current_generation;
    to->last_full = last_of(&from->last_full);
    to->last_incremental = last_of(&from->last_incremental);
    to->backup.is_there = *from->phase != '\0';
    put_text(to->backup.phase, sizeof to->backup.phase, from->phase);
    to->backup.bytes_done = from->bytes_done;
    to->backup.bytes_total = from->bytes_total;
    to->backup.files_done = from->files_done;
    return files_copy(from->files, from->file_count, &to->databases, &to->database_count) && to->system_path &&
           to->log_path;
}

static jet_err get_status(struct service *service, const char *label, struct service_status *ret_status)
{
    struct wire_service *wire = of(service);
    const struct wire_request request = {.kind = WIRE_STATUS, .label = label};
    const struct wire_reply *reply = &wire->reply;
    *ret_status = (struct service_status){.instances = NULL};
    jet_err err = ask(wire, &request, WIRE_REPLY_STATUS);
    if (err < JET_errSuccess)
        return err;
    put_text(ret_status->version, sizeof ret_status->version, reply->version);
    put_text(ret_status->state, sizeof ret_status->state, reply->state);
    ret_status->active_backups = reply->active_backups;
    ret_status->is_frozen = reply->is_frozen != 0;
    ret_status->thaws_in_ms = reply->thaws_in_ms;
    ret_status->instances = calloc((size_t)reply->instance_count + 1, sizeof *ret_status->instances);
    bool is_good = ret_status->instances != NULL;
    for (uint32_t i = 0; is_good && i < reply->instance_count; i++)
        is_good = take_instance(&reply->instances[i], &ret_status->instances[ret_status->instance_count++]);
    return is_good ? JET_errSuccess : fail(wire, EXIT_STATUS_FAILED, JET_errOutOfMemory, "out of memory");
}

/* ---- stop, freeze, thaw ---- */

static jet_err ask_count(struct wire_service *wire, const struct wire_request *request, struct os_event *stop,
                         uint32_t *ret_count)
{
    jet_err err = ask_until(wire, request, WIRE_REPLY_COUNT, stop);
    if (err >= JET_errSuccess)
        *ret_count = wire->reply.count;
    return err;
}

static jet_err stop_backups(struct service *service, const char *label, const char *reason, uint32_t *ret_count)
{
    struct wire_service *wire = of(service);
    const struct wire_request request = {.kind = WIRE_STOP, .label = label, .text = reason};
    return ask_count(wire, &request, stop_of(wire), ret_count);
}

static jet_err freeze(struct service *service, const struct service_freeze_request *request)
{
    struct wire_service *wire = of(service);
    const struct wire_request asked = {
        .kind = WIRE_FREEZE,
        .texts = (const char *const *)request->labels,
        .count = (uint32_t)request->label_count,
        .timeout_ms = request->timeout_ms,
        .flags = request->is_copy ? WIRE_COPY : 0,
    };
    jet_err err = ask(wire, &asked, WIRE_REPLY_DONE);
    if (err < JET_errSuccess || !request->is_detached)
        return err;
    return ask(wire, &(struct wire_request){.kind = WIRE_KEEP}, WIRE_REPLY_DONE);
}

static jet_err thaw(struct service *service, uint32_t *ret_count)
{
    return ask_count(of(service), &(struct wire_request){.kind = WIRE_THAW}, NULL, ret_count);
}

/* ---- the sender ---- */

/* `stop` is the backup's, and goes with it. */
static jet_err begin(void *context, struct os_event *stop)
{
    struct wire_service *wire = context;
    const struct wire_request request = {
        .kind = WIRE_BEGIN,
        .label = wire->request.label,
        .flags = wire->request.is_incremental ? WIRE_INCREMENTAL : 0,
        .rate = wire->request.max_rate,
    };
    wire->stop = stop;
    jet_err err = ask(wire, &request, WIRE_REPLY_DONE);
    if (err < JET_errSuccess)
        wire->stop = NULL;
    return err;
}

static jet_err take_list(struct wire_service *wire, enum wire_kind kind, struct sender_file **files, size_t *count,
                         struct sender_list *ret_list)
{
    jet_err err = ask(wire, &(struct wire_request){.kind = kind}, WIRE_REPLY_FILES);
    if (err < JET_errSuccess)
        return err;
    files_free(files, count);
    if (!files_copy(wire->reply.files, wire->reply.file_count, files, count))
        return fail(wire, EXIT_STATUS_FAILED, JET_errOutOfMemory, "out of memory");
    *ret_list = (struct sender_list){*files, *count};
    return JET_errSuccess;
}

static jet_err databases(void *context, struct sender_list *ret_list)
{
    struct wire_service *wire = context;
    return take_list(wire, WIRE_DATABASES, &wire->databases, &wire->database_count, ret_list);
}

static jet_err logs(void *context, struct sender_list *ret_list, lgen_t *ret_first, lgen_t *ret_last)
{
    struct wire_service *wire = context;
    jet_err err = take_list(wire, WIRE_LOGS, &wire->logs, &wire->log_count, ret_list);
    if (err >= JET_errSuccess) {
        *ret_first = wire->reply.first_generation;
        *ret_last = wire->reply.last_generation;
    }
    return err;
}

static jet_err open_file(void *context, const char *path, uint64_t *ret_size)
{
    struct wire_service *wire = context;
    jet_err err = ask(wire, &(struct wire_request){.kind = WIRE_OPEN, .text = path}, WIRE_REPLY_OPENED);
    if (err < JET_errSuccess)
        return err;
    wire->size = *ret_size = wire->reply.size;
    wire->received = 0;
    return JET_errSuccess;
}

/* The bytes of a reply go where the caller wants them. */
static jet_err read_file(void *context, void *buffer, size_t size, size_t *ret_actual)
{
    struct wire_service *wire = context;
    const uint32_t most = size < WIRE_DATA_MAX ? (uint32_t)size : WIRE_DATA_MAX;
    struct wire_header header;
    jet_err err = send_request(wire, &(struct wire_request){.kind = WIRE_READ, .size = most}, stop_of(wire));
    if (err >= JET_errSuccess)
        err = receive_header(wire, &header, stop_of(wire));
    if (err < JET_errSuccess)
        return err;
    if (header.kind != WIRE_REPLY_DATA)
        return receive_reply(wire, &header, WIRE_REPLY_DATA, stop_of(wire));
    if (header.size > most || header.size > wire->size - wire->received)
        return other_version(wire);
    err = moved(wire, wire->transport.receive(wire->transport.context, buffer, header.size, stop_of(wire)));
    if (err < JET_errSuccess)
        return err;
    wire->received += header.size;
    *ret_actual = header.size;
    return JET_errSuccess;
}

/* Short, and not left: what the failure was of stays. */
static jet_err ask_at_end(struct wire_service *wire, const struct wire_request *request)
{
    const struct service_failure why = wire->service.failure;
    jet_err err = ask_until(wire, request, WIRE_REPLY_DONE, NULL);
    if (why.status != EXIT_STATUS_DONE)
        wire->service.failure = why;
    return err;
}

static jet_err close_file(void *context)
{
    struct wire_service *wire = context;
    jet_err err = ask_at_end(wire, &(struct wire_request){.kind = WIRE_CLOSE});
    if (err >= JET_errSuccess && wire->received != wire->size)
        return fail(wire, EXIT_STATUS_FAILED, JET_errFileIOBeyondEOF, "fewer bytes came than were announced");
    return err;
}

static jet_err truncate_logs(void *context)
{
    uint32_t count;
    return ask_count(context, &(struct wire_request){.kind = WIRE_TRUNCATE}, NULL, &count);
}

static void end(void *context, bool is_good)
{
    struct wire_service *wire = context;
    const uint32_t flags = is_good ? (uint32_t)WIRE_GOOD | (wire->request.is_copy ? (uint32_t)WIRE_COPY : 0) : 0;
    const struct service_failure why = wire->service.failure;
    jet_err_ignore(ask_until(wire, &(struct wire_request){.kind = WIRE_END, .flags = flags}, WIRE_REPLY_DONE, NULL));
    wire->service.failure = why;
    wire->stop = NULL;
    files_free(&wire->databases, &wire->database_count);
    files_free(&wire->logs, &wire->log_count);
}

static const char *reason(void *context)
{
    const struct wire_service *wire = context;
    return wire->service.failure.text[0] ? wire->service.failure.text : NULL;
}

static struct sender backup(struct service *service, const struct service_backup_request *request)
{
    struct wire_service *wire = of(service);
    wire->request = *request;
    return (struct sender){
        .context = wire,
        .name = request->label,
        .begin = begin,
        .databases = databases,
        .logs = logs,
        .open = open_file,
        .read = read_file,
        .close = close_file,
        .truncate = truncate_logs,
        .end = end,
        .reason = reason,
    };
}

/* ---- life ---- */

static void wire_free(struct service *service)
{
    struct wire_service *wire = of(service);
    wire->transport.close(wire->transport.context);
    wire_reply_done(&wire->reply);
    files_free(&wire->databases, &wire->database_count);
    files_free(&wire->logs, &wire->log_count);
    free(wire->payload);
    free(wire);
}

static const struct service_ops wire_ops = {
    .status = get_status,
    .stop_backups = stop_backups,
    .freeze = freeze,
    .thaw = thaw,
    .backup = backup,
    .free = wire_free,
};

jet_err service_wire_new(const struct service_transport *transport, struct os_event *stop, struct service **ret_service)
{
    struct wire_service *wire = calloc(1, sizeof *wire);
    if (!wire)
        return JET_errOutOfMemory;
    wire->service = (struct service){.ops = &wire_ops, .stop = stop};
    wire->transport = *transport;
    *ret_service = &wire->service;
    return JET_errSuccess;
}
