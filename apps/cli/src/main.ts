#!/usr/bin/env node
import { isProvisionError } from '@org/domain';
import { EXIT } from '@org/server/command-line';
import { CommanderError } from 'commander';
import { note } from './print.js';
import { provisionProgram } from './program.js';

/** @returns the exit code */
function report(error: unknown): number {
  // Commander has printed its message by then; help and version arrive here, too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.DONE : EXIT.MISUSED;
  const { message, stack, code } = error as NodeJS.ErrnoException;
  if (isProvisionError(error)) note(`error: ${message}\nmore: provision explain ${error.code}`);
  // What has no code, not even one of the operating system, is a defect, and its stack helps to find it.
  else note(`error: ${code === undefined ? (stack ?? String(error)) : message}`);
  return EXIT.FAILED;
}

// `provision ca list | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.DONE);
});

provisionProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error);
  });
