/** What stands in a page between its sentences, in order. */
export type Item = Block | HiddenCommands;

/** A fenced block. */
export interface Block {
  readonly kind: 'block';
  /** The first word of its info string: `sh`, `json`, `ts`, … */
  readonly language: string;
  readonly text: string;
  /** Line of its opening fence, from 1. */
  readonly line: number;
  /** From the comment right above it. */
  readonly directive?: Directive;
}

/** Commands in a comment: what a reader does by hand or has already, such as a platform. */
export interface HiddenCommands {
  readonly kind: 'hidden';
  readonly text: string;
  readonly line: number;
}

/**
 * - `skip`: it cannot run on loopback; `argument` says why.
 * - `background`: it goes on while the next ones run.
 * - `file`: it is the content of the file `argument`.
 * - `declare`: `body` declares what an example takes for granted.
 */
interface Directive {
  readonly name: (typeof DIRECTIVES)[number];
  readonly argument: string;
  readonly body: string;
}

const DIRECTIVES = ['skip', 'background', 'file', 'declare'] as const;
const FENCE = /^( *)(`{3,})(.*)$/;
const COMMENT = /^ *<!-- test: *(\w+):? ?(.*)$/;

/** @throws Error for a comment that is not understood, or whose block is missing */
export function readPage(text: string): Item[] {
  const lines = text.split('\n');
  const items: Item[] = [];
  let directive: Directive | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    const comment = COMMENT.exec(lines[at]!);
    const fence = FENCE.exec(lines[at]!);
    if (comment) {
      const end = lines.findIndex((it, index) => index >= at && it.trimEnd().endsWith('-->'));
      const [, name, rest] = comment;
      const argument = rest!.replace(/\s*-->\s*$/, '').trim();
      const body = lines.slice(at + 1, Math.max(end, at + 1)).join('\n');
      if (directive) throw new Error(`line ${line}: the comment above has no block`);
      if (name === 'run') items.push({ kind: 'hidden', text: body || argument, line });
      else directive = { name: directiveName(name!, line), argument, body };
      at = end;
    } else if (fence) {
      const [, indent, marks, info] = fence;
      const end = lines.findIndex((it, index) => index > at && it === `${indent}${marks}`);
      const body = lines.slice(at + 1, end).map((it) => it.slice(indent!.length));
      const [language = ''] = info!.trim().split(/\s+/);
      items.push({ kind: 'block', language, text: body.join('\n'), line, ...(directive && { directive }) });
      directive = undefined;
      at = end;
    } else if (directive && lines[at]!.trim() !== '') {
      throw new Error(`line ${line}: a block has to follow the comment above`);
    }
  }
  return items;
}

function directiveName(name: string, line: number): Directive['name'] {
  const found = DIRECTIVES.find((it) => it === name);
  if (!found) throw new Error(`line ${line}: there is no directive "${name}"`);
  return found;
}
