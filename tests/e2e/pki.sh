#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# mtls-pki from end to end: what it creates, as openssl and keytool see it; what it
# refuses; and that a run that fails or is interrupted changes nothing.
# MTLS_PKI names the tool to test. TAP on stdout.

# shellcheck disable=SC2016,SC2317,SC2329 # check runs functions by name, and sh -c has its own $1

set -eu

LC_ALL=C
export LC_ALL
unset MTLS_PKI_PASSWORD OPENSSL KEYTOOL

here=$(cd "$(dirname "$0")" && pwd)
tool=${MTLS_PKI:-$here/../../src/pki/mtls-pki.sh}
case $tool in
/*) ;;
*)
	tool=$PWD/$tool ;;
esac

tmp=$(mktemp -d "${TMPDIR:-/tmp}/pki.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"

count=0
failed=0

pki()
{
	sh "$tool" "$@"
}

result()
{
	count=$((count + 1))
	printf '%s %d - %s\n' "$1" $count "$2"
}

# check TEXT COMMAND...: ok if it succeeds; shows its output if it does not. During a
# check, $tmp/said is the output of the one before it.
check()
{
	text=$1
	shift
	if "$@" >"$tmp/saying" 2>&1; then
		result ok "$text"
	else
		failed=1
		result 'not ok' "$text"
		sed 's/^/# /' "$tmp/saying"
	fi
	mv "$tmp/saying" "$tmp/said"
}

# refuses STATUS PATTERN ARGUMENT...: that exit status, one sentence, nothing else.
refuses()
{
	wanted=$1
	pattern=$2
	shift 2
	status=0
	pki "$@" >out 2>err </dev/null || status=$?
	echo "status $status, wanted $wanted and: $pattern"
	cat out err
	[ "$status" -eq "$wanted" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -e "$pattern" err
}

not()
{
	! "$@"
}

mode_is()
{
	mode=$1
	shift
	for file do
		[ "$(stat -c %a "$file")" = "$mode" ] || { ls -l "$file"; return 1; }
	done
}

tree()
{
	(cd "$1" && find . | sort)
}

# state DIR: every name, mode and byte in it.
state()
{
	(cd "$1" && find . -exec stat -c '%n %a' {} + | sort && find . -type f -exec cksum {} + | sort)
}

text_of()
{
	openssl x509 -noout -text -nameopt RFC2253 -in "$1"
}

says()
{
	text_of "$1" >"$tmp/text"
	cat "$tmp/text"
	shift
	for pattern do
		grep -q -e "$pattern" "$tmp/text" || { echo "missing: $pattern"; return 1; }
	done
}

verify()
{
	openssl verify -no-CApath -no-CAstore "$@"
}

# lifetime FILE DAYS: valid for that many days, and not for one more.
lifetime()
{
	openssl x509 -noout -checkend $((($2 - 1) * 86400)) -in "$1" &&
		not openssl x509 -noout -checkend $(($2 * 86400 + 3600)) -in "$1"
}

certificates_in()
{
	openssl pkcs12 -in "$1" -nokeys -passin "pass:${2:-changeit}" >"$tmp/p12.pem" &&
		grep -c '^-----BEGIN' "$tmp/p12.pem"
}

aliases_in()
{
	keytool -list -storetype PKCS12 -keystore "$1" -storepass changeit >list && cat list >&2 &&
		grep -c -e 'trustedCertEntry' list
}

serial_of()
{
	openssl x509 -noout -serial -in "$1" | sed 's/.*=//'
}

same_key()
{
	openssl x509 -noout -pubkey -in "$1" >public.1 && openssl pkey -pubout -in "$2" >public.2 &&
		cmp public.1 public.2
}

# The guide's tree

names='.
./ca
./ca/ca.crt
./ca/ca.key
./clients
./clients/dcm1
./clients/dcm1/scu1.crt
./clients/dcm1/scu1.csr
./clients/dcm1/scu1.key
./clients/dcm1/scu1.p12
./clients/dcm1/truststore.p12
./server
./server/server.crt
./server/server.csr
./server/server.key'

has_guide_tree()
{
	tree "$1" && [ "$(tree "$1")" = "$names" ]
}

test_init()
{
	check 'init makes the PKI in one call' pki init 'my pki' --host iris --host 10.0.0.5 --host=::1 --client dcm1
	cp said summary
	cd 'my pki'
	check "its tree is the guide's, and nothing else" has_guide_tree .
	check 'keys are 0600' mode_is 600 ca/ca.key server/server.key clients/dcm1/scu1.key clients/dcm1/scu1.p12
	check 'certificates are 0644' mode_is 644 ca/ca.crt server/server.crt clients/dcm1/scu1.crt
	check 'the CA is as in the guide' says ca/ca.crt 'Subject: CN=Demo DICOM CA,OU=DICOM,O=Demo,C=ES$' \
		'CA:TRUE' 'Public-Key: (4096 bit)' 'sha256WithRSA' 'Certificate Sign, CRL Sign' 'Subject Key Identifier'
	check 'the server is as in the guide' says server/server.crt 'Subject: CN=iris,OU=DICOM,O=Demo,C=ES$' \
		'Public-Key: (2048 bit)' 'sha256WithRSA' '^ *TLS Web Server Authentication$' 'CA:FALSE' \
		'DNS:iris, IP Address:10.0.0.5, IP Address:0:0:0:0:0:0:0:1$' 'Authority Key Identifier'
	check 'the client is as in the guide' says clients/dcm1/scu1.crt \
		'Subject: CN=SCU_DCM1,OU=DICOM,O=Demo,C=ES$' 'Public-Key: (2048 bit)' '^ *TLS Web Client Authentication$' \
		'Digital Signature$' 'CA:FALSE'
	check 'the CA lasts 3650 days' lifetime ca/ca.crt 3650
	check 'the leaves last 825 days' lifetime server/server.crt 825
	check 'the server verifies' verify -CAfile ca/ca.crt -purpose sslserver \
		-verify_hostname iris server/server.crt
	check 'its address verifies' verify -CAfile ca/ca.crt -purpose sslserver \
		-verify_ip 10.0.0.5 server/server.crt
	check 'the client verifies' verify -CAfile ca/ca.crt -purpose sslclient clients/dcm1/scu1.crt
	check 'the client certificate is not valid for a server' not verify -CAfile ca/ca.crt -purpose sslserver clients/dcm1/scu1.crt
	cd ..
}

key_store_is_readable()
{
	openssl pkcs12 -in "$1" -noenc -passin "pass:$2" >"$tmp/p12.pem" &&
		grep 'friendlyName: scu1$' "$tmp/p12.pem" && openssl pkey -in "$tmp/p12.pem" -noout &&
		openssl x509 -in "$tmp/p12.pem" -noout
}

next_command_is_the_guides()
{
	cat summary
	grep -q 'mtls-storescu -b DCM_PDF_SCP -c IRIS_PDF_SCU@iris:2010' summary &&
		grep -q -e "--key-store '$tmp/my pki/clients/dcm1/scu1.p12' --key-store-pass changeit" summary &&
		grep -q -e "--trust-store '$tmp/my pki/clients/dcm1/truststore.p12'" summary
}

iris_settings_are_named()
{
	grep -q "Trusted CA certificate(s)  $tmp/my pki/ca/ca.crt" summary &&
		grep -q "Server certificate  *$tmp/my pki/server/server.crt" summary &&
		grep -q "Server private key  *$tmp/my pki/server/server.key" summary && grep -q SSLConfig summary
}

test_stores()
{
	check 'the key store opens, its alias is scu1' key_store_is_readable 'my pki/clients/dcm1/scu1.p12' changeit
	check 'the trust store opens' test "$(certificates_in 'my pki/clients/dcm1/truststore.p12')" = 1
	if command -v keytool >/dev/null; then
		check 'Java sees one anchor in the trust store' \
			test "$(aliases_in 'my pki/clients/dcm1/truststore.p12' 2>/dev/null)" = 1
		check 'its alias is dicom-ca' grep -q '^dicom-ca,' list
		check 'Java opens the key store' sh -c 'keytool -list -keystore "$1" -storepass changeit |
			grep "^scu1,.*PrivateKeyEntry"' sh 'my pki/clients/dcm1/scu1.p12'
	else
		check 'without keytool the summary says what Java will see # SKIP no keytool' true
	fi
	check "the summary shows the guide's command" next_command_is_the_guides
	check "the summary shows IRIS's settings" iris_settings_are_named
	check 'the summary shows the days left' grep -q 'valid until 20[0-9-]* (825 days)' summary
}

# More clients and servers

test_more()
{
	check 'client adds one' pki client 'my pki' mr-2 --cn 'MR, "Räume"/2+3' --days 30
	check 'its CN is as given' grep -q -F 'MR, "Räume"/2+3' <<-END
		$(openssl x509 -noout -subject -nameopt multiline,utf8,-esc_msb -in 'my pki/clients/mr-2/scu1.crt')
	END
	check 'its days are as given' lifetime 'my pki/clients/mr-2/scu1.crt' 30
	check 'it verifies' verify -CAfile 'my pki/ca/ca.crt' -purpose sslclient 'my pki/clients/mr-2/scu1.crt'
	check 'server adds one' pki server 'my pki' iris2 --host 192.168.1.9
	check 'it has its own directory' says 'my pki/servers/iris2/server.crt' 'DNS:iris2, IP Address:192.168.1.9$'
	check 'the first server stays where it was' refuses 1 'server/server.key already exists; --force' \
		server 'my pki' iris
	first=$(serial_of 'my pki/server/server.crt')
	check '--force renews it' pki server 'my pki' iris --force
	check 'with a new certificate' test "$first" != "$(serial_of 'my pki/server/server.crt')"
	check 'and its own key' same_key 'my pki/server/server.crt' 'my pki/server/server.key'
}

# Passwords

store_opens()
{
	[ "$(certificates_in "pw/clients/$1/truststore.p12" "$2")" = 1 ] &&
		key_store_is_readable "pw/clients/$1/scu1.p12" "$2"
}

# An openssl and a keytool that write down their arguments before they work.
make_recorders()
{
	mkdir -p bin
	for name in openssl keytool; do
		real=$(command -v $name) || continue
		cat >bin/$name <<-END
			#!/bin/sh
			printf '%s\n' "\$@" >>"$tmp/argv"
			exec $real "\$@"
		END
		chmod +x bin/$name
	done
}

test_passwords()
{
	cp -pR 'my pki' pw
	make_recorders
	printf 'file secret\r\nsecond line\n' >secret
	check 'the password comes from the environment' \
		env 'STORE_PW=env: secret' "PATH=$tmp/bin:$PATH" sh "$tool" client pw e --password env:STORE_PW
	check 'and opens the stores' store_opens e 'env: secret'
	check "a lower case variable does not clash with the script's own" env password=lower-case sh "$tool" \
		client pw lc --password env:password
	check 'it opens the stores' store_opens lc lower-case
	check 'the password comes from a file' \
		env "PATH=$tmp/bin:$PATH" sh "$tool" client pw f --password file:secret
	check 'its first line opens the stores' store_opens f 'file secret'
	check 'the password comes from a descriptor' \
		sh -c 'printf "from a pipe\n" | sh "$1" client pw d --password fd:3 3<&0' sh "$tool"
	check 'it opens the stores' store_opens d 'from a pipe'
	check 'the password comes from a command' pki client pw c --password 'cmd:echo "from a command"'
	check 'it opens the stores' store_opens c 'from a command'
	check 'pass: keeps a prefix literal' \
		env "PATH=$tmp/bin:$PATH" sh "$tool" client pw p --password pass:env:quoted
	check 'it opens the stores' store_opens p env:quoted
	cp said shown
	check 'bare text is a password' env "PATH=$tmp/bin:$PATH" sh "$tool" client pw b --password 'bare secret'
	cat said >>shown
	check 'it opens the stores' store_opens b 'bare secret'
	check 'openssl and keytool were recorded' grep -q -e -passout argv
	check 'no password was among their arguments' not grep -e 'env: secret' -e 'file secret' -e env:quoted \
		-e 'bare secret' argv
	check 'no password was shown' not grep -e quoted -e 'bare secret' shown
	check 'an unset variable is reported' refuses 1 'NO_SUCH_PW.*not set' client pw x --password env:NO_SUCH_PW
	check 'a missing file is reported' \
		refuses 1 'no-such-file cannot be read' client pw x --password file:no-such-file
	check 'a closed descriptor is reported' refuses 1 'descriptor 9' client pw x --password fd:9
	check 'a failing command is reported' refuses 1 'command.*failed' client pw x --password cmd:false
	check 'a short password is refused' refuses 1 'too short' client pw x --password abc
	check 'a password beyond ASCII is refused' refuses 1 'printable ASCII' client pw x --password pässword
}

test_without_keytool()
{
	check 'without keytool a client is made' env KEYTOOL='' sh "$tool" client pw plain
	if openssl pkcs12 -help 2>&1 | grep -q -e -jdktrust; then
		check 'Java reads the store # SKIP not said' true
	else
		check "it is said that Java won't read the store" grep -q 'Java sees it as empty' said
	fi
	check 'the trust store opens' test "$(certificates_in pw/clients/plain/truststore.p12)" = 1
	check 'its alias is dicom-ca' grep -q 'friendlyName: dicom-ca' p12.pem
}

# Intermediate CAs

test_intermediate()
{
	check 'init --intermediate makes three CAs' \
		pki init deep --intermediate --host iris --client dcm1 --cn SENDER
	cp said summary
	cd deep
	check 'with their keys' mode_is 600 ca/root.key ca/server-ca.key ca/client-ca.key
	check 'the server verifies through its CA' verify -CAfile ca/root.crt -untrusted ca/server-ca.crt \
		-purpose sslserver server/server.crt
	check 'not through the other' not verify -CAfile ca/root.crt -untrusted ca/client-ca.crt server/server.crt
	check 'the client verifies through its CA' verify -CAfile ca/root.crt -untrusted ca/client-ca.crt \
		-purpose sslclient clients/dcm1/scu1.crt
	check 'both verify by ca/ca.crt alone' verify -CAfile ca/ca.crt server/server.crt clients/dcm1/scu1.crt
	check 'the chain files verify' verify -CAfile ca/root.crt -untrusted server/server_chain.crt \
		server/server_chain.crt
	check 'they hold three certificates' test "$(grep -c BEGIN clients/dcm1/scu1_chain.crt)" = 3
	check 'so does the key store' test "$(certificates_in clients/dcm1/scu1.p12)" = 3
	check 'the trust store holds root and intermediates' \
		test "$(certificates_in clients/dcm1/truststore.p12)" = 3
	check "the client's CN is --cn's" says clients/dcm1/scu1.crt 'Subject: CN=SENDER,'
	check 'the server is given its chain' grep -q 'Server certificate  .*/server_chain.crt' ../summary
	mv ca/root.key ../root.key
	cd ..
	check 'with the root off-line clients are made' pki client deep dcm2
	check 'and verify' verify -CAfile deep/ca/ca.crt -purpose sslclient deep/clients/dcm2/scu1.crt
	check 'and servers' pki server deep iris2
	check 'with their chain' test "$(grep -c BEGIN deep/servers/iris2/server_chain.crt)" = 3
	check 'a client is revoked' pki revoke deep deep/clients/dcm2/scu1.crt
	mv root.key deep/ca/root.key
	check 'an intermediate CA is revoked by the root' pki revoke deep deep/ca/client-ca.crt
	check 'ca.crl has a list from each CA' test "$(grep -c BEGIN deep/ca/ca.crl)" = 3
	check 'the whole chain of the server passes them' verify -CAfile deep/ca/root.crt \
		-untrusted deep/ca/server-ca.crt -CRLfile deep/ca/ca.crl -crl_check_all deep/server/server.crt
	check 'that of the client does not' not verify -CAfile deep/ca/root.crt \
		-untrusted deep/ca/client-ca.crt -CRLfile deep/ca/ca.crl -crl_check_all deep/clients/dcm1/scu1.crt
}

