import { expect, it } from '@jest/globals';
import { limits } from '../../src/transport/limits.js';

it('a device may wait on an old connection for as long as its code lives', () => {
  const hour = { maxMessageBytes: 1, idleMs: 1, longestStreamMs: 3_600_000 };
  expect(limits(hour)['grpc.max_connection_age_grace_ms']).toBe(3_600_000);
});
