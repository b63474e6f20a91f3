import type { OpenAPIObject } from '@nestjs/swagger';
import { LONGEST_ID } from '../request/readable-id.pipe.js';
import { refusal } from './refusals.js';

/** Of EST's paths: text for people. */
const textRefusal = (description: string) => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
});

type Say = typeof refusal | typeof textRefusal;

const ofAddresses = (say: Say) => ({
  400: say('The path cannot be decoded, or a query parameter or field is unknown'),
  404: say('The id does not exist (`id_unknown`)'),
});
const ofBodies = (say: Say) => ({
  413: say('The body is larger than this service accepts (`body_too_large`)'),
  415: say(
    'Content-Type is missing, malformed, or not one that this route accepts (`unsupported_content_type`)',
  ),
});
const ofAll = (say: Say) => ({
  400: say('A query parameter or field is unknown (`unknown_query_parameter`, `unknown_field`)'),
  500: say('Internal error; the log has the details (`internal`)'),
});

/**
 * Adds what controllers do not say of their routes: what is refused before they are asked, and parameters in addresses
 * that they do not look at.
 */
export function complete({ paths }: OpenAPIObject): void {
  for (const [path, { get, post }] of Object.entries(paths)) {
    const say = path.startsWith('/.well-known/est/') ? textRefusal : refusal;
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
    for (const operation of [get, post]) {
      if (!operation) continue;
      const { parameters = [], responses } = operation;
      const isKnown = (name: string) => parameters.some((it) => 'name' in it && it.name === name);
      operation.parameters = [...parameters, ...names.filter((name) => !isKnown(name)).map(inPath)];
      for (const parameter of operation.parameters)
        if ('in' in parameter && parameter.in === 'path') Object.assign(parameter.schema!, ID);
      operation.responses = {
        ...ofAll(say),
        ...(names.length > 0 && ofAddresses(say)),
        ...(operation === post && ofBodies(say)),
        ...responses,
      };
    }
  }
}

/** A malformed id does not exist. */
const ID = { pattern: '^[\\x21-\\x7e]+$', maxLength: LONGEST_ID };

const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const;
