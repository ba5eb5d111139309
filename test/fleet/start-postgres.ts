import { readdirSync } from 'node:fs';
import path from 'node:path';
import { answers, type Engine, startEngine } from './engine-process.ts';

/** Where Debian keeps what is not in PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** A start-up message of protocol 3.0, for the user and the database `postgres`. */
const START_UP = Buffer.from('\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');

/** Starts a Postgres on 127.0.0.1, from Debian's package, that keeps its data through {@link Engine.restart}. */
export function startPostgres(): Promise<Engine> {
  return startEngine({
    name: 'postgres',
    packageName: 'postgresql',
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    prepare: `${program('initdb')} --pgdata data --username postgres --auth trust --encoding UTF8 --locale C --no-sync`,
    // what was answered survives the death of the process, though not that of the machine
    command: (port) =>
      `${program('postgres')} -D data -p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200`,
    // "authentication OK"; while it starts it answers with an error
    isReady: (url) => answers(url, START_UP, 'R'),
  });
}

function program(name: string): string {
  const versions = listVersions().toSorted((one, other) => Number(other) - Number(one));
  return versions[0] === undefined ? name : path.join(DEBIAN_FOLDER, versions[0], 'bin', name);
}

function listVersions(): string[] {
  try {
    return readdirSync(DEBIAN_FOLDER);
  } catch {
    return [];
  }
}
