export type { AuthGrpc, Config, ListenTls, OutboundTls, OwnCredentials, ServiceUrls } from './config.js';
export type {
  ContentCertificate,
  ContentChannel,
  ContentClient,
  ContentTemplate,
  ContentValues,
} from './content.js';
export { CHANNEL_TYPES, type ChannelType, type Layout, type LayoutBinding, type LayoutChannel, type LayoutClient } from './layout.js';
