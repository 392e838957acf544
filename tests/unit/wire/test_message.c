/* SPDX-License-Identifier: MIT */
/* test_message.c - every message comes back as it was; whatever is not exactly one message is refused. */
#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const labels[] = {"mail", "", "\xC3\xA4"};

static const struct wire_request requests[] = {
    {.kind = WIRE_STATUS, .label = "mail"                 },
    {.kind = WIRE_STOP,   .label = "",                      .text = "maintenance"},
    {.kind = WIRE_FREEZE,                   .texts = labels,                                 .count = 3, .timeout_ms = 60000, .flags = 3},
    {.kind = WIRE_FREEZE,         .timeout_ms = 1},
    {.kind = WIRE_THAW                  },
    {.kind = WIRE_BEGIN,                   .label = "mail",                                 .flags = WIRE_INCREMENTAL, .rate = UINT64_MAX},
    {.kind = WIRE_DATABASES },
    {.kind = WIRE_LOGS},
    {.kind = WIRE_OPEN,                  .text = "C:\\mail\\a.edb"                                             },
    {.kind = WIRE_READ,   .size = WIRE_DATA_MAX},
    {.kind = WIRE_KEEP  },
    {.kind = WIRE_CLOSE  },
    {.kind = WIRE_TRUNCATE                },
    {.kind = WIRE_END,    .flags = WIRE_GOOD | WIRE_COPY                                },
};

static struct wire_file files[] = {
    {"C:\\mail\\a.edb", 4096      },
    {"C:\\mail\\b.edb", UINT64_MAX},
};

static struct wire_instance instances[] = {
    {.label = "mail",
     .state = "running",
     .kind = "configured",
     .system_path = "C:\\mail",
     .log_path = "C:\\log",
     .base_name = "edb",
     .is_circular = 1,
     .files = files,
     .file_count = 2,
     .first_generation = 1,
     .current_generation = 7,
     .last_full = {123456789, 1, 3},
     .last_incremental = {234567890, 4, 5},
     .phase = "databases",
     .bytes_done = 17,
     .bytes_total = 18,
     .files_done = 1},
    {.label = "shop", .state = "failed",   .kind = "configured",       .err = -550          },
};

static const struct wire_reply replies[] = {
    {.kind = WIRE_REPLY_DONE  },
    {.kind = WIRE_REPLY_FAILED, .err = JET_errBackupAbortByServer, .name = "NoSuchInstance", .text = "why"},
    {.kind = WIRE_REPLY_COUNT, .count = 7},
    {.kind = WIRE_REPLY_FILES,                         .files = files, .file_count = 2, .first_generation = 1, .last_generation = 9},
    {.kind = WIRE_REPLY_OPENED,               .size = UINT64_MAX},
    {.kind = WIRE_REPLY_STATUS,
     .version = "1",
     .state = "frozen",
     .active_backups = 1,
     .is_frozen = 1,
     .thaws_in_ms = 5,
     .instances = instances,
     .instance_count = 2},
    {.kind = WIRE_REPLY_STATUS         },
};

/* The payload in memory of exactly its size: a sanitizer sees whoever reads behind it. */
static uint8_t *payload_of(const uint8_t *frame, size_t size, struct wire_header *ret_header)
{
    *ret_header = wire_header_decode(frame);
    assert_int_equal(ret_header->size, size - WIRE_HEADER_SIZE);
    assert_int_equal(ret_header->version, WIRE_VERSION);
    uint8_t *payload = malloc(ret_header->size > 0 ? ret_header->size : 1);
    assert_non_null(payload);
    memcpy(payload, frame + WIRE_HEADER_SIZE, ret_header->size);
    return payload;
}

static void assert_text(const char *text, const char *expected)
{
    assert_string_equal(text, expected ? expected : "");
}

static void check_request(const struct wire_request *request, const struct wire_request *expected)
{
    assert_int_equal(request->kind, expected->kind);
    assert_text(request->label, expected->label);
    assert_text(request->text, expected->text);
    assert_int_equal(request->count, expected->count);
    for (uint32_t i = 0; i < expected->count; i++)
        assert_string_equal(request->texts[i], expected->texts[i]);
    assert_int_equal(request->timeout_ms, expected->timeout_ms);
    assert_int_equal(request->flags, expected->flags);
    assert_int_equal(request->size, expected->size);
    assert_int_equal(request->rate, expected->rate);
}

