/* SPDX-License-Identifier: MIT */
/* esent_info.h - structures that tell about instances, databases, logs, backups and progress. Included by esent.h.
 */
#ifndef COLDSTREAM_JET_ESENT_INFO_H
#define COLDSTREAM_JET_ESENT_INFO_H

/* These six are packed to bytes: they are the ones that lie in files. */
#pragma pack(push, 1)
typedef struct JET_LOGTIME {
    char bSeconds;
    char bMinutes;
    char bHours;
    char bDay;
    char bMonth;
    char bYear;
    union {
        char bFiller1;
        struct {
            unsigned char fTimeIsUTC : 1;
            unsigned char bMillisecondsLow : 7;
        };
    };
    union {
        char bFiller2;
        struct {
            unsigned char fReserved : 1;
            unsigned char bMillisecondsHigh : 3;
            unsigned char fUnused : 4;
        };
    };
} JET_LOGTIME;

typedef struct JET_BKLOGTIME {
    char bSeconds;
    char bMinutes;
    char bHours;
    char bDay;
    char bMonth;
    char bYear;
    union {
        char bFiller1;
        struct {
            unsigned char fTimeIsUTC : 1;
            unsigned char bMillisecondsLow : 7;
        };
    };
    union {
        char bFiller2;
        struct {
            unsigned char fOSSnapshot : 1;
            unsigned char bMillisecondsHigh : 3;
            unsigned char fReserved : 4;
        };
    };
} JET_BKLOGTIME;

typedef struct JET_LGPOS {
    uint16_t ib;
    uint16_t isec;
    int32_t lGeneration;
} JET_LGPOS;

typedef struct JET_SIGNATURE {
    uint32_t ulRandom;
    JET_LOGTIME logtimeCreate;
    char szComputerName[15 + 1];
} JET_SIGNATURE;

typedef struct JET_CHECKPOINTINFO {
    uint32_t genMin;
    uint32_t genMax;
    JET_LOGTIME logtimeGenMaxCreate;
} JET_CHECKPOINTINFO;

typedef struct JET_BKINFO {
    JET_LGPOS lgposMark;
    union {
        JET_LOGTIME logtimeMark;
        JET_BKLOGTIME bklogtimeMark;
    };
    uint32_t genLow;
    uint32_t genHigh;
} JET_BKINFO;

#pragma pack(pop)

typedef struct JET_SETDBPARAM {
    uint32_t dbparamid;
    void *pvParam;
    uint32_t cbParam;
} JET_SETDBPARAM;

typedef struct JET_SESSIONINFO {
    uint32_t ulTrxBegin0;
    uint32_t ulTrxLevel;
    uint32_t ulProcid;
    uint32_t ulFlags;
    JET_API_PTR ulTrxContext;
} JET_SESSIONINFO;

typedef struct JET_SNPROG {
    uint32_t cbStruct;
    uint32_t cunitDone;
    uint32_t cunitTotal;
} JET_SNPROG;

typedef struct JET_DBINFOUPGRADE {
    uint32_t cbStruct;
    uint32_t cbFilesizeLow;
    uint32_t cbFilesizeHigh;
    uint32_t cbFreeSpaceRequiredLow;
    uint32_t cbFreeSpaceRequiredHigh;
    uint32_t csecToUpgrade;
    union {
        uint32_t ulFlags;
        struct {
            uint32_t fUpgradable : 1;
            uint32_t fAlreadyUpgraded : 1;
        };
    };
} JET_DBINFOUPGRADE;

typedef struct JET_OLP {
    void *pvReserved1;
    void *pvReserved2;
    uint32_t cbActual;
    JET_HANDLE hSig;
    JET_ERR err;
} JET_OLP;

typedef struct JET_DBINFOMISC {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
} JET_DBINFOMISC;

typedef struct JET_DBINFOMISC2 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
} JET_DBINFOMISC2;

typedef struct JET_DBINFOMISC3 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
    uint32_t genCommitted;
} JET_DBINFOMISC3;

typedef struct JET_DBINFOMISC4 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
    uint32_t genCommitted;
    JET_BKINFO bkinfoCopyPrev;
    JET_BKINFO bkinfoDiffPrev;
} JET_DBINFOMISC4;

