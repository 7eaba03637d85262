#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# mtls-pki: the certificates, key stores and trust stores for DICOM over mutual
# TLS, made with openssl(1) and, where there is one, Java's keytool.
#
# Everything is created in a staging directory inside DIR and renamed into place
# at the end, so that a run that fails or is interrupted leaves DIR unchanged.
# DIR is the working directory by then: no openssl command line contains a path
# that the user chose, nor a password.
#
#   note, fail, run       messages, and the output of the tools
#   *secret*, *password   --password
#   check_*, add_*        names, hosts, days, tools
#   enter, publish        the staging directory, and moving files out of it
#   make_*, sign          keys, requests, certificates, chains, stores
#   gather, find_*        what a hospital's CA sent back
#   say_*                 what was created and what to do next
#   cmd_*                 the subcommands
#   main                  the command line

set -eu

version='@VERSION@'
case $version in
@*)	version='(not installed)' ;;
esac

# Ranges such as [A-Z] are ASCII, and the system's openssl.cnf is not read.
LC_ALL=C
OPENSSL_CONF=/dev/null
export LC_ALL OPENSSL_CONF
unset CDPATH

openssl=${OPENSSL:-openssl}
keytool=${KEYTOOL-keytool}
umask_given=$(umask)
umask 077

organisation=/C=ES/O=Demo/OU=DICOM
ca_days=3650
ca_bits=4096
leaf_bits=2048
lock_seconds=300

hosts=''
clients=''
cn=''
days=825
force=''
intermediate=''
password_given=''
store_password=changeit
password_shown=changeit
stage=''
made_dir=''

# Messages

printable()
{
	printf '%s' "$*" | tr '[:cntrl:]' '?'
}

note()
{
	printf 'mtls-pki: %s\n' "$(printable "$*")" >&2
}

fail()
{
	note "$*"
	exit 1
}

fail_usage()
{
	note "$*"
	exit 2
}

# quoted WORD: WORD quoted for the shell.
quoted()
{
	case $1 in
	''|*[!A-Za-z0-9._/:@%+=,-]*)
		printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
	*)
		printf '%s' "$1" ;;
	esac
}

# run WHAT COMMAND...: the tool's output is hidden unless it fails. The tool does not
# inherit the lock (9), which it would keep if this shell alone were killed.
run()
{
	what=$1
	shift
	"$@" </dev/null >"$stage/log" 2>&1 9<&- && return
	note "cannot $what; the tool's output follows."
	tr -d '\000-\010\013-\037\177' <"$stage/log" | sed 's/^/  /' >&2
	exit 1
}

# The password

# first_line: the first line of stdin without its line end, which may be missing.
first_line()
{
	line=
	IFS= read -r line || [ -n "$line" ] || return 1
	printf '%s' "${line%"$(printf '\r')"}"
}

secret_from_env()
{
	case $1 in
	''|[0-9]*|*[!A-Za-z0-9_]*)
		fail "env:$1 does not name an environment variable." ;;
	esac
	eval "[ \"\${$1+set}\" ]" || fail "The environment variable $1, which --password names, is not set."
	eval "printf '%s\n' \"\$$1\"" | first_line
}

# A shell must support only one digit after <&; larger numbers use /dev/fd.
secret_from_fd()
{
	case $1 in
	''|*[!0-9]*)
		return 1 ;;
	?)
		first_line <&"$1" ;;
	*)
		first_line <"/dev/fd/$1" ;;
	esac 2>/dev/null
}

secret_from_command()
{
	told=$(sh -c "$1" </dev/null) || return 1
	printf '%s\n' "$told" | first_line
}

# read_secret SPEC: sets password, and password_shown for the advice at the end.
read_secret()
{
	case $1 in
	env:*)
		store_password=$(secret_from_env "${1#env:}") ;;
	file:*)
		store_password=$(first_line 2>/dev/null <"${1#file:}") ||
			fail "The password file ${1#file:} cannot be read or is empty." ;;
	fd:*)
		store_password=$(secret_from_fd "${1#fd:}") ||
			fail "No password can be read from descriptor ${1#fd:}." ;;
	cmd:*)
		store_password=$(secret_from_command "${1#cmd:}") ||
			fail "The command that --password names failed." ;;
	*)
		store_password=${1#pass:} ;;
	esac
	check_password
	[ "$store_password" != changeit ] || return 0
	case $1 in
	env:*|file:*|cmd:*)
		password_shown=$1 ;;
	*)
		password_shown=SECRET ;;
	esac
}

# What Java's stores accept: keytool requires six characters, its PBE only takes ASCII.
check_password()
{
	case $store_password in
	*[!\ -~]*)
		fail "The password contains a character that Java's key stores do not accept: use printable ASCII." ;;
	??????*) ;;
	*)
		fail "The password is too short for Java's key stores: use at least six characters." ;;
	esac
}

# with_password COMMAND...: in a subshell, so that no other tool inherits the password.
with_password()
(
	MTLS_PKI_PASSWORD=$store_password
	export MTLS_PKI_PASSWORD
	exec "$@"
)

# Checks

