import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TLSSocket, type Server, createServer } from 'node:tls';
import type { Emulator } from '@org/magistrala-emulator';
import { certificatePem, readCertificates } from '@org/x509';
import type { ServerCertificate } from '@org/server';
import { Aedes } from 'aedes';
import { rightsOf } from './rights.js';

interface Message {
  /** Of its sender. */
  readonly clientId: string;
  readonly topic: string;
  readonly payload: string;
}

type Client = Parameters<Aedes['authenticate']>[0];

/**
 * An MQTT broker that lets in whom Magistrala's would: clients with their id as user name and their secret as password, and
 * each only to the channels that it is connected to. Besides, it asks for a certificate in the client's name.
 */
export class Broker {
  /** What has come in. */
  readonly messages: Message[] = [];

  private constructor(
    private readonly aedes: Aedes,
    private readonly server: Server,
  ) {
    aedes.on('publish', ({ topic, payload }, client) => {
      if (client) this.messages.push({ clientId: client.id, topic, payload: payload.toString() });
    });
  }

  /** Takes a port; no one can connect before it has its certificate. */
  static async listen(emulator: Emulator): Promise<Broker> {
    const rights = rightsOf(emulator);
    const refusal = (may: boolean) => (may ? null : new Error('not on this topic'));
    const aedes = await Aedes.createBroker({
      authenticate: (client, user, password, done) =>
        done(
          null,
          user === client.id && user === nameOf(client) && rights.isSecret(user, password?.toString()),
        ),
      authorizePublish: (client, { topic }, done) =>
        done(refusal(client !== null && rights.may('publish', client.id, topic))),
      authorizeSubscribe: (client, subscription, done) =>
        done(refusal(rights.may('subscribe', client.id, subscription.topic)), subscription),
    });
    const server = createServer({ requestCert: true, rejectUnauthorized: true }, (socket) => {
      // Clients hang up as they like.
      socket.on('error', () => undefined);
      aedes.handle(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Broker(aedes, server);
  }

  /** As bootstrap content has it. */
  get url(): string {
    return `ssl://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Trusts client certificates from where its own is from: by the root alone, as brokers in the field do. */
  secure({ key, certificate }: ServerCertificate): void {
    const root = certificatePem(readCertificates(certificate).at(-1)!);
    this.server.setSecureContext({ key: key.reveal(), cert: certificate, ca: root });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.aedes.close(resolve));
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Whose certificate it has shown. */
const nameOf = ({ conn }: Client): unknown => (conn as TLSSocket).getPeerCertificate().subject?.CN;
