import { invalid } from '../errors.js';
import { isHostName, isUri } from '../x509/general-names.js';

const PLACEHOLDER = '{machineId}';

/** What is wrong with a template, found by filling it in for a machine with a plain id; undefined when nothing is. */
export function templateProblem(kind: 'dns' | 'uri', template: string): string | undefined {
  const sample = template.replaceAll(PLACEHOLDER, 'machine-1');
  if (/[{}]/.test(sample)) return `"${template}" may refer to nothing but ${PLACEHOLDER}`;
  if (kind === 'uri') return isUri(sample) ? undefined : `"${template}" is no absolute URI`;
  const name = sample.replace(/^\*\./, '');
  return isHostName(name) && name === name.toLowerCase()
    ? undefined
    : `"${template}" is no lower-case host name`;
}

/** @throws ProvisionError `machine_id_not_dns` */
export function fillDns(template: string, machineId: string): string {
  const name = template.replaceAll(PLACEHOLDER, machineId.toLowerCase());
  if (!isHostName(name)) {
    throw invalid(
      'machine_id_not_dns',
      'The machine id cannot be part of a host name, which the profile asks for.',
      {
        details: { template },
      },
    );
  }
  return name;
}

export const fillUri = (template: string, machineId: string): string =>
  template.replaceAll(PLACEHOLDER, encodeURIComponent(machineId));

/** Whether a host name fits a template; `*.` in front stands for one label (RFC 6125 6.4.3). */
export function dnsFits(name: string, template: string, machineId: string): boolean {
  const wanted = template.replaceAll(PLACEHOLDER, machineId.toLowerCase());
  if (!wanted.startsWith('*.')) return name === wanted;
  return name.indexOf('.') > 0 && name.slice(name.indexOf('.')) === wanted.slice(1);
}
