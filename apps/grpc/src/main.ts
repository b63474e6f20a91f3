#!/usr/bin/env node
import { runServerProgram } from '@org/server';
import { localFiles } from '@org/store';
import { createApp } from './create-app.js';
import { OperationsServer } from './operations/operations-server.js';

const PURPOSE = `Serves enrolment by code over gRPC: provision.v1.EnrolmentService for devices, and mecha-agent's
provisioning.ProvisioningService. Health, readiness and metrics are on a port of their own, over HTTP.`;

const exitCode = await runServerProgram({
  name: 'provision-grpc',
  purpose: PURPOSE,
  surroundings: { env: process.env, ...localFiles },
  async listen(server) {
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
