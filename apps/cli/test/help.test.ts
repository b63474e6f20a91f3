import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { provisionProgram } from '../src/index.js';

interface Named {
  readonly path: string;
  readonly command: Command;
}

function commandsOf(command: Command, above = ''): Named[] {
  const path = `${above}${command.name()}`;
  return [{ path, command }, ...command.commands.flatMap((each) => commandsOf(each, `${path} `))];
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe.each(commandsOf(provisionProgram()))('the help of $path', ({ path, command }) => {
  it('describes the command, its arguments and its options', () => {
    const parts = [...command.registeredArguments, ...command.options].map(({ description }) => description);
    expect([command.description(), ...parts].filter((text) => !text)).toEqual([]);
  });

  it('ends with examples of the command itself', () => {
    const examples = helpOf(command).split('\nExamples:\n')[1] ?? '';
    expect(examples).toMatch(new RegExp(`\\b${path}\\b`));
    expect(examples.split('\n').filter((line) => line !== '' && !line.startsWith('  '))).toEqual([]);
  });

  it('fits on a terminal of 100 columns', () => {
    expect(
      helpOf(command)
        .split('\n')
        .filter((line) => line.length > 100),
    ).toEqual([]);
  });
});
