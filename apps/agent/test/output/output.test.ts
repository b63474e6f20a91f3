import { describe, expect, it } from '@jest/globals';
import { ProvisionError, Secret, describeError, logLineForPeople } from '@org/domain';
import { pino } from 'pino';
import { renderUnicodeCompact } from 'uqr';
import { watchdogIntervalMs } from '../../src/daemon/notify.js';
import { largeText } from '../../src/output/large-text.js';
import { distanceText } from '../../src/output/print.js';
import { showsBlocks } from '../../src/output/terminal.js';
import { codeText } from '../../src/output/show-code.js';

describe('a code for people', () => {
  it('is five rows high, fits a terminal, and is told apart letter by letter', () => {
    const rows = largeText('BCDF-GHJK').split('\n');
    expect(rows).toHaveLength(5);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(54);
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-'];
    expect(new Set(alphabet.map((letter) => largeText(letter))).size).toBe(alphabet.length);
    expect(largeText('z')).toBe('█████\n   █\n  █\n █\n█████');
    expect(largeText('é!')).toBe('é!');
  });

  it('comes with its address, in which it is not, and the fingerprint to compare', () => {
    const keyFingerprint = '0123456789abcdef'.repeat(4);
    const address = 'https://x.example/enrol';
    const shown = codeText(
      { code: 'BCDF-GHJK', address, keyFingerprint, expiresAt: 0, leftMs: 600_000 },
      true,
    );
    expect(shown).toContain('code BCDF-GHJK');
    expect(shown).toContain(`at ${address}\n`);
    expect(shown).toContain(renderUnicodeCompact(address, { border: 2, ecc: 'L' }).split('\n')[5]);
    expect(shown.match(/^ +0123 4567 89ab cdef$/gm)).toHaveLength(4);
    expect(shown).toContain('in 10 minutes');
  });

  it('says nothing of what is not known', () => {
    const unknown = { address: undefined, keyFingerprint: undefined };
    const shown = codeText({ code: 'ABC123', ...unknown, expiresAt: 0, leftMs: 600_000 }, true);
    expect(shown).not.toMatch(/ at |fingerprint/);
  });
});

describe('block letters and QR codes', () => {
  const UTF8 = { TERM: 'xterm', LANG: 'C.UTF-8' };

  it.each([
    ['a terminal in UTF-8', true, UTF8, true],
    ['its other spelling', true, { TERM: 'linux', LC_ALL: 'de_DE.utf8' }, true],
    ['a file or a pipe', false, UTF8, false],
    ['the C locale', true, { TERM: 'xterm', LANG: 'C' }, false],
    ['LC_ALL, which wins', true, { ...UTF8, LC_ALL: 'POSIX' }, false],
    ['LC_CTYPE, which wins over LANG', true, { ...UTF8, LC_CTYPE: 'en_US.ISO-8859-1' }, false],
    ['no locale', true, { TERM: 'xterm' }, false],
    ['a dumb terminal', true, { ...UTF8, TERM: 'dumb' }, false],
    ['no terminal', true, { LANG: 'C.UTF-8' }, false],
  ])('%s', (_, isTTY, env, wanted) => expect(showsBlocks({ isTTY, env })).toBe(wanted));

  it('are left out where they cannot be shown; code, address and fingerprint stay', () => {
    const keyFingerprint = '0123456789abcdef'.repeat(4);
    const code = { code: 'BCDF-GHJK', address: 'https://x.example/enrol', keyFingerprint };
    const shown = codeText({ ...code, expiresAt: 0, leftMs: 600_000 }, false);
    expect(shown).toMatch(/^[\n\u0020-\u007e]*$/);
    for (const part of ['code BCDF-GHJK', 'at https://x.example/enrol', '0123 4567 89ab cdef'])
      expect(shown).toContain(part);
  });
});

describe('distances in time', () => {
  it.each([
    [30e3, 'in less than a minute'],
    [-30e3, 'just now'],
    [60e3, 'in 1 minute'],
    [-2 * 3600e3, '2 hours ago'],
    [40 * 86_400e3, 'in 40 days'],
  ])('%s ms: %s', (ms, text) => expect(distanceText(ms, 0)).toBe(text));
});

describe('log lines for people', () => {
  it('say what happened, with its facts, and no secret', () => {
    const lines: string[] = [];
    const log = pino(
      {
        base: undefined,
        timestamp: () => ',"time":"2031-05-01T12:00:00.000Z"',
        formatters: { level: (level) => ({ level }) },
        serializers: { err: describeError },
        hooks: { streamWrite: logLineForPeople },
      },
      { write: (line) => void lines.push(line) },
    );
    const err = new ProvisionError({ kind: 'conflict', code: 'conflict', message: 'Why.' });
    log.warn({ machine_id: 'm-1', token: new Secret('hunter2'), err }, 'it failed');
    expect(lines).toEqual([
      '2031-05-01 12:00:00Z warn  it failed (machine_id: m-1, token: [redacted], code: conflict, reason: Why.)\n',
    ]);
  });
});

describe('the watchdog', () => {
  it('gets a sign of life three times in its time, so that one may be lost, when it watches this process', () => {
    expect(watchdogIntervalMs({ WATCHDOG_USEC: '30000000' })).toBe(10_000);
    expect(watchdogIntervalMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) })).toBe(10_000);
    expect(watchdogIntervalMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' })).toBeUndefined();
    expect(watchdogIntervalMs({})).toBeUndefined();
    expect(watchdogIntervalMs({ WATCHDOG_USEC: 'soon' })).toBeUndefined();
  });
});
