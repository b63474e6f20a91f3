import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createNotify } from '../../src/daemon/notify.js';
import { folders } from '../support/folder.js';

const disk = folders();
afterAll(() => disk.remove());

describe('a service manager that could not be told something once', () => {
  it('is told it with the next sign of life, and those go on', async () => {
    const folder = disk.make();
    const told = join(folder, 'told');
    const program = join(folder, 'systemd-notify');
    writeFileSync(told, '');
    // Fails the second time only.
    const script = `shift; echo "$*" >> ${told}; [ "$(wc -l < ${told})" -ne 2 ]`;
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const failures: Error[] = [];
    const notify = createNotify({
      env: { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '90000' },
      onFailure: (error) => failures.push(error),
      program,
    });
    const lines = (): string[] => readFileSync(told, 'utf8').trim().split('\n');
    notify.ready();
    notify.status('all is well');
    while (lines().length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    await notify.close();
    expect(lines().slice(0, 5)).toEqual([
      'READY=1',
      'STATUS=all is well',
      'STATUS=all is well WATCHDOG=1',
      'WATCHDOG=1',
      'WATCHDOG=1',
    ]);
    expect(failures).toHaveLength(1);
  });
});
