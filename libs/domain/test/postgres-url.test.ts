import { describe, expect, it } from '@jest/globals';
import { readPostgresUrl } from '../src/index.js';

describe('a PostgreSQL URL', () => {
  it('stays what it is with one host', () => {
    for (const url of [
      'postgres://u:p%40w@db:5433/provision?sslmode=verify-full',
      'postgresql://db/provision',
      'postgres:///provision?host=/run/postgresql',
      'postgres://[2001:db8::1]:5432/provision',
    ])
      expect(readPostgresUrl(url)).toEqual({ urls: [url], readWrite: false });
  });

  it('may name several hosts, each with a port of its own: one that takes writes is wanted', () => {
    expect(readPostgresUrl('postgres://u:p@db1,db2:5433,[::1]/provision?sslmode=require')).toEqual({
      urls: ['db1', 'db2:5433', '[::1]'].map((host) => `postgres://u:p@${host}/provision?sslmode=require`),
      readWrite: true,
    });
  });

  it.each([
    ['any', false],
    ['read-write', true],
    ['primary', true],
  ])('may say which: target_session_attrs=%s', (target, readWrite) => {
    expect(readPostgresUrl(`postgres://db1,db2/p?target_session_attrs=${target}&sslmode=require`)).toEqual({
      urls: ['postgres://db1/p?sslmode=require', 'postgres://db2/p?sslmode=require'],
      readWrite,
    });
    expect(readPostgresUrl(`postgres://db/p?target_session_attrs=${target}`)).toEqual({
      urls: ['postgres://db/p'],
      readWrite,
    });
  });

  it.each([
    'mysql://db/p',
    'db/p',
    'postgres://db1:nonsense,db2/p',
    'postgres://db1,db2/p?target_session_attrs=standby',
    'postgres://db1,db2/p?target_session_attrs=prefer-standby',
    'postgres://db/p#fragment',
  ])('is none, or none to write to: %s', (text) => {
    expect(readPostgresUrl(text)).toBeUndefined();
  });
});