# A hospital's own CA: a root, an intermediate, one that signs nothing and one that must not.

# issue NAME ISSUER SUBJECT [SECTION]
issue()
{
	openssl req -new -newkey rsa:2048 -noenc -keyout "$1.key" -subj "$3" -config ca.cnf -out "$1.csr"
	openssl x509 -req -in "$1.csr" -days 3650 -set_serial "$(date +%s)" -extfile ca.cnf -extensions "${4:-ca}" \
		-CA "$2.crt" -CAkey "$2.key" -out "$1.crt"
}

make_hospital()
{
	mkdir -p hospital
	cd hospital
	printf '[req]\ndistinguished_name = n\n[n]\n[ca]\nbasicConstraints = critical, CA:TRUE\n[leaf]\n' >ca.cnf
	openssl req -x509 -new -newkey rsa:2048 -noenc -keyout root.key -subj '/O=Hospital/CN=Root' -config ca.cnf \
		-extensions ca -days 3650 -out root.crt
	issue issuing root '/O=Hospital/CN=Issuing'
	issue stranger root '/O=Hospital/CN=Stranger'
	issue leaf issuing '/O=Hospital/CN=Leaf' leaf
	cd ..
}

# hospital_signs CSR CRT
hospital_signs()
{
	openssl x509 -req -in "$1" -days 90 -set_serial "$(date +%s)" -CA hospital/issuing.crt \
		-CAkey hospital/issuing.key -out "$2"
}

