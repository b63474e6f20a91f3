import type { Topic } from '../explanation.js';

export const DEVELOPMENT_TOOLS = {
  title: 'Development tools',
  about: 'Errors of the Magistrala emulator, which only tests and demos use.',
  codes: {
    cannot_listen: {
      kind: 'unavailable',
      meaning: 'The emulator cannot listen on a port.',
      check: 'Look for another program on it: ss -lntp.',
      fix: 'Choose another port.',
    },
    invalid_fault_rule: {
      kind: 'invalid',
      meaning: 'A fault rule of the emulator is not usable. The message says why.',
      check: "Compare it with the emulator's README.",
      fix: 'Correct the rule.',
    },
  },
} as const satisfies Topic;