typedef struct JET_DBINFOMISC5 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
    uint32_t genCommitted;
    JET_BKINFO bkinfoCopyPrev;
    JET_BKINFO bkinfoDiffPrev;
    uint32_t ulIncrementalReseedCount;
    JET_LOGTIME logtimeIncrementalReseed;
    uint32_t ulIncrementalReseedCountOld;
    uint32_t ulPagePatchCount;
    JET_LOGTIME logtimePagePatch;
    uint32_t ulPagePatchCountOld;
} JET_DBINFOMISC5;

typedef struct JET_DBINFOMISC6 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
    uint32_t genCommitted;
    JET_BKINFO bkinfoCopyPrev;
    JET_BKINFO bkinfoDiffPrev;
    uint32_t ulIncrementalReseedCount;
    JET_LOGTIME logtimeIncrementalReseed;
    uint32_t ulIncrementalReseedCountOld;
    uint32_t ulPagePatchCount;
    JET_LOGTIME logtimePagePatch;
    uint32_t ulPagePatchCountOld;
    JET_LOGTIME logtimeChecksumPrev;
    JET_LOGTIME logtimeChecksumStart;
    uint32_t cpgDatabaseChecked;
} JET_DBINFOMISC6;

typedef struct JET_DBINFOMISC7 {
    uint32_t ulVersion;
    uint32_t ulUpdate;
    JET_SIGNATURE signDb;
    uint32_t dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    uint32_t fShadowingDisabled;
    uint32_t fUpgradeDb;
    uint32_t dwMajorVersion;
    uint32_t dwMinorVersion;
    uint32_t dwBuildNumber;
    int32_t lSPNumber;
    uint32_t cbPageSize;
    uint32_t genMinRequired;
    uint32_t genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    uint32_t ulRepairCount;
    JET_LOGTIME logtimeRepair;
    uint32_t ulRepairCountOld;
    uint32_t ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    uint32_t ulECCFixSuccessOld;
    uint32_t ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    uint32_t ulECCFixFailOld;
    uint32_t ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    uint32_t ulBadChecksumOld;
    uint32_t genCommitted;
    JET_BKINFO bkinfoCopyPrev;
    JET_BKINFO bkinfoDiffPrev;
    uint32_t ulIncrementalReseedCount;
    JET_LOGTIME logtimeIncrementalReseed;
    uint32_t ulIncrementalReseedCountOld;
    uint32_t ulPagePatchCount;
    JET_LOGTIME logtimePagePatch;
    uint32_t ulPagePatchCountOld;
    JET_LOGTIME logtimeChecksumPrev;
    JET_LOGTIME logtimeChecksumStart;
    uint32_t cpgDatabaseChecked;
    JET_LOGTIME logtimeLastReAttach;
    JET_LGPOS lgposLastReAttach;
} JET_DBINFOMISC7;

typedef struct JET_LOGINFOMISC {
    uint32_t ulGeneration;
    JET_SIGNATURE signLog;
    JET_LOGTIME logtimeCreate;
    JET_LOGTIME logtimePreviousGeneration;
    uint32_t ulFlags;
    uint32_t ulVersionMajor;
    uint32_t ulVersionMinor;
    uint32_t ulVersionUpdate;
    uint32_t cbSectorSize;
    uint32_t cbHeader;
    uint32_t cbFile;
    uint32_t cbDatabasePageSize;
} JET_LOGINFOMISC;

typedef struct JET_LOGINFOMISC2 {
    uint32_t ulGeneration;
    JET_SIGNATURE signLog;
    JET_LOGTIME logtimeCreate;
    JET_LOGTIME logtimePreviousGeneration;
    uint32_t ulFlags;
    uint32_t ulVersionMajor;
    uint32_t ulVersionMinor;
    uint32_t ulVersionUpdate;
    uint32_t cbSectorSize;
    uint32_t cbHeader;
    uint32_t cbFile;
    uint32_t cbDatabasePageSize;
    JET_LGPOS lgposCheckpoint;
} JET_LOGINFOMISC2;

typedef struct JET_LOGINFOMISC3 {
    uint32_t ulGeneration;
    JET_SIGNATURE signLog;
    JET_LOGTIME logtimeCreate;
    JET_LOGTIME logtimePreviousGeneration;
    uint32_t ulFlags;
    uint32_t ulVersionMajor;
    uint32_t ulVersionUpdateMajor;
    uint32_t ulVersionUpdateMinor;
    uint32_t cbSectorSize;
    uint32_t cbHeader;
    uint32_t cbFile;
    uint32_t cbDatabasePageSize;
    JET_LGPOS lgposCheckpoint;
    uint32_t ulVersionMinorDeprecated;
    uint64_t checksumPrevLogAllSegments;
} JET_LOGINFOMISC3;

