export {
  type Caller,
  type TokenType,
  domainUserId,
  isPersonalAccessToken,
  needsVerification,
  tokenTypeOf,
} from './auth/caller.js';
export { type AuthClient, type AuthClientOptions, createAuthClient } from './auth/grpc.js';
export { type JwksVerifier, type JwksVerifierOptions, createJwksVerifier } from './auth/jwks.js';
export { RIGHTS, type Right, type RightPlace } from './auth/rights.js';
export type {
  Certificate,
  CertificateSubject,
  CertificateWithKey,
  ListedCertificate,
} from './certs/certificate.js';
export { type CertificateRequest, Certs } from './certs/certs.js';
export type { CaChain, OcspQuestion } from './certs/public.js';
export type { Channel, ChannelChanges, ChannelListOptions, NewChannel } from './channels/channel.js';
export { Channels, type ConnectionType, type ChannelConnections } from './channels/channels.js';
export type { Client, ClientChanges, ClientListOptions, EntityStatus, NewClient } from './clients/client.js';
export { Clients } from './clients/clients.js';
export type { Domain, NewDomain } from './domains/domain.js';
export { Domains } from './domains/domains.js';
export type { Shown } from './entities.js';
export { type Magistrala, type MagistralaOptions, type ServiceName, createMagistrala } from './magistrala.js';
export type { ListOptions } from './list.js';
export { type NewUser, type RefreshTokenInfo, type Tokens, type User, Users } from './users/users.js';
