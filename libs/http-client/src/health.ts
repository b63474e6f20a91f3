import type { HttpClient } from './client.js';
import { fromJson, needed } from './go-json.js';
import { path } from './path.js';

/** What a Magistrala service says of itself. It never reports a failure of what it depends on (Magistrala wire §0.3a). */
export interface Health {
  /** `pass` */
  readonly status: string;
  readonly version: string;
  readonly commit: string;
  /** `<service> service` */
  readonly description: string;
  readonly buildTime: string;
  readonly instanceId: string;
}

interface WireHealth {
  status: string;
  version: string;
  commit: string;
  description: string;
  build_time: string;
  instance_id: string;
}

/** `GET /health`; needs no token. */
export function fetchHealth(
  http: HttpClient,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Health> {
  return http.request({
    operation: 'health',
    method: 'GET',
    path: path`/health`,
    expect: [200],
    signal: options.signal,
    decode: fromJson<WireHealth, Health>((wire) => ({
      status: needed(wire.status),
      version: wire.version ?? '',
      commit: wire.commit ?? '',
      description: wire.description ?? '',
      buildTime: wire.build_time ?? '',
      instanceId: wire.instance_id ?? '',
    })),
  });
}
