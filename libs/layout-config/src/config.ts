import type { ProxySettings, Secret } from '@org/domain';
import type { Layout } from './layout/layout.js';

/** One base URL per Magistrala service, none with a trailing slash. */
export interface ServiceUrls {
  readonly users: string;
  readonly clients: string;
  readonly channels: string;
  readonly bootstrap: string;
  readonly certs: string;
}

/** How outbound TLS is verified. */
export interface OutboundTls {
  /** False only when someone turned verification off explicitly. */
  readonly verify: boolean;
  /** Additional trust anchors, PEM. */
  readonly ca: string | undefined;
}

/** PEM. */
export interface ListenTls {
  readonly cert: string;
  readonly key: Secret;
}

/** Whose token is used where a request brings none, in the order tried. */
export type OwnCredentials =
  | { readonly kind: 'api_key'; readonly apiKey: Secret }
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'none' };

/** Magistrala's `auth.v1.AuthService`; certificates and key are PEM. */
export interface AuthGrpc {
  /** host:port */
  readonly url: string;
  /** Milliseconds a call may take; 1000 by default. */
  readonly timeoutMs: number;
  readonly tls: boolean;
  readonly clientCert: string | undefined;
  readonly clientKey: Secret | undefined;
  /** The system's trust anchors when undefined. */
  readonly serverCaCerts: string | undefined;
}

/** Someone who may approve devices and act on machines with a token from the configuration. */
export interface ConfiguredOperator {
  /** Unique among them. */
  readonly name: string;
  /** Lower-case hex SHA-256 of the token's text. */
  readonly tokenHash: string;
}

