import type { Finding, Patient } from './finding.js';

const check = 'device';

/** Whether what is on the disk belongs to this device, or came with a copy of another one's disk. */
export async function checkHost({ device }: Patient): Promise<readonly Finding[]> {
  if (!(await device.isCopied()))
    return [{ check, result: 'ok', message: 'the state on the disk is of this device' }];
  return [
    {
      check,
      result: 'warn',
      message: 'the state on the disk began on another device: its key may be in use there, too',
      advice:
        'If the disk was copied: stop the agent, remove all that is in its data folder, and start it, and it enrols as a device of its own (deprovisioning would revoke the original). If the disk was moved here, and its content is nowhere else, remove host.json from the state folder.',
    },
  ];
}