typedef struct JET_RECOVERYCONTROL {
    uint32_t cbStruct;
    JET_ERR errDefault;
    JET_INSTANCE instance;
    JET_SNT sntUnion;
    union {
        struct {
            uint32_t cbStruct;
            uint32_t lGenNext;
            unsigned char fCurrentLog : 1;
            unsigned char eReason;
            unsigned char rgbReserved[6];
            WCHAR *wszLogFile;
            uint32_t cdbinfomisc;
            JET_DBINFOMISC7 *rgdbinfomisc;
        } OpenLog;
        struct {
            uint32_t cbStruct;
            WCHAR *wszCheckpoint;
        } OpenCheckpoint;
        struct {
            uint32_t cbStruct;
            uint32_t lGenMissing;
            unsigned char fCurrentLog : 1;
            unsigned char eNextAction;
            unsigned char rgbReserved[6];
            WCHAR *wszLogFile;
            uint32_t cdbinfomisc;
            JET_DBINFOMISC7 *rgdbinfomisc;
        } MissingLog;
        struct {
            uint32_t cbStruct;
            uint32_t cdbinfomisc;
            JET_DBINFOMISC7 *rgdbinfomisc;
        } BeginUndo;
        struct {
            uint32_t cbStruct;
            uint32_t EventID;
        } NotificationEvent;
        struct {
            uint32_t cbStruct;
        } SignalErrorCondition;
        struct {
            uint32_t cbStruct;
            const WCHAR *wszDbPath;
        } AttachedDb;
        struct {
            uint32_t cbStruct;
            const WCHAR *wszDbPath;
        } DetachingDb;
        struct {
            uint32_t cbStruct;
            const void *pbCommitCtx;
            uint32_t cbCommitCtx;
            uint32_t fCallbackType;
        } CommitCtx;
    };
} JET_RECOVERYCONTROL;

typedef struct JET_SNMSG {
    uint32_t cbStruct;
    JET_SNC snc;
    uint32_t ul;
    char sz[256];
} JET_SNMSG;

typedef struct JET_SNPATCHREQUEST {
    uint32_t cbStruct;
    uint32_t pageNumber;
    const WCHAR *szLogFile;
    JET_INSTANCE instance;
    JET_DBINFOMISC7 dbinfomisc;
    const void *pvToken;
    uint32_t cbToken;
    const void *pvData;
    uint32_t cbData;
    JET_DBID dbid;
} JET_SNPATCHREQUEST;

typedef struct JET_SNCORRUPTEDPAGE {
    uint32_t cbStruct;
    const WCHAR *wszDatabase;
    JET_DBID dbid;
    JET_DBINFOMISC7 dbinfomisc;
    uint32_t pageNumber;
} JET_SNCORRUPTEDPAGE;

typedef struct JET_STREAMINGFILESPACEINFO {
    uint32_t cpageOwned;
    uint32_t cpageAvail;
} JET_STREAMINGFILESPACEINFO;

typedef struct JET_THREADSTATS {
    uint32_t cbStruct;
    uint32_t cPageReferenced;
    uint32_t cPageRead;
    uint32_t cPagePreread;
    uint32_t cPageDirtied;
    uint32_t cPageRedirtied;
    uint32_t cLogRecord;
    uint32_t cbLogRecord;
} JET_THREADSTATS;

typedef struct JET_THREADSTATS2 {
    uint32_t cbStruct;
    uint32_t cPageReferenced;
    uint32_t cPageRead;
    uint32_t cPagePreread;
    uint32_t cPageDirtied;
    uint32_t cPageRedirtied;
    uint32_t cLogRecord;
    uint32_t cbLogRecord;
    uint64_t cusecPageCacheMiss;
    uint32_t cPageCacheMiss;
} JET_THREADSTATS2;

