import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningApp, startApp } from '../app.js';
import { ADA, DOMAIN, begin, enrolmentEnvironment, operator } from '../enrolment/setting.js';
import { MechaAgent } from '../mecha/mecha-agent.js';
import { ApprovalPage, PHONE } from './approval-page.js';
import { openBrowser } from './browser.js';

let browser: Browser;
let app: RunningApp;
let page: ApprovalPage;
beforeAll(async () => {
  browser = await openBrowser();
  app = await startApp(undefined, enrolmentEnvironment({ MG_PROVISION_LEGACY_DEVICES: 'true' }));
});
afterEach(() => page.opened.close());
afterAll(async () => {
  await browser.close();
  await app.close();
});

describe('who has a device before him', () => {
  it('sees what it said and its key, approves it, and sees when it has its certificate', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    const fingerprint = page.page.getByLabel('Fingerprint of its key').locator('p').first();
    expect((await fingerprint.innerText()).split(/\s+/)).toEqual(device.key.fingerprint.match(/.{4}/g));
    expect((await fingerprint.boundingBox())!.height).toBeGreaterThan(120);
    const said = { Model: 'Gateway 7', Serial: 'SN-0042', 'Host name': 'press-4', Address: '10.1.7.4' };
    expect(await page.facts('said')).toEqual(said);
    expect(await page.facts('known')).toMatchObject({ 'Requested from': '127.0.0.1' });
    expect(await page.name().inputValue()).toBe('press-4');

    await page.name().fill('press 4');
    await page.press('Approve');
    await page.heading('press 4 is approved');
    const { Machine: machine } = await page.facts('result');
    expect((await device.redeem()).body['machine_id']).toBe(machine);
    await page.text('The device has its certificate.');
    await page.heading('press 4 is enrolled');
    expect(await page.page.getByRole('button', { name: 'Withdraw the approval' }).isVisible()).toBe(false);

    // The next one: domain and token are still there.
    await page.press('Next device');
    await page.code().fill((await begin(app)).code);
    await page.press('Find the device');
    await page.heading('Is this your device?');
    expect(page.opened.complaints).toEqual([]);
  });

  it('denies it', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    await page.press('Deny');
    await page.heading('press-4 is denied');
    expect((await device.poll()).body).toMatchObject({ state: 'denied' });
  });

  it('takes the approval back', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    await page.press('Approve');
    await page.press('Withdraw the approval');
    await page.heading('press-4 is denied');
    expect((await device.redeem()).status).toBe(403);
  });

  it('finds again what he approved, should the answer have been lost', async () => {
    const device = await begin(app);
    await operator(app).approve(device.code, { name: 'lathe 1' });
    page = await ApprovalPage.open(browser, app);
    await page.find(device.code);
    await page.heading('lathe 1 is approved');
  });

  it('goes back to another code, and nothing is decided', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(device.code);
    await page.press('Neither: type another code');
    await page.heading('Approve a device');
    expect(await page.code().inputValue()).toBe('');
    expect((await device.poll()).body).toMatchObject({ state: 'pending' });
  });

  it('is warned where a legacy device has no key to compare', async () => {
    // Letters only: the page shows them with a dash, and must look for them without.
    const code = 'BCDFGH';
    await expect(new MechaAgent(app.url).find(code)).rejects.toThrow('ParseResponseError');
    page = await ApprovalPage.open(browser, app);
    await page.findDevice(code);
    await page.text('has no fingerprint to compare');
    expect(await page.page.getByText('What the device says about itself').isVisible()).toBe(false);
    await page.name().fill('old press');
    await page.press('Approve');
    await page.heading('old press is approved');
  });

  it('needs no mouse, and a second Enter does not approve', async () => {
    const device = await begin(app);
    page = await ApprovalPage.open(browser, app);
    const { keyboard } = page.page;
    const type = async (text: string) => {
      await keyboard.type(text);
      await keyboard.press('Tab');
    };
    // The code has the focus from the start.
    await type(device.code.toLowerCase().replace('-', ''));
    await type(DOMAIN);
    await keyboard.type(ADA);
    await keyboard.press('Enter');
    await page.heading('Is this your device?');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type('press 9');
    expect((await device.poll()).body).toMatchObject({ state: 'pending' });
    await keyboard.press('Tab');
    await keyboard.press('Space');
    await page.heading('press 9 is approved');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.heading('Approve a device');
    await keyboard.type('bcdfg');
    expect(await page.code().inputValue()).toBe('BCDF-G');
  });
});

describe('the field for the code', () => {
  it.each([
    ['small letters', 'bcdfghjk', 'BCDF-GHJK'],
    ['spaces and other dashes', ' bcdf – ghjk ', 'BCDF-GHJK'],
    ['digits, which only legacy devices show', 'abc123', 'ABC123'],
    ['more than a code has', 'BCDF-GHJKL', 'BCDF-GHJK'],
  ])('takes %s', async (_what, pasted, shown) => {
    page = await ApprovalPage.open(browser, app);
    await page.page.keyboard.insertText(pasted);
    expect(await page.code().inputValue()).toBe(shown);
  });

  it('lets letters be changed in the middle, and all be taken out', async () => {
    page = await ApprovalPage.open(browser, app);
    const { keyboard } = page.page;
    await keyboard.type('bcdzghjk');
    for (let step = 0; step < 5; step++) await keyboard.press('ArrowLeft');
    await keyboard.press('Backspace');
    await keyboard.type('f');
    expect(await page.code().inputValue()).toBe('BCDF-GHJK');
    await keyboard.press('End');
    for (let letter = 0; letter < 8; letter++) await keyboard.press('Backspace');
    expect(await page.code().inputValue()).toBe('');
  });
});

describe.each([
  ['on a small phone', PHONE],
  ['in the dark', { colorScheme: 'dark' as const }],
])('%s', (_where, options) => {
  it('everything fits, and nothing keeps anybody out', async () => {
    const device = await begin(app, { model: 'x'.repeat(256), hostname: `${'long-'.repeat(40)}name` });
    page = await ApprovalPage.open(browser, app, options);
    const check = async () => {
      expect(await page.opened.scrollsSideways()).toBe(false);
      expect(await page.opened.barriers()).toEqual([]);
    };
    await check();
    await page.press('Find the device');
    await page.text('Type the code that the device shows.');
    await check();
    await page.findDevice(device.code);
    await check();
    for (const button of await page.page.getByRole('button').all())
      expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    await page.press('Approve');
    await page.heading(/is approved$/);
    await check();
  });
});
