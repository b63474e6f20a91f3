import { type ErrorCode, ProvisionError } from '@org/domain';
import type { TrustAnchors } from '@org/pki';
import { fingerprintOf } from './authority-record.js';

export const keptInFolder = (anchors: TrustAnchors): ProvisionError =>
  refusal(
    'authority_elsewhere',
    `the database: this installation keeps the keys of its authority ${fingerprintOf(anchors)} in a folder, not here. ` +
      'Put them here first, on the machine that has the folder: provision ca move-to-database',
  );

export const keptInDatabase = (path: string): ProvisionError =>
  refusal(
    'authority_elsewhere',
    `${path}: this installation keeps its authority in the database. Set MG_PROVISION_AUTHORITY_STORE=database`,
  );

/** @param known what the database knows */
export const notHere = (path: string, known: TrustAnchors): ProvisionError =>
  refusal(
    'authority_of_another',
    `${path}: there is no authority here, and this installation has one: ${fingerprintOf(known)}. Copy its folder from ` +
      'a replica that has it',
  );

export const ofAnother = (path: string, mine: TrustAnchors, known: TrustAnchors): ProvisionError =>
  refusal(
    'authority_of_another',
    `${path}: this authority is not that of the installation, as the database knows it. The one here is ` +
      `${fingerprintOf(mine)}, the other ${fingerprintOf(known)}. Copy the folder from a replica that has the other, or ` +
      'use the database that belongs to this one',
  );

export const superseded = (path: string, mine: TrustAnchors, known: TrustAnchors): ProvisionError =>
  refusal(
    'authority_superseded',
    `${path}: the authority here, ${fingerprintOf(mine)}, has been succeeded by ${fingerprintOf(known)}, whose key is ` +
      'not in this folder. Copy the folder from the replica where that was done',
  );

export const contended = (place: string): ProvisionError =>
  new ProvisionError({
    kind: 'conflict',
    code: 'authority_contended',
    message: `${place}: the authority was changed by someone else at the same time; look at it with: provision ca show`,
  });

const refusal = (code: ErrorCode, message: string): ProvisionError =>
  new ProvisionError({ kind: 'invalid', code, message });
