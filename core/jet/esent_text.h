/* SPDX-License-Identifier: MIT */
/* esent_text.h - structures and functions that hold text, written once.
 *
 * esent.h includes this file twice: with JET_CHAR char for the forms whose names end in A (structures: _A), with
 * JET_CHAR WCHAR for W. It therefore has no include guard.
 */
typedef struct JET_AW_(JET_RSTMAP) {
    JET_CHAR *szDatabaseName;
    JET_CHAR *szNewDatabaseName;
} JET_AW_(JET_RSTMAP);

typedef struct JET_AW_(JET_RSTMAP2) {
    uint32_t cbStruct;
    JET_CHAR *szDatabaseName;
    JET_CHAR *szNewDatabaseName;
    JET_SETDBPARAM *rgsetdbparam;
    uint32_t csetdbparam;
    JET_GRBIT grbit;
} JET_AW_(JET_RSTMAP2);

typedef struct JET_AW_(JET_CONVERT) {
    JET_CHAR *szOldDll;
    union {
        uint32_t fFlags;
        struct {
            uint32_t fSchemaChangesOnly : 1;
        };
    };
} JET_AW_(JET_CONVERT);

typedef struct JET_AW_(JET_DBUTIL) {
    uint32_t cbStruct;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    uint32_t op;
    uint32_t edbdump;
    JET_GRBIT grbitOptions;
    union {
        struct {
            JET_CHAR *szDatabase;
            JET_CHAR *szSLV_ObsoleteAndUnused;
            JET_CHAR *szBackup;
            const JET_CHAR *szTable;
            const JET_CHAR *szIndex;
            JET_CHAR *szIntegPrefix;
            int32_t pgno;
            int32_t iline;
            int32_t lGeneration;
            int32_t isec;
            int32_t ib;
            int32_t cRetry;
            void *pfnCallback;
            void *pvCallback;
        };
        struct {
            JET_CHAR *szLog;
            JET_CHAR *szBase;
            void *pvBuffer;
            int32_t cbBuffer;
        } checksumlogfrommemory;
        struct {
            JET_CHAR *szDatabase;
            uint32_t pgnoFirst;
            uint32_t pgnoLast;
            void *pfnSpaceCatCallback;
            void *pvContext;
        } spcatOptions;
        struct {
            JET_CHAR *szDatabase;
            uint32_t pgnoFirst;
            uint32_t pgnoLast;
        } rbsOptions;
    };
} JET_AW_(JET_DBUTIL);

typedef struct JET_AW_(JET_COLUMNBASE) {
    uint32_t cbStruct;
    JET_COLUMNID columnid;
    JET_COLTYP coltyp;
    uint16_t wCountry;
    uint16_t langid;
    uint16_t cp;
    uint16_t wFiller;
    uint32_t cbMax;
    JET_GRBIT grbit;
    JET_CHAR szBaseTableName[256];
    JET_CHAR szBaseColumnName[256];
} JET_AW_(JET_COLUMNBASE);

typedef struct JET_AW_(JET_COLUMNCREATE) {
    uint32_t cbStruct;
    JET_CHAR *szColumnName;
    JET_COLTYP coltyp;
    uint32_t cbMax;
    JET_GRBIT grbit;
    void *pvDefault;
    uint32_t cbDefault;
    uint32_t cp;
    JET_COLUMNID columnid;
    JET_ERR err;
} JET_AW_(JET_COLUMNCREATE);

typedef struct JET_AW_(JET_USERDEFINEDDEFAULT) {
    JET_CHAR *szCallback;
    unsigned char *pbUserData;
    uint32_t cbUserData;
    JET_CHAR *szDependantColumns;
} JET_AW_(JET_USERDEFINEDDEFAULT);

typedef struct JET_AW_(JET_CONDITIONALCOLUMN) {
    uint32_t cbStruct;
    JET_CHAR *szColumnName;
    JET_GRBIT grbit;
} JET_AW_(JET_CONDITIONALCOLUMN);