export interface Config {
  /** `none`: nothing is provisioned on a platform; devices only get certificates. */
  readonly platform: 'magistrala' | 'none';
  readonly server: {
    /** TCP port; 9016 by default. */
    readonly port: number;
    /** Address to bind; all interfaces by default. */
    readonly host: string;
    readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
    /** `auto`: text on a terminal. */
    readonly logFormat: 'auto' | 'json' | 'text';
    readonly tls: ListenTls | undefined;
    /** The HTTP app's certificate comes from the built-in authority, for `names`; `tls` is undefined then. */
    readonly tlsBuiltin: boolean;
    /** Lower-case host names and IP addresses under which the HTTP app is reached; localhost's and the machine's by default. */
    readonly names: readonly string[];
    /** CIDR blocks of the proxies whose X-Forwarded-For counts, in both apps; none by default. */
    readonly trustedProxies: readonly string[];
    readonly instanceId: string | undefined;
    /** Understood and reported, but this product calls no one home. */
    readonly sendTelemetry: boolean;
    /** Whether a POST without a token may use the service's own credentials. */
    readonly allowAnonymous: boolean;
    /** Whether the API is described at /docs and /openapi.json. */
    readonly docs: boolean;
    /** Whether both apps serve /metrics. */
    readonly metrics: boolean;
    /** Milliseconds that requests under way get after SIGTERM. */
    readonly drainMs: number;
    /** Bytes that a request body may have. */
    readonly bodyLimit: number;
  };
  readonly grpc: {
    /** Address to bind; all interfaces by default. */
    readonly host: string;
    /** TCP port; 9017 by default. */
    readonly port: number;
    /** TCP port for health and metrics over plain HTTP; 9018 by default. */
    readonly metricsPort: number;
    /** The configured certificate; the built-in authority makes one for `names` when undefined, unless `plaintext`. */
    readonly tls: ListenTls | undefined;
    /** True only when someone turned TLS off explicitly. */
    readonly plaintext: boolean;
    /** Whether reflection tells what is served. */
    readonly reflection: boolean;
    /** Bytes that a message may have; 64 KiB by default. */
    readonly maxMessageBytes: number;
    /** As `server.names`, and the same by default. */
    readonly names: readonly string[];
  };
  /** Of each server app. An address is an IPv4 address or an IPv6 network of 48 bits. */
  readonly limits: {
    /** Open connections; 2000 by default. */
    readonly connections: number;
    /** The same of one address; 500 by default. */
    readonly connectionsPerAddress: number;
    /** From a connection to the head of its first request; 20 s by default. */
    readonly firstRequestMs: number;
    /** For a request to arrive, and for its response to be taken; 30 s by default. */
    readonly requestMs: number;
    /** Between two requests; 60 s by default. */
    readonly idleMs: number;
    /** Bytes of requests that have not arrived in full; 32 MiB by default. */
    readonly unfinishedBytes: number;
    /** The same of one address; 4 MiB by default. */
    readonly unfinishedBytesPerAddress: number;
    /** Devices that wait on a gRPC stream; 2000 by default. */
    readonly streams: number;
    /** The same of one address; 500 by default. */
    readonly streamsPerAddress: number;
    /** Devices that wait for approval; 5000 by default. */
    readonly pending: number;
    /** The same of an IPv4 address or IPv6 /64; 500 by default. */
    readonly pendingPerAddress: number;
    /** The same of an IPv6 /56; 1000 by default. */
    readonly pendingPer56: number;
    /** The same of an IPv6 /48; 2000 by default. */
    readonly pendingPer48: number;
    /** Devices that may wait with a code of 8 letters, and not of 10; 100 by default. */
    readonly shortCodes: number;
    /** Codes that legacy devices ask about at a time; 100 by default. */
    readonly askedCodes: number;
    /** The same of one address; 50 by default. */
    readonly askedCodesPerAddress: number;
  };
  readonly enrolment: {
    readonly enabled: boolean;
    /** Where a person types a code in; shown by devices. */
    readonly verificationUrl: string | undefined;
    /** Of the bootstrap service as devices reach it; as `services.bootstrap` by default. */
    readonly bootstrapUrl: string;
    /** From a code to its approval; 10 minutes by default. */
    readonly codeLifetimeMs: number;
    readonly operators: readonly ConfiguredOperator[];
    /** Whether codes that devices make themselves (mecha-agent's wire) are accepted. */
    readonly legacyDevices: boolean;
    /** Whether a legacy device may sign from another address than it asked from. */
    readonly legacyDevicesAnyAddress: boolean;
    /** Whether a legacy device may enrol without TLS from another machine; true by default. */
    readonly legacyDevicesPlainHttp: boolean;
    /** How long after an operator's request a legacy device may send `ReIssue`; 10 minutes by default. */
    readonly reissueWithinMs: number;
    /** How long after its end a certificate may still be renewed; 7 days by default. */
    readonly renewAfterExpiryMs: number;
    /** How often it may be then; 3 times by default. */
    readonly maxLateRenewals: number;
  };
  readonly services: ServiceUrls;
  readonly outbound: {
    readonly tls: OutboundTls;
    /** How long a caller of the platform waits, in milliseconds: for calls that read, ... */
    readonly readMs: number;
    /** ... that change something, ... */
    readonly writeMs: number;
    /** ... and that create a configuration. */
    readonly configurationMs: number;
    /** Undefined: every connection is direct. */
    readonly proxies: ProxySettings | undefined;
  };
  readonly credentials: OwnCredentials;
  /** For recovery and removal; those above where these are `none`. */
  readonly recoveryCredentials: OwnCredentials;
  readonly auth: {
    readonly grpc: AuthGrpc | undefined;
    readonly jwksUrl: string | undefined;
    readonly allowUnverifiedUser: boolean;
  };
  readonly provisioning: {
    readonly x509: boolean;
    readonly bootstrap: boolean;
    readonly configurationEnabled: boolean;
    /** Lifetime asked for certificates, Go duration text such as `2400h`. */
    readonly certTtl: string;
    /** Compatibility: writes the external key, in plaintext, into the gateway's metadata. */
    readonly externalKeyInMetadata: boolean;
  };
  readonly authority: {
    /** True: certificates come from the built-in authority; false: from Magistrala's certs service. */
    readonly builtin: boolean;
    /** Where its keys are kept: in the folder `path`, or in the database, sealed. */
    readonly store: 'folder' | 'database';
    readonly path: string;
    readonly passphrase: Secret | undefined;
    /** Of the keys of a new authority. */
    readonly algorithm: 'P-256' | 'P-384' | 'RSA-3072' | 'Ed25519';
    readonly organization: string;
    /** Milliseconds between two signatures of a long revocation list. */
    readonly crlIntervalMs: number;
    /** Base address under which devices reach this service; undefined puts no addresses into certificates. */
    readonly url: string | undefined;
  };
  readonly state: {
    /** PostgreSQL; the SQLite file is used when undefined. */
    readonly url: Secret | undefined;
    /** SQLite file. */
    readonly path: string;
    /** 32 bytes as hex or base64 that seal secrets at rest; a key file beside the database when undefined. */
    readonly key: Secret | undefined;
    /** Milliseconds that this machine's clock may be away from PostgreSQL's. */
    readonly maxClockOffsetMs: number;
  };
  readonly tracing: {
    /** Where spans are sent by OTLP over HTTP; undefined: nowhere. */
    readonly url: string | undefined;
    /** 0 to 1: share of the requests that are traced, where the caller has not chosen. */
    readonly ratio: number;
  };
  readonly recovery: {
    /** Milliseconds that a silent process keeps what it works on; longer than `outbound.timeoutMs`. */
    readonly leaseMs: number;
    /** Milliseconds after which a call that no one answered can no longer land; it is cut off then. */
    readonly settleMs: number;
  };
  /** The main one. */
  readonly layout: Layout;
  /** Further ones by name. */
  readonly layouts: ReadonlyMap<string, Layout>;
}
