import { type Health, type HttpClient, fetchHealth } from '@org/http-client';

/** What all of Magistrala's services can do. */
export abstract class Service {
  constructor(protected readonly http: HttpClient) {}

  /** Says who answers; never reports a failure. Needs no token. */
  health(options: { readonly signal?: AbortSignal } = {}): Promise<Health> {
    return fetchHealth(this.http, options);
  }
}
