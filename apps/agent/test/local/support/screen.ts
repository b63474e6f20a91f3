import {
  type Client,
  type ServiceError,
  Metadata,
  credentials,
  makeGenericClientConstructor,
} from '@grpc/grpc-js';

/** A refusal, as a client sees it. */
export interface Refused {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

const PROVISIONING = ['ping', 'generateCode', 'provisionByCode', 'deprovision'] as const;
const IDENTITY = ['getMachineId', 'getProvisionStatus', 'getMachineCert'] as const;

/** Fields by number; the messages of this wire have nothing but texts and booleans. */
export type Fields = Readonly<Record<number, string | boolean>>;

type Call = (name: string, request?: string) => Promise<Fields>;

/** A program on the device that knows mecha-agent's protos, written down by hand. */
export class Screen {
  readonly #clients: readonly [provisioning: Client, identity: Client];
  readonly #token: string | undefined;

  constructor(target: string, token?: string) {
    this.#clients = [
      client('provisioning.ProvisioningService', PROVISIONING, target),
      client('identity.IdentityService', IDENTITY, target),
    ];
    this.#token = token;
  }

  ping = async (): Promise<Fields> => this.#provisioning('ping');
  generateCode = async (): Promise<string> => text(await this.#provisioning('generateCode'));
  provisionByCode = async (code: string): Promise<boolean> =>
    flag(await this.#provisioning('provisionByCode', code));
  deprovision = async (): Promise<boolean> => flag(await this.#provisioning('deprovision'));
  getMachineId = async (): Promise<string> => text(await this.#identity('getMachineId'));
  getProvisionStatus = async (): Promise<boolean> => flag(await this.#identity('getProvisionStatus'));
  getMachineCert = async (): Promise<Fields> => this.#identity('getMachineCert');

  close(): void {
    for (const each of this.#clients) each.close();
  }

  #provisioning: Call = (name, request) => this.#call(0, name, request);
  #identity: Call = (name, request) => this.#call(1, name, request);

  #call(service: 0 | 1, name: string, request = ''): Promise<Fields> {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set('authorization', `Bearer ${this.#token}`);
    const methods = this.#clients[service] as unknown as Record<string, Method>;
    return new Promise((resolve, reject) =>
      methods[name]!(request, metadata, (error, answer) => (error ? reject(error) : resolve(answer!))),
    );
  }
}

type Method = (
  request: string,
  metadata: Metadata,
  done: (error: ServiceError | null, answer?: Fields) => void,
) => void;

function client(service: string, methods: readonly string[], target: string): Client {
  const definition = Object.fromEntries(
    methods.map((name) => [
      name,
      {
        path: `/${service}/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: encode,
        requestDeserialize: () => '',
        responseSerialize: () => Buffer.alloc(0),
        responseDeserialize: decode,
      },
    ]),
  );
  const Constructor = makeGenericClientConstructor(definition, service);
  return new Constructor(target, credentials.createInsecure());
}

/** `string code = 1`, or nothing. */
function encode(code: string): Buffer {
  const bytes = Buffer.from(code);
  return code === '' ? bytes : Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
}

function decode(bytes: Buffer): Fields {
  const fields: Record<number, string | boolean> = {};
  for (let at = 0; at < bytes.length;) {
    const tag = varint();
    const value = varint();
    const isText = (tag & 7) === 2;
    fields[tag >> 3] = isText ? bytes.toString('utf8', at, at + value) : value === 1;
    if (isText) at += value;

    function varint(): number {
      let result = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        result |= (byte & 0x7f) << shift;
        if (byte < 0x80) return result;
      }
    }
  }
  return fields;
}

const text = (fields: Fields): string => String(fields[1] ?? '');
const flag = (fields: Fields): boolean => fields[1] === true;