# hospital_signed_in_2020 CSR CRT: for that year. From OpenSSL 3.4 on only openssl ca dates back.
hospital_signed_in_2020()
{
	: >hospital/index
	cat >hospital/past.cnf <<-END
		[past]
		database = hospital/index
		new_certs_dir = hospital
		rand_serial = yes
		policy = any
		default_md = sha256
		[any]
		commonName = supplied
	END
	openssl ca -batch -notext -config hospital/past.cnf -name past -startdate 20200101000000Z \
		-enddate 20210101000000Z -cert hospital/issuing.crt -keyfile hospital/issuing.key -in "$1" -out "$2"
}

imported()
{
	[ "$(certificates_in "hosp/clients/$1/scu1.p12")" = 3 ] &&
		[ "$(certificates_in "hosp/clients/$1/truststore.p12")" = 1 ] &&
		key_store_is_readable "hosp/clients/$1/scu1.p12" changeit &&
		same_key "hosp/clients/$1/scu1.crt" "hosp/clients/$1/scu1.key" &&
		verify -CAfile hosp/ca/ca.crt -untrusted "hosp/clients/$1/scu1_chain.crt" -purpose sslclient \
			"hosp/clients/$1/scu1.crt"
}

test_import()
{
	make_hospital >log 2>&1
	check 'csr makes a key and a request, and DIR' pki csr hosp dcm1
	check 'the key is 0600' mode_is 600 hosp/clients/dcm1/scu1.key
	check 'the request asks for a client' sh -c \
		'openssl req -noout -text -verify -in hosp/clients/dcm1/scu1.csr | grep "TLS Web Client Auth"'
	hospital_signs hosp/clients/dcm1/scu1.csr dcm1.crt >log 2>&1
	openssl req -x509 -in hosp/clients/dcm1/scu1.csr -key hosp/clients/dcm1/scu1.key -out self.crt >log 2>&1
	openssl x509 -req -in hosp/clients/dcm1/scu1.csr -set_serial 7 \
		-CA hospital/leaf.crt -CAkey hospital/leaf.key -out below.crt >log 2>&1
	state hosp >before
	check "another key's certificate is refused" refuses 1 'None of the given certificates matches clients/dcm1' \
		import hosp dcm1 'my pki/clients/dcm1/scu1.crt' hospital/issuing.crt hospital/root.crt
	check 'a missing intermediate is named' refuses 1 'add the CA certificate of CN=Issuing,O=Hospital' \
		import hosp dcm1 dcm1.crt hospital/root.crt
	check 'a missing root is named' refuses 1 'add the CA certificate of CN=Root,O=Hospital' \
		import hosp dcm1 dcm1.crt hospital/issuing.crt hospital/stranger.crt
	check 'a file that is not a certificate is reported' refuses 1 'before contains no certificate' import hosp dcm1 before
	check 'a missing file is reported' refuses 1 'cannot be read' import hosp dcm1 no-such.crt
	check 'a name without a key is reported' refuses 1 'no key for dcm9' import hosp dcm9 dcm1.crt
	check 'a self-signed certificate is refused' refuses 1 'is self-signed' import hosp dcm1 self.crt
	check 'one that no CA signed is refused' refuses 1 'add the CA certificate of CN=Leaf' \
		import hosp dcm1 below.crt hospital/leaf.crt hospital/issuing.crt hospital/root.crt
	state hosp >after
	check 'none of this changed a file' cmp before after
	check 'PEM files are imported' pki import hosp dcm1 \
		hospital/root.crt dcm1.crt dcm1.crt hospital/stranger.crt hospital/issuing.crt
	check "the root's fingerprint is shown" grep -q \
		"$(openssl x509 -noout -sha256 -fingerprint -in hospital/root.crt | sed 's/.*=//')" said
	check 'key store, chain and trust store are whole' imported dcm1
	check 'a second import is refused' refuses 1 'scu1.crt already exists; --force' import hosp dcm1 dcm1.crt
	check '--force accepts it, with the root now known' pki import hosp dcm1 dcm1.crt hospital/issuing.crt --force
	test_import_formats
	test_import_server
}

