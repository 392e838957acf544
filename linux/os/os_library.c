/* SPDX-License-Identifier: MIT */
#include "os/os_library.h"

#include <dlfcn.h>
#include <string.h>

jet_err os_library_function(const char *module, const char *name, unsigned argument_bytes, os_function *ret_function)
{
    (void)argument_bytes;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return JET_errCallbackNotResolved;
    void *symbol = dlsym(library, name);
    if (!symbol)
        return JET_errCallbackNotResolved;
    _Static_assert(sizeof symbol == sizeof *ret_function, "POSIX: a function fits a pointer to void");
    memcpy(ret_function, &symbol, sizeof symbol);
    return JET_errSuccess;
}
