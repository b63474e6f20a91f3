import type { OpenAPIObject } from '@nestjs/swagger';
import { refusal } from './refusals.js';

const OF_ADDRESSES = {
  400: refusal('The address cannot be read, or a query parameter or field is not known'),
  404: refusal('There is no such id (`id_unknown`)'),
};
const OF_BODIES = {
  413: refusal('The body is larger than this service accepts (`body_too_large`)'),
  415: refusal('Content-Type is missing, malformed, or not the one asked for (`unsupported_content_type`)'),
};
const OF_ALL = {
  400: refusal('A query parameter or field is not known (`unknown_query_parameter`, `unknown_field`)'),
  500: refusal('A defect, which is in the log (`internal`)'),
};

/**
 * Adds what controllers do not say of their routes: what is refused before they are asked, and parameters in addresses
 * that they do not look at.
 */
export function complete({ paths }: OpenAPIObject): void {
  for (const [path, { get, post }] of Object.entries(paths)) {
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
    for (const operation of [get, post]) {
      if (!operation) continue;
      const { parameters = [], responses } = operation;
      const isKnown = (name: string) => parameters.some((it) => 'name' in it && it.name === name);
      operation.parameters = [...parameters, ...names.filter((name) => !isKnown(name)).map(inPath)];
      operation.responses = {
        ...OF_ALL,
        ...(names.length > 0 && OF_ADDRESSES),
        ...(operation === post && OF_BODIES),
        ...responses,
      };
    }
  }
}

const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const;
