import { type Reply, empty, json } from './reply.js';

/** Thrown by a service to answer something else than success. Never leaves this package. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Errors of the kind "internal" have an empty body; all others are `{"message"}` (Magistrala wire §0.1). */
    private readonly showsMessage = status !== 500,
  ) {
    super(message);
  }

  get reply(): Reply {
    return this.showsMessage ? json(this.status, { message: this.message }) : empty(this.status);
  }
}

export const badRequest = (message: string) => new Refusal(400, message);
export const unprocessable = (message: string) => new Refusal(422, message);
export const internal = (reason: string) => new Refusal(500, reason);
export const notFound = () => new Refusal(404, 'entity not found');
export const unauthenticated = () => new Refusal(401, 'failed to perform authentication over the entity');
export const forbidden = () => new Refusal(403, 'failed to perform authorization over the entity');
export const conflict = () => badRequest('entity already exists');
export const missingId = () => badRequest('missing entity id');
export const malformedBody = () => badRequest('request body is not a valid JSON, expecting a valid JSON');
export const invalidQuery = () => badRequest('invalid query parameters');
export const unsupportedType = () => new Refusal(415, 'unsupported content type');