test_import_formats()
{
	for format in der p7b p7b-der certnew crlf; do
		pki csr hosp "$format" >log
		hospital_signs "hosp/clients/$format/scu1.csr" leaf.crt >log 2>&1
		openssl x509 -in leaf.crt -outform DER -out leaf.der
		openssl x509 -in hospital/issuing.crt -outform DER -out issuing.der
		openssl crl2pkcs7 -nocrl -certfile hospital/root.crt -certfile leaf.crt \
			-certfile hospital/issuing.crt -out leaf.p7b
		set -- leaf.p7b
		case $format in
		der)
			set -- leaf.der issuing.der ;;
		p7b-der)
			openssl pkcs7 -in leaf.p7b -outform DER -out leaf.p7b.der
			set -- leaf.p7b.der ;;
		certnew)
			sed 's/PKCS7/CERTIFICATE/' leaf.p7b >certnew.p7b
			set -- certnew.p7b ;;
		crlf)
			{ echo 'Bag Attributes: none'; cat hospital/issuing.crt leaf.crt; } |
				sed "s/\$/$(printf '\r')/" >'-crlf .pem'
			set -- -- '-crlf .pem' ;;
		esac
		check "$format is imported" pki import hosp "$format" "$@"
		check 'key store, chain and trust store are whole' imported "$format"
	done
	pki csr hosp old >log
	hospital_signed_in_2020 hosp/clients/old/scu1.csr old.crt >log 2>&1
	check 'an expired certificate is refused' refuses 1 'CN=SCU_OLD.*expired (depth 0)' \
		import hosp old old.crt hospital/issuing.crt
}

