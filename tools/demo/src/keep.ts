import { DeviceAgent, type Output } from '@org/harness';
import { setUpDevice } from './enrolment/enrolling.js';
import { GATEWAY } from './scenes.js';
import type { Stage } from './stage.js';

/** The commands to try while it runs. The token is shown: it opens nothing but an emulator that ends with this. */
export async function sayWhatToTry(stage: Stage, { say, colors }: Output): Promise<void> {
  const { app, grpc, emulator, operator, domain } = stage;
  const bearer = '-H "Authorization: Bearer $TOKEN"';
  const groups: readonly (readonly [string, string])[] = [
    ['The token, good for an hour', `TOKEN=${operator.token.reveal()}`],
    [
      'Provision another gateway',
      `curl -s ${bearer} -H 'Content-Type: application/json' \\\n` +
        `    -d '{"name":"press-8","external_id":"33:52:77:99:44","external_key":"k-8f21"}' \\\n` +
        `    ${app.url}/${domain.id}/mapping`,
    ],
    [
      'Fetch its configuration, as it would',
      `curl -s -H 'Authorization: Client k-8f21' ${emulator.urls.bootstrap}/clients/bootstrap/33:52:77:99:44`,
    ],
    [
      'Ask for one that exists: 409',
      `curl -s ${bearer} -H 'Content-Type: application/json' \\\n` +
        `    -d '${JSON.stringify({ name: GATEWAY.name, external_id: GATEWAY.externalId, external_key: GATEWAY.externalKey })}' \\\n` +
        `    ${app.url}/${domain.id}/mapping`,
    ],
    ...(grpc ? await enrolmentCommands(stage, bearer) : []),
    ['What failed runs left behind', `curl -s ${bearer} ${app.url}/${domain.id}/leftovers`],
    ['Health of what it depends on, metrics', `curl -s ${app.url}/ready\n  curl -s ${app.url}/metrics`],
    [
      'All that exists in the emulated Magistrala',
      `curl -s '${emulator.urls.control}/inventory?domain=${domain.id}'`,
    ],
    ['Let the next creation of clients fail after its work', faultCommand(emulator.urls.control)],
  ];
  say();
  for (const [what, command] of groups) say(`${colors.dim(`# ${what}`)}\n  ${command}\n`);
  say(`Documentation of the API: ${app.url}/docs`);
  say('Everything runs until Ctrl-C.');
}

/** A device that is set up and not enrolled, and its operator. */
async function enrolmentCommands(stage: Stage, bearer: string): Promise<(readonly [string, string])[]> {
  const { app, domain } = stage;
  const { home } = await setUpDevice(stage, 'device-2');
  return [
    [
      `Be a device. Type its code in at ${app.url}/enrol (domain ${domain.id})`,
      `agent() { HOME=${home} node ${DeviceAgent.program} "$@"; }\n  agent enrol`,
    ],
    [
      'Show its status, renew its certificate, run it in the background',
      'agent status\n  agent doctor\n  agent renew\n  agent run',
    ],
    ['Devices that were enrolled', `curl -s ${bearer} ${app.url}/${domain.id}/machines`],
  ];
}

const faultCommand = (control: string): string =>
  `curl -s -d '${JSON.stringify({ operation: 'clients.create_bulk', action: 'fail_after' })}' ${control}/faults`;
