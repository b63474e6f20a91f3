import { AgentHome, type AgentProcess, type Ended, type RealServer } from '@org/harness/agent';
import { type Found, judgeCut, judgeEnd, look } from './found.js';
import { KILL_AT, type Point } from './points.js';

const AT_STEPS = import.meta.resolve('../kill/at-steps.js');
const ENDS_WITHIN_MS = 60_000;

export type Phase = 'enrol' | 'renew';

/** One kill, or the try of one. */
export interface Outcome {
  readonly phase: Phase;
  readonly point: Point;
  /** What the agent was about to do; undefined: it came to its end before. */
  readonly killed: string | undefined;
  readonly isWrite: boolean | undefined;
  readonly problems: readonly string[];
}

interface TrialOptions {
  readonly server: RealServer;
  /** The device's own: whatever is in it belongs to the device. */
  readonly domainId: string;
  /** Folder of the device. */
  readonly home: string;
  /** Folder for compiled code, which makes starts cheaper. */
  readonly compiled: string;
}

/** A device whose agent is killed, started again, and has to come to its end. */
export class Trial {
  readonly #options: TrialOptions;
  readonly #settings: string;
  readonly #home: AgentHome;
  /** Codes that the operator has approved, or is approving. */
  readonly #approvals = new Map<string, Promise<void>>();
  #issued = 0;

  constructor(options: TrialOptions) {
    const { home, server } = options;
    this.#options = options;
    this.#settings = JSON.stringify({
      data: { dir: `${home}/mecha` },
      server: { enabled: false },
      provisioning: { grpc_url: server.url, root_fingerprint: server.rootFingerprint },
      bootstrap: { cache_path: `${home}/bootstrap.json`, config_path: `${home}/agent-config.json` },
    });
    this.#home = new AgentHome(home, this.#settings);
  }

  enrol(point: Point): Promise<Outcome> {
    return this.#strike('enrol', point, () => ['enrol', '--json']);
  }

  renew(point: Point): Promise<Outcome> {
    // Once the new certificate is in place, there is nothing left to be done.
    return this.#strike('renew', point, (isDone) => (isDone ? ['renew', '--if-due'] : ['renew']));
  }

  async #strike(phase: Phase, point: Point, command: (isDone: boolean) => string[]): Promise<Outcome> {
    const before = await this.#look();
    const preloaded = { NODE_OPTIONS: `--import ${AT_STEPS}`, KILL_AT: KILL_AT(point) };
    const struck = await this.#run(command(false), preloaded);
    const { killed, isWrite } = markOf(struck, this.#home.path);
    const failure =
      killed === undefined && struck.code !== 0 ? [`it failed by itself: ${struck.err.trim()}`] : [];
    const after = await this.#comeToItsEnd(before, command).catch((error: Error) => [error.message]);
    const problems = [...failure, ...after];
    return { phase, point, killed, isWrite, problems };
  }

  /** Starts the agent again, and waits. @returns what was wrong before, or is wrong now */
  async #comeToItsEnd(before: Found, command: (isDone: boolean) => string[]): Promise<string[]> {
    const cut = await this.#look();
    const isDone = serialIn(cut) !== serialIn(before);
    const again = await this.#run(command(isDone), {});
    this.#issued += 1;
    const { server, domainId } = this.#options;
    const key = isDone ? cut.report.identity?.key.fingerprint : cut.nextKey;
    const judging = { server, domainId, key, issued: this.#issued };
    return [
      ...judgeCut(cut, serialIn(before) !== undefined),
      ...(again.code === 0 ? [] : [`started again, it ended with ${again.code}: ${again.err.trim()}`]),
      ...(await judgeEnd(await this.#look(), judging)),
    ];
  }

  #look(): Promise<Found> {
    const { path } = this.#home;
    return look(path, this.#settings);
  }

  async #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
    const agent = this.#home.start(args, { NODE_COMPILE_CACHE: this.#options.compiled, ...env });
    const late = setTimeout(() => agent.kill(), ENDS_WITHIN_MS);
    const approved = this.#approveShown(agent);
    const ended = await agent.ended;
    clearTimeout(late);
    // The operator has seen the code, and goes on with it whatever has become of the agent.
    await approved;
    return ended;
  }

  /** As an operator does: what a device shows is approved, once. */
  async #approveShown(agent: AgentProcess): Promise<void> {
    const [, code] = await agent.said(/"code":"([^"]+)"/).catch(() => []);
    if (code === undefined) return;
    const approval = this.#approvals.get(code) ?? this.#options.server.approve(code, this.#options.domainId);
    this.#approvals.set(code, approval);
    await approval;
  }
}

const serialIn = ({ report }: Found): string | undefined => report.identity?.certificate.serial;

/** What the agent said before it killed itself. */
function markOf({ err }: Ended, home: string): Pick<Outcome, 'killed' | 'isWrite'> {
  const line = /^\{"killed":.*$/m.exec(err)?.[0].replaceAll(`${home}/`, '') ?? '{}';
  return { killed: undefined, isWrite: undefined, ...(JSON.parse(line) as Partial<Outcome>) };
}