typedef struct JET_THREADSTATS3 {
    uint32_t cbStruct;
    uint32_t cPageReferenced;
    uint32_t cPageRead;
    uint32_t cPagePreread;
    uint32_t cPageDirtied;
    uint32_t cPageRedirtied;
    uint32_t cLogRecord;
    uint32_t cbLogRecord;
    uint64_t cusecPageCacheMiss;
    uint32_t cPageCacheMiss;
    uint32_t cSeparatedLongValueRead;
    uint64_t cusecLongValuePageCacheMiss;
    uint32_t cLongValuePageCacheMiss;
} JET_THREADSTATS3;

typedef struct JET_THREADSTATS4 {
    uint32_t cbStruct;
    uint32_t cPageReferenced;
    uint32_t cPageRead;
    uint32_t cPagePreread;
    uint32_t cPageDirtied;
    uint32_t cPageRedirtied;
    uint32_t cLogRecord;
    uint32_t cbLogRecord;
    uint64_t cusecPageCacheMiss;
    uint32_t cPageCacheMiss;
    uint32_t cSeparatedLongValueRead;
    uint64_t cusecLongValuePageCacheMiss;
    uint32_t cLongValuePageCacheMiss;
    uint32_t cSeparatedLongValueCreated;
    uint32_t cPageUniqueCacheHits;
    uint32_t cPageUniqueCacheRequests;
    uint32_t cDatabaseReads;
    uint32_t cSumDatabaseReadQueueDepthImpact;
    uint32_t cSumDatabaseReadQueueDepth;
    uint64_t cusecWait;
    uint32_t cWait;
    uint32_t cNodesFlagDeleted;
    uint32_t cbNodesFlagDeleted;
    uint32_t cPageTableAllocated;
    uint32_t cPageTableReleased;
    uint32_t cPageUpdateAllocated;
    uint32_t cPageUpdateReleased;
    uint32_t cPageUniqueModified;
} JET_THREADSTATS4;

typedef struct JET_ERRINFOBASIC_W {
    uint32_t cbStruct;
    JET_ERR errValue;
    JET_ERRCAT errcatMostSpecific;
    unsigned char rgCategoricalHierarchy[8];
    uint32_t lSourceLine;
    WCHAR rgszSourceFile[64];
} JET_ERRINFOBASIC_W;

typedef struct JET_COMMIT_ID {
    JET_SIGNATURE signLog;
    int reserved;
    int64_t commitId;
} JET_COMMIT_ID;

typedef struct JET_RBSINFOMISC {
    int32_t lRBSGeneration;
    JET_LOGTIME logtimeCreate;
    JET_LOGTIME logtimeCreatePrevRBS;
    uint32_t ulMajor;
    uint32_t ulMinor;
    uint64_t cbLogicalFileSize;
} JET_RBSINFOMISC;

typedef struct JET_RBSREVERTINFOMISC {
    int32_t lGenMinRevertStart;
    int32_t lGenMaxRevertStart;
    int32_t lGenMinRevertEnd;
    int32_t lGenMaxRevertEnd;
    JET_LOGTIME logtimeRevertFrom;
    uint64_t cSecRevert;
    uint64_t cPagesReverted;
    int32_t lGenRBSMaxApplied;
    int32_t lGenRBSMinApplied;
} JET_RBSREVERTINFOMISC;

typedef struct JET_OPERATIONCONTEXT {
    uint32_t ulUserID;
    unsigned char nOperationID;
    unsigned char nOperationType;
    unsigned char nClientType;
    unsigned char fFlags;
} JET_OPERATIONCONTEXT;

/* What an instance has written into its log, for who follows it. */
typedef struct JET_EMITDATACTX {
    uint32_t cbStruct;
    uint32_t dwVersion;
    uint64_t qwSequenceNum;
    JET_GRBIT grbitOperationalFlags; /* JET_bitShadowLogEmit... */
    JET_LOGTIME logtimeEmit;
    JET_LGPOS lgposLogData;
    uint32_t cbLogData;
} JET_EMITDATACTX;

typedef struct JET_PAGEINFO {
    uint32_t pgno;
    uint32_t fPageIsInitialized : 1;
    uint32_t fCorrectableError : 1;
    uint64_t checksumActual;
    uint64_t checksumExpected;
    uint64_t dbtime;
    uint64_t structureChecksum;
    uint64_t flags;
} JET_PAGEINFO;

typedef struct JET_PAGEINFO2 {
    JET_PAGEINFO pageInfo;
    uint64_t rgChecksumActual[3];
    uint64_t rgChecksumExpected[3];
} JET_PAGEINFO2;

#endif
