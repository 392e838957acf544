/* SPDX-License-Identifier: MIT */
/* esent_bits.h - flags (grbits), by the calls that take them. Included by esent.h.
 */
#ifndef COLDSTREAM_JET_ESENT_BITS_H
#define COLDSTREAM_JET_ESENT_BITS_H

/* clang-format off */
/* instances: JetInit2 .. 4 */
#define JET_bitReplayReplicatedLogFiles                   0x00000001
#define JET_bitReplayIgnoreMissingDB                      0x00000004
#define JET_bitRecoveryWithoutUndo                        0x00000008
#define JET_bitTruncateLogsAfterRecovery                  0x00000010
#define JET_bitReplayMissingMapEntryDB                    0x00000020
#define JET_bitLogStreamMustExist                         0x00000040
#define JET_bitReplayIgnoreLostLogs                       0x00000080
#define JET_bitAllowMissingCurrentLog                     0x00000100
#define JET_bitAllowSoftRecoveryOnBackup                  0x00000200
#define JET_bitSkipLostLogsEvent                          0x00000400
#define JET_bitExternalRecoveryControl                    0x00000800
#define JET_bitKeepDbAttachedAtEndOfRecovery              0x00001000
#define JET_bitReplayIgnoreLogRecordsBeforeMinRequiredLog 0x00002000
#define JET_bitReplayInferCheckpointFromRstmapDbs         0x00004000

/* entries of a restore map: JET_RSTMAP2 */
#define JET_bitRestoreMapIgnoreWhenMissing 0x00000001
#define JET_bitRestoreMapFailWhenMissing   0x00000002
#define JET_bitRestoreMapOverwriteOnCreate 0x00000004

/* JetTerm2 */
#define JET_bitTermComplete   0x00000001
#define JET_bitTermAbrupt     0x00000002
#define JET_bitTermStopBackup 0x00000004
#define JET_bitTermDirty      0x00000008

/* JetStopServiceInstance2 */
#define JET_bitStopServiceAll                 0x00000000
#define JET_bitStopServiceBackgroundUserTasks 0x00000002
#define JET_bitStopServiceQuiesceCaches       0x00000004
#define JET_bitStopServiceResume              0x80000000
#define JET_bitStopServiceStopAndEmitLog      0x00000008

/* JetIdle */
#define JET_bitIdleFlushBuffers         0x00000001
#define JET_bitIdleCompact              0x00000002
#define JET_bitIdleStatus               0x00000004
#define JET_bitIdleVersionStoreTest     0x00000008
#define JET_bitIdleCompactAsync         0x00000010
#define JET_bitIdleAvailBuffersStatus   0x00000020
#define JET_bitIdleWaitForAsyncActivity 0x00000040

/* JetEndSession */
#define JET_bitForceSessionClosed 0x00000001

/* transactions: JetBeginTransaction2 */
#define JET_bitAggregateTransaction   0x00000008
#define JET_bitTransactionReadOnly    0x00000001
#define JET_bitDistributedTransaction 0x00000002

/* JetCommitTransaction, JetRollback */
#define JET_bitCommitLazyFlush      0x00000001
#define JET_bitWaitLastLevel0Commit 0x00000002
#define JET_bitWaitAllLevel0Commit  0x00000008
#define JET_bitForceNewLog          0x00000010
#define JET_bitCommitRedoCallback   0x00000020
#define JET_bitRollbackAll          0x00000001
#define JET_bitRollbackRedoCallback 0x00000020

/* JetGetSessionInfo */
#define JET_bitCIMCommitted 0x00000001
#define JET_bitCIMDirty     0x00000002

/* databases: JetCreateDatabase, JetAttachDatabase, JetOpenDatabase, JetDetachDatabase2 */
#define JET_bitDbReadOnly                    0x00000001
#define JET_bitDbExclusive                   0x00000002
#define JET_bitDbSingleExclusive             0x00000002
#define JET_bitDbDeleteCorruptIndexes        0x00000010
#define JET_bitDbRebuildCorruptIndexes       0x00000020
#define JET_bitDbDeleteUnicodeIndexes        0x00000400
#define JET_bitDbUpgrade                     0x00000200
#define JET_bitDbEnableBackgroundMaintenance 0x00000800
#define JET_bitDbPurgeCacheOnAttach          0x00001000
#define JET_bitForceDetach                   0x00000001
#define JET_bitForceCloseAndDetach           (0x00000002 | JET_bitForceDetach)
#define JET_bitDbRecoveryOff                 0x00000008
#define JET_bitDbVersioningOff               0x00000040
#define JET_bitDbShadowingOff                0x00000080
#define JET_bitDbCreateStreamingFile         0x00000100
#define JET_bitDbOverwriteExisting           0x00000200

