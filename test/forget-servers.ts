import { forgetServers } from '../src/store/server-memory.ts';

// Before each file: files share a process, and a port may be another server's by then.
forgetServers();
