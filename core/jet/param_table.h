/* SPDX-License-Identifier: MIT */
/* param_table.h - every parameter of the API. Included by param.c alone.
 *
 *      XX(name, kind, use, least, most, value, small, text)
 *
 *   name    JET_param<name>
 *   kind    INTEGER, BOOLEAN, POINTER, POWER (of two); STRING, FOLDER, FILE; SPECIAL: param.c treats it by name
 *   use     I   of each instance, may be set at any time       X   of each instance, not once it is initialised
 *           G   of the process, may be set at any time         GX  of the process, not while an instance is initialised
 *           RO  cannot be set
 *   least, most     limits of the value; of texts: of their length in characters. ANY, INT_MOST: no limit, 2^31 - 1
 *   value   what it is before it is set
 *   small   what JET_paramConfiguration makes of it for a small footprint (JET_configLowMemory)
 *   text    what a text is before it is set
 *
 * Limits and values are those of the reference engine. Which parameters do something here is told by
 * instance_config.c; the others are remembered.
 */
#ifndef COLDSTREAM_JET_PARAM_TABLE_H
#define COLDSTREAM_JET_PARAM_TABLE_H

/* clang-format off */
#define PARAM_TABLE(XX) \
XX(SystemPath, FOLDER, X, 0, 246, 0, 0, ".") \
    XX(TempPath, FILE, X, 0, 247, 0, 0, "tmp.edb") \
    XX(LogFilePath, FOLDER, X, 0, 246, 0, 0, ".") \
    XX(BaseName, STRING, X, 3, 3, 0, 0, "edb") \
    XX(EventSource, STRING, X, 0, 259, 0, 0, "") \
    XX(MaxSessions, INTEGER, X, 0, 30000, 16, 30000, NULL) \
    XX(MaxOpenTables, INTEGER, X, 0, INT_MOST, 300, INT_MOST, NULL) \
    XX(PreferredMaxOpenTables, INTEGER, X, 0, INT_MOST, 0, 0, NULL) \
    XX(MaxCursors, INTEGER, X, 0, INT_MOST, 1024, INT_MOST, NULL) \
    XX(MaxVerPages, INTEGER, X, 1, INT_MOST, 64, INT_MOST, NULL) \
    XX(MaxTemporaryTables, INTEGER, X, 0, INT_MOST, 20, INT_MOST, NULL) \
    XX(LogFileSize, INTEGER, X, 64, 32768, 5120, 64, NULL) \
    XX(LogBuffers, INTEGER, X, 1, INT_MOST, 126, 1, NULL) \
    XX(WaitLogFlush, INTEGER, I, 0, INT_MOST, 0, 0, NULL) \
    XX(LogCheckpointPeriod, INTEGER, X, 0, INT_MOST, 1024, 1024, NULL) \
    XX(LogWaitingUserMax, INTEGER, X, 0, INT_MOST, 3, 3, NULL) \
    XX(CommitDefault, INTEGER, I, 0, ANY, 0, 0, NULL) \
    XX(CircularLog, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(DbExtensionSize, INTEGER, I, 1, INT_MOST, 256, 16, NULL) \
    XX(PageTempDBMin, INTEGER, X, 0, INT_MOST, 0, 14, NULL) \
    XX(PageFragment, INTEGER, X, 0, INT_MOST, 8, 8, NULL) \
    XX(PageReadAheadMax, INTEGER, I, 0, ANY, ANY, ANY, NULL) \
    XX(BatchIOBufferMax, INTEGER, G, 0, ANY, 256, 256, NULL) \
    XX(CacheSizeMax, INTEGER, G, 1, ANY, 2000000000, 16, NULL) \
    XX(CheckpointDepthMax, INTEGER, I, 0, ANY, 20971520, 65536, NULL) \
    XX(LRUKCorrInterval, INTEGER, GX, 0, ANY, 128000, 128000, NULL) \
    XX(LRUKHistoryMax, INTEGER, GX, 0, ANY, 100000, 10, NULL) \
    XX(LRUKPolicy, INTEGER, GX, 1, 2, 2, 2, NULL) \
    XX(LRUKTimeout, INTEGER, GX, 1, ANY, 100, 100, NULL) \
    XX(LRUKTrxCorrInterval, INTEGER, GX, 0, ANY, 0, 0, NULL) \
    XX(OutstandingIOMax, INTEGER, GX, 0, 65536, 1024, 16, NULL) \
    XX(StartFlushThreshold, INTEGER, G, 0, ANY, 20000000, 1, NULL) \
    XX(StopFlushThreshold, INTEGER, G, 0, ANY, 40000000, 2, NULL) \
    XX(TableClassName, STRING, G, 0, JET_cbNameMost, 0, 0, "") \
    XX(Recovery, STRING, X, 0, 259, 0, 0, "on") \
    XX(EnableOnlineDefrag, INTEGER, I, 0, 0xFFFF, JET_OnlineDefragAll, JET_OnlineDefragAll, NULL) \
    XX(AssertAction, INTEGER, G, 0, 64, JET_AssertExit, JET_AssertExit, NULL) \
    XX(PrintFunction, POINTER, RO, 0, ANY, 0, 0, NULL) \
    XX(TransactionLevel, INTEGER, RO, 0, ANY, 0, 0, NULL) \
    XX(RFS2IOsPermitted, INTEGER, G, 0, 0xFFFFFFFE, 0, 0, NULL) \
    XX(RFS2AllocsPermitted, INTEGER, G, 0, 0xFFFFFFFE, 0, 0, NULL) \
    XX(CacheSize, INTEGER, G, 1, ANY, 0, 0, NULL) \
    XX(CacheRequests, INTEGER, RO, 0, ANY, 1, 1, NULL) \
    XX(CacheHits, INTEGER, RO, 0, ANY, 1, 1, NULL) \
    XX(CheckFormatWhenOpenFail, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(EnableIndexChecking, INTEGER, I, 0, 3, 1, 1, NULL) \
    XX(EnableTempTableVersioning, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(IgnoreLogVersion, BOOLEAN, X, 0, 0, 0, 0, NULL) \
    XX(DeleteOldLogs, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(EventSourceKey, STRING, X, 0, 259, 0, 0, "") \
    XX(NoInformationEvent, BOOLEAN, X, 0, ANY, 0, 1, NULL) \
    XX(EventLoggingLevel, INTEGER, X, JET_EventLoggingDisable, JET_EventLoggingLevelMax, JET_EventLoggingLevelMax, JET_EventLoggingLevelMax, NULL) \
    XX(DeleteOutOfRangeLogs, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(AccessDeniedRetryPeriod, INTEGER, G, 0, ANY, 10000, 10000, NULL) \
    XX(EnableIndexCleanup, BOOLEAN, I, 0, ANY, 1, 1, NULL) \
    XX(Flight_SmoothIoTestPermillage, INTEGER, X, 0, 1000, 0, 0, NULL) \
    XX(ElasticWaypointLatency, INTEGER, I, 0, 10, 0, 0, NULL) \
    XX(Flight_SynchronousLVCleanup, BOOLEAN, I, 0, ANY, 0, 0, NULL) \
    XX(Flight_RBSRevertIOUrgentLevel, INTEGER, I, 0, 127, 8, 8, NULL) \
    XX(Flight_EnableXpress10Compression, BOOLEAN, I, 0, ANY, 0, 0, NULL) \
    XX(CacheSizeMin, INTEGER, G, 1, ANY, 1, 16, NULL) \
    XX(LogFileFailoverPath, FOLDER, X, 0, 0, 0, 0, "") \
    XX(EnableImprovedSeekShortcut, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(PreferredVerPages, INTEGER, I, 1, INT_MOST, 58, INT_MOST, NULL) \
    XX(DatabasePageSize, POWER, GX, 4096, 32768, 4096, 4096, NULL) \
    XX(DisableCallbacks, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(BackupChunkSize, INTEGER, X, 1, INT_MOST, 16, 16, NULL) \
    XX(BackupOutstandingReads, INTEGER, X, 1, INT_MOST, 8, 8, NULL) \
    XX(Flight_RBSMaxTableDeletePages, INTEGER, I, 0, INT_MOST, 0, 0, NULL) \
    XX(LogFileCreateAsynch, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(ErrorToString, SPECIAL, RO, 0, ANY, 0, 0, NULL) \
    XX(ZeroDatabaseDuringBackup, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(UnicodeIndexDefault, SPECIAL, X, 0, ANY, 0x30401, 0x30401, "en-US") \
    XX(RuntimeCallback, POINTER, X, 0, ANY, 0, 0, NULL) \
    XX(Flight_RBSDbScanRaiseCorruptionRevertedFDP, BOOLEAN, I, 0, 1, 1, 1, NULL) \
    XX(Flight_RBSAllowTooSoonNonRevertableDelete, BOOLEAN, I, 0, 1, 0, 0, NULL) \
    XX(EnableSortedRetrieveColumns, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(CleanupMismatchedLogFiles, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(RecordUpgradeDirtyLevel, INTEGER, G, 0, 3, 1, 1, NULL) \
    XX(RecoveryCurrentLogfile, INTEGER, RO, 0, ANY, 0, 0, NULL) \
    XX(Flight_RBSForceRollIntervalSec, INTEGER, I, 0, INT_MOST, 172800, 172800, NULL) \
    XX(GlobalMinVerPages, INTEGER, GX, 1, INT_MOST, 64, 1, NULL) \
    XX(OSSnapshotTimeout, INTEGER, G, 0, INT_MOST, 70000, 70000, NULL) \
    XX(Flight_EnableScanCheckFDPDeleteFlags, BOOLEAN, I, 0, 1, 1, 1, NULL) \
    XX(Flight_NewQueueOptions, INTEGER, I, 0, 0xFFFFFFFF, 0, 0, NULL) \
    XX(Flight_ConcurrentMetedOps, INTEGER, X, 0, 1024, 2, 2, NULL) \
    XX(Flight_LowMetedOpsThreshold, INTEGER, X, 0, 1024, 40, 40, NULL) \
    XX(Flight_MetedOpStarvedThreshold, INTEGER, X, 50, INT_MOST, 3000, 3000, NULL) \
    XX(Flight_MaxRBSBuffers, INTEGER, I, 1, INT_MOST, 20, 20, NULL) \
    XX(Flight_EnableShrinkArchiving, BOOLEAN, I, 0, 1, 1, 1, NULL) \
    XX(Flight_EnableBackupDuringRecovery, BOOLEAN, I, 0, ANY, 0, 0, NULL) \
    XX(Flight_RBSRollIntervalSec, INTEGER, I, 0, 604800, 43200, 43200, NULL) \
    XX(Flight_RBSMaxRequiredRange, INTEGER, I, 0, 10000, 1000, 1000, NULL) \
    XX(Flight_RBSCleanupEnabled, BOOLEAN, I, 0, 1, 1, 1, NULL) \
    XX(Flight_RBSLowDiskSpaceThresholdGb, INTEGER, I, 0, INT_MOST, 100, 100, NULL) \
    XX(Flight_RBSMaxSpaceWhenLowDiskSpaceGb, INTEGER, I, 0, 1000, 150, 150, NULL) \
    XX(Flight_RBSMaxTimeSpanSec, INTEGER, I, 0, INT_MOST, 604800, 604800, NULL) \
    XX(Flight_RBSCleanupIntervalMinSec, INTEGER, I, 0, INT_MOST, 3600, 3600, NULL) \
    XX(ExceptionAction, INTEGER, G, 0, ANY, JET_ExceptionMsgBox, JET_ExceptionMsgBox, NULL) \
    XX(EventLogCache, INTEGER, GX, 0, INT_MOST, 0, 0, NULL) \
    XX(CreatePathIfNotExist, BOOLEAN, I, 0, ANY, 0, 0, NULL) \
    XX(PageHintCacheSize, INTEGER, GX, 0, INT_MOST, 262144, 32, NULL) \
    XX(OneDatabasePerSession, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(MaxDatabasesPerInstance, INTEGER, GX, 7, 7, 7, 7, NULL) \
    XX(MaxInstances, INTEGER, GX, 1, 2048, 16, 16, NULL) \
    XX(VersionStoreTaskQueueMax, INTEGER, I, 1, 127, 4, 4, NULL) \
    XX(IdleFlushTime, INTEGER, G, 0, ANY, 0, 0, NULL) \
    XX(DisablePerfmon, BOOLEAN, GX, 0, ANY, 0, 1, NULL) \
    XX(AbortRetryFailCallback, POINTER, GX, 0, 0, 0, 0, NULL) \
    XX(VAReserve, INTEGER, G, 0, ANY, 0, 0, NULL) \
    XX(IndexTuplesLengthMin, INTEGER, X, 2, 255, 3, 3, NULL) \
    XX(IndexTuplesLengthMax, INTEGER, X, 2, 255, 10, 10, NULL) \
    XX(IndexTuplesToIndexMax, INTEGER, X, 1, 32767, 32767, 32767, NULL) \
    XX(AlternateDatabaseRecoveryPath, FOLDER, X, 0, 246, 0, 0, "") \
    XX(Flight_ExtentPageCountCacheVerifyOnly, BOOLEAN, G, 0, ANY, 0, 0, NULL) \
    XX(Flight_EnablePgnoFDPLastSetTime, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(Flight_EnableScanCheck2Flags, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(Flight_EnableExtentFreed2, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(Flight_RBSLargeRevertableDeletePages, INTEGER, I, 0, INT_MOST, 0, 0, NULL) \
    XX(Flight_RBSRevertableDeleteIfTooSoonTimeNull, BOOLEAN, I, 0, ANY, 0, 0, NULL) \
    XX(DBAPageAvailMin, INTEGER, G, 0, ANY, 1280, 1280, NULL) \
    XX(DBAPageAvailThreshold, SPECIAL, G, 0, ANY, 0, 0, NULL) \
    XX(DBAK1, SPECIAL, G, 0, ANY, 0, 0, NULL) \
    XX(DBAK2, SPECIAL, G, 0, ANY, 0, 0, NULL) \
    XX(MaxRandomIOSize, INTEGER, G, 0, ANY, 1048576, 1048576, NULL) \
    XX(CachedClosedTables, INTEGER, I, 0, INT_MOST, 64, 64, NULL) \
    XX(EnableFileCache, BOOLEAN, GX, 0, ANY, 0, 1, NULL) \
    XX(EnableViewCache, BOOLEAN, GX, 0, ANY, 0, 1, NULL) \
    XX(VerPageSize, POWER, GX, 1024, 65536, 32768, 8192, NULL) \
    XX(Configuration, INTEGER, X, 0, JET_configMask, JET_configDefault, JET_configDefault, NULL) \
    XX(EnableAdvanced, BOOLEAN, I, 0, ANY, 1, 1, NULL) \
    XX(MaxColtyp, INTEGER, RO, 0, ANY, JET_coltypMax, JET_coltypMax, NULL) \
    XX(IndexTupleIncrement, INTEGER, X, 0, 32767, 1, 1, NULL) \
    XX(IndexTupleStart, INTEGER, I, 0, 32767, 0, 0, NULL) \
    XX(KeyMost, INTEGER, RO, 0, ANY, 0, 0, NULL) \
    XX(CheckpointIOMax, INTEGER, G, 1, 1024, 1, 1, NULL) \
    XX(LegacyFileNames, INTEGER, X, 0, 255, JET_bitESE98FileNames, JET_bitESE98FileNames, NULL) \
    XX(TableClass1Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass1") \
    XX(TableClass2Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass2") \
    XX(TableClass3Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass3") \
    XX(TableClass4Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass4") \
    XX(TableClass5Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass5") \
    XX(TableClass6Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass6") \
    XX(TableClass7Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass7") \
    XX(TableClass8Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass8") \
    XX(TableClass9Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass9") \
    XX(TableClass10Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass10") \
    XX(TableClass11Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass11") \
    XX(TableClass12Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass12") \
    XX(TableClass13Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass13") \
    XX(TableClass14Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass14") \
    XX(TableClass15Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass15") \
    XX(IOPriority, INTEGER, I, 0, 0x8FFFFFFF, 0, 0, NULL) \
    XX(WaypointLatency, INTEGER, X, 0, 1023, 0, 0, NULL) \
    XX(CheckpointTooDeep, INTEGER, X, 8, 131072, 131072, 131072, NULL) \
    XX(DisableBlockVerification, BOOLEAN, GX, 0, ANY, 0, 0, NULL) \
    XX(EnablePersistedCallbacks, BOOLEAN, X, 0, ANY, 1, 1, NULL) \
    XX(AggressiveLogRollover, BOOLEAN, X, 0, ANY, 0, 0, NULL) \
    XX(PeriodicLogRolloverLLR, INTEGER, X, 0, 604800, 0, 0, NULL) \
    XX(UsePageDependencies, BOOLEAN, GX, 0, ANY, 0, 0, NULL) \
    XX(DefragmentSequentialBTrees, BOOLEAN, I, 0, ANY, 1, 1, NULL) \
    XX(DefragmentSequentialBTreesDensityCheckFrequency, INTEGER, X, 0, ANY, 10, 10, NULL) \
    XX(IOThrottlingTimeQuanta, INTEGER, GX, 1, 10000, 100, 100, NULL) \
    XX(LVChunkSizeMost, INTEGER, RO, 0, ANY, 4014, 4014, NULL) \
    XX(MaxCoalesceReadSize, INTEGER, GX, 0, 10485760, 262144, 262144, NULL) \
    XX(MaxCoalesceWriteSize, INTEGER, GX, 0, 10485760, 262144, 262144, NULL) \
    XX(MaxCoalesceReadGapSize, INTEGER, GX, 0, 10485760, 262144, 262144, NULL) \
    XX(MaxCoalesceWriteGapSize, INTEGER, GX, 0, 10485760, 262144, 262144, NULL) \
    XX(EnableHaPublish, INTEGER, X, 0, 2, 0, 0, NULL) \
    XX(EnableDBScanInRecovery, INTEGER, I, 0, 2, 0, 0, NULL) \
    XX(DbScanThrottle, INTEGER, I, 0, 60000, 20, 20, NULL) \
    XX(DbScanIntervalMinSec, INTEGER, X, 0, 1814400, 86400, 86400, NULL) \
    XX(DbScanIntervalMaxSec, INTEGER, X, 1, 0x5DFC0F00, 604800, 604800, NULL) \
    XX(EmitLogDataCallback, POINTER, X, 0, ANY, 0, 0, NULL) \
    XX(EmitLogDataCallbackCtx, POINTER, X, 0, ANY, 0, 0, NULL) \
    XX(EnableExternalAutoHealing, BOOLEAN, X, 0, 1, 0, 0, NULL) \
    XX(PatchRequestTimeout, INTEGER, I, 0, INT_MOST, 300, 300, NULL) \
    XX(CachePriority, INTEGER, I, 0, 1000, 100, 100, NULL) \
    XX(MaxTransactionSize, INTEGER, I, 1, 100, 100, 100, NULL) \
    XX(PrereadIOMax, INTEGER, I, 0, 256, 8, 8, NULL) \
    XX(EnableDBScanSerialization, BOOLEAN, X, 0, 1, 0, 0, NULL) \
    XX(HungIOThreshold, INTEGER, GX, 11000, 1800000, 30000, 30000, NULL) \
    XX(HungIOActions, INTEGER, GX, JET_bitNil, 31, JET_bitHungIOEvent, JET_bitHungIOEvent, NULL) \
    XX(MinDataForXpress, INTEGER, GX, 0, INT_MOST, 1024, 1024, NULL) \
    XX(EnableShrinkDatabase, INTEGER, X, 0, 65535, 0, 0, NULL) \
    XX(ProcessFriendlyName, STRING, GX, 0, JET_cbNameMost, 0, 0, "") \
    XX(DurableCommitCallback, POINTER, X, 0, ANY, 0, 0, NULL) \
    XX(EnableSqm, INTEGER, X, JET_sqmDisable, JET_sqmFromCEIP, JET_sqmEnable, JET_sqmEnable, NULL) \
    XX(ConfigStoreSpec, STRING, X, 0, ANY, 0, 0, "") \
    XX(StageFlighting, INTEGER, I, 0, 0xFFFFFFFF, 0, 0, NULL) \
    XX(ZeroDatabaseUnusedSpace, BOOLEAN, I, 0, 1, 0, 0, NULL) \
    XX(DisableVerifications, BOOLEAN, I, 0, 1, 0, 0, NULL) \
    XX(PersistedLostFlushDetection, INTEGER, X, 0, 7, 0, 0, NULL) \
    XX(EngineFormatVersion, INTEGER, I, 0, 0xFFFFFFFF, JET_efvUseEngineDefault, JET_efvUseEngineDefault, NULL) \
    XX(ReplayThrottlingLevel, INTEGER, I, JET_ReplayThrottlingNone, JET_ReplayThrottlingSleep, JET_ReplayThrottlingNone, JET_ReplayThrottlingNone, NULL) \
    XX(TableClass16Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass16") \
    XX(TableClass17Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass17") \
    XX(TableClass18Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass18") \
    XX(TableClass19Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass19") \
    XX(TableClass20Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass20") \
    XX(TableClass21Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass21") \
    XX(TableClass22Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass22") \
    XX(TableClass23Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass23") \
    XX(TableClass24Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass24") \
    XX(TableClass25Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass25") \
    XX(TableClass26Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass26") \
    XX(TableClass27Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass27") \
    XX(TableClass28Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass28") \
    XX(TableClass29Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass29") \
    XX(TableClass30Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass30") \
    XX(TableClass31Name, STRING, GX, 1, JET_cbNameMost, 0, 0, "TableClass31") \
    XX(BlockCacheConfiguration, POINTER, X, 0, ANY, 0, 0, NULL) \
    XX(RecordSizeMost, INTEGER, RO, 0, ANY, 0, 0, NULL) \
    XX(UseFlushForWriteDurability, BOOLEAN, X, 0, 1, 1, 1, NULL) \
    XX(EnableRBS, BOOLEAN, I, 0, 1, 0, 0, NULL) \
    XX(RBSFilePath, FOLDER, X, 0, 246, 0, 0, ".") \
    XX(PerfmonRefreshInterval, INTEGER, GX, 0, 86400000, 100, 100, NULL) \
    XX(EnableBlockCache, BOOLEAN, GX, 0, 1, 0, 0, NULL) \
    XX(DeferredIndexPopulateRowsPerTransaction, INTEGER, I, 1, INT_MOST, 1000, 1000, NULL) \
    XX(EnableBlockCacheDetach, BOOLEAN, GX, 0, 1, 0, 0, NULL)
/* clang-format on */

#endif
