#!/usr/bin/env node
/** Writes the numbers into docs/explanation/guessing.md, from the defaults of the settings. Needs a build. */
import { pathToFileURL } from 'node:url';
import { bringPart } from './page.mjs';

const KINDS = {
  short: '8 letters, created by Provision',
  crowd: '10 letters, while many wait',
  deviceMade: '6 characters, created by legacy devices (off by default)',
};

const whole = (number) => number.toLocaleString('en');
const oneIn = (likelihood) => `1 in ${whole(Number((1 / likelihood).toPrecision(2)))}`;
const percent = (likelihood) => `${Number((likelihood * 100).toPrecision(2))} %`;

/** @returns whether the page differed */
export async function bringGuessing({ write }) {
  const { DEFAULT_SETTINGS, LEGACY_SETTINGS, guessability } =
    await import('../../libs/code-issuance/dist/index.js');
  const all = guessability(DEFAULT_SETTINGS, LEGACY_SETTINGS);
  const rows = Object.entries(KINDS).map(([kind, title]) => {
    const { pending, space, perAttempt, attemptsPerDay, perDay } = all[kind];
    const numbers = [whole(pending), space.toExponential(1), oneIn(perAttempt), whole(attemptsPerDay)];
    return `| ${[title, ...numbers, `${percent(perDay)} (${oneIn(perDay)})`].join(' | ')} |`;
  });
  const head = [
    '| codes of | may wait | S | one attempt hits | attempts a day | hit in a day |',
    '|---|---|---|---|---|---|',
  ];
  return bringPart('docs/explanation/guessing.md', 'guessing', [...head, ...rows].join('\n'), { write });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bringGuessing({ write: true });