typedef struct JET_AW_(JET_INDEXCREATEOLD) {
    uint32_t cbStruct;
    JET_CHAR *szIndexName;
    JET_CHAR *szKey;
    uint32_t cbKey;
    JET_GRBIT grbit;
    uint32_t ulDensity;
    union {
        uint32_t lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        uint32_t cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_AW_(JET_CONDITIONALCOLUMN) * rgconditionalcolumn;
    uint32_t cConditionalColumn;
    JET_ERR err;
} JET_AW_(JET_INDEXCREATEOLD);

typedef struct JET_AW_(JET_INDEXCREATE) {
    uint32_t cbStruct;
    JET_CHAR *szIndexName;
    JET_CHAR *szKey;
    uint32_t cbKey;
    JET_GRBIT grbit;
    uint32_t ulDensity;
    union {
        uint32_t lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        uint32_t cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_AW_(JET_CONDITIONALCOLUMN) * rgconditionalcolumn;
    uint32_t cConditionalColumn;
    JET_ERR err;
    uint32_t cbKeyMost;
} JET_AW_(JET_INDEXCREATE);

typedef struct JET_AW_(JET_INDEXCREATE2) {
    uint32_t cbStruct;
    JET_CHAR *szIndexName;
    JET_CHAR *szKey;
    uint32_t cbKey;
    JET_GRBIT grbit;
    uint32_t ulDensity;
    union {
        uint32_t lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        uint32_t cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_AW_(JET_CONDITIONALCOLUMN) * rgconditionalcolumn;
    uint32_t cConditionalColumn;
    JET_ERR err;
    uint32_t cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_AW_(JET_INDEXCREATE2);

typedef struct JET_AW_(JET_INDEXCREATE3) {
    uint32_t cbStruct;
    JET_CHAR *szIndexName;
    JET_CHAR *szKey;
    uint32_t cbKey;
    JET_GRBIT grbit;
    uint32_t ulDensity;
    JET_UNICODEINDEX2 *pidxunicode;
    union {
        uint32_t cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_AW_(JET_CONDITIONALCOLUMN) * rgconditionalcolumn;
    uint32_t cConditionalColumn;
    JET_ERR err;
    uint32_t cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_AW_(JET_INDEXCREATE3);

typedef struct JET_AW_(JET_TABLECREATE) {
    uint32_t cbStruct;
    JET_CHAR *szTableName;
    JET_CHAR *szTemplateTableName;
    uint32_t ulPages;
    uint32_t ulDensity;
    JET_AW_(JET_COLUMNCREATE) * rgcolumncreate;
    uint32_t cColumns;
    JET_AW_(JET_INDEXCREATE) * rgindexcreate;
    uint32_t cIndexes;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    uint32_t cCreated;
} JET_AW_(JET_TABLECREATE);

typedef struct JET_AW_(JET_TABLECREATE2) {
    uint32_t cbStruct;
    JET_CHAR *szTableName;
    JET_CHAR *szTemplateTableName;
    uint32_t ulPages;
    uint32_t ulDensity;
    JET_AW_(JET_COLUMNCREATE) * rgcolumncreate;
    uint32_t cColumns;
    JET_AW_(JET_INDEXCREATE) * rgindexcreate;
    uint32_t cIndexes;
    JET_CHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    uint32_t cCreated;
} JET_AW_(JET_TABLECREATE2);

typedef struct JET_AW_(JET_TABLECREATE3) {
    uint32_t cbStruct;
    JET_CHAR *szTableName;
    JET_CHAR *szTemplateTableName;
    uint32_t ulPages;
    uint32_t ulDensity;
    JET_AW_(JET_COLUMNCREATE) * rgcolumncreate;
    uint32_t cColumns;
    JET_AW_(JET_INDEXCREATE2) * rgindexcreate;
    uint32_t cIndexes;
    JET_CHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    uint32_t cbSeparateLV;
    JET_TABLEID tableid;
    uint32_t cCreated;
} JET_AW_(JET_TABLECREATE3);

typedef struct JET_AW_(JET_TABLECREATE4) {
    uint32_t cbStruct;
    JET_CHAR *szTableName;
    JET_CHAR *szTemplateTableName;
    uint32_t ulPages;
    uint32_t ulDensity;
    JET_AW_(JET_COLUMNCREATE) * rgcolumncreate;
    uint32_t cColumns;
    JET_AW_(JET_INDEXCREATE3) * rgindexcreate;
    uint32_t cIndexes;
    JET_CHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    uint32_t cbSeparateLV;
    JET_TABLEID tableid;
    uint32_t cCreated;
} JET_AW_(JET_TABLECREATE4);

typedef struct JET_AW_(JET_TABLECREATE5) {
    uint32_t cbStruct;
    JET_CHAR *szTableName;
    JET_CHAR *szTemplateTableName;
    uint32_t ulPages;
    uint32_t ulDensity;
    JET_AW_(JET_COLUMNCREATE) * rgcolumncreate;
    uint32_t cColumns;
    JET_AW_(JET_INDEXCREATE3) * rgindexcreate;
    uint32_t cIndexes;
    JET_CHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    uint32_t cbSeparateLV;
    uint32_t cbLVChunkMax;
    JET_TABLEID tableid;
    uint32_t cCreated;
} JET_AW_(JET_TABLECREATE5);

typedef struct JET_AW_(JET_DDLADDCALLBACK) {
    JET_CHAR *szTable;
    JET_CHAR *szCallback;
    JET_CBTYP cbtyp;
} JET_AW_(JET_DDLADDCALLBACK);

typedef struct JET_AW_(JET_DDLCHANGECOLUMN) {
    JET_CHAR *szTable;
    JET_CHAR *szColumn;
    JET_COLTYP coltypNew;
    JET_GRBIT grbitNew;
} JET_AW_(JET_DDLCHANGECOLUMN);

typedef struct JET_AW_(JET_DDLMAXCOLUMNSIZE) {
    JET_CHAR *szTable;
    JET_CHAR *szColumn;
    uint32_t cbMax;
} JET_AW_(JET_DDLMAXCOLUMNSIZE);

typedef struct JET_AW_(JET_DDLADDCONDITIONALCOLUMNSTOALLINDEXES) {
    JET_CHAR *szTable;
    JET_AW_(JET_CONDITIONALCOLUMN) * rgconditionalcolumn;
    uint32_t cConditionalColumn;
} JET_AW_(JET_DDLADDCONDITIONALCOLUMNSTOALLINDEXES);

typedef struct JET_AW_(JET_DDLADDCOLUMNCALLBACK) {
    JET_CHAR *szTable;
    JET_CHAR *szColumn;
    JET_CHAR *szCallback;
    void *pvCallbackData;
    uint32_t cbCallbackData;
} JET_AW_(JET_DDLADDCOLUMNCALLBACK);

typedef struct JET_AW_(JET_DDLINDEXDENSITY) {
    JET_CHAR *szTable;
    JET_CHAR *szIndex;
    uint32_t ulDensity;
} JET_AW_(JET_DDLINDEXDENSITY);

typedef struct JET_AW_(JET_DDLCALLBACKDLL) {
    JET_CHAR *szOldDLL;
    JET_CHAR *szNewDLL;
} JET_AW_(JET_DDLCALLBACKDLL);

typedef struct JET_AW_(JET_RSTINFO) {
    uint32_t cbStruct;
    JET_AW_(JET_RSTMAP) * rgrstmap;
    int32_t crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNSTATUS pfnStatus;
} JET_AW_(JET_RSTINFO);

typedef struct JET_AW_(JET_RSTINFO2) {
    uint32_t cbStruct;
    JET_AW_(JET_RSTMAP2) * rgrstmap;
    int32_t crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNINITCALLBACK pfnCallback;
    void *pvCallbackContext;
} JET_AW_(JET_RSTINFO2);

typedef struct JET_AW_(JET_SETSYSPARAM) {
    uint32_t paramid;
    JET_API_PTR lParam;
    const JET_CHAR *sz;
    JET_ERR err;
} JET_AW_(JET_SETSYSPARAM);

typedef struct JET_AW_(JET_LOGINFO) {
    uint32_t cbSize;
    uint32_t ulGenLow;
    uint32_t ulGenHigh;
    JET_CHAR szBaseName[3 + 1];
} JET_AW_(JET_LOGINFO);

typedef struct JET_AW_(JET_INSTANCE_INFO) {
    JET_INSTANCE hInstanceId;
    JET_CHAR *szInstanceName;
    JET_API_PTR cDatabases;
    JET_CHAR **szDatabaseFileName;
    JET_CHAR **szDatabaseDisplayName;
    JET_CHAR **szDatabaseSLVFileName_Obsolete;
} JET_AW_(JET_INSTANCE_INFO);

/* instances */
JET_ERR JET_API JET_AW(JetInit3)(JET_INSTANCE *pinstance, JET_AW_(JET_RSTINFO) * prstInfo, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetInit4)(JET_INSTANCE *pinstance, JET_AW_(JET_RSTINFO2) * prstInfo, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetCreateInstance)(JET_INSTANCE *pinstance, const JET_CHAR *szInstanceName);
JET_ERR JET_API JET_AW(JetCreateInstance2)(JET_INSTANCE *pinstance, const JET_CHAR *szInstanceName,
                                           const JET_CHAR *szDisplayName, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetSetSystemParameter)(JET_INSTANCE *pinstance, JET_SESID sesid, uint32_t paramid,
                                              JET_API_PTR lParam, const JET_CHAR *szParam);
JET_ERR JET_API JET_AW(JetGetSystemParameter)(JET_INSTANCE instance, JET_SESID sesid, uint32_t paramid,
                                              JET_API_PTR *plParam, JET_CHAR *szParam, uint32_t cbMax);
JET_ERR JET_API JET_AW(JetEnableMultiInstance)(JET_AW_(JET_SETSYSPARAM) * psetsysparam, uint32_t csetsysparam,
                                               uint32_t *pcsetsucceed);
JET_ERR JET_API JET_AW(JetGetInstanceInfo)(uint32_t *pcInstanceInfo, JET_AW_(JET_INSTANCE_INFO) * *paInstanceInfo);

/* sessions and transactions */
JET_ERR JET_API JET_AW(JetBeginSession)(JET_INSTANCE instance, JET_SESID *psesid, const JET_CHAR *szUserName,
                                        const JET_CHAR *szPassword);

/* backup, restore, logs */
JET_ERR JET_API JET_AW(JetGetLogFileInfo)(const JET_CHAR *szLog, void *pvResult, const uint32_t cbMax,
                                          const uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetBackup)(const JET_CHAR *szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_ERR JET_API JET_AW(JetBackupInstance)(JET_INSTANCE instance, const JET_CHAR *szBackupPath, JET_GRBIT grbit,
                                          JET_PFNSTATUS pfnStatus);
JET_ERR JET_API JET_AW(JetRestore)(const JET_CHAR *szSource, JET_PFNSTATUS pfn);
JET_ERR JET_API JET_AW(JetRestore2)(const JET_CHAR *sz, const JET_CHAR *szDest, JET_PFNSTATUS pfn);
JET_ERR JET_API JET_AW(JetRestoreInstance)(JET_INSTANCE instance, const JET_CHAR *sz, const JET_CHAR *szDest,
                                           JET_PFNSTATUS pfn);
JET_ERR JET_API JET_AW(JetGetAttachInfo)(JET_CHAR *szzDatabases, uint32_t cbMax, uint32_t *pcbActual);
JET_ERR JET_API JET_AW(JetGetAttachInfoInstance)(JET_INSTANCE instance, JET_CHAR *szzDatabases, uint32_t cbMax,
                                                 uint32_t *pcbActual);
JET_ERR JET_API JET_AW(JetOpenFile)(const JET_CHAR *szFileName, JET_HANDLE *phfFile, uint32_t *pulFileSizeLow,
                                    uint32_t *pulFileSizeHigh);
JET_ERR JET_API JET_AW(JetOpenFileInstance)(JET_INSTANCE instance, const JET_CHAR *szFileName, JET_HANDLE *phfFile,
                                            uint32_t *pulFileSizeLow, uint32_t *pulFileSizeHigh);
JET_ERR JET_API JET_AW(JetOpenFileSectionInstance)(JET_INSTANCE instance, JET_CHAR *szFile, JET_HANDLE *phFile,
                                                   int32_t iSection, int32_t cSections, uint64_t ibRead,
                                                   uint32_t *pulSectionSizeLow, int32_t *plSectionSizeHigh);
JET_ERR JET_API JET_AW(JetGetLogInfo)(JET_CHAR *szzLogs, uint32_t cbMax, uint32_t *pcbActual);
JET_ERR JET_API JET_AW(JetGetLogInfoInstance)(JET_INSTANCE instance, JET_CHAR *szzLogs, uint32_t cbMax,
                                              uint32_t *pcbActual);
JET_ERR JET_API JET_AW(JetGetLogInfoInstance2)(JET_INSTANCE instance, JET_CHAR *szzLogs, uint32_t cbMax,
                                               uint32_t *pcbActual, JET_AW_(JET_LOGINFO) * pLogInfo);
JET_ERR JET_API JET_AW(JetGetTruncateLogInfoInstance)(JET_INSTANCE instance, JET_CHAR *szzLogs, uint32_t cbMax,
                                                      uint32_t *pcbActual);
JET_ERR JET_API JET_AW(JetExternalRestore)(JET_CHAR *szCheckpointFilePath, JET_CHAR *szLogPath,
                                           JET_AW_(JET_RSTMAP) * rgrstmap, int32_t crstfilemap,
                                           JET_CHAR *szBackupLogPath, int32_t genLow, int32_t genHigh,
                                           JET_PFNSTATUS pfn);
JET_ERR JET_API JET_AW(JetExternalRestore2)(JET_CHAR *szCheckpointFilePath, JET_CHAR *szLogPath,
                                            JET_AW_(JET_RSTMAP) * rgrstmap, int32_t crstfilemap,
                                            JET_CHAR *szBackupLogPath, JET_AW_(JET_LOGINFO) * pLogInfo,
                                            JET_CHAR *szTargetInstanceName, JET_CHAR *szTargetInstanceLogPath,
                                            JET_CHAR *szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);
JET_ERR JET_API JET_AW(JetSnapshotStart)(JET_INSTANCE instance, JET_CHAR *szDatabases, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetOSSnapshotFreeze)(const JET_OSSNAPID snapId, uint32_t *pcInstanceInfo,
                                            JET_AW_(JET_INSTANCE_INFO) * *paInstanceInfo, const JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetOSSnapshotGetFreezeInfo)(const JET_OSSNAPID snapId, uint32_t *pcInstanceInfo,
                                                   JET_AW_(JET_INSTANCE_INFO) * *paInstanceInfo, const JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetRemoveLogfile)(const JET_CHAR *szDatabase, const JET_CHAR *szLogfile, JET_GRBIT grbit);

/* page repair, reseed, revert snapshots */
JET_ERR JET_API JET_AW(JetBeginDatabaseIncrementalReseed)(JET_INSTANCE instance, const JET_CHAR *szDatabase,
                                                          uint32_t genFirstDivergedLog, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetEndDatabaseIncrementalReseed)(JET_INSTANCE instance, const JET_CHAR *szDatabase,
                                                        uint32_t genMinRequired, uint32_t genFirstDivergedLog,
                                                        uint32_t genMaxRequired, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetPatchDatabasePages)(JET_INSTANCE instance, const JET_CHAR *szDatabase, uint32_t pgnoStart,
                                              uint32_t cpg, const void *pv, uint32_t cb, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetGetRBSFileInfo)(const JET_CHAR *szRBSFileName, void *pvResult, uint32_t cbMax,
                                          uint32_t InfoLevel);

/* databases */
JET_ERR JET_API JET_AW(JetCreateDatabase)(JET_SESID sesid, const JET_CHAR *szFilename, const JET_CHAR *szConnect,
                                          JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetCreateDatabase2)(JET_SESID sesid, const JET_CHAR *szFilename,
                                           const uint32_t cpgDatabaseSizeMax, JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetCreateDatabase3)(JET_SESID sesid, const JET_CHAR *szFilename, JET_DBID *pdbid,
                                           JET_SETDBPARAM *rgsetdbparam, uint32_t csetdbparam, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetAttachDatabase)(JET_SESID sesid, const JET_CHAR *szFilename, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetAttachDatabase2)(JET_SESID sesid, const JET_CHAR *szFilename,
                                           const uint32_t cpgDatabaseSizeMax, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetAttachDatabase3)(JET_SESID sesid, const JET_CHAR *szFilename, JET_SETDBPARAM *rgsetdbparam,
                                           uint32_t csetdbparam, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetCreateDatabaseWithStreaming)(JET_SESID sesid, const JET_CHAR *szDbFileName,
                                                       const JET_CHAR *szSLVFileName, const JET_CHAR *szSLVRootName,
                                                       const uint32_t cpgDatabaseSizeMax, JET_DBID *pdbid,
                                                       JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetAttachDatabaseWithStreaming)(JET_SESID sesid, const JET_CHAR *szDbFileName,
                                                       const JET_CHAR *szSLVFileName, const JET_CHAR *szSLVRootName,
                                                       const uint32_t cpgDatabaseSizeMax, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetDetachDatabase)(JET_SESID sesid, const JET_CHAR *szFilename);
JET_ERR JET_API JET_AW(JetDetachDatabase2)(JET_SESID sesid, const JET_CHAR *szFilename, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetGetDatabaseInfo)(JET_SESID sesid, JET_DBID dbid, void *pvResult, uint32_t cbMax,
                                           uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetGetDatabaseFileInfo)(const JET_CHAR *szDatabaseName, void *pvResult, uint32_t cbMax,
                                               uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetOpenDatabase)(JET_SESID sesid, const JET_CHAR *szFilename, const JET_CHAR *szConnect,
                                        JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetCompact)(JET_SESID sesid, const JET_CHAR *szDatabaseSrc, const JET_CHAR *szDatabaseDest,
                                   JET_PFNSTATUS pfnStatus, JET_AW_(JET_CONVERT) * pconvert, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetDefragment)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName, uint32_t *pcPasses,
                                      uint32_t *pcSeconds, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetDefragment2)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName, uint32_t *pcPasses,
                                       uint32_t *pcSeconds, JET_CALLBACK callback, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetDefragment3)(JET_SESID sesid, const JET_CHAR *szDatabaseName, const JET_CHAR *szTableName,
                                       uint32_t *pcPasses, uint32_t *pcSeconds, JET_CALLBACK callback, void *pvContext,
                                       JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetConvertDDL)(JET_SESID sesid, JET_DBID dbid, uint32_t convtyp, void *pvData, uint32_t cbData);
JET_ERR JET_API JET_AW(JetUpgradeDatabase)(JET_SESID sesid, const JET_CHAR *szDbFileName, const JET_CHAR *szSLVFileName,
                                           const JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetSetDatabaseSize)(JET_SESID sesid, const JET_CHAR *szDatabaseName, uint32_t cpg,
                                           uint32_t *pcpgReal);
JET_ERR JET_API JET_AW(JetDBUtilities)(JET_AW_(JET_DBUTIL) * pdbutil);

/* tables, columns, indexes */
JET_ERR JET_API JET_AW(JetGetObjectInfo)(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                                         const JET_CHAR *szContainerName, const JET_CHAR *szObjectName, void *pvResult,
                                         uint32_t cbMax, uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetGetTableInfo)(JET_SESID sesid, JET_TABLEID tableid, void *pvResult, uint32_t cbMax,
                                        uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetSetTableInfo)(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam, uint32_t cbParam,
                                        uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetCreateTable)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName, uint32_t lPages,
                                       uint32_t lDensity, JET_TABLEID *ptableid);
JET_ERR JET_API JET_AW(JetCreateTableColumnIndex)(JET_SESID sesid, JET_DBID dbid,
                                                  JET_AW_(JET_TABLECREATE) * ptablecreate);
JET_ERR JET_API JET_AW(JetCreateTableColumnIndex2)(JET_SESID sesid, JET_DBID dbid,
                                                   JET_AW_(JET_TABLECREATE2) * ptablecreate);
JET_ERR JET_API JET_AW(JetCreateTableColumnIndex3)(JET_SESID sesid, JET_DBID dbid,
                                                   JET_AW_(JET_TABLECREATE3) * ptablecreate);
JET_ERR JET_API JET_AW(JetCreateTableColumnIndex4)(JET_SESID sesid, JET_DBID dbid,
                                                   JET_AW_(JET_TABLECREATE4) * ptablecreate);
JET_ERR JET_API JET_AW(JetCreateTableColumnIndex5)(JET_SESID sesid, JET_DBID dbid,
                                                   JET_AW_(JET_TABLECREATE5) * ptablecreate);
JET_ERR JET_API JET_AW(JetDeleteTable)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName);
JET_ERR JET_API JET_AW(JetDeleteTable2)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetRenameTable)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szName,
                                       const JET_CHAR *szNameNew);
JET_ERR JET_API JET_AW(JetGetTableColumnInfo)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szColumnName,
                                              void *pvResult, uint32_t cbMax, uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetGetColumnInfo)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName,
                                         const JET_CHAR *pColumnNameOrId, void *pvResult, uint32_t cbMax,
                                         uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetAddColumn)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szColumnName,
                                     const JET_COLUMNDEF *pcolumndef, const void *pvDefault, uint32_t cbDefault,
                                     JET_COLUMNID *pcolumnid);
