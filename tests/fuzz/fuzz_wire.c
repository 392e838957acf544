/* SPDX-License-Identifier: MIT */
/* fuzz_wire.c - requests and replies of the pipe: a kind, then a payload. What is taken must be written again as it
 * was. */
#include "fuzz_input.h"
#include "wire/wire.h"

static void expect_same(jet_err err, uint8_t *frame, size_t size, const struct wire_header *header,
                        const uint8_t *payload)
{
    if (err == JET_errOutOfMemory)
        return;
    fuzz_expect(err == JET_errSuccess);
    fuzz_expect(size == WIRE_HEADER_SIZE + (size_t)header->size);
    fuzz_expect(header->size == 0 || memcmp(frame + WIRE_HEADER_SIZE, payload, header->size) == 0);
    free(frame);
}

static void take_request(const struct wire_header *header, const uint8_t *payload)
{
    struct wire_request request;
    uint8_t *frame = NULL;
    size_t size = 0;
    if (header->size > WIRE_REQUEST_MAX || wire_request_decode(header, payload, &request) < JET_errSuccess)
        return;
    jet_err err = wire_request_encode(&request, &frame, &size);
    expect_same(err, frame, size, header, payload);
    wire_request_done(&request);
}

static void take_reply(const struct wire_header *header, const uint8_t *payload)
{
    struct wire_reply reply;
    uint8_t *frame = NULL;
    size_t size = 0;
    if (wire_reply_decode(header, payload, &reply) < JET_errSuccess)
        return;
    jet_err err = wire_reply_encode(&reply, &frame, &size);
    expect_same(err, frame, size, header, payload);
    wire_reply_done(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    const unsigned low = fuzz_byte(&input);
    const unsigned high = fuzz_byte(&input);
    const struct wire_header header = {(uint32_t)input.left, WIRE_VERSION, (uint16_t)(low | high << 8)};
    if (high == 0)
        take_request(&header, input.bytes);
    else
        take_reply(&header, input.bytes);
    return 0;
}
