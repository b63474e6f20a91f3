import { Injectable, type PipeTransform } from '@nestjs/common';
import { HttpFailure } from '../errors/http-failure.js';

/** Characters in an id or a domain, ours or the platform's, at most. */
export const LONGEST_ID = 128;
/** Databases refuse some of what URLs can carry. */
const ID = new RegExp(`^[\\x21-\\x7e]{1,${LONGEST_ID}}$`);

export const unknownId = () =>
  new HttpFailure(404, { kind: 'not_found', code: 'id_unknown', message: 'there is no such id' });

/** An id in a path. What cannot be one is not there. */
@Injectable()
export class ReadableId implements PipeTransform<string, string> {
  transform(text: string): string {
    if (ID.test(text)) return text;
    throw unknownId();
  }
}