/* JetResizeDatabase, and what attaching does to shrink */
#define JET_bitResizeDatabaseOnlyGrow                               0x00000001
#define JET_bitResizeDatabaseOnlyShrink                             0x00000002
#define JET_bitShrinkDatabaseEofOnAttach                            0x00000001
#define JET_bitShrinkDatabaseFullCategorizationOnAttach             0x00000002
#define JET_bitShrinkDatabaseDontMoveRootsOnAttach                  0x00000004
#define JET_bitShrinkDatabaseDontTruncateLeakedPagesOnAttach        0x00000008
#define JET_bitShrinkDatabaseDontTruncateIndeterminatePagesOnAttach 0x00000010

/* JetCompact */
#define JET_bitCompactStats            0x00000020
#define JET_bitCompactRepair           0x00000040
#define JET_bitCompactPreserveOriginal 0x00000100

/* JetDatabaseScan */
#define JET_bitDatabaseScanBatchStart           0x00000010
#define JET_bitDatabaseScanBatchStop            0x00000020
#define JET_bitDatabaseScanZeroPages            0x00000040
#define JET_bitDatabaseScanBatchStartContinuous 0x00000080

/* JetDefragment */
#define JET_bitDefragmentBatchStart          0x00000001
#define JET_bitDefragmentBatchStop           0x00000002
#define JET_bitDefragmentAvailSpaceTreesOnly 0x00000040
#define JET_bitDefragmentNoPartialMerges     0x00000080
#define JET_bitDefragmentBTree               0x00000100
#define JET_bitDefragmentBTreeBatch          0x00000200
#define JET_bitOld2Start                     0x00000001
#define JET_bitOld2Suspend                   0x00000002
#define JET_bitOld2Resume                    0x00000004
#define JET_bitOld2End                       0x00000008

/* backup: JetBackupInstance, JetBeginExternalBackupInstance, JetEndExternalBackupInstance2 */
#define JET_bitBackupIncremental      0x00000001
#define JET_bitKeepOldLogs            0x00000002
#define JET_bitBackupAtomic           0x00000004
#define JET_bitBackupFullWithAllLogs  0x00000008
#define JET_bitBackupSnapshot         0x00000010
#define JET_bitBackupSurrogate        0x00000020
#define JET_bitInternalCopy           0x00000040
#define JET_bitBackupEndNormal        0x0001
#define JET_bitBackupEndAbort         0x0002
#define JET_bitBackupTruncateDone     0x0100
#define JET_bitBackupNoDbHeaderUpdate 0x0200

/* OS snapshots */
#define JET_bitIncrementalSnapshot  0x00000001
#define JET_bitCopySnapshot         0x00000002
#define JET_bitContinueAfterThaw    0x00000004
#define JET_bitExplicitPrepare      0x00000008
#define JET_bitAllDatabasesSnapshot 0x00000001
#define JET_bitAbortSnapshot        0x00000001

/* page repair, reseed, page information, log removal */
#define JET_bitDeleteAllExistingLogs                  0x00000001
#define JET_bitPageInfoNoStructureChecksum            0x00000001
#define JET_bitPatchingCorruptPage                    0x00000002
#define JET_bitEndDatabaseIncrementalReseedCancel     0x00000001
#define JET_bitBeginDatabaseIncrementalReseedPatchRBS 0x00000001

/* JetDeleteTable2 */
#define JET_bitNonRevertableTableDelete       0x00000001
#define JET_bitRevertableTableDeleteIfTooSoon 0x00000002

