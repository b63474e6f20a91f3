import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { DeviceDescription } from '@org/device';

/** Where Linux tells what the hardware says of itself: device trees first, as boards have them; then DMI, as PCs do. */
const MODEL = ['/proc/device-tree/model', '/sys/class/dmi/id/product_name'];
const SERIAL = ['/proc/device-tree/serial-number', '/sys/class/dmi/id/product_serial'];

/** The most that servers take. */
const LONGEST = 128;

/** What this device says of itself, for the operator to compare. */
export async function deviceFacts(said: {
  readonly model: string | undefined;
  readonly serial: string | undefined;
}): Promise<DeviceDescription> {
  return {
    model: said.model?.slice(0, LONGEST) ?? (await firstOf(MODEL)),
    serial: said.serial?.slice(0, LONGEST) ?? (await firstOf(SERIAL)),
    hostname: hostname().slice(0, LONGEST),
    address: addressOf(networkInterfaces()),
  };
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    // Device trees end texts with a zero.
    const value = text.replaceAll('\0', '').trim();
    if (value !== '') return value.slice(0, LONGEST);
  }
  return undefined;
}

function addressOf(interfaces: ReturnType<typeof networkInterfaces>): string | undefined {
  const outward = Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ internal }) => !internal);
  return (outward.find(({ family }) => family === 'IPv4') ?? outward[0])?.address;
}