check_name()
{
	case $1 in
	''|[.-]*|*[!A-Za-z0-9._-]*)
		fail_usage "'$1' is not a valid name: use letters, digits and '_', and after the first character also '.' and '-'." ;;
	esac
	[ ${#1} -le 60 ] || fail_usage "'$1' is too long for a name: use at most 60 characters."
}

check_cn()
{
	if [ -z "$1" ] || [ ${#1} -gt 64 ] || [ "$1" != "$(printable "$1")" ]; then
		fail_usage "'$1' is not a valid common name: use 1 to 64 bytes without control characters."
	fi
}

check_days()
{
	case $1 in
	''|0*|*[!0-9]*|?????*) ;;
	*)
		[ "$1" -gt $ca_days ] || return 0 ;;
	esac
	fail_usage "'$1' is not a valid number of days: use 1 to $ca_days, the lifetime of the CA."
}

# RFC 4291, 2.2: eight groups of hex digits; '::' may replace one run of zeros, an IPv4 address the last two.
is_ipv6()
{
	case $1 in
	*[!0-9A-Fa-f:.]*|*:::*)
		return 1 ;;
	esac
	awk -v address="$1" 'BEGIN {
		elided = gsub(/::/, ":@:", address)
		sub(/^:@/, "@", address)
		sub(/@:$/, "@", address)
		n = split(address, group, ":")
		for (i = 1; i <= n; i++) {
			if (i == n && group[i] ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
				total += 2
			else if (group[i] ~ /^[0-9A-Fa-f]+$/ && length(group[i]) <= 4)
				total++
			else if (group[i] != "@")
				bad = 1
		}
		exit bad || !(elided ? elided == 1 && total <= 7 : total == 8)
	}'
}

is_ipv4()
{
	printf '%s\n' "$1" | awk -F. '
		{ bad = NF != 4; for (i = 1; i <= NF; i++) if ($i !~ /^[0-9][0-9]?[0-9]?$/ || $i > 255) bad = 1 }
		END { exit bad }'
}

# san HOST: HOST as a subjectAltName, DNS: or IP:; fails if it is neither a name nor an address.
san()
{
	case $1 in
	*:*)
		is_ipv6 "$1" && printf 'IP:%s' "$1" ;;
	*[!0-9.]*)
		case $1 in
		[.-]*|*[!A-Za-z0-9._-]*|*..*|*[.-])
			return 1 ;;
		esac
		[ ${#1} -le 253 ] && printf 'DNS:%s' "$1" ;;
	*)
		is_ipv4 "$1" && printf 'IP:%s' "$1" ;;
	esac
}

# add_host HOST: adds HOST to $hosts, once; an IPv6 address may be in brackets.
add_host()
{
	host=$1
	case $host in
	'['*']')
		host=${host#'['}
		host=${host%']'} ;;
	esac
	san "$host" >/dev/null || fail_usage "'$1' is neither a host name nor an IP address."
	case " $hosts " in
	*" $host "*)
		return ;;
	esac
	[ -n "$hosts" ] || [ ${#host} -le 64 ] ||
		fail_usage "'$1' is too long for the server's CN, which has at most 64 characters: give a shorter --host first."
	hosts="$hosts${hosts:+ }$host"
}

add_client()
{
	check_name "$1"
	case " $clients " in
	*" $1 "*) ;;
	*)
		clients="$clients${clients:+ }$1" ;;
	esac
}

check_tools()
{
	case $("$openssl" version 2>/dev/null || :) in
	'OpenSSL '[3-9].*|'OpenSSL '[1-9][0-9].*) ;;
	*)
		fail "'$openssl' is not OpenSSL 3 or later: install that, or set OPENSSL to its path." ;;
	esac
	command -v flock >/dev/null 2>&1 || fail "The command flock was not found: install util-linux."
	command -v "$keytool" >/dev/null 2>&1 || keytool=
}

# The staging directory

# Signals end the run through this trap; after publish there is nothing to undo.
# A new directory is removed only by the run that has the lock on it.
cleanup()
{
	status=$?
	trap '' HUP INT TERM
	[ -z "$stage" ] || rm -rf "$stage"
	[ -z "$made_dir" ] || [ -z "$stage" ] || [ $status -eq 0 ] || rmdir "$top" 2>/dev/null || :
}

# lock DIR: allows one run at a time in the working directory, which is DIR. The
# lock is on the directory itself and ends with the process: no file is left behind,
# and a killed run leaves nothing locked. Without it, one of two revocations made at
# the same time would be lost.
lock()
{
	exec 9<.
	flock -n 9 || {
		note "Waiting for another mtls-pki that is running in $1."
		flock -w $lock_seconds 9 ||
			fail "Another mtls-pki is still running in $1 after $lock_seconds seconds: end it, or try again later."
	}
	[ "$(ls -di .)" = "$(cd -- "$top" 2>/dev/null && ls -di .)" ] ||
		fail "The directory $1 was removed in the meantime: nothing was created."
}

# enter DIR: changes to DIR, locks it, and creates $stage in it.
enter()
{
	cd -- "$1" 2>/dev/null || fail "The directory $1 cannot be entered."
	[ -r . ] || fail "The directory $1 cannot be read."
	[ -w . ] || fail "The directory $1 cannot be written to."
	top=$(pwd)
	trap cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	lock "$1"
	stage=$(mktemp -d ./.mtls-pki.XXXXXX)
	mkdir "$stage/new" "$stage/old"
}

enter_new()
{
	if [ ! -d "$1" ]; then
		why=$(umask "$umask_given" && mkdir -p -- "$1" 2>&1) ||
			fail "The directory $1 cannot be created: ${why##*: }."
		made_dir=1
	fi
	enter "$1"
}

enter_old()
{
	[ -d "$1" ] || fail "The directory $1 does not exist: create it with 'mtls-pki init'."
	enter "$1"
	[ ! -e ca/root.crt ] || intermediate=1
}

exists()
{
	[ -e "$1" ] || [ -L "$1" ]
}

# refuse_existing FILE...: fails if one of them exists, unless --force is given.
refuse_existing()
{
	for file do
		[ ! -d "$file" ] || fail "$top/$file is a directory, but has to be a file: move or remove it."
		[ -n "$force" ] || ! exists "$file" || fail "$top/$file already exists; --force replaces it."
	done
}

set_modes()
{
	find "$stage/new" -type f ! -name '*.key' ! -name '*.index' ! -name scu1.p12 -exec chmod 0644 {} +
	find "$stage/new" -type f \( -name '*.key' -o -name '*.index' -o -name scu1.p12 \) -exec chmod 0600 {} +
}

