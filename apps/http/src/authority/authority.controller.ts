import { Controller, Get, Header, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { type OcspAnswer, ocspRequestFromPath } from '@org/pki';
import type { BuiltinAuthority, Server } from '@org/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRefusal } from '../documentation/refusals.js';
import { HttpFailure } from '../errors/http-failure.js';
import { BodyLimit } from '../request/body-limit.js';
import { SERVER } from '../server.token.js';
import { cacheUntil } from './caching.js';

/** Seconds that trust anchors may be kept. */
const ANCHORS_MAX_AGE_S = 3_600;

const DER_LIST = { schema: { type: 'string', format: 'binary' } } as const;
const CRL_CONTENDED = 'Other replicas are signing one (`crl_contended`), or an outage; see Retry-After';

/** Public routes of the built-in authority: anyone may verify certificates. */
@ApiTags('authority')
@Controller()
export class AuthorityController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get('v1/ca')
  @Header('Cache-Control', `public, max-age=${ANCHORS_MAX_AGE_S}`)
  @Header('Vary', 'Accept')
  @ApiOperation({
    summary: 'Trusted certificates: current and previous chains, and cross-signed certificates',
  })
  @ApiProduces('application/x-pem-file', 'application/pkix-cert')
  ca(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string | Buffer {
    if (accept?.includes('application/pkix-cert')) return this.issuerCertificate(reply);
    void reply.header('Content-Type', 'application/x-pem-file');
    return this.#authority.servedPem();
  }

  @Get('v1/ca.cer')
  @Header('Cache-Control', `public, max-age=${ANCHORS_MAX_AGE_S}`)
  @ApiOperation({ summary: 'Certificate of the current issuing authority, DER' })
  @ApiProduces('application/pkix-cert')
  issuerCertificate(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    void reply.header('Content-Type', 'application/pkix-cert');
    return this.#authority.certificate;
  }

  @Get('crl')
  @ApiOperation({ summary: 'CRL of the current issuing authority (RFC 5280), DER' })
  @ApiProduces('application/pkix-crl')
  @ApiOkResponse(DER_LIST)
  @ApiRefusal(503, CRL_CONTENDED)
  currentCrl(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.crl(undefined, reply);
  }

  @Get('crl/:issuerId')
  @ApiOperation({ summary: 'CRL of the authority with this key identifier, DER' })
  @ApiProduces('application/pkix-crl')
  @ApiOkResponse(DER_LIST)
  @ApiRefusal(404, 'No such authority')
  @ApiRefusal(503, CRL_CONTENDED)
  async crl(
    @Param('issuerId') issuerId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const crl = await this.#authority.crl(issuerId);
    if (!crl)
      throw new HttpFailure(404, {
        kind: 'not_found',
        code: 'authority_not_found',
        message: 'no authority with this key identifier',
      });
    void reply.header('Content-Type', 'application/pkix-crl').headers(cacheUntil(crl, crl.der));
    return crl.der;
  }

  @Post('ocsp')
  @BodyLimit('request')
  @HttpCode(200)
  @ApiOperation({ summary: 'OCSP (RFC 6960); the body is an OCSP request, DER' })
  @ApiProduces('application/ocsp-response')
  async ocsp(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return this.#answer(
      await this.#authority.ocsp((request.body as Buffer | undefined) ?? Buffer.alloc(0)),
      reply,
    );
  }

  @Get('ocsp/*')
  @ApiOperation({
    summary: 'OCSP by GET (RFC 6960, A.1): the request in base64 after /ocsp/; may be cached',
  })
  @ApiProduces('application/ocsp-response')
  async ocspByGet(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const asked = ocspRequestFromPath(request.url.slice('/ocsp/'.length));
    const answer = await this.#authority.ocsp(asked ?? Buffer.alloc(0));
    if (answer.cacheable)
      void reply.headers(
        cacheUntil({ thisUpdate: answer.thisUpdate!, nextUpdate: answer.nextUpdate! }, answer.der),
      );
    return this.#answer(answer, reply);
  }

  #answer({ der, error }: OcspAnswer, reply: FastifyReply): Buffer {
    if (error !== undefined) this.server.logger.error({ err: error }, 'OCSP answered internalError');
    void reply.header('Content-Type', 'application/ocsp-response');
    return der;
  }

  get #authority(): BuiltinAuthority {
    return this.server.authority!;
  }
}
