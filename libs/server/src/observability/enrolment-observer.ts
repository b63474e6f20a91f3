import type { EnrolmentFacts, EnrolmentObserver, MachineFacts } from '@org/enrolment';
import { NO_TRACER, type Tracer } from '../tracing/tracer.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { logTroubles } from './trouble.js';

/** Logs and counts what enrolment does. */
export function createEnrolmentObserver(
  logger: Logger,
  metrics: Metrics,
  tracer: Tracer = NO_TRACER,
): EnrolmentObserver {
  const ofEnrolment = (event: string, facts: EnrolmentFacts, more: object = {}) => {
    metrics.enrolmentEvents.inc({ event });
    const { enrolmentId: enrolment, domainId: domain } = facts;
    logger.info({ enrolment, domain, ...more }, `enrolment ${event}`);
  };
  const ofMachine = (event: string, { machineId, domainId }: MachineFacts, more: object = {}) => {
    metrics.machineEvents.inc({ event });
    logger.info({ machine: machineId, domain: domainId, ...more }, `machine ${event.replaceAll('_', ' ')}`);
  };
  return {
    begun: (facts) => ofEnrolment('begun', facts, { origin: facts.origin }),
    approved: ({ machineId, by, resumed, ...facts }) =>
      ofEnrolment('approved', facts, { machine: machineId, by, resumed }),
    denied: (facts) => ofEnrolment('denied', facts, { by: facts.by }),
    expired: (facts) => ofEnrolment('expired', facts),
    dropped({ by, count, which }) {
      metrics.enrolmentEvents.inc({ event: 'dropped' }, count);
      logger.info({ by, count, ...which }, 'pending enrolments dropped');
    },
    redeemed: ({ machineId, serial, ...facts }) =>
      ofEnrolment('redeemed', facts, { machine: machineId, serial }),
    renewed: ({ how, serial, ...facts }) => ofMachine(RENEWALS[how], facts, { serial }),
    reissueAsked: (facts) => ofMachine('reissue_asked', facts, { by: facts.by }),
    revoked: ({ by, reason, ...facts }) => ofMachine('revoked', facts, { by, reason }),
    notRecorded(facts) {
      metrics.machineEvents.inc({ event: 'not_recorded' });
      logger.warn(facts, 'a device has a certificate that is not on record: approve it again');
    },
    within: (what, id, work) => tracer.within({ name: what, attributes: { id } }, work),
    trouble: logTroubles(logger),
  };
}

const RENEWALS = { renewal: 'renewed', late: 'renewed_late', reissue: 'reissued' } as const;
