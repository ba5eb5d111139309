interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What a store model needs of time. */
export interface Clock {
  /** Milliseconds. */
  readonly now: number;
  /** Runs `run` at this time; events of the same time run in the order in which they were scheduled. */
  at(time: number, run: () => void): void;
}

/** Time that only passes when there is nothing left to do now: a copy of minutes takes milliseconds. */
export class VirtualClock implements Clock {
  now = 0;
  readonly #heap: Event[] = [];
  #scheduled = 0;

  at(time: number, run: () => void): void {
    const event: Event = { at: Math.max(time, this.now), order: this.#scheduled++, run };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[place] = heap[parent] as Event;
      place = parent;
    }
    heap[place] = event;
  }

  /** Lets time pass until `isDone`, at most to `deadlineMs`. False where it wasn't done by then. */
  run(isDone: () => boolean, deadlineMs: number): boolean {
    while (!isDone()) {
      const event = this.#takeFirst();
      if (event === undefined || event.at > deadlineMs) return false;
      this.now = event.at;
      event.run();
    }
    return true;
  }

  #takeFirst(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