# save FILE: copies FILE for undo, if it exists.
save()
{
	exists "$1" || return 0
	mkdir -p "$stage/old/$(dirname "$1")" && cp -pP "$1" "$stage/old/$1"
}

# The rename is the only moment at which a file of DIR changes.
place()
{
	save "$1" && (umask "$umask_given" && mkdir -p "$(dirname "$1")") &&
		printf '%s\n' "$1" >>"$stage/placed" && mv -f "$stage/new/$1" "$1"
}

retire()
{
	! exists "$1" || { save "$1" && rm -f "$1"; }
}

# undo SENTENCE: restores what place and retire changed, and fails with SENTENCE.
undo()
{
	while read -r file; do
		exists "$stage/old/$file" || rm -f "$file"
		rmdir -p "$(dirname "$file")" 2>/dev/null || :
	done <"$stage/placed"
	(cd "$stage/old" && find . ! -type d) >"$stage/list"
	while read -r file; do
		mv -f "$stage/old/$file" "$file"
	done <"$stage/list"
	fail "$1"
}

# publish [FILE...]: moves everything that was created into DIR, or nothing. The FILEs
# belong to what is replaced, and are removed unless they were created again.
publish()
{
	set_modes
	(cd "$stage/new" && find . -type f) | sed 's|^\./||' >"$stage/list"
	: >"$stage/placed"
	while read -r file; do
		refuse_existing "$file"
	done <"$stage/list"
	trap '' HUP INT TERM
	for file do
		[ -e "$stage/new/$file" ] || retire "$file" || undo "$top/$file cannot be replaced."
	done
	while read -r file; do
		place "$file" || undo "$top/$file cannot be written."
	done <"$stage/list"
}

# Keys, requests and certificates

# extensions ROLE: RFC 5280, 4.2.1; a CA's EKU limits it to client or to server certificates.
extensions()
{
	case $1 in
	root)
		echo 'basicConstraints = critical, CA:TRUE' ;;
	server-ca|client-ca)
		echo 'basicConstraints = critical, CA:TRUE, pathlen:0' ;;
	*)
		echo 'basicConstraints = critical, CA:FALSE' ;;
	esac
	case $1 in
	root|server-ca|client-ca)
		echo 'keyUsage = critical, keyCertSign, cRLSign' ;;
	server)
		echo 'keyUsage = critical, digitalSignature, keyEncipherment' ;;
	client)
		echo 'keyUsage = critical, digitalSignature' ;;
	esac
	case $1 in
	server*)
		echo 'extendedKeyUsage = serverAuth' ;;
	client*)
		echo 'extendedKeyUsage = clientAuth' ;;
	esac
	[ "$1" != server ] || printf 'subjectAltName = %s\n' "$(alt_names)"
}

alt_names()
{
	comma=
	for host in $hosts; do
		printf '%s' "$comma"
		san "$host"
		comma=', '
	done
}

# write_config ROLE: [wanted] for the request, [granted] for the certificate.
write_config()
{
	{
		printf '[req]\ndistinguished_name = name\n[name]\n[wanted]\n'
		extensions "$1"
		printf '[granted]\n'
		extensions "$1"
		printf 'subjectKeyIdentifier = hash\n'
		[ "$1" = root ] || printf 'authorityKeyIdentifier = keyid:always\n'
	} >"$stage/config"
}

# subject CN: the subject in the form that -subj takes.
subject()
{
	printf '%s/CN=%s' "$organisation" "$(printf '%s' "$1" | sed 's|[\\/+]|\\&|g')"
}

# An unpredictable serial number within RFC 5280, 4.1.2.2: positive, at most 20 octets.
serial()
{
	printf '0x%s' "$("$openssl" rand -hex 18)"
}

# make_request STEM ROLE CN BITS: STEM.key and STEM.csr.
make_request()
{
	mkdir -p "$stage/new/${1%/*}"
	run "make $1.key" "$openssl" genrsa -out "$stage/new/$1.key" "$4"
	write_config "$2"
	run "make $1.csr" "$openssl" req -new -utf8 -sha256 -config "$stage/config" -reqexts wanted \
		-key "$stage/new/$1.key" -subj "$(subject "$3")" -out "$stage/new/$1.csr"
}

# make_root STEM CN
make_root()
{
	mkdir -p "$stage/new/${1%/*}"
	run "make $1.key" "$openssl" genrsa -out "$stage/new/$1.key" $ca_bits
	write_config root
	run "make $1.crt" "$openssl" req -x509 -new -sha256 -days $ca_days -set_serial "$(serial)" \
		-config "$stage/config" -extensions granted \
		-key "$stage/new/$1.key" -subj "$(subject "$2")" -out "$stage/new/$1.crt"
}

# sign STEM ISSUER DAYS: signs STEM.csr into STEM.crt, with the extensions that make_request wrote.
sign()
{
	run "sign $1.crt" "$openssl" x509 -req -sha256 -days "$3" -set_serial "$(serial)" \
		-CA "$2.crt" -CAkey "$2.key" -extfile "$stage/config" -extensions granted \
		-in "$stage/new/$1.csr" -out "$stage/new/$1.crt"
}

# issuer_for ROLE: the stem of the CA that signs for it, newly created or already in DIR.
issuer_for()
{
	stem=ca/ca
	[ -z "$intermediate" ] || stem=ca/$1-ca
	[ ! -e "$stage/new/$stem.key" ] || stem=$stage/new/$stem
	printf '%s' "$stem"
}

# need_issuer ROLE: fails if the CA for ROLE cannot sign, before any key is created.
need_issuer()
{
	issuer=$(issuer_for "$1")
	[ -e "$issuer.crt" ] ||
		fail "There is no CA in $top: create one with 'mtls-pki init', or use 'csr' and 'import', which need none."
	[ -r "$issuer.key" ] ||
		fail "$top/$issuer.key is missing or cannot be read: restore it, or use 'csr' and another CA."
	"$openssl" x509 -noout -checkend $(((days - 1) * 86400)) -in "$issuer.crt" >/dev/null ||
		fail "The CA $top/$issuer.crt expires in $(days_left "$issuer.crt") days: give fewer --days, or create a new CA."
}

