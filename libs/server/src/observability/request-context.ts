import { AsyncLocalStorage } from 'node:async_hooks';

interface RequestContext {
  readonly requestId: string;
}

/** The request that the running code belongs to; empty in recovery and at start. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
