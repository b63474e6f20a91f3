import type { Emulator } from '@org/magistrala-emulator';

/** Magistrala's topics: `m/<domain>/c/<channel>`, and what follows. */
const TOPIC = /^m\/([^/+#]+)\/c\/([^/+#]+)(?:\/|$)/;

interface Rights {
  isSecret(clientId: string, secret: string | undefined): boolean;
  may(right: 'publish' | 'subscribe', clientId: string, topic: string): boolean;
}

/** What Magistrala knows of its clients at this moment. */
export const rightsOf = (emulator: Emulator): Rights => ({
  isSecret: (clientId, secret) =>
    emulator.inventory().clients.some((client) => client.id === clientId && client.secret === secret),
  may(right, clientId, topic) {
    const [, domainId, channelId] = TOPIC.exec(topic) ?? [];
    if (domainId === undefined) return false;
    return emulator
      .inventory(domainId)
      .connections.some(
        (it) => it.client_id === clientId && it.channel_id === channelId && it.type.toLowerCase() === right,
      );
  },
});
