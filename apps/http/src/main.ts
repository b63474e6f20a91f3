#!/usr/bin/env node
import { runServerProgram } from '@org/server';
import { localFiles } from '@org/store';
import { createApp } from './create-app.js';
import { stop } from './stop.js';

const PURPOSE = `Serves layout provisioning over HTTP: POST /{domainID}/mapping creates what a layout describes in Magistrala. With the
built-in authority it also enrols devices by code; operators approve them on the page GET /enrol.`;

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
