; SPDX-License-Identifier: MIT
; coldstream.nsi - the installer for 64-bit Windows, per machine. Built by package.sh, which gives on the command line
;
;   VERSION NUMBERS     0.1.0, 0.1.0.0
;   STAGE               the folder with what is installed: program/, doc/, sdk/
;   OUTPUT              the installer
;   FILES               what package.sh wrote: the macros that install and delete what lies in doc/ and sdk/
;   SIGN                optional: a command that signs the file it is called with
;
; For administrators: INSTALLER /S is silent and ends with 0, or with 1603 (nothing is changed, or the log of the interactive
; form says what is), 1638 (it is installed elsewhere, or by coldstream.wxs). Further:
;
;   /SDK                headers and import libraries, too
;   /ACCOUNT=NAME       the service's account, which needs no password: NT SERVICE\coldstream, DOMAIN\managed$. Such an account
;                       is also entered as one that may run a VSS writer
;   /NOSTART            does not start the service
;   /D=PATH             last, without quotation marks
;
; An upgrade keeps the account and whether the service runs. The service stands still only while files change their names:
; the new ones are unpacked beside the old ones, which come back if anything goes wrong. Nothing that is data is touched, ever,
; and nothing in the system's folders. A folder outside of Program Files is made such that only administrators write to it: what lies there is run
; by the system.
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel admin
ManifestDPIAware true
ManifestSupportedOS Win8 Win8.1 Win10

!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh
!include "${FILES}"

!define SERVICE coldstream
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Coldstream"
!define SERVICE_KEY "SYSTEM\CurrentControlSet\Services\${SERVICE}"
!define VSS_ACCESS_KEY "SYSTEM\CurrentControlSet\Services\VSS\VssAccessControl"
!define EVENT_KEY "SYSTEM\CurrentControlSet\Services\EventLog\Application\${SERVICE}"

; Owned by administrators; they and the system may do everything, users read and run.
!define FOLDER_RIGHTS "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)"

!define ERROR_INSTALL_FAILURE 1603
!define ERROR_PRODUCT_VERSION 1638

Name "Coldstream ${VERSION}"
OutFile "${OUTPUT}"
AllowRootDirInstall false
ShowInstDetails show
ShowUninstDetails show
BrandingText "Coldstream ${VERSION}"

VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "Coldstream"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileDescription "Coldstream installer"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "MIT licence"

!ifdef SIGN
!finalize '${SIGN} "%1"'
!uninstfinalize '${SIGN} "%1"'
!endif

Page components
Page directory "" "" ""
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Var account       ; of /ACCOUNT=, or empty
Var was_running
Var must_start

; What has to be said at the beginning of everything: this program has 64 bits, and so have its keys.
!macro PerMachine
    SetRegView 64
    SetShellVarContext all
!macroend

; Ends with a message, which a silent installer keeps for itself, and with STATUS.
!macro Fail STATUS TEXT
    DetailPrint "${TEXT}"
    MessageBox MB_OK|MB_ICONSTOP "${TEXT}" /SD IDOK
    SetErrorLevel ${STATUS}
    Abort "${TEXT}"
!macroend

; ---- the service ----

; Runs "$INSTDIR\coldstreamd.exe" with ARGUMENTS; its exit status, or a word if it did not start, is in $0.
!macro Coldstreamd ARGUMENTS
    nsExec::ExecToLog '"$INSTDIR\coldstreamd.exe" ${ARGUMENTS}'
    Pop $0
!macroend

; In $was_running: does the service manager say that it does anything but stand still?
Function AskService
    StrCpy $was_running ""
    System::Call 'advapi32::OpenSCManagerW(p 0, p 0, i 1) p .r1'
    ${If} $1 P<> 0
        System::Call 'advapi32::OpenServiceW(p r1, w "${SERVICE}", i 4) p .r2'
        ${If} $2 P<> 0
            System::Call '*(i 0, i 0, i 0, i 0, i 0, i 0, i 0) p .r3'
            System::Call 'advapi32::QueryServiceStatus(p r2, p r3) i .r4'
            System::Call '*$3(i, i .r5)'
            System::Free $3
            ${If} $4 <> 0
            ${AndIf} $5 <> 1 ; SERVICE_STOPPED
                StrCpy $was_running yes
            ${EndIf}
            System::Call 'advapi32::CloseServiceHandle(p r2)'
        ${EndIf}
        System::Call 'advapi32::CloseServiceHandle(p r1)'
    ${EndIf}
FunctionEnd

; Starts it and waits; what it says goes into the list of details. "0" in $0 if it runs.
!macro StartService
    DetailPrint "Starting the service"
    nsExec::ExecToLog '"$SYSDIR\net.exe" start ${SERVICE}'
    Pop $0
!macroend

; ---- files ----

; An old version of these is set aside while the new one is tried.
!macro ForEachProgram DO
    !insertmacro ${DO} coldstream.exe
    !insertmacro ${DO} coldstreamd.exe
    !insertmacro ${DO} esent.dll
!macroend

