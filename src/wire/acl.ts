import type { ObjectAcl, ObjectGrants } from '../store/copy-store.ts';
import { EVERYONE } from '../store/grants.ts';
import { type ReadBody, readBody } from './read-body.ts';
import { type XmlElement, elementOf, elementsOf, hasChild, textOf, wordOf } from './xml.ts';

const GRANT_OF_PERMISSION: Readonly<Record<string, keyof ObjectGrants>> = {
  READ: 'read',
  READ_ACP: 'readAcp',
  WRITE_ACP: 'writeAcp',
  FULL_CONTROL: 'fullControl',
};

function readGrantee(grantee: XmlElement): string | undefined {
  const id = textOf(grantee, 'ID');
  if (id !== undefined) return `id="${id}"`;
  if (textOf(grantee, 'Canned') === 'Everyone') return `uri="${EVERYONE}"`;
  const uri = textOf(grantee, 'URI');
  if (uri !== undefined) return `uri="${uri}"`;
  const email = textOf(grantee, 'EmailAddress');
  return email === undefined ? undefined : `emailAddress="${email}"`;
}

/** Reads the answer to GET ?acl. A grant that can't be written again makes it unusable: it must not be lost in silence. */
export function readAcl(body: string): ReadBody<ObjectAcl> {
  return readBody(body, (policy, root) => {
    if (root !== 'AccessControlPolicy' && !hasChild(policy, 'AccessControlList')) return undefined;
    const granted: Partial<Record<keyof ObjectGrants, string[]>> = {};
    for (const element of elementsOf(elementOf(policy, 'AccessControlList'), 'Grant')) {
      const permission = wordOf(element, 'Permission') ?? '';
      const grantee = readGrantee(elementOf(element, 'Grantee'));
      if (!Object.hasOwn(GRANT_OF_PERMISSION, permission) || grantee === undefined) return undefined;
      (granted[GRANT_OF_PERMISSION[permission] as keyof ObjectGrants] ??= []).push(grantee);
    }
    const grants: ObjectGrants = Object.fromEntries(
      Object.entries(granted).map(([name, grantees]) => [name, grantees.join(',')]),
    );
    return { ownerId: textOf(elementOf(policy, 'Owner'), 'ID'), grants };
  });
}
