#!/bin/sh
# Makes the certificates for tests anew, in this folder. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/index"
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n' \
  "$work" "$work" > "$work/ca.cnf"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"; }
# NAME, the key of its holder, extensions, last day, and how it is signed
certificate() {
  openssl req -new -key "$2" -subj "/CN=$1" -out "$work/csr"
  printf "$3" > "$work/ext"
  last=$4 name=$1
  shift 4
  openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/csr" -extfile "$work/ext" -out "$name.pem" \
    -startdate 20200101000000Z -enddate "$last" "$@" 2> "$work/said" || { cat "$work/said"; exit 1; }
}

here='subjectAltName=IP:0.0.0.0,IP:127.0.0.1'
key "$work/authority.key"
key server.key
certificate authority "$work/authority.key" 'basicConstraints=critical,CA:TRUE' 21200101000000Z \
  -selfsign -keyfile "$work/authority.key"
by="-cert authority.pem -keyfile $work/authority.key"
certificate good server.key "$here" 21200101000000Z $by
certificate other-host server.key 'subjectAltName=DNS:mail.acme.com' 21200101000000Z $by
certificate expired server.key "$here" 20200102000000Z $by
certificate self-signed server.key "$here" 21200101000000Z -selfsign -keyfile server.key
