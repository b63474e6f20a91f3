import type { Inventory } from '@org/magistrala-emulator';
import type { Colors } from '@org/harness';

interface Node {
  readonly text: string;
  readonly children?: readonly Node[];
}

/** What exists in a domain, as a tree; secrets left out. */
export function inventoryTree(
  inventory: Inventory,
  {
    domain,
    colors,
  }: { readonly domain: { readonly id: string; readonly name: string }; readonly colors: Colors },
): string {
  const { clients, channels } = inventory;
  const id = (text: string) => colors.dim(shortId(text));
  return render({
    text: `${colors.bold(domain.name)}  domain ${id(domain.id)}`,
    children: [
      ...clients.map((client) => ({
        text: `${colors.bold(client.name)}  client ${id(client.id)}  ${client.status}`,
        children: clientNodes(client, inventory, id),
      })),
      ...channels.map(({ name, metadata, ...channel }) => ({
        text: `${colors.bold(name)}  channel ${id(channel.id)}  ${String(metadata['type'] ?? '')}`,
      })),
    ],
  });
}

function clientNodes(
  { id: clientId, metadata }: Inventory['clients'][number],
  { channels, connections, configs, certificates }: Inventory,
  id: (text: string) => string,
): Node[] {
  const nameOf = new Map(channels.map((channel) => [channel.id, channel.name]));
  const rights = Map.groupBy(
    connections.filter((it) => it.client_id === clientId),
    (it) => it.channel_id,
  );
  return [
    ...[...rights].map(([channel, types]) => ({
      text: `may ${types.map(({ type }) => type.toLowerCase()).join(' and ')} on ${nameOf.get(channel)}`,
    })),
    ...certificates
      .filter((it) => it.entity_id === clientId && !it.revoked)
      .map((it) => ({
        text: `certificate ${id(it.serial_number)}  valid until ${it.expiry_time.slice(0, 10)}`,
      })),
    ...configs
      .filter((it) => it.external_id === metadata['external_id'])
      .map((it) => ({
        text: `configuration ${id(it.id)}  ${it.status}`,
        children: [`for ${it.external_id}`, it.client_cert && 'with certificate and key']
          .filter(Boolean)
          .map((text) => ({ text })),
      })),
  ];
}

function render({ text, children = [] }: Node, indent = ''): string {
  const lines = children.map((child, index) => {
    const last = index === children.length - 1;
    return `${indent}${last ? '└─ ' : '├─ '}${render(child, `${indent}${last ? '   ' : '│  '}`)}`;
  });
  return [text, ...lines].join('\n');
}

export const shortId = (id: string): string => (id.length > 12 ? `${id.slice(0, 8)}…` : id);
