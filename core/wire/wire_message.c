/* SPDX-License-Identifier: MIT */
/* wire_message.c - the messages: which fields each has, in which order. */
#include <stdlib.h>

#include "wire/wire.h"
#include "wire/wire_codec.h"

/* ---- headers ---- */

struct wire_header wire_header_decode(const uint8_t bytes[WIRE_HEADER_SIZE])
{
    return (struct wire_header){
        .size = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24,
        .version = (uint16_t)(bytes[4] | bytes[5] << 8),
        .kind = (uint16_t)(bytes[6] | bytes[7] << 8),
    };
}

void wire_header_encode(uint32_t size, enum wire_kind kind, uint8_t bytes[WIRE_HEADER_SIZE])
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(size >> 8 * i);
    bytes[4] = WIRE_VERSION;
    bytes[5] = 0;
    bytes[6] = (uint8_t)kind;
    bytes[7] = (uint8_t)((unsigned)kind >> 8);
}

/* ---- parts ---- */

enum {
    TEXT_LEAST = 5,
    FILE_LEAST = TEXT_LEAST + 8,
    LAST_BACKUP_LEAST = 16,
    INSTANCE_LEAST = 7 * TEXT_LEAST + 4 + 1 + 4 + 4 + 4 + 2 * LAST_BACKUP_LEAST + 8 + 8 + 4,
};

static void code_files(struct wire_codec *codec, uint32_t *count, struct wire_file **files)
{
    wire_list(codec, count, FILE_LEAST, sizeof **files, (void **)files);
    for (uint32_t i = 0; i < *count; i++) {
        wire_text(codec, &(*files)[i].path);
        wire_u64(codec, &(*files)[i].size);
    }
}

static void code_last_backup(struct wire_codec *codec, struct wire_last_backup *last)
{
    wire_u64(codec, &last->time_us);
    wire_u32(codec, &last->first_generation);
    wire_u32(codec, &last->last_generation);
}

static void code_instance(struct wire_codec *codec, struct wire_instance *instance)
{
    wire_text(codec, &instance->label);
    wire_text(codec, &instance->state);
    wire_text(codec, &instance->kind);
    wire_text(codec, &instance->system_path);
    wire_text(codec, &instance->log_path);
    wire_text(codec, &instance->base_name);
    wire_i32(codec, &instance->err);
    wire_u8(codec, &instance->is_circular);
    code_files(codec, &instance->file_count, &instance->files);
    wire_u32(codec, &instance->first_generation);
    wire_u32(codec, &instance->current_generation);
    code_last_backup(codec, &instance->last_full);
    code_last_backup(codec, &instance->last_incremental);
    wire_text(codec, &instance->phase);
    wire_u64(codec, &instance->bytes_done);
    wire_u64(codec, &instance->bytes_total);
    wire_u32(codec, &instance->files_done);
}

/* ---- requests ---- */

static void code_labels(struct wire_codec *codec, struct wire_request *request)
{
    /* Reading makes the list, writing only looks at it. */
    const char **texts = (const char **)(uintptr_t)request->texts;
    wire_list(codec, &request->count, TEXT_LEAST, sizeof *texts, (void **)&texts);
    for (uint32_t i = 0; i < request->count; i++)
        wire_text(codec, &texts[i]);
    request->texts = texts;
}

static void code_request(struct wire_codec *codec, struct wire_request *request)
{
    switch (request->kind) {
    case WIRE_STATUS: wire_text(codec, &request->label); break;
    case WIRE_STOP:
        wire_text(codec, &request->label);
        wire_text(codec, &request->text);
        break;
    case WIRE_FREEZE:
        code_labels(codec, request);
        wire_u32(codec, &request->timeout_ms);
        wire_u32(codec, &request->flags);
        break;
    case WIRE_BEGIN:
        wire_text(codec, &request->label);
        wire_u32(codec, &request->flags);
        wire_u64(codec, &request->rate);
        break;
    case WIRE_OPEN: wire_text(codec, &request->text); break;
    case WIRE_READ: wire_u32(codec, &request->size); break;
    case WIRE_END: wire_u32(codec, &request->flags); break;
    case WIRE_THAW:
    case WIRE_KEEP:
    case WIRE_DATABASES:
    case WIRE_LOGS:
    case WIRE_CLOSE:
    case WIRE_TRUNCATE: break;
    default: codec->err = JET_errInvalidParameter; break;
    }
}

void wire_request_done(struct wire_request *request)
{
    free((void *)(uintptr_t)request->texts);
    request->texts = NULL;
    request->count = 0;
}

/* ---- replies ---- */

