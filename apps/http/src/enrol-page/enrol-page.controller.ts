import { readFileSync } from 'node:fs';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiRefusal } from '../documentation/refusals.js';
import { AnyQuery } from '../request/query-parameters.js';
import { Needs } from '../security/feature.guard.js';

/**
 * All that the page loads comes from here and from nowhere else, requests go here, and forms are sent nowhere: without its
 * script the page must not put what was typed into an address.
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

const TYPES = {
  'enrol.html': 'text/html; charset=utf-8',
  'enrol.js': 'text/javascript; charset=utf-8',
  'enrol.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};
type FileName = keyof typeof TYPES;

const read = (name: FileName): string =>
  readFileSync(new URL(`../../public/enrol/${name}`, import.meta.url), 'utf8');

/** Where a person approves a device with a browser; what `verification_url` is meant to point at. */
@ApiTags('enrolments')
@ApiRefusal(404, 'Enrolment is off (`enrolment_off`)')
@Needs('enrolment')
@AnyQuery()
@Controller('enrol')
export class EnrolPageController {
  readonly #files = {
    'enrol.html': read('enrol.html'),
    'enrol.js': read('enrol.js'),
    'enrol.css': read('enrol.css'),
    'icon.svg': read('icon.svg'),
  } satisfies Record<FileName, string>;

  @Get()
  @ApiOperation({ summary: 'Web page to approve devices, using the endpoints of `enrolments`' })
  @ApiProduces('text/html')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    return this.#serve('enrol.html', reply);
  }

  @Get('enrol.js')
  @ApiOperation({ summary: 'Its script' })
  @ApiProduces('text/javascript')
  script(@Res({ passthrough: true }) reply: FastifyReply): string {
    return this.#serve('enrol.js', reply);
  }

  @Get('enrol.css')
  @ApiOperation({ summary: 'Its style' })
  @ApiProduces('text/css')
  style(@Res({ passthrough: true }) reply: FastifyReply): string {
    return this.#serve('enrol.css', reply);
  }

  @Get('icon.svg')
  @ApiOperation({ summary: 'Its icon' })
  @ApiProduces('image/svg+xml')
  icon(@Res({ passthrough: true }) reply: FastifyReply): string {
    return this.#serve('icon.svg', reply);
  }

  #serve(name: FileName, reply: FastifyReply): string {
    void reply.headers(HEADERS).type(TYPES[name]);
    return this.#files[name];
  }
}
