import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import type { CopyTrace, RequestTrace } from '../../src/index.ts';

type Channels = { 'copy-large-object:copy': CopyTrace; 'copy-large-object:request': RequestTrace };
type Moment = keyof TracingChannelSubscribers<object>;

/** What a subscriber was told, in order, with a copy of the message as it was then. It is unsubscribed after the test. */
export function subscribed<Name extends keyof Channels>(
  name: Name,
): { readonly moment: Moment; readonly message: Channels[Name]; readonly state: Channels[Name] }[] {
  const told: { moment: Moment; message: Channels[Name]; state: Channels[Name] }[] = [];
  const note = (moment: Moment) => (message: object) => {
    told.push({
      moment,
      message: message as Channels[Name],
      state: { ...(message as Channels[Name]), requestId: (message as RequestTrace).requestId },
    });
  };
  const subscribers: TracingChannelSubscribers<object> = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  const channel = tracingChannel<unknown, object>(name);
  channel.subscribe(subscribers);
  onTestFinished(() => {
    channel.unsubscribe(subscribers);
  });
  return told;
}
