# How packages are made of what is installed: three for Debian, three for RPM. sh installer/linux/packages.sh makes them.
set(CPACK_PACKAGE_NAME coldstream)
set(CPACK_PACKAGE_VENDOR "The Coldstream developers")
set(CPACK_PACKAGE_CONTACT "The Coldstream developers <developers@coldstream.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL libesent1 libesent-dev coldstream)
# Whatever the umask of who makes them.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(debian ${CMAKE_CURRENT_LIST_DIR}/debian)

set(summary_libesent1 "Extensible Storage Engine, the JET API as a library")
set(text_libesent1 "libesent is an engine for ESE databases (ESENT, \"JET Blue\") with the JET API:
transactions, logs and recovery, streaming backup of running instances, and
freezing for snapshots.")
set(summary_libesent-dev "Extensible Storage Engine, development files")
set(text_libesent-dev "Headers, the pkg-config module esent and the link for linking of libesent,
an engine for ESE databases with the JET API.")
set(summary_coldstream "backup of live ESE databases")
set(text_coldstream "Coldstream verifies, backs up and restores databases of the Extensible Storage
Engine (ESE, ESENT, \"JET Blue\"), page by page, and freezes them for snapshots
of virtual machines. This package has the command line, the service and the
hook of guest agents.")

# --- Debian ---
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/linux/lib)
# Maintainer scripts and the like keep the modes of Debian's policy.
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

set(CPACK_DEBIAN_LIBESENT1_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBESENT1_PACKAGE_CONTROL_EXTRA ${debian}/libesent1/shlibs ${debian}/libesent1/triggers)
set(CPACK_DEBIAN_LIBESENT-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBESENT-DEV_PACKAGE_DEPENDS "libesent1 (= ${version})")
set(CPACK_DEBIAN_LIBESENT-DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_COLDSTREAM_PACKAGE_SECTION database)
set(CPACK_DEBIAN_COLDSTREAM_PACKAGE_CONTROL_EXTRA
    ${debian}/coldstream/postinst ${debian}/coldstream/prerm ${debian}/coldstream/postrm ${debian}/coldstream/conffiles)
set(CPACK_DEBIAN_COLDSTREAM_PACKAGE_DEPENDS "default-dbus-system-bus | dbus-system-bus, \
systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_COLDSTREAM_PACKAGE_SUGGESTS "polkitd, qemu-guest-agent | open-vm-tools")

# --- RPM ---
set(rpm ${CMAKE_CURRENT_LIST_DIR}/rpm)
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP "Applications/Databases")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /etc/qemu /etc/qemu/fsfreeze-hook.d /etc/vmware-tools /etc/vmware-tools/backupScripts.d
    /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/libexec
    /usr/share/dbus-1 /usr/share/dbus-1/system.d /usr/share/dbus-1/system-services /usr/share/dbus-1/interfaces
    /usr/share/polkit-1 /usr/share/polkit-1/actions /usr/share/polkit-1/rules.d
    /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/vendor-completions
    /usr/share/fish /usr/share/fish/vendor_completions.d
    /usr/share/man /usr/share/man/man1 /usr/share/man/man3 /usr/share/man/man5 /usr/share/man/man8
    /usr/share/lintian /usr/share/lintian/overrides
    ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
# Configuration may name what not everybody should know.
set(CPACK_RPM_COLDSTREAM_USER_FILELIST "%config(noreplace) %attr(0640,root,coldstream) /etc/coldstream/coldstream.conf")
set(CPACK_RPM_COLDSTREAM_PRE_INSTALL_SCRIPT_FILE ${rpm}/pre)
set(CPACK_RPM_COLDSTREAM_POST_INSTALL_SCRIPT_FILE ${rpm}/post)
set(CPACK_RPM_COLDSTREAM_PRE_UNINSTALL_SCRIPT_FILE ${rpm}/preun)
set(CPACK_RPM_COLDSTREAM_POST_UNINSTALL_SCRIPT_FILE ${rpm}/postun)
set(CPACK_RPM_COLDSTREAM_PACKAGE_REQUIRES "dbus, systemd")
set(CPACK_RPM_COLDSTREAM_PACKAGE_REQUIRES_PRE "/usr/sbin/groupadd, /usr/sbin/useradd")
set(CPACK_RPM_LIBESENT-DEV_PACKAGE_REQUIRES "libesent1 = ${PROJECT_VERSION}")
# Links by which debuggers find what CPack has stripped: of programs that no other package has, and no debug package is made.
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")

foreach(package IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${package} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary_${package}}\n${text_${package}}")
    set(CPACK_RPM_${upper}_PACKAGE_NAME ${package})
    # Debian's own.
    list(APPEND CPACK_RPM_${upper}_USER_FILELIST "%exclude /usr/share/doc/${package}/changelog.Debian.gz"
        "%exclude /usr/share/lintian/overrides/${package}")
    set(CPACK_RPM_${upper}_PACKAGE_SUMMARY "${summary_${package}}")
    set(CPACK_RPM_${upper}_PACKAGE_DESCRIPTION "${text_${package}}")
endforeach()
include(CPack)
