import { readFileSync } from 'node:fs';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller } from '../security/caller.guard.js';
import { Needs } from '../security/feature.guard.js';

/**
 * Scripts and styles come from here and from nowhere else, requests go here, and forms are sent nowhere: without its
 * script the page must not put what was typed into an address.
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

const file = (name: string): string =>
  readFileSync(new URL(`../../public/enrol/${name}`, import.meta.url), 'utf8');

/** Where a person approves a device with a browser; what `verification_url` is meant to point at. */
@ApiTags('enrolments')
@Needs('enrolment')
@Caller('anyone')
@Controller('enrol')
export class EnrolPageController {
  readonly #page = file('enrol.html');
  readonly #script = file('enrol.js');
  readonly #style = file('enrol.css');

  @Get()
  @ApiOperation({ summary: 'A page to approve devices on, with the endpoints of `enrolments`' })
  @ApiProduces('text/html')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(HEADERS).type('text/html; charset=utf-8');
    return this.#page;
  }

  @Get('enrol.js')
  @ApiOperation({ summary: 'Its script' })
  @ApiProduces('text/javascript')
  script(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(HEADERS).type('text/javascript; charset=utf-8');
    return this.#script;
  }

  @Get('enrol.css')
  @ApiOperation({ summary: 'Its style' })
  @ApiProduces('text/css')
  style(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(HEADERS).type('text/css; charset=utf-8');
    return this.#style;
  }
}
