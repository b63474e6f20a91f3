import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ErrorDto } from './error.dto.js';

/** In the shape of all errors. Referenced by name: a type would get the content type of the route. */
export const refusal = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } },
});

/** A refusal that a route, or all of a controller's, may answer with. */
export const ApiRefusal = (status: number, description: string) =>
  ApiResponse({ status, ...refusal(description) });

/** 503 of every route that uses the database. */
export const OUTAGE = 'The database is unavailable (`database_unavailable`); see Retry-After';
