#!/usr/bin/env node
import { runServerProgram } from '@org/server';
import { localFiles } from '@org/store';

const PURPOSE = `Serves layout provisioning over HTTP: POST /{domainID}/mapping creates what a layout describes in Magistrala. With the
built-in authority it also enrols devices by code; operators approve them on the page GET /enrol.`;

const exitCode = await runServerProgram({
  name: 'provision-http',
  purpose: PURPOSE,
  surroundings: { env: process.env, ...localFiles },
  healthAddress({ server: { host, port, tls, tlsBuiltin } }) {
    return { host, port, tls: tls !== undefined || tlsBuiltin };
  },
  async listen(server) {
    // Late, as health checks of containers run this program every few seconds and need none of it.
    const [{ createApp }, { stop }] = await Promise.all([import('./create-app.js'), import('./stop.js')]);
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
