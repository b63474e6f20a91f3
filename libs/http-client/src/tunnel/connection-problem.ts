/** What the codes mean that connections most often fail with. */
const REASONS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name cannot be looked up; is the network up?',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side has ended it',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  ENOTFOUND: 'there is no such name',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS',
  ETIMEDOUT: 'no answer in time',
};

/** For people: why there is no connection. */
export function connectionProblem(error: Error): string {
  const { code = error.message } = error as NodeJS.ErrnoException;
  return REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
}
