import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTestStore, type TestPolicy, type TestPolicyStatement } from '../../src/testing/index.ts';
import { FEATURES, outcomeOf, type Vendor } from './permission-features.ts';

/** A policy of `docs/permissions.md`, and what the page says of each action that it lacks. */
interface DocumentedPolicy {
  readonly vendor: Vendor;
  readonly feature: string;
  /** Where the policy is to be added to that of another feature. */
  readonly base: string | undefined;
  readonly statements: readonly TestPolicyStatement[];
  /** By `Sid Action`. */
  readonly without: ReadonlyMap<string, string>;
}

function readPage(): readonly DocumentedPolicy[] {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
  return [...page.matchAll(/<!-- policy (s3|obs) ([\w-]+)(?: with ([\w-]+))? -->\n\n```json\n([^`]+)```\n/g)].map(
    (match) => {
      const [whole, vendor = '', feature = '', base, text = ''] = match;
      const { Statement: statements } = JSON.parse(text) as TestPolicy;
      // The table that follows both vendors' policies.
      const rest = page.slice(match.index + whole.length);
      const table = rest.slice(
        rest.indexOf('| without one of'),
        rest.indexOf('\n\n', rest.indexOf('| without one of')),
      );
      const rows = table.split('\n').slice(2);
      const without = rows.flatMap((row) => {
        const [, actions = '', onS3 = '', onObs = ''] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
        const outcome = vendor === 's3' ? onS3 : onObs;
        return outcome === '–' ? [] : actions.split(', ').map((action): [string, string] => [action, outcome]);
      });
      return { vendor: vendor as Vendor, feature, base, statements, without: new Map(without) };
    },
  );
}

const policies = readPage();

function baseOf({ vendor, base }: DocumentedPolicy): readonly TestPolicyStatement[] {
  return policies.find((each) => each.vendor === vendor && each.feature === base)?.statements ?? [];
}

/** A statement without one of its actions; nothing, if it has no other. */
function withoutAction({ Action, ...statement }: TestPolicyStatement, gone: string): readonly TestPolicyStatement[] {
  const left = [Action].flat().filter((action) => action !== gone);
  return left.length === 0 ? [] : [{ ...statement, Action: left }];
}

test('the page has a policy for each feature', () => {
  expect(new Set(policies.map(({ feature }) => feature))).toEqual(new Set(Object.keys(FEATURES)));
});

describe.for(policies)('$feature on $vendor', (policy) => {
  const { feature, vendor, statements, without } = policy;
  const base = baseOf(policy);

  test('works with exactly this policy', async () => {
    expect(await outcomeOf(feature, vendor, { Statement: [...base, ...statements] })).toBe('works');
  });

  const taken = statements.flatMap((statement, at) =>
    [statement.Action]
      .flat()
      .map((action) => ({ at, action, name: `${statement.Sid} ${action.replace(/^(s3|obs:\w+):/, '')}` })),
  );

  test('the page says what happens without each of its actions', () => {
    expect(taken.map(({ name }) => name).toSorted()).toEqual([...without.keys()].toSorted());
  });

  test.for(taken)('without $name it ends as the page says', async ({ at, action, name }) => {
    const left = statements.flatMap((statement, index) =>
      index === at ? withoutAction(statement, action) : statement,
    );
    expect(await outcomeOf(feature, vendor, { Statement: [...base, ...left] })).toBe(without.get(name));
  });
});

test('a policy denies before it allows, and names the action that is missing', async () => {
  const server = await startTestStore({
    objects: [{ bucket: 'media', key: 'film', body: 'film' }],
    credentials: false,
    policy: {
      Statement: [
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        { Effect: 'Deny', Action: 's3:getobject', Resource: 'arn:aws:s3:::media/f?lm' },
      ],
    },
  });
  const answer = await fetch(`${server.endpoint}/media/film`);
  const listed = await fetch(`${server.endpoint}/media?list-type=2`);
  await server.close();
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain(
    'is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::media/film"'.replaceAll('"', '&quot;'),
  );
  expect(listed.status).toBe(200);
});

test('a policy with what the embedded store does not know is refused', async () => {
  const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: {} } as TestPolicyStatement;
  await expect(startTestStore({ policy: { Statement: [statement] } })).rejects.toThrow(/Condition/);
});
