import { describe, expect, it } from '@jest/globals';
import { PRINTABLE, ProvisionError, Secret } from '@org/domain';
import { createLogger, requestContext } from '../../src/index.js';

function capture() {
  const lines: string[] = [];
  const logger = createLogger('debug', { destination: { write: (line: string) => void lines.push(line) } });
  return { logger, lines };
}

describe('the log', () => {
  it('says of an error what is safe, and nothing of what hangs on it', () => {
    const { logger, lines } = capture();
    const cause = Object.assign(new Error('socket closed'), {
      request: { headers: { authorization: 'Bearer t0ken' } },
    });
    const error = new ProvisionError({
      kind: 'unavailable',
      code: 'connect_failed',
      message: 'try again',
      cause,
      details: { n: 1 },
    });
    logger.error(
      { err: Object.assign(error, { body: { client_key: 't0ken' } }), token: new Secret('t0ken') },
      'failed',
    );
    const [line] = lines;
    expect(line).not.toContain('t0ken');
    expect(JSON.parse(line!)).toMatchObject({
      level: 'error',
      token: '[redacted]',
      err: {
        kind: 'unavailable',
        code: 'connect_failed',
        details: { n: 1 },
        cause: { message: 'socket closed' },
      },
    });
  });

  it('lets nothing through that commands a terminal, and keeps its meaning', () => {
    const { logger, lines } = capture();
    const name = 'a\u001b[2J\u009b2J\u202e\u2028';
    logger.info({ name }, `made ${name}`);
    expect(PRINTABLE.test(lines[0]!.trimEnd())).toBe(true);
    expect(JSON.parse(lines[0]!)).toMatchObject({ name, msg: `made ${name}` });
  });

  it('names the request that the line belongs to', () => {
    const { logger, lines } = capture();
    requestContext.run({ requestId: 'r-1' }, () => logger.info('in'));
    logger.info('out');
    expect(lines.map((line) => (JSON.parse(line) as { request_id?: string }).request_id)).toEqual([
      'r-1',
      undefined,
    ]);
  });

  it('tells the apps apart', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    createLogger('info', { service: 'provision-grpc', destination }).info('up');
    expect(JSON.parse(lines[0]!)).toMatchObject({ service: 'provision-grpc' });
  });

  it('can be text for people, where nothing commands a terminal or looks like another line', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger('info', { format: 'text', destination });
    const forged = 'a\n2031-01-01 00:00:00Z error forged\u001b[2J';
    requestContext.run({ requestId: 'r-1' }, () => logger.warn({ name: forged, n: 7 }, `made ${forged}`));
    logger.error({ err: new Error(forged), token: new Secret('t0ken') }, 'unexpected error');
    const text = lines.join('');
    const kept = text.split('\n').filter((line) => !line.startsWith('  '));
    expect(kept).toHaveLength(3);
    expect(kept[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ warn {2}made a.*request_id: r-1.*, n: 7\)$/);
    expect(kept[1]).toContain('token: [redacted]');
    expect(text).not.toMatch(/\p{Cc}(?<!\n)|t0ken/u);
  });
});
