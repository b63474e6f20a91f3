import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningApp, send, startApp } from '../app.js';
import { enrolmentEnvironment } from '../enrolment/setting.js';
import { OpenPage } from './approval-page.js';
import { HOST, openBrowser } from './browser.js';

let browser: Browser;
let app: RunningApp;
beforeAll(async () => {
  browser = await openBrowser();
  app = await startApp(undefined, enrolmentEnvironment());
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

describe('/docs', () => {
  it('shows every operation, with all that it needs from here', async () => {
    // Not by 127.0.0.1: only elsewhere does Swagger UI like to ask others to check the document.
    const origin = app.url.replace('127.0.0.1', HOST);
    const docs = await OpenPage.at(browser, `${origin}/docs`);
    await docs.page.getByRole('heading', { name: /^Provision/ }).waitFor();
    const { body } = await send(`${app.url}/openapi.json`, { method: 'GET' });
    const operations = Object.values(body['paths'] as object).flatMap((path) => Object.keys(path as object));
    await docs.page
      .locator('.opblock')
      .nth(operations.length - 1)
      .waitFor();
    expect(await docs.page.locator('.opblock').count()).toBe(operations.length);
    await docs.page.locator('.opblock-summary-control').first().click();
    await docs.page.getByText('Request body').waitFor();
    expect(new Set(docs.requested.map((url) => new URL(url, origin).origin))).toEqual(new Set([origin]));
    expect(docs.complaints).toEqual([]);
    await docs.close();
  });
});
