#!/usr/bin/env node
import { runServerProgram } from '@org/server';
import { localFiles } from '@org/store';
import { createApp } from './create-app.js';
import { stop } from './stop.js';

const PURPOSE = `Serves layout provisioning over HTTP: POST /{domainID}/mapping makes, in Magistrala, what a layout describes. Where the
built-in authority issues certificates, devices are enrolled by code too; GET /enrol is the page to approve them on.`;

const exitCode = await runServerProgram({
  name: 'provision-http',
  purpose: PURPOSE,
  surroundings: { env: process.env, ...localFiles },
  async listen(server) {
    const app = await createApp(server);
    const { host, port, docs } = server.config.server;
    await app.listen(port, host);
    const address = await app.getUrl();
    return {
      message: `listening on ${address}${docs ? `; documentation at ${address}/docs` : ''}`,
      facts: { address },
      close: () => stop(app, server),
    };
  },
});
process.exit(exitCode);
