import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ProvisionError, isProvisionError } from '@org/domain';
import { type Order, type Orders, controlSocketIn, format, parse } from './messages.js';

/**
 * Has the agent that runs do something, and waits for what comes of it.
 *
 * @param state folder of the agent's notes
 * @returns undefined when no agent runs that could be asked
 * @throws ProvisionError what the order ends in; `ambiguous` (`running_agent_ended`). Aborts with an AbortError; the
 * agent goes on with it then
 */
export async function askRunning<Name extends keyof Orders>(
  state: string,
  order: Order & { readonly name: Name },
  signal: AbortSignal,
): Promise<Orders[Name]['result'] | undefined> {
  const answer = await exchange(controlSocketIn(state), format(order), signal);
  if (isProvisionError(answer)) throw answer;
  return answer as Orders[Name]['result'] | undefined;
}

async function exchange(path: string, order: string, signal: AbortSignal): Promise<unknown> {
  try {
    const socket = connect({ path, signal, allowHalfOpen: true });
    socket.end(order);
    return parse(await text(socket));
  } catch (cause) {
    signal.throwIfAborted();
    const { code, syscall } = cause as NodeJS.ErrnoException;
    // Nothing is there, a dead agent has left it, or nothing can be there.
    if (syscall === 'connect') return undefined;
    throw new ProvisionError({
      kind: 'ambiguous',
      code: 'running_agent_ended',
      message: `The agent that runs has ended before it answered${code === undefined ? '' : ` (${code})`}; "provision-agent status" says how far it got.`,
      cause,
    });
  }
}