/* tables: JET_TABLECREATE */
#define JET_bitTableCreateFixedDDL                         0x00000001
#define JET_bitTableCreateTemplateTable                    0x00000002
#define JET_bitTableCreateNoFixedVarColumnsInDerivedTables 0x00000004
#define JET_bitTableCreateImmutableStructure               0x00000008
#define JET_bitTableCreateSystemTable                      0x80000000

/* JetOpenTable */
#define JET_bitTableDenyWrite               0x00000001
#define JET_bitTableDenyRead                0x00000002
#define JET_bitTableReadOnly                0x00000004
#define JET_bitTableUpdatable               0x00000008
#define JET_bitTablePermitDDL               0x00000010
#define JET_bitTableNoCache                 0x00000020
#define JET_bitTablePreread                 0x00000040
#define JET_bitTableOpportuneRead           0x00000080
#define JET_bitTableAllowOutOfDate          0x00000100
#define JET_bitAllowPgnoFDPLastSetTime      0x00000200
#define JET_bitTableSequential              0x00008000
#define JET_bitTableTryPurgeOnClose         0x01000000
#define JET_bitTableAllowSensitiveOperation 0x08000000
#define JET_bitTableDelete                  0x10000000
#define JET_bitTableCreate                  0x20000000

/* table classes, in the flags of JetOpenTable */
#define JET_bitTableClassMask 0x001F0000
#define JET_bitTableClassNone 0x00000000
#define JET_bitTableClass1    0x00010000
#define JET_bitTableClass2    0x00020000
#define JET_bitTableClass3    0x00030000
#define JET_bitTableClass4    0x00040000
#define JET_bitTableClass5    0x00050000
#define JET_bitTableClass6    0x00060000
#define JET_bitTableClass7    0x00070000
#define JET_bitTableClass8    0x00080000
#define JET_bitTableClass9    0x00090000
#define JET_bitTableClass10   0x000A0000
#define JET_bitTableClass11   0x000B0000
#define JET_bitTableClass12   0x000C0000
#define JET_bitTableClass13   0x000D0000
#define JET_bitTableClass14   0x000E0000
#define JET_bitTableClass15   0x000F0000
#define JET_bitTableClass16   0x00100000
#define JET_bitTableClass17   0x00110000
#define JET_bitTableClass18   0x00120000
#define JET_bitTableClass19   0x00130000
#define JET_bitTableClass20   0x00140000
#define JET_bitTableClass21   0x00150000
#define JET_bitTableClass22   0x00160000
#define JET_bitTableClass23   0x00170000
#define JET_bitTableClass24   0x00180000
#define JET_bitTableClass25   0x00190000
#define JET_bitTableClass26   0x001A0000
#define JET_bitTableClass27   0x001B0000
#define JET_bitTableClass28   0x001C0000
#define JET_bitTableClass29   0x001D0000
#define JET_bitTableClass30   0x001E0000
#define JET_bitTableClass31   0x001F0000

/* what JetGetTableInfo and JetGetObjectInfo say about a table */
#define JET_bitTableInfoUpdatable                          0x00000001
#define JET_bitTableInfoBookmark                           0x00000002
#define JET_bitTableInfoRollback                           0x00000004
#define JET_bitObjectSystem                                0x80000000
#define JET_bitObjectTableFixedDDL                         0x40000000
#define JET_bitObjectTableTemplate                         0x20000000
#define JET_bitObjectTableDerived                          0x10000000
#define JET_bitObjectSystemDynamic                         (JET_bitObjectSystem|0x08000000)
#define JET_bitObjectTableNoFixedVarColumnsInDerivedTables 0x04000000

/* columns: JET_COLUMNDEF, JET_COLUMNCREATE */
#define JET_bitColumnFixed                                  0x00000001
#define JET_bitColumnTagged                                 0x00000002
#define JET_bitColumnNotNULL                                0x00000004
#define JET_bitColumnVersion                                0x00000008
#define JET_bitColumnAutoincrement                          0x00000010
#define JET_bitColumnUpdatable                              0x00000020
#define JET_bitColumnTTKey                                  0x00000040
#define JET_bitColumnTTDescending                           0x00000080
#define JET_bitColumnMultiValued                            0x00000400
#define JET_bitColumnEscrowUpdate                           0x00000800
#define JET_bitColumnUnversioned                            0x00001000
#define JET_bitColumnMaybeNull                              0x00002000
#define JET_bitColumnFinalize                               0x00004000
#define JET_bitColumnUserDefinedDefault                     0x00008000
#define JET_bitColumnRenameConvertToPrimaryIndexPlaceholder 0x00010000
#define JET_bitColumnDeleteOnZero                           0x00020000
#define JET_bitColumnVariable                               0x00040000
#define JET_bitColumnCompressed                             0x00080000
#define JET_bitColumnEncrypted                              0x00100000

