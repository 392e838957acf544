/* SPDX-License-Identifier: MIT */
/* esent_constants.h - constants that are neither flags nor parameters. Included by esent.h.
 */
#ifndef COLDSTREAM_JET_ESENT_CONSTANTS_H
#define COLDSTREAM_JET_ESENT_CONSTANTS_H

/* clang-format off */
/* no handle */
#define JET_instanceNil (~(JET_INSTANCE)0)
#define JET_sesidNil    (~(JET_SESID)0)
#define JET_tableidNil  (~(JET_TABLEID)0)
#define JET_columnidNil (~(JET_COLUMNID)0)
#define JET_dbidNil     ((JET_DBID) 0xFFFFFFFF)
#define JET_dbidNoValid ((JET_DBID) 0xFFFFFFFE)
#define JET_LSNil       (~(JET_LS)0)

/* lengths of names */
#define JET_MAX_COMPUTERNAME_LENGTH 15
#define JET_cbNameMost              64
#define JET_cbFullNameMost          255
#define JET_BASE_NAME_LENGTH        3

/* sizes of keys, bookmarks and columns; counts of columns */
#define JET_cbCallbackUserDataMost 1024
#define JET_cbCallbackDataAllMost  4096
#define JET_cbBookmarkMost         256
#define JET_cbBookmarkMostMost     JET_cbKeyMostMost
#define JET_cbColumnLVPageOverhead 82
#define JET_cbColumnLVChunkMost    ( 4096 - 82 )
#define JET_cbLVDefaultValueMost   255
#define JET_cbColumnMost           255
#define JET_cbLVColumnMost         0x7FFFFFFF
#define JET_cbKeyMostMost          JET_cbKeyMost32KBytePage
#define JET_cbKeyMost32KBytePage   JET_cbKeyMost8KBytePage
#define JET_cbKeyMost16KBytePage   JET_cbKeyMost8KBytePage
#define JET_cbKeyMost8KBytePage    2000
#define JET_cbKeyMost4KBytePage    1000
#define JET_cbKeyMost2KBytePage    500
#define JET_cbKeyMostMin           255
#define JET_cbKeyMost              255
#define JET_cbLimitKeyMost         256
#define JET_cbPrimaryKeyMost       255
#define JET_cbSecondaryKeyMost     255
#define JET_ccolKeyMost            16
#define JET_ccolMost               0x0000fee0
#define JET_ccolFixedMost          0x0000007f
#define JET_ccolVarMost            0x00000080
#define JET_ccolTaggedMost         ( JET_ccolMost - 0x000000ff )

/* column types */
#define JET_coltypNil              0
#define JET_coltypBit              1
#define JET_coltypUnsignedByte     2
#define JET_coltypShort            3
#define JET_coltypLong             4
#define JET_coltypCurrency         5
#define JET_coltypIEEESingle       6
#define JET_coltypIEEEDouble       7
#define JET_coltypDateTime         8
#define JET_coltypBinary           9
#define JET_coltypText             10
#define JET_coltypLongBinary       11
#define JET_coltypLongText         12
#define JET_coltypMax              19
#define JET_coltypSLV              13
#define JET_coltypUnsignedLong     14
#define JET_coltypLongLong         15
#define JET_coltypGUID             16
#define JET_coltypUnsignedShort    17
#define JET_coltypUnsignedLongLong 18

/* kinds of objects */
#define JET_objtypNil       0
#define JET_objtypTable     1
#define JET_objtypDb        2
#define JET_objtypContainer 3
#define JET_objtypLongRoot  9

/* JetMove */
#define JET_MoveFirst    (-0x7FFFFFFF - 1)
#define JET_MovePrevious (-1)
#define JET_MoveNext     (+1)
#define JET_MoveLast     (0x7fffffff)

/* JetPrepareUpdate */
#define JET_prepInsert                     0
#define JET_prepReplace                    2
#define JET_prepCancel                     3
#define JET_prepReplaceNoLock              4
#define JET_prepInsertCopy                 5
#define JET_prepInsertCopyDeleteOriginal   7
#define JET_prepReadOnlyCopy               8
#define JET_prepInsertCopyReplaceOriginal  9
#define JET_prepInsertMustSetAutoIncrement 10