test_import_server()
{
	check "csr --host makes a server's request" pki csr hosp pacs --host pacs.hospital.example --host 10.1.1.1
	check 'with its names' sh -c 'openssl req -noout -text -in hosp/server/server.csr |
		grep "DNS:pacs, DNS:pacs.hospital.example, IP Address:10.1.1.1"'
	hospital_signs hosp/server/server.csr pacs.crt >log 2>&1
	check "a server's certificate is imported" \
		pki import hosp pacs pacs.crt hospital/issuing.crt hospital/root.crt
	check 'with its chain' verify -CAfile hosp/ca/ca.crt -untrusted hosp/server/server_chain.crt \
		-purpose sslserver hosp/server/server.crt
	check 'in a PKI with its own CA' pki csr 'my pki' guest
	hospital_signs 'my pki/clients/guest/scu1.csr' guest.crt >log 2>&1
	check 'an import' pki import 'my pki' guest guest.crt hospital/issuing.crt hospital/root.crt
	check 'trusts both roots' test "$(certificates_in 'my pki/clients/guest/truststore.p12')" = 2
	check 'nothing can be signed without a CA' refuses 1 'ca.key is missing' client hosp another
}

# Revocation

crl_has()
{
	openssl crl -noout -text -in "$1" >crl.text
	cat crl.text
	shift
	for serial do
		grep -q "Serial Number: $serial" crl.text || { echo "missing: $serial"; return 1; }
	done
}

