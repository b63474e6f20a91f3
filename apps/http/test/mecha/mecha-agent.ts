import { request } from 'node:http';
import { assertDescribed } from '../described.js';
import { type Key, makeKey } from '../enrolment/setting.js';

/**
 * Behaves as mecha-agent does (mecha wire §1 to §3), flaws included: it takes any code, asks without saying who it is, looks
 * at no status and no `success`, glues `cert_sign_url` to its server's address, makes a new key for each try before it
 * knows whether that will come to anything, and believes what it is given.
 */
export class MechaAgent {
  readonly #serverUrl: string;
  readonly #localAddress: string;
  /** What its files hold. */
  readonly files: { key?: Key; cert?: string; root?: string; caBundle?: string } = {};
  /** All addresses that it called, with their secrets. */
  readonly called: string[] = [];

  constructor(serverUrl: string, localAddress = '127.0.0.1') {
    this.#serverUrl = serverUrl;
    this.#localAddress = localAddress;
  }

  /** @throws Error with one of its own codes */
  async ping(): Promise<void> {
    const { status } = await this.#call('GET', '/v1/ping');
    if (status < 200 || status > 299) throw new Error('UnknownError');
  }

  /** @throws Error `ParseResponseError`, which its screen takes for "keep polling" */
  async provisionByCode(code: string): Promise<void> {
    const { machine_id: machineId, cert_sign_url: path } = await this.find(code);
    await this.sign(path!, machineId!, 'Provision');
  }

  async find(code: string): Promise<Record<string, string>> {
    const { text } = await this.#call('GET', `/v1/provisioning/manifest/find?code=${code}`);
    const payload = payloadOf(text);
    for (const field of ['machine_id', 'cert_sign_url', 'cert_valid_upto'])
      if (typeof payload[field] !== 'string') throw new Error('ParseResponseError');
    return payload as Record<string, string>;
  }

  async sign(path: string, machineId: string, requestType: 'Provision' | 'ReIssue'): Promise<void> {
    this.files.key = makeKey('RSA-2048');
    const csr = await this.files.key.csr(machineId);
    const { text } = await this.#call('POST', path, {
      csr,
      machine_id: machineId,
      request_type: requestType,
    });
    const { cert, root_cert: root, ca_bundle: caBundle } = payloadOf(text);
    const isSigned =
      typeof cert === 'string' &&
      typeof root === 'string' &&
      Array.isArray(caBundle) &&
      caBundle.every((entry) => typeof entry === 'string');
    if (!isSigned) throw new Error('ParseResponseError');
    Object.assign(this.files, { cert, root, caBundle: JSON.stringify(caBundle) });
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const url = this.#serverUrl + path;
    this.called.push(url);
    const headers = {
      accept: path === '/v1/ping' ? 'application/json' : '*/*',
      content_type: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
    };
    const answered = await new Promise<Answer>((resolve, reject) => {
      const sent = request(
        url,
        { method, headers, agent: false, localAddress: this.#localAddress },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, text: Buffer.concat(parts).toString('utf8') }),
          );
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
    await assertDescribed(url, { method, status: answered.status });
    return answered;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** As strict as the agent's parser (mecha wire §2.2). */
function payloadOf(text: string): Record<string, unknown> {
  const isTextOrNull = (value: unknown) => value == null || typeof value === 'string';
  let envelope: Record<string, unknown>;
  try {
    envelope = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error('ParseResponseError');
  }
  const { success, status, statusCode, message, errorCode, subErrors, payload } = Object(envelope);
  const isEnvelope =
    typeof success === 'boolean' &&
    typeof status === 'string' &&
    Number.isInteger(statusCode) &&
    Math.abs(statusCode as number) < 32_768 &&
    [message, errorCode, subErrors].every(isTextOrNull);
  if (!isEnvelope || typeof payload !== 'object' || payload === null) throw new Error('ParseResponseError');
  return payload as Record<string, unknown>;
}
