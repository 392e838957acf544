/* SPDX-License-Identifier: MIT */
/* jet_err.h - the one error space of Coldstream, from the disk to the caller: the error codes of the JET API.
 *
 * Zero is success, a negative value an error, a positive one a warning; a function returns warnings only where its
 * header says so. (JET_wrnNyi is called a warning and is negative: callers treat it as an error.) The list below is the
 * only one: the enum, the names and the texts come from it. Numbers are those of Microsoft's documented API
 * ("Extensible Storage Engine Error Codes"); the texts are ours. errBackupAbortByCaller is a reason we record, never a
 * return value.
 */
#ifndef COLDSTREAM_BASE_JET_ERR_H
#define COLDSTREAM_BASE_JET_ERR_H

#include <stdbool.h>
#include <stdint.h>

typedef int32_t jet_err;

/* clang-format off */
#define JET_ERR_MAP(XX)                                                                                                \
    XX(JET_wrnNyi, -1, "this function is not built yet") \
    XX(JET_errRfsFailure, -100, "a failure was injected") \
    XX(JET_errRfsNotArmed, -101, "no failure is set up") \
    XX(JET_errFileClose, -102, "the file could not be closed") \
    XX(JET_errOutOfThreads, -103, "a thread could not be started") \
    XX(JET_errTooManyIO, -105, "too many inputs and outputs are under way") \
    XX(JET_errTaskDropped, -106, "a task could not be carried out") \
    XX(JET_errInternalError, -107, "internal error") \
    XX(JET_errDisabledFunctionality, -112, "this function is disabled") \
    XX(JET_errUnloadableOSFunctionality, -113, "a function of the operating system is missing") \
    XX(JET_errDeviceMissing, -114, "the device is missing") \
    XX(JET_errDeviceMisconfigured, -115, "the device is set up wrongly") \
    XX(JET_errDeviceTimeout, -116, "the device timed out") \
    XX(JET_errDeviceFailure, -118, "the device failed") \
    XX(JET_errDatabaseBufferDependenciesCorrupted, -255, "the order of page writes was broken") \
    XX(JET_errPreviousVersion, -322, "an older version is visible") \
    XX(JET_errPageBoundary, -323, "end of the page") \
    XX(JET_errKeyBoundary, -324, "end of the key range") \
    XX(JET_errBadPageLink, -327, "sibling links of pages disagree") \
    XX(JET_errBadBookmark, -328, "the bookmark is damaged") \
    XX(JET_errNTSystemCallFailed, -334, "a call to the operating system failed") \
    XX(JET_errBadParentPageLink, -338, "a page does not fit its parent") \
    XX(JET_errSPAvailExtCacheOutOfSync, -340, "the free extents in memory are out of step") \
    XX(JET_errSPAvailExtCorrupted, -341, "the available-extents tree is damaged") \
    XX(JET_errSPAvailExtCacheOutOfMemory, -342, "no memory for free extents") \
    XX(JET_errSPOwnExtCorrupted, -343, "the owned-extents tree is damaged") \
    XX(JET_errDbTimeCorrupted, -344, "a page is newer than its database") \
    XX(JET_errKeyTruncated, -346, "the key was cut") \
    XX(JET_errDatabaseLeakInSpace, -348, "pages of the database belong to nobody") \
    XX(JET_errBadEmptyPage, -351, "an emptied page is in use") \
    XX(JET_errBadLineCount, -354, "the tags of a page are damaged") \
    XX(JET_errPageTagCorrupted, -357, "a tag of a page is damaged") \
    XX(JET_errNodeCorrupted, -358, "a node is damaged") \
    XX(JET_errKeyTooBig, -408, "the key is too long") \
    XX(JET_errCannotSeparateIntrinsicLV, -416, "the value cannot be separated") \
    XX(JET_errSeparatedLongValue, -421, "the value is a separate long value") \
    XX(JET_errMustBeSeparateLongValue, -423, "the value must be a separate long value") \
    XX(JET_errInvalidPreread, -424, "the pages cannot be read ahead so") \
    XX(JET_errInvalidColumnReference, -426, "the column reference is not valid") \
    XX(JET_errStaleColumnReference, -427, "the column reference is stale") \
    XX(JET_errCompressionIntegrityCheckFailed, -431, "compressed data does not have its checksum") \
    XX(JET_errIndexDeferredPopulateCurrentlyUnavailable, -434, "the index cannot be filled now") \
    XX(JET_errInvalidLoggedOperation, -500, "the log holds an operation that cannot be") \
    XX(JET_errLogFileCorrupt, -501, "the log file is damaged") \
    XX(JET_errNoBackupDirectory, -503, "no backup folder was given") \
    XX(JET_errBackupDirectoryNotEmpty, -504, "the backup folder is not empty") \
    XX(JET_errBackupInProgress, -505, "a backup is in progress") \
    XX(JET_errRestoreInProgress, -506, "a restore is in progress") \
    XX(JET_errMissingPreviousLogFile, -509, "the previous log file is missing") \
    XX(JET_errLogWriteFail, -510, "writing to the log failed") \
    XX(JET_errLogDisabledDueToRecoveryFailure, -511, "the log is disabled since recovery failed") \
    XX(JET_errCannotLogDuringRecoveryRedo, -512, "nothing can be logged during the redo") \
    XX(JET_errLogGenerationMismatch, -513, "the generation in the log does not fit its file name") \
    XX(JET_errBadLogVersion, -514, "the version of the log is not supported") \
    XX(JET_errInvalidLogSequence, -515, "the log files do not follow each other") \
    XX(JET_errLoggingDisabled, -516, "logging is disabled") \
    XX(JET_errLogBufferTooSmall, -517, "the log buffer is too small") \
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
    XX(JET_errMissingPatchPage, -534, "the last page of the backup copy is missing") \
    XX(JET_errBadPatchPage, -535, "the last page of the backup copy is damaged") \
    XX(JET_errRedoAbruptEnded, -536, "the redo ended abruptly") \
    XX(JET_errBadSLVSignature, -537, "the streaming file has the wrong signature") \
    XX(JET_errPatchFileMissing, -538, "the patch file of the backup is missing") \
    XX(JET_errDatabaseLogSetMismatch, -539, "the database belongs to another set of log files") \
    XX(JET_errDatabaseStreamingFileMismatch, -540, "the streaming file belongs to another database") \
    XX(JET_errLogFileSizeMismatch, -541, "the log file does not have the size that its header names") \
    XX(JET_errCheckpointFileNotFound, -542, "there is no checkpoint file") \
    XX(JET_errRequiredLogFilesMissing, -543, "log files that are needed for recovery are missing") \
    XX(JET_errSoftRecoveryOnBackupDatabase, -544, "the database is a backup copy that was never restored") \
    XX(JET_errLogFileSizeMismatchDatabasesConsistent, -545, "the log files have another size; the databases are consistent") \
    XX(JET_errLogSectorSizeMismatch, -546, "the log was written with another sector size") \
    XX(JET_errLogSectorSizeMismatchDatabasesConsistent, -547, "the log was written with another sector size; the databases are consistent") \
    XX(JET_errLogSequenceEndDatabasesConsistent, -548, "there are no log generation numbers left; the databases are consistent") \
    XX(JET_errStreamingDataNotLogged, -549, "streaming data was not logged") \
    XX(JET_errDatabaseDirtyShutdown, -550, "the database was not closed cleanly and needs recovery") \
    XX(JET_errConsistentTimeMismatch, -551, "the database was last consistent at another time") \
    XX(JET_errDatabasePatchFileMismatch, -552, "the backup copy and its last page, or its logs, do not belong together") \
    XX(JET_errEndingRestoreLogTooLow, -553, "the restore needs log files above the given range") \
    XX(JET_errStartingRestoreLogTooHigh, -554, "the restore needs log files below the given range") \
    XX(JET_errGivenLogFileHasBadSignature, -555, "a given log file belongs to another log stream") \
    XX(JET_errGivenLogFileIsNotContiguous, -556, "the given log files have a gap") \
    XX(JET_errMissingRestoreLogFiles, -557, "log files of the restore are missing") \
    XX(JET_errMissingFullBackup, -560, "there was no full backup before") \
    XX(JET_errBadBackupDatabaseSize, -561, "the size of the backup copy is wrong") \
    XX(JET_errDatabaseAlreadyUpgraded, -562, "the database was upgraded already") \
    XX(JET_errDatabaseIncompleteUpgrade, -563, "an upgrade of the database was not finished") \
    XX(JET_errMissingCurrentLogFiles, -565, "current log files are missing") \
    XX(JET_errDbTimeTooOld, -566, "a page is older than the log says") \
    XX(JET_errDbTimeTooNew, -567, "a page is newer than the log says") \
    XX(JET_errMissingFileToBackup, -569, "a file to back up is missing") \
    XX(JET_errLogTornWriteDuringHardRestore, -570, "a log file of the backup was not written whole") \
    XX(JET_errLogTornWriteDuringHardRecovery, -571, "a log file was not written whole") \
    XX(JET_errLogCorruptDuringHardRestore, -573, "a log file of the backup is damaged") \
    XX(JET_errLogCorruptDuringHardRecovery, -574, "a log file is damaged") \
    XX(JET_errMustDisableLoggingForDbUpgrade, -575, "an upgrade needs logging to be off") \
    XX(JET_errBadRestoreTargetInstance, -577, "the target instance of the restore is not suitable") \
    XX(JET_errRecoveredWithoutUndo, -579, "redone without undo") \
    XX(JET_errDatabasesNotFromSameSnapshot, -580, "the databases are not of the same snapshot") \
    XX(JET_errSoftRecoveryOnSnapshot, -581, "the database is a snapshot copy") \
    XX(JET_errCommittedLogFilesMissing, -582, "log files with committed transactions are missing") \
    XX(JET_errSectorSizeNotSupported, -583, "the sector size of the disk is not supported") \
    XX(JET_errRecoveredWithoutUndoDatabasesConsistent, -584, "redone without undo, the databases are consistent") \
    XX(JET_errCommittedLogFileCorrupt, -586, "a log file with committed transactions is damaged") \
    XX(JET_errLogSequenceChecksumMismatch, -590, "a log file does not continue the one before it") \
    XX(JET_errPageInitializedMismatch, -596, "a page is in use where it should not be") \
    XX(JET_errUnicodeTranslationBufferTooSmall, -601, "the buffer for converted text is too small") \
    XX(JET_errUnicodeTranslationFail, -602, "text could not be converted") \
    XX(JET_errUnicodeNormalizationNotSupported, -603, "no collation table for this text") \
    XX(JET_errUnicodeLanguageValidationFailure, -604, "the language could not be validated") \
    XX(JET_errExistingLogFileHasBadSignature, -610, "an existing log file belongs to another log stream") \
    XX(JET_errExistingLogFileIsNotContiguous, -611, "the existing log files have a gap") \
    XX(JET_errLogReadVerifyFailure, -612, "a log file has a bad checksum") \
    XX(JET_errSLVReadVerifyFailure, -613, "the streaming file has a bad checksum") \
    XX(JET_errCheckpointDepthTooDeep, -614, "too many log files since the checkpoint") \
    XX(JET_errRestoreOfNonBackupDatabase, -615, "the file is not a backup copy") \
    XX(JET_errLogFileNotCopied, -616, "not all log files were copied") \
    XX(JET_errSurrogateBackupInProgress, -617, "a surrogate backup is in progress") \
    XX(JET_errTransactionTooLong, -618, "a transaction is open too long") \
    XX(JET_errEngineFormatVersionNoLongerSupportedTooLow, -619, "the chosen engine format is too old for this engine") \
    XX(JET_errEngineFormatVersionNotYetImplementedTooHigh, -620, "the chosen engine format is newer than this engine") \
    XX(JET_errEngineFormatVersionParamTooLowForRequestedFeature, -621, "the chosen engine format is too old for this feature") \
    XX(JET_errEngineFormatVersionSpecifiedTooLowForLogVersion, -622, "the log is newer than the chosen engine format") \
    XX(JET_errEngineFormatVersionSpecifiedTooLowForDatabaseVersion, -623, "the database is newer than the chosen engine format") \
    XX(JET_errDbTimeBeyondMaxRequired, -625, "a page is newer than the logs that are required") \
    XX(JET_errLogOperationInconsistentWithDatabase, -626, "the log does not fit the database") \
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
    XX(JET_errOutOfDatabaseSpace, -1012, "the database cannot grow further") \
    XX(JET_errOutOfCursors, -1013, "there are no cursors left") \
    XX(JET_errOutOfBuffers, -1014, "there are no page buffers left") \
    XX(JET_errTooManyIndexes, -1015, "there are too many indexes") \
    XX(JET_errTooManyKeys, -1016, "there are too many key columns") \
    XX(JET_errRecordDeleted, -1017, "the record was deleted") \
    XX(JET_errReadVerifyFailure, -1018, "a page has a bad checksum") \
    XX(JET_errPageNotInitialized, -1019, "the page was never written") \
    XX(JET_errOutOfFileHandles, -1020, "there are no file handles left") \
    XX(JET_errDiskReadVerificationFailure, -1021, "the disk reported bad data") \
    XX(JET_errDiskIO, -1022, "the disk reported an error") \
    XX(JET_errInvalidPath, -1023, "the path is not valid") \
    XX(JET_errInvalidSystemPath, -1024, "the system path is not valid") \
    XX(JET_errInvalidLogDirectory, -1025, "the log path is not valid") \
    XX(JET_errRecordTooBig, -1026, "the record is too big") \
    XX(JET_errTooManyOpenDatabases, -1027, "too many databases are open") \
    XX(JET_errInvalidDatabase, -1028, "the file is not a database") \
    XX(JET_errNotInitialized, -1029, "the instance is not initialised") \
    XX(JET_errAlreadyInitialized, -1030, "the instance is already initialised") \
    XX(JET_errInitInProgress, -1031, "the instance is initialising") \
    XX(JET_errFileAccessDenied, -1032, "access to the file is denied") \
    XX(JET_errQueryNotSupported, -1034, "queries are not supported") \
    XX(JET_errSQLLinkNotSupported, -1035, "links are not supported") \
    XX(JET_errBufferTooSmall, -1038, "the buffer is too small") \
    XX(JET_errTooManyColumns, -1040, "there are too many columns") \
    XX(JET_errContainerNotEmpty, -1043, "the container is not empty") \
    XX(JET_errInvalidFilename, -1044, "the file name is not valid") \
    XX(JET_errInvalidBookmark, -1045, "the bookmark is not valid") \
    XX(JET_errColumnInUse, -1046, "the column is in use") \
    XX(JET_errInvalidBufferSize, -1047, "the size of the data does not fit the column") \
    XX(JET_errColumnNotUpdatable, -1048, "the column cannot be set") \
    XX(JET_errIndexInUse, -1051, "the index is in use") \
    XX(JET_errLinkNotSupported, -1052, "links are not supported") \
    XX(JET_errNullKeyDisallowed, -1053, "the key may not be null") \
    XX(JET_errNotInTransaction, -1054, "the session is in no transaction") \
    XX(JET_errMustRollback, -1057, "the transaction must be rolled back") \
    XX(JET_errTooManyActiveUsers, -1059, "there are too many users") \
    XX(JET_errInvalidCountry, -1061, "the country is not valid") \
    XX(JET_errInvalidLanguageId, -1062, "the language id is not valid") \
    XX(JET_errInvalidCodePage, -1063, "the code page is not valid") \
    XX(JET_errInvalidLCMapStringFlags, -1064, "the flags for comparing text are not valid") \
    XX(JET_errVersionStoreEntryTooBig, -1065, "the version of one change is too big") \
    XX(JET_errVersionStoreOutOfMemoryAndCleanupTimedOut, -1066, "the version store is full, and cleaning it took too long") \
    XX(JET_errVersionStoreOutOfMemory, -1069, "the version store is full") \
    XX(JET_errCurrencyStackOutOfMemory, -1070, "no memory for positions") \
    XX(JET_errCannotIndex, -1071, "the column cannot be indexed so") \
    XX(JET_errRecordNotDeleted, -1072, "the record is not deleted") \
    XX(JET_errTooManyMempoolEntries, -1073, "there are too many entries in a memory pool") \
    XX(JET_errOutOfObjectIDs, -1074, "there are no object ids left") \
    XX(JET_errOutOfLongValueIDs, -1075, "there are no long-value ids left") \
    XX(JET_errOutOfAutoincrementValues, -1076, "there are no auto-increment values left") \
    XX(JET_errOutOfDbtimeValues, -1077, "there are no database times left") \
    XX(JET_errOutOfSequentialIndexValues, -1078, "there are no record numbers left") \
    XX(JET_errRunningInOneInstanceMode, -1080, "the engine runs in single-instance mode") \
    XX(JET_errRunningInMultiInstanceMode, -1081, "the engine runs in multi-instance mode") \
    XX(JET_errSystemParamsAlreadySet, -1082, "the global parameters were set already") \
    XX(JET_errSystemPathInUse, -1083, "another instance uses the system path") \
    XX(JET_errLogFilePathInUse, -1084, "another instance uses the log path") \
    XX(JET_errTempPathInUse, -1085, "another instance uses the temporary path") \
    XX(JET_errInstanceNameInUse, -1086, "the name of the instance is in use") \
    XX(JET_errSystemParameterConflict, -1087, "the parameters do not fit those set by others") \
    XX(JET_errInstanceUnavailable, -1090, "the instance is down after a fatal error") \
    XX(JET_errDatabaseUnavailable, -1091, "the database is not available") \
    XX(JET_errInstanceUnavailableDueToFatalLogDiskFull, -1092, "the instance is down because the log disk is full") \
    XX(JET_errInvalidSesparamId, -1093, "no such parameter of a session") \
    XX(JET_errTooManyRecords, -1094, "there are too many records") \
    XX(JET_errInvalidDbparamId, -1095, "no such parameter of a database") \
    XX(JET_errOutOfSessions, -1101, "there are no sessions left") \
    XX(JET_errWriteConflict, -1102, "another session changed the same data") \
    XX(JET_errTransTooDeep, -1103, "transactions are nested too deep") \
    XX(JET_errInvalidSesid, -1104, "no such session") \
    XX(JET_errWriteConflictPrimaryIndex, -1105, "the primary index is being changed by another session") \
    XX(JET_errInTransaction, -1108, "the session is in a transaction") \
    XX(JET_errRollbackRequired, -1109, "the transaction can only be rolled back") \
    XX(JET_errTransReadOnly, -1110, "the transaction is read-only") \
    XX(JET_errSessionWriteConflict, -1111, "the session conflicts with itself") \
    XX(JET_errRecordTooBigForBackwardCompatibility, -1112, "the record is too big for older versions") \
    XX(JET_errCannotMaterializeForwardOnlySort, -1113, "a forward-only sort cannot become a table") \
    XX(JET_errSesidTableIdMismatch, -1114, "the table was opened by another session") \
    XX(JET_errInvalidInstance, -1115, "no such instance") \
    XX(JET_errDirtyShutdown, -1116, "the instance was ended without a clean shutdown") \
    XX(JET_errReadPgnoVerifyFailure, -1118, "the page carries another page number") \
    XX(JET_errReadLostFlushVerifyFailure, -1119, "an older image of the page was read") \
    XX(JET_errFileSystemCorruption, -1121, "the file system is damaged") \
    XX(JET_errRecoveryVerifyFailure, -1123, "recovery found a difference") \
    XX(JET_errFilteredMoveNotSupported, -1124, "the filter allows no such move") \
    XX(JET_errMustCommitDistributedTransactionToLevel0, -1150, "a distributed transaction is committed to level 0") \
    XX(JET_errDistributedTransactionAlreadyPreparedToCommit, -1151, "the distributed transaction is prepared already") \
    XX(JET_errNotInDistributedTransaction, -1152, "the session is in no distributed transaction") \
    XX(JET_errDistributedTransactionNotYetPreparedToCommit, -1153, "the distributed transaction is not prepared") \
    XX(JET_errCannotNestDistributedTransactions, -1154, "distributed transactions cannot be nested") \
    XX(JET_errDTCMissingCallback, -1160, "there is no callback for the distributed transaction") \
    XX(JET_errDTCMissingCallbackOnRecovery, -1161, "recovery has no callback for a distributed transaction") \
    XX(JET_errDTCCallbackUnexpectedError, -1162, "the callback of the distributed transaction failed") \
    XX(JET_errDatabaseDuplicate, -1201, "the database exists already") \
    XX(JET_errDatabaseInUse, -1202, "the database is in use") \
    XX(JET_errDatabaseNotFound, -1203, "no such database") \
    XX(JET_errDatabaseInvalidName, -1204, "the name of the database is not valid") \
    XX(JET_errDatabaseInvalidPages, -1205, "invalid number of pages") \
    XX(JET_errDatabaseCorrupted, -1206, "the database is damaged") \
    XX(JET_errDatabaseLocked, -1207, "the database is locked") \
    XX(JET_errCannotDisableVersioning, -1208, "versions cannot be switched off for this database") \
    XX(JET_errInvalidDatabaseVersion, -1209, "the version of the database is not supported") \
    XX(JET_errDatabase200Format, -1210, "the database is in a format of long ago") \
    XX(JET_errDatabase400Format, -1211, "the database is in a format of long ago") \
    XX(JET_errDatabase500Format, -1212, "the database is in a format of long ago") \
    XX(JET_errPageSizeMismatch, -1213, "the page size is not the expected one") \
    XX(JET_errTooManyInstances, -1214, "there are too many instances") \
    XX(JET_errDatabaseSharingViolation, -1215, "another instance uses the database") \
    XX(JET_errAttachedDatabaseMismatch, -1216, "the attached databases are not those of the log") \
    XX(JET_errDatabaseInvalidPath, -1217, "the path of the database is not valid") \
    XX(JET_errDatabaseIdInUse, -1218, "the database id is in use") \
    XX(JET_errForceDetachNotAllowed, -1219, "the database cannot be detached by force") \
    XX(JET_errCatalogCorrupted, -1220, "the catalogue is damaged") \
    XX(JET_errPartiallyAttachedDB, -1221, "the database is attached in part only") \
    XX(JET_errDatabaseSignInUse, -1222, "a database with this signature is in use") \
    XX(JET_errDatabaseCorruptedNoRepair, -1224, "the database is damaged and may not be repaired") \
    XX(JET_errInvalidCreateDbVersion, -1225, "the logs create a database of an unsupported version") \
    XX(JET_errDatabaseIncompleteIncrementalReseed, -1226, "a reseed of the database was not finished") \
    XX(JET_errDatabaseInvalidIncrementalReseed, -1227, "the reseed of the database is not valid") \
    XX(JET_errDatabaseFailedIncrementalReseed, -1228, "the reseed of the database failed") \
    XX(JET_errNoAttachmentsFailedIncrementalReseed, -1229, "the reseed has no database to work on") \
    XX(JET_errDatabaseNotReady, -1230, "the database is not ready") \
    XX(JET_errDatabaseAttachedForRecovery, -1231, "the database is attached for recovery only") \
    XX(JET_errTransactionsNotReadyDuringRecovery, -1232, "transactions are not possible during recovery") \
    XX(JET_errTableLocked, -1302, "the table is locked") \
    XX(JET_errTableDuplicate, -1303, "the table exists already") \
    XX(JET_errTableInUse, -1304, "the table is in use") \
    XX(JET_errObjectNotFound, -1305, "no such object") \
    XX(JET_errDensityInvalid, -1307, "the density is not valid") \
    XX(JET_errTableNotEmpty, -1308, "the table is not empty") \
    XX(JET_errInvalidTableId, -1310, "no such table handle") \
    XX(JET_errTooManyOpenTables, -1311, "too many tables are open") \
    XX(JET_errIllegalOperation, -1312, "the operation is not allowed on this table") \
    XX(JET_errTooManyOpenTablesAndCleanupTimedOut, -1313, "too many tables are open, and waiting did not help") \
    XX(JET_errObjectDuplicate, -1314, "the object exists already") \
    XX(JET_errInvalidObject, -1316, "the object is not valid for this operation") \
    XX(JET_errCannotDeleteTempTable, -1317, "a temporary table is closed, not deleted") \
    XX(JET_errCannotDeleteSystemTable, -1318, "a system table cannot be deleted") \
    XX(JET_errCannotDeleteTemplateTable, -1319, "a template table cannot be deleted") \
    XX(JET_errExclusiveTableLockRequired, -1322, "the table must be open exclusively") \
    XX(JET_errFixedDDL, -1323, "the definition of the table is fixed") \
    XX(JET_errFixedInheritedDDL, -1324, "the inherited definition is fixed") \
    XX(JET_errCannotNestDDL, -1325, "a template cannot have a template") \
    XX(JET_errDDLNotInheritable, -1326, "the definition cannot be inherited") \
    XX(JET_errInvalidSettings, -1328, "the settings do not fit together") \
    XX(JET_errClientRequestToStopJetService, -1329, "the client asked to stop the service") \
    XX(JET_errCannotAddFixedVarColumnToDerivedTable, -1330, "a derived table takes tagged columns only") \
    XX(JET_errIndexCantBuild, -1401, "the index cannot be built") \
    XX(JET_errIndexHasPrimary, -1402, "the table has a primary index already") \
    XX(JET_errIndexDuplicate, -1403, "the index exists already") \
    XX(JET_errIndexNotFound, -1404, "no such index") \
    XX(JET_errIndexMustStay, -1405, "the index cannot be deleted") \
    XX(JET_errIndexInvalidDef, -1406, "the definition of the index is not valid") \
    XX(JET_errInvalidCreateIndex, -1409, "the index cannot be created so") \
    XX(JET_errTooManyOpenIndexes, -1410, "too many indexes are open") \
    XX(JET_errMultiValuedIndexViolation, -1411, "the multi-value breaks the index") \
    XX(JET_errIndexBuildCorrupted, -1412, "the index could not be built") \
    XX(JET_errPrimaryIndexCorrupted, -1413, "the primary index is damaged") \
    XX(JET_errSecondaryIndexCorrupted, -1414, "a secondary index is damaged") \
    XX(JET_errInvalidIndexId, -1416, "the index id is not valid") \
    XX(JET_errCantUseDeferredPopulateIndex, -1419, "the index is still being filled") \
    XX(JET_errIndexTuplesSecondaryIndexOnly, -1430, "a tuple index cannot be primary") \
    XX(JET_errIndexTuplesTooManyColumns, -1431, "a tuple index has too many columns") \
    XX(JET_errIndexTuplesNonUniqueOnly, -1432, "a tuple index cannot be unique") \
    XX(JET_errIndexTuplesTextBinaryColumnsOnly, -1433, "a tuple index is on text or binary columns only") \
    XX(JET_errIndexTuplesVarSegMacNotAllowed, -1434, "a tuple index has no limit on its segments") \
    XX(JET_errIndexTuplesInvalidLimits, -1435, "the limits of the tuple index are not valid") \
    XX(JET_errIndexTuplesCannotRetrieveFromIndex, -1436, "a tuple index cannot give back the column") \
    XX(JET_errIndexTuplesKeyTooSmall, -1437, "the key is too small for a tuple index") \
    XX(JET_errInvalidLVChunkSize, -1438, "the chunk size of long values is not valid") \
    XX(JET_errColumnCannotBeEncrypted, -1439, "the column cannot be encrypted") \
    XX(JET_errCannotIndexOnEncryptedColumn, -1440, "an encrypted column cannot be indexed") \
    XX(JET_errColumnLong, -1501, "the column is a long value") \
    XX(JET_errColumnNoChunk, -1502, "no such chunk of the long value") \
    XX(JET_errColumnDoesNotFit, -1503, "the field does not fit") \
    XX(JET_errNullInvalid, -1504, "the column may not be null") \
    XX(JET_errColumnIndexed, -1505, "the column is indexed") \
    XX(JET_errColumnTooBig, -1506, "the value is too big for its column") \
    XX(JET_errColumnNotFound, -1507, "no such column") \
    XX(JET_errColumnDuplicate, -1508, "the column exists already") \
    XX(JET_errMultiValuedColumnMustBeTagged, -1509, "a multi-valued column must be tagged") \
    XX(JET_errColumnRedundant, -1510, "a second column of this kind is not possible") \
    XX(JET_errInvalidColumnType, -1511, "the type of the column is not valid") \
    XX(JET_errTaggedNotNULL, -1514, "a tagged column cannot be not-null") \
    XX(JET_errNoCurrentIndex, -1515, "there is no current index") \
    XX(JET_errKeyIsMade, -1516, "the key is complete already") \
    XX(JET_errBadColumnId, -1517, "the column id is not valid") \
    XX(JET_errBadItagSequence, -1518, "the number of the multi-value is not valid") \
    XX(JET_errColumnInRelationship, -1519, "the column is part of a relationship") \
    XX(JET_errCannotBeTagged, -1521, "the column cannot be tagged") \
    XX(JET_errDefaultValueTooBig, -1524, "the default value is too big") \
    XX(JET_errMultiValuedDuplicate, -1525, "the multi-value has a duplicate") \
    XX(JET_errLVCorrupted, -1526, "a long value is damaged") \
    XX(JET_errMultiValuedDuplicateAfterTruncation, -1528, "the multi-value has a duplicate once it is cut") \
    XX(JET_errDerivedColumnCorruption, -1529, "a derived column is damaged") \
    XX(JET_errInvalidPlaceholderColumn, -1530, "a placeholder column is not possible here") \
    XX(JET_errColumnCannotBeCompressed, -1538, "the column cannot be compressed") \
    XX(JET_errColumnNoEncryptionKey, -1540, "the column needs an encryption key") \
    XX(JET_errRecordNotFound, -1601, "the key was not found") \
    XX(JET_errRecordNoCopy, -1602, "there is no copy of the record") \
    XX(JET_errNoCurrentRecord, -1603, "the cursor is on no record") \
    XX(JET_errRecordPrimaryChanged, -1604, "the primary key would change") \
    XX(JET_errKeyDuplicate, -1605, "the key exists already") \
    XX(JET_errAlreadyPrepared, -1607, "an update is prepared already") \
    XX(JET_errKeyNotMade, -1608, "no key was made") \
    XX(JET_errUpdateNotPrepared, -1609, "no update was prepared") \
    XX(JET_errDataHasChanged, -1611, "the data has changed") \
    XX(JET_errLanguageNotSupported, -1619, "the language is not supported") \
    XX(JET_errDecompressionFailed, -1620, "a value could not be decompressed") \
    XX(JET_errUpdateMustVersion, -1621, "the update cannot go without a version") \
    XX(JET_errDecryptionFailed, -1622, "a value could not be decrypted") \
    XX(JET_errEncryptionBadItag, -1623, "an encrypted column cannot be multi-valued here") \
    XX(JET_errSetAutoIncrementTooHigh, -1624, "the auto-increment value is too high") \
    XX(JET_errAutoIncrementNotSet, -1625, "the auto-increment column was not set") \
    XX(JET_errTooManySorts, -1701, "too many sorts") \
    XX(JET_errInvalidOnSort, -1702, "the operation is not possible on a sort") \
    XX(JET_errTempFileOpenError, -1803, "the temporary file could not be opened") \
    XX(JET_errTooManyAttachedDatabases, -1805, "too many databases are attached") \
    XX(JET_errDiskFull, -1808, "the disk is full") \
    XX(JET_errPermissionDenied, -1809, "this is not permitted") \
    XX(JET_errFileNotFound, -1811, "file not found") \
    XX(JET_errFileInvalidType, -1812, "the file is of another kind") \
    XX(JET_errFileAlreadyExists, -1814, "the file exists already") \
    XX(JET_errAfterInitialization, -1850, "not possible after initialisation") \
    XX(JET_errLogCorrupted, -1852, "the log holds a record that cannot be") \
    XX(JET_errInvalidOperation, -1906, "the operation is not possible here") \
    XX(JET_errAccessDenied, -1907, "access is denied") \
    XX(JET_errTooManySplits, -1909, "too many page splits") \
    XX(JET_errSessionSharingViolation, -1910, "two threads use the session at once") \
    XX(JET_errEntryPointNotFound, -1911, "the entry point was not found") \
    XX(JET_errSessionContextAlreadySet, -1912, "the session has a context already") \
    XX(JET_errSessionContextNotSetByThisThread, -1913, "the session's context was set by another thread") \
    XX(JET_errSessionInUse, -1914, "the session is in use") \
    XX(JET_errRecordFormatConversionFailed, -1915, "the record could not be converted") \
    XX(JET_errOneDatabasePerSession, -1916, "a session may use one database only") \
    XX(JET_errRollbackError, -1917, "the rollback failed") \
    XX(JET_errFlushMapVersionUnsupported, -1918, "the version of the flush map is not supported") \
    XX(JET_errFlushMapDatabaseMismatch, -1919, "the flush map is of another database") \
    XX(JET_errFlushMapUnrecoverable, -1920, "the flush map cannot be recovered") \
    XX(JET_errRBSFileCorrupt, -1921, "the revert snapshot is damaged") \
    XX(JET_errRBSHeaderCorrupt, -1922, "the header of the revert snapshot is damaged") \
    XX(JET_errRBSDbMismatch, -1923, "the revert snapshot is of another database") \
    XX(JET_errBadRBSVersion, -1925, "the version of the revert snapshot is not supported") \
    XX(JET_errOutOfRBSSpace, -1926, "there is no space for the revert snapshot") \
    XX(JET_errRBSInvalidSign, -1927, "the revert snapshot has the wrong signature") \
    XX(JET_errRBSInvalidRecord, -1928, "a record of the revert snapshot is not valid") \
    XX(JET_errRBSRCInvalidRBS, -1929, "the revert snapshot is not valid") \
    XX(JET_errRBSRCNoRBSFound, -1930, "there is no revert snapshot") \
    XX(JET_errRBSRCBadDbState, -1931, "the database is not in a state for a revert") \
    XX(JET_errRBSMissingReqLogs, -1932, "log files that the revert needs are missing") \
    XX(JET_errRBSLogDivergenceFailed, -1933, "the logs diverged from the revert snapshot") \
    XX(JET_errRBSRCCopyLogsRevertState, -1934, "the revert is copying logs") \
    XX(JET_errDatabaseIncompleteRevert, -1935, "a revert of the database was not finished") \
    XX(JET_errRBSRCRevertCancelled, -1936, "the revert was cancelled") \
    XX(JET_errRBSRCInvalidDbFormatVersion, -1937, "the format of the database does not allow a revert") \
    XX(JET_errRBSCannotDetermineDivergence, -1938, "it is not known whether the logs diverged from the revert snapshot") \
    XX(JET_errRBSDeleteTableTooBig, -1941, "the table is too big to be deleted in a revertable way") \
    XX(JET_errRBSDeleteTableTooSoon, -1942, "the table was deleted too soon for a revert") \
    XX(JET_errRBSFDPToBeDeleted, -1943, "the table will be deleted by a revert") \
    XX(JET_errRBSRevertableDeleteNotPossible, -1944, "the delete cannot be made revertable") \
    XX(JET_errRBSRedeleteFDPUnexpected, -1947, "the revert would delete a table again") \
    XX(JET_errRBSRCPageFDPDeleteFileCorrupt, -1948, "the revert's list of deleted tables is damaged") \
    XX(JET_errDatabaseAlreadyRunningMaintenance, -2004, "the database is under maintenance already") \
    XX(JET_errRootSpaceLeakEstimationAlreadyRunning, -2006, "an estimation of leaked space is running") \
    XX(JET_errCallbackFailed, -2101, "the callback failed") \
    XX(JET_errCallbackNotResolved, -2102, "the callback could not be found") \
    XX(JET_errSpaceHintsInvalid, -2103, "the space hints are not valid") \
    XX(JET_errOSSnapshotInvalidSequence, -2401, "this call is not possible at this point of the snapshot") \
    XX(JET_errOSSnapshotTimeOut, -2402, "the freeze ended by itself") \
    XX(JET_errOSSnapshotNotAllowed, -2403, "a snapshot is not possible now") \
    XX(JET_errOSSnapshotInvalidSnapId, -2404, "no such snapshot") \
    XX(JET_errTooManyTestInjections, -2501, "too many tests are set") \
    XX(JET_errTestInjectionNotSupported, -2502, "this kind of test is not supported") \
    XX(JET_errInvalidLogDataSequence, -2601, "log data came out of order") \
    XX(JET_errLSCallbackNotSpecified, -3000, "local storage needs a callback that frees it") \
    XX(JET_errLSAlreadySet, -3001, "the object has local storage already") \
    XX(JET_errLSNotSet, -3002, "there is no local storage for this object") \
    XX(JET_errFileIOSparse, -4000, "the range of the file is sparse") \
    XX(JET_errFileIOBeyondEOF, -4001, "read beyond the end of the file") \
    XX(JET_errFileIOAbort, -4002, "the input or output was aborted") \
    XX(JET_errFileIORetry, -4003, "the input or output is to be tried again") \
    XX(JET_errFileIOFail, -4004, "the input or output was ended with an error") \
    XX(JET_errFileCompressed, -4005, "the file is compressed") \
    XX(JET_errSuccess, 0, "done") \
    XX(JET_wrnRemainingVersions, 321, "versions remain to be cleaned up") \
    XX(JET_wrnUniqueKey, 345, "the key is unique") \
    XX(JET_wrnSeparateLongValue, 406, "the value is a separate long value") \
    XX(JET_wrnNoMoreRecords, 428, "there are no more records") \
    XX(JET_wrnIndexDeferredPopulateIncomplete, 432, "the index is not filled yet") \
    XX(JET_wrnIndexDeferredPopulateHalted, 433, "filling the index was halted") \
    XX(JET_wrnExistingLogFileHasBadSignature, 558, "an existing log file belongs to another log stream") \
    XX(JET_wrnExistingLogFileIsNotContiguous, 559, "the existing log files have a gap") \
    XX(JET_wrnSkipThisRecord, 564, "the record is to be skipped") \
    XX(JET_wrnTargetInstanceRunning, 578, "the target instance of the restore is running") \
    XX(JET_wrnCommittedLogFilesLost, 585, "committed transactions were lost") \
    XX(JET_wrnCommittedLogFilesRemoved, 587, "log files with committed transactions were removed") \
    XX(JET_wrnFinishWithUndo, 588, "the undo is still to be done") \
    XX(JET_wrnDatabaseRepaired, 595, "the database was repaired") \
    XX(JET_wrnColumnNull, 1004, "the value is null") \
    XX(JET_wrnBufferTruncated, 1006, "the buffer was too small for all") \
    XX(JET_wrnDatabaseAttached, 1007, "the database is attached already") \
    XX(JET_wrnSortOverflow, 1009, "the sort went to disk") \
    XX(JET_wrnSeekNotEqual, 1039, "the record found does not have the key") \
    XX(JET_wrnNoErrorInfo, 1055, "there is no more to say about the error") \
    XX(JET_wrnNoIdleActivity, 1058, "there was nothing to do") \
    XX(JET_wrnNoWriteLock, 1067, "the session holds no write lock") \
    XX(JET_wrnColumnSetNull, 1068, "the column was set to null") \
    XX(JET_wrnShrinkNotPossible, 1122, "the database cannot be made smaller") \
    XX(JET_wrnDTCCommitTransaction, 1163, "the distributed transaction is to be committed") \
    XX(JET_wrnDTCRollbackTransaction, 1164, "the distributed transaction is to be rolled back") \
    XX(JET_wrnTableEmpty, 1301, "the table is empty") \
    XX(JET_wrnTableInUseBySystem, 1327, "the engine itself uses the table") \
    XX(JET_wrnCorruptIndexDeleted, 1415, "damaged indexes were deleted") \
    XX(JET_wrnPrimaryIndexOutOfDate, 1417, "the primary index is out of date") \
    XX(JET_wrnSecondaryIndexOutOfDate, 1418, "a secondary index is out of date") \
    XX(JET_wrnColumnMaxTruncated, 1512, "the greatest size of the column was lowered") \
    XX(JET_wrnCopyLongValue, 1520, "the long value was copied") \
    XX(JET_wrnTaggedColumnsRemaining, 1523, "there are more tagged columns") \
    XX(JET_wrnColumnSkipped, 1531, "the column was skipped") \
    XX(JET_wrnColumnNotLocal, 1532, "the value is not in the record") \
    XX(JET_wrnColumnMoreTags, 1533, "there are more values of this column") \
    XX(JET_wrnColumnTruncated, 1534, "the value was cut to the buffer") \
    XX(JET_wrnColumnPresent, 1535, "the column is present") \
    XX(JET_wrnColumnSingleValue, 1536, "the column has one value") \
    XX(JET_wrnColumnDefault, 1537, "the column has its default value") \
    XX(JET_wrnColumnNotInRecord, 1539, "the value is not in the record") \
    XX(JET_wrnColumnReference, 1541, "a reference to the value was returned") \
    XX(JET_wrnDataHasChanged, 1610, "the data has changed") \
    XX(JET_wrnKeyChanged, 1618, "the key has changed") \
    XX(JET_wrnFileOpenReadOnly, 1813, "the file was opened read-only") \
    XX(JET_wrnIdleFull, 1908, "there is more idle work than can be taken") \
    XX(JET_wrnDefragAlreadyRunning, 2000, "the defragmentation is running already") \
    XX(JET_wrnDefragNotRunning, 2001, "no defragmentation is running") \
    XX(JET_wrnDatabaseScanAlreadyRunning, 2002, "the scan of the database is running already") \
    XX(JET_wrnDatabaseScanNotRunning, 2003, "no scan of the database is running") \
    XX(JET_wrnCallbackNotRegistered, 2100, "no such callback was registered") \
    XX(JET_wrnPreviousLogFileIncomplete, 2602, "the previous log file is incomplete")
/* clang-format on */

enum {
#define XX(name, number, text) name = (number),
    JET_ERR_MAP(XX)
#undef XX
};

/* The name of a code, "JET_errReadVerifyFailure"; NULL for a number that is not in the list. */
const char *jet_err_name(jet_err err);

/* The code of such a name; false: it is not in the list. */
bool jet_err_from_name(const char *name, jet_err *ret_err);

/* What a code means, in words, without a full stop; never NULL. */
const char *jet_err_text(jet_err err);

/* Says that a result does not matter here; the comment beside the call says why. (gcc asks for more than a cast.) */
static inline void jet_err_ignore(jet_err err)
{
    (void)err;
}

#endif
