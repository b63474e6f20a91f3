import { invalid } from '@org/domain';
import { isHostName, isUri } from '@org/x509/encoding';

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

/** The templates with the machine's id in them; those that need it are left out while it is unknown. */
export function namesFor(
  { dns, uri }: Record<'dns' | 'uri', readonly string[]>,
  machineId: string | undefined,
): Record<'dns' | 'uri', readonly string[]> {
  const fill = (templates: readonly string[], written: (id: string) => string) =>
    templates.flatMap((template) => {
      if (!template.includes(PLACEHOLDER)) return [template];
      return machineId === undefined ? [] : [template.replaceAll(PLACEHOLDER, written(machineId))];
    });
  return { dns: fill(dns, (id) => id.toLowerCase()), uri: fill(uri, encodeURIComponent) };
}

/** @throws ProvisionError `machine_id_not_dns` for a filled template that is none */
export function hostName(name: string): string {
  if (isHostName(name)) return name;
  throw invalid(
    'machine_id_not_dns',
    'The machine id cannot be part of a host name, which the profile asks for.',
    { details: { name } },
  );
}

/** Whether a host name fits a filled template; `*.` in front stands for one label (RFC 6125 6.4.3). */
export function dnsFits(name: string, wanted: string): boolean {
  if (!wanted.startsWith('*.')) return name === wanted;
  return name.indexOf('.') > 0 && name.slice(name.indexOf('.')) === wanted.slice(1);
}
