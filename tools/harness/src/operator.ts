import { randomUUID } from 'node:crypto';
import { Secret } from '@org/domain';
import { createTransport } from '@org/http-client';
import { type Domain, createMagistrala } from '@org/magistrala-sdk';

export interface Operator {
  readonly token: Secret;
  /** Makes a domain whose administrator is this operator. */
  createDomain(name: string): Promise<Domain>;
  close(): Promise<void>;
}

/** Someone who signs in to Magistrala. */
export async function signIn(
  urls: { readonly users: string; readonly domains: string },
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Operator> {
  const transport = createTransport();
  const { users, domains } = createMagistrala({
    urls: { users: urls.users, domains: urls.domains },
    transport,
  });
  const { accessToken: token } = await users.issueToken({ username, password: new Secret(password) });
  return {
    token,
    createDomain: (name) => domains.create({ name, route: `r-${randomUUID().slice(0, 8)}` }, { token }),
    close: () => transport.close(),
  };
}
