import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { RunningApp } from '../app.js';
import { ADA, DOMAIN } from '../enrolment/setting.js';

export const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

/** A page in a browser of its own, and all that it asked for, stumbled over or kept. */
export class OpenPage {
  /** Addresses of requests, of the page itself first. */
  readonly requested: string[] = [];
  /** What the browser told its console, and errors that no one caught. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.on('request', (request) => this.requested.push(request.url()));
    page.on('console', (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(20_000);
    const opened = new OpenPage(await context.newPage());
    await opened.page.goto(url);
    return opened;
  }

  /** Cookies and local storage (by Playwright), session storage, and the entries of this tab's history. */
  async kept() {
    const session = await this.page.evaluate<string>('JSON.stringify(sessionStorage)');
    const { cookies, origins } = await this.page.context().storageState({ indexedDB: true });
    return { cookies, origins, session, history: await this.page.evaluate<number>('history.length') };
  }

  /** Whether there is more to the right than the window shows. */
  scrollsSideways = (): Promise<boolean> =>
    this.page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');

  /** What axe-core finds against WCAG 2.2 AA and good practice, a line each. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate<AxeResults>('axe.run()');
    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
  }

  close = (): Promise<void> => this.page.context().close();
}

/** What the console says of every answer that is a refusal; no one can keep it quiet. */
const REFUSED = /^error: Failed to load resource: the server responded with a status of 4/;

/** What a person does on the page for approvals. */
export class ApprovalPage {
  private constructor(readonly opened: OpenPage) {}

  /** Waits until the code can be typed. */
  static async open(
    browser: Browser,
    { url }: Pick<RunningApp, 'url'>,
    { query = '', ...options }: BrowserContextOptions & { query?: string } = {},
  ): Promise<ApprovalPage> {
    const page = new ApprovalPage(await OpenPage.at(browser, `${url}/enrol${query}`, options));
    await page.code().and(page.page.locator(':focus')).waitFor();
    return page;
  }

  /** What the browser complained about, but refusals. */
  get complaints(): string[] {
    return this.opened.complaints.filter((complaint) => !REFUSED.test(complaint));
  }

  get page(): Page {
    return this.opened.page;
  }

  code = (): Locator => this.page.getByLabel('Code on the device');
  domain = (): Locator => this.page.getByLabel('Domain');
  token = (): Locator => this.page.getByLabel('Your token');
  name = (): Locator => this.page.getByLabel('Name to give it');
  press = (name: string): Promise<void> => this.page.getByRole('button', { name, exact: true }).click();

  async find(code: string, { domain = DOMAIN, token = ADA } = {}): Promise<void> {
    await this.code().fill(code);
    await this.domain().fill(domain);
    await this.token().fill(token);
    await this.press('Find the device');
  }

  /** Waits for a heading. */
  heading = (name: string | RegExp): Promise<void> =>
    this.page.getByRole('heading', { level: 1, name }).waitFor();

  /** Finds a device that waits with the code. */
  async findDevice(code: string, as: { domain?: string; token?: string } = {}): Promise<void> {
    await this.find(code, as);
    await this.heading('Is this your device?');
  }

  /** Waits for words to be shown. */
  text = (text: string | RegExp): Promise<void> => this.page.getByText(text).waitFor();

  /** What is wrong with a field, as its accessible description says it; the field has the focus. */
  async problemWith(field: Locator): Promise<string> {
    await field.and(this.page.locator('[aria-invalid=true]:focus')).waitFor();
    const [first] = (await field.getAttribute('aria-describedby'))!.split(' ');
    return this.page.locator(`#${first}:visible`).innerText();
  }

  /** Waits for what is said of no field, and not only to eyes. */
  async alert(): Promise<string> {
    const alert = this.page.getByRole('alert');
    await alert.waitFor();
    return alert.innerText();
  }

  /** The facts of a list, by their names. */
  async facts(id: string): Promise<Record<string, string>> {
    const rows = this.page.locator(`#${id}`);
    const [names, values] = [
      await rows.locator('dt').allInnerTexts(),
      await rows.locator('dd').allInnerTexts(),
    ];
    return Object.fromEntries(names.map((name, at) => [name, values[at]!]));
  }
}
