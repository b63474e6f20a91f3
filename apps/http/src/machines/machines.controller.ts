import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Enrolments, Operator } from '@org/enrolment';
import type { CertificateRecord } from '@org/pki';
import type { Server } from '@org/server';
import { ApiForOperators } from '../documentation/callers.js';
import { ApiRefusal } from '../documentation/refusals.js';
import { BodyLimit } from '../request/body-limit.js';
import { JsonBody, NoFields } from '../request/json-body.js';
import { ApiCursorPaging, parseChoice, parseCursorPaging } from '../request/paging.js';
import { TakesQuery } from '../request/query-parameters.js';
import { ReadableId } from '../request/readable-id.pipe.js';
import { Needs } from '../security/feature.guard.js';
import { CallingOperator } from '../security/operator.decorator.js';
import { SERVER } from '../server.token.js';
import {
  MACHINE_STATES,
  MachineDto,
  MachineWithCertificatesDto,
  MachinesDto,
  toMachine,
  toMachineCertificate,
  toMachines,
} from './machine.dto.js';
import { RevokeDto, parseRevoke } from './revoke.dto.js';

@ApiForOperators('machines')
@Needs('enrolment')
@Controller(':domainID/machines')
export class MachinesController {
  constructor(@Inject(SERVER) private readonly server: Server) {}

  @Get()
  @ApiOperation({ summary: "List the domain's enrolled devices, latest first" })
  @TakesQuery({ name: 'state', required: false, enum: MACHINE_STATES })
  @ApiCursorPaging()
  @ApiOkResponse({ type: MachinesDto })
  async list(
    @Param('domainID', ReadableId) domainId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<MachinesDto> {
    const paging = parseCursorPaging(query);
    const state = parseChoice('state', query['state'], MACHINE_STATES);
    const found = await this.#enrolments.listMachines({ domainId, ...paging, ...(state && { state }) });
    return toMachines({ ...found, ...paging });
  }

  @Get(':machineID')
  @ApiOperation({ summary: 'Get a device with its certificates' })
  @ApiOkResponse({ type: MachineWithCertificatesDto })
  async show(
    @Param('domainID', ReadableId) domainId: string,
    @Param('machineID', ReadableId) id: string,
  ): Promise<MachineWithCertificatesDto> {
    const machine = await this.#enrolments.findMachine({ id, domainId });
    const certificates = (await this.#certificatesOf(machine.id)).map(toMachineCertificate);
    return { ...toMachine(machine), certificates };
  }

  @Post(':machineID/revoke')
  @BodyLimit('fields')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Revoke all its certificates permanently; repeating it is safe',
    description:
      'CRL and OCSP say so from now on. The gateway stays on the platform unless `remove_gateway` is set.',
  })
  @ApiBody({ type: RevokeDto, required: false })
  @ApiOkResponse({ type: MachineDto })
  @ApiRefusal(400, 'The reason is unknown')
  async revoke(
    @Param('domainID', ReadableId) domainId: string,
    @Param('machineID', ReadableId) id: string,
    @CallingOperator() operator: Operator,
    @JsonBody('or_nothing') body: object,
  ): Promise<MachineDto> {
    return toMachine(await this.#enrolments.revoke({ id, domainId, operator, ...parseRevoke(body) }));
  }

  @Post(':machineID/reissue')
  @BodyLimit('fields')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Request that it get a new certificate at its next check-in',
    description: 'For a legacy device this opens the short window in which it can, with a new key.',
  })
  @ApiOkResponse({ type: MachineDto })
  @ApiRefusal(409, 'It is revoked')
  async reissue(
    @Param('domainID', ReadableId) domainId: string,
    @Param('machineID', ReadableId) id: string,
    @CallingOperator() operator: Operator,
    @NoFields() _body: object,
  ): Promise<MachineDto> {
    return toMachine(await this.#enrolments.reissue({ id, domainId, operator }));
  }

  async #certificatesOf(machineId: string): Promise<CertificateRecord[]> {
    const records: CertificateRecord[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.server.authority!.store.list({
        machineId,
        ...(after !== undefined && { after }),
      });
      records.push(...page.records);
      if (page.next === undefined) return records;
      after = page.next;
    }
  }

  get #enrolments(): Enrolments {
    return this.server.enrolments!;
  }
}