static void every_request_comes_back(void **state)
{
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct wire_header header;
        struct wire_request request;
        uint8_t *frame;
        size_t size;
        assert_int_equal(wire_request_encode(&requests[i], &frame, &size), JET_errSuccess);
        uint8_t *payload = payload_of(frame, size, &header);
        assert_int_equal(header.kind, requests[i].kind);
        assert_int_equal(wire_request_decode(&header, payload, &request), JET_errSuccess);
        check_request(&request, &requests[i]);
        wire_request_done(&request);
        free(payload);
        free(frame);
    }
}

static void check_files(const struct wire_file *found, const struct wire_file *expected, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(found[i].path, expected[i].path);
        assert_int_equal(found[i].size, expected[i].size);
    }
}

static void check_instance(const struct wire_instance *instance, const struct wire_instance *expected)
{
    assert_text(instance->label, expected->label);
    assert_text(instance->state, expected->state);
    assert_text(instance->kind, expected->kind);
    assert_text(instance->system_path, expected->system_path);
    assert_text(instance->log_path, expected->log_path);
    assert_text(instance->base_name, expected->base_name);
    assert_int_equal(instance->err, expected->err);
    assert_int_equal(instance->is_circular, expected->is_circular);
    assert_int_equal(instance->file_count, expected->file_count);
    check_files(instance->files, expected->files, expected->file_count);
    assert_int_equal(instance->first_generation, expected->first_generation);
    assert_int_equal(instance->current_generation, expected->current_generation);
    assert_memory_equal(&instance->last_full, &expected->last_full, sizeof instance->last_full);
    assert_memory_equal(&instance->last_incremental, &expected->last_incremental, sizeof instance->last_full);
    assert_text(instance->phase, expected->phase);
    assert_int_equal(instance->bytes_done, expected->bytes_done);
    assert_int_equal(instance->bytes_total, expected->bytes_total);
    assert_int_equal(instance->files_done, expected->files_done);
}

static void check_reply(const struct wire_reply *reply, const struct wire_reply *expected)
{
    assert_int_equal(reply->kind, expected->kind);
    assert_int_equal(reply->count, expected->count);
    assert_int_equal(reply->size, expected->size);
    assert_int_equal(reply->err, expected->err);
    assert_text(reply->name, expected->name);
    assert_text(reply->text, expected->text);
    assert_int_equal(reply->file_count, expected->file_count);
    check_files(reply->files, expected->files, expected->file_count);
    assert_int_equal(reply->first_generation, expected->first_generation);
    assert_int_equal(reply->last_generation, expected->last_generation);
    assert_text(reply->version, expected->version);
    assert_text(reply->state, expected->state);
    assert_int_equal(reply->active_backups, expected->active_backups);
    assert_int_equal(reply->is_frozen, expected->is_frozen);
    assert_int_equal(reply->thaws_in_ms, expected->thaws_in_ms);
    assert_int_equal(reply->instance_count, expected->instance_count);
    for (uint32_t i = 0; i < expected->instance_count; i++)
        check_instance(&reply->instances[i], &expected->instances[i]);
}

static void every_reply_comes_back(void **state)
{
    for (size_t i = 0; i < COUNT_OF(replies); i++) {
        struct wire_header header;
        struct wire_reply reply;
        uint8_t *frame;
        size_t size;
        assert_int_equal(wire_reply_encode(&replies[i], &frame, &size), JET_errSuccess);
        uint8_t *payload = payload_of(frame, size, &header);
        assert_int_equal(wire_reply_decode(&header, payload, &reply), JET_errSuccess);
        check_reply(&reply, &replies[i]);
        wire_reply_done(&reply);
        free(payload);
        free(frame);
    }
}