/* JetDeleteColumn2 */
#define JET_bitDeleteColumnIgnoreTemplateColumns 0x00000001

/* indexes: JET_INDEXCREATE, JetCreateIndex */
#define JET_bitIndexUnique                  0x00000001
#define JET_bitIndexPrimary                 0x00000002
#define JET_bitIndexDisallowNull            0x00000004
#define JET_bitIndexIgnoreNull              0x00000008
#define JET_bitIndexIgnoreAnyNull           0x00000020
#define JET_bitIndexIgnoreFirstNull         0x00000040
#define JET_bitIndexLazyFlush               0x00000080
#define JET_bitIndexEmpty                   0x00000100
#define JET_bitIndexUnversioned             0x00000200
#define JET_bitIndexSortNullsHigh           0x00000400
#define JET_bitIndexUnicode                 0x00000800
#define JET_bitIndexTuples                  0x00001000
#define JET_bitIndexTupleLimits             0x00002000
#define JET_bitIndexCrossProduct            0x00004000
#define JET_bitIndexKeyMost                 0x00008000
#define JET_bitIndexDisallowTruncation      0x00010000
#define JET_bitIndexNestedTable             0x00020000
#define JET_bitIndexDotNetGuid              0x00040000
#define JET_bitIndexImmutableStructure      0x00080000
#define JET_bitIndexDeferredPopulateCreate  0x00100000
#define JET_bitIndexDeferredPopulateProcess 0x00200000
#define JET_bitIndexOptionallyUnique        0x00400000

/* conditional columns */
#define JET_bitIndexColumnMustBeNull    0x00000001
#define JET_bitIndexColumnMustBeNonNull 0x00000002

/* the order of a key column, in the key string */
#define JET_bitKeyAscending  0x00000000
#define JET_bitKeyDescending 0x00000001

/* temporary tables */
#define JET_bitTTIndexed                   0x00000001
#define JET_bitTTUnique                    0x00000002
#define JET_bitTTUpdatable                 0x00000004
#define JET_bitTTScrollable                0x00000008
#define JET_bitTTSortNullsHigh             0x00000010
#define JET_bitTTForceMaterialization      0x00000020
#define JET_bitTTErrorOnDuplicateInsertion JET_bitTTForceMaterialization
#define JET_bitTTForwardOnly               0x00000040
#define JET_bitTTIntrinsicLVsOnly          0x00000080
#define JET_bitTTDotNetGuid                0x00000100

/* space hints: JET_SPACEHINTS */
#define JET_bitSpaceHintsUtilizeParentSpace  0x00000001
#define JET_bitCreateHintAppendSequential    0x00000002
#define JET_bitCreateHintHotpointSequential  0x00000004
#define JET_bitRetrieveHintReserve1          0x00000008
#define JET_bitRetrieveHintTableScanForward  0x00000010
#define JET_bitRetrieveHintTableScanBackward 0x00000020
#define JET_bitRetrieveHintReserve2          0x00000040
#define JET_bitRetrieveHintReserve3          0x00000080
#define JET_bitDeleteHintTableSequential     0x00000100
#define JET_bitSpaceHintsUtilizeExactExtents 0x00000200

/* cursors: JetMove, JetSetCurrentIndex2 */
#define JET_bitMoveFirst       0x00000000
#define JET_bitMoveBeforeFirst 0x00000001
#define JET_bitNoMove          0x00000002
#define JET_bitMoveKeyNE       0x00000001

