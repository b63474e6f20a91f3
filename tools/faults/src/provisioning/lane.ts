import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Emulator, provisionEnvironment } from '@org/magistrala-emulator';
import {
  type App,
  type Cleanup,
  lastLines,
  type MappingAnswer,
  type Operator,
  postMapping,
  signIn,
  startApp,
} from '@org/harness';
import { readJournal } from './journal.js';
import { type Listed, listedIn } from './judge.js';
import { startLive } from './live.js';
import { type Scenario, layoutFor } from './scenario.js';
import { starts } from './starts.js';
import type { NewState } from './state.js';
import { type Things, existing, remnantsIn } from './things.js';
import { until } from './until.js';

/** Short, so that a few minutes hold hundreds of cases; their order of size is that of the defaults. */
const SETTINGS = {
  MG_PROVISION_OUTBOUND_TIMEOUT: '1s',
  MG_PROVISION_OUTBOUND_WRITE_TIMEOUT: '1s',
  MG_PROVISION_OUTBOUND_CONFIGURATION_TIMEOUT: '1s',
  MG_AUTH_GRPC_TIMEOUT: '1s',
  MG_PROVISION_RECOVERY_LEASE: '2s',
  MG_PROVISION_RECOVERY_SETTLE: '1500ms',
};

const ENDS_WITHIN_MS = 20_000;
/** As often must nothing be owed: between a caller's leave and the journal's first entry there may be a moment. */
const QUIET_LOOKS = 3;

/** A caller of the app. */
export interface Caller {
  /** Undefined when none came: the caller left, or the process did. */
  readonly answer: Promise<MappingAnswer | undefined>;
  leave(): void;
}

interface Parts {
  readonly scenario: Scenario;
  readonly emulator: Emulator;
  readonly operator: Operator;
  readonly domainId: string;
  readonly folder: string;
  /** Variables of the app that say where its state is. */
  readonly state: Readonly<Record<string, string>>;
}

export interface LaneOptions {
  readonly cleanup: Cleanup;
  readonly newState: NewState;
}

/** An emulator, the app and its state, for one case after another. */
export class Lane {
  #app: App | undefined;
  #drain: string | undefined;

  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  get scenario(): Scenario {
    return this.#parts.scenario;
  }

  get emulator(): Emulator {
    return this.#parts.emulator;
  }

  static async open(scenario: Scenario, { cleanup, newState }: LaneOptions): Promise<Lane> {
    const folder = await cleanup.folder();
    const emulator = await startLive(cleanup);
    const operator = await signIn(
      { users: emulator.urls.users, domains: emulator.urls.domains },
      // A platform administrator would be shown things that their owner does not see.
      emulator.addUser(),
    );
    cleanup.defer(() => operator.close());
    const { id: domainId } = await operator.createDomain('plant-1');
    const lane = new Lane({
      scenario,
      emulator,
      operator,
      domainId,
      folder,
      state: await newState(folder),
    });
    cleanup.defer(() => lane.#app?.kill('SIGKILL'));
    const { token } = operator;
    const layout = await layoutFor(scenario, { bootstrapUrl: emulator.urls.bootstrap, domainId, token });
    await writeFile(lane.#layoutFile, layout);
    return lane;
  }

  get #layoutFile(): string {
    return join(this.#parts.folder, 'layout.toml');
  }

  get #logFile(): string {
    return join(this.#parts.folder, 'app.log');
  }

  /** The running app. */
  get app(): App {
    if (!this.#app) throw new Error('the app does not run');
    return this.#app;
  }

  /** Makes it run, with this drain time; starts it anew when it runs with another. */
  async run(drain: string): Promise<void> {
    if (this.#app && this.#drain !== drain) await this.end('SIGTERM');
    this.#drain = drain;
    if (!this.#app) await this.restart();
  }

  /** Starts a new process on the state of the old one. */
  async restart(): Promise<void> {
    const env = {
      ...provisionEnvironment(this.emulator),
      ...SETTINGS,
      // Starts are cheaper when the code of the last one can be had compiled.
      NODE_COMPILE_CACHE: join(this.#parts.folder, 'compiled'),
      MG_PROVISION_DRAIN_TIMEOUT: this.#drain!,
      MG_PROVISION_CONFIG_FILE: this.#layoutFile,
      ...this.#parts.state,
      MG_PROVISION_X509_PROVISIONING: String(this.scenario.x509),
      MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883',
    };
    const app = await starts.take(() => startApp('http', { logFile: this.#logFile, env }));
    this.#app = app;
    void app.exited.then(() => {
      if (this.#app === app) this.#app = undefined;
    });
  }

  /** Sends the signal, and waits until the process is gone. Throws when it stays. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { app } = this;
    app.kill(signal);
    const gone = app.exited.then(() => true);
    if (await Promise.race([gone, delay(ENDS_WITHIN_MS, false, { ref: false })])) return;
    app.kill('SIGKILL');
    await app.exited;
    throw new Error(`the app did not end within ${ENDS_WITHIN_MS} ms after ${signal}`);
  }

  call(externalId: string): Caller {
    const leaving = new AbortController();
    const { domainId, operator } = this.#parts;
    const answer = postMapping({
      url: this.app.url,
      domainId,
      token: operator.token,
      externalId,
      signal: leaving.signal,
    }).catch(() => undefined);
    return { answer, leave: () => leaving.abort() };
  }

  things(): Things {
    return existing(this.emulator.inventory(this.#parts.domainId));
  }

  /** The ids of what the platform's API can never remove. */
  remnants(): readonly string[] {
    return remnantsIn(this.emulator.inventory(this.#parts.domainId));
  }

  /** Which of these ids the app has put on record as remnants, and so in its log. */
  async recorded(ids: readonly string[]): Promise<readonly string[]> {
    const log = await readFile(this.#logFile, 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('"remnants":'));
    return ids.filter((id) => lines.some((line) => line.includes(id)));
  }

  /** What the answer, or the app when asked, says is left over; only the answer when the app has ended since. */
  async listed(answer: MappingAnswer): Promise<readonly Listed[]> {
    return [...listedIn(answer), ...(this.#app ? await this.#leftovers(this.#app) : [])];
  }

  async #leftovers({ url }: App): Promise<readonly Listed[]> {
    const { domainId, operator } = this.#parts;
    const headers = { authorization: `Bearer ${operator.token.reveal()}` };
    try {
      const asked = await fetch(`${url}/${domainId}/leftovers?limit=100`, { headers });
      const { leftovers = [] } = (await asked.json()) as { leftovers?: { items: readonly Listed[] }[] };
      return leftovers.flatMap(({ items }) => items);
    } catch {
      return [];
    }
  }

  /** Waits until nothing is owed any more: the journal is empty, and no call is under way or follows. */
  async settled(): Promise<void> {
    let [before, quiet] = [-1, 0];
    await until(async () => {
      const calls = this.emulator.calls();
      const { runs, leftovers } = await readJournal(this.app.url);
      const idle = calls.length === before && calls.every(({ endedAt }) => endedAt !== null);
      before = calls.length;
      quiet = idle && runs === 0 && leftovers === 0 ? quiet + 1 : 0;
      return quiet === QUIET_LOOKS;
    }, 'the journal to be empty');
  }

  /** Waits until the app has looked at what an earlier process left: it is done with it, or waits for late calls. */
  async lookedOnce(): Promise<void> {
    await until(async () => {
      const { running, removing } = await readJournal(this.app.url);
      return running === 0 && removing === 0;
    }, 'the first look at the journal');
  }

  /** The end of the app's log, for finding out. */
  log(): Promise<string> {
    return lastLines(this.#logFile);
  }
}
