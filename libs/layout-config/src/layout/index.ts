export { type CompiledContent, type ContentProblem, compileContent, renderContent } from './content.js';
export {
  CHANNEL_TYPES,
  type ChannelType,
  type Layout,
  type LayoutBinding,
  type LayoutChannel,
  type LayoutClient,
} from './layout.js';
export type { ContentScope } from './reference.js';
export type { ContentTemplate } from './template.js';
export type { ContentCertificate, ContentChannel, ContentClient, ContentValues } from './values.js';
