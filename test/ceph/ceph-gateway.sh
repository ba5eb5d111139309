#!/usr/bin/env bash
# A throw-away Ceph cluster of one node with an S3 gateway (RADOS Gateway) on 127.0.0.1: one monitor, one OSD that keeps its
# data in a sparse file, no manager, no systemd, no block device, no root.
#
#   ceph-gateway.sh start DIR PORT      make the cluster in the empty directory DIR; the gateway listens on PORT, the monitor on PORT+1
#   ceph-gateway.sh stop DIR            stop all of it (DIR can then be deleted)
#   ceph-gateway.sh stop-after DIR PID  wait until the process PID is gone, however it ended; then stop all of it and delete DIR
#   ceph-gateway.sh kill-gateway DIR    kill -9 the gateway only, as a crash would
#   ceph-gateway.sh start-gateway DIR   start the gateway again, on the same data
#   ceph-gateway.sh delay DIR SECONDS   from now on each request to the OSD waits a random 0…SECONDS; 0 ends that
#   ceph-gateway.sh limit DIR REQUESTS  more requests at once than this are answered 503 SlowDown
#
# ACCESS_KEY_ID and SECRET_ACCESS_KEY (environment, for start) are the credentials of the gateway's only user.
set -u

packages='ceph-mon ceph-osd radosgw ceph-common'
usage() {
  sed -n '2,/^set -u/{/^set -u/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}
[ $# -ge 2 ] || usage
command=$1 dir=$2
conf=$dir/ceph.conf

die() {
  echo "ceph-gateway: $*" >&2
  exit 1
}

# --- processes ---------------------------------------------------------------------------------------------------------------

# is_running NAME: the process in DIR/NAME.pid is still the daemon that was started, not a later process with its number
is_running() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && grep -qsF -- "$conf" "/proc/$pid/cmdline"
}

# launch NAME COMMAND...: in the background and out of the reach of the terminal's Ctrl-C
launch() {
  local name=$1
  shift
  setsid "$@" --conf "$conf" --foreground >>"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

# terminate NAME SIGNAL: and wait until it is gone; after 10 s by force
terminate() {
  local name=$1 signal=$2 tries=0
  is_running "$name" || return 0
  kill "-$signal" "$(cat "$dir/$name.pid")"
  while is_running "$name"; do
    tries=$((tries + 1))
    [ "$tries" -ne 200 ] || kill -KILL "$(cat "$dir/$name.pid")"
    sleep 0.05
  done
}

stop_all() {
  terminate gateway TERM
  # the data is thrown away: nothing has to be flushed
  terminate osd KILL
  terminate monitor KILL
}

give_up() {
  echo "ceph-gateway: $*" >&2
  tail -n 15 "$dir"/*.log >&2
  stop_all
  exit 1
}

# wait_until SECONDS NAME COMMAND...: polls until the command succeeds; a daemon that died can't be waited for
wait_until() {
  local deadline=$((SECONDS + $1)) name=$2
  shift 2
  until "$@" 2>/dev/null; do
    # between fork and exec the process isn't recognisable yet
    is_running "$name" || sleep 0.1
    is_running "$name" || "$@" 2>/dev/null || give_up "the $name ended while it was waited for"
    [ "$SECONDS" -lt "$deadline" ] || give_up "the $name was not ready in time"
    sleep 0.05
  done
}

listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1")
}

answers_http() {
  local line
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    read -r -t 5 line <&3 && [[ $line == HTTP/1.* ]]
  )
}

# tell DAEMON SETTING VALUE: changes a setting of a running daemon through its socket
tell() {
  ceph --conf "$conf" daemon "$dir/$1.asok" config set "$2" "$3" >/dev/null || die "could not set $2 to $3"
}

# --- the cluster -------------------------------------------------------------------------------------------------------------

write_conf() {
  local port=$1
  cat >"$conf" <<END
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$((port + 1))/0]
public addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
# no keys: everything is on loopback. The monitor's connections default to encryption, which needs keys
auth cluster required = none
auth service required = none
auth client required = none
ms mon cluster mode = crc
ms mon service mode = crc
ms mon client mode = crc
run dir = $dir
admin socket = $dir/\$name.asok
crash dir = $dir
pid file =
log file = $dir/\$name.log
log to stderr = false
mon cluster log file = $dir/cluster.log
# logging is gathered in memory also where it isn't written, and costs a third of the time
$(printf 'debug %s = 0/0\n' mon paxos auth ms monc osd bluestore bluefs bdev rocksdb rgw objecter context throttle timer finisher)
# one copy of everything is all that one node can keep
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd crush chooseleaf type = 0
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon max pg per osd = 2000
# each pool that the gateway makes is a round of paxos: a second by default
paxos propose interval = 0.02
paxos min wait = 0.01

[mon]
mon data = $dir/monitor
mon data avail warn = 2
mon data avail crit = 1
mon osd nearfull ratio = 0.95
mon osd backfillfull ratio = 0.96
mon osd full ratio = 0.97

[osd]
osd data = $dir/osd
osd objectstore = bluestore
bluestore block create = true
bluestore block size = $((24 << 30))
bluestore block preallocate file = false
bluestore fsck on mount = false
bluestore cache autotune = false
bluestore cache size = $((256 << 20))
osd class update on start = false
osd heartbeat grace = 3600
ms inject delay type = client

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw thread pool size = 64
rgw dynamic resharding = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw enable usage log = false
rgw run sync thread = false
# space of deleted objects comes back in seconds, not hours
rgw gc obj min wait = 5
rgw gc processor period = 5
# customer-provided keys are tested over plain http
rgw crypt require ssl = false
END
}

check_packages() {
  local missing=() program
  for program in ceph-mon ceph-osd radosgw radosgw-admin ceph monmaptool; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} -eq 0 ] ||
    die "missing ${missing[*]}; on Debian or Ubuntu: apt-get install --no-install-recommends $packages"
}

start_gateway() {
  launch gateway radosgw --name client.rgw
  wait_until 60 gateway answers_http "$(cat "$dir/port")"
}

start() {
  local port=$1 fsid osd_id
  check_packages
  [ -n "${ACCESS_KEY_ID:-}" ] && [ -n "${SECRET_ACCESS_KEY:-}" ] || die 'ACCESS_KEY_ID and SECRET_ACCESS_KEY are not set'
  [[ $dir == /* && ${#dir} -le 80 ]] || die "the directory has to be absolute and at most 80 characters (sockets are made in it), got $dir"
  ! listens "$port" 2>/dev/null || die "port $port is in use"
  mkdir -p "$dir/monitor" "$dir/osd" || die "can't make $dir"
  [ ! -e "$conf" ] || die "$dir holds a cluster already"
  fsid=$(cat /proc/sys/kernel/random/uuid) osd_id=$(cat /proc/sys/kernel/random/uuid)
  echo "$port" >"$dir/port"
  write_conf "$port"

  {
    monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$((port + 1))/0]" "$dir/monmap" &&
      ceph-mon --conf "$conf" --id a --mkfs --monmap "$dir/monmap"
  } >>"$dir/monitor.log" 2>&1 || give_up 'the monitor could not be made'
  launch monitor ceph-mon --id a
  ceph-osd --conf "$conf" --id 0 --mkfs --osd-uuid "$osd_id" --no-mon-config >>"$dir/osd.log" 2>&1 || give_up 'the OSD could not be made'
  wait_until 30 monitor listens "$((port + 1))"
  timeout 60 ceph --conf "$conf" osd new "$osd_id" 0 >>"$dir/monitor.log" 2>&1 || give_up 'the OSD could not be registered'
  launch osd ceph-osd --id 0
  timeout 60 radosgw-admin --conf "$conf" user create --uid=copier --display-name=copier \
    --access-key="$ACCESS_KEY_ID" --secret-key="$SECRET_ACCESS_KEY" >>"$dir/gateway.log" 2>&1 || give_up 'the user could not be made'
  start_gateway
}

case $command in
  start) [ $# -eq 3 ] || usage; start "$3" ;;
  stop) stop_all ;;
  stop-after)
    [ $# -eq 3 ] || usage
    while kill -0 "$3" 2>/dev/null; do sleep 1; done
    stop_all
    rm -rf "$dir"
    ;;
  kill-gateway) terminate gateway KILL ;;
  start-gateway) start_gateway ;;
  delay)
    [ $# -eq 3 ] || usage
    tell osd.0 ms_inject_delay_max "$3"
    tell osd.0 ms_inject_delay_probability "$([[ $3 =~ ^[0.]*$ ]] && echo 0 || echo 1)"
    ;;
  limit) [ $# -eq 3 ] || usage; tell client.rgw rgw_max_concurrent_requests "$3" ;;
  *) usage ;;
esac