# make_chain STEM FILE...: STEM_chain.crt of the FILEs, the leaf first (RFC 8446, 4.4.2).
make_chain()
{
	chain=$1_chain.crt
	shift
	cat "$@" >"$stage/new/$chain"
}

# make_leaf STEM ROLE CN: key, request, certificate and, below an intermediate CA, the chain.
make_leaf()
{
	issuer=$(issuer_for "$2")
	make_request "$1" "$2" "$3" $leaf_bits
	sign "$1" "$issuer" "$days"
	[ -z "$intermediate" ] ||
		make_chain "$1" "$stage/new/$1.crt" "$issuer.crt" "${issuer%/*}/root.crt"
}

# split_pem FILE PREFIX: writes each certificate in FILE to PREFIX.001, PREFIX.002...
split_pem()
{
	awk -v prefix="$2" '
		/^-----BEGIN CERTIFICATE-----/ { out = sprintf("%s.%03d", prefix, ++n) }
		out { print >out }
		/^-----END CERTIFICATE-----/ { close(out); out = "" }' "$1"
}

# make_keystore STEM KEY: STEM.p12 from STEM_chain.crt, else STEM.crt, all of it in staging.
make_keystore()
{
	in=$stage/new/$1_chain.crt
	[ -e "$in" ] || in=$stage/new/$1.crt
	run "make $1.p12" with_password "$openssl" pkcs12 -export -name scu1 -in "$in" -inkey "$2" \
		-passout env:MTLS_PKI_PASSWORD -out "$stage/new/$1.p12"
}

# trust_aliases: an alias for each of the files that split_pem wrote.
trust_aliases()
{
	alias=dicom-ca
	n=1
	for file in "$stage"/anchor.*; do
		printf '%s %s\n' "$alias" "$file"
		n=$((n + 1))
		alias=dicom-ca-$n
	done
}

# make_truststore FILE BUNDLE: every certificate of BUNDLE as an anchor.
make_truststore()
{
	rm -f "$stage"/anchor.*
	split_pem "$2" "$stage/anchor"
	trust_aliases >"$stage/aliases"
	if [ -n "$keytool" ]; then
		truststore_by_keytool "$1"
	else
		truststore_by_openssl "$1" "$2"
	fi
}

truststore_by_keytool()
{
	while read -r alias file; do
		run "make $1" with_password "$keytool" -importcert -noprompt -alias "$alias" -file "$file" \
			-keystore "$stage/new/$1" -storetype PKCS12 -storepass:env MTLS_PKI_PASSWORD
	done <"$stage/aliases"
}

# Java sees only bags that carry its own trust attribute, which openssl writes from 3.2 on.
truststore_by_openssl()
{
	out=$stage/new/$1
	bundle=$2
	set --
	while read -r alias file; do
		set -- "$@" -caname "$alias"
	done <"$stage/aliases"
	if java_trust; then
		set -- "$@" -jdktrust anyExtendedKeyUsage
	fi
	run "make ${out#"$stage/new/"}" with_password "$openssl" pkcs12 -export -nokeys -in "$bundle" "$@" \
		-passout env:MTLS_PKI_PASSWORD -out "$out"
}

java_trust()
{
	"$openssl" pkcs12 -help 2>&1 | grep -q -e '-jdktrust'
}

# make_client NAME CN BUNDLE
make_client()
{
	make_leaf "clients/$1/scu1" client "$2"
	make_keystore "clients/$1/scu1" "$stage/new/clients/$1/scu1.key"
	make_truststore "clients/$1/truststore.p12" "$3"
}

client_cn()
{
	if [ -n "$cn" ]; then
		printf '%s' "$cn"
	else
		printf 'SCU_%s' "$1" | tr '[:lower:]' '[:upper:]'
	fi
}

# server_home NAME: server for the first server, servers/NAME for any other.
server_home()
{
	first=
	for file in server/server.csr server/server.crt; do
		[ ! -e "$file" ] || [ -n "$first" ] || first=$(server_cn "$file")
	done
	if [ ! -e server/server.key ] || [ "$first" = "$1" ]; then
		printf server
	else
		printf 'servers/%s' "$1"
	fi
}

server_cn()
{
	type=req
	[ "${1##*.}" = csr ] || type=x509
	"$openssl" $type -noout -subject -nameopt RFC2253 -in "$1" 2>/dev/null |
		sed -n 's/^subject=CN=\([^,]*\).*/\1/p'
}

# What a certificate says

certificate_line()
{
	"$openssl" x509 -noout "-$2" -nameopt RFC2253 -dateopt iso_8601 -in "$1" | sed 's/^[^=]*=//'
}

fingerprint()
{
	"$openssl" x509 -noout -sha256 -fingerprint -in "$1" | sed 's/^[^=]*=//'
}

expiry()
{
	certificate_line "$1" enddate | cut -d ' ' -f 1
}

# days_left FILE: calendar days from today to the day on which it expires.
days_left()
{
	printf '%s\n%s\n' "$(date -u +%Y-%m-%d)" "$(expiry "$1")" | awk -F- '
		{ y = $1 - ($2 < 3); m = ($2 + 9) % 12
		  day[NR] = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m + 2) / 5) + $3 }
		END { print day[2] - day[1] }'
}

good_until()
{
	printf 'valid until %s (%s days)' "$(expiry "$1")" "$(days_left "$1")"
}

# What a hospital's CA sent back

