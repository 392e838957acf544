/* SPDX-License-Identifier: MIT */
/* esent_names.h - which form a name without A or W means in C: A, or W where JET_UNICODE is defined. Included by
 * esent.h.
 *
 * The library's own bare symbols are the A forms whatever a program defines.
 */
#ifndef COLDSTREAM_JET_ESENT_NAMES_H
#define COLDSTREAM_JET_ESENT_NAMES_H

#ifdef JET_UNICODE
#define JET_BARE(name)  name##W
#define JET_BARE_(name) name##_W
#else
#define JET_BARE(name)  name##A
#define JET_BARE_(name) name##_A
#endif

/* clang-format off */
#define JET_COLUMNBASE                           JET_BARE_(JET_COLUMNBASE)
#define JET_COLUMNCREATE                         JET_BARE_(JET_COLUMNCREATE)
#define JET_CONDITIONALCOLUMN                    JET_BARE_(JET_CONDITIONALCOLUMN)
#define JET_CONVERT                              JET_BARE_(JET_CONVERT)
#define JET_DBUTIL                               JET_BARE_(JET_DBUTIL)
#define JET_DDLADDCALLBACK                       JET_BARE_(JET_DDLADDCALLBACK)
#define JET_DDLADDCOLUMNCALLBACK                 JET_BARE_(JET_DDLADDCOLUMNCALLBACK)
#define JET_DDLADDCONDITIONALCOLUMNSTOALLINDEXES JET_BARE_(JET_DDLADDCONDITIONALCOLUMNSTOALLINDEXES)
#define JET_DDLCALLBACKDLL                       JET_BARE_(JET_DDLCALLBACKDLL)
#define JET_DDLCHANGECOLUMN                      JET_BARE_(JET_DDLCHANGECOLUMN)
#define JET_DDLINDEXDENSITY                      JET_BARE_(JET_DDLINDEXDENSITY)
#define JET_DDLMAXCOLUMNSIZE                     JET_BARE_(JET_DDLMAXCOLUMNSIZE)
#define JET_INDEXCREATE                          JET_BARE_(JET_INDEXCREATE)
#define JET_INDEXCREATE2                         JET_BARE_(JET_INDEXCREATE2)
#define JET_INDEXCREATE3                         JET_BARE_(JET_INDEXCREATE3)
#define JET_INDEXCREATEOLD                       JET_BARE_(JET_INDEXCREATEOLD)
#define JET_INSTANCE_INFO                        JET_BARE_(JET_INSTANCE_INFO)
#define JET_LOGINFO                              JET_BARE_(JET_LOGINFO)
#define JET_RSTINFO                              JET_BARE_(JET_RSTINFO)
#define JET_RSTINFO2                             JET_BARE_(JET_RSTINFO2)
#define JET_RSTMAP                               JET_BARE_(JET_RSTMAP)
#define JET_RSTMAP2                              JET_BARE_(JET_RSTMAP2)
#define JET_SETSYSPARAM                          JET_BARE_(JET_SETSYSPARAM)
#define JET_TABLECREATE                          JET_BARE_(JET_TABLECREATE)
#define JET_TABLECREATE2                         JET_BARE_(JET_TABLECREATE2)
#define JET_TABLECREATE3                         JET_BARE_(JET_TABLECREATE3)
#define JET_TABLECREATE4                         JET_BARE_(JET_TABLECREATE4)
#define JET_TABLECREATE5                         JET_BARE_(JET_TABLECREATE5)
#define JET_USERDEFINEDDEFAULT                   JET_BARE_(JET_USERDEFINEDDEFAULT)