/* JetGetColumnInfo, JetGetTableColumnInfo */
#define JET_ColInfo                           0u
#define JET_ColInfoList                       1u
#define JET_ColInfoSysTabCursor               3u
#define JET_ColInfoBase                       4u
#define JET_ColInfoListCompact                5u
#define JET_ColInfoByColid                    6u
#define JET_ColInfoListSortColumnid           7u
#define JET_ColInfoBaseByColid                8u
#define JET_ColInfoGrbitNonDerivedColumnsOnly 0x80000000
#define JET_ColInfoGrbitMinimalInfo           0x40000000
#define JET_ColInfoGrbitSortByColumnid        0x20000000
#define JET_ColInfoGrbitCompacting            0x10000000

/* JetGetTableInfo */
#define JET_TblInfo                                0u
#define JET_TblInfoName                            1u
#define JET_TblInfoDbid                            2u
#define JET_TblInfoMostMany                        3u
#define JET_TblInfoRvt                             4u
#define JET_TblInfoOLC                             5u
#define JET_TblInfoResetOLC                        6u
#define JET_TblInfoSpaceUsage                      7u
#define JET_TblInfoDumpTable                       8u
#define JET_TblInfoSpaceAlloc                      9u
#define JET_TblInfoSpaceOwned                      10u
#define JET_TblInfoSpaceAvailable                  11u
#define JET_TblInfoTemplateTableName               12u
#define JET_TblInfoLVChunkMax                      13u
#define JET_TblInfoEncryptionKey                   14u
#define JET_TblInfoRetrieveAndReserveAutoIncrement 16u
#define JET_TblInfoSpaceOwnedLV                    17u
#define JET_TblInfoSpaceAvailableLV                18u
#define JET_TblInfoObjectId                        19u

/* JetGetIndexInfo, JetGetTableIndexInfo */
#define JET_IdxInfo                   0u
#define JET_IdxInfoList               1u
#define JET_IdxInfoSysTabCursor       2u
#define JET_IdxInfoOLC                3u
#define JET_IdxInfoResetOLC           4u
#define JET_IdxInfoSpaceAlloc         5u
#define JET_IdxInfoLCID               6u
#define JET_IdxInfoLangid             6u
#define JET_IdxInfoCount              7u
#define JET_IdxInfoVarSegMac          8u
#define JET_IdxInfoIndexId            9u
#define JET_IdxInfoKeyMost            10u
#define JET_IdxInfoCreateIndex        11u
#define JET_IdxInfoCreateIndex2       12u
#define JET_IdxInfoCreateIndex3       13u
#define JET_IdxInfoLocaleName         14u
#define JET_IdxInfoSortVersion        15u
#define JET_IdxInfoDefinedSortVersion 16u
#define JET_IdxInfoSortId             17u
#define JET_IdxInfoSpaceOwned         18u
#define JET_IdxInfoSpaceAvailable     19u

/* JetGetObjectInfo */
#define JET_ObjInfo               0u
#define JET_ObjInfoListNoStats    1u
#define JET_ObjInfoList           2u
#define JET_ObjInfoSysTabCursor   3u
#define JET_ObjInfoListACM        4u
#define JET_ObjInfoNoStats        5u
#define JET_ObjInfoSysTabReadOnly 6u
#define JET_ObjInfoRulesLoaded    7u
#define JET_ObjInfoMax            8u

