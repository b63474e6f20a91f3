import { type JsonObject, type JsonValue, nearest } from '@org/domain';
import { type Path, valueAt } from './path.js';
import { type ContentScope, type References, parseText, referencesOf, valueOf } from './reference.js';
import type { ContentTemplate, TemplateReference, TemplateText } from './template.js';
import type { ContentValues } from './values.js';

/** A reference that cannot be resolved, and where in the source it stands. */
export interface ContentProblem {
  readonly path: Path;
  readonly message: string;
  readonly found: string;
  readonly wanted: string;
}

export type CompiledContent =
  | { readonly ok: true; readonly template: ContentTemplate }
  | { readonly ok: false; readonly problems: readonly ContentProblem[] };

/**
 * Checks every reference in an object's strings against what there is to refer to. Inside strings,
 * `${…}` may be: `domain.id`, `external_id`, `name`; `gateway.X` and `clients.<layout name>.X` with X one of
 * id, name, secret, client_cert, client_key, ca_cert; `channels.<layout name, control, data or export>.id` or
 * `.name`; `values.<name>`. Names with other characters than letters, digits, `_` and `-` are written
 * `clients["my client"].id`. `$${` stands for `${`. Keys of the object are taken as they stand.
 */
export function compileContent(source: JsonObject, scope: ContentScope): CompiledContent {
  const references = referencesOf(scope);
  const texts: TemplateText[] = [];
  const problems: ContentProblem[] = [];
  visitStrings(source, [], (text, path) => {
    if (!text.includes('${')) return;
    const pieces = parseText(text).flatMap((piece): (string | TemplateReference)[] => {
      if ('literal' in piece) return [piece.literal];
      const target = 'reference' in piece ? references.get(piece.reference) : undefined;
      if ('reference' in piece && target) return [{ text: piece.reference, target }];
      const problem =
        'reference' in piece ? unknownReference(piece.reference, references) : malformed(piece.malformed);
      problems.push({ path, ...problem });
      return [];
    });
    texts.push({ path, pieces });
  });
  if (problems.length > 0) return { ok: false, problems };
  const targets = texts.flatMap(({ pieces }) =>
    pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.target)),
  );
  return {
    ok: true,
    template: {
      source,
      texts,
      usesCertificates: targets.some(({ of }) => of === 'certificate'),
      usesSecrets: targets.some(
        (target) => 'field' in target && (target.field === 'secret' || target.field === 'clientKey'),
      ),
    },
  };
}

/**
 * The template with every reference replaced, as a new object. Values become parts of strings;
 * serialising the object escapes them, so that no value can break out of its string.
 */
export function renderContent(template: ContentTemplate, values: ContentValues): JsonObject {
  const content = JSON.parse(JSON.stringify(template.source)) as JsonObject;
  for (const { path, pieces } of template.texts) {
    const parent = valueAt(content, path.slice(0, -1)) as JsonObject;
    parent[path.at(-1)!] = pieces
      .map((piece) => (typeof piece === 'string' ? piece : valueOf(piece.target, values)))
      .join('');
  }
  return content;
}

function visitStrings(value: JsonValue, path: Path, visit: (text: string, path: Path) => void): void {
  if (typeof value === 'string') visit(value, path);
  else if (Array.isArray(value)) value.forEach((item, index) => visitStrings(item, [...path, index], visit));
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) visitStrings(item, [...path, key], visit);
  }
}

function unknownReference(reference: string, references: References) {
  const near = nearest(reference, references.keys());
  return {
    message: 'the reference names nothing that the layout or the configured values have',
    found: `\${${reference}}`,
    wanted: near ? `\${${near}}` : `one of ${[...references.keys()].join(', ')}`,
  };
}

function malformed(text: string) {
  return {
    message: 'this begins a reference but is none',
    found: text,
    wanted: '${name.part}, ${clients["a name"].id}, or $${ where ${ itself is meant',
  };
}
