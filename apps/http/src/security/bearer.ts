import { Secret } from '@org/domain';

const SCHEME = 'Bearer ';

/** The token of an `Authorization` header; the scheme counts case and one space, as there (Magistrala wire §1.9). */
export function bearerToken(header: string | undefined): Secret | undefined {
  if (!header?.startsWith(SCHEME)) return undefined;
  const token = header.slice(SCHEME.length);
  return token === '' ? undefined : new Secret(token);
}
