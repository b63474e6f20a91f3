import { randomBytes } from 'node:crypto';
import { CodeIssuance, type CodeSettings, type CodeStore, LEGACY_SETTINGS } from '@org/code-issuance';
import { MemoryCodeStore } from '@org/code-issuance/testing';
import { Secret, randomIds } from '@org/domain';
import type { Layout } from '@org/layout-config/layout';
import { type CertificateRecord, type CertificateStore, Issuer, MemoryCertificateStore } from '@org/pki';
import { type RunJournal, type Platform, Provisioner, type TokenSource } from '@org/provisioning';
import {
  MemoryJournal,
  MemoryPlatform,
  MemoryRemnants,
  sampleLayout,
  sampleSettings,
} from '@org/provisioning/testing';
import {
  type EnrolmentObserver,
  type EnrolmentSettings,
  Enrolments,
  type MachineStore,
  type Operator,
} from '../../src/index.js';
import { MemoryMachineStore } from '../../src/testing/index.js';
import { DAY_MS, anAuthority, profile } from './authority.js';
import { ManualClock, settle } from './clock.js';

export const SETTINGS: EnrolmentSettings = {
  verificationUrl: 'https://provision.example/enrol',
  bootstrapUrl: 'https://bootstrap.example',
  renewAfterExpiryMs: 7 * DAY_MS,
  maxLateRenewals: 3,
  maxRenewalsPerDay: 20,
  reissueWithinMs: 600_000,
};

const assertMayRemove = async (): Promise<void> => undefined;
export const ANN: Operator = { id: 'ann', known: false, token: new Secret("ann's token"), assertMayRemove };
export const BOB: Operator = { id: 'bob', known: true, token: new Secret("bob's token"), assertMayRemove };

export interface WorldOptions {
  readonly platform?: boolean;
  readonly ownToken?: TokenSource;
  readonly codes?: Partial<CodeSettings>;
  readonly settings?: Partial<EnrolmentSettings>;
}

/** What a process may be given besides the outside. */
interface Configured {
  /** Further ones, by name; by default one called `twin`. */
  readonly layouts?: ReadonlyMap<string, Layout>;
  /** As the world's options say, by default. */
  readonly platform?: boolean;
}

/** Stores and a platform that outlive the processes working on them. */
export class World {
  readonly clock = new ManualClock();
  readonly hashKey = randomBytes(32);
  readonly stores = {
    codes: new MemoryCodeStore(this.clock),
    machines: new MemoryMachineStore(),
    certificates: new MemoryCertificateStore(),
    journal: new MemoryJournal(this.clock),
  };
  readonly platform = new MemoryPlatform();
  readonly events: { readonly event: string; readonly facts: unknown }[] = [];
  readonly options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.options = options;
  }

  /** What a process has to do with the outside. */
  get outside(): Outside {
    return { ...this.stores, platform: this.platform };
  }

  /** A process of the service. */
  async process(
    { codes: store, machines, certificates, journal, platform } = this.outside,
    {
      layouts = new Map([['twin', sampleLayout(TWIN)]]),
      platform: hasPlatform = this.options.platform,
    }: Configured = {},
  ): Promise<Process> {
    const { clock, options, hashKey } = this;
    const { authority, anchors } = await anAuthority();
    const provisioner = new Provisioner({
      platform,
      journal,
      remnants: new MemoryRemnants(clock),
      layout: sampleLayout(),
      layouts,
      settings: sampleSettings,
      ownToken: options.ownToken,
      clock,
      ids: randomIds,
      observer: {},
      random: () => 0,
    });
    const issuer = new Issuer({ authority, profiles: [profile], store: certificates, clock });
    const enrolments = new Enrolments({
      codes: new CodeIssuance({
        store,
        clock,
        hashKey,
        settings: { legacy: LEGACY_SETTINGS, ...options.codes },
      }),
      attempts: store,
      machines,
      issuer,
      certificates,
      anchors: () => anchors,
      provisioner: hasPlatform ? provisioner : undefined,
      clock,
      ids: randomIds,
      settings: { ...SETTINGS, ...options.settings },
      observer: this.#observer(),
    });
    return { enrolments, provisioner, issuer };
  }

  /** Lets a fresh process do all that is due, for as long as `forMs`. */
  async tend(forMs = 0, configured?: Configured): Promise<void> {
    const { enrolments, provisioner } = await this.process(this.outside, configured);
    provisioner.start();
    enrolments.start();
    await settle();
    for (let passed = 0; passed < forMs; passed += TEND_STEP_MS) {
      this.clock.advance(TEND_STEP_MS);
      await settle();
    }
    await Promise.all([enrolments.close(), provisioner.close(0)]);
  }

  /** Calls to the platform wait from now on. @returns what ends that */
  platformWaits(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.platform.interfere = () => promise;
    return resolve;
  }

  /** Certificates that are valid now. */
  async valid(): Promise<readonly CertificateRecord[]> {
    const query = { state: 'signed', expiresFrom: this.clock.now(), limit: 1_000 } as const;
    return (await this.stores.certificates.list(query)).records;
  }

  eventsCalled(name: string): unknown[] {
    return this.events.filter(({ event }) => event === name).map(({ facts }) => facts);
  }

  #observer(): EnrolmentObserver {
    return new Proxy<EnrolmentObserver>(
      { within: (_what, _id, work) => work() },
      {
        get: (own, event: string) =>
          event === 'within' ? own.within : (facts: unknown) => void this.events.push({ event, facts }),
      },
    );
  }
}

const TEND_STEP_MS = 15_000;

export interface Outside {
  readonly codes: CodeStore;
  readonly machines: MachineStore;
  readonly certificates: CertificateStore;
  readonly journal: RunJournal;
  readonly platform: Platform;
}

export interface Process {
  readonly enrolments: Enrolments;
  readonly provisioner: Provisioner;
  readonly issuer: Issuer;
}

const TWIN = `
[[clients]]
name = "gateway"
[clients.metadata]
external_id = ""
[[clients]]
name = "sensor"
[[channels]]
name = "control-channel"
[channels.metadata]
type = "control"
[[channels]]
name = "data-channel"
[channels.metadata]
type = "data"
`;
