import type { Clock } from '@org/domain';
import { badRequest, notFound, unprocessable } from '../http/refusal.js';
import { ZERO_TIME, isoTime } from '../wire-time.js';

export interface Invitation {
  readonly invited_by: string;
  readonly invitee_user_id: string;
  readonly domain_id: string;
  readonly domain_name: string;
  readonly role_id: string;
  readonly role_name: string;
  readonly created_at: string;
  updated_at: string;
  confirmed_at: string;
  rejected_at: string;
}

type NewInvitation = Omit<Invitation, 'created_at' | 'updated_at' | 'confirmed_at' | 'rejected_at'>;

const keyOf = (userId: string, domainId: string) => `${userId} ${domainId}`;

/** Invitations, one for a user and a domain (Magistrala wire §6). */
export class Invitations {
  private readonly byKey = new Map<string, Invitation>();

  constructor(private readonly clock: Clock) {}

  /** @throws Refusal when the user is invited already. */
  add(invitation: NewInvitation): void {
    const key = keyOf(invitation.invitee_user_id, invitation.domain_id);
    if (this.byKey.has(key)) throw unprocessable('failed to create entity');
    const times = { updated_at: ZERO_TIME, confirmed_at: ZERO_TIME, rejected_at: ZERO_TIME };
    this.byKey.set(key, { ...invitation, created_at: isoTime(this.clock), ...times });
  }

  /** Takes a rejection back, so that the invitation can be accepted after all. @throws Refusal */
  resend(userId: string, domainId: string): void {
    const invitation = this.require(userId, domainId);
    if (invitation.confirmed_at !== ZERO_TIME) throw badRequest('invitation already accepted');
    invitation.rejected_at = ZERO_TIME;
  }

  /** @throws Refusal when there is no invitation that is still open. */
  answer(userId: string, domainId: string, answer: 'confirmed_at' | 'rejected_at'): Invitation {
    const invitation = this.require(userId, domainId);
    if (invitation.confirmed_at !== ZERO_TIME) throw badRequest('invitation already accepted');
    if (invitation.rejected_at !== ZERO_TIME) throw badRequest('invitation already rejected');
    invitation.updated_at = invitation[answer] = isoTime(this.clock);
    return invitation;
  }

  /** @throws Refusal 404 */
  remove(userId: string, domainId: string): void {
    this.require(userId, domainId);
    this.byKey.delete(keyOf(userId, domainId));
  }

  where(wanted: Partial<Pick<Invitation, 'invitee_user_id' | 'domain_id'>>): Invitation[] {
    const { invitee_user_id: userId, domain_id: domainId } = wanted;
    return [...this.byKey.values()].filter(
      (invitation) =>
        (userId === undefined || invitation.invitee_user_id === userId) &&
        (domainId === undefined || invitation.domain_id === domainId),
    );
  }

  clear(): void {
    this.byKey.clear();
  }

  private require(userId: string, domainId: string): Invitation {
    const invitation = this.byKey.get(keyOf(userId, domainId));
    if (!invitation) throw notFound();
    return invitation;
  }
}
