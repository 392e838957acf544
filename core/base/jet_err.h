/* SPDX-License-Identifier: MIT */
/* jet_err.h - the one error space of Coldstream, from the disk to the caller: the error codes of the JET API.
 *
 * Zero is success, a negative value an error, a positive one a warning; a function returns warnings only where its
 * header says so. (JET_wrnNyi is called a warning and is negative: callers treat it as an error.) The list below is the
 * only one: the enum, the names and the texts come from it. Numbers are those of Microsoft's documented API ("Extensible
 * Storage Engine Error Codes"); the texts are ours. errBackupAbortByCaller is a reason we record, never a return value.
 */
#ifndef COLDSTREAM_BASE_JET_ERR_H
#define COLDSTREAM_BASE_JET_ERR_H

#include <stdint.h>

typedef int32_t jet_err;

/* clang-format off */
#define JET_ERR_MAP(XX)                                                                                                \
    XX(JET_wrnNyi, -1, "this function is not built yet") \
    XX(JET_errRfsFailure, -100, "a failure was injected") \
    XX(JET_errOutOfThreads, -103, "a thread could not be started") \
    XX(JET_errTooManyIO, -105, "too many inputs and outputs are under way") \
    XX(JET_errTaskDropped, -106, "a task could not be carried out") \
    XX(JET_errInternalError, -107, "internal error") \
    XX(JET_errDatabaseBufferDependenciesCorrupted, -255, "the order of page writes was broken") \
    XX(JET_errBadPageLink, -327, "sibling links of pages disagree") \
    XX(JET_errNTSystemCallFailed, -334, "a call to the operating system failed") \
    XX(JET_errBadParentPageLink, -338, "a page does not fit its parent") \
    XX(JET_errSPAvailExtCorrupted, -341, "the available-extents tree is damaged") \
    XX(JET_errSPOwnExtCorrupted, -343, "the owned-extents tree is damaged") \
    XX(JET_errDbTimeCorrupted, -344, "a page is newer than its database") \
    XX(JET_errKeyTruncated, -346, "the key was cut") \
    XX(JET_errBadEmptyPage, -351, "an emptied page is in use") \
    XX(JET_errBadLineCount, -354, "the tags of a page are damaged") \
    XX(JET_errNodeCorrupted, -358, "a node is damaged") \
    XX(JET_errKeyTooBig, -408, "the key is too long") \
    XX(JET_errCompressionIntegrityCheckFailed, -431, "compressed data does not have its checksum") \
    XX(JET_errLogFileCorrupt, -501, "the log file is damaged") \
    XX(JET_errBackupDirectoryNotEmpty, -504, "the backup folder is not empty") \
    XX(JET_errBackupInProgress, -505, "a backup is in progress") \
    XX(JET_errRestoreInProgress, -506, "a restore is in progress") \
    XX(JET_errMissingPreviousLogFile, -509, "the previous log file is missing") \
    XX(JET_errLogWriteFail, -510, "writing to the log failed") \
    XX(JET_errLogGenerationMismatch, -513, "the generation in the log does not fit its file name") \
    XX(JET_errBadLogVersion, -514, "the version of the log is not supported") \
    XX(JET_errInvalidLogSequence, -515, "the log files do not follow each other") \
    XX(JET_errLoggingDisabled, -516, "logging is disabled") \
    XX(JET_errLogSequenceEnd, -519, "there are no log generation numbers left") \
    XX(JET_errNoBackup, -520, "no backup is in progress") \
    XX(JET_errInvalidBackupSequence, -521, "this call is not possible at this point of the backup") \
    XX(JET_errBackupNotAllowedYet, -523, "a backup is not possible yet") \
    XX(JET_errDeleteBackupFileFail, -524, "an old backup file could not be deleted") \
    XX(JET_errMakeBackupDirectoryFail, -525, "the backup folder could not be made") \
    XX(JET_errInvalidBackup, -526, "an incremental backup is not possible with circular logging") \
    XX(JET_errRecoveredWithErrors, -527, "restored with errors") \
    XX(JET_errMissingLogFile, -528, "a log file is missing") \
    XX(JET_errLogDiskFull, -529, "the disk with the log files is full") \
    XX(JET_errBadLogSignature, -530, "the log file belongs to another log stream") \
    XX(JET_errBadDbSignature, -531, "the database does not belong to these log files") \
    XX(JET_errBadCheckpointSignature, -532, "the checkpoint file belongs to another log stream") \
    XX(JET_errCheckpointCorrupt, -533, "the checkpoint file is damaged") \
    XX(JET_errBadPatchPage, -535, "the last page of the backup copy is damaged") \
    XX(JET_errPatchFileMissing, -538, "the patch file of the backup is missing") \
    XX(JET_errLogFileSizeMismatch, -541, "the log file does not have the size that its header names") \
    XX(JET_errCheckpointFileNotFound, -542, "there is no checkpoint file") \
    XX(JET_errRequiredLogFilesMissing, -543, "log files that are needed for recovery are missing") \
    XX(JET_errSoftRecoveryOnBackupDatabase, -544, "the database is a backup copy that was never restored") \
    XX(JET_errDatabaseDirtyShutdown, -550, "the database was not closed cleanly and needs recovery") \
    XX(JET_errDatabasePatchFileMismatch, -552, "the backup copy and its last page, or its logs, do not belong together") \
    XX(JET_errEndingRestoreLogTooLow, -553, "the restore needs log files above the given range") \
    XX(JET_errStartingRestoreLogTooHigh, -554, "the restore needs log files below the given range") \
    XX(JET_errGivenLogFileHasBadSignature, -555, "a given log file belongs to another log stream") \
    XX(JET_errGivenLogFileIsNotContiguous, -556, "the given log files have a gap") \
    XX(JET_errMissingRestoreLogFiles, -557, "log files of the restore are missing") \
    XX(JET_errMissingFullBackup, -560, "there was no full backup before") \
    XX(JET_errDatabaseIncompleteUpgrade, -563, "an upgrade of the database was not finished") \
    XX(JET_errMissingCurrentLogFiles, -565, "current log files are missing") \
    XX(JET_errDbTimeTooOld, -566, "a page is older than the log says") \
    XX(JET_errDbTimeTooNew, -567, "a page is newer than the log says") \
    XX(JET_errMissingFileToBackup, -569, "a file to back up is missing") \
    XX(JET_errLogTornWriteDuringHardRestore, -570, "a log file of the backup was not written whole") \
    XX(JET_errLogTornWriteDuringHardRecovery, -571, "a log file was not written whole") \
    XX(JET_errLogCorruptDuringHardRestore, -573, "a log file of the backup is damaged") \
    XX(JET_errLogCorruptDuringHardRecovery, -574, "a log file is damaged") \
    XX(JET_errBadRestoreTargetInstance, -577, "the target instance of the restore is not suitable") \
    XX(JET_errSectorSizeNotSupported, -583, "the sector size of the disk is not supported") \
    XX(JET_errLogSequenceChecksumMismatch, -590, "a log file does not continue the one before it") \
    XX(JET_errUnicodeTranslationFail, -602, "text could not be converted") \
    XX(JET_errUnicodeNormalizationNotSupported, -603, "no collation table for this text") \
    XX(JET_errExistingLogFileHasBadSignature, -610, "an existing log file belongs to another log stream") \
    XX(JET_errExistingLogFileIsNotContiguous, -611, "the existing log files have a gap") \
    XX(JET_errLogReadVerifyFailure, -612, "a log file has a bad checksum") \
    XX(JET_errCheckpointDepthTooDeep, -614, "too many log files since the checkpoint") \
    XX(JET_errRestoreOfNonBackupDatabase, -615, "the file is not a backup copy") \
    XX(JET_errLogFileNotCopied, -616, "not all log files were copied") \
    XX(JET_errSurrogateBackupInProgress, -617, "a surrogate backup is in progress") \
    XX(JET_errTransactionTooLong, -618, "a transaction is open too long") \
    XX(JET_errEngineFormatVersionSpecifiedTooLowForLogVersion, -622, "the log is newer than the chosen engine format") \
    XX(JET_errEngineFormatVersionSpecifiedTooLowForDatabaseVersion, -623, "the database is newer than the chosen engine format") \
    XX(JET_errBackupAbortByCaller, -800, "the backup was ended by its client") \
    XX(JET_errBackupAbortByServer, -801, "the backup was stopped by the server") \
    XX(JET_errInvalidGrbit, -900, "invalid flags") \
    XX(JET_errTermInProgress, -1000, "the instance is terminating") \
    XX(JET_errFeatureNotAvailable, -1001, "this feature is not available") \
    XX(JET_errInvalidName, -1002, "invalid name") \
    XX(JET_errInvalidParameter, -1003, "invalid parameter") \
    XX(JET_errDatabaseFileReadOnly, -1008, "the database file is read-only") \
    XX(JET_errInvalidDatabaseId, -1010, "invalid database id") \
    XX(JET_errOutOfMemory, -1011, "out of memory") \
    XX(JET_errReadVerifyFailure, -1018, "a page has a bad checksum") \
    XX(JET_errPageNotInitialized, -1019, "the page was never written") \
    XX(JET_errDiskReadVerificationFailure, -1021, "the disk reported bad data") \
    XX(JET_errDiskIO, -1022, "the disk reported an error") \
    XX(JET_errInvalidPath, -1023, "the path is not valid") \
    XX(JET_errRecordTooBig, -1026, "the record is too big") \
    XX(JET_errNotInitialized, -1029, "the instance is not initialised") \
    XX(JET_errAlreadyInitialized, -1030, "the instance is already initialised") \
    XX(JET_errFileAccessDenied, -1032, "access to the file is denied") \
    XX(JET_errBufferTooSmall, -1038, "the buffer is too small") \
    XX(JET_errOutOfObjectIDs, -1074, "there are no object ids left") \
    XX(JET_errRunningInOneInstanceMode, -1080, "the engine runs in single-instance mode") \
    XX(JET_errRunningInMultiInstanceMode, -1081, "the engine runs in multi-instance mode") \
    XX(JET_errSystemPathInUse, -1083, "another instance uses the system path") \
    XX(JET_errLogFilePathInUse, -1084, "another instance uses the log path") \
    XX(JET_errInstanceUnavailable, -1090, "the instance is down after a fatal error") \
    XX(JET_errInstanceUnavailableDueToFatalLogDiskFull, -1092, "the instance is down because the log disk is full") \
    XX(JET_errInvalidInstance, -1115, "no such instance") \
    XX(JET_errDirtyShutdown, -1116, "the instance was ended without a clean shutdown") \
    XX(JET_errReadPgnoVerifyFailure, -1118, "the page carries another page number") \
    XX(JET_errReadLostFlushVerifyFailure, -1119, "an older image of the page was read") \
    XX(JET_errDatabaseNotFound, -1203, "no such database") \
    XX(JET_errDatabaseInvalidPages, -1205, "invalid number of pages") \
    XX(JET_errDatabaseCorrupted, -1206, "the database is damaged") \
    XX(JET_errDatabaseLocked, -1207, "the database is locked") \
    XX(JET_errInvalidDatabaseVersion, -1209, "the version of the database is not supported") \
    XX(JET_errDatabase200Format, -1210, "the database is in a format of long ago") \
    XX(JET_errDatabase400Format, -1211, "the database is in a format of long ago") \
    XX(JET_errDatabase500Format, -1212, "the database is in a format of long ago") \
    XX(JET_errPageSizeMismatch, -1213, "the page size is not the expected one") \
    XX(JET_errAttachedDatabaseMismatch, -1216, "the attached databases are not those of the log") \
    XX(JET_errCatalogCorrupted, -1220, "the catalogue is damaged") \
    XX(JET_errDatabaseIncompleteIncrementalReseed, -1226, "a reseed of the database was not finished") \
    XX(JET_errClientRequestToStopJetService, -1329, "the client asked to stop the service") \
    XX(JET_errPrimaryIndexCorrupted, -1413, "the primary index is damaged") \
    XX(JET_errSecondaryIndexCorrupted, -1414, "a secondary index is damaged") \
    XX(JET_errColumnTooBig, -1506, "the value is too big for its column") \
    XX(JET_errLVCorrupted, -1526, "a long value is damaged") \
    XX(JET_errDecompressionFailed, -1620, "a value could not be decompressed") \
    XX(JET_errDiskFull, -1808, "the disk is full") \
    XX(JET_errFileNotFound, -1811, "file not found") \
    XX(JET_errFileInvalidType, -1812, "the file is of another kind") \
    XX(JET_errFileAlreadyExists, -1814, "the file exists already") \
    XX(JET_errAfterInitialization, -1850, "not possible after initialisation") \
    XX(JET_errLogCorrupted, -1852, "the log holds a record that cannot be") \
    XX(JET_errDatabaseIncompleteRevert, -1935, "a revert of the database was not finished") \
    XX(JET_errOSSnapshotInvalidSequence, -2401, "this call is not possible at this point of the snapshot") \
    XX(JET_errOSSnapshotTimeOut, -2402, "the freeze ended by itself") \
    XX(JET_errOSSnapshotNotAllowed, -2403, "a snapshot is not possible now") \
    XX(JET_errOSSnapshotInvalidSnapId, -2404, "no such snapshot") \
    XX(JET_errFileIOBeyondEOF, -4001, "read beyond the end of the file") \
    XX(JET_errSuccess, 0, "done")
/* clang-format on */

enum {
#define XX(name, number, text) name = (number),
    JET_ERR_MAP(XX)
#undef XX
};

/* The name of a code, "JET_errReadVerifyFailure"; NULL for a number that is not in the list. */
const char *jet_err_name(jet_err err);

/* What a code means, in words, without a full stop; never NULL. */
const char *jet_err_text(jet_err err);

#endif
