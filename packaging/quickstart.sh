#!/bin/sh
# One host, no network emulation: a manager, an agent, nginx and curl under libwrapper, and the path of one request.
# quickstart.sh [BIN [OUT]]: folder of s-trace, folder for path.json, path.dot and path.svg. Stops and removes all that it starts.
set -eu

bin=$(realpath "${1:-bin}")
out=${2:-out/quickstart}
work=$(mktemp -d /tmp/s-trace-quickstart.XXXXXX)
web=127.0.0.1:28080

# Its own places, so that a manager or an agent that already runs here is left alone.
export STRACE_HOST=quickstart STRACE_SOCKET="$work/agent.sock" STRACE_SERVER=http://127.0.0.1:28653 XDG_STATE_HOME="$work/state"
PATH="$bin:$PATH"

clean() {
	status=$?
	trap - EXIT INT TERM
	for pid in ${nginx:-} ${agent:-} ${manager:-}; do
		kill "$pid" 2>/dev/null && wait "$pid" || true
	done
	[ "$status" -eq 0 ] || tail -n 5 "$work"/*.log >&2
	rm -rf "$work"
	exit "$status"
}
trap clean EXIT
trap 'exit 1' INT TERM

for tool in s-trace nginx curl dot python3; do
	command -v "$tool" >/dev/null || { echo "quickstart: $tool is missing: make, or apt-get install nginx-light curl graphviz python3" >&2; exit 1; }
done

# tries COMMAND..: until it succeeds, for 20 s.
tries() {
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ "$i" -lt 200 ] || { echo "quickstart: still not so after 20 s: $*" >&2; return 1; }
		sleep 0.1
	done
}

say() {
	echo "\$ $*"
	"$@"
}

echo '$ s-trace manager &'
s-trace manager --data "$work/data" --agents "unix:$work/manager.sock" --http "${STRACE_SERVER#http://}" \
	--openflow 127.0.0.1:26653 --replay-openflow 127.0.0.1:26753 >"$work/manager.log" 2>&1 &
manager=$!
tries grep -q ready "$work/manager.log"

# Packets of the loopback, where this may capture.
interface=none
[ "$(id -u)" -ne 0 ] || interface=lo
echo "\$ s-trace agent --interface $interface &"
s-trace agent --manager "unix:$work/manager.sock" --socket "$STRACE_SOCKET" --interface $interface >"$work/agent.log" 2>&1 &
agent=$!
tries grep -q ready "$work/agent.log"

cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
worker_processes 1;
events {}
http {
	access_log off;
	client_body_temp_path $work/body;
	proxy_temp_path $work/proxy;
	fastcgi_temp_path $work/fastcgi;
	uwsgi_temp_path $work/uwsgi;
	scgi_temp_path $work/scgi;
	server {
		listen $web;
		location / { return 200 "hello\n"; }
	}
}
CONF
echo '$ s-trace run -- nginx &'
s-trace run -- nginx -e "$work/nginx.log" -c "$work/nginx.conf" &
nginx=$!
tries curl -s "http://$web/"

say s-trace session start quickstart
say s-trace run -- curl -s "http://$web/"
say s-trace session stop
say s-trace paths build --session quickstart
say s-trace paths list --session quickstart

mkdir -p "$out"
for format in json dot svg; do
	s-trace export --session quickstart --format $format --out "$out/path.$format" >/dev/null
done
python3 - "$out/path.json" <<'TEXT'
import json, sys

for path in json.load(open(sys.argv[1]))["paths"]:
    print(f"path {path['id']}, {path['status']}, {int(path['durationNs']) / 1000:.0f} us, {len(path['packets'])} packets:")
    for event in sorted(path["events"], key=lambda e: int(e["enterNs"])):
        after_us = (int(event["enterNs"]) - int(path["startNs"])) / 1000
        print(f"  {after_us:7.0f} us  {event['program']:<6} {event['pid']:<7} {event['op']:<10} {event['peer'] or event['path'] or '':<18} "
              f"{event['bytes'] or '':>5}  {event['summary'] or ''}")
TEXT
echo "the same as pictures: $out/path.svg, $out/path.dot; all that is known of it: $out/path.json"
