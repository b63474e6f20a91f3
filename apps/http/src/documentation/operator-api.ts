import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ErrorDto } from './error.dto.js';

/** What all endpoints for operators have in common. */
export const ApiForOperators = (tag: string) =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiParam({
      name: 'domainID',
      description: 'Magistrala domain; without a platform, any name that the operators agree on',
    }),
    ApiResponse({ status: 401, type: ErrorDto, description: 'No token, or a bad one' }),
    ApiResponse({ status: 403, type: ErrorDto, description: 'The caller may not act for the domain' }),
    ApiResponse({
      status: 404,
      type: ErrorDto,
      description: 'Not there, or not of this domain; or enrolment is off (`enrolment_off`)',
    }),
  );
