import type { StandIn } from './stand-in.js';

/** A settings file for a device in `home`; everything it writes stays there. */
export function settingsFor(
  home: string,
  server: Pick<StandIn, 'url' | 'options'> | undefined,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const trust = server && { root_fingerprint: server.options.authority.fingerprint };
  // YAML takes JSON.
  return JSON.stringify({
    // Any free one.
    server: { port: 0 },
    data: { dir: `${home}/mecha` },
    provisioning: { ...(server && { grpc_url: server.url }), ...trust, key_algorithm: 'P-256' },
    device: { model: 'Gateway 3', serial: 'SN-42' },
    bootstrap: { cache_path: `${home}/bootstrap.json`, config_path: `${home}/agent-config.json`, retries: 1 },
    logging: { format: 'json' },
    ...more,
  });
}
