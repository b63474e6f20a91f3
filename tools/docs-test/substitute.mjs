#!/usr/bin/env node
/** Puts the page's ports and hosts, and what `stands_for` says, into the file of a command. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , file] = process.argv;
const { BASE, SCRATCH } = process.env;
const base = Number(BASE);
/** Documented ports keep their last two digits: 9016 is the base + 16. */
const port = (documented) => String(documented === '7001' ? base - 1_999 : base + Number(documented) - 9_000);
const list = join(SCRATCH, 'stands-for');
const pairs = existsSync(list) ? readFileSync(list, 'utf8').trimEnd().split('\n') : [];

let text = readFileSync(file, 'utf8')
  .replaceAll('https://provision.example.com:9017', 'https://localhost:9017')
  .replaceAll('https://provision.example.com', 'https://localhost:9016')
  .replaceAll(/\b(localhost|127\.0\.0\.1):(90\d\d|7001)\b/g, (_, host, number) => `${host}:${port(number)}`);
for (const pair of pairs) {
  const [from, to] = pair.split('\t');
  text = text.replaceAll(from, to);
}
writeFileSync(file, text);
