import { EventEmitter } from 'eventemitter3';

/** How eventemitter3 keeps the listeners of an event: one, or a list in the order in which they are called. */
interface Kept {
  readonly _events: Readonly<Record<PropertyKey, unknown>>;
}

/** The emitter of eventemitter3 with what Node's own has besides, so that `once` and `on` of `node:events` take it. */
export class NodeEmitter<Events extends object> extends EventEmitter<Events> {
  /** Changes nothing: there is no limit. */
  setMaxListeners(_count: number): this {
    return this;
  }

  /** As Node says that there is no limit. */
  getMaxListeners(): number {
    return 0;
  }

  /** The same as `listeners`. */
  rawListeners<E extends EventEmitter.EventNames<Events>>(event: E): EventEmitter.EventListener<Events, E>[] {
    return this.listeners(event);
  }

  /** Adds a listener that is called before the others. */
  prependListener<E extends EventEmitter.EventNames<Events>>(
    event: E,
    listener: EventEmitter.EventListener<Events, E>,
  ): this {
    return this.on(event, listener).#moveLastToFront(event);
  }

  /** Adds a listener that is called once, before the others. */
  prependOnceListener<E extends EventEmitter.EventNames<Events>>(
    event: E,
    listener: EventEmitter.EventListener<Events, E>,
  ): this {
    return this.once(event, listener).#moveLastToFront(event);
  }

  #moveLastToFront(event: EventEmitter.EventNames<Events>): this {
    const kept = (this as unknown as Kept)._events[event as PropertyKey];
    if (Array.isArray(kept)) kept.unshift(kept.pop());
    return this;
  }
}