crl_number_is()
{
	openssl crl -noout -crlnumber -in 'my pki/ca/ca.crl' >"$tmp/number"
	cat "$tmp/number"
	grep -q "=$1\$" "$tmp/number"
}

test_revoke()
{
	check 'revoke writes a CRL' pki revoke 'my pki' 'my pki/clients/dcm1/scu1.crt'
	one=$(serial_of 'my pki/clients/dcm1/scu1.crt')
	two=$(serial_of 'my pki/clients/mr-2/scu1.crt')
	check 'with its serial' crl_has 'my pki/ca/ca.crl' "$one"
	check 'which makes it invalid' not verify -CAfile 'my pki/ca/ca.crt' -CRLfile 'my pki/ca/ca.crl' -crl_check \
		'my pki/clients/dcm1/scu1.crt'
	check 'and no other' verify -CAfile 'my pki/ca/ca.crt' -CRLfile 'my pki/ca/ca.crl' -crl_check \
		'my pki/server/server.crt'
	openssl x509 -in 'my pki/clients/mr-2/scu1.crt' -outform DER -out mr.der
	check 'a second one, in DER' pki revoke 'my pki' mr.der --days 10
	check 'is added to the first' crl_has 'my pki/ca/ca.crl' "$one" "$two"
	check 'under the next CRL number' crl_number_is 0x1001
	check 'revoking again' pki revoke 'my pki' mr.der
	check 'says so' grep -q 'was already revoked' said
	check 'and lists it once' test "$(crl_has 'my pki/ca/ca.crl' | grep -c 'Serial Number')" = 2
	check "another CA's certificate is refused" refuses 1 'was not issued by a CA of' \
		revoke 'my pki' hospital/issuing.crt
	check 'so is the root' refuses 1 'is the root itself' revoke 'my pki' 'my pki/ca/ca.crt'
	check 'nothing but the CRL and its memory was added' test "$(cd 'my pki/ca' && echo *)" = \
		'ca.crl ca.crlnumber ca.crt ca.index ca.key'
}

# Nothing lost, nothing half done

# An openssl that fails, or sends a signal to the tool, at its n-th call.
make_saboteur()
{
	mkdir -p sabotage
	cat >sabotage/openssl <<-END
		#!/bin/sh
		echo >>"$tmp/calls"
		[ "\$(wc -l <"$tmp/calls")" -ne "\$AT" ] || {
			case \$HOW in
			fail)
				echo 'no such luck' >&2
				exit 1 ;;
			*)
				kill -"\$HOW" "\$(cat "$tmp/pid")" ;;
			esac
		}
		exec $(command -v openssl) "\$@"
	END
	chmod +x sabotage/openssl
}

# sabotaged HOW AT ARGUMENT...
sabotaged()
{
	rm -f calls
	HOW=$1
	AT=$2
	shift 2
	export HOW AT
	# Whoever runs the tests may ignore SIGINT, as a shell's background does; a shell cannot undo that.
	PATH=$tmp/sabotage:$PATH perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
		sh -c 'echo $$ >"$1"; shift; exec sh "$@"' sh "$tmp/pid" "$tool" "$@"
}

unchanged_by()
{
	state "$5" >before
	wanted=$1
	shift
	status=0
	sabotaged "$@" >out 2>err || status=$?
	cat out err
	state "$4" >after
	[ "$status" -eq "$wanted" ] && [ ! -s out ] && cmp before after
}

