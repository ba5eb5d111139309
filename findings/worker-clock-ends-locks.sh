#!/usr/bin/env bash
# BullMQ 6.7.0, ioredis 6.0.0 and pg 8.23.1 (npm), Postgres 15 (Debian 12), Node.js 20.
# Behaviour: on Postgres a lock ends by the clock of the worker that looks for stalled jobs, as each worker sends its own time. One whose clock
# is an hour ahead takes the running jobs of all others after one stalledInterval; their locks, which they extend, don't help.
# What one expects: the database's clock decides, as Redis' does for the same Worker on Redis.
# Why a user cares: one machine without NTP has every job of longer than half a minute run twice at once.
set -euo pipefail
work=$(mktemp -d)
server=
holder=
stop() {
  for pid in $holder $server; do kill -9 "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0 pg@8.23.1 >/dev/null
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
as_other=()
# Postgres refuses to be run by root.
if [ "$(id -u)" -eq 0 ]; then as_other=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
mkdir db
chmod 755 "$work"
[ "$(id -u)" -ne 0 ] || chown 65534:65534 db
(cd db && "${as_other[@]}" "$bin/initdb" --pgdata data --username postgres --auth trust --no-sync >../initdb.log)
"${as_other[@]}" "$bin/postgres" -D "$work/db/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >>log 2>&1 &
server=$!
until psql -h 127.0.0.1 -p "$port" -U postgres -c 'select 1' >/dev/null 2>&1; do kill -0 "$server"; sleep 0.1; done
cat >worker.mjs <<'JS'
import { createPostgresBackend, Queue, Worker } from 'bullmq';
const [, , port, aheadMs, isFirst] = process.argv;
const { now } = Date;
Date.now = () => now() + Number(aheadMs);
const connection = { connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`, migrate: isFirst === 'yes' };
const queue = new Queue('q', { connection }, createPostgresBackend);
await queue.waitUntilReady();
if (isFirst === 'yes') await queue.add('x', {});
const work = async () => {
  console.log('runs');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};
const options = { connection, lockDuration: 30_000, stalledInterval: 2000 };
const worker = new Worker('q', work, options, createPostgresBackend);
worker.on('error', () => undefined);
JS
node worker.mjs "$port" 0 yes >first &
holder=$!
for _ in $(seq 300); do ! grep -q runs first || break; sleep 0.1; done
grep -q runs first
# A worker with the right time leaves the job alone, for as long as the other one needs to take it.
node worker.mjs "$port" 0 no >right &
holder="$holder $!"
sleep 10
[ ! -s right ]
node worker.mjs "$port" 3600000 no >ahead &
holder="$holder $!"
for _ in $(seq 200); do ! cat ahead right | grep -q runs || break; sleep 0.1; done
# Taken from its first worker, which is alive and extends its lock.
cat ahead right | grep -q runs
