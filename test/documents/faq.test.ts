import { describe, expect, test, vi } from 'vitest';
import { messageOf, SCENARIOS } from './faq-scenarios.ts';
import { readPage } from './read-blocks.ts';

const page = readPage('docs/faq.md');
const quoted = [...page.matchAll(/^> (.+)$/gm)].map(([, text = '']) => text);
const heard = new Map<string, string>();

/** Whether a message is one that the page quotes with `…` for what differs. */
function fits(quote: string, message: string): boolean {
  const parts = quote.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]*')}$`).test(message);
}

describe('what users read is on the page, word for word', () => {
  for (const name of Object.keys(process.env)) if (/^(?:AWS|OBS)_/.test(name)) vi.stubEnv(name, undefined);

  test.for(Object.keys(SCENARIOS))('%s', async (name) => {
    const message = await messageOf(name);
    const found = quoted.filter((quote) => fits(quote, message));
    expect(found, `quotes for: ${message}`).toHaveLength(1);
    heard.set(found[0] as string, name);
  });

  test('and nothing else is quoted', () => {
    expect(quoted.filter((quote) => !heard.has(quote))).toEqual([]);
  });
});

test('twenty and more questions are answered, each with a place where it was asked or a page that goes on', () => {
  const [questions = ''] = page.split('## Messages');
  const answers = questions.split(/^### /m).slice(1);
  expect(answers.length).toBeGreaterThanOrEqual(20);
  for (const answer of answers) expect(answer).toMatch(/\]\((?:https:\/\/github\.com\/|[\w/-]+\.md)/);
});
