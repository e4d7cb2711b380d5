#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shows Caravan on this machine: installs what is missing, builds it, starts an Exchange simulator with calendars and a
# real Radicale on free ports of 127.0.0.1, migrates, verifies, explains one event; then subscribes, changes an event on
# each side, shows both arriving; then moves a meeting and shows what its guest is told by mail and chat.
#
#   scripts/quickstart.sh [--keep] [--dir DIR] [--preset NAME] [--no-install] [--no-build]
#
# --keep     leaves the two servers running, to look at them in a browser; says how to end them
# --dir DIR  keeps configuration, data and reports in DIR (default: a new folder under $TMPDIR or /tmp)
# --preset   release (default) or dev
set -euo pipefail
repository=$(dirname "$(dirname "$(readlink -f "$0")")")

keep=no
folder=
preset=release
install=yes
build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes; shift ;;
    --dir) folder=${2:?--dir wants a folder}; shift 2 ;;
    --preset) preset=${2:?--preset wants a name}; shift 2 ;;
    --no-install) install=no; shift ;;
    --no-build) build=no; shift ;;
    -h | --help) sed -n '3,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "quickstart.sh: unknown argument: $1" >&2; exit 2 ;;
  esac
done
bin=${CARAVAN_BIN:-$repository/build/$preset/bin}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

say() { printf '\n== %s\n' "$*"; }

# ---- 1. packages and programs ----------------------------------------------------------------------------------------
if [ "$install" = yes ]; then
  say "Packages"
  "$repository/scripts/install_packages.sh"
fi
if [ "$build" = yes ]; then
  say "Building (preset $preset)"
  cmake --preset "$preset" -S "$repository" >/dev/null
  cmake --build "$repository/build/$preset" -j "$(nproc)" --target exodus-cli exodus caravan exchange-sim
fi
for program in exodus-cli caravan exchange-sim; do
  [ -x "$bin/$program" ] || { echo "quickstart.sh: $bin/$program is not there; build it, or name its folder in CARAVAN_BIN" >&2; exit 2; }
done

# ---- 2. two servers --------------------------------------------------------------------------------------------------
if [ -z "$folder" ]; then
  folder=$(mktemp -d "${TMPDIR:-/tmp}/caravan-quickstart.XXXXXX")
fi
mkdir -p "$folder"
folder=$(readlink -f "$folder")
chmod 700 "$folder"

pids=()
# shellcheck disable=SC2317  # called by the trap
end_servers() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in "${pids[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
}
trap end_servers EXIT

# Polls a command until it succeeds; a server that ended shows its log.
await() {
  local what=$1 pid=$2 log=$3
  shift 3
  local deadline=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -gt "$deadline" ]; then
      echo "quickstart.sh: $what did not start:" >&2
      tail -n 20 "$log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

say "Starting an Exchange simulator and Radicale"
rm -f "$folder/exchange.port"
setsid "$bin/exchange-sim" --listen 127.0.0.1:0 --port-file "$folder/exchange.port" --service-user svc:svcpw \
  --domain example.com --generate 3:200 --load "anna@example.com=$repository/tests/fixtures/series" \
  </dev/null >"$folder/exchange-sim.log" 2>&1 &
exchange_pid=$!
pids+=("$exchange_pid")
await "exchange-sim" "$exchange_pid" "$folder/exchange-sim.log" test -s "$folder/exchange.port"
exchange_url=http://127.0.0.1:$(cat "$folder/exchange.port")/EWS/Exchange.asmx

