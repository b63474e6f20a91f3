import { type Report, nearest } from '@org/domain';
import { SETTINGS, type Setting } from './table/settings.js';

/** The process's environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set but empty or blank counts as unset; an empty one does in the original too (Magistrala wire §7.3). */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

const PREFIX = 'MG_PROVISION_';

/** Whether only this product reads a variable of that name. */
export const isOwn = (name: string): boolean => name.startsWith(PREFIX);

/** Set by Magistrala's docker files and read by no one. */
const WITHOUT_EFFECT = new Map([
  ['MG_PROVISION_USER', 'MG_PROVISION_USERNAME'],
  ['MG_PROVISION_CERTS_RSA_BITS', "nothing: the certs service's own settings decide"],
]);

/** Warns of every variable of this product that nothing reads, with the name that was probably meant. */
export function warnOfUnknownVariables(env: Environment, report: Report): void {
  const known = Object.values<Setting>(SETTINGS).flatMap((setting) => setting.env.filter(isOwn));
  const endings = known.map((name) => name.slice(PREFIX.length));
  for (const [name, value] of Object.entries(env)) {
    if (!isOwn(name) || !isSet(value) || known.includes(name)) continue;
    const near = nearest(name.slice(PREFIX.length), endings);
    report.warn(
      { key: name },
      {
        message: 'the variable is not known and has no effect',
        found: 'a name that is not known',
        wanted: WITHOUT_EFFECT.get(name) ?? (near ? `${PREFIX}${near}` : 'a name from the table of settings'),
      },
    );
  }
}
