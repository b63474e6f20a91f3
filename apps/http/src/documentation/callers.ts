import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiRefusal } from './refusals.js';

const ofDomain = (tag: string, domain: string) =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiParam({ name: 'domainID', description: domain }),
    ApiRefusal(401, 'The token is missing or invalid'),
    ApiRefusal(
      403,
      'The caller is not a member of the domain, or lacks the right (docs/reference/authorization.md)',
    ),
    ApiRefusal(503, 'The platform or the database is unavailable; see Retry-After'),
  );

/** What all endpoints for members of a Magistrala domain have in common. */
export const ApiForMembers = (tag: string) => ofDomain(tag, 'Magistrala domain');

/** What all endpoints for operators have in common. */
export const ApiForOperators = (tag: string) =>
  applyDecorators(
    ofDomain(tag, 'Magistrala domain; without a platform, any name that the operators choose'),
    ApiRefusal(404, 'Not found in this domain; or enrolment is off (`enrolment_off`)'),
  );