# Five ports that nobody listens on.
read -r dav_port callback_port hint_port admin_port chat_port < <(/usr/bin/python3 -c '
import socket
held = [socket.socket() for _ in range(5)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')
hint_secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
dav_url=http://127.0.0.1:$dav_port/
printf '%s\n' svc:davpw anna:anna user0001:user0001 user0002:user0002 user0003:user0003 >"$folder/radicale.users"
cat >"$folder/radicale.rights" <<RIGHTS
[service-root]
user: svc
collection:
permissions: R
[service-homes]
user: svc
collection: [^/]+
permissions: RW
[service-calendars]
user: svc
collection: [^/]+/[^/]+
permissions: RWrw
[root]
user: .+
collection:
permissions: R
[own-home]
user: .+
collection: {user}
permissions: RW
[own-calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
RIGHTS
cat >"$folder/radicale.conf" <<RADICALE
[server]
hosts = 127.0.0.1:$dav_port
max_connections = 40
max_content_length = 100000000
timeout = 60
[auth]
type = htpasswd
htpasswd_filename = $folder/radicale.users
htpasswd_encryption = plain
[rights]
type = from_file
file = $folder/radicale.rights
[storage]
filesystem_folder = $folder/radicale
hook = bash -c 'set -m; curl -s -m 1 --data-urlencode user="\$0" http://127.0.0.1:$hint_port/hint/$hint_secret >/dev/null 2>&1 &' %(user)s
[logging]
level = warning
RADICALE
setsid /usr/bin/python3 /usr/bin/radicale -C "$folder/radicale.conf" </dev/null >"$folder/radicale.log" 2>&1 &
radicale_pid=$!
pids+=("$radicale_pid")
await "Radicale" "$radicale_pid" "$folder/radicale.log" curl -sf -o /dev/null "${dav_url}.web/"

say "Starting a mail server that keeps what it gets, and a Mattermost simulator"
mkdir -p "$folder/mails"
rm -f "$folder/mail.port" "$folder/chat.port"
setsid /usr/bin/python3 "$repository/scripts/quickstart/mail_sink.py" "$folder/mails" "$folder/mail.port" \
  </dev/null >"$folder/mail.log" 2>&1 &
mail_pid=$!
pids+=("$mail_pid")
setsid /usr/bin/python3 "$repository/tests/mattermost/mattermost-sim" --listen 127.0.0.1:0 --port-file "$folder/chat.port" \
  --token bot-token --user user0001@example.com </dev/null >"$folder/chat.log" 2>&1 &
chat_pid=$!
pids+=("$chat_pid")
await "the mail server" "$mail_pid" "$folder/mail.log" test -s "$folder/mail.port"
await "the Mattermost simulator" "$chat_pid" "$folder/chat.log" test -s "$folder/chat.port"
chat_url=http://127.0.0.1:$(cat "$folder/chat.port")

# ---- 3. configuration ------------------------------------------------------------------------------------------------
umask 077
printf 'svcpw\n' >"$folder/exchange.password"
printf 'davpw\n' >"$folder/caldav.password"
printf '%s\n' "$hint_secret" >"$folder/hint.secret"
cat >"$folder/caravan.toml" <<TOML
[exchange]
url = "$exchange_url"
auth = "basic"
username = "svc"
password_file = "$folder/exchange.password"
access = "impersonation"
notifications = "push"
callback_url = "http://127.0.0.1:$callback_port/callback"

[caldav]
url = "$dav_url"
username = "svc"
password_file = "$folder/caldav.password"
access = "service"
home = "/{local}/"

[store]
url = "sqlite:$folder/caravan.db"

[sync]
scheduling = "none"      # nobody is told by mail of what is changed here

[gobi]
listen = "127.0.0.1:$callback_port"

[cexsy]
hint_listen = "127.0.0.1:$hint_port"
hint_secret_file = "$folder/hint.secret"

[admin]
listen = "127.0.0.1:$admin_port"

[notify]
window = "5s"            # so that nobody waits here; two minutes otherwise

[notify.mail]
url = "smtp://127.0.0.1:$(cat "$folder/mail.port")"
from = "calendar@example.com"

[notify.chat]
url = "$chat_url"
token = "bot-token"
listen = "127.0.0.1:$chat_port"
actions_url = "http://127.0.0.1:$chat_port"
TOML
cat >"$folder/mailboxes.txt" <<LIST
# one address a line
anna@example.com
user0001@example.com
user0002@example.com
user0003@example.com
LIST

# ---- 4. the migration ------------------------------------------------------------------------------------------------
list=$folder/mailboxes.txt
command_line="$bin/exodus-cli --config $folder/caravan.toml"
worst=0
step() {
  local title=$1
  shift
  say "$title"
  echo "\$ $command_line $*"
  local code=0
  "$bin/exodus-cli" --config "$folder/caravan.toml" "$@" </dev/null || code=$?
  [ "$code" -eq 0 ] || echo "(exit code $code)"
  [ "$code" -le "$worst" ] || worst=$code
}
step "doctor: is everything in place?" doctor "$list"
step "migrate: Exchange to CalDAV" migrate "$list" --report "$folder/migrate.html"
step "migrate again: nothing changed, so nothing is written" migrate "$list"
step "verify: both sides, event by event" verify "$list" --report "$folder/verify.html"
step "explain: the history of one event" explain anna@example.com every-field@fixtures
step "status" status "$list"

# ---- 5. the second act: both sides at once ----------------------------------------------------------------------------
step "subscribe: from now on both sides are kept in step" subscribe "$list"
say "caravan, the daemon that does it"
echo "\$ $bin/caravan --config $folder/caravan.toml"
setsid "$bin/caravan" --config "$folder/caravan.toml" </dev/null >"$folder/caravan.log" 2>&1 &
caravan_pid=$!
pids+=("$caravan_pid")
await "caravan" "$caravan_pid" "$folder/caravan.log" curl -sf -o /dev/null "http://127.0.0.1:$admin_port/readyz"
say "Two people change an event, one on each side"
/usr/bin/python3 "$repository/scripts/quickstart/edit_both_sides.py" "$exchange_url" svc svcpw user0001@example.com \
  "${dav_url}user0001/exchange/" user0001 user0001 || worst=1
step "status" status "$list"

# ---- 6. the third act: people are told ---------------------------------------------------------------------------------
say "Somebody moves a meeting; its guest is told"
/usr/bin/python3 "$repository/scripts/quickstart/move_a_meeting.py" "$exchange_url" svc svcpw user0002@example.com \
  user0001@example.com "$folder/mails" "$chat_url" || worst=1

# ---- 7. what to look at ----------------------------------------------------------------------------------------------
if [ "$worst" -eq 0 ]; then
  say "All of it worked"
else
  say "Something needs a look (worst exit code: $worst)"
fi
cat <<SUMMARY
Four mailboxes were copied from an Exchange simulator into a real Radicale, then compared event by event, then kept in step, and
people were told what changed.

  Report of the migration   file://$folder/migrate.html
  Report of the comparison  file://$folder/verify.html
  Radicale's web page       ${dav_url}.web/   (user anna, password anna)
  Exchange simulator        $exchange_url
  Configuration             $folder/caravan.toml
  Mailbox list              $list
  The daemon's status       http://127.0.0.1:$admin_port/api/status and /metrics
  The daemon's log          $folder/caravan.log
  Mails to people           $folder/mails

By hand, as often as you like:
  $command_line doctor $list
  $command_line migrate $list --report $folder/migrate.html
  $command_line verify $list --report $folder/verify.html
  $command_line explain anna@example.com every-field@fixtures
SUMMARY
if [ "$keep" = yes ]; then
  trap - EXIT
  printf '\nThe servers and the daemon go on running. To end them:\n  kill %s %s %s %s %s\n' "$caravan_pid" "$exchange_pid" \
    "$radicale_pid" "$mail_pid" "$chat_pid"
else
  printf '\nThe servers and the daemon end now; with --keep they stay for you to look at.\n'
fi
exit "$worst"
