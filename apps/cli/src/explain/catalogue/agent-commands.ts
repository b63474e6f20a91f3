import type { Topic } from '../explanation.js';

export const AGENT_COMMANDS = {
  title: 'Agent: settings and commands',
  about: 'Errors of provision-agent on a device. Most can be found with provision-agent doctor.',
  codes: {
    address_in_use: {
      kind: 'unavailable',
      meaning: 'Another program listens on the address of a local service of the agent.',
      check: 'Look for it: ss -lntp.',
      fix: 'Choose another address in the settings that the message names.',
    },
    address_not_local: {
      kind: 'invalid',
      meaning: 'The local service would be reachable from other machines without a token.',
      check: 'Check server.url in the settings.',
      fix: 'Set it to 127.0.0.1 or unix:/path/of/socket, or set server.token.',
    },
    address_unusable: {
      kind: 'unavailable',
      meaning: 'The agent cannot listen on an address in its settings.',
      check: 'The message gives the reason, such as a port below 1024 or a missing folder.',
      fix: 'Choose another address in the settings that it names.',
    },
    agent_busy: {
      kind: 'conflict',
      meaning: 'Another command or the running agent works on the same identity.',
      check: 'The message names the process.',
      fix: 'Wait for it, or stop it.',
    },
    files_busy: {
      kind: 'unavailable',
      meaning: 'Files of the agent were changed all the time while it read them.',
      check: 'Look for another program that writes to its folder.',
      fix: 'Stop that program, then try again.',
    },
    lock_unusable: {
      kind: 'unavailable',
      meaning: 'The agent cannot lock its lock file, so it cannot exclude a second agent.',
      check: 'Check whether the folder is on a network file system without locks.',
      fix: 'Choose a folder on a local file system, or remove the damaged file.',
    },
    order_failed: {
      kind: 'internal',
      meaning: 'The running agent could not carry out the command.',
      check: 'Read its log.',
      fix: 'Correct what the log names.',
    },
    running_agent_ended: {
      kind: 'ambiguous',
      meaning: 'The running agent ended before it answered the command.',
      check: 'See how far it got: provision-agent status.',
      fix: 'Repeat the command.',
    },
    settings_exist: {
      kind: 'conflict',
      meaning: 'provision-agent init does not overwrite an existing settings file.',
      check: 'Look at the file that the message names.',
      fix: 'Replace it with --force, or choose another path with --settings.',
    },
    settings_invalid: {
      kind: 'invalid',
      meaning: 'The settings have problems. The message lists all of them.',
      check: 'Compare them with the page about the agent, or with a new file of provision-agent init.',
      fix: 'Correct each problem.',
    },
  },
} as const satisfies Topic;