# gather FILE: adds its certificates, PEM, DER or PKCS #7, to $stage/pool as PEM. The label of a
# PEM block is not relied on: some CAs label a PKCS #7 bundle CERTIFICATE.
gather()
{
	cat -- "$1" >"$stage/given" 2>/dev/null || fail "The file $1 cannot be read."
	rm -f "$stage"/block.*
	awk -v prefix="$stage/block" '
		{ sub(/\r$/, "") }
		/^-----END / { if (out) close(out); out = "" }
		out { print >out }
		/^-----BEGIN .*(CERTIFICATE|PKCS ?#?7.*|CMS)-----$/ { out = sprintf("%s.%03d", prefix, ++n) }
		' "$stage/given"
	: >"$stage/found"
	if [ -e "$stage/block.001" ]; then
		for block in "$stage"/block.*; do
			fold -w 64 "$block" | "$openssl" base64 -d >"$stage/der" 2>/dev/null || :
			gather_der "$stage/der"
		done
	else
		gather_der "$stage/given"
	fi
	grep -q '^-----BEGIN CERTIFICATE' "$stage/found" ||
		fail "The file $1 contains no certificate in PEM, DER or P7B (PKCS #7)."
	cat "$stage/found" >>"$stage/pool"
}

gather_der()
{
	"$openssl" x509 -inform DER -in "$1" >>"$stage/found" 2>/dev/null ||
		"$openssl" pkcs7 -inform DER -print_certs -in "$1" >>"$stage/found" 2>/dev/null || :
}

# verified ANCHOR CERTIFICATE [OPTION...]: verifies CERTIFICATE with ANCHOR as the only trust anchor.
verified()
{
	anchor=$1
	certificate=$2
	shift 2
	"$openssl" verify -no-CApath -no-CAstore -CAfile "$anchor" "$@" "$certificate"
}

# issued_by CERTIFICATE ISSUER: compares names and verifies the signature, ignoring dates. The
# names are needed: a certificate verifies against itself as the trust anchor.
issued_by()
{
	below=$("$openssl" x509 -noout -issuer_hash -in "$1")
	above=$("$openssl" x509 -noout -subject_hash -in "$2")
	[ "$below" = "$above" ] && verified "$2" "$1" -partial_chain -no_check_time >/dev/null 2>&1
}

self_issued()
{
	names=$("$openssl" x509 -noout -subject_hash -issuer_hash -in "$1")
	[ "$(printf '%s\n' "$names" | sort -u | wc -l)" -eq 1 ]
}

# find_leaf NAME: sets leaf, and stem of the client or server whose key it matches.
find_leaf()
{
	leaf=
	for stem in "clients/$1/scu1" "$(server_home "$1")/server"; do
		[ -e "$stem.key" ] || continue
		"$openssl" pkey -in "$stem.key" -pubout -out "$stage/public" 2>/dev/null ||
			fail "The key $top/$stem.key cannot be read."
		for file in "$stage"/cert.*; do
			"$openssl" x509 -noout -pubkey -in "$file" | cmp -s - "$stage/public" || continue
			leaf=$file
			return
		done
		missed="${missed:-}${missed:+ nor }$stem.key"
	done
	[ -n "${missed:-}" ] || fail "There is no key for $1 in $top: create one with 'mtls-pki csr'."
	fail "None of the given certificates matches $missed: ask the CA for the one issued for this key's request."
}

# find_issuer CERTIFICATE: its issuer among those given and those already trusted.
find_issuer()
{
	for file in "$stage"/cert.*; do
		[ "$file" != "$1" ] || continue
		! issued_by "$1" "$file" || { printf '%s' "$file"; return; }
	done
	return 1
}

# find_chain: follows the chain from $leaf up; sets root, writes $stage/between.
find_chain()
{
	: >"$stage/between"
	link=$leaf
	depth=0
	! self_issued "$leaf" ||
		fail "The certificate given for $stem.key is self-signed: give one that was issued by a CA."
	while ! self_issued "$link"; do
		depth=$((depth + 1))
		[ $depth -le 10 ] || fail "The chain of $stem.key has a loop or is longer than ten certificates."
		[ "$link" = "$leaf" ] || cat "$link" >>"$stage/between"
		issuer=$(find_issuer "$link") ||
			fail "The chain is incomplete: add the CA certificate of $(certificate_line "$link" issuer)."
		link=$issuer
	done
	root=$link
}

# check_chain ROLE: verifies it as the other side will: dates, constraints, purpose.
check_chain()
{
	purpose=sslclient
	[ "$1" = client ] || purpose=sslserver
	set -- -purpose $purpose
	[ ! -s "$stage/between" ] || set -- "$@" -untrusted "$stage/between"
	verified "$root" "$leaf" "$@" >"$stage/log" 2>&1 && return
	why=$(sed -n 's/^error [0-9]* at \([0-9]*\) depth lookup: *\(.*\)/\2 (depth \1)/p' "$stage/log" | head -n 1)
	fail "The certificate $(certificate_line "$leaf" subject) cannot be used: ${why:-it does not verify}."
}

# trusted_bundle: the certificates that DIR already trusts, and the new root if it is not among them.
trusted_bundle()
{
	[ ! -e ca/ca.crt ] || cat ca/ca.crt
	for file in "$stage"/own.*; do
		[ ! -e "$file" ] || ! same_certificate "$file" "$root" || return 0
	done
	cat "$root"
}

same_certificate()
{
	one=$(fingerprint "$1")
	[ "$one" = "$(fingerprint "$2")" ]
}

# Revocation

# make_crl STEM: STEM.crl from STEM.index (openssl ca's database), in staging.
make_crl()
{
	cat >"$stage/crl.config" <<-END
		[ca]
		default_ca = this
		[this]
		database = $stage/new/$1.index
		crlnumber = $stage/new/$1.crlnumber
		certificate = $1.crt
		private_key = $1.key
		default_md = sha256
		default_crl_days = $days
		unique_subject = no
		crl_extensions = crl
		[crl]
		authorityKeyIdentifier = keyid:always
	END
	for file in "$1.index" "$1.crlnumber"; do
		[ ! -e "$file" ] || cat "$file" >"$stage/new/$file"
	done
	[ -e "$stage/new/$1.index" ] || : >"$stage/new/$1.index"
	[ -e "$stage/new/$1.crlnumber" ] || echo 1000 >"$stage/new/$1.crlnumber"
	[ "$1" != "$issuer" ] || [ -n "$revoked" ] ||
		run "revoke $given" "$openssl" ca -config "$stage/crl.config" -revoke "$stage/revoke.crt"
	run "make $1.crl" "$openssl" ca -config "$stage/crl.config" -gencrl -out "$stage/new/$1.crl"
	rm -f "$stage/new/$1".index.* "$stage/new/$1".crlnumber.*
}

# find_revoker: which of our CAs issued the certificate, and whether it is already revoked.
find_revoker()
{
	issuer=
	for file in ca/ca ca/root ca/server-ca ca/client-ca; do
		[ -z "$intermediate" ] || [ "$file" != ca/ca ] || continue
		[ -e "$file.crt" ] || continue
		! issued_by "$stage/revoke.crt" "$file.crt" || issuer=$file
	done
	[ -n "$issuer" ] || fail "The certificate $given was not issued by a CA of $top: its own CA must revoke it."
	! self_issued "$stage/revoke.crt" ||
		fail "The certificate $given is the root itself: remove it from the trust stores instead."
	[ -r "$issuer.key" ] || fail "$top/$issuer.key is missing or cannot be read: restore it to sign the list."
	number=$(certificate_line "$stage/revoke.crt" serial)
	revoked=
	[ ! -e "$issuer.index" ] || revoked=$(awk -F '\t' -v n="$number" '$1 == "R" && $4 == n' "$issuer.index")
}

# make_crls: one for every CA whose key is here; ca.crl holds all of them, to check whole chains.
make_crls()
{
	mkdir -p "$stage/new/ca"
	if [ -z "$intermediate" ]; then
		make_crl ca/ca
		return
	fi
	: >"$stage/all.crl"
	for stem in ca/root ca/server-ca ca/client-ca; do
		[ ! -r "$stem.key" ] || make_crl "$stem"
		if [ -e "$stage/new/$stem.crl" ]; then
			cat "$stage/new/$stem.crl" >>"$stage/all.crl"
		elif [ -e "$stem.crl" ]; then
			cat "$stem.crl" >>"$stage/all.crl"
		fi
	done
	cp "$stage/all.crl" "$stage/new/ca/ca.crl"
}

# What to do next

say_iris()
{
	certificate=$1/server.crt
	[ ! -e "$1/server_chain.crt" ] || certificate=$1/server_chain.crt
	cat <<-END

		On the server, the account that runs IRIS must be able to read the key file (its mode is 0600).
		In IRIS's Management Portal, create a TLS configuration of type Server that requires client certificates:
		  Trusted CA certificate(s)  $top/ca/ca.crt
		  Server certificate         $top/$certificate
		  Server private key         $top/$1/server.key
		Then select it in the DICOM service's SSLConfig setting.
	END
}

# say_next CLIENT HOST: the guide's command, without a password that must not be shown.
say_next()
{
	host=$2
	case $host in
	*:*)
		host="[$host]" ;;
	esac
	home=$top/clients/$1
	pass=$(quoted "$password_shown")
	printf '\nThen, on the client:\n'
	printf '  mtls-storescu -b DCM_PDF_SCP -c IRIS_PDF_SCU@%s:2010 \\\n' "$host"
	printf '    --key-store %s --key-store-pass %s \\\n' "$(quoted "$home/scu1.p12")" "$pass"
	printf '    --trust-store %s --trust-store-pass %s \\\n' "$(quoted "$home/truststore.p12")" "$pass"
	printf '    file.dcm\n'
}

