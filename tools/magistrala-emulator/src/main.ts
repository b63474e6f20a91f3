#!/usr/bin/env node
import { isProvisionError } from '@org/domain';
import { startFromArguments } from './cli.js';

try {
  const { emulator, greeting } = await startFromArguments(process.argv.slice(2));
  console.log(greeting);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void emulator.close());
} catch (error) {
  console.error(isProvisionError(error) ? error.message : error);
  process.exit(1);
}
