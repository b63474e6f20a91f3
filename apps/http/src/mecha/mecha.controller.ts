import { Controller, Get, Header, HttpCode, Inject, Post, Query, UseFilters } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { Secret, inField, parseDuration } from '@org/domain';
import type { MachineCredentials } from '@org/enrolment';
import { certificatePem } from '@org/x509';
import type { Server } from '@org/server';
import { OUTAGE } from '../documentation/refusals.js';
import { HttpFailure } from '../errors/http-failure.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody } from '../request/json-body.js';
import { CallerAddress } from '../request/origin.js';
import { AnyQuery } from '../request/query-parameters.js';
import { rfc3339 } from '../request/rfc3339.js';
import { Needs } from '../security/feature.guard.js';
import { SERVER } from '../server.token.js';
import { type Envelope, granted } from './envelope.js';
import { ApiEnvelopeRefusal, FoundDto, PongDto, SignedDto } from './envelope.dto.js';
import { EnvelopeFilter } from './envelope.filter.js';
import { SignDto, parseSign } from './sign.dto.js';

/** Without the path, which goes before the ticket. */
const SIGN_PATH = 'v1/provisioning/cert/sign';
const NO_MESSAGING = [
  'v1/messaging/get_nonce',
  'v1/messaging/issue_token',
  'v1/auth/get_nonce',
  'v1/auth/issue_token',
];

/**
 * The HTTP wire of mecha-agent (mecha wire §2). Its codes and tickets stand in addresses: nothing here may log, count or
 * repeat an address.
 */
@ApiTags("legacy devices (mecha-agent's API)")
@ApiEnvelopeRefusal(404, 'Legacy devices, or all enrolment, are off (`legacy_devices_off`, `enrolment_off`)')
@ApiEnvelopeRefusal(500, 'A defect, which is in the log (`internal`)')
@UseFilters(EnvelopeFilter)
@Needs('legacy_devices')
@AnyQuery()
@Controller()
export class MechaController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get('v1/ping')
  @Needs('enrolment')
  @ApiOperation({ summary: 'The service is available; any 2xx answer says so' })
  @ApiOkResponse({ type: PongDto })
  @ApiEnvelopeRefusal(404, 'All enrolment is off (`enrolment_off`); legacy devices need not be on')
  ping(): Envelope {
    return granted(200, {});
  }

  @Get('v1/provisioning/manifest/find')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether the code that a device shows was approved' })
  @ApiQuery({ name: 'code', description: 'Six letters or digits that the device created' })
  @ApiOkResponse({ type: FoundDto, description: 'Approved' })
  @ApiEnvelopeRefusal(400, 'It is no code (`code_malformed`)')
  @ApiEnvelopeRefusal(403, 'No TLS where it is required (`tls_required`)')
  @ApiEnvelopeRefusal(404, 'Not approved: keep polling (`code_not_claimed`); or legacy devices are off')
  @ApiEnvelopeRefusal(429, 'Too many requests; see Retry-After')
  @ApiEnvelopeRefusal(503, OUTAGE)
  async find(@CallerAddress() address: string, @Query('code') code: unknown): Promise<Envelope> {
    const answer = await this.#enrolments.ask({ code: textOf(code), address }).catch(inField('code'));
    if (answer.state !== 'approved') throw unclaimed();
    return granted(200, {
      machine_id: answer.machineId,
      cert_sign_url: `/${SIGN_PATH}?ticket=${encodeURIComponent(answer.ticket.reveal())}`,
      // Required, and never used by anybody.
      cert_valid_upto: rfc3339(
        this.server.clock.now() + parseDuration(this.server.config.provisioning.certTtl)!,
      ),
    });
  }

  /** Where `cert_sign_url` leads; without a ticket, and by its second name, where devices re-issue. */
  @Post([SIGN_PATH, 'cert-sign'])
  @BodyLimit('request')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'A device sends its key, after an approval or a request to re-issue' })
  @ApiQuery({ name: 'ticket', required: false, description: 'From cert_sign_url' })
  @ApiBody({ type: SignDto })
  @ApiCreatedResponse({ type: SignedDto })
  @ApiEnvelopeRefusal(400, 'A field, or the certificate request, is malformed')
  @ApiEnvelopeRefusal(
    403,
    'No such ticket, or no longer; denied; re-issue was not requested; no TLS (`tls_required`)',
  )
  @ApiEnvelopeRefusal(409, 'The approval is not complete (`enrolment_pending`); see Retry-After')
  @ApiEnvelopeRefusal(410, 'The enrolment has expired (`enrolment_expired`)')
  @ApiEnvelopeRefusal(503, 'The certificate is being issued, or an outage; see Retry-After')
  async sign(
    @CallerAddress() address: string,
    @Query('ticket') ticket: unknown,
    @JsonBody('any_charset') body: object,
  ): Promise<Envelope> {
    const call = { ...parseSign(body), ticket: ticket === undefined ? undefined : textOf(ticket), address };
    return granted(201, toSigned(await this.#enrolments.sign(call).catch(inField('csr'))));
  }

  @Post(NO_MESSAGING)
  @BodyLimit('fields')
  @ApiExcludeEndpoint()
  messaging(): never {
    throw new HttpFailure(404, {
      kind: 'not_found',
      code: 'messaging_not_offered',
      message: 'this service does not offer messaging; provisioning works without it',
    });
  }

  get #enrolments() {
    return this.server.enrolments!;
  }
}

/** Parameters that come twice are lists, and as wrong as what cannot be a code. */
const textOf = (parameter: unknown): Secret => new Secret(typeof parameter === 'string' ? parameter : '');

/** What an old agent reads as "keep asking": an answer without a payload. */
const unclaimed = () =>
  new HttpFailure(404, {
    kind: 'not_found',
    code: 'code_not_claimed',
    message: 'no one has approved this code yet',
  });

const toSigned = ({ certificate, root, caBundle }: MachineCredentials) => ({
  cert: certificatePem(certificate),
  root_cert: certificatePem(root),
  ca_bundle: caBundle.map(certificatePem),
});
