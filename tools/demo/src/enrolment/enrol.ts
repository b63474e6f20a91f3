import { check, DESCRIPTION, type ShownEnrolment } from '@org/harness';
import { shortId } from '../tree.js';
import type { Enrolling } from './enrolling.js';
import { type Status, status } from './status.js';

/** A device with an identity. */
export interface Enrolled {
  readonly machineId: string;
  /** What the agent says of it. */
  readonly status: Status;
}

const NAME = 'press-9';

/** From an empty folder to an identity: code, comparison, approval, certificate and configuration. */
export async function enrol(enrolling: Enrolling): Promise<Enrolled> {
  const { steps, output, desk, agent, cleanup } = enrolling;
  const enrolment = agent.start('enrol');
  cleanup.defer(() => enrolment.stop());
  const display = await steps.run('The agent made a key, and shows a code', () =>
    enrolment.printed(/The code is good until .+/),
  );
  output.say(codeOn(display, output.colors.bold));
  const [, code = ''] = /with the code (\S+)/.exec(display) ?? [];
  const shown = await steps.run('The operator typed the code in, and compared', async (note) => {
    const found = await desk.lookUp(code);
    const { model, serial } = found.device;
    check(model === DESCRIPTION.model && serial === DESCRIPTION.serial, 'the operator sees another device');
    note(`${model}, ${serial}, key ${shortId(found.key_fingerprint ?? '')}`);
    return found;
  });
  const machineId = await approve(enrolling, shown);
  return steps.run('The agent got its certificate and its configuration', async (note) => {
    const { code, stdout, stderr } = await enrolment.ended;
    check(code === 0, `it ended with ${code}: ${stderr.trim()}`);
    check(stdout.includes(`This device is now ${machineId}.`), 'it says that it is another machine');
    const says = await status(agent);
    check(says.machineId === machineId, 'its certificate is of another machine');
    check(says.keyFingerprint === shown.key_fingerprint, 'it has another key than the operator saw');
    check(says.bootstrap.state === 'loaded', `its configuration is ${says.bootstrap.state}`);
    note('its key is the one that the operator saw');
    return { machineId, status: says };
  });
}

function approve({ steps, stage, desk }: Enrolling, { id }: ShownEnrolment): Promise<string> {
  return steps.run('The operator approved it: its gateway is provisioned', async (note) => {
    const before = stage.emulator.inventory(stage.domain.id).clients.length;
    const { machine_id: machineId = '' } = await desk.approve(id, { name: NAME });
    const { clients } = stage.emulator.inventory(stage.domain.id);
    check(clients.length === before + 1, 'there is not one client more');
    check(
      clients.some((client) => client.id === machineId),
      'the machine id is no client of the platform',
    );
    note(`machine ${shortId(machineId)}`);
    return machineId;
  });
}

/** What the agent shows where it has no terminal: the code, where to approve it, and the key's fingerprint. */
function codeOn(display: string, bold: (text: string) => string): string {
  const [sentence = '', ...others] = display.replace(/^\n+/, '').split('\n\n').slice(0, -1);
  return `\n${[bold(sentence), ...others].join('\n\n')}\n`;
}