/* JetMakeKey */
#define JET_bitNewKey                             0x00000001
#define JET_bitStrLimit                           0x00000002
#define JET_bitSubStrLimit                        0x00000004
#define JET_bitNormalizedKey                      0x00000008
#define JET_bitKeyDataZeroLength                  0x00000010
#define JET_bitKeyOverridePrimaryIndexPlaceholder 0x00000020
#define JET_bitFullColumnStartLimit               0x00000100
#define JET_bitFullColumnEndLimit                 0x00000200
#define JET_bitPartialColumnStartLimit            0x00000400
#define JET_bitPartialColumnEndLimit              0x00000800
#define JET_bitKeyLock                            0x00000004

/* JetSeek */
#define JET_bitSeekEQ          0x00000001
#define JET_bitSeekLT          0x00000002
#define JET_bitSeekLE          0x00000004
#define JET_bitSeekGE          0x00000008
#define JET_bitSeekGT          0x00000010
#define JET_bitSetIndexRange   0x00000020
#define JET_bitCheckUniqueness 0x00000040

/* JetSetIndexRange */
#define JET_bitRangeInclusive       0x00000001
#define JET_bitRangeUpperLimit      0x00000002
#define JET_bitRangeInstantDuration 0x00000004
#define JET_bitRangeRemove          0x00000008

/* JetGetLock */
#define JET_bitReadLock  0x00000001
#define JET_bitWriteLock 0x00000002

/* JetGotoSecondaryIndexBookmark */
#define JET_bitBookmarkPermitVirtualCurrency 0x00000001

/* JetIntersectIndexes */
#define JET_bitRecordInIndex    0x00000001
#define JET_bitRecordNotInIndex 0x00000002

/* JetPrereadKeys, JetPrereadIndexRanges */
#define JET_bitPrereadForward       0x00000001
#define JET_bitPrereadBackward      0x00000002
#define JET_bitPrereadFirstPage     0x00000004
#define JET_bitPrereadNormalizedKey 0x00000008

/* JetSetLS, JetGetLS */
#define JET_bitLSReset  0x00000001
#define JET_bitLSCursor 0x00000002
#define JET_bitLSTable  0x00000004

/* records: JetSetColumn */
#define JET_bitSetAppendLV                    0x00000001
#define JET_bitSetOverwriteLV                 0x00000004
#define JET_bitSetSizeLV                      0x00000008
#define JET_bitSetZeroLength                  0x00000020
#define JET_bitSetSeparateLV                  0x00000040
#define JET_bitSetUniqueMultiValues           0x00000080
#define JET_bitSetUniqueNormalizedMultiValues 0x00000100
#define JET_bitSetRevertToDefaultValue        0x00000200
#define JET_bitSetIntrinsicLV                 0x00000400
#define JET_bitSetUncompressed                0x00010000
#define JET_bitSetCompressed                  0x00020000
#define JET_bitSetContiguousLV                0x00040000

/* JetUpdate2, JetEscrowUpdate */
#define JET_bitUpdateCheckESE97Compatibility        0x00000001
#define JET_bitUpdateNoVersion                      0x00000002
#define JET_bitUpdateEnforceOptionallyUniqueIndices 0x00000004
#define JET_bitEscrowNoRollback                     0x0001

/* JetRetrieveColumn */
#define JET_bitRetrieveCopy                0x00000001
#define JET_bitRetrieveFromIndex           0x00000002
#define JET_bitRetrieveFromPrimaryBookmark 0x00000004
#define JET_bitRetrieveTag                 0x00000008
#define JET_bitRetrieveNull                0x00000010
#define JET_bitRetrieveIgnoreDefault       0x00000020
#define JET_bitRetrieveLongId              0x00000040
#define JET_bitRetrieveLongValueRefCount   0x00000080
#define JET_bitRetrieveTuple               0x00000800
#define JET_bitRetrievePageNumber          0x00001000
#define JET_bitRetrieveCopyIntrinsic       0x00002000
#define JET_bitRetrievePrereadOnly         0x00004000
#define JET_bitRetrievePrereadMany         0x00008000
#define JET_bitRetrievePhysicalSize        0x00010000
#define JET_bitRetrieveAsRefIfNotInRecord  0x00020000

