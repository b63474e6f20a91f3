import { ProvisionError } from '@org/domain';

declare const encoded: unique symbol;
/** A path of a request in which every value went through `encodePathSegment`. Made by `path`. */
export type Path = string & { readonly [encoded]: true };

const RAW_IN_GO: Record<string, string> = {
  '%24': '$',
  '%26': '&',
  '%2B': '+',
  '%2C': ',',
  '%3A': ':',
  '%3B': ';',
  '%3D': '=',
  '%40': '@',
};
const ESCAPED_IN_GO = /[!'()*]/g;
const UNADDRESSABLE = /\/|\p{Surrogate}/u;

/**
 * Encodes one path segment byte for byte as Go's `net/url` does. A server that routes with chi decodes a path
 * parameter only then; `33%3A52` instead of `33:52` would be looked up literally, and not found
 * (Magistrala wire §0.3).
 *
 * @throws ProvisionError `invalid` (`invalid_path_segment`) for what no path can address: an empty value, `.`,
 *   `..`, one with a `/`, one with half of a surrogate pair.
 */
export function encodePathSegment(value: string): string {
  if (value === '' || value === '.' || value === '..' || UNADDRESSABLE.test(value)) {
    throw new ProvisionError({
      kind: 'invalid',
      code: 'invalid_path_segment',
      message: 'an id that goes into a path must not be empty, "." or "..", and must not contain "/"',
    });
  }
  return encodeURIComponent(value)
    .replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, (escape) => RAW_IN_GO[escape]!)
    .replace(ESCAPED_IN_GO, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Template tag: `` path`/${domainId}/clients/${id}` ``. Encodes the values, leaves the rest as written. */
export function path(literals: TemplateStringsArray, ...values: readonly string[]): Path {
  return String.raw({ raw: literals }, ...values.map(encodePathSegment)) as Path;
}

/** Values of a query; undefined is left out, an array repeats its key. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `?a=1&b=x+y`, or nothing when no value is defined. Encoded as URLSearchParams does. */
export function queryString(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, String(one));
  }
  return params.size === 0 ? '' : `?${params.toString()}`;
}
