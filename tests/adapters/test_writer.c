/* SPDX-License-Identifier: MIT */
/* An application that is linked with esent.dll is in shadow copies by one call: against the vssapi.dll that is
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <coldstream_writer.h>
#include <esent.h>

#include "support/temp_folder.h"

#define OK(call) assert_int_equal((call), JET_errSuccess)

static void one_call(void **state)
{
    struct temp_folder *folder = *state;
    struct cs_writer *writer = NULL;
    JET_INSTANCE instance = 0;
    char text[256];
    OK(JetCreateInstance(&instance, "bank"));
    OK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, temp_folder_path(folder, "tmp.edb")));
    OK(JetInit(&instance));
    OK(cs_writer_register(instance, "bank", NULL, &writer));
    cs_writer_error(writer, text, sizeof text);
    if (cs_writer_state(writer) == CS_WRITER_REFUSED)
        print_message("no VSS for us: %s\n", text);
    else
        assert_int_equal(cs_writer_state(writer), CS_WRITER_REGISTERED);
    assert_int_equal(text[0] != '\0', cs_writer_state(writer) == CS_WRITER_REFUSED);
    OK(JetTerm(instance));
    assert_int_equal(cs_writer_state(writer), CS_WRITER_ENDED);
    OK(cs_writer_unregister(writer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_call, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
