import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

/** A name for the apps on 127.0.0.1: on that address itself some pages behave as they do nowhere else. */
export const HOST = 'provision.test';

const PACKAGE = fileURLToPath(new URL('../', import.meta.resolve('@sparticuz/chromium')));
/** The browser itself, its libraries (NSS, NSPR, expat) and a font: nothing of them is needed of the system. */
const PARTS = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br'];

/**
 * A real browser without a window: the one that CHROME_PATH names, or else the one that comes as a package, for Linux on
 * x64 with glibc. It reaches this machine and nothing else.
 */
export async function openBrowser(): Promise<Browser> {
  const given = process.env['CHROME_PATH'];
  const { path, env } = given ? { path: given, env: {} } : packaged();
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env },
    // The sandbox needs rights that containers do not give; the pages are our own.
    chromiumSandbox: false,
    args: [`--host-resolver-rules=MAP ${HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`],
  });
}

function packaged() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `no browser comes for ${process.platform} on ${process.arch}: set CHROME_PATH to a Chromium or Chrome`,
    );
  const folder = join(PACKAGE, 'unpacked');
  if (!existsSync(folder)) unpack(folder);
  return {
    path: join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** The package unpacks to the folder for temporary files, whatever lies there already: so to one of its own, in a child. */
function unpack(folder: string): void {
  const fresh = mkdtempSync(`${folder}-`);
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { inflate } from '@sparticuz/chromium';
       await Promise.all(process.argv.slice(1).map((file) => inflate(file)));`,
      ...PARTS.map((part) => join(PACKAGE, 'bin', part)),
    ],
    { cwd: PACKAGE, env: { ...process.env, NODE_OPTIONS: '', TMPDIR: fresh } },
  );
  const fonts = `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'cache')}</cachedir></fontconfig>`;
  writeFileSync(join(fresh, 'fonts.conf'), `<?xml version="1.0"?>${fonts}`);
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another test file was faster.
    rmSync(fresh, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