static void code_status(struct wire_codec *codec, struct wire_reply *reply)
{
    wire_text(codec, &reply->version);
    wire_text(codec, &reply->state);
    wire_u32(codec, &reply->active_backups);
    wire_u8(codec, &reply->is_frozen);
    wire_u64(codec, &reply->thaws_in_ms);
    wire_list(codec, &reply->instance_count, INSTANCE_LEAST, sizeof *reply->instances, (void **)&reply->instances);
    for (uint32_t i = 0; i < reply->instance_count; i++)
        code_instance(codec, &reply->instances[i]);
}

static void code_reply(struct wire_codec *codec, struct wire_reply *reply)
{
    switch (reply->kind) {
    case WIRE_REPLY_DONE: break;
    case WIRE_REPLY_FAILED:
        wire_i32(codec, &reply->err);
        wire_text(codec, &reply->name);
        wire_text(codec, &reply->text);
        break;
    case WIRE_REPLY_COUNT: wire_u32(codec, &reply->count); break;
    case WIRE_REPLY_FILES:
        code_files(codec, &reply->file_count, &reply->files);
        wire_u32(codec, &reply->first_generation);
        wire_u32(codec, &reply->last_generation);
        break;
    case WIRE_REPLY_OPENED: wire_u64(codec, &reply->size); break;
    case WIRE_REPLY_STATUS: code_status(codec, reply); break;
    default: codec->err = JET_errInvalidParameter; break;
    }
}

void wire_reply_done(struct wire_reply *reply)
{
    for (uint32_t i = 0; i < reply->instance_count; i++)
        free(reply->instances[i].files);
    free(reply->instances);
    free(reply->files);
    reply->instances = NULL;
    reply->files = NULL;
    reply->instance_count = reply->file_count = 0;
}

/* ---- frames ---- */

static struct wire_codec writer(size_t payload_max)
{
    return (struct wire_codec){.is_writing = true, .size_max = WIRE_HEADER_SIZE + payload_max};
}

/* Room for the header, which is known at the end. */
static void begin_frame(struct wire_codec *codec)
{
    uint64_t nothing = 0;
    wire_u64(codec, &nothing);
}

static jet_err end_frame(struct wire_codec *codec, enum wire_kind kind, uint8_t **ret_frame, size_t *ret_size)
{
    if (codec->err < JET_errSuccess) {
        free(codec->bytes);
        return codec->err;
    }
    wire_header_encode((uint32_t)(codec->size - WIRE_HEADER_SIZE), kind, codec->bytes);
    *ret_frame = codec->bytes;
    *ret_size = codec->size;
    return JET_errSuccess;
}

/* Writing changes nothing but through the pointers to its own copy. */
jet_err wire_request_encode(const struct wire_request *request, uint8_t **ret_frame, size_t *ret_size)
{
    struct wire_codec codec = writer(WIRE_REQUEST_MAX);
    struct wire_request copy = *request;
    begin_frame(&codec);
    code_request(&codec, &copy);
    return end_frame(&codec, request->kind, ret_frame, ret_size);
}

jet_err wire_reply_encode(const struct wire_reply *reply, uint8_t **ret_frame, size_t *ret_size)
{
    struct wire_codec codec = writer(WIRE_REPLY_MAX);
    struct wire_reply copy = *reply;
    begin_frame(&codec);
    code_reply(&codec, &copy);
    return end_frame(&codec, reply->kind, ret_frame, ret_size);
}

static jet_err end_payload(const struct wire_codec *codec)
{
    if (codec->err < JET_errSuccess)
        return codec->err;
    return codec->left == 0 ? JET_errSuccess : JET_errInvalidParameter;
}

jet_err wire_request_decode(const struct wire_header *header, const uint8_t *payload, struct wire_request *ret_request)
{
    struct wire_codec codec = {.at = payload, .left = header->size};
    struct wire_request request = {.kind = (enum wire_kind)header->kind, .label = "", .text = ""};
    code_request(&codec, &request);
    jet_err err = end_payload(&codec);
    if (err < JET_errSuccess)
        wire_request_done(&request);
    else
        *ret_request = request;
    return err;
}

jet_err wire_reply_decode(const struct wire_header *header, const uint8_t *payload, struct wire_reply *ret_reply)
{
    struct wire_codec codec = {.at = payload, .left = header->size};
    struct wire_reply reply = {
        .kind = (enum wire_kind)header->kind, .name = "", .text = "", .version = "", .state = ""};
    code_reply(&codec, &reply);
    jet_err err = end_payload(&codec);
    if (err < JET_errSuccess)
        wire_reply_done(&reply);
    else
        *ret_reply = reply;
    return err;
}