/* Cut at any byte, or longer by one: refused, by exactly as many bytes as there are. */
static void refuse_other_sizes(const uint8_t *frame, size_t size, bool is_request)
{
    struct wire_header header = wire_header_decode(frame);
    const uint32_t whole = header.size;
    for (header.size = 0; header.size <= whole + 1; header.size++) {
        struct wire_request request;
        struct wire_reply reply;
        if (header.size == whole)
            continue;
        uint8_t *payload = calloc(header.size + 1, 1);
        assert_non_null(payload);
        memcpy(payload, frame + WIRE_HEADER_SIZE, header.size < whole ? header.size : whole);
        uint8_t *exact = realloc(payload, header.size > 0 ? header.size : 1);
        assert_non_null(exact);
        assert_int_equal(is_request ? wire_request_decode(&header, exact, &request)
                                    : wire_reply_decode(&header, exact, &reply),
                         JET_errInvalidParameter);
        free(exact);
    }
    (void)size;
}

static void a_message_of_another_size_is_refused(void **state)
{
    uint8_t *frame;
    size_t size;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        assert_int_equal(wire_request_encode(&requests[i], &frame, &size), JET_errSuccess);
        refuse_other_sizes(frame, size, true);
        free(frame);
    }
    for (size_t i = 0; i < COUNT_OF(replies); i++) {
        assert_int_equal(wire_reply_encode(&replies[i], &frame, &size), JET_errSuccess);
        refuse_other_sizes(frame, size, false);
        free(frame);
    }
}

static void refuse(uint16_t kind, const void *payload, uint32_t size, bool is_request)
{
    const struct wire_header header = {size, WIRE_VERSION, kind};
    struct wire_request request;
    struct wire_reply reply;
    assert_int_equal(is_request ? wire_request_decode(&header, payload, &request)
                                : wire_reply_decode(&header, payload, &reply),
                     JET_errInvalidParameter);
}

static void kinds_that_are_none_are_refused(void **state)
{
    refuse(0, "", 0, true);
    refuse(WIRE_REQUEST_END, "", 0, true);
    refuse(WIRE_REPLY_DONE, "", 0, true);
    refuse(0xFFFF, "", 0, true);
    refuse(WIRE_STATUS, "", 0, false);
    refuse(WIRE_REPLY_DATA, "", 0, false);
    refuse(WIRE_REPLY_END, "", 0, false);
}

static void hostile_lengths_are_refused(void **state)
{
    refuse(WIRE_OPEN, "\xFF\xFF\xFF\xFF", 4, true);
    refuse(WIRE_OPEN, "\x04\0\0\0abcd", 8, true);    /* no room for the NUL */
    refuse(WIRE_OPEN, "\x04\0\0\0abcdX", 9, true);   /* which is none */
    refuse(WIRE_OPEN, "\x04\0\0\0ab\0d\0", 9, true); /* and one inside */
    refuse(WIRE_FREEZE, "\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\0", 12, true);
    refuse(WIRE_REPLY_FILES, "\xFF\xFF\xFF\x7F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21, false);
}

static void what_is_too_large_is_not_sent(void **state)
{
    uint8_t *frame;
    size_t size;
    char *path = malloc(WIRE_REQUEST_MAX + 1);
    assert_non_null(path);
    memset(path, 'p', WIRE_REQUEST_MAX);
    path[WIRE_REQUEST_MAX] = '\0';
    assert_int_equal(wire_request_encode(&(struct wire_request){.kind = WIRE_OPEN, .text = path}, &frame, &size),
                     JET_errInvalidParameter);
    path[WIRE_REQUEST_MAX - 5] = '\0';
    assert_int_equal(wire_request_encode(&(struct wire_request){.kind = WIRE_OPEN, .text = path}, &frame, &size),
                     JET_errSuccess);
    assert_int_equal(size, WIRE_HEADER_SIZE + WIRE_REQUEST_MAX);
    free(frame);
    free(path);
}

static void the_header_is_what_the_document_says(void **state)
{
    static const uint8_t expected[WIRE_HEADER_SIZE] = {0x04, 0x03, 0x02, 0x01, 1, 0, 0x05, 0x01};
    uint8_t bytes[WIRE_HEADER_SIZE];
    wire_header_encode(0x01020304, WIRE_REPLY_DATA, bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_comes_back),
        cmocka_unit_test(every_reply_comes_back),
        cmocka_unit_test(a_message_of_another_size_is_refused),
        cmocka_unit_test(kinds_that_are_none_are_refused),
        cmocka_unit_test(hostile_lengths_are_refused),
        cmocka_unit_test(what_is_too_large_is_not_sent),
        cmocka_unit_test(the_header_is_what_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