/* JetGetDatabaseInfo, JetGetDatabaseFileInfo */
#define JET_DbInfoFilename                    0
#define JET_DbInfoConnect                     1
#define JET_DbInfoCountry                     2
#define JET_DbInfoLCID                        3
#define JET_DbInfoLangid                      3
#define JET_DbInfoCp                          4
#define JET_DbInfoCollate                     5
#define JET_DbInfoOptions                     6
#define JET_DbInfoTransactions                7
#define JET_DbInfoVersion                     8
#define JET_DbInfoIsam                        9
#define JET_DbInfoFilesize                    10
#define JET_DbInfoSpaceOwned                  11
#define JET_DbInfoSpaceAvailable              12
#define JET_DbInfoUpgrade                     13
#define JET_DbInfoMisc                        14
#define JET_DbInfoDBInUse                     15
#define JET_DbInfoHasSLVFile_Obsolete         16
#define JET_DbInfoPageSize                    17
#define JET_DbInfoStreamingFileSpace_Obsolete 18
#define JET_DbInfoFileType                    19
#define JET_DbInfoStreamingFileSize_Obsolete  20
#define JET_DbInfoFilesizeOnDisk              21
#define JET_DbInfoSplitBuffers                23
#define JET_DbInfoUseCachedResult             0x40000000

/* state of a database, in JET_DBINFOMISC */
#define JET_dbstateJustCreated                 1
#define JET_dbstateDirtyShutdown               2
#define JET_dbstateCleanShutdown               3
#define JET_dbstateBeingConverted              4
#define JET_dbstateForceDetach                 5
#define JET_dbstateIncrementalReseedInProgress 6
#define JET_dbstateDirtyAndPatchedShutdown     7
#define JET_dbstateRevertInProgress            8

/* kind of a file, JET_DbInfoFileType */
#define JET_filetypeUnknown             0
#define JET_filetypeDatabase            1
#define JET_filetypeStreamingFile       2
#define JET_filetypeLog                 3
#define JET_filetypeCheckpoint          4
#define JET_filetypeTempDatabase        5
#define JET_filetypeFTL                 6
#define JET_filetypeFlushMap            7
#define JET_filetypeCachedFile          8
#define JET_filetypeCachingFile         9
#define JET_filetypeSnapshot            10
#define JET_filetypeRBSRevertCheckpoint 11
#define JET_filetypeMax                 12

/* JetGetInstanceMiscInfo */
#define JET_InstanceMiscInfoLogSignature 0u
#define JET_InstanceMiscInfoCheckpoint   1u
#define JET_InstanceMiscInfoRBS          2u

/* JetGetSessionInfo, JetGetErrorInfo, JetGetLogFileInfo, JetGetPageInfo, JetGetRBSFileInfo */
#define JET_LogInfoMisc          0
#define JET_LogInfoMisc2         1
#define JET_LogInfoMisc3         2
#define JET_RBSFileInfoMisc      0
#define JET_SessionInfo          0u
#define JET_PageInfo             0u
#define JET_PageInfo2            1u
#define JET_ErrorInfoSpecificErr 1u

/* JetConvertDDL */
typedef enum JET_OPDDLCONV {
    opDDLConvNull = 0,
    opDDLConvAddCallback = 1,
    opDDLConvChangeColumn = 2,
    opDDLConvAddConditionalColumnsToAllIndexes = 3,
    opDDLConvAddColumnCallback = 4,
    opDDLConvIncreaseMaxColumnSize = 5,
    opDDLConvChangeIndexDensity = 6,
    opDDLConvChangeCallbackDLL = 7,
    opDDLConvMax = 8
} JET_OPDDLCONV;

/* callbacks */
#define JET_cbtypNull                          0x00000000
#define JET_cbtypFinalize                      0x00000001
#define JET_cbtypBeforeInsert                  0x00000002
#define JET_cbtypAfterInsert                   0x00000004
#define JET_cbtypBeforeReplace                 0x00000008
#define JET_cbtypAfterReplace                  0x00000010
#define JET_cbtypBeforeDelete                  0x00000020
#define JET_cbtypAfterDelete                   0x00000040
#define JET_cbtypUserDefinedDefaultValue       0x00000080
#define JET_cbtypOnlineDefragCompleted         0x00000100
#define JET_cbtypFreeCursorLS                  0x00000200
#define JET_cbtypFreeTableLS                   0x00000400
#define JET_cbtypScanProgress                  0x00004000
#define JET_cbtypScanCompleted                 0x00008000
#define JET_cbtypDTCQueryPreparedTransaction   0x00001000
#define JET_cbtypOnlineDefragProgress          0x00002000
#define JET_cbtypOld2Action                    0x00004000
#define JET_cbtypIndexDeferredPopulateThrottle 0x00008000

