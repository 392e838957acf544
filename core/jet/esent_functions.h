/* SPDX-License-Identifier: MIT */
/* esent_functions.h - the functions that take and give no text, and those that have a wide form only. Included by
 * esent.h.
 */
#ifndef COLDSTREAM_JET_ESENT_FUNCTIONS_H
#define COLDSTREAM_JET_ESENT_FUNCTIONS_H

/* instances */
JET_ERR JET_API JetInit(JET_INSTANCE *pinstance);
JET_ERR JET_API JetInit2(JET_INSTANCE *pinstance, JET_GRBIT grbit);
JET_ERR JET_API JetGetInstanceMiscInfo(JET_INSTANCE instance, void *pvResult, uint32_t cbMax, uint32_t InfoLevel);
JET_ERR JET_API JetTerm(JET_INSTANCE instance);
JET_ERR JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit);
JET_ERR JET_API JetStopService(void);
JET_ERR JET_API JetStopServiceInstance(JET_INSTANCE instance);
JET_ERR JET_API JetStopServiceInstance2(JET_INSTANCE instance, const JET_GRBIT grbit);
JET_ERR JET_API JetGetThreadStats(void *pvResult, uint32_t cbMax);
JET_ERR JET_API JetGetVersion(JET_SESID sesid, uint32_t *pwVersion);
JET_ERR JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetCreateEncryptionKey(uint32_t encryptionAlgorithm, void *pvKey, uint32_t cbKey, uint32_t *pcbActual);
JET_ERR JET_API JetFreeBuffer(char *pbBuf);
JET_ERR JET_API JetConfigureProcessForCrashDump(const JET_GRBIT grbit);
JET_ERR JET_API JetGetErrorInfoW(void *pvContext, void *pvResult, uint32_t cbMax, uint32_t InfoLevel, JET_GRBIT grbit);
JET_ERR JET_API JetSetResourceParam(JET_INSTANCE instance, uint32_t resoper, uint32_t resid, JET_API_PTR ulParam);
JET_ERR JET_API JetGetResourceParam(JET_INSTANCE instance, uint32_t resoper, uint32_t resid, JET_API_PTR *pulParam);
JET_ERR JET_API JetResetCounter(JET_SESID sesid, int32_t CounterType);
JET_ERR JET_API JetGetCounter(JET_SESID sesid, int32_t CounterType, int32_t *plValue);
JET_ERR JET_API JetTracing(const uint32_t traceop, const uint32_t tracetag, const JET_API_PTR ul);
JET_ERR JET_API JetTestHook(const uint32_t opcode, void *const pv);

/* sessions and transactions */
JET_ERR JET_API JetDupSession(JET_SESID sesid, JET_SESID *psesid);
JET_ERR JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetGetSessionInfo(JET_SESID sesid, void *pvResult, const uint32_t cbMax, const uint32_t ulInfoLevel);
JET_ERR JET_API JetBeginTransaction(JET_SESID sesid);
JET_ERR JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit);
JET_ERR JET_API JetPrepareToCommitTransaction(JET_SESID sesid, const void *pvData, uint32_t cbData, JET_GRBIT grbit);
JET_ERR JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, uint32_t cmsecDurableCommit,
                                      JET_COMMIT_ID *pCommitId);
JET_ERR JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext);
JET_ERR JET_API JetResetSessionContext(JET_SESID sesid);
JET_ERR JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit);
JET_ERR JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS *pls, JET_GRBIT grbit);
JET_ERR JET_API JetSetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void *pvParam, uint32_t cbParam);
JET_ERR JET_API JetGetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void *pvParam, uint32_t cbParamMax,
                                       uint32_t *pcbParamActual);

/* backup, restore, logs */
JET_ERR JET_API JetStopBackup(void);
JET_ERR JET_API JetStopBackupInstance(JET_INSTANCE instance);
JET_ERR JET_API JetBeginExternalBackup(JET_GRBIT grbit);
JET_ERR JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit);
JET_ERR JET_API JetBeginSurrogateBackup(JET_INSTANCE instance, uint32_t lgenFirst, uint32_t lgenLast, JET_GRBIT grbit);
JET_ERR JET_API JetReadFile(JET_HANDLE hfFile, void *pv, uint32_t cb, uint32_t *pcbActual);
JET_ERR JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void *pv, uint32_t cb,
                                    uint32_t *pcbActual);
