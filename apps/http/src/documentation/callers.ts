import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiRefusal } from './refusals.js';

const ofDomain = (tag: string, domain: string) =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiParam({ name: 'domainID', description: domain }),
    ApiRefusal(401, 'No token, or a bad one'),
    ApiRefusal(
      403,
      'The caller is no member of the domain, or lacks the right (docs/reference/authorization.md)',
    ),
    ApiRefusal(503, 'The platform or the database does not answer; see Retry-After'),
  );

/** What all endpoints for members of a Magistrala domain have in common. */
export const ApiForMembers = (tag: string) => ofDomain(tag, 'Magistrala domain');

/** What all endpoints for operators have in common. */
export const ApiForOperators = (tag: string) =>
  applyDecorators(
    ofDomain(tag, 'Magistrala domain; without a platform, any name that the operators agree on'),
    ApiRefusal(404, 'Not there, or not of this domain; or enrolment is off (`enrolment_off`)'),
  );