/* JetEnumerateColumns */
#define JET_bitEnumerateCopy                     JET_bitRetrieveCopy
#define JET_bitEnumerateIgnoreDefault            JET_bitRetrieveIgnoreDefault
#define JET_bitEnumerateLocal                    0x00010000
#define JET_bitEnumeratePresenceOnly             0x00020000
#define JET_bitEnumerateTaggedOnly               0x00040000
#define JET_bitEnumerateCompressOutput           0x00080000
#define JET_bitEnumerateIgnoreUserDefinedDefault 0x00100000
#define JET_bitEnumerateInRecordOnly             0x00200000
#define JET_bitEnumerateAsRefIfNotInRecord       0x00400000

/* JetStreamRecords */
#define JET_bitStreamForward          0x00000001
#define JET_bitStreamBackward         0x00000002
#define JET_bitStreamColumnReferences 0x00000004

/* JetGetRecordSize2 */
#define JET_bitRecordSizeInCopyBuffer          0x00000001
#define JET_bitRecordSizeRunningTotal          0x00000002
#define JET_bitRecordSizeLocal                 0x00000004
#define JET_bitRecordSizeIncludeDefaultValues  0x00000008
#define JET_bitRecordSizeSecondaryIndexKeyOnly 0x00000010
#define JET_bitRecordSizeIntrinsicPhysicalOnly 0x00000020
#define JET_bitRecordSizeExtrinsicLogicalOnly  0x00000040

/* a text or long value of length zero, in JetSetColumn and defaults */
#define JET_bitZeroLength 0x00000001

/* callbacks of durable commits */
#define JET_bitDurableCommitCallbackLogUnavailable 0x00000001

/* JetDBUtilities */
#define JET_bitDBUtilOptionAllNodes                     0x00000001
#define JET_bitDBUtilOptionKeyStats                     0x00000002
#define JET_bitDBUtilOptionPageDump                     0x00000004
#define JET_bitDBUtilOptionStats                        0x00000008
#define JET_bitDBUtilOptionSuppressConsoleOutput        0x00000010
#define JET_bitDBUtilOptionIgnoreErrors                 0x00000020
#define JET_bitDBUtilOptionVerify                       0x00000040
#define JET_bitDBUtilOptionReportErrors                 0x00000080
#define JET_bitDBUtilOptionDontRepair                   0x00000100
#define JET_bitDBUtilOptionRepairAll                    0x00000200
#define JET_bitDBUtilOptionRepairIndexes                0x00000400
#define JET_bitDBUtilOptionDontBuildIndexes             0x00000800
#define JET_bitDBUtilOptionSuppressLogo                 0x00008000
#define JET_bitDBUtilOptionRepairCheckOnly              0x00010000
#define JET_bitDBUtilOptionDumpLVPageUsage              0x00020000
#define JET_bitDBUtilOptionDumpLogInfoCSV               0x00040000
#define JET_bitDBUtilOptionDumpLogPermitPatching        0x00080000
#define JET_bitDBUtilOptionSkipMinLogChecksUpdateHeader 0x00100000
#define JET_bitDBUtilOptionDumpVerbose                  0x10000000
#define JET_bitDBUtilOptionDumpVerboseLevel1            JET_bitDBUtilOptionDumpVerbose
#define JET_bitDBUtilOptionDumpVerboseLevel2            0x20000000
#define JET_bitDBUtilOptionDumpLogSummary               0x40000000
#define JET_bitDBUtilSpaceInfoBasicCatalog              0x00000001
#define JET_bitDBUtilSpaceInfoSpaceTrees                0x00000002
#define JET_bitDBUtilSpaceInfoParentOfLeaf              0x00000004
#define JET_bitDBUtilSpaceInfoFullWalk                  0x00000008
#define JET_bitDBUtilFullCategorization                 0x00000001

/* JET_sesparamIOSessTraceFlags */
#define JET_bitIOSessTraceReads                         0x00000001
#define JET_bitIOSessTraceWrites                        0x00000002
#define JET_bitIOSessTraceHDD                           0x00000004
#define JET_bitIOSessTraceSSD                           0x00000008

/* log data for who follows an instance: JET_EMITDATACTX, JetConsumeLogData */
#define JET_bitShadowLogEmitFirstCall   0x00000001
#define JET_bitShadowLogEmitLastCall    0x00000002
#define JET_bitShadowLogEmitCancel      0x00000004
#define JET_bitShadowLogEmitDataBuffers 0x00000008
#define JET_bitShadowLogEmitLogComplete 0x00000010