test_interrupted()
{
	make_saboteur
	cp -pR pw safe
	check 'a failing openssl leaves everything unchanged' \
		unchanged_by 1 fail 8 init safe --force --host iris --client dcm1
	check 'its output is shown after our own message' grep -q '^  no such luck$' err
	check 'which says what it was for' grep -q "^mtls-pki: cannot .* server/server.*; the tool's output" err
	check 'SIGTERM leaves everything unchanged' unchanged_by 143 TERM 6 init safe --force --host iris --client dcm1
	check 'SIGINT leaves everything unchanged' unchanged_by 130 INT 3 client safe dcm1 --force
	check 'SIGTERM in a revocation, too' unchanged_by 143 TERM 4 revoke safe "$tmp/pw/clients/dcm1/scu1.crt"
	sabotaged TERM 3 init fresh --host iris --client dcm1 >out 2>err || :
	check 'a new directory is removed again' test ! -e fresh
	cat >bin/mv <<-END
		#!/bin/sh
		case \$2 in
		*/new/server/server.crt)
			exit 1 ;;
		esac
		exec $(command -v mv) "\$@"
	END
	chmod +x bin/mv
	state safe >before
	check 'a file that cannot be moved into place is reported' env "PATH=$tmp/bin:$PATH" sh -c \
		'! sh "$1" init safe --force --intermediate --host iris --client new 2>&1' sh "$tool"
	check 'in a sentence' grep 'server/server.crt cannot be written' said
	state safe >after
	check 'and those moved before are restored' cmp before after
	mkdir safe/clients/dcm1/truststore.dir
	mv safe/clients/dcm1/truststore.p12 safe/clients/dcm1/truststore.dir/
	mkdir safe/clients/dcm1/truststore.p12
	state safe >before
	check 'a directory in the way is reported' refuses 1 'truststore.p12 is a directory' client safe dcm1 --force
	state safe >after
	check 'and leaves everything unchanged' cmp before after
}

# Two at once

# An openssl that, asked to make a CRL or to sign, waits for the file "go".
make_gate()
{
	mkdir -p gate
	cat >gate/openssl <<-END
		#!/bin/sh
		case " \$* " in
		*' -gencrl '*|*' x509 -req '*)
			: >"$tmp/at-gate"
			until [ -e "$tmp/go" ]; do
				sleep 0.05
			done ;;
		esac
		exec $(command -v openssl) "\$@"
	END
	chmod +x gate/openssl
}

# start_first WORD...: as far as the gate.
start_first()
{
	rm -f at-gate go first.* second.*
	{
		first_status=0
		PATH=$tmp/gate:$PATH sh -c 'echo $$ >first.pid; exec sh "$@"' sh "$tool" "$@" >first.out 2>&1 ||
			first_status=$?
		echo $first_status >first.status
	} &
	until [ -e at-gate ] || [ -e first.status ]; do
		sleep 0.05
	done
}

# start_second WORD...: until it waits for the first, or ends.
start_second()
{
	: >second.out
	{
		second_status=0
		sh "$tool" "$@" >second.out 2>&1 || second_status=$?
		echo $second_status >second.status
	} &
	until grep -q 'Waiting for another mtls-pki' second.out || [ -e second.status ]; do
		sleep 0.05
	done
}

# ended FIRST SECOND: their exit statuses, once the gate is open.
ended()
{
	: >go
	wait
	cat first.out second.out
	[ "$(cat first.status second.status)" = "$(printf '%s\n' "$@")" ]
}

test_at_once()
{
	make_gate
	pki init busy --host iris --client a --client b >log
	a=$(serial_of busy/clients/a/scu1.crt)
	b=$(serial_of busy/clients/b/scu1.crt)
	start_first revoke busy busy/clients/a/scu1.crt
	start_second revoke busy busy/clients/b/scu1.crt
	check 'of two simultaneous revocations the second waits' test ! -e second.status
	check 'both are done' ended 0 0
	check 'and both are in the CRL' crl_has busy/ca/ca.crl "$a" "$b"
	start_first client busy c
	start_second client busy d
	check 'two simultaneous new clients succeed' ended 0 0
	check 'both are there' verify -CAfile busy/ca/ca.crt busy/clients/c/scu1.crt busy/clients/d/scu1.crt
	start_first client busy twin
	start_second client busy twin
	check 'of two with the same name one fails' ended 0 1
	check 'the second is refused' grep 'clients/twin/scu1.key already exists; --force' second.out
	check 'and the key is that of the certificate' same_key busy/clients/twin/scu1.crt busy/clients/twin/scu1.key
	start_first init early --host iris --client a
	start_second client early b
	check 'a client can be requested while init is running' ended 0 0
	check 'and signed by the CA that init made' verify -CAfile early/ca/ca.crt early/clients/b/scu1.crt
	test_at_once_killed
}

test_at_once_killed()
{
	start_first client busy victim
	kill -KILL "$(cat first.pid)"
	check 'a killed run does not block the next' pki client busy next
	: >go
	wait
	start_first init fleeting --host iris --client a
	start_second client fleeting b
	kill -TERM "$(cat first.pid)"
	check 'a run that is ended removes its new directory' ended 143 1
	check 'and the one that waited says so' grep 'The directory fleeting was removed in the meantime' second.out
}

