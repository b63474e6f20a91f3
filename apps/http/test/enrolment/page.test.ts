import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { JSDOM } from 'jsdom';
import { type RunningApp, startApp } from '../app.js';
import { ADA, DOMAIN, begin, enrolmentEnvironment } from './setting.js';

let app: RunningApp;
const pages: JSDOM[] = [];
beforeAll(async () => {
  app = await startApp(undefined, enrolmentEnvironment());
});
afterEach(() => {
  for (const page of pages.splice(0)) page.window.close();
});
afterAll(() => app.close());

/** The page as a browser has it, with its script run, and what a person does there. */
async function openPage() {
  const requests: string[] = [];
  const page = await JSDOM.fromURL(`${app.url}/enrol`, {
    runScripts: 'dangerously',
    resources: 'usable',
    beforeParse(window) {
      window.fetch = (input, init) => {
        requests.push(String(input));
        return fetch(String(input), init as RequestInit) as ReturnType<typeof window.fetch>;
      };
    },
  });
  pages.push(page);
  const { document } = page.window;
  await new Promise<void>((resolve) =>
    document.readyState === 'complete' ? resolve() : page.window.addEventListener('load', () => resolve()),
  );
  const byId = (id: string) => document.getElementById(id)!;
  const buttons = () => [...document.querySelectorAll('button')];
  return {
    requests,
    text: (id: string) => byId(id).textContent!,
    isShown: (id: string) => byId(id).closest('[hidden]') === null,
    fill(values: Record<string, string>) {
      for (const [id, value] of Object.entries(values)) (byId(id) as HTMLInputElement).value = value;
    },
    /** Clicks, and waits until the page has its answer. */
    async click(label: string) {
      buttons()
        .find(({ textContent }) => textContent === label)!
        .click();
      while (buttons().some(({ disabled }) => disabled))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    url: () => document.location.href,
    stored: () =>
      page.window.localStorage.length + page.window.sessionStorage.length + document.cookie.length,
    html: () => document.body.innerHTML,
  };
}

const asAda = (code: string) => ({ code, domain: DOMAIN, token: ADA });

describe('the page for approvals', () => {
  it('shows what the device said and its key, and approves it', async () => {
    const device = await begin(app);
    const page = await openPage();
    page.fill(asAda(device.code.toLowerCase()));
    await page.click('Find the device');
    expect(page.isShown('device')).toBe(true);
    expect(page.text('fingerprint').replaceAll(/\s/g, '')).toBe(device.key.fingerprint);
    for (const fact of ['Gateway 7', 'SN-0042', 'press-4', '10.1.7.4', '127.0.0.1'])
      expect(page.text('facts')).toContain(fact);
    page.fill({ name: 'press 4' });
    await page.click('Approve');
    expect(page.text('message')).toMatch(/^Approved: press 4 is machine /);
    expect(page.isShown('device')).toBe(false);
    expect((await device.redeem()).status).toBe(200);
    // Nothing of it stays, and no code or token was in any address.
    expect(page.stored()).toBe(0);
    for (const url of [page.url(), ...page.requests])
      for (const secret of [ADA, device.code, device.code.toLowerCase()]) expect(url).not.toContain(secret);
  });

  it('denies', async () => {
    const device = await begin(app);
    const page = await openPage();
    page.fill(asAda(device.code));
    await page.click('Find the device');
    await page.click('Deny');
    expect(page.text('message')).toContain('Denied');
    expect((await device.poll()).body).toMatchObject({ state: 'denied' });
  });

  it('acts on the device that it shows, whatever is typed meanwhile', async () => {
    const [shown, other] = [await begin(app), await begin(app)];
    const page = await openPage();
    page.fill(asAda(shown.code));
    await page.click('Find the device');
    page.fill({ code: other.code, name: 'x' });
    await page.click('Approve');
    expect((await shown.poll()).body).toMatchObject({ state: 'approved' });
    expect((await other.poll()).body).toMatchObject({ state: 'pending' });
  });

  it('says what is wrong, and lets the person go on', async () => {
    const device = await begin(app);
    const page = await openPage();
    page.fill({ ...asAda('BCDF-GHJK'), token: 'wrong' });
    await page.click('Find the device');
    expect(page.text('message')).toBe('The token is not accepted.');
    page.fill({ token: ADA });
    await page.click('Find the device');
    expect(page.text('message')).toContain('no device is waiting with this code');
    page.fill({ code: device.code });
    await page.click('Find the device');
    expect(page.isShown('device')).toBe(true);
    await page.click('Another code');
    expect(page.isShown('find')).toBe(true);
  });

  it('puts what a device says in as text', async () => {
    const evil = '<img src=x onerror="document.title=1">';
    const device = await begin(app, { model: evil, hostname: evil });
    const page = await openPage();
    page.fill(asAda(device.code));
    await page.click('Find the device');
    expect(page.text('facts')).toContain(evil);
    expect(page.html()).not.toContain('<img');
  });

  it('runs no script but its own, and sends forms nowhere', async () => {
    const response = await fetch(`${app.url}/enrol`);
    const policy = response.headers.get('content-security-policy')!;
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy).toContain(rule);
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const { document } = new JSDOM(await response.text()).window;
    expect([...document.scripts].map(({ src, text }) => [src, text])).toEqual([['enrol/enrol.js', '']]);
    expect(document.querySelectorAll('style, [style], [onclick], [onsubmit]')).toHaveLength(0);
    // Should the script be missing, a form must not put its fields into an address.
    expect([...document.forms].map(({ method }) => method)).toEqual(['post', 'post']);
  });
});