/* stores of parameters: JET_paramConfigStoreSpec */
#define JET_bitConfigStorePopulateControlOff               0x00000000
#define JET_bitConfigStoreReadControlDefault               0x00000000
#define JET_bitConfigStorePopulateControlOn                0x00000001
#define JET_bitConfigStoreReadControlInhibitRead           0x00000001
#define JET_bitConfigStoreReadControlDisableAll            0x00000002
#define JET_bitConfigStoreReadControlDisableSetParamRead   0x00000004
#define JET_bitConfigStoreReadControlDisableGlobalInitRead 0x00000008
#define JET_bitConfigStoreReadControlDisableInstInitRead   0x00000010
#define JET_bitConfigStoreReadControlDisableLiveRead       0x00000020

/* which of Microsoft's stages a feature is on in: JET_paramStageFlighting */
#define JET_bitStageTestEnvLocalMode  0x00000004
#define JET_bitStageTestEnvAlphaMode  0x00000010
#define JET_bitStageTestEnvBetaMode   0x00000040
#define JET_bitStageSelfhostLocalMode 0x00000400
#define JET_bitStageSelfhostAlphaMode 0x00001000
#define JET_bitStageSelfhostBetaMode  0x00004000
#define JET_bitStageProdLocalMode     0x00040000
#define JET_bitStageProdAlphaMode     0x00100000
#define JET_bitStageProdBetaMode      0x00400000

/* Microsoft's debugger and test hooks */
#define JET_bitDumpMinimum                       0x00000001
#define JET_bitDumpMaximum                       0x00000002
#define JET_bitDumpCacheMinimum                  0x00000004
#define JET_bitDumpCacheMaximum                  0x00000008
#define JET_bitDumpCacheIncludeDirtyPages        0x00000010
#define JET_bitDumpCacheIncludeCachedPages       0x00000020
#define JET_bitDumpCacheIncludeCorruptedPages    0x00000040
#define JET_bitDumpCacheNoDecommit               0x00000080
#define JET_bitDumpUnitTest                      0x80000000
#define JET_bitInjectionProbabilityPct           0x00000001
#define JET_bitInjectionProbabilityCount         0x00000002
#define JET_bitInjectionProbabilityPermanent     0x00000004
#define JET_bitInjectionProbabilityFailUntil     0x00000008
#define JET_bitInjectionProbabilitySuppress      0x40000000
#define JET_bitInjectionProbabilityCleanup       0x80000000
#define JET_bitTestHookCorruptPageChksumRand     0x00000001
#define JET_bitTestHookEvictDataByPgno           0x00000001
#define JET_bitTestHookCorruptPageChksumSafe     0x00000002
#define JET_bitTestHookCorruptPageSingleFld      0x00000004
#define JET_bitTestHookCorruptPageRemoveNode     0x00000008
#define JET_bitTestHookCorruptPageDbtimeDelta    0x00000010
#define JET_bitTestHookCorruptNodePrefix         0x00000020
#define JET_bitTestHookCorruptNodeSuffix         0x00000040
#define JET_bitTestHookCorruptSizeLargerThanNode 0x00010000
#define JET_bitTestHookCorruptSizeShortWrapSmall 0x00020000
#define JET_bitTestHookCorruptSizeShortWrapLarge 0x00040000
#define JET_bitTestHookCorruptLeaveChecksum      0x01000000
#define JET_bitTestHookCorruptDatabasePageImage  0x40000000
#define JET_bitTestHookCorruptDatabaseFile       0x80000000
#define JET_bitTestUninitShrunkPageImage         0x00000001
#define JET_bitAlterDbFileHdrAddField            0x00000001

/* names of old */
#define JET_bitCommitFlush_OLD          0x00000001
#define JET_bitCommitLazyFlush_OLD      0x00000004
#define JET_bitWaitLastLevel0Commit_OLD 0x00000010
#define JET_bitIndexClustered40         0x00000010

/* no flags */
#define JET_bitNil ((JET_GRBIT)0)

/* clang-format on */

#endif
