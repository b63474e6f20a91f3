/** What Magistrala knows of a caller (Magistrala wire §1.5, §1.9). */
export interface Session {
  readonly userId: string;
  /** Platform administrator: may do everything in every domain. */
  readonly isAdmin: boolean;
  /** Set when a personal access token was shown, whose scopes then count. */
  readonly patId: string | undefined;
  /** From the path; empty on operations that are not about a domain. */
  readonly domainId: string;
  /** As sent, without the scheme. */
  readonly token: string;
}

export const ANONYMOUS: Session = { userId: '', isAdmin: false, patId: undefined, domainId: '', token: '' };