JET_ERR JET_API JetCloseFile(JET_HANDLE hfFile);
JET_ERR JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile);
JET_ERR JET_API JetTruncateLog(void);
JET_ERR JET_API JetTruncateLogInstance(JET_INSTANCE instance);
JET_ERR JET_API JetEndExternalBackup(void);
JET_ERR JET_API JetEndExternalBackupInstance(JET_INSTANCE instance);
JET_ERR JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit);
JET_ERR JET_API JetEndSurrogateBackup(JET_INSTANCE instance, JET_GRBIT grbit);
JET_ERR JET_API JetSnapshotStop(JET_INSTANCE instance, JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotPrepare(JET_OSSNAPID *psnapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotThaw(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotAbort(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotTruncateLog(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotTruncateLogInstance(const JET_OSSNAPID snapId, JET_INSTANCE instance,
                                                 const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotEnd(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetConsumeLogData(JET_INSTANCE instance, JET_EMITDATACTX *pEmitLogDataCtx, void *pvLogData,
                                  uint32_t cbLogData, JET_GRBIT grbits);

/* page repair, reseed, revert snapshots */
JET_ERR JET_API JetGetPageInfo(void *const pvPages, uint32_t cbData, JET_PAGEINFO *rgPageInfo, uint32_t cbPageInfo,
                               JET_GRBIT grbit, uint32_t ulInfoLevel);
JET_ERR JET_API JetGetPageInfo2(void *const pvPages, uint32_t cbData, void *const rgPageInfo, uint32_t cbPageInfo,
                                JET_GRBIT grbit, uint32_t ulInfoLevel);
JET_ERR JET_API JetGetDatabasePages(JET_SESID sesid, JET_DBID dbid, uint32_t pgnoStart, uint32_t cpg, void *pv,
                                    uint32_t cb, uint32_t *pcbActual, JET_GRBIT grbit);
JET_ERR JET_API JetOnlinePatchDatabasePage(JET_SESID sesid, JET_DBID dbid, uint32_t pgno, const void *pvToken,
                                           uint32_t cbToken, const void *pvData, uint32_t cbData, JET_GRBIT grbit);
JET_ERR JET_API JetRBSPrepareRevert(JET_INSTANCE instance, JET_LOGTIME jltRevertExpected, int32_t cpgCache,
                                    JET_GRBIT grbit, JET_LOGTIME *pjltRevertActual);
JET_ERR JET_API JetRBSExecuteRevert(JET_INSTANCE instance, JET_GRBIT grbit, JET_RBSREVERTINFOMISC *prbsrevertinfomisc);
JET_ERR JET_API JetRBSCancelRevert(JET_INSTANCE instance);

/* databases */
JET_ERR JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT grbit);
JET_ERR JET_API JetDatabaseScan(JET_SESID sesid, JET_DBID dbid, uint32_t *pcSecondsMax, uint32_t cmsecSleep,
                                JET_CALLBACK pfnCallback, JET_GRBIT grbit);
JET_ERR JET_API JetSetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, uint32_t cpg, JET_GRBIT grbit);
JET_ERR JET_API JetGetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, uint32_t *pcpg, JET_GRBIT grbit);
JET_ERR JET_API JetGrowDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpg, uint32_t *pcpgReal);
JET_ERR JET_API JetResizeDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpgTarget, uint32_t *pcpgActual,
                                  const JET_GRBIT grbit);

/* tables, columns, indexes */
JET_ERR JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid);
JET_ERR JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid);
JET_ERR JET_API JetOpenTempTable(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn, JET_GRBIT grbit,
                                 JET_TABLEID *ptableid, JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTempTable2(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn, uint32_t lcid,
                                  JET_GRBIT grbit, JET_TABLEID *ptableid, JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTempTable3(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn,
                                  JET_UNICODEINDEX *pidxunicode, JET_GRBIT grbit, JET_TABLEID *ptableid,
                                  JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTemporaryTable(JET_SESID sesid, JET_OPENTEMPORARYTABLE *popentemporarytable);
JET_ERR JET_API JetOpenTemporaryTable2(JET_SESID sesid, JET_OPENTEMPORARYTABLE2 *popentemporarytable);
JET_ERR JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp, JET_CALLBACK pCallback,
                                    void *pvContext, JET_HANDLE *phCallbackId);
JET_ERR JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp, JET_HANDLE hCallbackId);

/* records, cursors, keys */
JET_ERR JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid);
JET_ERR JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark,
                          uint32_t *pcbActual);
JET_ERR JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark,
                           uint32_t *pcbActual, const JET_GRBIT grbit);
JET_ERR JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void *pv, uint32_t cbMax,
                                void *pvOld, uint32_t cbOldMax, uint32_t *pcbOldActual, JET_GRBIT grbit);
JET_ERR JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE *precsize, const JET_GRBIT grbit);
JET_ERR JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2 *precsize, const JET_GRBIT grbit);
JET_ERR JET_API JetGetRecordSize3(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE3 *precsize, const JET_GRBIT grbit);
JET_ERR JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, uint32_t prep);
JET_ERR JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos, uint32_t cbRecpos);
JET_ERR JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos);
JET_ERR JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void *pvResult, uint32_t cbMax,
                                 uint32_t InfoLevel);
JET_ERR JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID *ptableid, JET_GRBIT grbit);
JET_ERR JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, int32_t cRow, JET_GRBIT grbit);
JET_ERR JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid, JET_INDEX_COLUMN *rgColumnFilters,
                                   uint32_t cColumnFilters, JET_GRBIT grbit);
