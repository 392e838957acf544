/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "support/corpus.h"

#include "base/compiler.h"
#include "os/os_console.h"
#include "os/os_file.h"

const struct corpus_file corpus_files[] = {
    {"basic.edb",   4096,  false, 254, 254, 231, 87   },
    {"binary.edb",  4096,  false, 254, 254, 229, 87   },
    {"current.mdb", 4096,  true,  254, 254, 201, 467  },
    {"default.edb", 4096,  false, 254, 254, 231, 93   },
    {"index.edb",   4096,  false, 254, 254, 207, 112  },
    {"large.edb",   32768, false, 766, 510, 385, 65068},
    {"multi.edb",   4096,  false, 254, 254, 220, 97   },
    {"qmgr.db",     16384, true,  78,  78,  35,  86   },
    {"srudb.dat",   4096,  false, 798, 782, 135, 241  },
    {"text.edb",    4096,  false, 254, 254, 222, 102  },
};
const size_t corpus_count = COUNT_OF(corpus_files);

char *corpus_path(const struct corpus_file *file)
{
    struct os_path_info info;
    char *folder = os_environment_get("COLDSTREAM_CORPUS");
    if (!folder) {
        print_message("COLDSTREAM_CORPUS is not set: no real databases to test with\n");
        skip();
    }
    char *path = os_path_join(folder, file->name);
    free(folder);
    assert_non_null(path);
    if (os_path_stat(path, &info) == JET_errSuccess)
        return path;
    print_message("%s is not there\n", path);
    free(path);
    return NULL;
}
