import type { PlatformSession } from '@org/provisioning';
import type { Outside } from './world.js';

/** When a process dies: at its n-th call to the outside, before the call is done or after it, without its answer. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** The outside as a process sees it that dies at a call. From then on no call of it gets through. */
export class Fate {
  calls = 0;
  #death: Death;
  #thawed: Promise<void> = Promise.resolve();

  constructor(death: Death = { at: Infinity, when: 'before' }) {
    this.#death = death;
  }

  /** What is under way ends without an answer. */
  kill(): void {
    this.#death = { at: this.calls, when: 'after' };
  }

  /** No call gets through until it thaws. @returns what ends that */
  freeze(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thawed = promise;
    return resolve;
  }

  get dead(): boolean {
    return this.calls >= this.#death.at;
  }

  of(outside: Outside): Outside {
    const { codes, machines, certificates, journal, platform } = outside;
    return {
      codes: this.#wrap(codes),
      machines: this.#wrap(machines),
      certificates: this.#wrap(certificates),
      journal: this.#wrap(journal),
      platform: { open: (access) => this.#wrap<PlatformSession>(platform.open(access)) },
    };
  }

  #wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          await this.#thawed;
          this.calls += 1;
          const { at, when } = this.#death;
          if (this.calls > at || (this.calls === at && when === 'before'))
            throw new Error('the process is dead');
          const answer: unknown = await Reflect.apply(method, target, args);
          if (this.calls >= at) throw new Error('the process is dead');
          return answer;
        };
      },
    });
  }
}