; Of an upgrade before the last restart of Windows, as somebody uses it.
!macro ClearOld NAME
    Delete "$INSTDIR\${NAME}.old"
    ${If} ${FileExists} "$INSTDIR\${NAME}.old"
        !insertmacro Fail ${ERROR_INSTALL_FAILURE} "$INSTDIR\${NAME}.old is in use: restart Windows first."
    ${EndIf}
!macroend

; A program that runs, or a library that is loaded, cannot be overwritten, but can be renamed. "failed" stays in $0.
!macro Exchange NAME
    ClearErrors
    ${If} ${FileExists} "$INSTDIR\${NAME}"
        Rename "$INSTDIR\${NAME}" "$INSTDIR\${NAME}.old"
    ${EndIf}
    Rename "$INSTDIR\new\${NAME}" "$INSTDIR\${NAME}"
    ${If} ${Errors}
        StrCpy $0 failed
    ${EndIf}
!macroend

!macro PutBack NAME
    ${If} ${FileExists} "$INSTDIR\${NAME}.old"
        Delete "$INSTDIR\${NAME}"
        Rename "$INSTDIR\${NAME}.old" "$INSTDIR\${NAME}"
    ${EndIf}
!macroend

!macro DeleteOld NAME
    Delete /REBOOTOK "$INSTDIR\${NAME}.old"
!macroend

!macro DeleteProgram NAME
    Delete /REBOOTOK "$INSTDIR\${NAME}"
    Delete /REBOOTOK "$INSTDIR\${NAME}.old"
!macroend

Function ExchangePrograms
    StrCpy $0 ""
    !insertmacro ForEachProgram Exchange
    ${If} $0 == failed
        !insertmacro ForEachProgram PutBack
        RMDir /r "$INSTDIR\new"
        ${If} $was_running == yes
            !insertmacro StartService
        ${EndIf}
        !insertmacro Fail ${ERROR_INSTALL_FAILURE} "The programs in $INSTDIR cannot be replaced. Nothing was changed."
    ${EndIf}
    RMDir "$INSTDIR\new"
FunctionEnd

; COMMAND, until PATH is not there any more: a program that has just ended, or somebody who looks for viruses, may hold it for a moment.
!macro UntilGone COMMAND PATH
    ${For} $R9 1 50
        ${COMMAND} "${PATH}"
        ${IfNot} ${FileExists} "${PATH}"
            ${ExitFor}
        ${EndIf}
        Sleep 100
    ${Next}
!macroend

; Where there is no former version, there was none of this program.
!macro BringBack NAME
    !insertmacro UntilGone Delete "$INSTDIR\${NAME}"
    ${If} ${FileExists} "$INSTDIR\${NAME}.old"
        Rename "$INSTDIR\${NAME}.old" "$INSTDIR\${NAME}"
    ${EndIf}
!macroend

; Behind ExchangePrograms: the former programs again, or none and no service.
Function BringBackPrograms
    SetOutPath "$TEMP" ; out of the folder, and whoever is started, too
    ${If} ${FileExists} "$INSTDIR\coldstreamd.exe.old"
        !insertmacro ForEachProgram BringBack
    ${Else}
        !insertmacro Coldstreamd remove
        !insertmacro ForEachProgram BringBack
        !insertmacro UntilGone RMDir "$INSTDIR"
    ${EndIf}
    ${If} $was_running == yes
        !insertmacro StartService
    ${EndIf}
FunctionEnd

; Below Program Files the folder inherits what is right; elsewhere, often leave for every user to write. One that is there already is the
; administrator's own choice.
Function MakeFolder
    StrLen $0 "$PROGRAMFILES64\"
    StrCpy $1 "$INSTDIR" $0
    ${If} $1 == "$PROGRAMFILES64\"
    ${OrIf} ${FileExists} "$INSTDIR\*.*"
        Return
    ${EndIf}
    ${GetParent} "$INSTDIR" $1
    CreateDirectory "$1"
    System::Call 'advapi32::ConvertStringSecurityDescriptorToSecurityDescriptorW(w "${FOLDER_RIGHTS}", i 1, *p .r2, p 0) i .r0'
    System::Call '*(i 24, i 0, p r2, i 0, i 0) p .r3' ; SECURITY_ATTRIBUTES, with its gaps
    System::Call 'kernel32::CreateDirectoryW(w "$INSTDIR", p r3) i .r0'
    System::Free $3
    System::Call 'kernel32::LocalFree(p r2)'
    ${If} $0 = 0
        !insertmacro Fail ${ERROR_INSTALL_FAILURE} "The folder $INSTDIR cannot be made."
    ${EndIf}
FunctionEnd

; ---- installing ----

; Is the service there, and does its program lie elsewhere? Then somebody else has installed it.
Function RefuseForeignService
    ClearErrors
    ReadRegStr $0 HKLM "${SERVICE_KEY}" "ImagePath"
    ${IfNot} ${Errors}
        StrLen $1 '"$INSTDIR\coldstreamd.exe"'
        StrCpy $2 $0 $1
        ${If} $2 != '"$INSTDIR\coldstreamd.exe"'
            !insertmacro Fail ${ERROR_PRODUCT_VERSION} "The service ${SERVICE} belongs to another installation: $0"
        ${EndIf}
    ${EndIf}
