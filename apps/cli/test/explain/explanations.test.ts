import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@org/domain';
import { settingsTable } from '@org/layout-config';
import type { Command } from 'commander';
import { EXPLANATIONS, type Explanation, TOPICS, provisionProgram } from '../../src/index.js';

const explanations: readonly Explanation[] = Object.values(EXPLANATIONS);
const texts = explanations.flatMap(({ meaning, check, fix }) => [meaning, check, fix]);
const mentioned = (pattern: RegExp) => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([found]) => found))),
];

/** Read by the commands that take them, which are not settings of the apps. */
const VARIABLES_OF_COMMANDS = ['MG_PROVISION_AUTHORITY_KEY_PASSPHRASE', 'MG_PROVISION_NEW_STATE_KEY'];

describe('the explanations of error codes', () => {
  it('have each code in one topic', () => {
    const explained = TOPICS.flatMap(({ codes }) => Object.keys(codes));
    expect(explained.toSorted()).toEqual([...ERROR_CODES]);
  });

  it('are short sentences', () => {
    expect(texts.filter((text) => !/^([A-Z\d]|chmod |provision-agent ).*\.$/.test(text))).toEqual([]);
    expect(texts.filter((text) => text.length > 240)).toEqual([]);
  });

  it('name settings that exist', () => {
    const names = new Set(settingsTable().flatMap(({ name, aliases }) => [name, ...aliases]));
    const unknown = mentioned(/\bMG_[A-Z_]+\b/g).filter((name) => !names.has(name));
    expect(unknown.toSorted()).toEqual(VARIABLES_OF_COMMANDS);
  });

  it('name commands that exist', () => {
    const known = commandsOf(provisionProgram());
    const unknown = mentioned(/\bprovision (ca|explain)( [a-z]+(-[a-z]+)*)*/g).filter(
      (text) => text !== 'provision ca' && !known.some((command) => `${text} `.startsWith(`${command} `)),
    );
    expect(unknown).toEqual([]);
  });
});

function commandsOf(command: Command, above = ''): string[] {
  const name = `${above}${command.name()}`;
  const below = command.commands.flatMap((each) => commandsOf(each, `${name} `));
  return below.length > 0 ? below : [name];
}
