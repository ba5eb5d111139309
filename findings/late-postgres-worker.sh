#!/usr/bin/env bash
# BullMQ 6.7.0, ioredis 6.0.0 and pg 8.23.1 (npm), Postgres 15 (Debian 12), Node.js 20.
# Behaviour: a Worker on Postgres that starts while Postgres is away never takes a job, also when Postgres is back. It emits no 'error' and
# isRunning() says true; only waitUntilReady() rejects.
# What one expects: it tries again, as the same Worker on Redis does, or ends with an error.
# Why a user cares: workers and database start together after an outage. Such a worker looks alive to its platform, and works never.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill -9 "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
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
cd db
"${as_other[@]}" "$bin/initdb" --pgdata data --username postgres --auth trust --no-sync >../initdb.log
cd ..
start() {
  "${as_other[@]}" "$bin/postgres" -D "$work/db/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >>log 2>&1 &
  server=$!
  until psql -h 127.0.0.1 -p "$port" -U postgres -c 'select 1' >/dev/null 2>&1; do kill -0 "$server"; sleep 0.1; done
}
cat >open.mjs <<'JS'
export { createPostgresBackend as backend, Queue, Worker } from 'bullmq';
export const connection = { connectionString: `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres` };
JS
cat >add.mjs <<'JS'
import { backend, connection, Queue } from './open.mjs';
const queue = new Queue('q', { connection: { ...connection, migrate: true } }, backend);
await queue.add('x', {});
await queue.close();
JS
cat >late.mjs <<'JS'
import { once } from 'node:events';
import { backend, connection, Worker } from './open.mjs';
let jobs = 0;
let errors = 0;
const worker = new Worker('q', async () => void jobs++, { connection }, backend);
worker.on('error', () => errors++);
const ready = await worker.waitUntilReady().then(() => 'ready', ({ code }) => code);
const told = once(process, "SIGUSR2");
console.log('asked');
await told;
await new Promise((resolve) => setTimeout(resolve, 30_000));
console.log(`waitUntilReady: ${ready}, errors: ${errors}, isRunning: ${worker.isRunning()}, jobs: ${jobs}`);
process.exit();
JS
start
node add.mjs "$port"
kill -INT "$server"
wait "$server" 2>/dev/null || true
node late.mjs "$port" >out &
client=$!
until grep -q asked out; do kill -0 "$client"; sleep 0.05; done
start
kill -USR2 "$client"
wait "$client" || true
seen=$(tail -n 1 out)
echo "30 s after Postgres is back: $seen"
[ "$seen" = "waitUntilReady: ECONNREFUSED, errors: 0, isRunning: true, jobs: 0" ]
