import type { Topic } from '../explanation.js';

export const AGENT_LOCAL_SERVICE = {
  title: 'Agent: local service',
  about: "Errors that programs on the device get from the agent's local gRPC services.",
  codes: {
    already_provisioned: {
      kind: 'conflict',
      meaning: 'The device has an identity already.',
      check: 'See it: provision-agent status.',
      fix: 'Deprovision the device first, if it is to enrol again.',
    },
    late: {
      meaning: "The call took longer than the agent's local service allows. The work goes on.",
      check: 'Read the log of the agent for slow calls to the server.',
      fix: 'Ask again; the same call continues the same work.',
    },
    not_provisioned: {
      meaning: 'The device has no certificate yet.',
      check: 'See the state: provision-agent status.',
      fix: 'Enrol it: provision-agent enrol.',
    },
    token_needed: {
      meaning: 'The call would change the device, and every user of the device can reach this address.',
      check: 'Check server.url and server.token in the settings.',
      fix: 'Set server.token, or set server.url to unix:/path/of/socket.',
    },
    token_wrong: {
      meaning: 'The call has no token or the wrong one, and the settings have server.token.',
      check: 'Compare it with the settings.',
      fix: 'Send it as metadata: authorization: Bearer TOKEN.',
    },
    too_many_calls: {
      meaning: 'Local programs call the agent too often, or with too many calls at the same time.',
      check: 'Look for a program that polls without a pause.',
      fix: 'Poll less often.',
    },
  },
} as const satisfies Topic;
