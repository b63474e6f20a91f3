/** A template that Go would not parse, or whose execution Go would end with an error. */
export class TemplateError extends Error {}

type TokenKind = 'field' | 'dot' | 'variable' | 'word' | 'text' | 'number' | 'mark';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for texts, unquoted. */
  readonly value: string;
  /** `.A.B` is one operand and `.A .B` are two, so the space between counts. */
  readonly afterSpace: boolean;
}

export type Piece = { readonly text: string } | { readonly tokens: readonly Token[] };

const PATTERNS: readonly [TokenKind, RegExp][] = [
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['number', /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['dot', /\./y],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['mark', /:=|[=|(),]/y],
];
const SPACE = /[ \t\r\n]+/y;
const COMMENT = /\/\*[\s\S]*?\*\/(?:[ \t\r\n]+-)?\}\}/y;
const QUOTED = /"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/y;
const CLOSE = /\}\}/y;
const TRIMMING_CLOSE = /-\}\}/y;
/** What may follow a name without a space between. */
const AFTER_NAME = /[\s.,|:)(=]|\}\}|$/uy;

/** Splits a template into plain text and actions, with the space next to `{{-` and `-}}` taken away. */
export function lex(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= template.length) {
    const open = template.indexOf('{{', at);
    const rest = open < 0 ? template.slice(at) : template.slice(at, open);
    const trimmed = trimNext ? rest.replace(/^[ \t\r\n]+/, '') : rest;
    if (open < 0) return [...pieces, { text: trimmed }];
    const trims = /^\{\{-[ \t\r\n]/.test(template.slice(open, open + 4));
    pieces.push({ text: trims ? trimmed.replace(/[ \t\r\n]+$/, '') : trimmed });
    const action = new ActionLexer(template, open + (trims ? 3 : 2)).read();
    if (action.tokens.length > 0) pieces.push({ tokens: action.tokens });
    ({ at, trimNext } = action);
  }
  return pieces;
}

class ActionLexer {
  private readonly tokens: Token[] = [];

  constructor(
    private readonly source: string,
    private at: number,
  ) {}

  read(): { readonly tokens: Token[]; readonly at: number; readonly trimNext: boolean } {
    this.match(SPACE);
    const comment = this.match(COMMENT);
    if (comment !== undefined) return { tokens: [], at: this.at, trimNext: comment.endsWith('-}}') };
    for (;;) {
      const afterSpace = this.match(SPACE) !== undefined;
      if (afterSpace && this.match(TRIMMING_CLOSE) !== undefined) return this.end(true);
      if (this.match(CLOSE) !== undefined) return this.end(false);
      this.tokens.push({ ...this.token(), afterSpace });
    }
  }

  private end(trimNext: boolean) {
    if (this.tokens.length === 0) throw new TemplateError('missing value for command');
    return { tokens: this.tokens, at: this.at, trimNext };
  }

  private token(): { readonly kind: TokenKind; readonly value: string } {
    const quoted = this.match(QUOTED);
    if (quoted !== undefined) {
      return {
        kind: 'text',
        value: quoted.startsWith('`') ? quoted.slice(1, -1) : unquote(quoted.slice(1, -1)),
      };
    }
    for (const [kind, pattern] of PATTERNS) {
      const value = this.match(pattern);
      if (value === undefined) continue;
      if (kind !== 'mark' && kind !== 'dot' && !this.looksAt(AFTER_NAME))
        throw new TemplateError('bad character');
      return { kind, value };
    }
    throw new TemplateError('unexpected character or unclosed action');
  }

  private looksAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.source);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g;
const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

function unquote(text: string): string {
  return text.replace(
    ESCAPE,
    (_all, x?: string, u?: string, long?: string, octal?: string, char?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      const simple = SIMPLE[char ?? ''];
      if (simple === undefined) throw new TemplateError('invalid escape');
      return simple;
    },
  );
}
