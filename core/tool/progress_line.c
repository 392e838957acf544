/* SPDX-License-Identifier: MIT */
#include "tool/progress_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tool/text.h"

enum { BAR_CELLS = 10, PART_SIZE = 160, NAME_COLUMNS_MAX = 40 };

/* The parts, from left to right. */
enum part { PART_NAME, PART_PHASE, PART_FILES, PART_PERCENT, PART_BAR, PART_BYTES, PART_RATE, PART_ETA, PART_COUNT };

struct parts {
    char text[PART_COUNT][PART_SIZE]; /* "": absent */
};

uint64_t progress_rate(const struct progress_state *state)
{
    return state->elapsed_ms > 0 ? (uint64_t)((double)state->bytes_done * 1000 / (double)state->elapsed_ms) : 0;
}

static double fraction_done(const struct progress_state *state)
{
    return state->bytes_done >= state->bytes_total ? 1 : (double)state->bytes_done / (double)state->bytes_total;
}

static void bar_fill(double fraction, char *text)
{
    text[0] = '[';
    for (int i = 0; i < BAR_CELLS; i++)
        text[1 + i] = i < (int)(fraction * BAR_CELLS + 0.5) ? '#' : '.';
    memcpy(text + 1 + BAR_CELLS, "]", 2);
}

/* "12.4/28.8 GiB": the unit once if both have the same. */
static void bytes_fill(const struct progress_state *state, char *text)
{
    char done[TEXT_SIZE_MAX], total[TEXT_SIZE_MAX];
    text_size_format(state->bytes_done, done);
    if (state->bytes_total == 0) {
        snprintf(text, PART_SIZE, "%s", done);
        return;
    }
    text_size_format(state->bytes_total, total);
    char *done_unit = strchr(done, ' ');
    if (done_unit && strcmp(done_unit, strchr(total, ' ')) == 0)
        *done_unit = '\0';
    snprintf(text, PART_SIZE, "%s/%s", done, total);
}

static void name_fill(const char *name, char *text)
{
    char safe[4 * PART_SIZE];
    text_for_screen(name, safe, sizeof safe);
    if (text_columns(safe) <= NAME_COLUMNS_MAX) {
        text_cut(safe, NAME_COLUMNS_MAX, text, PART_SIZE);
        return;
    }
    text_cut(safe, NAME_COLUMNS_MAX - 3, text, PART_SIZE - 3);
    memcpy(text + strlen(text), "...", 4);
}

static void parts_fill(const struct progress_state *state, struct parts *parts)
{
    memset(parts, 0, sizeof *parts);
    uint64_t rate = progress_rate(state);
    name_fill(state->name, parts->text[PART_NAME]);
    snprintf(parts->text[PART_PHASE], PART_SIZE, "%s", state->phase);
    if (state->file_count > 0)
        snprintf(parts->text[PART_FILES], PART_SIZE, "%u/%u", state->file_index, state->file_count);
    bytes_fill(state, parts->text[PART_BYTES]);
    if (rate > 0) {
        char size[TEXT_SIZE_MAX];
        snprintf(parts->text[PART_RATE], PART_SIZE, "%s/s", text_size_format(rate, size));
    }
    if (state->bytes_total == 0)
        return;
    double fraction = fraction_done(state);
    snprintf(parts->text[PART_PERCENT], PART_SIZE, "%.1f%%", fraction * 100);
    bar_fill(fraction, parts->text[PART_BAR]);
    if (rate > 0) {
        char duration[TEXT_DURATION_MAX];
        uint64_t left = fraction < 1 ? (state->bytes_total - state->bytes_done) / rate : 0;
        snprintf(parts->text[PART_ETA], PART_SIZE, "ETA %s", text_duration_format(left, duration));
    }
}

/* One space where the parts belong together, else two. */
static const char *separator(enum part part)
{
    return part == PART_FILES || part == PART_BAR ? " " : "  ";
}

static void join(const struct parts *parts, char *line)
{
    size_t used = 0;
    line[0] = '\0';
    for (enum part part = 0; part < PART_COUNT; part++)
        if (parts->text[part][0])
            used += (size_t)snprintf(line + used, PROGRESS_LINE_SIZE - used, "%s%s", used ? separator(part) : "",
                                     parts->text[part]);
}
_Static_assert(PROGRESS_LINE_SIZE >= PART_COUNT * (PART_SIZE + 2), "all parts fit into a line");

char *progress_line_format(const struct progress_state *state, unsigned width, char line[PROGRESS_LINE_SIZE])
{
    static const enum part least_wanted[] = {PART_BAR,   PART_RATE, PART_NAME, PART_FILES,
                                             PART_BYTES, PART_ETA,  PART_PHASE};
    struct parts parts;
    parts_fill(state, &parts);
    join(&parts, line);
    for (size_t i = 0; text_columns(line) > width && i < COUNT_OF(least_wanted); i++) {
        parts.text[least_wanted[i]][0] = '\0';
        join(&parts, line);
    }
    if (text_columns(line) > width)
        line[0] = '\0';
    return line;
}
