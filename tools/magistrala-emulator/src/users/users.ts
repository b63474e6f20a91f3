import { randomUUID } from 'node:crypto';
import type { Clock, JsonObject } from '@org/domain';
import { hashed } from '../auth/pats.js';
import { badRequest, unprocessable } from '../http/refusal.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';

export interface User {
  readonly id: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly username: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly role: 'user' | 'admin';
  status: 'enabled' | 'disabled';
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly created_at: string;
  updated_at: string;
  verified_at: string;
}

export interface NewUser {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly role?: User['role'];
  readonly verified?: boolean;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly status?: User['status'];
}

/** bcrypt takes no more; Magistrala's refusal of longer secrets is real even though the hash here is not bcrypt. */
export const MOST_SECRET_BYTES = 72;

export class Users {
  private readonly byId = new Map<string, User>();
  private readonly byUsername = new Map<string, User>();
  private readonly byEmail = new Map<string, User>();

  constructor(private readonly clock: Clock) {}

  /** @throws Refusal for a password over 72 bytes and for a name or address in use. */
  add(user: NewUser, id: string = randomUUID()): User {
    if (Buffer.byteLength(user.password) > MOST_SECRET_BYTES) {
      throw unprocessable('generate hash from password failed');
    }
    if (this.byEmail.has(user.email)) throw badRequest('email id already registered');
    if (this.byUsername.has(user.username)) throw badRequest('username not available');
    const now = isoTime(this.clock);
    const added: User = {
      id,
      first_name: user.firstName ?? user.username,
      last_name: user.lastName ?? user.username,
      username: user.username,
      email: user.email,
      passwordHash: hashed(user.password),
      role: user.role ?? 'user',
      status: user.status ?? 'enabled',
      tags: user.tags ?? [],
      metadata: user.metadata ?? {},
      created_at: now,
      updated_at: ZERO_TIME,
      verified_at: user.verified ? now : ZERO_TIME,
    };
    this.byId.set(id, added);
    this.byUsername.set(added.username, added);
    this.byEmail.set(added.email, added);
    return added;
  }

  get(id: string): User | undefined {
    return this.byId.get(id);
  }

  /** By e-mail address when it looks like one, and otherwise by user name. */
  find(name: string): User | undefined {
    return name.includes('@') ? this.byEmail.get(name) : this.byUsername.get(name);
  }

  remove({ id, username, email }: User): void {
    this.byId.delete(id);
    this.byUsername.delete(username);
    this.byEmail.delete(email);
  }

  isAdmin(id: string): boolean {
    return this.byId.get(id)?.role === 'admin';
  }

  all(): User[] {
    return [...this.byId.values()];
  }

  clear(): void {
    this.byId.clear();
    this.byUsername.clear();
    this.byEmail.clear();
  }
}
