import type { Topic } from '../explanation.js';

export const AGENT_SERVER = {
  title: 'Agent: reaching the server',
  about: 'Why the agent could not reach its provisioning server, or did not accept it.',
  codes: {
    proxy_answered: {
      kind: 'unavailable',
      meaning:
        'Something that is not a provisioning server answered: a proxy, a login page or another program.',
      check: 'Check the URL of the server in the settings, and the proxy.',
      fix: 'Correct the URL, or have the proxy pass gRPC through.',
    },
    proxy_refused: {
      kind: 'unavailable',
      meaning: 'The proxy does not allow the connection to the server.',
      check: 'The message has its status.',
      fix: 'Have the proxy allow the host, or name the host in proxy.except (no_proxy).',
    },
    proxy_unreachable: {
      kind: 'unavailable',
      meaning: 'The proxy cannot be reached.',
      check: 'Check proxy.url in the settings, and HTTPS_PROXY.',
      fix: 'Correct it. proxy: { url: none } switches the proxy off.',
    },
    root_not_shown: {
      kind: 'unavailable',
      meaning: 'The server did not send the root certificate whose fingerprint the settings have.',
      check: 'Compare the fingerprint with provision ca show, and look for a proxy that ends TLS.',
      fix: 'Set the right fingerprint, or a file with the root.',
    },
    root_not_trusted: {
      kind: 'invalid',
      meaning: 'The server uses a root certificate that the device does not trust.',
      check: 'Find out whether the device was moved to another server.',
      fix: 'If it was, deprovision the device and give it the new root certificate. If not, look for an attacker or a proxy.',
    },
    server_not_trusted: {
      kind: 'unavailable',
      meaning: "The server's TLS certificate is not accepted.",
      check:
        "Run provision-agent doctor; check the device's clock, the root certificate and the server's name.",
      fix: 'Correct what doctor names.',
    },
    server_refused: {
      meaning: 'A mecha server refused the request.',
      check: 'The message has its status and text.',
      fix: 'Correct what it names.',
    },
    server_unreachable: {
      kind: 'unavailable',
      meaning: 'No connection to the server could be made.',
      check: 'Check network, DNS, firewall and the URL of the server. provision-agent doctor checks each.',
      fix: 'Correct what doctor names. The agent tries again by itself.',
    },
    sign_url_elsewhere: {
      kind: 'invalid',
      meaning: 'A mecha server named an address for certificate requests that is not its own.',
      check: "Check the server's configured address.",
      fix: 'Correct the configuration of the server.',
    },
  },
} as const satisfies Topic;
