/* SPDX-License-Identifier: MIT */
#include "tool/service.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    jet_err err;
    enum exit_status status;
} named_errors[] = {
    {"NoSuchInstance",                   JET_errInvalidInstance,     EXIT_STATUS_NOT_FOUND     },
    {"Frozen",                           JET_errBackupNotAllowedYet, EXIT_STATUS_BUSY          },
    {"Busy",                             JET_errBackupInProgress,    EXIT_STATUS_BUSY          },
    {"LabelInUse",                       JET_errInstanceNameInUse,   EXIT_STATUS_BUSY          },
    {"LimitsExceeded",                   JET_errOutOfMemory,         EXIT_STATUS_FAILED        },
    {"WriterLost",                       JET_errInstanceUnavailable, EXIT_STATUS_FAILED        },
    {"ConfigInvalid",                    JET_errInvalidParameter,    EXIT_STATUS_USAGE         },
    {"AccessDenied",                     JET_errPermissionDenied,    EXIT_STATUS_NOT_AUTHORISED},
    {"InteractiveAuthorizationRequired", JET_errPermissionDenied,    EXIT_STATUS_NOT_AUTHORISED},
    {"InvalidArgs",                      JET_errInvalidParameter,    EXIT_STATUS_USAGE         },
    {"ServiceUnknown",                   JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"NameHasNoOwner",                   JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"NoServer",                         JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"Disconnected",                     JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"NoReply",                          JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"TimedOut",                         JET_errInstanceUnavailable, EXIT_STATUS_NO_SERVICE    },
    {"NoMemory",                         JET_errOutOfMemory,         EXIT_STATUS_FAILED        },
    {"NotSupported",                     JET_errFeatureNotAvailable, EXIT_STATUS_FAILED        },
};

jet_err service_error_named(const char *name, enum exit_status *ret_status)
{
    for (size_t i = 0; i < COUNT_OF(named_errors); i++) {
        if (strcmp(named_errors[i].name, name) == 0) {
            *ret_status = named_errors[i].status;
            return named_errors[i].err;
        }
    }
    *ret_status = EXIT_STATUS_FAILED;
    return JET_errInternalError;
}

void service_instance_done(struct service_instance *instance)
{
    for (size_t i = 0; i < instance->database_count; i++)
        free((void *)(uintptr_t)instance->databases[i].path);
    free(instance->databases);
    free(instance->system_path);
    free(instance->log_path);
    *instance = (struct service_instance){.databases = NULL};
}

void service_status_done(struct service_status *status)
{
    for (size_t i = 0; i < status->instance_count; i++)
        service_instance_done(&status->instances[i]);
    free(status->instances);
    *status = (struct service_status){.instances = NULL};
}
