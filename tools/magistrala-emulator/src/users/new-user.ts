import { type Fields, anyObject, fields, text, texts } from '../http/go-json.js';
import { badRequest } from '../http/refusal.js';
import { MOST_NAME_BYTES, isReadable } from '../entities/names.js';
import type { NewUser } from './users.js';

export const newUserShape = fields({
  first_name: text,
  last_name: text,
  email: text,
  tags: texts,
  metadata: anyObject,
  status: text,
  role: text,
  credentials: fields({ username: text, secret: text }),
});

const USERNAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,31}$/;
/** Enough of RFC 5322 for an address without a display name. */
const EMAIL = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;
const SHORTEST_PASSWORD = 8;

/** Checks in Magistrala's order (Magistrala wire §1.4). */
export function validateNewUser(body: ReturnType<typeof newUserShape>): NewUser {
  const { first_name: firstName = '', last_name: lastName = '', email = '', credentials = {} } = body;
  const { username = '', secret: password = '' } = credentials as Fields<{
    username: typeof text;
    secret: typeof text;
  }>;
  const tooLong = [firstName, lastName].some((name) => Buffer.byteLength(name) > MOST_NAME_BYTES);
  if (tooLong) throw badRequest('invalid name size');
  if (firstName === '') throw badRequest('missing first name');
  if (lastName === '') throw badRequest('missing last name');
  if (username === '') throw badRequest('missing username');
  if (!USERNAME.test(username) || !isReadable(username)) throw badRequest('invalid username');
  if (email === '') throw badRequest('missing email');
  if (!EMAIL.test(email)) throw badRequest('invalid email');
  if (password === '') throw badRequest('missing password');
  if (password.length < SHORTEST_PASSWORD) throw badRequest('password does not meet the requirements');
  if (!['', 'enabled', 'disabled'].includes(body.status ?? '')) throw badRequest('invalid status');
  if (!['', 'user', 'admin'].includes(body.role ?? '')) throw badRequest('invalid client role');
  return {
    firstName,
    lastName,
    email,
    username,
    password,
    role: body.role === 'admin' ? 'admin' : 'user',
    status: body.status === 'disabled' ? 'disabled' : 'enabled',
    tags: body.tags,
    metadata: body.metadata,
  };
}
