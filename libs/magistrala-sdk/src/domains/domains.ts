import {
  type CallOptions,
  type Decode,
  type DomainCallOptions,
  type Page,
  type PageOptions,
  type Path,
  type Query,
  type WirePage,
  fromJson,
  needed,
  path,
  refineBy,
  toPage,
} from '@org/http-client';
import { CREATE_FAILED, conflict } from '../failures.js';
import { type ListOptions, listQuery } from '../list.js';
import { Service } from '../service.js';
import {
  type Domain,
  type DomainMember,
  type DomainRole,
  type Invitation,
  type NewDomain,
  type WireDomain,
  type WireInvitation,
  type WireMember,
  domainFromWire,
  invitationFromWire,
  memberFromWire,
} from './domain.js';

const domain = fromJson<WireDomain, Domain>(domainFromWire);

const pageOf = <W, T>(key: string, toItem: (wire: W) => T): Decode<Page<T>> =>
  fromJson<WirePage & Record<string, W[] | null>, Page<T>>((wire) =>
    toPage(wire as WirePage, wire[key], toItem),
  );

const domains = pageOf<WireDomain, Domain>('domains', domainFromWire);
const members = pageOf<WireMember, DomainMember>('members', memberFromWire);
const invitations = pageOf<WireInvitation, Invitation>('invitations', invitationFromWire);
const roles = pageOf<Partial<DomainRole>, DomainRole>('roles', ({ id, name }) => ({
  id: needed(id),
  name: name ?? '',
}));

/** Magistrala's domains service (Magistrala wire §6). */
export class Domains extends Service {
  /**
   * Makes the caller the new domain's administrator.
   *
   * @throws HttpError `conflict` (`domain_id_taken`, `route_taken`)
   */
  async create({ id, name, route, tags, metadata }: NewDomain, call: CallOptions): Promise<Domain> {
    return this.http.request({
      operation: 'create',
      method: 'POST',
      path: path`/domains`,
      json: { id, name, route, tags, metadata },
      expect: [201],
      decode: domain,
      refine: refineBy({
        ...CREATE_FAILED,
        '400 domain already exists': conflict('domain_id_taken'),
        '400 route not available': conflict('route_taken'),
      }),
      ...call,
    });
  }

  /** @throws HttpError `not_found` for an id that does not exist, `forbidden` for one the caller is no member of. */
  async view(id: string, call: CallOptions): Promise<Domain> {
    return this.http.request({
      operation: 'view',
      method: 'GET',
      path: path`/domains/${id}`,
      expect: [200],
      decode: domain,
      ...call,
    });
  }

  /** The caller's domains. */
  async list(options: ListOptions, call: CallOptions): Promise<Page<Domain>> {
    return this.#list(
      { operation: 'list', path: path`/domains`, query: listQuery(options), decode: domains },
      call,
    );
  }

  async listMembers(options: PageOptions, call: DomainCallOptions): Promise<Page<DomainMember>> {
    const at = path`/domains/${call.domainId}/roles/members`;
    return this.#list({ operation: 'list_members', path: at, query: { ...options }, decode: members }, call);
  }

  /** Its ids are what `invite` wants. */
  async listRoles(options: PageOptions, call: DomainCallOptions): Promise<Page<DomainRole>> {
    const at = path`/domains/${call.domainId}/roles`;
    return this.#list({ operation: 'list_roles', path: at, query: { ...options }, decode: roles }, call);
  }

  /** Needs to be the domain's administrator. */
  async invite(
    invitation: { readonly userId: string; readonly roleId: string; readonly resend?: boolean },
    call: DomainCallOptions,
  ): Promise<void> {
    const { userId, roleId, resend } = invitation;
    await this.http.request({
      operation: 'invite',
      method: 'POST',
      path: path`/domains/${call.domainId}/invitations`,
      json: { invitee_user_id: userId, role_id: roleId, resend },
      expect: [201],
      ...call,
    });
  }

  /** Invitations into a domain. */
  async listInvitations(options: PageOptions, call: DomainCallOptions): Promise<Page<Invitation>> {
    const at = path`/domains/${call.domainId}/invitations`;
    return this.#list(
      { operation: 'list_invitations', path: at, query: { ...options }, decode: invitations },
      call,
    );
  }

  /** Invitations to the caller. */
  async listMyInvitations(options: PageOptions, call: CallOptions): Promise<Page<Invitation>> {
    const at = path`/invitations`;
    return this.#list(
      { operation: 'list_my_invitations', path: at, query: { ...options }, decode: invitations },
      call,
    );
  }

  async acceptInvitation(call: DomainCallOptions): Promise<void> {
    await this.#answerInvitation('accept', call);
  }

  async rejectInvitation(call: DomainCallOptions): Promise<void> {
    await this.#answerInvitation('reject', call);
  }

  async cancelInvitation(userId: string, call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: 'cancel_invitation',
      method: 'DELETE',
      path: path`/domains/${call.domainId}/invitations`,
      json: { user_id: userId },
      expect: [204],
      ...call,
    });
  }

  async #answerInvitation(answer: 'accept' | 'reject', call: DomainCallOptions): Promise<void> {
    await this.http.request({
      operation: `${answer}_invitation`,
      method: 'POST',
      path: path`/invitations/${answer}`,
      json: { domain_id: call.domainId },
      expect: [204],
      ...call,
    });
  }

  async #list<T>(
    request: { operation: string; path: Path; query: Query; decode: Decode<Page<T>> },
    call: CallOptions,
  ): Promise<Page<T>> {
    return this.http.request({ method: 'GET', expect: [200], ...request, ...call });
  }
}
