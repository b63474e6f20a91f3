import { AgentHome } from '@org/harness/agent';
import type { folders } from './folder.js';

/** Homes of agents, each in a new folder, and all of them closed by one call. */
export class AgentHomes {
  readonly #open: AgentHome[] = [];

  constructor(private readonly disk: Pick<ReturnType<typeof folders>, 'make'>) {}

  /** @param settings the text of its settings file; it has none when undefined */
  make(settings?: (path: string) => string): AgentHome {
    const path = this.disk.make();
    const home = new AgentHome(path, settings?.(path));
    this.#open.push(home);
    return home;
  }

  close(): void {
    for (const home of this.#open.splice(0)) home.close();
  }
}
