import { isProvisionError } from '@org/domain';
import type { Observer, RunFacts } from '@org/provisioning';
import { NO_TRACER, type Tracer } from '../tracing/tracer.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { logTroubles } from './trouble.js';

/** Logs and counts what provisioning does. */
export function createObserver(logger: Logger, metrics: Metrics, tracer: Tracer = NO_TRACER): Observer {
  return {
    within: (run, step, work) => tracer.within({ name: `step ${step}`, attributes: idsOf(run) }, work),
    step(run, { name, ms, outcome, error }) {
      metrics.observeStep(name, outcome, ms);
      const facts = { ...factsOf(run), step: name, ms: Math.round(ms), outcome };
      if (outcome === 'failed') logger.warn({ ...facts, err: error }, 'step failed');
      else if (outcome === 'found_done')
        logger.warn({ ...facts, err: error }, 'step timed out but had taken effect');
      else logger.debug(facts, 'step done');
    },
    run(run, { outcome, ms, error }) {
      metrics.provisions.inc({ outcome });
      metrics.duration.observe({ outcome }, ms / 1000);
      const facts = { ...factsOf(run), outcome, ms: Math.round(ms) };
      if (outcome === 'unknown')
        logger.error({ ...facts, err: error }, 'outcome of provisioning unknown; recovery will settle it');
      else if (outcome === 'failed')
        logger.error({ ...facts, ...(!isProvisionError(error) && { err: error }) }, 'provisioning failed');
      else logger.info(facts, `provisioning ${outcome}`);
    },
    removal(run, { ms, leftovers, attempt }) {
      metrics.rollbacks.inc({ result: leftovers.length === 0 ? 'clean' : 'leftovers' });
      const span = tracer.begin({ name: 'rollback', agoMs: ms, attributes: { ...idsOf(run), attempt } });
      span.end({ attributes: { leftovers: leftovers.length } });
      const facts = { ...factsOf(run), attempt, ms: Math.round(ms), leftovers };
      if (leftovers.length === 0) logger.info(facts, 'rolled back a failed run');
      else logger.error(facts, 'rollback incomplete; will retry');
    },
    remnants(run, remnants) {
      logger.error(
        { ...factsOf(run), remnants },
        "remnants found: the platform's API cannot remove them; remove them in its databases and acknowledge them",
      );
    },
    trouble: logTroubles(logger),
  };
}

const factsOf = ({ runId, domainId, externalId }: RunFacts) => ({
  run: runId,
  domain: domainId,
  external_id: externalId,
});

/** Without the external id, which devices may use as a name and a password. */
const idsOf = ({ runId, domainId }: RunFacts) => ({ run: runId, domain: domainId });
