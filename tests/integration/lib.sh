# What the end-to-end tests share; each begins with
#
#   source "$(dirname "$0")/lib.sh" "$@"        # CARDLAB SOURCE_DIR, as ctest calls it
#
# and ends with `finish`. It gives: $cardlab, $source_dir, $here (this folder), $work (a folder of
# the test's own, removed at its end together with every process that it started), a line a check,
# and a small lab whose parties are started and stopped one by one. Nothing waits for luck: every
# wait is for a condition, and is bounded.
set -u
if [ $# -ne 2 ] || [ ! -x "$1" ]; then
  echo "usage: bash $(basename "$0") CARDLAB SOURCE_DIR: the built program, the repository"
  exit 2
fi
cardlab=$(realpath "$1")
source_dir=$(realpath "$2")
here=$source_dir/tests/integration
work=$(mktemp -d)
checks=0
failures=0
export NO_COLOR=1
unset CARDLAB_SPECS

declare -A pids=() # what was started, by name

# Debian's own: others may be wrappers that take longer to start than anything here takes to answer.
python=$(command -v /usr/bin/python3 || command -v python3)
python() { "$python" -I "$@"; }

clean_up() {
  local one
  exec 2>/dev/null # as above
  for one in "${pids[@]}"; do kill -KILL "$one" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- checks ---------------------------------------------------------------------------------------

ok() {
  checks=$((checks + 1))
  echo "ok: $1"
}

# not_ok NAME [FILE...]: what went wrong, and the end of what was written meanwhile.
not_ok() {
  local file
  checks=$((checks + 1))
  failures=$((failures + 1))
  echo "NOT OK: $1"
  for file in "${@:2}"; do
    [ -s "$file" ] && { echo "  --- ${file#"$work/"}"; tail -n 12 "$file" | cut -c1-600 | sed 's/^/  /'; }
  done
}

# check NAME COMMAND...
check() {
  local name=$1
  shift
  if "$@"; then ok "$name"; else not_ok "$name" "$work/out" "$work/err"; fi
}

# same NAME EXPECTED GOT
same() {
  if [ "$2" = "$3" ]; then ok "$1"; else
    not_ok "$1"
    echo "  expected: $(cut -c1-600 <<<"$2")"
    echo "  got:      $(cut -c1-600 <<<"$3")"
  fi
}

# run NAME EXIT ARGUMENTS...: cardlab, standard input passed on; what it says is in $work/out, err.
run() {
  local name=$1 expected=$2 code=0
  shift 2
  timeout 120 "$cardlab" "$@" >"$work/out" 2>"$work/err" || code=$?
  if [ "$code" -eq "$expected" ]; then ok "$name"; else
    not_ok "$name: exit $code, expected $expected" "$work/out" "$work/err"
  fi
}

# under_modes CHECK...: with a cardlab that file modes hold also when root runs it (needs setpriv).
under_modes() {
  local product=$cardlab
  if [ "$(id -u)" = 0 ]; then
    cat >"$work/under-modes" <<EOF
#!/usr/bin/env bash
exec setpriv --bounding-set -dac_override,-dac_read_search "$product" "\$@"
EOF
    chmod +x "$work/under-modes"
    cardlab=$work/under-modes
  fi
  "$@"
  cardlab=$product
}

# says NAME PATTERN [FILE]: an extended regular expression, in $work/err unless a file is named.
says() {
  local file=${3:-$work/err}
  if grep -qE -- "$2" "$file"; then ok "$1"; else not_ok "$1: nothing like /$2/" "$file"; fi
}
never_says() {
  local file=${3:-$work/err}
  if grep -qE -- "$2" "$file"; then not_ok "$1: found /$2/" "$file"; else ok "$1"; fi
}

finish() {
  echo "$checks checks, $failures failed"
  exit $((failures > 0))
}

# need TOOL PACKAGE: without it nothing here can be tested.
need() {
  command -v "$1" >/dev/null && return
  echo "NOT OK: $1 is missing. Install it: apt-get install $2 (tools/test does so by itself)"
  exit 1
}

# Bytes to upper-case hex on one line, and back.
hex() { od -An -v -tx1 | tr -d ' \n' | tr a-f A-F; }
unhex() { python -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'; }

# --- waiting --------------------------------------------------------------------------------------

# wait_until SECONDS COMMAND...: true as soon as the command is.
wait_until() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -le "$until" ] || return 1
    sleep 0.02
  done
}

# ended PID
ended() { ! kill -0 "$1" 2>/dev/null; }

# --- a lab of one's own ---------------------------------------------------------------------------
# $lab/lab.yaml; a folder a party in $lab: switch, alpha and beta (wallets), harbour and jade
# (issuers). Timers are short, so that whoever was away is back soon.

# A loopback address that no other lab has: a party that is started again finds its port free, and
# who captures sees nobody else's bytes.
address=127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))

