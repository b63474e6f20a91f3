import { isProvisionError } from '@org/domain';
import { spanText } from '../output/print.js';
import { type Finding, type Patient, SAID_BY, UNREACHABLE_ADVICE, serverUrl } from './finding.js';

const SKEW_MS = 60e3;

/** Whether the server answers, and what time it is there. */
export async function checkServer({ settings, device }: Patient): Promise<readonly Finding[]> {
  const url = serverUrl(settings);
  try {
    const sentAt = Date.now();
    const { serverTime } = await device.server.ping();
    const { name } = await device.server.wire();
    const wire = name === 'grpc' ? 'EnrolmentService' : "mecha-agent's HTTP wire";
    return [
      { check: 'server', result: 'ok', message: `${url} answers (${wire})` },
      clock(serverTime, (sentAt + Date.now()) / 2),
    ];
  } catch (error) {
    if (!isProvisionError(error)) throw error;
    const elsewhere = SAID_BY[error.code];
    const finding: Finding = elsewhere
      ? { check: 'server', result: 'fail', message: `${url} could not be asked: see ${elsewhere}` }
      : { check: 'server', result: 'fail', message: `${url}: ${error.message}`, advice: UNREACHABLE_ADVICE };
    return [
      finding,
      { check: 'clock', result: 'skipped', message: 'the server could not be asked for the time' },
    ];
  }
}

function clock(serverTime: number | undefined, now: number): Finding {
  const check = 'clock';
  if (serverTime === undefined)
    return { check, result: 'skipped', message: 'the server does not tell the time' };
  const skewMs = now - serverTime;
  if (Math.abs(skewMs) <= SKEW_MS) return { check, result: 'ok', message: "right, by the server's" };
  return {
    check,
    result: 'warn',
    message: `${spanText(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} the server's`,
    advice: 'Set the clock, and have it kept right (NTP): certificates are good for certain times only.',
  };
}
