import type { JsonObject } from '@org/domain';
import type { MappingAnswer } from '@org/harness';
import { KINDS, type Things, countOf, namesOf, portrait } from './things.js';

/** A gateway as it comes out when nothing goes wrong. */
export interface Healthy {
  readonly things: Things;
  readonly portrait: string;
}

export interface Verdict {
  readonly end: 'complete' | 'nothing' | 'broken';
  /** Things that exist although the gateway is not complete. */
  readonly orphans: number;
  /** Things of which one gateway has more than it should. */
  readonly duplicates: number;
  /** What is wrong, when it is broken. */
  readonly problem?: string;
}

/** Judges what exists for one external id: all of a gateway, or nothing. */
export function judge(things: Things, externalId: string, healthy: Healthy): Verdict {
  const count = countOf(things);
  if (count === 0) return { end: 'nothing', orphans: 0, duplicates: 0 };
  const found = portrait(things, externalId);
  if (found === healthy.portrait) return { end: 'complete', orphans: 0, duplicates: 0 };
  const duplicates = KINDS.reduce(
    (sum, kind) => sum + Math.max(0, things[kind].length - healthy.things[kind].length),
    0,
  );
  return {
    end: 'broken',
    duplicates,
    orphans: duplicates > 0 ? 0 : count,
    problem: `${namesOf(things)} exist; ${difference(healthy.portrait, found)}`,
  };
}

function difference(wanted: string, found: string): string {
  const lines = (text: string) => text.split('\n').filter(Boolean);
  const missing = lines(wanted).filter((line) => !lines(found).includes(line));
  const strange = lines(found).filter((line) => !lines(wanted).includes(line));
  return `missing: ${missing.join(' ') || 'nothing'}; unexpected: ${strange.join(' ') || 'nothing'}`;
}

export interface Listed {
  readonly type: string;
  /** Empty where the platform chooses it and never told. */
  readonly id: string;
}

/** The leftovers that an error names. */
export const listedIn = ({ body }: MappingAnswer): readonly Listed[] =>
  ((body['leftovers'] ?? []) as JsonObject[]).map(({ type, id }) => ({ type: String(type), id: String(id) }));

/**
 * Whether the caller was told the truth, at the time of the answer: after a 201 the gateway is there, and after
 * an error nothing is, but for what is listed.
 */
export function judgeAnswer(
  answer: MappingAnswer,
  now: { readonly things: Things; readonly verdict: Verdict; readonly listed: readonly Listed[] },
): string | undefined {
  const { status, body } = answer;
  if (status === 201)
    return now.verdict.end === 'complete'
      ? undefined
      : `answered 201, but ${now.verdict.problem ?? 'nothing exists'}`;
  const unlisted = unlistedOf(now.things, now.listed);
  if (unlisted.length === 0) return undefined;
  return `answered ${status} (${String(body['code'])}), but there is also ${unlisted.join(', ')}, which is not listed`;
}

/** Connections and bindings go with what they connect: only what has an id of its own has to be listed. */
function unlistedOf(
  { clients, channels, configs, certificates }: Things,
  listed: readonly Listed[],
): string[] {
  const things = [
    ...clients.map(({ id }) => ({ type: 'client', id })),
    ...channels.map(({ id }) => ({ type: 'channel', id })),
    ...configs.map(({ id }) => ({ type: 'configuration', id })),
    ...certificates.map(({ serial_number: id }) => ({ type: 'certificate', id })),
  ];
  return things
    .filter(({ type, id }) => !listed.some((it) => it.type === type && (it.id === id || it.id === '')))
    .map(({ type, id }) => `${type} ${id}`);
}
