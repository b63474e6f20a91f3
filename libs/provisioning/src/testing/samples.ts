import { Secret, randomIds } from '@org/domain';
import { type Config, loadConfig } from '@org/layout-config';
import type { Layout } from '@org/layout-config/layout';
import { type Plan, type ProvisioningSettings, makePlan } from '../plan/plan.js';
import type { ProvisionRequest } from '../plan/request.js';

export const sampleSettings: ProvisioningSettings = {
  x509: false,
  bootstrap: true,
  configurationEnabled: true,
  certTtl: '24h',
  externalKeyInMetadata: false,
};

export function sampleRequest(more: Partial<ProvisionRequest> = {}): ProvisionRequest {
  return { name: 'press-7', externalId: '33:52:77:99:43', externalKey: new Secret('k-8f21'), ...more };
}

/** A configuration from TOML text; the built-in layout when the text has none. */
function sampleConfig(toml = ''): Config {
  const loaded = loadConfig({ env: {}, file: { path: 'test.toml', text: toml } });
  if (!loaded.ok) throw new Error(loaded.problems.map((problem) => problem.message).join('\n'));
  return loaded.config;
}

export const sampleLayout = (toml?: string): Layout => sampleConfig(toml).layout;

export function samplePlan({ externalId, domainId }: { externalId: string; domainId: string }): Plan {
  return makePlan({
    domainId,
    request: sampleRequest({ externalId }),
    layout: sampleLayout(),
    settings: sampleSettings,
    ids: randomIds,
  });
}