#define JetAddColumn                             JET_BARE(JetAddColumn)
#define JetAttachDatabase                        JET_BARE(JetAttachDatabase)
#define JetAttachDatabase2                       JET_BARE(JetAttachDatabase2)
#define JetAttachDatabase3                       JET_BARE(JetAttachDatabase3)
#define JetAttachDatabaseWithStreaming           JET_BARE(JetAttachDatabaseWithStreaming)
#define JetBackup                                JET_BARE(JetBackup)
#define JetBackupInstance                        JET_BARE(JetBackupInstance)
#define JetBeginDatabaseIncrementalReseed        JET_BARE(JetBeginDatabaseIncrementalReseed)
#define JetBeginSession                          JET_BARE(JetBeginSession)
#define JetCompact                               JET_BARE(JetCompact)
#define JetConvertDDL                            JET_BARE(JetConvertDDL)
#define JetCreateDatabase                        JET_BARE(JetCreateDatabase)
#define JetCreateDatabase2                       JET_BARE(JetCreateDatabase2)
#define JetCreateDatabase3                       JET_BARE(JetCreateDatabase3)
#define JetCreateDatabaseWithStreaming           JET_BARE(JetCreateDatabaseWithStreaming)
#define JetCreateIndex                           JET_BARE(JetCreateIndex)
#define JetCreateIndex2                          JET_BARE(JetCreateIndex2)
#define JetCreateIndex3                          JET_BARE(JetCreateIndex3)
#define JetCreateIndex4                          JET_BARE(JetCreateIndex4)
#define JetCreateInstance                        JET_BARE(JetCreateInstance)
#define JetCreateInstance2                       JET_BARE(JetCreateInstance2)
#define JetCreateTable                           JET_BARE(JetCreateTable)
#define JetCreateTableColumnIndex                JET_BARE(JetCreateTableColumnIndex)
#define JetCreateTableColumnIndex2               JET_BARE(JetCreateTableColumnIndex2)
#define JetCreateTableColumnIndex3               JET_BARE(JetCreateTableColumnIndex3)
#define JetCreateTableColumnIndex4               JET_BARE(JetCreateTableColumnIndex4)
#define JetCreateTableColumnIndex5               JET_BARE(JetCreateTableColumnIndex5)
#define JetDBUtilities                           JET_BARE(JetDBUtilities)
#define JetDefragment                            JET_BARE(JetDefragment)
#define JetDefragment2                           JET_BARE(JetDefragment2)
#define JetDefragment3                           JET_BARE(JetDefragment3)
#define JetDeleteColumn                          JET_BARE(JetDeleteColumn)
#define JetDeleteColumn2                         JET_BARE(JetDeleteColumn2)
#define JetDeleteIndex                           JET_BARE(JetDeleteIndex)
#define JetDeleteTable                           JET_BARE(JetDeleteTable)
#define JetDeleteTable2                          JET_BARE(JetDeleteTable2)
#define JetDetachDatabase                        JET_BARE(JetDetachDatabase)
#define JetDetachDatabase2                       JET_BARE(JetDetachDatabase2)
#define JetEnableMultiInstance                   JET_BARE(JetEnableMultiInstance)
#define JetEndDatabaseIncrementalReseed          JET_BARE(JetEndDatabaseIncrementalReseed)
#define JetExternalRestore                       JET_BARE(JetExternalRestore)
#define JetExternalRestore2                      JET_BARE(JetExternalRestore2)
#define JetGetAttachInfo                         JET_BARE(JetGetAttachInfo)
#define JetGetAttachInfoInstance                 JET_BARE(JetGetAttachInfoInstance)
#define JetGetColumnInfo                         JET_BARE(JetGetColumnInfo)
#define JetGetCurrentIndex                       JET_BARE(JetGetCurrentIndex)
#define JetGetDatabaseFileInfo                   JET_BARE(JetGetDatabaseFileInfo)
#define JetGetDatabaseInfo                       JET_BARE(JetGetDatabaseInfo)
#define JetGetIndexInfo                          JET_BARE(JetGetIndexInfo)
#define JetGetInstanceInfo                       JET_BARE(JetGetInstanceInfo)
#define JetGetLogFileInfo                        JET_BARE(JetGetLogFileInfo)
#define JetGetLogInfo                            JET_BARE(JetGetLogInfo)
#define JetGetLogInfoInstance                    JET_BARE(JetGetLogInfoInstance)
#define JetGetLogInfoInstance2                   JET_BARE(JetGetLogInfoInstance2)
#define JetGetObjectInfo                         JET_BARE(JetGetObjectInfo)
#define JetGetRBSFileInfo                        JET_BARE(JetGetRBSFileInfo)
#define JetGetSystemParameter                    JET_BARE(JetGetSystemParameter)
#define JetGetTableColumnInfo                    JET_BARE(JetGetTableColumnInfo)
#define JetGetTableIndexInfo                     JET_BARE(JetGetTableIndexInfo)
#define JetGetTableInfo                          JET_BARE(JetGetTableInfo)
#define JetGetTruncateLogInfoInstance            JET_BARE(JetGetTruncateLogInfoInstance)
#define JetInit3                                 JET_BARE(JetInit3)
#define JetInit4                                 JET_BARE(JetInit4)
#define JetOSSnapshotFreeze                      JET_BARE(JetOSSnapshotFreeze)
#define JetOSSnapshotGetFreezeInfo               JET_BARE(JetOSSnapshotGetFreezeInfo)
#define JetOpenDatabase                          JET_BARE(JetOpenDatabase)
#define JetOpenFile                              JET_BARE(JetOpenFile)
#define JetOpenFileInstance                      JET_BARE(JetOpenFileInstance)
#define JetOpenFileSectionInstance               JET_BARE(JetOpenFileSectionInstance)
#define JetOpenTable                             JET_BARE(JetOpenTable)
#define JetPatchDatabasePages                    JET_BARE(JetPatchDatabasePages)
#define JetRemoveLogfile                         JET_BARE(JetRemoveLogfile)
#define JetRenameColumn                          JET_BARE(JetRenameColumn)
#define JetRenameTable                           JET_BARE(JetRenameTable)
#define JetRestore                               JET_BARE(JetRestore)
#define JetRestore2                              JET_BARE(JetRestore2)
#define JetRestoreInstance                       JET_BARE(JetRestoreInstance)
#define JetSetColumnDefaultValue                 JET_BARE(JetSetColumnDefaultValue)
#define JetSetCurrentIndex                       JET_BARE(JetSetCurrentIndex)
#define JetSetCurrentIndex2                      JET_BARE(JetSetCurrentIndex2)
#define JetSetCurrentIndex3                      JET_BARE(JetSetCurrentIndex3)
#define JetSetCurrentIndex4                      JET_BARE(JetSetCurrentIndex4)
#define JetSetDatabaseSize                       JET_BARE(JetSetDatabaseSize)
#define JetSetSystemParameter                    JET_BARE(JetSetSystemParameter)
#define JetSetTableInfo                          JET_BARE(JetSetTableInfo)
#define JetSnapshotStart                         JET_BARE(JetSnapshotStart)
#define JetUpgradeDatabase                       JET_BARE(JetUpgradeDatabase)
#ifdef JET_UNICODE
#define JetGetErrorInfo JetGetErrorInfoW
#endif
#ifdef JET_UNICODE
#define JetPrereadTables JetPrereadTablesW
#endif
/* clang-format on */

#endif
