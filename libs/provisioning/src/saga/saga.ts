import { type Clock, isProvisionError } from '@org/domain';
import { enable } from '../steps/enable.js';
import { metadata } from '../steps/metadata.js';
import { channels } from '../steps/channels.js';
import { clients } from '../steps/clients.js';
import { configuration } from '../steps/configuration.js';
import { certifiedClients } from '../plan/plan.js';
import type { Found, RunContext, Step, StepContext, StepName } from '../steps/step.js';
import { reasonOf } from '../steps/remove.js';
import { StepFailed } from './failure.js';
import type { Observer } from './observer.js';
import type { RunFacts } from './run-facts.js';
import { PHASES, REMOVAL } from './phases.js';

export interface SagaTools {
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Runs the plan, phase by phase. Adds each step to `started` before its first call, and takes it out again
 * when it was refused and so made nothing.
 *
 * @throws StepFailed after all steps of the failing phase have ended.
 */
export async function runSaga(context: RunContext, started: Set<Step>, tools: SagaTools): Promise<void> {
  for (const phase of PHASES) {
    const steps = phase.filter((step) => step.applies(context.plan));
    for (const step of steps) started.add(step);
    const ends = await Promise.allSettled(steps.map((step) => runStep(step, context, tools)));
    const failures = ends.flatMap((end, index) =>
      end.status === 'rejected' ? [{ step: steps[index]!, cause: end.reason }] : [],
    );
    for (const { step, cause } of failures)
      if (step.inOneCall && !mayStillHappen(cause)) started.delete(step);
    const [first] = failures;
    if (first)
      throw new StepFailed(
        first.step.name,
        failures.some(({ cause }) => mayStillHappen(cause)),
        first.cause,
      );
  }
}

async function runStep(step: Step, context: RunContext, { clock, observer }: SagaTools): Promise<void> {
  const from = clock.monotonic();
  const report = (outcome: 'ok' | 'found_done' | 'failed', error?: unknown) =>
    observer.step?.(factsOf(context), { name: step.name, ms: clock.monotonic() - from, outcome, error });
  try {
    context.lease.assertHeld();
    await (observer.within?.(factsOf(context), step.name, () => step.run(context)) ?? step.run(context));
    report('ok');
  } catch (error) {
    if (mayStillHappen(error) && (await happened(step, context))) return report('found_done', error);
    report('failed', error);
    throw error;
  }
}

/** Anything but a clear answer from the platform leaves open what happened. */
const mayStillHappen = (error: unknown): boolean => !isProvisionError(error) || error.kind === 'ambiguous';

const happened = async (step: Step, context: StepContext): Promise<boolean> =>
  step.probe ? step.probe(context).catch(() => false) : false;

/**
 * Removes whatever the given steps made, in the order of `REMOVAL`, and confirms it. Returns what is left.
 * Absence is only believed of a caller who may see the domain: to others everything looks gone.
 */
export async function removeAll(context: StepContext, started: ReadonlySet<Step>): Promise<Found[]> {
  const steps = REMOVAL.filter((step) => started.has(step) && step.applies(context.plan));
  if (steps.length === 0) return [];
  try {
    await context.session.assertMember(context.signal);
  } catch (error) {
    return assumeAll(context, steps, reasonOf(error));
  }
  const found: Found[] = [];
  for (const step of steps) found.push(...(await step.compensate!(context)));
  return found;
}

function assumeAll({ plan, progress }: StepContext, steps: readonly Step[], reason: string): Found[] {
  const made: Partial<Record<StepName, Found[]>> = {
    configuration: [{ type: 'configuration', id: progress.configurationId ?? '', reason }],
    // The issuer chooses serials, so an unanswered one is known by its client only.
    certificates: certifiedClients(plan).map(({ id }) => {
      const serial = progress.certificates.get(id)?.serial ?? '';
      return { type: 'certificate', id: serial, reason: `of client ${id}: ${reason}` };
    }),
    clients: plan.clients.map(({ id }) => ({ type: 'client', id, reason })),
    channels: plan.channels.map(({ id }) => ({ type: 'channel', id, reason })),
  };
  return steps.flatMap((step) => made[step.name] ?? []);
}

/**
 * For a run whose process died: true when nothing is missing, judged by what is written last. Then
 * `progress` holds what the answers said. False wherever that cannot be told: such a run is removed.
 */
export async function isComplete(context: StepContext): Promise<boolean> {
  const { plan, session, progress, signal } = context;
  if (!plan.configuration?.enabled) return false;
  const gateway = plan.clients[plan.gateway]!.id;
  // Keys of further clients were in answers that died with the process.
  if (certifiedClients(plan).some(({ id }) => id !== gateway)) return false;
  for (const step of [configuration, clients, channels, metadata, enable])
    if (step.applies(plan) && !(await step.probe!(context))) return false;
  if (!plan.certificates) return true;
  const files = await session.setConfigurationEnabled(progress.configurationId!, true, signal);
  const issued = (await session.certificatesOf(gateway, signal)).find((it) => !it.revoked);
  if (!files || !issued) return false;
  progress.certificates.set(gateway, {
    serial: issued.serial,
    certificate: files.clientCert,
    key: files.clientKey,
  });
  progress.issuerChain = files.caCert;
  return true;
}

export const factsOf = ({ plan }: Pick<StepContext, 'plan'>): RunFacts => ({
  runId: plan.runId,
  domainId: plan.domainId,
  externalId: plan.externalId,
  ...(plan.layout !== undefined && { layout: plan.layout }),
});
