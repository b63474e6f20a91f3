import type { Refused, Screen } from './screen.js';

/** As the Connect app looks for them in an error's text, in its order; it falls over when there is none. */
const KNOWN = [
  ['UnknownError', 'Unknown Error'],
  ['UnauthorizedError', 'Unauthorized Error'],
  ['NotFoundError', 'NotFound Error'],
  ['BadRequestError', 'Bad Request Error'],
  ['UnreachableError', 'Unreachable Error'],
  ['InternalServerError', 'Internal Server Error'],
  ['CertificateWriteError', 'CertificateWrite Error'],
  ['ParseResponseError', 'Parse Response Error'],
] as const;

export type Page = 'machine-info' | 'setup-failed' | 'link-machine' | 'setup-success' | 'crashed';

/** What the Connect app of mecha does on a device (mecha wire §1.6), a tick at a time instead of by its timers. */
export class ConnectApp {
  page: Page | 'start' = 'start';
  code = '';
  machineId = '';

  constructor(readonly screen: Screen) {}

  async open(): Promise<void> {
    if (await this.screen.getProvisionStatus()) {
      this.machineId = await this.screen.getMachineId();
      this.page = 'machine-info';
      return;
    }
    const { 1: code } = await this.screen.ping();
    this.page = code === 'success' ? 'link-machine' : 'setup-failed';
    if (this.page === 'link-machine') await this.everyMinute();
  }

  async everyMinute(): Promise<void> {
    try {
      this.code = await this.screen.generateCode();
    } catch {
      this.page = 'setup-failed';
    }
  }

  async everyTwentySeconds(): Promise<void> {
    try {
      if (!(await this.screen.provisionByCode(this.code))) return;
      this.machineId = await this.screen.getMachineId();
      this.page = 'setup-success';
    } catch (error) {
      const said = (error as Refused).details.toLowerCase();
      const [, meaning] =
        KNOWN.find(([name]) => said.includes(`provisioningerrorcodes: ${name.toLowerCase()}`)) ?? [];
      if (meaning === undefined) this.page = 'crashed';
      else if (!meaning.toLowerCase().includes('parse response')) this.page = 'setup-failed';
    }
  }
}
