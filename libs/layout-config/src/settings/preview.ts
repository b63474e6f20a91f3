import { type JsonValue, REDACTED } from '@org/domain';

const LONGEST = 60;

/** A value as it may be shown in a message: short, on one line, without private keys or passwords in URLs. */
export function preview(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return previewText(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a table';
  return String(value);
}

/** As `preview`, but gives no more away than the kind of value: for places where a secret may stand. */
export function previewKind(value: JsonValue | undefined): string {
  return typeof value === 'string' ? (value === '' ? '""' : 'a text') : preview(value);
}

/** Text without quotation marks and line breaks, for listings. */
export function display(text: string): string {
  if (text.includes('PRIVATE KEY')) return REDACTED;
  if (text.includes('-----BEGIN')) return '(inline PEM)';
  const oneLine = text.replace(/(:\/\/)[^/\s]*@/g, `$1${REDACTED}@`).replace(/\s+/g, ' ');
  return oneLine.length > LONGEST ? `${oneLine.slice(0, LONGEST)}…` : oneLine;
}

function previewText(text: string): string {
  const shown = display(text);
  return shown === REDACTED ? shown : JSON.stringify(shown);
}
