import { Injectable, type PipeTransform } from '@nestjs/common';
import { HttpFailure } from '../errors/http-failure.js';

/** What ids and domains look like, ours and the platform's. Databases refuse some of what URLs can carry. */
const ID = /^[\x21-\x7e]{1,128}$/;

/** An id in a path. What cannot be one is not there. */
@Injectable()
export class ReadableId implements PipeTransform<string, string> {
  transform(text: string): string {
    if (ID.test(text)) return text;
    throw new HttpFailure(404, { kind: 'not_found', code: 'id_unknown', message: 'there is no such id' });
  }
}