JET_ERR JET_API JET_AW(JetDeleteColumn)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szColumnName);
JET_ERR JET_API JET_AW(JetDeleteColumn2)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szColumnName,
                                         const JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetRenameColumn)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szName,
                                        const JET_CHAR *szNameNew, JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetSetColumnDefaultValue)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName,
                                                 const JET_CHAR *szColumnName, const void *pvData,
                                                 const uint32_t cbData, const JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetGetTableIndexInfo)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName,
                                             void *pvResult, uint32_t cbResult, uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetGetIndexInfo)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName,
                                        const JET_CHAR *szIndexName, void *pvResult, uint32_t cbResult,
                                        uint32_t InfoLevel);
JET_ERR JET_API JET_AW(JetCreateIndex)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName,
                                       JET_GRBIT grbit, const JET_CHAR *szKey, uint32_t cbKey, uint32_t lDensity);
JET_ERR JET_API JET_AW(JetCreateIndex2)(JET_SESID sesid, JET_TABLEID tableid, JET_AW_(JET_INDEXCREATE) * pindexcreate,
                                        uint32_t cIndexCreate);
JET_ERR JET_API JET_AW(JetCreateIndex3)(JET_SESID sesid, JET_TABLEID tableid, JET_AW_(JET_INDEXCREATE2) * pindexcreate,
                                        uint32_t cIndexCreate);
