import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from '@org/server';

/** Milliseconds in which callers of abandoned runs still get their answer. */
const ANSWER_MS = 500;

/**
 * Stops listening and lets requests in progress finish within the drain time; what they need of the server is closed
 * after them.
 */
export async function stop(app: NestFastifyApplication, server: Server): Promise<void> {
  const cutOffAt = Date.now() + server.config.server.drainMs;
  const answered = app.close();
  // At the same time: many requests end when their runs do.
  await server.drain();
  const late = sleep(Math.max(cutOffAt - Date.now(), ANSWER_MS), 'late', { ref: false });
  if ((await Promise.race([answered, late])) === 'late') {
    server.logger.warn('drain timeout exceeded; aborting in-flight requests');
    app.getHttpServer().closeAllConnections();
  }
  await server.close();
}