test_overwrite()
{
	state pw >before
	check 'init refuses to overwrite' \
		refuses 1 'ca/ca.key already exists; --force' init pw --host iris --client dcm1
	check 'init refuses in its other form, too' refuses 1 'already exists; --force' \
		init pw --intermediate --host iris --client dcm9
	check 'client refuses to overwrite' refuses 1 'clients/dcm1/scu1.key already exists; --force' client pw dcm1
	check 'csr refuses to overwrite' refuses 1 'clients/dcm1/scu1.key already exists; --force' csr pw dcm1
	state pw >after
	check 'none of this changed a file' cmp before after
	check 'init --force replaces' pki init deep --force --host iris --client dcm1
	check "and says what the old CA's clients need" grep -q 'clients/dcm2/scu1.crt was not issued by the new CA' said
	rm -r deep/servers deep/clients/dcm2
	check "nothing of the intermediates' tree is left" has_guide_tree deep
	check 'the new leaves verify' verify -CAfile deep/ca/ca.crt deep/server/server.crt deep/clients/dcm1/scu1.crt
}

# What is refused before anything is made

test_usage()
{
	mkdir -p empty
	set -f
	while IFS='|' read -r pattern words; do
		# shellcheck disable=SC2086 # words
		check "refused: $words" refuses 2 "$pattern" $words
	done <<-'END'
		not a valid name|init empty --host iris --client ../up
		not a valid name|init empty --host iris --client .hidden
		not a valid name|init empty --host iris --client a/b
		not a valid name|init empty --host iris --client $(id)
		not a valid name|init empty --host iris --client=
		not a valid name|init empty --host iris --client -x
		not a valid name|client empty a;b
		not a valid name|server empty *
		neither a host name nor|init empty --host ::\061 --client dcm1
		not a valid name|import empty .. cert
		neither a host name nor|init empty --host iris,DNS:evil --client dcm1
		neither a host name nor|init empty --host 10.0.0.256 --client dcm1
		neither a host name nor|init empty --host 1.2.3 --client dcm1
		neither a host name nor|init empty --host 1::2::3 --client dcm1
		neither a host name nor|init empty --host 1:2:3:4:5:6:7 --client dcm1
		neither a host name nor|init empty --host fe80::1%eth0 --client dcm1
		neither a host name nor|init empty --host -iris --client dcm1
		number of days|init empty --host iris --client dcm1 --days 0
		number of days|init empty --host iris --client dcm1 --days 3651
		number of days|init empty --host iris --client dcm1 --days 1e3
		common name|init empty --host iris --client dcm1 --cn=
		for one client only|init empty --host iris --client a --client b --cn X
		needs --host|init empty --client dcm1
		needs --client|init empty --host iris
		takes one argument|init --host iris --client dcm1
		takes one argument|init empty other --host iris --client dcm1
		takes a directory and a name|client empty
		at least one certificate|import empty dcm1
		a certificate file|revoke empty
		no option '--hots'|init empty --hots iris
		no option '--host'|client empty dcm1 --host iris
		needs a value|init empty --host
		takes no value|init empty --force=yes
		Unknown command 'make'|make empty
		A command is needed|
	END
	set +f
	check 'nothing was made' test "$(tree empty)" = .
	check 'control characters are refused' refuses 2 "'a?b' is not a valid name" client empty "$(printf 'a\033b')"
	check 'a missing directory is reported' refuses 1 'The directory nowhere does not exist' client nowhere dcm1
	echo >file
	check 'a directory that cannot be created is reported' refuses 1 'cannot be created: ' init file --host iris --client a
	check 'a missing CA is reported' refuses 1 'There is no CA in' client empty dcm1
	check 'a wrong openssl is reported' \
		sh -c 'OPENSSL=true sh "$1" client empty dcm1 2>&1 | grep "OpenSSL 3 or later"' sh "$tool"
	check '--help names every command' \
		sh -c 'sh "$1" --help | grep -c -e "mtls-pki [a-z]* DIR" | grep -x 6' sh "$tool"
	check '--version shows the version' sh -c 'sh "$1" --version | grep "^mtls-pki "' sh "$tool"
}

# A broken system-wide configuration, in a directory whose name begins with a dash.
test_surroundings()
{
	echo 'openssl_conf = nowhere' >broken.cnf
	check 'a broken openssl.cnf does not matter' env "OPENSSL_CONF=$tmp/broken.cnf" sh "$tool" \
		init --days 3650 --host 2001:db8::1 --client dcm1 -- '-odd ü'
	cp said summary
	check 'an IPv6 host is an address' says './-odd ü/server/server.crt' 'Subject: CN=2001:db8::1,' \
		'IP Address:2001:DB8:0:0:0:0:0:1$'
	check 'and is in brackets in the command' grep -q 'IRIS_PDF_SCU@\[2001:db8::1\]:2010' summary
	check 'no other files are left' has_guide_tree './-odd ü'
}

test_usage
test_init
test_stores
test_more
test_passwords
test_without_keytool
test_intermediate
test_import
test_revoke
test_interrupted
test_at_once
test_overwrite
test_surroundings

printf '1..%d\n' $count
exit $failed
