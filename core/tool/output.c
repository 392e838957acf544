/* SPDX-License-Identifier: MIT */
#include "tool/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_error.h"

static void fail(struct output *out, jet_err err)
{
    out->err = err;
    os_last_error_text(out->reason, sizeof out->reason);
}

void output_open(struct output *out, struct os_event *stop)
{
    *out = (struct output){.stop = stop};
    jet_err err = os_stream_open_stdout(&out->stream);
    if (err < JET_errSuccess)
        fail(out, err);
}

static void put(struct output *out, const char *text, size_t size)
{
    if (!out->stream || out->err < JET_errSuccess)
        return;
    jet_err err = os_stream_write(out->stream, text, size, out->stop);
    if (err < JET_errSuccess)
        fail(out, err);
}

void output_flush(struct output *out)
{
    if (out->used > 0)
        put(out, out->buffer, out->used);
    out->used = 0;
}

void output_write(struct output *out, const char *text, size_t size)
{
    out->is_wanted = true;
    if (size > sizeof out->buffer - out->used)
        output_flush(out);
    if (size > sizeof out->buffer) {
        put(out, text, size);
        return;
    }
    memcpy(out->buffer + out->used, text, size);
    out->used += size;
}

void output_print(struct output *out, const char *format, ...)
{
    char line[1024];
    va_list values;
    va_start(values, format);
    int size = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (size < 0)
        return;
    if ((size_t)size < sizeof line) {
        output_write(out, line, (size_t)size);
        return;
    }
    char *text = malloc((size_t)size + 1);
    if (!text) {
        out->err = JET_errOutOfMemory;
        return;
    }
    va_start(values, format);
    vsnprintf(text, (size_t)size + 1, format, values);
    va_end(values);
    output_write(out, text, (size_t)size);
    free(text);
}

jet_err output_close(struct output *out)
{
    output_flush(out);
    os_stream_close(out->stream);
    out->stream = NULL;
    return out->is_wanted ? out->err : JET_errSuccess;
}
