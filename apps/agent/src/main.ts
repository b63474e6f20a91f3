#!/usr/bin/env node
import http from 'node:http';
import { report } from './failure.js';
import { agentProgram } from './program.js';

// Of no use to the operator: grpc-js sets a server name also for IP addresses, and Node tells the terminal of it.
process.noDeprecation = true;

// Node's own way out by proxies (NODE_USE_ENV_PROXY) would lead grpc-js to the proxy by way of another one.
http.globalAgent = new http.Agent();

// `provision-agent status | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

agentProgram((code) => (process.exitCode = code))
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error);
  });