say_notes()
{
	[ "$password_shown" != changeit ] ||
		printf '\nThe password is the default, changeit; use --password env:NAME to set another one.\n'
	[ -n "$keytool" ] || java_trust ||
		printf '\nkeytool was not used: mtls-storescu can read the trust store, but Java sees it as empty.\n'
}

say_made()
{
	printf '  %-32s %s\n' "$1" "$2"
}

say_client()
{
	say_made "clients/$1/scu1.p12" "key and certificate, $(good_until "clients/$1/scu1.crt")"
	say_made "clients/$1/truststore.p12" "the CAs that the client trusts"
}

# server_host: the host for say_next's command.
server_host()
{
	first=
	[ ! -e server/server.crt ] || first=$(server_cn server/server.crt)
	printf '%s' "${first:-HOST}"
}

# Subcommands

init_cas()
{
	if [ -z "$intermediate" ]; then
		make_root ca/ca 'Demo DICOM CA'
		return
	fi
	make_root ca/root 'Demo DICOM Root CA'
	make_request ca/server-ca server-ca 'Demo DICOM Server CA' $ca_bits
	sign ca/server-ca "$stage/new/ca/root" $ca_days
	make_request ca/client-ca client-ca 'Demo DICOM Client CA' $ca_bits
	sign ca/client-ca "$stage/new/ca/root" $ca_days
	(cd "$stage/new/ca" && cat root.crt server-ca.crt client-ca.crt >ca.crt)
}

# init_leftovers: files that an earlier init may have left, with or without --intermediate.
init_leftovers()
{
	for file in ca root server-ca client-ca; do
		for kind in key csr crt crl index crlnumber; do
			printf 'ca/%s.%s\n' $file $kind
		done
	done
	echo server/server_chain.crt
	for name in $clients; do
		printf 'clients/%s/scu1_chain.crt\n' "$name"
	done
}

# note_orphans: names the certificates of the CA that --force replaced.
note_orphans()
{
	for file in clients/*/scu1.crt servers/*/server.crt; do
		[ -e "$file" ] || continue
		grep -qxF "$file" "$stage/list" ||
			note "$top/$file was not issued by the new CA: create it again with --force."
	done
}