JET_ERR JET_API JET_AW(JetCreateIndex4)(JET_SESID sesid, JET_TABLEID tableid, JET_AW_(JET_INDEXCREATE3) * pindexcreate,
                                        uint32_t cIndexCreate);
JET_ERR JET_API JET_AW(JetDeleteIndex)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName);
JET_ERR JET_API JET_AW(JetOpenTable)(JET_SESID sesid, JET_DBID dbid, const JET_CHAR *szTableName,
                                     const void *pvParameters, uint32_t cbParameters, JET_GRBIT grbit,
                                     JET_TABLEID *ptableid);
JET_ERR JET_API JET_AW(JetGetCurrentIndex)(JET_SESID sesid, JET_TABLEID tableid, JET_CHAR *szIndexName,
                                           uint32_t cbIndexName);
JET_ERR JET_API JET_AW(JetSetCurrentIndex)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName);
JET_ERR JET_API JET_AW(JetSetCurrentIndex2)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName,
                                            JET_GRBIT grbit);
JET_ERR JET_API JET_AW(JetSetCurrentIndex3)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName,
                                            JET_GRBIT grbit, uint32_t itagSequence);
JET_ERR JET_API JET_AW(JetSetCurrentIndex4)(JET_SESID sesid, JET_TABLEID tableid, const JET_CHAR *szIndexName,
                                            JET_INDEXID *pindexid, JET_GRBIT grbit, uint32_t itagSequence);
