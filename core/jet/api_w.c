/* SPDX-License-Identifier: MIT */
/* api_w.c - the entry points with wide text; text.h says how this works. */
#include <stdlib.h>
#include <string.h>

#include "backup/backup.h"
#include "isam/ddl.h"
#include "jet/database_info.h"
#include "jet/database_compact.h"
#include "jet/database_defragment.h"
#include "jet/database_open.h"
#include "jet/database_param.h"
#include "jet/definition.h"
#include "jet/esent.h"
#include "jet/index_info.h"
#include "jet/info_list.h"
#include "jet/instance_init.h"
#include "jet/instance_list.h"
#include "jet/instance_local_backup.h"
#include "jet/instance_restore.h"
#include "jet/jet_session.h"
#include "jet/log_info.h"
#include "jet/param.h"
#include "jet/snapshot_host.h"
#include "jet/parameter.h"
#include "jet/table_open.h"
#include "jet/text.h"
#include "jet/text_language.h"
#include "os/os_file.h"

#define JET_CHAR      WCHAR
#define JET_AW(name)  name##W
#define JET_AW_(name) name##_W
#define JET_IS_WIDE   true
#define TEXT_IN       text_from_w
#define TEXT_OUT      text_to_w
#define TEXT_LIST_IN  text_list_from_w
#define TEXT_LIST_OUT text_list_to_w

#include "jet/api_backup.inc"
#include "jet/api_instance.inc"
#include "jet/api_local_backup.inc"
#include "jet/api_restore.inc"
#include "jet/api_session.inc"
#include "jet/api_snapshot.inc"

#include "jet/api_convert.inc"
#include "jet/api_database.inc"
#include "jet/api_table.inc"

#include "jet/api_index_create.inc"
#include "jet/api_info.inc"