/* how a column is compared: JET_INDEX_COLUMN.relop */
#define JET_relopEquals              0
#define JET_relopPrefixEquals        1
#define JET_relopNotEquals           2
#define JET_relopLessThanOrEqual     3
#define JET_relopLessThan            4
#define JET_relopGreaterThanOrEqual  5
#define JET_relopGreaterThan         6
#define JET_relopBitmaskEqualsZero   7
#define JET_relopBitmaskNotEqualsZero 8

/* status notifications: process */
#define JET_snpRepair              2
#define JET_snpCompact             4
#define JET_snpRestore             8
#define JET_snpBackup              9
#define JET_snpUpgrade             10
#define JET_snpScrub               11
#define JET_snpUpgradeRecordFormat 12
#define JET_snpRecoveryControl     18
#define JET_snpExternalAutoHealing 19
#define JET_snpSpaceCategorization 20

/* status notifications: type */
#define JET_sntBegin                5
#define JET_sntRequirements         7
#define JET_sntProgress             0
#define JET_sntComplete             6
#define JET_sntFail                 3
#define JET_sntOpenLog              1001
#define JET_sntOpenCheckpoint       1002
#define JET_sntMissingLog           1004
#define JET_sntBeginUndo            1005
#define JET_sntNotificationEvent    1006
#define JET_sntSignalErrorCondition 1007
#define JET_sntAttachedDb           1008
#define JET_sntDetachingDb          1009
#define JET_sntCommitCtx            1010
#define JET_sntPagePatchRequest     1101
#define JET_sntCorruptedPage        1102

/* recovery control */
#define JET_OpenLogForRecoveryCheckingAndPatching 1
#define JET_OpenLogForRedo                        2
#define JET_OpenLogForUndo                        3
#define JET_OpenLogForDo                          4
#define JET_MissingLogMustFail                    1
#define JET_MissingLogContinueToRedo              2
#define JET_MissingLogContinueTryCurrentLog       3
#define JET_MissingLogContinueToUndo              4
#define JET_MissingLogCreateNewLogStream          5

/* revert snapshots */
#define JET_revertstateNone                   0
#define JET_revertstateInProgress             1
#define JET_revertstateCopingLogs             2
#define JET_revertstateBackupSnapshot         3
#define JET_revertstateRemoveSnapshot         4
#define JET_revertstateCaptureRootPageRecords 5
#define JET_revertstateApplyRootPageRecords   6

/* encryption */
#define JET_EncryptionAlgorithmAes256 1

/* what is left of a grbit for limits */
#define JET_maskLimitOptions 0x00000f00

/* kinds of errors, JET_ERRINFOBASIC_W */
typedef enum JET_ERRCAT {
    JET_errcatUnknown = 0,
    JET_errcatError,
    JET_errcatOperation,
    JET_errcatFatal,
    JET_errcatIO,
    JET_errcatResource,
    JET_errcatMemory,
    JET_errcatQuota,
    JET_errcatDisk,
    JET_errcatData,
    JET_errcatCorruption,
    JET_errcatInconsistent,
    JET_errcatFragmentation,
    JET_errcatApi,
    JET_errcatUsage,
    JET_errcatState,
    JET_errcatObsolete,
    JET_errcatMax,
} JET_ERRCAT;

/* codes with two names */
#define JET_errColumnIllegalNull         JET_errNullInvalid
#define JET_errDatabaseInconsistent      JET_errDatabaseDirtyShutdown
#define JET_errIndexTuplesOneColumnOnly  JET_errIndexTuplesTooManyColumns
#define JET_errIndexTuplesTextColumnsOnly JET_errIndexTuplesTextBinaryColumnsOnly
#define JET_wrnRecordFoundGreater        JET_wrnSeekNotEqual
#define JET_wrnRecordFoundLess           JET_wrnSeekNotEqual
#define JET_errClientSpaceBegin          -10000 /* the range from here to ... */
#define JET_errClientSpaceEnd            -11999 /* ... here is free for clients */

/* clang-format on */

#endif
