#!/usr/bin/env bash
# BullMQ 6.7.0 and ioredis 6.0.0 (npm), Redis 7.0.15 (Debian 12), Node.js 20.
# Behaviour: worker.close(), called within the second after Redis restarted, never resolves. Redis is up again, and the queue's other
# connections work. ioredis doesn't emit 'end' for a connection that is told to end between two attempts to connect, and BullMQ waits for that.
# What one expects: close() resolves as soon as Redis is back, or after the attempt that is due.
# Why a user cares: a deploy that restarts Redis and the workers hangs until the platform kills the workers; `await worker.close()` needs a
# time limit of its own.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill -9 "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0 >/dev/null
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
start() {
  redis-server --bind 127.0.0.1 --port "$port" --dir "$work" --save '' --appendonly yes >>log &
  server=$!
  until redis-cli -p "$port" ping 2>/dev/null | grep -q PONG; do kill -0 "$server"; sleep 0.05; done
}
start
cat >close.mjs <<'JS'
import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
const url = `redis://127.0.0.1:${process.argv[2]}`;
const queue = new Queue('q', { connection: { url } });
const worker = new Worker('q', async () => 'done', { connection: { url, maxRetriesPerRequest: null } });
for (const one of [queue, worker]) one.on('error', () => undefined);
await worker.waitUntilReady();
const told = once(process, "SIGUSR2");
console.log('ready');
await told;
const outcome = await Promise.race([
  worker.close().then(() => 'closed'),
  new Promise((resolve) => setTimeout(resolve, 30_000, 'open')),
]);
console.log(outcome, (await queue.add('x', {})).id);
process.exit();
JS
node close.mjs "$port" >out &
client=$!
until grep -q ready out; do kill -0 "$client"; sleep 0.05; done
kill -9 "$server"
wait "$server" 2>/dev/null || true
start
kill -USR2 "$client"
wait "$client" || true
seen=$(tail -n 1 out)
echo "30 s after close(), and the queue's next job: $seen"
[ "$seen" = "open 1" ]
