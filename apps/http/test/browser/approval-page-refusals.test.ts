import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningApp, type World, agentLayout, openWorld, startApp } from '../app.js';
import { ADA, begin, enrolmentEnvironment, operator } from '../enrolment/setting.js';
import { ApprovalPage } from './approval-page.js';
import { openBrowser } from './browser.js';

let browser: Browser;
let world: World;
let alone: RunningApp;
let onPlatform: RunningApp;
let page: ApprovalPage;
beforeAll(async () => {
  browser = await openBrowser();
  world = await openWorld();
  alone = await startApp(undefined, enrolmentEnvironment());
  onPlatform = await startApp(world.emulator, enrolmentEnvironment(), agentLayout());
});
afterEach(async () => {
  world.emulator.faults.clear();
  await page.opened.close();
});
afterAll(async () => {
  await browser.close();
  await Promise.all([alone.close(), onPlatform.close()]);
  await world.close();
});

describe('the page for approvals', () => {
  it('says of every empty field what it is for', async () => {
    page = await ApprovalPage.open(browser, alone);
    await page.press('Find the device');
    expect(await page.problemWith(page.code())).toBe('Type the code that the device shows.');
    await page.text('Say which domain the device is to belong to.');
    await page.text('Paste your access token.');
    expect(page.opened.requested.filter((url) => url.includes('lookup'))).toEqual([]);
  });

  it('says what is wrong with token and code, beside them, and lets the person go on', async () => {
    const device = await begin(alone);
    page = await ApprovalPage.open(browser, alone);
    await page.find('BCDF-GHJK', { token: 'wrong' });
    expect(await page.problemWith(page.token())).toContain('not valid');
    await page.token().fill(ADA);
    await page.press('Find the device');
    expect(await page.problemWith(page.code())).toContain('No device is waiting with this code.');
    await page.code().fill('AEIO-U');
    // What is being put right is no longer called wrong.
    expect(await page.code().getAttribute('aria-invalid')).toBeNull();
    await page.press('Find the device');
    expect(await page.problemWith(page.code())).toContain('Type it just as the device shows it');
    await page.findDevice(device.code);
    expect(page.complaints).toEqual([]);
  });

  it('says how long to wait after too many wrong codes, and keeps what was typed', async () => {
    const fresh = await startApp(undefined, enrolmentEnvironment());
    page = await ApprovalPage.open(browser, fresh);
    const ada = operator(fresh);
    for (const letter of 'BCDFGHJKLM') expect((await ada.lookUp(`BCDF-GHJ${letter}`)).status).toBe(404);
    await page.find('BCDF-GHJZ');
    expect(await page.problemWith(page.code())).toMatch(
      /^Too many wrong codes were typed with this token\. Wait \d+ seconds, then try again\.$/,
    );
    expect(await page.code().inputValue()).toBe('BCDF-GHJZ');
    await fresh.close();
  });

  it('asks for another code when the device was denied meanwhile', async () => {
    const device = await begin(alone);
    page = await ApprovalPage.open(browser, alone);
    await page.findDevice(device.code);
    const { body } = await operator(alone).lookUp(device.code);
    await operator(alone).post(`enrolments/${String(body['id'])}/deny`);
    await page.press('Approve');
    expect(await page.problemWith(page.code())).toContain('denied meanwhile');
  });

  it('says when the service is out of reach, and goes on when it is back', async () => {
    const device = await begin(alone);
    page = await ApprovalPage.open(browser, alone);
    await page.findDevice(device.code);
    await page.page.context().setOffline(true);
    await page.press('Approve');
    expect(await page.alert()).toContain('cannot be reached');
    await page.page.context().setOffline(false);
    await page.press('Approve');
    await page.heading('press-4 is approved');
  });

  it('says beside the name what is wrong with it', async () => {
    const device = await begin(alone);
    page = await ApprovalPage.open(browser, alone);
    await page.findDevice(device.code);
    await page.name().fill('');
    await page.press('Approve');
    expect(await page.problemWith(page.name())).toBe('Give the device a name.');
    await page.name().fill('bell \u0007');
    await page.press('Approve');
    expect(await page.problemWith(page.name())).toContain('control characters');
  });
});

describe('on a platform', () => {
  it("a member approves with a token of the platform, into the member's domain", async () => {
    const device = await begin(onPlatform);
    page = await ApprovalPage.open(browser, onPlatform, { query: `?domain=${world.domainId}` });
    expect(await page.domain().inputValue()).toBe(world.domainId);
    await page.findDevice(device.code, { domain: world.domainId, token: world.tokens.member });
    await page.text(`It gets a certificate and joins ${world.domainId}.`);
    await page.press('Approve');
    await page.heading('press-4 is approved');
    const { Machine: machine } = await page.facts('result');
    expect(world.emulator.inventory(world.domainId).clients.map(({ id }) => id)).toContain(machine);
    expect((await device.redeem()).body['bootstrap']).toBeDefined();
    expect(page.opened.complaints).toEqual([]);
  });

  it('a stranger is told so, and an operator without credentials too', async () => {
    page = await ApprovalPage.open(browser, onPlatform);
    await page.find('BCDF-GHJK', { domain: world.domainId, token: world.tokens.stranger });
    expect(await page.problemWith(page.domain())).toContain('cannot approve devices in this domain');
    await page.find('BCDF-GHJK', { domain: world.domainId, token: ADA });
    expect(await page.problemWith(page.token())).toContain('cannot act on the platform');
  });

  it('what the platform refuses is said, and may be tried again', async () => {
    const device = await begin(onPlatform);
    page = await ApprovalPage.open(browser, onPlatform);
    await page.findDevice(device.code, { domain: world.domainId, token: world.tokens.member });
    world.emulator.faults.add({ operation: 'channels.connect', action: 'refuse', times: null });
    await page.press('Approve');
    expect(await page.alert()).not.toBe('');
    world.emulator.faults.clear();
    await page.press('Approve');
    await page.heading('press-4 is approved');
  });
});
