/* SPDX-License-Identifier: MIT */
/* msvc_program.c - a program as Microsoft's compiler and linker make one: our esent.h, our esent.lib. It has no C
 * library, which only Microsoft has; it ends with 0, or with the number of what went wrong. names_declared.c, which is
 * linked with it, wants every function of the library.
 */
#include "jet/esent.h"
#include "names_declared.h"

int start(void);

static int size_of_logs(JET_INSTANCE *instance)
{
    JET_API_PTR size = 0;
    if (JetSetSystemParameter(instance, 0, JET_paramLogFileSize, 256, NULL) != JET_errSuccess)
        return 3;
    if (JetGetSystemParameter(*instance, 0, JET_paramLogFileSize, &size, NULL, 0) != JET_errSuccess)
        return 4;
    return size == 256 ? 0 : 5;
}

int start(void)
{
    JET_INSTANCE instance = 0;
    for (size_t i = 0; i < names_declared_count; i++) {
        if (!names_declared[i])
            return 1;
    }
    if (JetCreateInstance(&instance, "msvc") != JET_errSuccess)
        return 2;
    int result = size_of_logs(&instance);
    if (JetTerm(instance) < JET_errSuccess)
        return 6;
    return result;
}
