import type { ServiceError } from '@grpc/grpc-js';
import { ErrorInfo, RetryInfo, RpcStatus } from '@org/proto';

/** What a server adds to a status. */
interface StatusDetails {
  readonly domain?: string;
  readonly reason?: string;
  readonly retryAfterMs?: number;
}

/** Reads `grpc-status-details-bin`; what is absent or cannot be read counts as not said. */
export function statusDetailsOf({ metadata }: Pick<ServiceError, 'metadata'>): StatusDetails {
  const [value] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(value)) return {};
  try {
    return Object.assign({}, ...RpcStatus.decode(value).details.map(detailOf)) as StatusDetails;
  } catch {
    return {};
  }
}

function detailOf({ typeUrl, value }: RpcStatus['details'][number]): StatusDetails {
  switch (typeUrl.split('/').at(-1)) {
    case 'google.rpc.ErrorInfo': {
      const { domain, reason } = ErrorInfo.decode(value);
      return { domain, reason };
    }
    case 'google.rpc.RetryInfo': {
      const { seconds = '0', nanos = 0 } = RetryInfo.decode(value).retryDelay ?? {};
      return { retryAfterMs: Number(seconds) * 1000 + nanos / 1e6 };
    }
    default:
      return {};
  }
}
