import { afterAll, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { Workshop } from '../workshop.js';

const workshop = new Workshop();
afterAll(() => workshop.close());

it.each([['verify-log'], ['show'], ['list'], ['export'], ['crl'], ['succeed'], ['revoke', 'abcdef']])(
  'where there is no database, "ca %s" says so and creates none',
  async (...args) => {
    const { code, stdout, stderr } = await workshop.ca(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('there is no database provision.db here');
    expect(stderr).toContain('provision explain state_missing');
    expect(readdirSync(workshop.path)).toEqual([]);
  },
);
