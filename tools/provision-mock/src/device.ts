import { toPem } from '@org/domain';
import { createCsr, generateKey, keySigner } from '@org/x509';

/** A device that waits for its approval. */
export interface MockDevice {
  /** What an operator types in, such as `BCDF-GHJK`. */
  readonly code: string;
  /**
   * Fetches its certificate, once it is approved.
   *
   * @throws Error with the service's answer before that
   */
  certificate(): Promise<{ readonly machineId: string; readonly certificatePem: string }>;
}

/** A new device with a key of its own; the service is asked as a device asks it (docs/explanation/enrolment.md). */
export async function showCode(url: string): Promise<MockDevice> {
  const csr = toPem('CERTIFICATE REQUEST', await createCsr(keySigner(await generateKey()), { subject: {} }));
  const begun = await post<{ code: string; polling_secret: string }>(`${url}/v1/enrolments`, { csr });
  return {
    code: begun.code,
    async certificate() {
      const answer = await post<{ machine_id: string; certificate: string }>(`${url}/v1/enrolments/redeem`, {
        csr,
        polling_secret: begun.polling_secret,
      });
      return { machineId: answer.machine_id, certificatePem: answer.certificate };
    },
  };
}

async function post<T>(url: string, body: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
