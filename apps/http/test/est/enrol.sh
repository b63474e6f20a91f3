#!/usr/bin/env bash
# A device that has openssl and curl and no more: it enrols by EST, and later renews its certificate with another key.
#
#   enrol.sh URL ROOT_SHA256
#
# Works in the current folder. The operator's part, which a person does elsewhere, takes OPERATOR_TOKEN and DOMAIN_ID.
set -euo pipefail

url=$1
root_sha256=$2
est=$url/.well-known/est

say() { echo "$*"; }
fail() {
  echo "enrol.sh: $*" >&2
  exit 1
}

# Takes a text out of the flat JSON object on standard input.
json_text() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }

# Leaves the answer in answer.txt, its header in header.txt, and prints the status.
est_post() {
  local operation=$1 request=$2
  shift 2
  openssl req -in "$request" -outform DER | openssl base64 |
    curl --silent --show-error --cacert root.pem --request POST --data-binary @- \
      --header 'Content-Type: application/pkcs10' --header 'Content-Transfer-Encoding: base64' \
      --dump-header header.txt --output answer.txt --write-out '%{http_code}' "$@" "$est/$operation"
}

expect_status() {
  [ "$1" = "$2" ] || fail "$3: status $1 where $2 belongs: $(cat answer.txt)"
}

save_certificate() {
  grep --quiet --ignore-case '^content-type: application/pkcs7-mime; smime-type=certs-only' header.txt || fail 'content type'
  openssl base64 -d -in answer.txt | openssl pkcs7 -inform DER -print_certs | openssl x509 -out "$1"
}

check_certificate() {
  openssl verify -x509_strict -purpose sslclient -CAfile root.pem -untrusted cacerts.pem "$1" >/dev/null
  [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ] || fail "$1 is for another key"
}

# good, revoked or unknown, by OCSP.
revocation_of() {
  openssl ocsp -issuer issuer.pem -cert "$1" -no_nonce -reqout ocsp.request >/dev/null 2>&1
  curl --silent --fail --cacert root.pem --header 'Content-Type: application/ocsp-request' \
    --data-binary @ocsp.request --output ocsp.response "$url/ocsp"
  openssl ocsp -issuer issuer.pem -cert "$1" -no_nonce -respin ocsp.response -CAfile root.pem 2>/dev/null |
    sed -nE "s/^.*: (good|revoked|unknown)$/\1/p"
}

# RFC 7030 4.1.1: whoever answers, only the root with the fingerprint on the device's label is believed.
curl --silent --show-error --fail --insecure "$est/cacerts" | openssl base64 -d |
  openssl pkcs7 -inform DER -print_certs -out cacerts.pem
awk '/^-----BEGIN/ { n++ } n { print > ("ca-" n ".pem") }' cacerts.pem
for each in ca-*.pem; do
  fingerprint=$(openssl x509 -in "$each" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
  if [ "$fingerprint" = "$root_sha256" ]; then openssl x509 -in "$each" -out root.pem; else openssl x509 -in "$each" -out issuer.pem; fi
done
[ -f root.pem ] || fail 'nobody here has the root that this device was made to trust'
say "trusts $(openssl x509 -in root.pem -noout -subject)"

openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key \
  -subj '/O=Whoever/CN=press-4.local' -out device.csr 2>/dev/null
csr_json=$(awk '{ printf "%s\\n", $0 }' device.csr)
begun=$(curl --silent --show-error --fail --cacert root.pem --header 'Content-Type: application/json' \
  --data "{\"csr\":\"$csr_json\",\"device\":{\"model\":\"press\",\"hostname\":\"press-4.local\"}}" "$url/v1/enrolments")
code=$(json_text code <<<"$begun")
secret=$(json_text polling_secret <<<"$begun")
say "shows $code"

expect_status "$(est_post simpleenroll device.csr)" 401 'without credentials'
expect_status "$(est_post simpleenroll device.csr --user "$code:guessed")" 401 'with a guessed secret'
expect_status "$(est_post simpleenroll device.csr --user "BBBB-BBBB:$secret")" 401 'with another code'
expect_status "$(est_post simpleenroll device.csr --user "$code:$secret")" 202 'before its approval'
grep --quiet --ignore-case '^retry-after: [1-9]' header.txt || fail 'no Retry-After'
say "is told to wait: $(cat answer.txt)"

operator() {
  curl --silent --show-error --fail --cacert root.pem --header "Authorization: Bearer $OPERATOR_TOKEN" \
    --header 'Content-Type: application/json' --data "$2" "$url/$DOMAIN_ID/enrolments/$1"
}
id=$(operator lookup "{\"code\":\"$code\"}" | json_text id)
operator "$id/approve" '{"name":"press-4"}' >/dev/null
say 'is approved'

openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout thief.key -subj '/CN=x' -out thief.csr 2>/dev/null
expect_status "$(est_post simpleenroll thief.csr --user "$code:$secret")" 403 'with another key'

until status=$(est_post simpleenroll device.csr --user "$code:$secret") && [ "$status" = 200 ]; do
  expect_status "$status" 202 'after its approval'
  sleep "$(sed -nE 's/^retry-after: ([0-9]+).*/\1/Ip' header.txt)"
done
save_certificate device.pem
check_certificate device.pem device.key
say "is $(openssl x509 -in device.pem -noout -subject -nameopt RFC2253)"
expect_status "$(est_post simpleenroll device.csr --user "$code:$secret")" 200 'once more, as after a lost answer'
save_certificate again.pem
cmp --silent device.pem again.pem || fail 'the lost answer was another certificate'

# Renewal: the same subject (RFC 7030 4.2.2), another key.
subject=$(openssl x509 -in device.pem -noout -subject -nameopt compat | sed 's/^subject= *//')
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout next.key -subj "$subject" -out next.csr 2>/dev/null
expect_status "$(est_post simplereenroll next.csr)" 403 'without a client certificate'
expect_status "$(est_post simplereenroll thief.csr --cert device.pem --key device.key)" 400 'for another subject'
expect_status "$(est_post simplereenroll next.csr --cert device.pem --key device.key)" 200 'renewing'
save_certificate next.pem
check_certificate next.pem next.key
[ "$(revocation_of device.pem) $(revocation_of next.pem)" = 'good good' ] || fail 'both certificates should be good'
say 'has renewed; the certificate before is still good'

expect_status "$(est_post simplereenroll next.csr --cert next.pem --key next.key)" 200 'with the new certificate'
[ "$(revocation_of device.pem) $(revocation_of next.pem)" = 'revoked good' ] || fail 'the first certificate should be revoked'
expect_status "$(est_post simplereenroll next.csr --cert device.pem --key device.key)" 403 'with the replaced certificate'
say 'has used the new certificate; the one before is revoked'
