#!/bin/sh
# SPDX-License-Identifier: MIT
# sign.sh FILE - signs a program, a library or an installer where it lies, with osslsigncode. For package.sh:
#
#   export CERTIFICATE=$PWD/chain.pem KEY=$PWD/key.pem
#   COLDSTREAM_SIGN="sh $PWD/installer/windows/sign.sh" sh installer/windows/package.sh
#
#   CERTIFICATE   with its chain, PEM
#   KEY           its key, PEM; for one that lies in a token, see PKCS11 in osslsigncode(1)
#   TIMESTAMP     optional: the address of a time stamping service (RFC 3161), without which a signature ends with its certificate
set -eu
signed=$1.signed
osslsigncode sign -certs "${CERTIFICATE:?}" -key "${KEY:?}" -h sha256 -n Coldstream ${TIMESTAMP:+-ts "$TIMESTAMP"} \
    -in "$1" -out "$signed" >/dev/null
chmod --reference="$1" "$signed"
mv "$signed" "$1"
