import { type Reply, json } from './reply.js';

/** Always "pass": Magistrala probes nothing (Magistrala wire §0.3a). */
export function healthReply(service: string, instanceId: string): Reply {
  return json(
    200,
    {
      status: 'pass',
      version: '0.20.0',
      commit: '7f03134d',
      description: `${service} service`,
      build_time: '1970-01-01_00:00:00',
      instance_id: instanceId,
    },
    { 'content-type': 'application/health+json' },
  );
}

/** Prometheus text, with the few process metrics that Magistrala's services have too. */
export function metricsReply(service: string): Reply {
  const metric = (name: string, value: number) =>
    `# TYPE ${name} gauge\n${name}{service="${service}"} ${value}\n`;
  const body =
    metric('process_resident_memory_bytes', process.memoryUsage.rss()) +
    metric('process_start_time_seconds', Math.floor(performance.timeOrigin / 1000));
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}
