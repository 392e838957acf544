/* SPDX-License-Identifier: MIT */
/* Names of log files. Input: the name. What parses must come out again, up to the case of letters. */
#include "format/logname.h"

#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char text[64] = "", back[LOGNAME_SIZE_MAX];
    struct logname name, again;

    (void)fuzz_take(&input, text, sizeof text - 1);
    if (logname_parse(text, &name) < JET_errSuccess)
        return 0;
    fuzz_expect(logname_format(&name, back) == JET_errSuccess);
    fuzz_expect(strlen(back) == strlen(text));
    fuzz_expect(logname_parse(back, &again) == JET_errSuccess);
    fuzz_expect(logname_same_base(&name, &again) && name.kind == again.kind && name.number == again.number);
    return 0;
}
