import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, status } from '@grpc/grpc-js';
import { enrolmentV1, provisioning } from '@org/proto';
import * as fc from 'fast-check';
import { type RunningApp, startApp } from './support/app.js';
import { csrOf, newKey } from './support/device.js';

const { EnrolmentServiceService } = enrolmentV1;
const METHODS = [
  ...Object.values(EnrolmentServiceService),
  ...Object.values(provisioning.ProvisioningServiceService),
];
/** What no one but a server may be to blame for, and what a call that hangs ends in. */
const DEFECTS = [status.INTERNAL, status.DEADLINE_EXCEEDED, status.DATA_LOSS, status.CANCELLED];
const DEADLINE_MS = 120_000;

let app: RunningApp;
let client: Client;
let csr: Buffer;
beforeAll(async () => {
  app = await startApp({ MG_PROVISION_LEGACY_DEVICES: 'true' });
  client = new Client(app.address, credentials.createSsl(Buffer.from(app.root)));
  csr = await csrOf(newKey());
});
afterAll(async () => {
  client.close();
  await app.close();
});

const same = (bytes: Buffer) => bytes;
/** @returns the status of a call with these bytes for a message */
function send({ path, responseStream }: (typeof METHODS)[number], bytes: Uint8Array): Promise<status> {
  const options = { deadline: Date.now() + DEADLINE_MS };
  return new Promise((resolve) => {
    if (responseStream) {
      const stream = client.makeServerStreamRequest(path, same, same, Buffer.from(bytes), options);
      stream.on('error', () => undefined).on('status', ({ code }) => resolve(code));
      // A state was told: the request was understood.
      stream.on('data', () => (stream.cancel(), resolve(status.OK)));
    } else
      client.makeUnaryRequest(path, same, same, Buffer.from(bytes), options, (error) =>
        resolve(error?.code ?? status.OK),
      );
  });
}

/** Bytes with some of them changed, removed or put in. */
const damaged = (bytes: Uint8Array) =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: bytes.length }),
        remove: fc.nat({ max: 8 }),
        insert: fc.uint8Array({ maxLength: 8 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((cuts) =>
      cuts.reduce<Uint8Array>(
        (all, { at, remove, insert }) =>
          Buffer.concat([all.subarray(0, at), insert, all.subarray(at + remove)]),
        bytes,
      ),
    );

/** Many runs at a time over one connection: a run is a batch. */
async function holds(arbitrary: fc.Arbitrary<() => Promise<status>>, batches: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary, { minLength: 50, maxLength: 50 }), async (calls) => {
      const statuses = await Promise.all(calls.map((call) => call()));
      expect(statuses.filter((code) => DEFECTS.includes(code))).toEqual([]);
    }),
    { numRuns: batches },
  );
}

describe('nonsense', () => {
  it('for messages is refused: no defect, no hang', async () => {
    await holds(
      fc.tuple(fc.constantFrom(...METHODS), fc.uint8Array({ maxLength: 200 })).map(
        ([method, bytes]) =>
          () =>
            send(method, bytes),
      ),
      60,
    );
  });

  it('for fields of messages is refused', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 });
    const bytes = fc.uint8Array({ maxLength: 300 }).map((it) => Buffer.from(it));
    const { begin, poll, await: wait, redeem, renew } = EnrolmentServiceService;
    const { provisionByCode } = provisioning.ProvisioningServiceService;
    const of = <T>(
      method: (typeof METHODS)[number] & { requestSerialize(it: T): Buffer },
      it: fc.Arbitrary<T>,
    ) => it.map((request) => () => send(method, method.requestSerialize(request)));
    const device = fc.record({ model: text, serial: text, hostname: text, address: text });
    const proof = fc.record({ certificate: bytes, signature: bytes });
    const secret = fc.record({ pollingSecret: text });
    await holds(
      fc.oneof(
        of(begin, fc.record({ csr: bytes, device })),
        of(poll, secret),
        of(wait, secret),
        of(redeem, fc.record({ pollingSecret: text, csr: bytes })),
        of(renew, fc.record({ csr: bytes, proof: fc.option(proof, { nil: undefined }) })),
        of(provisionByCode, fc.record({ code: text })),
      ),
      60,
    );
  });

  it('for certificate requests is refused', async () => {
    const { begin, redeem, renew } = EnrolmentServiceService;
    const proof = { certificate: csr, signature: csr };
    const requests = damaged(csr).map((it) => Buffer.from(it));
    await holds(
      fc.oneof(
        requests.map((it) => () => send(begin, begin.requestSerialize({ csr: it, device: undefined }))),
        requests.map((it) => () => send(redeem, redeem.requestSerialize({ pollingSecret: 'x', csr: it }))),
        requests.map((it) => () => send(renew, renew.requestSerialize({ csr: it, proof }))),
      ),
      60,
    );
  });

  it('for whole valid messages that were damaged on the way is refused', async () => {
    const { begin } = EnrolmentServiceService;
    const device = { model: 'Gate 2', serial: 'A-17', hostname: 'gate', address: '' };
    const valid = begin.requestSerialize({ csr, device });
    await holds(
      damaged(valid).map((bytes) => () => send(begin, bytes)),
      40,
    );
    expect(app.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
