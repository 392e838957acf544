// SPDX-License-Identifier: MIT
// vssapi_double_class.cpp - the class of vssapi.dll as its own compiler sees it: clang for Microsoft's ABI.
//
// What vssapi_double_class.c does in C is here a class declaration. Names are mangled, virtual methods are placed and called, and structs
// are passed by a compiler that knows nothing of our table: were gcc wrong on both sides, this one would not be.
typedef unsigned short wide;

struct _GUID {
    unsigned long data1;
    unsigned short data2, data3;
    unsigned char data4[8];
};

enum VSS_USAGE_TYPE { VSS_UT_USERDATA = 3 };
enum VSS_SOURCE_TYPE { VSS_ST_TRANSACTEDDB = 1 };
enum _VSS_APPLICATION_LEVEL { VSS_APP_BACK_END = 2 };
enum VSS_ALTERNATE_WRITER_STATE { VSS_AWS_NO_ALTERNATE_WRITER = 1 };
enum _VSS_BACKUP_TYPE { VSS_BT_UNDEFINED = 0 };

class IVssCreateWriterMetadata;
class IVssWriterComponents;

// Of vssapi_double.h, which is for C.
struct request {
    bool has_components;
    int type;
};

enum event {
    NONE,
    IDENTIFY,
    PREPARE_BACKUP,
    PREPARE_SNAPSHOT,
    FREEZE,
    THAW,
    POST_SNAPSHOT,
    BACKUP_COMPLETE,
    BACKUP_SHUTDOWN,
    ABORT,
    PRE_RESTORE,
    POST_RESTORE,
};

extern "C" {
void double_constructed(void *self);
void double_destroyed(void *self);
long double_initialized(void *self, const _GUID *id, const wide *name, const wide *instance_name, unsigned long freeze_timeout_ms);
long double_subscribed(void *self, unsigned long events);
long double_unsubscribed(void *self);
long double_failed(const void *self, long failure);
bool double_may_ask(const void *self);
bool double_is_affected(const wide *path);
void double_take_set_id(_GUID *ret_id);
extern request double_request;
}

class CVssWriter {
public:
    CVssWriter();
    virtual ~CVssWriter();
    virtual bool OnIdentify(IVssCreateWriterMetadata *metadata);
    virtual bool OnPrepareBackup(IVssWriterComponents *components);
    virtual bool OnPrepareSnapshot() = 0;
    virtual bool OnFreeze() = 0;
    virtual bool OnThaw() = 0;
    virtual bool OnAbort() = 0;
    virtual bool OnBackupComplete(IVssWriterComponents *components);
    virtual bool OnBackupShutdown(_GUID set_id);
    virtual bool OnPreRestore(IVssWriterComponents *components);
    virtual bool OnPostRestore(IVssWriterComponents *components);
    virtual bool OnPostSnapshot(IVssWriterComponents *components);
    virtual bool OnBackOffIOOnVolume(wide *volume, _GUID snapshot_id, _GUID provider_id);
    virtual bool OnContinueIOOnVolume(wide *volume, _GUID snapshot_id, _GUID provider_id);
    virtual bool OnVSSShutdown();
    virtual bool OnVSSApplicationStartup();

    long Initialize(_GUID id, const wide *name, VSS_USAGE_TYPE usage, VSS_SOURCE_TYPE source, _VSS_APPLICATION_LEVEL level,
                    unsigned long freeze_timeout_ms, VSS_ALTERNATE_WRITER_STATE alternate, bool is_throttling_only,
                    const wide *instance_name);
    long Subscribe(unsigned long events);
    long Unsubscribe();

protected:
    long SetWriterFailure(long failure);
    _VSS_BACKUP_TYPE GetBackupType() const;
    bool AreComponentsSelected() const;
    bool IsPathAffected(const wide *path) const;
    _GUID GetCurrentSnapshotSetId() const;
    void *vssapi;
};

static_assert(sizeof(CVssWriter) == 16, "two pointers");

CVssWriter::CVssWriter() : vssapi(nullptr)
{
    double_constructed(this);
}

CVssWriter::~CVssWriter()
{
    double_destroyed(this);
}

