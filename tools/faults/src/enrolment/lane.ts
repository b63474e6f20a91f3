import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Emulator, provisionEnvironment } from '@org/magistrala-emulator';
import {
  type App,
  type AppName,
  type Cleanup,
  type ConnectionOptions,
  Desk,
  DeviceConnection,
  lastLines,
  type Operator,
  pinnedRoot,
  rootFingerprint,
  shippedLayout,
  signIn,
  startApp,
} from '@org/harness';
import { type JournalCounts, readJournal } from '../provisioning/journal.js';
import { startLive } from '../provisioning/live.js';
import { starts } from '../provisioning/starts.js';
import { type Things, existing } from '../provisioning/things.js';
import { until } from '../provisioning/until.js';

const AFTER_WRITES = fileURLToPath(import.meta.resolve('../kill/after-writes.js'));

/** As if no one answered. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';
}

interface Parts {
  readonly emulator: Emulator;
  readonly operator: Operator;
  readonly domainId: string;
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** An emulator and both apps on one state, any of which may be killed. */
export class EnrolmentLane {
  /** Processes killed so far. */
  kills = 0;
  readonly #apps = new Map<AppName, App>();
  #root = '';

  private constructor(private readonly parts: Parts) {}

  /** @param settings of both apps, besides what they need */
  static async open(settings: Readonly<Record<string, string>>, cleanup: Cleanup): Promise<EnrolmentLane> {
    const folder = await cleanup.folder();
    const emulator = await startLive(cleanup);
    const { users, domains } = emulator.urls;
    const operator = await signIn({ users, domains }, emulator.admin);
    cleanup.defer(() => operator.close());
    const { id: domainId } = await operator.createDomain('plant-1');
    const lane = new EnrolmentLane({ emulator, operator, domainId, folder, settings });
    cleanup.defer(() => lane.kill(...lane.#apps.keys()));
    // One after the other: the first makes the authority.
    await lane.start('http');
    await lane.start('grpc');
    lane.#root = await pinnedRoot(lane.#app('grpc').url, await rootFingerprint(lane.#app('http').url));
    return lane;
  }

  get emulator(): Emulator {
    return this.parts.emulator;
  }

  /** Variables of both apps, and of `provision ca` when it is to look at their state. */
  get environment(): Record<string, string> {
    const { folder, settings } = this.parts;
    return {
      ...provisionEnvironment(this.emulator),
      ...settings,
      MG_PROVISION_CONFIG_FILE: shippedLayout('agent'),
      MG_PROVISION_STATE_PATH: join(folder, 'state.db'),
      MG_PROVISION_CERTS_BACKEND: 'builtin',
      MG_PROVISION_AUTHORITY_PATH: join(folder, 'authority'),
      MG_PROVISION_MQTT_URL: 'ssl://mq.plant.test:8883',
    };
  }

  get desk(): Desk {
    const { operator, domainId } = this.parts;
    return new Desk({ url: this.#app('http').url, domainId, token: operator.token });
  }

  /** A device's connection to the gRPC app as it runs now. */
  connect(identity?: ConnectionOptions['identity']): DeviceConnection {
    const address = this.#app('grpc').url;
    return new DeviceConnection({ address, root: this.#root, ...(identity && { identity }) });
  }

  things(): Things {
    return existing(this.emulator.inventory(this.parts.domainId));
  }

  journal(): Promise<JournalCounts> {
    return readJournal(this.#app('http').url);
  }

  /** Makes sure that both run, on the state that is there. */
  async startMissing(): Promise<void> {
    for (const name of ['http', 'grpc'] as const) if (!this.#apps.has(name)) await this.start(name);
  }

  async start(name: AppName): Promise<void> {
    const { folder } = this.parts;
    const env = {
      ...this.environment,
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      KILL_ORDER_FILE: this.#orderFile(name),
    };
    const nodeOptions = ['--import', AFTER_WRITES];
    const app = await starts.take(() =>
      startApp(name, { logFile: join(folder, `${name}.log`), env, nodeOptions }),
    );
    this.#apps.set(name, app);
    void app.exited.then(({ signal }) => {
      if (signal === 'SIGKILL') this.kills += 1;
      if (this.#apps.get(name) === app) this.#apps.delete(name);
    });
  }

  async kill(...names: readonly AppName[]): Promise<void> {
    const apps = names.map((name) => this.#app(name));
    for (const app of apps) app.kill('SIGKILL');
    await Promise.all(apps.map(({ exited }) => exited));
  }

  /** Lets the process kill itself right after so many writes from now. */
  async orderKill(name: AppName, writes: number): Promise<void> {
    const app = this.#app(name);
    await writeFile(this.#orderFile(name), String(writes));
    process.kill(app.pid, 'SIGUSR2');
    await until(async () => !existsSync(this.#orderFile(name)), `the ${name} app to take the order`);
  }

  /** @returns whether the process has ended by then */
  async gone(name: AppName, withinMs: number): Promise<boolean> {
    const ended = this.#apps.get(name)?.exited ?? Promise.resolve();
    return Promise.race([ended.then(() => true), delay(withinMs, false, { ref: false })]);
  }

  /** Waits until the HTTP app has looked at what its predecessor left: it is done with it, or waits for late calls. */
  async recovered(): Promise<void> {
    await until(async () => {
      const { running, removing } = await this.journal();
      return running === 0 && removing === 0;
    }, 'the first look at the journal');
  }

  /** Waits until nothing is owed any more on the platform. */
  async settled(): Promise<void> {
    await until(async () => {
      const { runs, leftovers } = await this.journal();
      return runs === 0 && leftovers === 0;
    }, 'the journal to be empty');
  }

  /** The ends of both logs, for finding out. */
  async log(): Promise<string> {
    const { folder } = this.parts;
    const ends = await Promise.all([
      lastLines(join(folder, 'http.log')),
      lastLines(join(folder, 'grpc.log')),
    ]);
    return ends.join('\n');
  }

  #app(name: AppName): App {
    const app = this.#apps.get(name);
    if (!app) throw new NotRunning(`the ${name} app does not run`);
    return app;
  }

  #orderFile(name: AppName): string {
    return join(this.parts.folder, `${name}.kill`);
  }
}
