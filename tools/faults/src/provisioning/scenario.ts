import { readFile } from 'node:fs/promises';
import { type BootstrapAdmin, createBootstrapAdmin } from '@org/bootstrap-client';
import type { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { shippedLayout } from '@org/harness';

/** How a gateway is provisioned. */
export interface Scenario {
  readonly name: string;
  readonly x509: boolean;
  readonly bindings: boolean;
}

export const SCENARIOS: readonly Scenario[] = [false, true].flatMap((bindings) =>
  [false, true].map((x509) => ({
    name: `x509 ${onOff(x509)}, bindings ${onOff(bindings)}`,
    x509,
    bindings,
  })),
);

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

/** The profile id that stands in the shipped layout until someone writes theirs. */
const NO_PROFILE = '00000000-0000-4000-8000-000000000000';

const TEMPLATE = `{
  "client_id": {{ toJSON .Bindings.agent.ID }},
  "secret": {{ toJSON .Bindings.agent.Secret.secret }},
  "exporter": {{ toJSON .Bindings.exporter.ID }},
  "commands": {{ toJSON .Bindings.commands.ID }},
  "telemetry": {{ toJSON .Bindings.telemetry.ID }},
  "site": {{ toJSON .Vars.site }}
}`;

/**
 * The layout of a scenario, as TOML. Without bindings it is the shipped one for Magistrala's agent (one client,
 * two channels, content of its own); with bindings the shipped larger one (two clients, three channels), whose
 * profile is made in the domain first.
 */
export async function layoutFor(
  { bindings }: Scenario,
  platform: { readonly bootstrapUrl: string; readonly domainId: string; readonly token: Secret },
): Promise<string> {
  if (!bindings) return readFile(shippedLayout('agent'), 'utf8');
  const transport = createTransport();
  try {
    const profileId = await createProfile(
      createBootstrapAdmin({ baseUrl: platform.bootstrapUrl, transport }),
      platform,
    );
    return (await readFile(shippedLayout('gateway'), 'utf8')).replace(NO_PROFILE, profileId);
  } finally {
    await transport.close();
  }
}

async function createProfile(
  { profiles }: BootstrapAdmin,
  call: { readonly domainId: string; readonly token: Secret },
): Promise<string> {
  const slot = (name: string, type: 'client' | 'channel') => ({ name, type, required: true });
  const { id } = await profiles.create(
    {
      name: 'gateways',
      templateFormat: 'json',
      contentTemplate: TEMPLATE,
      bindingSlots: [
        slot('agent', 'client'),
        slot('exporter', 'client'),
        slot('commands', 'channel'),
        slot('telemetry', 'channel'),
      ],
    },
    { domainId: call.domainId, token: call.token },
  );
  return id;
}
