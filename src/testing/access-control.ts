import type { Dialect } from './dialect.ts';
import type { XmlNode } from '../xml-tree.ts';
import { childOf, childText } from './request-xml.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, type StoreRequest } from './store-request.ts';
import type { StoredGrant } from './stored-object.ts';
import type { XmlFields } from './answer-xml.ts';

const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';

const cannedGrants: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  private: [],
  'public-read': [[ALL_USERS, 'READ']],
  'public-read-write': [
    [ALL_USERS, 'READ'],
    [ALL_USERS, 'WRITE'],
  ],
  'authenticated-read': [[AUTHENTICATED_USERS, 'READ']],
  'bucket-owner-read': [],
  'bucket-owner-full-control': [],
  'public-read-delivered': [[ALL_USERS, 'READ']],
  'public-read-write-delivered': [
    [ALL_USERS, 'READ'],
    [ALL_USERS, 'WRITE'],
  ],
};

const grantHeaders = {
  'grant-read': 'READ',
  'grant-read-acp': 'READ_ACP',
  'grant-write-acp': 'WRITE_ACP',
  'grant-full-control': 'FULL_CONTROL',
} as const;

const granteeTypes = {
  id: 'CanonicalUser',
  uri: 'Group',
  emailaddress: 'AmazonCustomerByEmail',
} as const satisfies Record<string, StoredGrant['granteeType']>;

/**
 * Grants of a canned ACL.
 *
 * @throws {ServiceError} InvalidArgument where there is none of that name
 */
export function grantsOfCannedAcl(acl: string, ownerId: string): readonly StoredGrant[] {
  const grants = cannedGrants[acl];
  if (grants === undefined) throw new ServiceError('InvalidArgument', `There is no canned ACL '${acl}'`);
  return [
    { granteeType: 'CanonicalUser', grantee: ownerId, permission: 'FULL_CONTROL' },
    ...grants.map(([grantee, permission]): StoredGrant => ({ granteeType: 'Group', grantee, permission })),
  ];
}

/** Whether a request sets an ACL by its headers. */
export function hasAclHeaders(request: StoreRequest): boolean {
  return ['acl', ...Object.keys(grantHeaders)].some((name) => dialectHeader(request, name) !== undefined);
}

/** Grants by the request's headers; without any, the owner's alone. */
export function readAclHeaders(request: StoreRequest, ownerId: string): readonly StoredGrant[] {
  const grants: StoredGrant[] = [];
  for (const [name, permission] of Object.entries(grantHeaders)) {
    for (const [, type = '', grantee = ''] of (dialectHeader(request, name) ?? '').matchAll(/(\w+)="?([^",]+)"?/g)) {
      const granteeType = granteeTypes[type.toLowerCase() as keyof typeof granteeTypes];
      // The grant headers of OBS name accounts only.
      if (granteeType === undefined || (granteeType === 'Group' && request.dialect.name === 'obs'))
        throw new ServiceError('InvalidArgument', `Argument format not recognized: ${type}`);
      grants.push({ granteeType, grantee, permission });
    }
  }
  const canned = dialectHeader(request, 'acl');
  if (canned !== undefined && grants.length > 0) {
    throw new ServiceError('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed');
  }
  return grants.length > 0 ? grants : grantsOfCannedAcl(canned ?? 'private', ownerId);
}

/** Grants of an `<AccessControlPolicy>` document, of either dialect. */
export function readAclDocument(root: XmlNode | undefined): readonly StoredGrant[] {
  const list = childOf(root, 'AccessControlList');
  if (root?.name !== 'AccessControlPolicy' || list === undefined) throw new ServiceError('MalformedACLError');
  return list.children
    .filter((grant) => grant.name === 'Grant')
    .map((grant) => {
      const grantee = childOf(grant, 'Grantee');
      const permission = childText(grant, 'Permission') ?? '';
      const id = childText(grantee, 'ID');
      if (id !== undefined) return { granteeType: 'CanonicalUser', grantee: id, permission };
      const email = childText(grantee, 'EmailAddress');
      if (email !== undefined) return { granteeType: 'AmazonCustomerByEmail', grantee: email, permission };
      const group = childText(grantee, 'Canned') === 'Everyone' ? ALL_USERS : childText(grantee, 'URI');
      if (group === undefined) throw new ServiceError('MalformedACLError');
      return { granteeType: 'Group', grantee: group, permission };
    });
}

/** The fields of an `<AccessControlPolicy>` document. */
export function aclFields(grants: readonly StoredGrant[], ownerId: string, dialect: Dialect): XmlFields {
  return {
    Owner: { ID: ownerId },
    AccessControlList: {
      Grant: grants.map((grant) => ({ Grantee: granteeFields(grant, dialect), Permission: grant.permission })),
    },
  };
}

function granteeFields({ granteeType, grantee }: StoredGrant, dialect: Dialect): XmlFields {
  if (dialect.name === 'obs') return granteeType === 'Group' ? { Canned: 'Everyone' } : { ID: grantee };
  const element = { CanonicalUser: 'ID', Group: 'URI', AmazonCustomerByEmail: 'EmailAddress' }[granteeType];
  return { '@type': granteeType, [element]: grantee };
}