JET_ERR JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void *pvData, uint32_t cbData, JET_GRBIT grbit);
JET_ERR JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbMax,
                               uint32_t *pcbActual);
JET_ERR JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark);
JET_ERR JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void *pvData,
                                  uint32_t cbData, uint32_t *pcbActual, JET_GRBIT grbit, JET_RETINFO *pretinfo);
JET_ERR JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid, JET_RETRIEVECOLUMN *pretrievecolumn,
                                   uint32_t cretrievecolumn);
JET_ERR JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, uint32_t cEnumColumnId,
                                    JET_ENUMCOLUMNID *rgEnumColumnId, uint32_t *pcEnumColumn,
                                    JET_ENUMCOLUMN **prgEnumColumn, JET_PFNREALLOC pfnRealloc, void *pvReallocContext,
                                    uint32_t cbDataMost, JET_GRBIT grbit);
JET_ERR JET_API JetRetrieveTaggedColumnList(JET_SESID sesid, JET_TABLEID tableid, uint32_t *pcColumns, void *pvData,
                                            uint32_t cbData, JET_COLUMNID columnidStart, JET_GRBIT grbit);
JET_ERR JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, const void *pvData,
                             uint32_t cbData, JET_GRBIT grbit, JET_SETINFO *psetinfo);
JET_ERR JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN *psetcolumn, uint32_t csetcolumn);
JET_ERR JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void **rgpvKeys, const uint32_t *rgcbKeys,
                               int32_t ckeys, int32_t *pckeysPreread, JET_GRBIT grbit);
JET_ERR JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid, const JET_INDEX_RANGE *const rgIndexRanges,
                                      const uint32_t cIndexRanges, uint32_t *const pcRangesPreread,
                                      const JET_COLUMNID *const rgcolumnidPreread, const uint32_t ccolumnidPreread,
                                      JET_GRBIT grbit);
JET_ERR JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvSecondaryKey,
                                             uint32_t cbSecondaryKeyMax, uint32_t *pcbSecondaryKeyActual,
                                             void *pvPrimaryBookmark, uint32_t cbPrimaryBookmarkMax,
                                             uint32_t *pcbPrimaryBookmarkActual, const JET_GRBIT grbit);
JET_ERR JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvSecondaryKey,
                                              uint32_t cbSecondaryKey, void *pvPrimaryBookmark,
                                              uint32_t cbPrimaryBookmark, const JET_GRBIT grbit);
JET_ERR JET_API JetIntersectIndexes(JET_SESID sesid, JET_INDEXRANGE *rgindexrange, uint32_t cindexrange,
                                    JET_RECORDLIST *precordlist, JET_GRBIT grbit);
JET_ERR JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableidSrc, JET_GRBIT grbit);
JET_ERR JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, uint32_t *pcrec, uint32_t crecMax);
JET_ERR JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t *pcrec, uint64_t crecMax);
JET_ERR JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void *pvKey, uint32_t cbMax, uint32_t *pcbActual,
                               JET_GRBIT grbit);
JET_ERR JET_API JetPrereadTablesW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR *rgwszTables, int32_t cwszTables,
                                  JET_GRBIT grbit);
JET_ERR JET_API JetPrereadIndexRange(JET_SESID sesid, JET_TABLEID tableid, const JET_INDEX_RANGE *const pIndexRange,
                                     const uint32_t cPageCacheMin, const uint32_t cPageCacheMax, JET_GRBIT grbit,
                                     uint32_t *const pcPageCacheActual);
JET_ERR JET_API JetRetrieveColumnByReference(const JET_SESID sesid, const JET_TABLEID tableid,
                                             const void *const pvReference, const uint32_t cbReference,
                                             const uint32_t ibData, void *const pvData, const uint32_t cbData,
                                             uint32_t *const pcbActual, const JET_GRBIT grbit);
JET_ERR JET_API JetPrereadColumnsByReference(const JET_SESID sesid, const JET_TABLEID tableid,
                                             const void *const *const rgpvReferences,
                                             const uint32_t *const rgcbReferences, const uint32_t cReferences,
                                             const uint32_t cPageCacheMin, const uint32_t cPageCacheMax,
                                             uint32_t *const pcReferencesPreread, const JET_GRBIT grbit);
JET_ERR JET_API JetStreamRecords(JET_SESID sesid, JET_TABLEID tableid, const uint32_t ccolumnid,
                                 const JET_COLUMNID *const rgcolumnid, void *const pvData, const uint32_t cbData,
                                 uint32_t *const pcbActual, const JET_GRBIT grbit);
JET_ERR JET_API JetRetrieveColumnFromRecordStream(void *const pvData, const uint32_t cbData, uint32_t *const piRecord,
                                                  JET_COLUMNID *const pcolumnid, uint32_t *const pitagSequence,
                                                  uint32_t *const pibValue, uint32_t *const pcbValue);

#endif
