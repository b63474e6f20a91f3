import type { Metadata, handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import type { Observable } from 'rxjs';

/** What a controller of a service has to have: it does not compile while it lacks a method. `S` is ts-proto's `…Server`. */
export type Serves<S> = {
  [
    M in keyof S as string extends M ? never : number extends M ? never : M
  ]: S[M] extends handleServerStreamingCall<infer Request, infer Response>
    ? (request: Request, metadata: Metadata) => Observable<Response>
    : S[M] extends handleUnaryCall<infer Request, infer Response>
      ? (request: Request, metadata: Metadata) => Promise<Response>
      : never;
};