// What nobody overrides is answered here; every one of ours is overridden.
bool CVssWriter::OnIdentify(IVssCreateWriterMetadata *) { return false; }
bool CVssWriter::OnPrepareBackup(IVssWriterComponents *) { return false; }
bool CVssWriter::OnBackupComplete(IVssWriterComponents *) { return false; }
bool CVssWriter::OnBackupShutdown(_GUID) { return false; }
bool CVssWriter::OnPreRestore(IVssWriterComponents *) { return false; }
bool CVssWriter::OnPostRestore(IVssWriterComponents *) { return false; }
bool CVssWriter::OnPostSnapshot(IVssWriterComponents *) { return false; }
bool CVssWriter::OnBackOffIOOnVolume(wide *, _GUID, _GUID) { return false; }
bool CVssWriter::OnContinueIOOnVolume(wide *, _GUID, _GUID) { return false; }
bool CVssWriter::OnVSSShutdown() { return false; }
bool CVssWriter::OnVSSApplicationStartup() { return false; }

long CVssWriter::Initialize(_GUID id, const wide *name, VSS_USAGE_TYPE usage, VSS_SOURCE_TYPE source,
                            _VSS_APPLICATION_LEVEL level, unsigned long freeze_timeout_ms,
                            VSS_ALTERNATE_WRITER_STATE alternate, bool is_throttling_only, const wide *instance_name)
{
    if (usage != VSS_UT_USERDATA || source != VSS_ST_TRANSACTEDDB || level != VSS_APP_BACK_END ||
        alternate != VSS_AWS_NO_ALTERNATE_WRITER || is_throttling_only)
        return -1;
    return double_initialized(this, &id, name, instance_name, freeze_timeout_ms);
}

long CVssWriter::Subscribe(unsigned long events)
{
    return double_subscribed(this, events);
}

long CVssWriter::Unsubscribe()
{
    return double_unsubscribed(this);
}

long CVssWriter::SetWriterFailure(long failure)
{
    return double_failed(this, failure);
}

_VSS_BACKUP_TYPE CVssWriter::GetBackupType() const
{
    return double_may_ask(this) ? static_cast<_VSS_BACKUP_TYPE>(double_request.type) : VSS_BT_UNDEFINED;
}

bool CVssWriter::AreComponentsSelected() const
{
    return double_may_ask(this) && double_request.has_components;
}

bool CVssWriter::IsPathAffected(const wide *path) const
{
    return double_may_ask(this) && double_is_affected(path);
}

_GUID CVssWriter::GetCurrentSnapshotSetId() const
{
    _GUID id = {};
    if (double_may_ask(this))
        double_take_set_id(&id);
    return id;
}

// An event reaches the method through the table that lies in the object, as VSS's does.
extern "C" bool double_call(void *self, event which, IVssCreateWriterMetadata *metadata, IVssWriterComponents *components,
                            _GUID set_id)
{
    CVssWriter *writer = static_cast<CVssWriter *>(self);
    static const _GUID nothing = {};
    switch (which) {
    case IDENTIFY: // and those that must do nothing, whatever they are told
        return writer->OnBackOffIOOnVolume(nullptr, nothing, set_id) &&
               writer->OnContinueIOOnVolume(nullptr, set_id, nothing) && writer->OnVSSShutdown() &&
               writer->OnVSSApplicationStartup() && writer->OnIdentify(metadata);
    case PREPARE_BACKUP: return writer->OnPrepareBackup(components);
    case PREPARE_SNAPSHOT: return writer->OnPrepareSnapshot();
    case FREEZE: return writer->OnFreeze();
    case THAW: return writer->OnThaw();
    case POST_SNAPSHOT: return writer->OnPostSnapshot(components);
    case BACKUP_COMPLETE: return writer->OnBackupComplete(components);
    case BACKUP_SHUTDOWN: return writer->OnBackupShutdown(set_id);
    case ABORT: return writer->OnAbort();
    case PRE_RESTORE: return writer->OnPreRestore(components);
    case POST_RESTORE: return writer->OnPostRestore(components);
    default: return false;
    }
}

// The deleting destructor of a class that nobody deletes.
void operator delete(void *, unsigned long long) noexcept {}
