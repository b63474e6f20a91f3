import { formatProblem } from '@org/domain';
import { nodeFileSystem } from '@org/device';
import type { Finding, Patient } from './finding.js';

const check = 'settings';

export async function checkSettings({
  settings,
  settingsPath,
  warnings,
}: Patient): Promise<readonly Finding[]> {
  const facts = await nodeFileSystem().facts(settingsPath);
  const hasSecrets = Boolean(
    settings.local?.token || settings.bootstrap.externalKey || settings.bootstrap.encryptionKey,
  );
  const said: Finding[] = warnings.map((each) => ({ check, result: 'warn', message: formatProblem(each) }));
  if (facts && hasSecrets && facts.mode & 0o077) {
    said.push({
      check,
      result: 'warn',
      message: `${settingsPath}: others can read this file, and secrets are in the settings`,
      advice: `chmod 600 ${settingsPath}`,
    });
  }
  return said.length > 0
    ? said
    : [{ check, result: 'ok', message: facts ? settingsPath : 'defaults and environment' }];
}
