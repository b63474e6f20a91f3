import type { ErrorCode } from '@org/domain';
import { AGENT_COMMANDS } from './catalogue/agent-commands.js';
import { AGENT_GRPC_STATUS } from './catalogue/agent-grpc-status.js';
import { AGENT_IDENTITY } from './catalogue/agent-identity.js';
import { AGENT_LOCAL_SERVICE } from './catalogue/agent-local-service.js';
import { AGENT_SERVER } from './catalogue/agent-server.js';
import { AUTHORITY } from './catalogue/authority.js';
import { CALLERS } from './catalogue/callers.js';
import { CERTIFICATE_REQUESTS } from './catalogue/certificate-requests.js';
import { DEVELOPMENT_TOOLS } from './catalogue/development-tools.js';
import { ENROLMENT } from './catalogue/enrolment.js';
import { MACHINES } from './catalogue/machines.js';
import { OTHER_SERVICES } from './catalogue/other-services.js';
import { PROVISIONING } from './catalogue/provisioning.js';
import { REQUESTS } from './catalogue/requests.js';
import { STATE } from './catalogue/state.js';
import { TEXT_FILES } from './catalogue/text-files.js';
import type { Explanation, Topic } from './explanation.js';

/** In the order of the page docs/reference/errors.md. */
export const TOPICS: readonly Topic[] = [
  REQUESTS,
  CALLERS,
  PROVISIONING,
  ENROLMENT,
  MACHINES,
  CERTIFICATE_REQUESTS,
  AUTHORITY,
  STATE,
  TEXT_FILES,
  OTHER_SERVICES,
  AGENT_COMMANDS,
  AGENT_LOCAL_SERVICE,
  AGENT_IDENTITY,
  AGENT_SERVER,
  AGENT_GRPC_STATUS,
  DEVELOPMENT_TOOLS,
];

/** The type check fails here when a code has no explanation. */
export const EXPLANATIONS: Readonly<Record<ErrorCode, Explanation>> = {
  ...REQUESTS.codes,
  ...CALLERS.codes,
  ...PROVISIONING.codes,
  ...ENROLMENT.codes,
  ...MACHINES.codes,
  ...CERTIFICATE_REQUESTS.codes,
  ...AUTHORITY.codes,
  ...STATE.codes,
  ...TEXT_FILES.codes,
  ...OTHER_SERVICES.codes,
  ...AGENT_COMMANDS.codes,
  ...AGENT_LOCAL_SERVICE.codes,
  ...AGENT_IDENTITY.codes,
  ...AGENT_SERVER.codes,
  ...AGENT_GRPC_STATUS.codes,
  ...DEVELOPMENT_TOOLS.codes,
};
