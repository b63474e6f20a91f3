import type { JsonObject, Secret } from '@org/domain';

interface MappingRequest {
  readonly url: string;
  readonly domainId: string;
  readonly token: Secret;
  readonly externalId: string;
  readonly signal?: AbortSignal;
}

export interface MappingAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** What every gateway here is called: names need not be unique. */
export const GATEWAY_NAME = 'press';

/**
 * `POST /{domainID}/mapping` once, and never again: the product's own client would repeat it, which is right for
 * its users and would hide here what one request comes to. Rejects when no answer comes.
 */
export async function postMapping(request: MappingRequest): Promise<MappingAnswer> {
  const { url, domainId, token, externalId, signal } = request;
  const answer = await fetch(`${url}/${domainId}/mapping`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: GATEWAY_NAME, external_id: externalId, external_key: `key-${externalId}` }),
    ...(signal && { signal }),
  });
  return { status: answer.status, body: (await answer.json()) as JsonObject };
}
