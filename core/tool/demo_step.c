/* SPDX-License-Identifier: MIT */
#include "tool/demo_step.h"

#include <stdarg.h>
#include <stdio.h>

#include "tool/json_line.h"

void demo_say(struct demo *demo, const char *key, const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    struct report *report = &demo->tool->report;
    json_t *object = json_line_new(key);
    json_line_add_u64(object, "step", demo->step);
    json_line_add_text(object, "message", text);
    report_json(report, object);
    report_result(report, "   %s", text);
}

void demo_step_begin(struct demo *demo, const char *title)
{
    demo->step++;
    demo->step_failed = false;
    json_t *object = json_line_new("step");
    json_line_add_u64(object, "step", demo->step);
    json_line_add_text(object, "message", title);
    report_json(&demo->tool->report, object);
    report_result(&demo->tool->report, "%u. %s", demo->step, title);
}

void demo_expect(struct demo *demo, bool is_so, const char *what)
{
    if (is_so)
        return;
    demo->step_failed = true;
    demo_say(demo, "failure", "NOT AS IT SHOULD BE: %s", what);
}

void demo_step_end(struct demo *demo, const char *proves)
{
    if (demo->step_failed)
        demo->count_failed++;
    else
        demo_say(demo, "ok", "ok: %s", proves);
}
