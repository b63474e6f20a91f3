import { describe, expect, it } from '@jest/globals';
import { execute, parseTemplate } from '../../../src/bootstrap/template/template.js';
import { MapOf, Struct, TemplateError, mapFromJson } from '../../../src/bootstrap/template/value.js';
import { GO_RESULTS, type Outcome } from './go-results.js';

const VARS = {
  n: 5,
  big: 1000000,
  huge: 1e21,
  big2: 123456789,
  f: 1.5,
  s: 'a<b>',
  nul: null,
  l: [1, 'x', null, true],
  m: { b: 1, a: null },
  e: '',
  small: 0.00001,
  u: 'ž',
};

const nil = new MapOf({}, null, true);
const binding = (Type: string, ID: string, Snapshot: MapOf) =>
  new Struct({ Type, ID, Snapshot, Secret: nil });
const DATA = new Struct({
  Device: new Struct({ ID: 'd', ExternalID: 'e' }),
  Vars: mapFromJson(VARS),
  Bindings: new MapOf({ c: binding('client', 'cid', mapFromJson({ name: 'n' })) }, binding('', '', nil)),
});

function outcome(template: string): Outcome {
  const nodes = attempt(() => parseTemplate(template));
  if (nodes === undefined) return 'parse';
  const text = attempt(() => execute(nodes, DATA));
  return text === undefined ? 'execute' : { text };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

describe('templates', () => {
  it.each(GO_RESULTS)('come out as in Go: %s', (template, expected) => {
    expect(outcome(template)).toStrictEqual(expected);
  });

  it.each([
    '{{html .Vars.s}}',
    '{{if .Vars.n}}a{{else}}b{{end}}',
    '{{range .Vars.l}}{{.}}{{end}}',
    '{{with .Vars.m}}{{.b}}{{end}}',
    '{{define "x"}}{{end}}',
    '{{$x := .Vars.n}}',
    '{{$.Vars.n}}',
    '{{(index .Vars "m").b}}',
    '{{printf "%s" .Vars.s}}',
    '{{eq .Vars.s "a"}}',
    '{{len .Vars.l}}',
    '{{index .Vars.l 1}}',
    '{{/* c */}}x',
    '{{true}}',
    '{{"\\x41"}}',
  ])('are refused, where Go would take more than profiles need: %s', (template) => {
    expect(outcome(template)).toBe('parse');
  });
});
