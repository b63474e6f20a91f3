import { startEmulator } from '../../../src/index.js';

export const SERVICES = ['users', 'auth', 'domains', 'clients', 'channels', 'bootstrap', 'certs'] as const;
export type Service = (typeof SERVICES)[number];

/** The Magistrala that the suite runs against. */
export interface Target {
  readonly urls: Readonly<Record<Service, string>>;
  readonly authGrpc: string;
  readonly admin: { readonly username: string; readonly password: string };
  readonly bootstrapEncryptKey: string;
  readonly certsSecret: string;
  close(): Promise<void>;
}

const env = (name: string) => process.env[`CONTRACT_${name}`] || undefined;

function required(name: string): string {
  const value = env(name);
  if (value === undefined)
    throw new Error(`CONTRACT_USERS_URL is set, so CONTRACT_${name} must be set as well`);
  return value;
}

/** A real Magistrala where the environment names one (see README.md), and otherwise a fresh emulator. */
export async function openTarget(): Promise<Target> {
  if (env('USERS_URL') === undefined) {
    const emulator = await startEmulator({ certKey: 'ec' });
    return { ...emulator, certsSecret: '12345678' };
  }
  const urls = Object.fromEntries(
    SERVICES.map((service) => [service, required(`${service.toUpperCase()}_URL`)]),
  );
  return {
    urls: urls as Record<Service, string>,
    authGrpc: required('AUTH_GRPC'),
    admin: { username: env('ADMIN_USERNAME') ?? 'admin', password: env('ADMIN_PASSWORD') ?? '12345678' },
    bootstrapEncryptKey: required('BOOTSTRAP_ENCRYPT_KEY'),
    certsSecret: env('CERTS_SECRET') ?? '12345678',
    close: () => Promise.resolve(),
  };
}
