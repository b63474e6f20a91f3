import { type Any, ErrorInfo, RetryInfo, RpcStatus } from '@org/proto';

/** ErrorInfo and RetryInfo, as servers put them into `grpc-status-details-bin`. */
export function statusDetails(said: {
  readonly code: number;
  readonly reason: string;
  readonly retryAfterS?: number;
}): Buffer {
  const { code, reason, retryAfterS } = said;
  const details = [
    any('ErrorInfo', ErrorInfo.encode({ reason, domain: 'provision', metadata: {} }).finish()),
  ];
  if (retryAfterS !== undefined) {
    const retryDelay = {
      seconds: String(Math.floor(retryAfterS)),
      nanos: Math.round((retryAfterS % 1) * 1e9),
    };
    details.push(any('RetryInfo', RetryInfo.encode({ retryDelay }).finish()));
  }
  return Buffer.from(RpcStatus.encode({ code, message: 'in words', details }).finish());
}

const any = (type: string, value: Uint8Array): Any => ({
  typeUrl: `type.googleapis.com/google.rpc.${type}`,
  value: Buffer.from(value),
});
