#!/usr/bin/env node
import { runServerProgram } from '@org/server';
import { localFiles } from '@org/store';

const PURPOSE = `Serves enrolment by code over gRPC: provision.v1.EnrolmentService for devices, and mecha-agent's
provisioning.ProvisioningService. Health, readiness and metrics are on a port of their own, over HTTP.`;

const exitCode = await runServerProgram({
  name: 'provision-grpc',
  purpose: PURPOSE,
  surroundings: { env: process.env, ...localFiles },
  healthAddress({ grpc: { host, metricsPort } }) {
    return { host, port: metricsPort, tls: false };
  },
  async listen(server) {
    // Late, as health checks of containers run this program every few seconds and need none of it.
    const { createApp } = await import('./create-app.js');
    const { OperationsServer } = await import('./operations/operations-server.js');
    const app = await createApp(server);
    const operations = new OperationsServer(server);
    const { host, metricsPort } = server.config.grpc;
    const metrics = await operations.listen(metricsPort, host);
    const address = await app.listen();
    return {
      message: `listening on ${address}; health and metrics on port ${metrics}`,
      facts: { address, metrics_port: metrics },
      async close() {
        // Calls in progress need the resources of the server.
        await app.close();
        await operations.close();
        await server.close();
      },
    };
  },
});
process.exit(exitCode);