# lab_write: the lab file, no ports chosen yet.
lab_write() {
  lab=$work/lab
  mkdir -p "$lab"
  cat >"$lab/lab.yaml" <<EOF
name: Test lab
calendar: [20261231, 20270101, 20270102]
switch: {id: 00010000, name: Town Switch}
institutions:
  - {id: 00091230001, name: Alpha Pay, short: alpha, role: wallet, mac_key: 0F1E2D3C4B5A69788796A5B4C3D2E1F0,
     link: {host: $address, port: 0}}
  - {id: 00091230002, name: Beta Pay, short: beta, role: wallet, mac_key: 1F1E2D3C4B5A69788796A5B4C3D2E1F0,
     link: {host: $address, port: 0}}
  - id: 00095550001
    name: Harbour Bank
    short: harbour
    role: issuer
    mac_key: 00112233445566778899AABBCCDDEEFF
    link: {host: $address, port: 0}
    ranges:
      - {prefix: 999901}
    accounts:
      - {card: 9999011000000019, holder: Wang Wei, available: 100.00}
      - {card: 9999011000000027, holder: Zhang Guilan, available: 5.00}
  - id: 00095550002
    name: Jade Bank
    short: jade
    role: issuer
    mac_key: FFEEDDCCBBAA99887766554433221100
    link: {host: $address, port: 0}
    ranges:
      - {prefix: 999902}
    accounts:
      - {card: 9999022000000016, holder: Wang Wei, available: 15.00}
timers: {freeze_leg_ms: 2000, debit_leg_ms: 2000, credit_leg_ms: 2000, wallet_wait_ms: 3000, saf_first_ms: 500}
EOF
}

# ask PARTY COMMAND: its reply.
ask() {
  python "$here/ask.py" "$lab/$1/control.sock" "$2"
}

# ask_for PARTY COMMAND FILTER: what jq's filter takes from the reply.
ask_for() {
  ask "$1" "$2" | jq -r "$3"
}

# party_start NAME: returns when it takes commands; not necessarily signed on.
party_start() {
  local name=$1 role=wallet as=(--as "$1")
  case $name in
    switch) role=switch as=() ;;
    harbour | jade) role=issuer ;;
  esac
  "$cardlab" $role "$lab/lab.yaml" --data "$lab/$name" "${as[@]}" >"$lab/$name.output" 2>&1 &
  pids[$name]=$!
  party_is_there() {
    ended "${pids[$1]}" || [ -n "$(ask "$1" '{"do": "status"}' 2>/dev/null)" ]
  }
  if ! wait_until 20 party_is_there "$name" || ended "${pids[$name]}"; then
    not_ok "$name starts" "$lab/$name.output" "$lab/$name/log"
    finish
  fi
}

# party_stop NAME [SIGNAL]: sets $code to how it ended.
party_stop() {
  local pid=${pids[$1]}
  exec 3>&2 2>/dev/null # the shell tells of everything that is killed
  kill -"${2:-TERM}" "$pid"
  if ! wait_until 20 ended "$pid"; then
    not_ok "$1 ends within 20 s of SIG${2:-TERM}" "$lab/$1/log"
    kill -KILL "$pid"
  fi
  code=0
  wait "$pid" || code=$?
  exec 2>&3 3>&-
  unset "pids[$1]"
}

# What the system chose becomes what the lab file says, for the members and for later starts.
lab_note_ports() {
  local ports
  ports=$(ask_for switch '{"do": "status"}' '.peers[].port' | tr '\n' ' ')
  awk -v ports="$ports" 'BEGIN {split(ports, port, " ")}
    {if (/port: 0\}/) sub(/port: 0/, "port: " port[++n]); print}' "$lab/lab.yaml" >"$lab/lab.new"
  mv "$lab/lab.new" "$lab/lab.yaml"
}

# signed_on NAME: the member, by the name of its institution, at the switch.
signed_on() {
  [ "$(ask_for switch '{"do": "status"}' ".peers[] | select(.name == \"$1\") | .signed_on")" = true ]
}
port_of() {
  ask_for switch '{"do": "status"}' ".peers[] | select(.name == \"$1\") | .port"
}

everybody_is_on() {
  local on
  on=$(ask_for switch '{"do": "status"}' '[.peers[].signed_on] | all')
  [ "$on" = true ]
}

# lab_start: every party of the lab, all signed on.
lab_start() {
  local name
  lab_write
  party_start switch
  lab_note_ports
  for name in alpha beta harbour jade; do party_start "$name"; done
  wait_until 20 everybody_is_on || { not_ok "everybody signs on" "$lab/switch/log"; finish; }
}

# send WALLET PACKET CARD AMOUNT_MINOR SHARES: the code that answers, or why the wallet refused.
send_packet() {
  local command="{\"do\": \"send\", \"packet\": \"$2\", \"person\": \"sender\", \"card\": \"$3\""
  command+=", \"amount_minor\": $4, \"shares\": $5, \"split\": \"equal\"}"
  ask_for "$1" "$command" '.code // .refused // .error'
}

# grab WALLET PACKET PERSON: the ticket.
grab() {
  ask_for "$1" "{\"do\": \"grab\", \"packet\": \"$2\", \"person\": \"$3\"}" '.ticket | tojson'
}

# claim WALLET TICKET PERSON CARD: the code.
claim() {
  ask_for "$1" "{\"do\": \"claim\", \"ticket\": $2, \"person\": \"$3\", \"card\": \"$4\"}" \
    '.code // .refused // .error'
}

# balance ISSUER [CARD]: available and frozen in minor units, of one card or of all.
balance() {
  ask_for "$1" "{\"do\": \"balance\"${2:+, \"card\": \"$2\"}}" '"\(.available_minor) \(.frozen_minor)"'
}
