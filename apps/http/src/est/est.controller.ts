import { Controller, Get, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { keepsSubject, readCertificate, readCsr } from '@org/x509';
import type { Server } from '@org/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpFailure } from '../errors/http-failure.js';
import { BodyLimit } from '../request/body-limit.js';
import { AnyQuery } from '../request/query-parameters.js';
import { Needs } from '../security/feature.guard.js';
import { SERVER } from '../server.token.js';
import { ATTRIBUTES, CERTS_ONLY, certificates, sendEst } from './answer.js';
import { basicCredentials } from './basic-credentials.js';
import { clientCertificateOf } from './client-certificate.js';
import { csrOf } from './csr-body.js';
import { EstErrorFilter } from './error.filter.js';

const CSR_BODY = {
  schema: { type: 'string', format: 'byte' },
  description: 'PKCS#10, DER in base64; its subject is ignored when a device enrols',
} as const;

/** As the filter sends it. */
const Refusal = (status: number, description: string) =>
  ApiResponse({ status, description, content: { 'text/plain': { schema: { type: 'string' } } } });

/**
 * Enrolment for devices that speak EST (RFC 7030, corrected by RFC 8951). A device begins like any other, by
 * `POST /v1/enrolments`; what it gets there are its user name and password here. Clients may put a label of their own into
 * the path (RFC 7030 3.2.2); all mean the same.
 */
@ApiTags('EST (RFC 7030)')
@Refusal(404, 'Enrolment is off')
@Refusal(500, 'Internal error; the log has the details')
@Needs('enrolment')
@AnyQuery()
@Controller(['.well-known/est', '.well-known/est/:label'])
@UseFilters(EstErrorFilter)
export class EstController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get('cacerts')
  @ApiOperation({
    summary: 'Trusted certificates: current and previous chains, and cross-signed certificates',
  })
  @ApiProduces(CERTS_ONLY)
  cacerts(@Res() reply: FastifyReply): void {
    const { roots, intermediates } = this.server.authority!.served();
    sendEst(reply, certificates([...roots, ...intermediates].map(({ der }) => der)));
  }

  @Get('csrattrs')
  @ApiOperation({ summary: 'What a certificate request should contain' })
  @ApiProduces('application/csrattrs')
  csrattrs(@Res() reply: FastifyReply): void {
    sendEst(reply, ATTRIBUTES);
  }

  @Post('simpleenroll')
  @BodyLimit('request')
  @ApiBasicAuth()
  @ApiOperation({
    summary:
      'The certificate of an approved device; its code is the user name, its polling secret the password',
  })
  @ApiConsumes('application/pkcs10')
  @ApiBody(CSR_BODY)
  @ApiProduces(CERTS_ONLY)
  @ApiResponse({ status: 200, description: 'The certificate; the same one each time for the same key' })
  @Refusal(202, 'Not approved yet, or its certificate is being issued: retry after Retry-After')
  @Refusal(400, 'No certificate request, or not one to be granted')
  @Refusal(401, 'No such code, or it has expired')
  @Refusal(403, 'An operator refused the device, the request is for another key, or no TLS (`tls_required`)')
  @Refusal(503, 'An outage; see Retry-After')
  async simpleenroll(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { credentials } = await this.#enrolments.redeem({
      credentials: basicCredentials(request.headers.authorization),
      csr: csrOf(request.body),
      subject: 'ignored',
    });
    sendEst(reply, certificates([credentials.certificate]));
  }

  @Post('simplereenroll')
  @BodyLimit('request')
  @ApiOperation({
    summary: 'Renew the TLS client certificate, for the same key or a new one',
    description: 'Retrying with the same client certificate and the same key returns the same certificate.',
  })
  @ApiConsumes('application/pkcs10')
  @ApiBody(CSR_BODY)
  @ApiProduces(CERTS_ONLY)
  @ApiResponse({
    status: 200,
    description: 'The certificate; the previous one stays valid until this one is used',
  })
  @Refusal(
    400,
    'The certificate request is missing or malformed, or has another subject than the certificate',
  )
  @Refusal(
    403,
    'The client certificate is missing or cannot be renewed, or the connection has no TLS (`tls_required`)',
  )
  @Refusal(429, 'Renewed too often; see Retry-After')
  @Refusal(503, 'An outage; see Retry-After')
  async simplereenroll(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const certificate = clientCertificateOf(request);
    const csr = csrOf(request.body);
    assertSameSubject(csr, certificate);
    const renewed = await this.#enrolments.renew({ csr, proof: { kind: 'tls', certificate } });
    sendEst(reply, certificates([renewed.certificate]));
  }

  get #enrolments() {
    return this.server.enrolments!;
  }
}

/** RFC 7030 4.2.2; names beside the subject are for the profile to grant. */
function assertSameSubject(csr: Buffer, certificate: Buffer): void {
  if (keepsSubject(readCsr(csr), readCertificate(certificate))) return;
  throw new HttpFailure(400, {
    kind: 'invalid',
    code: 'csr_subject_changed',
    message: 'the subject of the request must be that of the certificate that it renews',
  });
}
