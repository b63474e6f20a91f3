import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentSettings, loadSettings } from '@org/device/settings';
import { type Clock, formatProblem } from '@org/domain';
import { Device } from '../../src/device/device.js';

/** @throws Error with the problems of the settings */
export function settingsOf(text: string, home: string): AgentSettings {
  const loaded = loadSettings({ file: { path: join(home, 'settings.yml'), text }, env: {}, home });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.settings;
}

export async function openDevice(text: string, home: string, clock?: Clock): Promise<Device> {
  mkdirSync(home, { recursive: true });
  const device = await Device.open(settingsOf(text, home), { clock });
  await device.recover();
  return device;
}

/** Enrols a device at a server that approves what waits there. */
export async function enrol(device: Device, server: { approve(code: string): string }): Promise<string> {
  return device.enrolment.run({ onCode: ({ code }) => server.approve(code) });
}
