/* SPDX-License-Identifier: MIT */
/* dllmain.c - what esent.dll does when it is loaded: nothing. No thread, no lock, no other library; and nothing when it
 * goes, for at the end of the process the other threads are gone already. */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        DisableThreadLibraryCalls(module);
    return TRUE;
}