FunctionEnd

Section "Programs and service" section_programs
    SectionIn RO
    !insertmacro PerMachine
    Call RefuseForeignService
    !insertmacro ForEachProgram ClearOld
    Call MakeFolder
    SetOutPath "$INSTDIR\new"
    File "${STAGE}/program/*"
    SetOutPath "$INSTDIR"
    Call AskService
    ${If} $was_running == yes
        DetailPrint "Stopping the service"
        !insertmacro Coldstreamd stop
        ${If} $0 != 0
            RMDir /r "$INSTDIR\new"
            !insertmacro Fail ${ERROR_INSTALL_FAILURE} "The service cannot be stopped. Nothing was changed."
        ${EndIf}
    ${EndIf}
    Call ExchangePrograms

    DetailPrint "Registering the service"
    StrCpy $1 ""
    ${If} $account != ""
        StrCpy $1 '--account "$account"'
    ${EndIf}
    !insertmacro Coldstreamd "install $1"
    ${If} $0 != 0
        Call BringBackPrograms
        !insertmacro Fail ${ERROR_INSTALL_FAILURE} "The service cannot be registered. Nothing was changed."
    ${EndIf}
    !insertmacro ForEachProgram DeleteOld
    WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

Section "Documentation" section_doc
    !insertmacro PerMachine
    !insertmacro InstallDoc
SectionEnd

Section /o "Headers and import libraries" section_sdk
    !insertmacro PerMachine
    !insertmacro InstallSdk
SectionEnd

; Last: the size is known, and who sees the entry can rely on everything.
Section "-entry"
    !insertmacro PerMachine
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "Coldstream"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\coldstream.exe"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "Coldstream"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0
    WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
    ${If} $must_start == yes
    ${OrIf} $was_running == yes
        !insertmacro StartService
        ${If} $0 != 0
            !insertmacro Fail ${ERROR_INSTALL_FAILURE} "All is installed, but the service does not start: see the event log."
        ${EndIf}
    ${EndIf}
SectionEnd

Function .onInit
    !insertmacro PerMachine
    StrCpy $was_running ""
    StrCpy $must_start ""
    ReadRegStr $R0 HKLM "Software\Coldstream" "WindowsInstaller"
    ${If} $R0 != ""
        !insertmacro Fail ${ERROR_PRODUCT_VERSION} "Coldstream is installed by Windows Installer: remove it there first."
    ${EndIf}
    ReadRegStr $R0 HKLM "${UNINSTALL_KEY}" "InstallLocation"
    ${If} $INSTDIR == "" ; no /D=
        StrCpy $INSTDIR $R0
    ${ElseIf} $R0 != ""
    ${AndIf} $R0 != $INSTDIR
        !insertmacro Fail ${ERROR_PRODUCT_VERSION} "Coldstream is installed in $R0: remove it there first."
    ${EndIf}
    ${If} $INSTDIR == ""
        StrCpy $INSTDIR "$PROGRAMFILES64\Coldstream"
    ${EndIf}

    ${GetParameters} $R1
    ClearErrors
    ${GetOptions} $R1 "/ACCOUNT=" $account
    ${If} ${Errors}
        StrCpy $account ""
    ${EndIf}
    ClearErrors
    ${GetOptions} $R1 "/NOSTART" $R2
    ${If} ${Errors}
    ${AndIf} $R0 == ""
        StrCpy $must_start yes
    ${EndIf}
    ClearErrors
    ${GetOptions} $R1 "/SDK" $R2
    ${IfNot} ${Errors}
    ${OrIf} ${FileExists} "$INSTDIR\sdk\include\*.*"
        !insertmacro SelectSection ${section_sdk}
    ${EndIf}
FunctionEnd

; ---- removing ----

Function un.onInit
    !insertmacro PerMachine
FunctionEnd

; What lies in the folder and is not ours stays, and with it the folder.
Section "Uninstall"
    !insertmacro PerMachine
    DetailPrint "Removing the service"
    ${If} ${FileExists} "$INSTDIR\coldstreamd.exe"
        !insertmacro Coldstreamd remove
        ${If} $0 != 0
            !insertmacro Fail ${ERROR_INSTALL_FAILURE} "The service cannot be removed. Nothing was changed."
        ${EndIf}
    ${Else} ; somebody has taken it away, and nothing of it runs
        ReadRegStr $0 HKLM "${SERVICE_KEY}\Parameters" "VssAccount"
        ${If} $0 != ""
            DeleteRegValue HKLM "${VSS_ACCESS_KEY}" "$0"
            DeleteRegKey /ifempty HKLM "${VSS_ACCESS_KEY}"
        ${EndIf}
        nsExec::ExecToLog '"$SYSDIR\sc.exe" delete ${SERVICE}'
        Pop $0
        DeleteRegKey HKLM "${EVENT_KEY}"
    ${EndIf}
    !insertmacro DeleteSdk
    !insertmacro DeleteDoc
    !insertmacro ForEachProgram DeleteProgram
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    DeleteRegKey HKLM "${UNINSTALL_KEY}"
SectionEnd
