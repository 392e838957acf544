/* SPDX-License-Identifier: MIT */
#include "tool/exit_status.h"

#include <stddef.h>

#include "base/compiler.h"

/* Errors that are not listed are EXIT_STATUS_FAILED. */
static const struct {
    jet_err err;
    enum exit_status status;
} statuses[] = {
    {JET_errSuccess,                             EXIT_STATUS_DONE          },
    {JET_errBackupAbortByServer,                 EXIT_STATUS_STOPPED       },
    {JET_errFileNotFound,                        EXIT_STATUS_NOT_FOUND     },
    {JET_errDatabaseNotFound,                    EXIT_STATUS_NOT_FOUND     },
    {JET_errInvalidInstance,                     EXIT_STATUS_NOT_FOUND     },
    {JET_errBackupInProgress,                    EXIT_STATUS_BUSY          },
    {JET_errRestoreInProgress,                   EXIT_STATUS_BUSY          },
    {JET_errSurrogateBackupInProgress,           EXIT_STATUS_BUSY          },
    {JET_errBackupNotAllowedYet,                 EXIT_STATUS_BUSY          },
    {JET_errOSSnapshotNotAllowed,                EXIT_STATUS_BUSY          },
    {JET_errOSSnapshotInvalidSequence,           EXIT_STATUS_BUSY          },
    {JET_errPermissionDenied,                    EXIT_STATUS_NOT_AUTHORISED},
    {JET_errOSSnapshotTimeOut,                   EXIT_STATUS_FREEZE_TIMEOUT},
    {JET_errReadVerifyFailure,                   EXIT_STATUS_DAMAGE        },
    {JET_errReadPgnoVerifyFailure,               EXIT_STATUS_DAMAGE        },
    {JET_errReadLostFlushVerifyFailure,          EXIT_STATUS_DAMAGE        },
    {JET_errDiskReadVerificationFailure,         EXIT_STATUS_DAMAGE        },
    {JET_errPageNotInitialized,                  EXIT_STATUS_DAMAGE        },
    {JET_errDatabaseCorrupted,                   EXIT_STATUS_DAMAGE        },
    {JET_errCatalogCorrupted,                    EXIT_STATUS_DAMAGE        },
    {JET_errSPAvailExtCorrupted,                 EXIT_STATUS_DAMAGE        },
    {JET_errSPOwnExtCorrupted,                   EXIT_STATUS_DAMAGE        },
    {JET_errDbTimeCorrupted,                     EXIT_STATUS_DAMAGE        },
    {JET_errBadPageLink,                         EXIT_STATUS_DAMAGE        },
    {JET_errBadParentPageLink,                   EXIT_STATUS_DAMAGE        },
    {JET_errBadEmptyPage,                        EXIT_STATUS_DAMAGE        },
    {JET_errBadLineCount,                        EXIT_STATUS_DAMAGE        },
    {JET_errNodeCorrupted,                       EXIT_STATUS_DAMAGE        },
    {JET_errPrimaryIndexCorrupted,               EXIT_STATUS_DAMAGE        },
    {JET_errSecondaryIndexCorrupted,             EXIT_STATUS_DAMAGE        },
    {JET_errLVCorrupted,                         EXIT_STATUS_DAMAGE        },
    {JET_errBadPatchPage,                        EXIT_STATUS_DAMAGE        },
    {JET_errDatabasePatchFileMismatch,           EXIT_STATUS_DAMAGE        },
    {JET_errLogFileCorrupt,                      EXIT_STATUS_DAMAGE        },
    {JET_errLogReadVerifyFailure,                EXIT_STATUS_DAMAGE        },
    {JET_errLogFileSizeMismatch,                 EXIT_STATUS_DAMAGE        },
    {JET_errLogTornWriteDuringHardRestore,       EXIT_STATUS_DAMAGE        },
    {JET_errLogTornWriteDuringHardRecovery,      EXIT_STATUS_DAMAGE        },
    {JET_errLogCorruptDuringHardRestore,         EXIT_STATUS_DAMAGE        },
    {JET_errLogCorruptDuringHardRecovery,        EXIT_STATUS_DAMAGE        },
    {JET_errLogCorrupted,                        EXIT_STATUS_DAMAGE        },
    {JET_errCommittedLogFileCorrupt,             EXIT_STATUS_DAMAGE        },
    {JET_errLogSequenceChecksumMismatch,         EXIT_STATUS_DAMAGE        },
    {JET_errCheckpointCorrupt,                   EXIT_STATUS_DAMAGE        },
    {JET_errCompressionIntegrityCheckFailed,     EXIT_STATUS_DAMAGE        },
    {JET_errDecompressionFailed,                 EXIT_STATUS_DAMAGE        },
    {JET_errDatabaseBufferDependenciesCorrupted, EXIT_STATUS_DAMAGE        },
};

enum exit_status exit_status_of(jet_err err)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (statuses[i].err == err)
            return statuses[i].status;
    return err > JET_errSuccess ? EXIT_STATUS_WARNINGS : EXIT_STATUS_FAILED;
}

static unsigned weight(enum exit_status status)
{
    switch (status) {
    case EXIT_STATUS_DONE: return 0;
    case EXIT_STATUS_WARNINGS: return 1;
    case EXIT_STATUS_NOT_FOUND: return 3;
    case EXIT_STATUS_DAMAGE: return 4;
    case EXIT_STATUS_STOPPED: return 5;
    default: return 2;
    }
}

enum exit_status exit_status_worse(enum exit_status a, enum exit_status b)
{
    return weight(a) >= weight(b) ? a : b;
}
