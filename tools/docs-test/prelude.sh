# What the hidden commands of pages may use; see README.md. Sourced by the script that runs a page.

# stands_for TEXT VALUE: from here on, blocks have VALUE where the page says TEXT.
stands_for() { printf '%s\t%s\n' "$1" "$2" >>"$SCRATCH/stands-for"; }

# field NAME: that member of the JSON object on standard input.
field() { node -p 'JSON.parse(require("fs").readFileSync(0))[process.argv[1]]' "$1"; }

# until_answers URL: waits until it answers with success. The page's own time limit ends it.
until_answers() { until curl -so "$SCRATCH/answer" "$1"; do sleep 0.1; done; }

# start_magistrala: the emulator, on the page's ports, with an administrator's TOKEN and a DOMAIN.
start_magistrala() {
  node tools/magistrala-emulator/dist/main.js --port-base "$BASE" --cert-key ec >>"$SCRATCH/emulator.txt" 2>&1 &
  until_answers "http://localhost:$((BASE + 2))/health"
  TOKEN=$(curl -s "http://localhost:$((BASE + 2))/users/tokens/issue" -H 'Content-Type: application/json' \
    -d '{"username": "admin", "password": "12345678"}' | field access_token)
  DOMAIN=$(curl -s "http://localhost:$((BASE + 3))/domains" -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $TOKEN" -d '{"name": "docs", "route": "docs"}' | field id)
  export TOKEN DOMAIN
}

# use_magistrala: the settings that point Provision at it.
use_magistrala() {
  export MG_PROVISION_USERS_URL=http://localhost:$((BASE + 2)) MG_PROVISION_CLIENTS_URL=http://localhost:$((BASE + 6))
  export MG_PROVISION_CHANNELS_URL=http://localhost:$((BASE + 5)) MG_PROVISION_BS_SVC_URL=http://localhost:$((BASE + 13))
  export MG_PROVISION_CERTS_URL=http://localhost:$((BASE + 19)) MG_AUTH_GRPC_URL=localhost:$((BASE - 1999))
  export MG_PROVISION_CONFIG_FILE=libs/layout-config/layouts/agent.toml MG_PROVISION_MQTT_URL=ssl://mqtt.example.org:8883
}

# use_authority: the built-in authority, enrolment by code and TLS. curl trusts its root once the app is ready.
use_authority() {
  export MG_PROVISION_PLATFORM=${1:-none} MG_PROVISION_CERTS_BACKEND=builtin MG_PROVISION_HTTP_TLS=builtin
  export MG_PROVISION_VERIFICATION_URL=https://localhost:$((BASE + 16))/enrol
}

# use_operator: an operator of the configuration, alice, whose token is TOKEN.
use_operator() {
  local made; made=$(node apps/http/dist/main.js --operator-token alice)
  TOKEN=$(sed -n 's/^token.*: //p' <<<"$made")
  MG_PROVISION_OPERATOR_TOKENS=$(sed -n 's/.*MG_PROVISION_OPERATOR_TOKENS=//p' <<<"$made")
  export TOKEN MG_PROVISION_OPERATOR_TOKENS
}

# start_provision: the HTTP app, until it is ready. PROVISION is where.
start_provision() {
  node apps/http/dist/main.js >>"$SCRATCH/http.txt" 2>&1 &
  PROVISION_PID=$!
  PROVISION=${MG_PROVISION_HTTP_TLS:+https}
  PROVISION=${PROVISION:-http}://localhost:$((BASE + 16))
  if [ -n "${MG_PROVISION_HTTP_TLS:-}" ]; then
    until curl -sk "$PROVISION/v1/ca" -o trust-anchors.pem; do sleep 0.1; done
    export CURL_CA_BUNDLE=$PWD/trust-anchors.pem
  fi
  until_answers "$PROVISION/ready"
  export PROVISION
}

stop_provision() {
  kill "$PROVISION_PID"
  wait "$PROVISION_PID" || true
}

# post PATH BODY: what Provision answers the operator of TOKEN; fails with its error.
post() {
  curl -s "$PROVISION$1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$2"
}

# begin_enrolment: a device shows CODE.
begin_enrolment() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj / -keyout device.key -out device.csr 2>/dev/null
  local begun; begun=$(curl -s "$PROVISION/v1/enrolments" -H 'Content-Type: application/json' \
    -d "$(node -p 'JSON.stringify({csr: fs.readFileSync("device.csr", "utf8")})')")
  CODE=$(field code <<<"$begun")
  POLLING_SECRET=$(field polling_secret <<<"$begun")
}

# enrol_device: a device is approved and has its certificate; its record is MACHINE.
enrol_device() {
  begin_enrolment
  local id; id=$(post "/$DOMAIN/enrolments/lookup" "{\"code\": \"$CODE\"}" | field id)
  post "/$DOMAIN/enrolments/$id/approve" '{"name": "press-7"}' >/dev/null
  redeem
}

# redeem: the device whose enrolment is approved fetches its certificate.
redeem() {
  local identity; identity=$(curl -s "$PROVISION/v1/enrolments/redeem" -H 'Content-Type: application/json' \
    -d "$(S=$POLLING_SECRET node -p 'JSON.stringify({csr: fs.readFileSync("device.csr", "utf8"), polling_secret: process.env.S})')")
  field certificate <<<"$identity" >device.pem
  MACHINE=$(field machine_id <<<"$identity")
}
