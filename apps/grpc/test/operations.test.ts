import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationsServer } from '../src/operations/operations-server.js';
import { type RunningApp, startApp } from './support/app.js';
import { Opened, ask } from './support/device.js';

const opened = new Opened();
let app: RunningApp;
let operations: OperationsServer;
let url: string;
let readiness = { ready: true, checks: [] };
beforeAll(async () => {
  app = await startApp();
  operations = new OperationsServer({
    ...app.server,
    readiness: async () => readiness,
  });
  url = `http://127.0.0.1:${await operations.listen(0, '127.0.0.1')}`;
});
afterAll(async () => {
  opened.close();
  await operations.close();
  await app.close();
});

describe('the port for machines', () => {
  it('tells health and readiness', async () => {
    const health = await fetch(`${url}/health`);
    expect(health.headers.get('content-type')).toBe('application/health+json');
    expect(await health.json()).toMatchObject({ status: 'pass' });
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    readiness = { ready: false, checks: [] };
    expect((await fetch(`${url}/ready`)).status).toBe(503);
  });

  it('counts calls by method and status', async () => {
    const { provisioning } = opened.connect(app);
    await ask((done) => provisioning.ping({}, done));
    await expect(ask((done) => provisioning.deprovision({}, done))).rejects.toBeDefined();
    const metrics = await (await fetch(`${url}/metrics?x`)).text();
    for (const labels of [
      'method="provisioning.ProvisioningService/ping",status="OK"',
      'method="provisioning.ProvisioningService/deprovision",status="UNAUTHENTICATED"',
    ])
      expect(metrics).toContain(`grpc_request_duration_seconds_count{${labels}} 1`);
  });

  it('keeps metrics to itself where they are switched off', async () => {
    const { config } = app.server;
    const quiet = new OperationsServer({
      ...app.server,
      config: { ...config, server: { ...config.server, metrics: false } },
    });
    const at = `http://127.0.0.1:${await quiet.listen(0, '127.0.0.1')}`;
    expect((await fetch(`${at}/metrics`)).status).toBe(404);
    expect((await fetch(`${at}/health`)).status).toBe(200);
    await quiet.close();
  });

  it('tells nothing else', async () => {
    expect((await fetch(`${url}/docs`)).status).toBe(404);
    expect((await fetch(`${url}/docs`, { method: 'POST' })).status).toBe(404);
    const other = await fetch(`${url}/health`, { method: 'POST' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200);
  });
});