say_init()
{
	first_client=${clients%% *}
	ca=ca/ca
	printf 'Created in %s:\n' "$top"
	[ -z "$intermediate" ] || ca=ca/root
	say_made $ca.key "the CA's key: keep it offline"
	[ -z "$intermediate" ] || say_made 'ca/{server,client}-ca.key' 'the keys for everyday signing'
	say_made ca/ca.crt "for both sides to trust, $(good_until $ca.crt)"
	say_made server/server.crt "for $hosts, $(good_until server/server.crt)"
	for name in $clients; do
		say_client "$name"
	done
	say_iris server
	say_next "$first_client" "${hosts%% *}"
	say_notes
}

cmd_init()
{
	[ -n "$hosts" ] || fail_usage "init needs --host, the name or address of the server."
	[ -n "$clients" ] || fail_usage "init needs --client, a name for the sender."
	[ -z "$cn" ] || [ "$clients" = "${clients%% *}" ] ||
		fail_usage "--cn is for one client only; add the others with 'mtls-pki client'."
	enter_new "$1"
	refuse_existing ca/ca.key ca/ca.crt ca/root.key ca/root.crt server/server.key server/server.crt
	for name in $clients; do
		refuse_existing "clients/$name/scu1.key" "clients/$name/scu1.crt" "clients/$name/scu1.p12"
	done
	init_cas
	make_leaf server/server server "${hosts%% *}"
	for name in $clients; do
		make_client "$name" "$(client_cn "$name")" "$stage/new/ca/ca.crt"
	done
	# shellcheck disable=SC2046 # names without blanks
	publish $(init_leftovers)
	say_init
	note_orphans
}

cmd_client()
{
	check_name "$2"
	enter_old "$1"
	need_issuer client
	refuse_existing "clients/$2/scu1.key" "clients/$2/scu1.crt" "clients/$2/scu1.p12"
	make_client "$2" "$(client_cn "$2")" ca/ca.crt
	publish "clients/$2/scu1_chain.crt"
	printf 'Created in %s:\n' "$top"
	say_client "$2"
	say_next "$2" "$(server_host)"
	say_notes
}

# name_server NAME: makes NAME the server's CN and its first host.
name_server()
{
	check_name "$1"
	others=$hosts
	hosts=
	add_host "$1"
	for host in $others; do
		add_host "$host"
	done
}

cmd_server()
{
	name_server "$2"
	enter_old "$1"
	need_issuer server
	home=$(server_home "$2")
	refuse_existing "$home/server.key" "$home/server.crt"
	make_leaf "$home/server" server "$2"
	publish "$home/server_chain.crt"
	printf 'Created in %s:\n' "$top"
	say_made "$home/server.crt" "for $hosts, $(good_until "$home/server.crt")"
	say_iris "$home"
}

# For a server if --host is given, otherwise for a client.
cmd_csr()
{
	check_name "$2"
	role=client
	if [ -n "$hosts" ]; then
		[ -z "$cn" ] || fail_usage "--cn is for clients; a server's CN is its NAME."
		role=server
		name_server "$2"
	fi
	enter_new "$1"
	if [ "$role" = client ]; then
		stem=clients/$2/scu1
		wanted_cn=$(client_cn "$2")
	else
		stem=$(server_home "$2")/server
		wanted_cn=$2
	fi
	refuse_existing "$stem.key" "$stem.csr" "$stem.crt"
	make_request "$stem" $role "$wanted_cn" $leaf_bits
	publish "$stem.crt" "${stem}_chain.crt" "${stem%/*}/scu1.p12" "${stem%/*}/truststore.p12"
	printf 'Created in %s:\n' "$top"
	say_made "$stem.key" 'the private key, which stays here'
	say_made "$stem.csr" "the request to send to the CA, for a $role certificate"
	printf '\nImport the answer together with the certificates of the CA:\n  mtls-pki import %s %s CERT...\n' \
		"$(quoted "$top")" "$2"
}

# pool_certificates FILE...: writes their certificates to $stage/cert.*, those already trusted last.
pool_certificates()
{
	: >"$stage/pool"
	for file do
		case $file in
		/*) ;;
		*)
			file=$start/$file ;;
		esac
		gather "$file"
	done
	[ ! -e ca/ca.crt ] || cat ca/ca.crt >>"$stage/pool"
	split_pem "$stage/pool" "$stage/cert"
	[ ! -e ca/ca.crt ] || split_pem ca/ca.crt "$stage/own"
}

# import_stores: writes stem's certificate and chain and, for a client, its stores.
import_stores()
{
	mkdir -p "$stage/new/${stem%/*}"
	cat "$leaf" >"$stage/new/$stem.crt"
	[ ! -s "$stage/between" ] || make_chain "$stem" "$leaf" "$stage/between" "$root"
	trusted_bundle >"$stage/bundle"
	if [ ! -e ca/ca.crt ]; then
		mkdir -p "$stage/new/ca"
		cp "$stage/bundle" "$stage/new/ca/ca.crt"
	fi
	[ "$role" = client ] || return 0
	make_keystore "$stem" "$stem.key"
	make_truststore "${stem%/*}/truststore.p12" "$stage/bundle"
}

say_import()
{
	printf 'Imported into %s:\n' "$top"
	say_made "$stem.crt" "$(certificate_line "$stem.crt" subject), $(good_until "$stem.crt")"
	[ "$role" != client ] || say_client "$1"
	printf '\nThe other side must trust this root; compare its SHA-256 fingerprint with the one the CA publishes:\n'
	printf '  %s\n' "$(certificate_line "$root" subject)" "$(fingerprint "$root")"
	if [ "$role" = client ]; then
		say_next "$1" "$(server_host)"
		say_notes
	else
		say_iris "${stem%/*}"
	fi
}

cmd_import()
{
	dir=$1
	name=$2
	shift 2
	check_name "$name"
	enter_old "$dir"
	pool_certificates "$@"
	find_leaf "$name"
	role=client
	[ "${stem##*/}" = scu1 ] || role=server
	refuse_existing "$stem.crt"
	find_chain
	check_chain $role
	import_stores
	publish "${stem}_chain.crt"
	say_import "$name"
}

