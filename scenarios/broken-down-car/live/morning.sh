#!/usr/bin/env bash
# One morning, as the boxes in the cars tell it over MQTT, into a twin; and what its operator can ask.
#
#   scenarios/broken-down-car/live/morning.sh [FOLDER]
#
# Needs the `rehearsal` command (or REHEARSAL_BIN), mosquitto and mosquitto_pub. What it makes is put into FOLDER, or into
# a temporary one. The broker listens on this machine alone, on a free port, and ends with the script.
set -euo pipefail
rehearsal="${REHEARSAL_BIN:-rehearsal}"
scenario="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="${1:-$(mktemp -d)}"
mkdir -p "$work"
export PATH="$PATH:/usr/sbin"
for program in "$rehearsal" mosquitto mosquitto_pub; do
    command -v "$program" >/dev/null || { echo "missing: $program; install mosquitto and mosquitto-clients, and rehearsal" >&2; exit 1; }
done
few=(--set families.count=300 --set commuters.count=200 --set pensioners.count=50 --set fleet.count=50)
say() { printf '\n== %s\n' "$*"; }

say "A week is rehearsed; one morning of it is what the cars will say"
"$rehearsal" run "$scenario" --policy reactive --replications 1 "${few[@]}" --trace "$work/week.trace" >/dev/null
"$rehearsal" export "$work/week.trace" --out "$work/morning.ndjson" --name telemetry --name engine_light \
    --from '2026-11-09 06:00' --to-time '2026-11-09 10:00'

say "As real ones do: every 50th comes twice, every 77th is overtaken, every 500th is an hour late"
awk '
    NR % 500 == 0 { late[++n] = $0; next }
    NR % 77 == 0  { held = $0; next }
    { print }
    held != "" && NR % 77 == 5 { print held; held = "" }
    NR % 50 == 0  { print }
    END { if (held != "") print held; for (i = 1; i <= n; i++) print late[i] }
' "$work/morning.ndjson" > "$work/as-it-comes.ndjson"
wc -l < "$work/as-it-comes.ndjson"

say "A broker, and a twin under the proactive policy that listens to it"
port="$(bash -c 'while :; do p=$((20000 + RANDOM % 20000)); (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null || { echo $p; break; }; done')"
printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n' "$port" > "$work/mosquitto.conf"
mosquitto -c "$work/mosquitto.conf" > "$work/mosquitto.log" 2>&1 &
broker=$!
trap 'kill "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true' EXIT
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
"$rehearsal" live "$scenario" --policy proactive --data "$work/car.twin" "${few[@]}" \
    --mqtt "mqtt://127.0.0.1:$port" --mqtt-topic 'boxes/#' --pace events --start '2026-11-09 00:00' --idle 3s \
    > "$work/live.out" 2> "$work/live.log" &
twin=$!
until grep -q hearing "$work/live.log"; do kill -0 "$twin"; sleep 0.1; done
# Its session is made when it has subscribed: until then the broker keeps nothing for it.
sleep 1
mosquitto_pub -h 127.0.0.1 -p "$port" -V mqttv5 -q 1 -l -t boxes/events \
    -D PUBLISH content-type application/cloudevents+json < "$work/as-it-comes.ndjson"
wait "$twin"
cat "$work/live.log" "$work/live.out"

say "What was put aside, by reason"
cat "$work"/car.twin/aside/*.ndjson | grep -o '"reason":"[a-z]*"' | sort | uniq -c

say "Whom the twin wrote to"
grep -o '"subject":"[^"]*","time":"[^"]*"' "$work/car.twin/messages.ndjson"

say "The same morning under the other policy"
"$rehearsal" replay "$work/car.twin" --policy reactive

say "And from here on? Ten days under each, in forty futures"
"$rehearsal" fork "$work/car.twin" --policy reactive --policy proactive --for 10d --futures 40 \
    --measure calls --measure contacts --measure breakdowns --measure light_to_knowing --measure satisfaction
