import { describe, expect, it } from 'vitest';
import { type Answer, startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

const part = { bucket: 'b', key: 'k', uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'a b' } };
const RESULT = '<CopyPartResult><ETag>"3858f62230ac3c915f300c664312c11f"</ETag></CopyPartResult>';
const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 's' };

function refusal(status: number, code: string): Answer {
  return { status, body: `<Error><Code>${code}</Code><Message>about ${code}</Message></Error>` };
}

describe.each(['s3Store', 'fromS3Client'])('%s', (name) => {
  /** The sources that were sent in the course of `count` part copies. */
  async function sourcesOf(count: number, ...answers: Answer[]): Promise<unknown> {
    await using server = await startScriptedServer(...answers);
    const store = fourWays[name]!({ endpoint: server.endpoint, credentials: CREDENTIALS });
    const outcomes: unknown[] = [];
    for (let number = 0; number < count; number++) {
      outcomes.push(
        await store.copyPart(part).then(
          () => 'copied',
          (error: Error) => error.message,
        ),
      );
    }
    return { sources: server.requests.map(({ headers }) => headers['x-amz-copy-source']), outcomes };
  }

  it.each([
    [400, 'InvalidArgument'],
    [400, 'InvalidRequest'],
    [404, 'NoSuchKey'],
  ])('tries a slash in front of a source that is refused by %d %s, and stays with it', async (status, code) => {
    expect(await sourcesOf(2, refusal(status, code), { body: RESULT })).toEqual({
      sources: ['s/a%20b', '/s/a%20b', '/s/a%20b'],
      outcomes: ['copied', 'copied'],
    });
  });

  it('gives the first refusal where the slash doesn’t help', async () => {
    const outcome = await sourcesOf(1, refusal(404, 'NoSuchKey'), refusal(400, 'InvalidArgument'));
    expect(outcome).toMatchObject({
      sources: ['s/a%20b', '/s/a%20b'],
      outcomes: [expect.stringContaining('404 NoSuchKey')],
    });
  });

  it('tries nothing on a store that has taken a source without', async () => {
    const outcome = await sourcesOf(2, { body: RESULT }, refusal(404, 'NoSuchKey'));
    expect(outcome).toMatchObject({ sources: ['s/a%20b', 's/a%20b'] });
  });

  it.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchUpload'],
    [503, 'SlowDown'],
  ])('tries nothing for %d %s', async (status, code) => {
    expect(await sourcesOf(1, refusal(status, code))).toMatchObject({ sources: ['s/a%20b'] });
  });
});

it.each(['obsStore', 'fromObsClient'])('%s sends sources as Huawei’s clients do', async (name) => {
  await using server = await startScriptedServer(refusal(400, 'InvalidArgument'));
  const store = fourWays[name]!({ endpoint: server.endpoint, credentials: CREDENTIALS });
  await expect(store.copyPart(part)).rejects.toMatchObject({ vendorCode: 'InvalidArgument' });
  expect(server.requests).toHaveLength(1);
});
