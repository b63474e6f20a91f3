import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { type RunningApp, startApp } from '../app.js';
import { ADA, DOMAIN, begin, enrolmentEnvironment } from '../enrolment/setting.js';
import { ApprovalPage, OpenPage } from './approval-page.js';
import { HOST, openBrowser } from './browser.js';

let browser: Browser;
let app: RunningApp;
let page: ApprovalPage;
beforeAll(async () => {
  browser = await openBrowser();
  app = await startApp(undefined, enrolmentEnvironment());
});
afterEach(() => page.opened.close());
afterAll(async () => {
  await browser.close();
  await app.close();
});

describe('the page for approvals', () => {
  it('leaves neither token nor code in addresses, in history or in storage', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    const { history } = await page.opened.kept();
    await page.findDevice(device.code);
    await page.press('Approve');
    await page.heading('press-4 is approved');
    expect(await page.opened.kept()).toEqual({ cookies: [], origins: [], session: '{}', history });
    expect(page.page.url()).toBe(`${app.url}/enrol`);
    const requested = page.opened.requested.join(' ').toUpperCase();
    for (const secret of [ADA, device.code, device.code.replace('-', '')])
      expect(requested).not.toContain(secret.toUpperCase());
    expect(new Set(page.opened.requested.map((url) => new URL(url).origin))).toEqual(new Set([app.url]));
  });

  it('forgets token, code and device when it is left', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    const typed = async () => [await page.code().inputValue(), await page.token().inputValue()];
    // As a browser does before it keeps the page as it is, for "back"; one without a window never keeps it.
    await page.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    await page.heading('Approve a device');
    expect(await typed()).toEqual(['', '']);

    await page.findDevice(device.code);
    await page.page.goto(`${app.url}/health`);
    await page.page.goBack();
    await page.heading('Approve a device');
    expect(await typed()).toEqual(['', '']);
  });

  it('takes a domain from a link, and nothing else, which does not stay in the address either', async () => {
    page = await ApprovalPage.open(browser, app, { query: `?code=BCDF-GHJK&domain=${DOMAIN}#BCDF-GHJK` });
    expect(await page.domain().inputValue()).toBe(DOMAIN);
    expect(await page.code().inputValue()).toBe('');
    expect(page.page.url()).toBe(`${app.url}/enrol?domain=${DOMAIN}`);
  });

  it('shows what a device says as text, whatever it is', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const device = await begin(app, { model: evil, serial: evil, hostname: evil, address: evil });
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    expect(Object.values(await page.facts('said'))).toEqual([evil, evil, evil, evil]);
    await page.press('Approve');
    await page.heading(`${evil} is approved`);
    expect(await page.page.locator('main img, main script').count()).toBe(0);
    expect(await page.page.title()).toBe('Approve a device');
    expect(page.opened.complaints).toEqual([]);
  });

  it('runs no script but its own, and sends nothing elsewhere', async () => {
    page = await ApprovalPage.open(browser, app);
    const run = (script: string) => page.page.evaluate(script);
    await expect(run('document.body.innerHTML = "<b>x</b>"')).rejects.toThrow('TrustedHTML');
    await expect(run('document.body.setAttribute("onclick", "document.title = 1")')).rejects.toThrow(
      'TrustedScript',
    );
    await expect(run(`fetch("http://${HOST}")`)).rejects.toThrow();
    expect(page.complaints.join()).toContain("connect-src 'self'");
  });

  it('cannot be put into a page of someone else', async () => {
    const other = createServer((_request, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end(`<iframe src="${app.url}/enrol" onload="document.title = 'tried'"></iframe>`),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const around = await OpenPage.at(browser, `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    page = await ApprovalPage.open(browser, app);
    await around.page.waitForFunction("document.title === 'tried'");
    expect(await around.page.frameLocator('iframe').locator('#code').count()).toBe(0);
    expect(around.complaints.join()).toContain('frame-ancestors');
    await around.close();
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  });

  it('without its script sends nothing', async () => {
    page = await ApprovalPage.open(browser, app, { javaScriptEnabled: false });
    await page.code().fill('BCDF-GHJK');
    await page.token().fill(ADA);
    const refused = page.page.waitForEvent('console', (message) => message.text().includes('form-action'));
    await page.page.keyboard.press('Enter');
    await refused;
    expect(page.page.url()).toBe(`${app.url}/enrol`);
    expect(page.opened.requested.filter((url) => !/\/enrol(\/|$)/.test(url))).toEqual([]);
  });

  it('warns of a connection that others can read', async () => {
    const warning = 'This connection is not encrypted';
    page = await ApprovalPage.open(browser, app);
    expect(await page.page.getByText(warning).isVisible()).toBe(false);
    await page.opened.close();
    page = await ApprovalPage.open(browser, { url: app.url.replace('127.0.0.1', HOST) });
    await page.text(warning);
  });
});
