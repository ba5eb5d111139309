import { ServiceError } from './service-error.ts';

/** A policy of the vendor's form: what it allows is permitted, but for what it denies. Conditions and principals aren't known here. */
export interface TestPolicy {
  readonly Version?: string | undefined;
  readonly Statement: readonly TestPolicyStatement[];
}

export interface TestPolicyStatement {
  readonly Sid?: string | undefined;
  readonly Effect: 'Allow' | 'Deny';
  /** `s3:GetObject`, `kms:Decrypt`, `obs:object:GetObject`; `*` stands for any characters, `?` for one. */
  readonly Action: string | readonly string[];
  /** `arn:aws:s3:::bucket/prefix*`, `OBS:*:*:object:bucket/prefix*`. */
  readonly Resource: string | readonly string[];
}

interface Statement {
  readonly allows: boolean;
  readonly action: RegExp;
  readonly resource: RegExp;
}

/** What the holder of the credentials may do. */
export class Policy {
  readonly #statements: readonly Statement[];

  constructor({ Statement: statements }: TestPolicy) {
    this.#statements = statements.map(({ Effect, Action, Resource }) => ({
      allows: Effect === 'Allow',
      action: matcherOf(Action, 'i'),
      resource: matcherOf(Resource, ''),
    }));
  }

  permits(action: string, resource: string): boolean {
    const fitting = this.#statements.filter((each) => each.action.test(action) && each.resource.test(resource));
    return fitting.length > 0 && fitting.every(({ allows }) => allows);
  }

  /** @throws {ServiceError} AccessDenied, with the vendor's words about the action that is missing */
  require(action: string, resource: string, ownerId: string): void {
    if (this.permits(action, resource)) return;
    const who = `User: arn:aws:iam::${ownerId}:user/test`;
    const why = `because no identity-based policy allows the ${action} action`;
    throw new ServiceError(
      'AccessDenied',
      `${who} is not authorized to perform: ${action} on resource: "${resource}" ${why}`,
    );
  }
}

/** Matches one of the patterns. */
function matcherOf(patterns: string | readonly string[], flags: string): RegExp {
  const sources = [patterns].flat().map((pattern) =>
    pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '[^]*')
      .replaceAll('?', '[^]'),
  );
  return new RegExp(`^(?:${sources.join('|')})$`, flags);
}