cmd_revoke()
{
	given=$2
	case $given in
	/*) ;;
	*)
		given=$start/$given ;;
	esac
	enter_old "$1"
	: >"$stage/pool"
	gather "$given"
	split_pem "$stage/pool" "$stage/revoke"
	mv "$stage/revoke.001" "$stage/revoke.crt"
	find_revoker
	make_crls
	force=1
	publish
	[ -z "$revoked" ] || note "$given was already revoked; the list was signed again."
	printf 'Revoked serial number %s in %s (%s in all, valid for %s days).\n' "$number" "$(quoted "$top/ca/ca.crl")" \
		"$(cat ca/*.index | grep -c '^R')" "$days"
	printf 'Give the list to every server that should refuse the certificate, and to clients with --crl-file.\n'
}

# The command line

help()
{
	cat <<-'END'
		Usage: mtls-pki init DIR --host NAME|IP... --client NAME... [--intermediate]
		                     [--password SECRET] [--days N] [--cn CN] [--force]
		       mtls-pki client DIR NAME [--cn CN] [--password SECRET] [--days N] [--force]
		       mtls-pki server DIR NAME [--host NAME|IP]... [--days N] [--force]
		       mtls-pki csr DIR NAME [--cn CN | --host NAME|IP...] [--force]
		       mtls-pki import DIR NAME CERT... [--password SECRET] [--force]
		       mtls-pki revoke DIR CERT [--days N]
		Creates keys, certificates and stores for DICOM over mutual TLS.

		  init     create a CA, the server's certificate, and each client's two stores
		  client   add a client, signed by the CA in DIR
		  server   add a server, signed by the CA in DIR
		  csr      create a key and a request to another CA; with --host, for a server
		  import   import that CA's answer (PEM, DER or P7B, with its chain)
		  revoke   add a certificate to the revocation list DIR/ca/ca.crl

		  --host NAME|IP     a name or address of the server; the first is its CN
		  --client NAME      a sender; its files go to DIR/clients/NAME
		  --intermediate     create a root, and below it one CA for servers and one for clients
		  --password SECRET  password of the stores: env:NAME, file:PATH, fd:N,
		                     cmd:COMMAND, pass:TEXT or TEXT (default: changeit)
		  --days N           days that certificates, or the list, are valid (default: 825)
		  --cn CN            the client's common name (default: SCU_ and NAME in capitals)
		  --force            replace existing files
		  -h, --help         show this text
		  -V, --version      show the version
	END
}

# options_of COMMAND: the options that it has.
options_of()
{
	case $1 in
	init)
		echo '--host --client --intermediate --password --days --cn --force' ;;
	client)
		echo '--cn --password --days --force' ;;
	server)
		echo '--host --days --force' ;;
	csr)
		echo '--cn --host --force' ;;
	import)
		echo '--password --force' ;;
	revoke)
		echo '--days' ;;
	*)
		return 1 ;;
	esac
}

check_option()
{
	case " $known " in
	*" $1 "*) ;;
	*)
		fail_usage "$command has no option '$1'; its options are $known." ;;
	esac
}

set_flag()
{
	check_option "$1"
	case $1 in
	--force)
		force=1 ;;
	--intermediate)
		intermediate=1 ;;
	esac
}

# set_option OPTION VALUE
set_option()
{
	check_option "$1"
	case $1 in
	--host)
		add_host "$2" ;;
	--client)
		add_client "$2" ;;
	--password)
		password_source=$2
		password_given=1 ;;
	--days)
		check_days "$2"
		days=$2 ;;
	--cn)
		check_cn "$2"
		cn=$2 ;;
	*)
		fail_usage "$1 takes no value." ;;
	esac
}

check_operands()
{
	case $command:$# in
	init:1|client:2|server:2|csr:2|revoke:2|import:[3-9]|import:[1-9]?*) ;;
	init:*)
		fail_usage "init takes one argument, the directory." ;;
	import:*)
		fail_usage "import takes a directory, a name and at least one certificate file." ;;
	revoke:*)
		fail_usage "revoke takes a directory and a certificate file." ;;
	*)
		fail_usage "$command takes a directory and a name." ;;
	esac
}

# run_command DIR [WORD...]
run_command()
{
	check_operands "$@"
	check_tools
	[ -z "$password_given" ] || read_secret "$password_source"
	start=$(pwd)
	dir=$1
	shift
	case $dir in
	-*)
		dir=./$dir ;;
	esac
	"cmd_$command" "$dir" "$@"
}

# Words that are not options are moved behind those still to be read.
main()
{
	case ${1-} in
	'')
		fail_usage "A command is needed: init, client, server, csr, import or revoke." ;;
	-h|--help)
		help
		return ;;
	-V|--version)
		printf 'mtls-pki %s\n' "$version"
		return ;;
	esac
	command=$1
	shift
	known=$(options_of "$command") ||
		fail_usage "Unknown command '$command': the commands are init, client, server, csr, import and revoke."
	left=$#
	plain=
	while [ $left -gt 0 ]; do
		word=$1
		shift
		left=$((left - 1))
		case $plain$word in
		-h|--help)
			help
			return ;;
		--)
			plain=/ ;;
		--intermediate|--force)
			set_flag "$word" ;;
		--*=*)
			set_option "${word%%=*}" "${word#*=}" ;;
		-?*)
			check_option "$word"
			[ $left -gt 0 ] || fail_usage "$word needs a value."
			set_option "$word" "$1"
			shift
			left=$((left - 1)) ;;
		*)
			set -- "$@" "$word" ;;
		esac
	done
	run_command "$@"
}

main "$@"
